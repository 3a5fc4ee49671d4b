package capture

import "mpsim/mptcp/wire"

// onWire returns what of s is on the wire: fields that the others say are not valid
// are 0, and numbers have the width that they have there.
func onWire(s *wire.Segment) wire.Segment {
	w := *s
	w.Pos = 0
	if !w.HasTS {
		w.TSVal, w.TSEcr = 0, 0
	}
	clear(w.SACK[w.NSACK:])
	switch {
	case !w.DSS.Has(wire.HasDataAck):
		w.DataAck, w.DSS = 0, w.DSS&^wire.Ack32
	case w.DSS.Has(wire.Ack32):
		w.DataAck = uint64(uint32(w.DataAck))
	}
	switch {
	case !w.DSS.Has(wire.HasMap):
		w.DSN, w.SSN, w.MapLen, w.DSS = 0, 0, 0, w.DSS&^(wire.DSN32|wire.HasSum)
	case w.DSS.Has(wire.DSN32):
		w.DSN = uint64(uint32(w.DSN))
	}
	if !w.DSS.Has(wire.HasSum) {
		w.Sum = 0
	}
	w.Opt = optionsOnWire(s)
	return w
}

// optionsOnWire returns the options behind s.Opt that are on the wire. The payload and the
// filler are not among them.
func optionsOnWire(s *wire.Segment) *wire.Options {
	if s.Opt == nil {
		return &wire.Options{WScale: -1}
	}
	o := *s.Opt
	o.Payload, o.Fill = nil, nil
	if !s.Flags.Has(wire.SYN) {
		o.MSS, o.WScale, o.SACKPermitted, o.FastOpen = 0, -1, false, nil
	}
	if !s.Flags.Has(wire.URG) {
		o.Urgent = 0
	}
	if len(o.RemoveAddr) == 0 {
		o.RemoveAddr = nil
	}
	if o.FastOpen != nil && len(o.FastOpen.Cookie) == 0 {
		o.FastOpen = &wire.FastOpen{}
	}
	if o.Capable != nil {
		o.Capable = capableOnWire(*o.Capable)
	}
	if o.Join != nil {
		o.Join = joinOnWire(*o.Join, s.Flags)
	}
	if o.AddAddr != nil {
		o.AddAddr = addAddrOnWire(*o.AddAddr)
	}
	if o.Prio != nil && !o.Prio.HasAddrID {
		o.Prio = &wire.Prio{Backup: o.Prio.Backup}
	}
	return &o
}

func capableOnWire(c wire.Capable) *wire.Capable {
	if c.NKeys < 1 {
		c.SenderKey = 0
	}
	if c.NKeys < 2 {
		c.PeerKey = 0
	}
	c.HasSum = c.HasSum && c.HasData
	if !c.HasData {
		c.DataLen = 0
	}
	if !c.HasSum {
		c.Sum = 0
	}
	return &c
}

func joinOnWire(j wire.Join, f wire.Flags) *wire.Join {
	switch {
	case f.Has(wire.SYN | wire.ACK):
		j.Token = 0
		clear(j.HMAC[8:])
	case f.Has(wire.SYN):
		j.HMAC = [20]byte{}
	default:
		j = wire.Join{HMAC: j.HMAC}
	}
	return &j
}

func addAddrOnWire(a wire.AddAddr) *wire.AddAddr {
	if a.Echo || a.Plain {
		a.HMAC = 0
	}
	if a.Addr6.IsValid() {
		a.Addr = 0
	}
	return &a
}
