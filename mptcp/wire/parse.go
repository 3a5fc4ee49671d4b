package wire

import (
	"errors"
	"net/netip"
)

// ErrTruncated is returned for options that end beyond their bytes.
var ErrTruncated = errors.New("wire: truncated TCP options")

// ParseOptions sets the options of s from b. The flags of s must be set already:
// they tell which form an MP_JOIN has. Unknown options, and options of a length
// that theirs cannot have, are skipped; of two of a kind the last one counts.
func ParseOptions(b []byte, s *Segment) error {
	s.HasTS, s.NSACK, s.DSS, s.Opt = false, 0, 0, nil
	for len(b) > 0 {
		switch b[0] {
		case kindEnd:
			return nil
		case kindNOP:
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			return ErrTruncated
		}
		parseOption(b[:b[1]], s)
		b = b[b[1]:]
	}
	return nil
}

// parseOption sets one option of s from b, which has all its bytes.
func parseOption(b []byte, s *Segment) {
	syn := s.Flags.Has(SYN)
	switch kind := b[0]; {
	case kind == kindMSS && len(b) == 4 && syn:
		if mss := be.Uint16(b[2:]); mss != 0 { // else nobody could send
			s.options().MSS = mss
		}
	case kind == kindWScale && len(b) == 3 && syn:
		s.options().WScale = int8(min(b[2], 14)) // RFC 7323, section 2.3
	case kind == kindSACKPermitted && len(b) == 2 && syn:
		s.options().SACKPermitted = true
	case kind == kindFastOpen && validCookie(len(b)-2) && syn:
		s.options().FastOpen = &FastOpen{Cookie: append([]byte(nil), b[2:]...)}
	case kind == kindTimestamps && len(b) == 10:
		s.HasTS = true
		s.TSVal, s.TSEcr = be.Uint32(b[2:]), be.Uint32(b[6:])
	case kind == kindSACK && len(b) > 2 && len(b)%8 == 2 && len(b) <= 2+8*MaxSACK:
		s.NSACK = uint8(len(b) / 8)
		for i := range s.SACK[:s.NSACK] {
			k := b[2+8*i:]
			s.SACK[i] = Block{be.Uint32(k), be.Uint32(k[4:])}
		}
	case kind == kindMPTCP && len(b) >= 3:
		parseMPTCP(b, s)
	}
}

// validCookie reports whether a Fast Open option may have a cookie of n bytes
// (RFC 7413, section 4.1.1). One without is a request.
func validCookie(n int) bool { return n == 0 || n >= 4 && n <= 16 && n%2 == 0 }

// options returns s.Opt, made if need be.
func (s *Segment) options() *Options {
	if s.Opt == nil {
		s.Opt = &Options{WScale: -1}
	}
	return s.Opt
}

// parseMPTCP sets one MPTCP option.
func parseMPTCP(b []byte, s *Segment) {
	low := b[2] & 0x0f
	switch sub := b[2] >> 4; {
	case sub == subCapable:
		if c := parseCapable(b); c != nil {
			s.options().Capable = c
		}
	case sub == subJoin && len(b) == joinSize(s.Flags):
		s.options().Join = parseJoin(b, s.Flags)
	case sub == subDSS && len(b) >= 4:
		parseDSS(b, s)
	case sub == subAddAddr:
		if a := parseAddAddr(b); a != nil {
			s.options().AddAddr = a
		}
	case sub == subRemoveAddr && len(b) >= 4:
		s.options().RemoveAddr = append([]uint8(nil), b[3:]...)
	case sub == subPrio && len(b) == 3:
		s.options().Prio = &Prio{Backup: low&1 != 0}
	case sub == subPrio && len(b) == 4:
		s.options().Prio = &Prio{Backup: low&1 != 0, HasAddrID: true, AddrID: b[3]}
	case sub == subFail && len(b) == 12:
		s.options().Fail = &Fail{DSN: be.Uint64(b[4:])}
	case sub == subFastClose && len(b) == 12:
		s.options().FastClose = &FastClose{Key: be.Uint64(b[4:])}
	case sub == subReset && len(b) == 4:
		s.options().Reset = &Reset{Transient: low&1 != 0, Reason: b[3]}
	}
}

// parseCapable returns nil for an option to be ignored, which one with the bit B
// is (RFC 8684, section 3.1).
func parseCapable(b []byte) *Capable {
	if len(b) < 4 || b[3]&capableB != 0 {
		return nil
	}
	c := &Capable{
		Version:  b[2] & 0x0f,
		Checksum: b[3]&capableA != 0,
		NoJoins:  b[3]&capableC != 0,
		SHA256:   b[3]&capableH != 0,
	}
	switch len(b) {
	case 24:
		c.HasSum, c.Sum = true, be.Uint16(b[22:])
		fallthrough
	case 22:
		c.HasData, c.DataLen = true, be.Uint16(b[20:])
		fallthrough
	case 20:
		c.NKeys, c.PeerKey = 2, be.Uint64(b[12:])
		c.SenderKey = be.Uint64(b[4:])
	case 12:
		c.NKeys, c.SenderKey = 1, be.Uint64(b[4:])
	case 4:
	default:
		return nil
	}
	if c.Version == 0 && (c.NKeys == 0 || c.HasData) {
		return nil // RFC 6824, section 3.1: 12 bytes with SYN, else 20
	}
	return c
}

// parseJoin parses an MP_JOIN of the right length.
func parseJoin(b []byte, f Flags) *Join {
	j := new(Join)
	if !f.Has(SYN) {
		copy(j.HMAC[:], b[4:])
		return j
	}
	j.Backup, j.AddrID = b[2]&1 != 0, b[3]
	if f.Has(ACK) {
		copy(j.HMAC[:8], b[4:])
		j.Nonce = be.Uint32(b[12:])
	} else {
		j.Token, j.Nonce = be.Uint32(b[4:]), be.Uint32(b[8:])
	}
	return j
}

// parseDSS sets the DSS of s. The bits a and m mean nothing without A and M, and
// the length tells whether there is a checksum (RFC 8684, section 3.3).
func parseDSS(b []byte, s *Segment) {
	var f DSSFlags
	flags := b[3]
	if flags&dssFIN != 0 {
		f |= DataFIN
	}
	if flags&dssDataAck != 0 {
		f |= HasDataAck
		if flags&dssAck8 == 0 {
			f |= Ack32
		}
	}
	if flags&dssMap != 0 {
		f |= HasMap
		if flags&dssDSN8 == 0 {
			f |= DSN32
		}
		if len(b) == f.size()+2 {
			f |= HasSum
		}
	}
	if len(b) != f.size() {
		return
	}
	s.DSS = f
	b = b[4:]
	if f.Has(HasDataAck) {
		s.DataAck, b = number(b, f.Has(Ack32))
	}
	if f.Has(HasMap) {
		s.DSN, b = number(b, f.Has(DSN32))
		s.SSN, s.MapLen = be.Uint32(b), be.Uint16(b[4:])
		if f.Has(HasSum) {
			s.Sum = be.Uint16(b[6:])
		}
	}
}

// number returns the DSN or DATA_ACK at the start of b, and the rest of b.
func number(b []byte, short bool) (uint64, []byte) {
	if short {
		return uint64(be.Uint32(b)), b[4:]
	}
	return be.Uint64(b), b[8:]
}

// parseAddAddr returns nil for a malformed option. The length tells the form, and
// that of version 0 from an echo of version 1 by the nibble, whose lowest bit is 0.
func parseAddAddr(b []byte) *AddAddr {
	if len(b) < 4 {
		return nil
	}
	low, n := b[2]&0x0f, len(b)
	a := &AddAddr{Echo: low&1 != 0, AddrID: b[3], Plain: low == 4 && n <= 10 || low == 6 && n >= 20 && n <= 22}
	if a.hasHMAC() {
		n -= 8
	}
	b = b[4:]
	switch n {
	case 8, 10:
		a.Addr, b = be.Uint32(b), b[4:]
	case 20, 22:
		a.Addr6, b = netip.AddrFrom16([16]byte(b[:16])), b[16:]
	default:
		return nil
	}
	if n == 10 || n == 22 {
		a.Port, b = be.Uint16(b), b[2:]
	}
	if a.hasHMAC() {
		a.HMAC = be.Uint64(b)
	}
	return a
}
