package wire

import "errors"

// ErrHeader is returned for bytes that are no TCP header.
var ErrHeader = errors.New("wire: malformed TCP header")

// AppendHeader appends the TCP header of s with its options (RFC 9293, section
// 3.1). The checksum is left 0: see SetChecksum. It panics if the options do
// not fit into OptionSpace.
func AppendHeader(b []byte, s *Segment, src, dst uint16) []byte {
	n := s.MustFit()
	b = be.AppendUint16(be.AppendUint16(b, src), dst)
	b = be.AppendUint32(be.AppendUint32(b, s.Seq), s.Ack)
	b = append(b, byte(n/4)<<4, byte(s.Flags))
	b = be.AppendUint16(b, s.Window)
	b = be.AppendUint16(append(b, 0, 0), s.urgent()) // behind the checksum
	return AppendOptions(b, s)
}

// ParseHeader sets s from the TCP header at the start of b, but for Len and Pos,
// which are not in it. It returns the ports and the length of the header. Of
// options that end beyond the header, it has set those before.
func ParseHeader(b []byte, s *Segment) (src, dst uint16, n int, err error) {
	if len(b) < minHeader {
		return 0, 0, 0, ErrHeader
	}
	n = int(b[12]>>4) * 4
	if n < minHeader || n > len(b) {
		return 0, 0, 0, ErrHeader
	}
	s.Seq, s.Ack = be.Uint32(b[4:]), be.Uint32(b[8:])
	s.Flags, s.Window = Flags(b[13]), be.Uint16(b[14:])
	err = ParseOptions(b[minHeader:n], s)
	if urgent := be.Uint16(b[18:]); urgent != 0 && s.Flags.Has(URG) {
		s.options().Urgent = urgent
	}
	return be.Uint16(b), be.Uint16(b[2:]), n, err
}

// urgent returns the urgent pointer, which is 0 without URG.
func (s *Segment) urgent() uint16 {
	if s.Opt == nil || !s.Flags.Has(URG) {
		return 0
	}
	return s.Opt.Urgent
}
