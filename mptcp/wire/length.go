package wire

import (
	"fmt"
	"reflect"
)

// OptionSpace is the room for options in a TCP header, in bytes (RFC 9293,
// section 3.1).
const OptionSpace = 40

// minHeader is a TCP header without options, in bytes.
const minHeader = 20

// HeaderLen returns the length of the TCP header of s with its options, in bytes.
func (s *Segment) HeaderLen() int { return minHeader + s.OptionLen() }

// MustFit returns HeaderLen, and panics if the options do not fit into OptionSpace: a sender has
// put together what cannot leave together.
func (s *Segment) MustFit() int {
	n := s.HeaderLen()
	if n > minHeader+OptionSpace {
		s.overflow()
	}
	return n
}

// overflow panics with the options that s has.
func (s *Segment) overflow() {
	text := fmt.Sprintf("wire: %d bytes of options, there is room for %d: timestamps %t, %d SACK blocks, DSS %#x",
		s.OptionLen(), OptionSpace, s.HasTS, s.NSACK, s.DSS)
	if o := s.Opt; o != nil {
		v := reflect.ValueOf(o).Elem()
		for i := range v.NumField() {
			if f := v.Field(i); !f.IsZero() {
				text += fmt.Sprintf(", %s %+v", v.Type().Field(i).Name, reflect.Indirect(f))
			}
		}
	}
	panic(text)
}

// OptionLen returns the bytes that the options of s take in the header. Each is
// padded to a multiple of 4.
func (s *Segment) OptionLen() int {
	n := 0
	if s.HasTS {
		n = 12
	}
	if s.NSACK > 0 {
		n += 4 + 8*int(s.NSACK)
	}
	if s.DSS != 0 {
		n += int(dssSizes[s.DSS])
	}
	if s.Opt != nil {
		n += s.rareLen()
	}
	return n
}

// rareLen returns the padded length of the options behind s.Opt.
func (s *Segment) rareLen() int {
	o, n := s.Opt, 0
	if s.Flags.Has(SYN) {
		n = s.synLen()
	}
	if o.Capable != nil {
		n += pad(o.Capable.size())
	}
	if o.Join != nil {
		n += joinSize(s.Flags)
	}
	if o.AddAddr != nil {
		n += pad(o.AddAddr.size())
	}
	if len(o.RemoveAddr) > 0 {
		n += pad(3 + len(o.RemoveAddr))
	}
	if o.Prio != nil {
		n += 4 // with the address or with padding
	}
	if o.Reset != nil {
		n += 4
	}
	if o.FastClose != nil {
		n += 12
	}
	if o.Fail != nil {
		n += 12
	}
	return n + len(o.Fill)
}

// synLen returns the padded length of the options that only a SYN has.
func (s *Segment) synLen() int {
	n := 0
	if s.Opt.MSS != 0 {
		n += 4
	}
	if s.Opt.SACKPermitted && !s.HasTS { // else it replaces the padding of the timestamps
		n += 4
	}
	if s.Opt.WScale >= 0 {
		n += 4
	}
	if s.Opt.FastOpen != nil {
		n += pad(s.Opt.FastOpen.size())
	}
	return n
}

// pad rounds n up to a multiple of 4.
func pad(n int) int { return (n + 3) &^ 3 }

// dssSizes has the length of a DSS option with padding.
var dssSizes = func() (sizes [1 << 8]uint8) {
	for f := range sizes {
		sizes[f] = uint8(pad(DSSFlags(f).size()))
	}
	return sizes
}()

// size returns the length of a DSS option (RFC 8684, figure 9), without padding.
func (f DSSFlags) size() int {
	n := 4
	if f.Has(HasDataAck) {
		n += width(f.Has(Ack32))
	}
	if f.Has(HasMap) {
		n += width(f.Has(DSN32)) + 6
		if f.Has(HasSum) {
			n += 2
		}
	}
	return n
}

// Has reports whether all bits of g are set.
func (f DSSFlags) Has(g DSSFlags) bool { return f&g == g }

// width returns the bytes of a DSN or DATA_ACK.
func width(short bool) int {
	if short {
		return 4
	}
	return 8
}

// size returns the length of an MP_CAPABLE option (RFC 8684, figure 4).
func (c *Capable) size() int {
	n := 4 + 8*c.NKeys
	if c.HasData {
		n += 2
		if c.HasSum {
			n += 2
		}
	}
	return n
}

// joinSize returns the length of an MP_JOIN option in a segment with flags f
// (RFC 8684, figures 5 to 7).
func joinSize(f Flags) int {
	switch {
	case f.Has(SYN | ACK):
		return 16
	case f.Has(SYN):
		return 12
	}
	return 24
}

// size returns the length of an ADD_ADDR option (RFC 8684, figure 12; RFC 6824,
// figure 12).
func (a *AddAddr) size() int {
	n := 8
	if a.Addr6.IsValid() {
		n = 20
	}
	if a.Port != 0 {
		n += 2
	}
	if a.hasHMAC() {
		n += 8
	}
	return n
}

func (a *AddAddr) hasHMAC() bool { return !a.Echo && !a.Plain }

// size returns the length of a TCP Fast Open option (RFC 7413, section 4.1.1),
// without padding.
func (o *FastOpen) size() int { return 2 + len(o.Cookie) }
