package wire

import (
	"errors"
	"fmt"
)

// ErrHeader is returned for bytes that are no TCP header.
var ErrHeader = errors.New("wire: malformed TCP header")

// AppendHeader appends the TCP header of s with its options (RFC 9293, section
// 3.1). The checksum is left 0: see SetChecksum. It panics if the options do
// not fit into OptionSpace.
func AppendHeader(b []byte, s *Segment, src, dst uint16) []byte {
	n := s.HeaderLen()
	if n > minHeader+OptionSpace {
		panic(fmt.Sprintf("wire: %d bytes of options, there is room for %d", n-minHeader, OptionSpace))
	}
	b = be.AppendUint16(be.AppendUint16(b, src), dst)
	b = be.AppendUint32(be.AppendUint32(b, s.Seq), s.Ack)
	b = append(b, byte(n/4)<<4, byte(s.Flags))
	b = be.AppendUint16(b, s.Window)
	b = append(b, 0, 0, 0, 0) // checksum, urgent pointer
	return AppendOptions(b, s)
}

// ParseHeader sets s from the TCP header at the start of b, but for Len and Pos,
// which are not in it. It returns the ports and the length of the header.
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
	return be.Uint16(b), be.Uint16(b[2:]), n, ParseOptions(b[minHeader:n], s)
}

// SetChecksum sets the checksum of segment, header and payload, sent between
// IPv4 addresses (RFC 9293, section 3.1).
func SetChecksum(segment []byte, src, dst uint32) {
	const protocol = 6
	be.PutUint16(segment[16:], 0)
	var pseudo [12]byte
	be.PutUint32(pseudo[:], src)
	be.PutUint32(pseudo[4:], dst)
	be.PutUint16(pseudo[8:], protocol)
	be.PutUint16(pseudo[10:], uint16(len(segment)))
	be.PutUint16(segment[16:], ^fold(sum(pseudo[:])+sum(segment)))
}
