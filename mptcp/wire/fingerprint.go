package wire

import (
	"math/bits"

	"mpsim/sim/course"
)

// The offsets are words of no meaning: the first bits behind the point of the roots of 2, 3, 5 and 7.
const (
	offset0 = 0x6a09e667f3bcc908
	offset1 = 0xbb67ae8584caa73b
	offset2 = 0x3c6ef372fe94f82b
	offset3 = 0xa54ff53a5f1d36f1
)

// Fingerprint returns a hash of all that s carries, options and place of the payload included.
func (s *Segment) Fingerprint() uint64 {
	control := uint64(s.Window) | uint64(s.Len)<<16 | uint64(s.Flags)<<32 | uint64(s.NSACK)<<40 | uint64(s.DSS)<<48
	if s.HasTS {
		control |= 1 << 56
	}
	// The mixes do not wait for one another; offsets tell them apart.
	h := course.Mix(uint64(s.Seq)<<32|uint64(s.Ack), control) +
		course.Mix(s.Pos^offset0, (uint64(s.TSVal)<<32|uint64(s.TSEcr))^offset1)
	if s.DSS != 0 {
		mapping := uint64(s.SSN)<<32 | uint64(s.MapLen)<<16 | uint64(s.Sum)
		h += course.Mix(s.DSN^offset2, s.DataAck+bits.RotateLeft64(mapping*offset3, 32))
	}
	for _, b := range s.SACK[:s.NSACK] {
		h = course.Mix(h, uint64(b.Left)<<32|uint64(b.Right))
	}
	if s.Opt != nil {
		h = s.Opt.fingerprint(h)
	}
	return h
}

// fingerprint mixes what o has into h. Each option begins with a number of its own.
func (o *Options) fingerprint(h uint64) uint64 {
	mix := func(kind int, words ...uint64) {
		h = course.Mix(h, uint64(kind))
		for _, w := range words {
			h = course.Mix(h, w)
		}
	}
	mix(0, uint64(o.MSS)<<16|uint64(uint8(o.WScale))<<8|flags(o.SACKPermitted), uint64(o.Urgent))
	if c := o.Capable; c != nil {
		mix(1, uint64(c.Version)<<8|flags(c.Checksum, c.NoJoins, c.SHA256, c.HasData, c.HasSum),
			c.SenderKey, c.PeerKey, uint64(c.NKeys)<<32|uint64(c.DataLen)<<16|uint64(c.Sum))
	}
	if j := o.Join; j != nil {
		mix(2, uint64(j.AddrID)<<8|flags(j.Backup), uint64(j.Token)<<32|uint64(j.Nonce), course.Text(j.HMAC[:]))
	}
	if a := o.AddAddr; a != nil {
		addr := a.Addr6.As16()
		mix(3, uint64(a.AddrID)<<8|flags(a.Echo, a.Plain), uint64(a.Addr)<<32|uint64(a.Port), a.HMAC, course.Text(addr[:]))
	}
	if len(o.RemoveAddr) > 0 {
		mix(4, course.Text(o.RemoveAddr))
	}
	if p := o.Prio; p != nil {
		mix(5, uint64(p.AddrID)<<8|flags(p.Backup, p.HasAddrID))
	}
	if r := o.Reset; r != nil {
		mix(6, uint64(r.Reason)<<8|flags(r.Transient))
	}
	if f := o.FastClose; f != nil {
		mix(7, f.Key)
	}
	if f := o.Fail; f != nil {
		mix(8, f.DSN)
	}
	if f := o.FastOpen; f != nil {
		mix(9, course.Text(f.Cookie))
	}
	if o.Payload != nil {
		mix(10, course.Text(o.Payload))
	}
	if len(o.Fill) > 0 {
		mix(11, course.Text(o.Fill))
	}
	return h
}

// flags makes a number of booleans, the first the lowest bit.
func flags(list ...bool) (n uint64) {
	for i, b := range list {
		if b {
			n |= 1 << i
		}
	}
	return n
}

// Fingerprint returns a hash of all that d carries.
func (d *Datagram) Fingerprint() uint64 { return course.Mix(d.Pos, uint64(d.Len)) }
