package wire

import "encoding/binary"

// The kinds of TCP options (RFC 9293, section 3.1; RFC 7323; RFC 2018; RFC 8684;
// RFC 7413).
const (
	kindEnd           = 0
	kindNOP           = 1
	kindMSS           = 2
	kindWScale        = 3
	kindSACKPermitted = 4
	kindSACK          = 5
	kindTimestamps    = 8
	kindMPTCP         = 30
	kindFastOpen      = 34
)

// The subtypes of the MPTCP option (RFC 8684, section 7.2).
const (
	subCapable = iota
	subJoin
	subDSS
	subAddAddr
	subRemoveAddr
	subPrio
	subFail
	subFastClose
	subReset
)

// Bits of MP_CAPABLE's flags (RFC 8684, section 3.1) and of DSS's (section 3.3).
const (
	capableA = 0x80 // checksum required
	capableB = 0x40 // extensibility
	capableC = 0x20 // no joins to this address and port
	capableH = 0x01 // HMAC-SHA256

	dssFIN     = 0x10 // F
	dssDSN8    = 0x08 // m
	dssMap     = 0x04 // M
	dssAck8    = 0x02 // a
	dssDataAck = 0x01 // A
)

var be = binary.BigEndian

// AppendOptions appends the options of s, each padded to a multiple of 4 bytes,
// in the order that Linux uses. Whether they fit into OptionSpace is up to the
// caller.
func AppendOptions(b []byte, s *Segment) []byte {
	if s.Opt != nil && s.Flags.Has(SYN) && s.Opt.MSS != 0 {
		b = be.AppendUint16(append(b, kindMSS, 4), s.Opt.MSS)
	}
	b = appendTimestamps(b, s)
	if s.Opt != nil && s.Flags.Has(SYN) && s.Opt.WScale >= 0 {
		b = append(b, kindNOP, kindWScale, 3, byte(s.Opt.WScale))
	}
	if s.NSACK > 0 {
		b = append(b, kindNOP, kindNOP, kindSACK, 2+8*s.NSACK)
		for _, k := range s.SACK[:s.NSACK] {
			b = be.AppendUint32(be.AppendUint32(b, k.Left), k.Right)
		}
	}
	if s.Opt != nil && s.Flags.Has(SYN) && s.Opt.FastOpen != nil {
		n := s.Opt.FastOpen.size()
		b = appendPadding(append(append(b, kindFastOpen, byte(n)), s.Opt.FastOpen.Cookie...), n)
	}
	if s.DSS != 0 {
		b = appendDSS(b, s)
	}
	if s.Opt != nil {
		b = append(appendMPTCP(b, s), s.Opt.Fill...)
	}
	return b
}

// appendTimestamps appends the timestamps and SACK-permitted, which in a SYN
// takes the place of their padding.
func appendTimestamps(b []byte, s *Segment) []byte {
	permitted := s.Opt != nil && s.Flags.Has(SYN) && s.Opt.SACKPermitted
	switch {
	case permitted && s.HasTS:
		b = append(b, kindSACKPermitted, 2)
	case permitted:
		return append(b, kindNOP, kindNOP, kindSACKPermitted, 2)
	case s.HasTS:
		b = append(b, kindNOP, kindNOP)
	default:
		return b
	}
	b = append(b, kindTimestamps, 10)
	return be.AppendUint32(be.AppendUint32(b, s.TSVal), s.TSEcr)
}

// appendDSS appends a DSS option.
func appendDSS(b []byte, s *Segment) []byte {
	var flags byte
	size := s.DSS.size()
	if s.DSS.Has(DataFIN) {
		flags |= dssFIN
	}
	b = append(b, kindMPTCP, byte(size), subDSS<<4, 0)
	at := len(b) - 1
	if s.DSS.Has(HasDataAck) {
		flags |= dssDataAck
		if s.DSS.Has(Ack32) {
			b = be.AppendUint32(b, uint32(s.DataAck))
		} else {
			flags |= dssAck8
			b = be.AppendUint64(b, s.DataAck)
		}
	}
	if s.DSS.Has(HasMap) {
		flags |= dssMap
		if s.DSS.Has(DSN32) {
			b = be.AppendUint32(b, uint32(s.DSN))
		} else {
			flags |= dssDSN8
			b = be.AppendUint64(b, s.DSN)
		}
		b = be.AppendUint16(be.AppendUint32(b, s.SSN), s.MapLen)
		if s.DSS.Has(HasSum) {
			b = be.AppendUint16(b, s.Sum)
		}
	}
	b[at] = flags
	return appendPadding(b, size)
}

// appendMPTCP appends the MPTCP options behind s.Opt.
func appendMPTCP(b []byte, s *Segment) []byte {
	o := s.Opt
	if o.Capable != nil {
		b = appendCapable(b, o.Capable)
	}
	if o.Join != nil {
		b = appendJoin(b, o.Join, s.Flags)
	}
	if o.AddAddr != nil {
		b = appendAddAddr(b, o.AddAddr)
	}
	if n := len(o.RemoveAddr); n > 0 {
		b = append(b, kindMPTCP, byte(3+n), subRemoveAddr<<4)
		b = appendPadding(append(b, o.RemoveAddr...), 3+n)
	}
	if o.Prio != nil {
		b = appendPrio(b, o.Prio)
	}
	if o.Fail != nil {
		b = be.AppendUint64(append(b, kindMPTCP, 12, subFail<<4, 0), o.Fail.DSN)
	}
	if o.FastClose != nil {
		b = be.AppendUint64(append(b, kindMPTCP, 12, subFastClose<<4, 0), o.FastClose.Key)
	}
	if o.Reset != nil {
		b = append(b, kindMPTCP, 4, subReset<<4|bit(o.Reset.Transient), o.Reset.Reason)
	}
	return b
}

func appendCapable(b []byte, c *Capable) []byte {
	flags := bit(c.Checksum)*capableA | bit(c.NoJoins)*capableC | bit(c.SHA256)*capableH
	b = append(b, kindMPTCP, byte(c.size()), subCapable<<4|c.Version&0x0f, flags)
	if c.NKeys >= 1 {
		b = be.AppendUint64(b, c.SenderKey)
	}
	if c.NKeys >= 2 {
		b = be.AppendUint64(b, c.PeerKey)
	}
	if c.HasData {
		b = be.AppendUint16(b, c.DataLen)
		if c.HasSum {
			b = be.AppendUint16(b, c.Sum)
		}
	}
	return appendPadding(b, c.size())
}

func appendJoin(b []byte, j *Join, f Flags) []byte {
	size := joinSize(f)
	if !f.Has(SYN) {
		b = append(b, kindMPTCP, byte(size), subJoin<<4, 0)
		return append(b, j.HMAC[:]...)
	}
	b = append(b, kindMPTCP, byte(size), subJoin<<4|bit(j.Backup), j.AddrID)
	if f.Has(ACK) {
		b = append(b, j.HMAC[:8]...)
	} else {
		b = be.AppendUint32(b, j.Token)
	}
	return be.AppendUint32(b, j.Nonce)
}

func appendAddAddr(b []byte, a *AddAddr) []byte {
	b = append(b, kindMPTCP, byte(a.size()), subAddAddr<<4|a.nibble(), a.AddrID)
	b = a.appendAddr(b)
	if a.Port != 0 {
		b = be.AppendUint16(b, a.Port)
	}
	if a.hasHMAC() {
		b = be.AppendUint64(b, a.HMAC)
	}
	return appendPadding(b, a.size())
}

// nibble returns the flags of a, which in version 0 are the IP version.
func (a *AddAddr) nibble() byte {
	switch {
	case !a.Plain:
		return bit(a.Echo)
	case a.Addr6.IsValid():
		return 6
	}
	return 4
}

// appendAddr appends the 4 or 16 bytes of the address.
func (a *AddAddr) appendAddr(b []byte) []byte {
	if a.Addr6.IsValid() {
		ip := a.Addr6.As16()
		return append(b, ip[:]...)
	}
	return be.AppendUint32(b, a.Addr)
}

func appendPrio(b []byte, p *Prio) []byte {
	if p.HasAddrID {
		return append(b, kindMPTCP, 4, subPrio<<4|bit(p.Backup), p.AddrID)
	}
	return append(b, kindMPTCP, 3, subPrio<<4|bit(p.Backup), kindNOP)
}

// appendPadding pads an option of n bytes to a multiple of 4.
func appendPadding(b []byte, n int) []byte {
	for ; n%4 != 0; n++ {
		b = append(b, kindNOP)
	}
	return b
}

// bit returns 1 for true.
func bit(v bool) byte {
	if v {
		return 1
	}
	return 0
}
