package wire

import (
	"errors"
	"fmt"
	"net/netip"
)

// ErrIP is returned for bytes that are no IP packet with the whole header of the transport
// that is asked for.
var ErrIP = errors.New("wire: not an IP packet with a whole header of TCP or UDP, as asked for")

// IP is the header of an IP packet that carries a TCP segment or a UDP datagram: IPv4 without
// options (RFC 791, section 3.1) or IPv6 without extension headers (RFC 8200,
// section 3), after the family of the addresses, which must be the same.
type IP struct {
	Src, Dst     netip.Addr
	TOS          uint8 // DSCP and ECN; IPv6: the traffic class
	TTL          uint8 // IPv6: the hop limit
	ID           uint16
	DontFragment bool   // ID and DontFragment are of IPv4
	FlowLabel    uint32 // 20 bits, of IPv6
}

// Lengths of the headers, in bytes.
const (
	ipv4Header = 20
	ipv6Header = 40
)

// The transports in both headers (RFC 9293, section 3.1, and RFC 768).
const (
	protocolTCP = 6
	protocolUDP = 17
)

const dontFragment = 0x4000

// appendIP appends the header of a packet with n bytes of a transport behind it.
func appendIP(b []byte, h *IP, protocol uint8, n int) []byte {
	if h.Src.Is4() {
		return appendIPv4(b, h, protocol, n)
	}
	return appendIPv6(b, h, protocol, n)
}

// appendIPv4 appends the header of an IPv4 packet. The checksum is right.
func appendIPv4(b []byte, h *IP, protocol uint8, n int) []byte {
	from := len(b)
	b = append(b, 4<<4|ipv4Header/4, h.TOS)
	b = be.AppendUint16(b, length16(ipv4Header+n))
	b = be.AppendUint16(b, h.ID)
	b = be.AppendUint16(b, uint16(bit(h.DontFragment))*dontFragment)
	b = append(b, h.TTL, protocol, 0, 0)
	src, dst := h.Src.As4(), h.Dst.As4()
	b = append(append(b, src[:]...), dst[:]...)
	be.PutUint16(b[from+10:], ^fold(sum(b[from:])))
	return b
}

func appendIPv6(b []byte, h *IP, protocol uint8, n int) []byte {
	b = be.AppendUint32(b, 6<<28|uint32(h.TOS)<<20|h.FlowLabel&0xfffff)
	b = be.AppendUint16(b, length16(n))
	b = append(b, protocol, h.TTL)
	src, dst := h.Src.As16(), h.Dst.As16()
	return append(append(b, src[:]...), dst[:]...)
}

// length16 is the length field of an IP header. Like options that do not fit, too long
// a packet is a defect of the caller.
func length16(n int) uint16 {
	if n > 0xffff {
		panic(fmt.Sprintf("wire: an IP packet of %d bytes, the largest has %d", n, 0xffff))
	}
	return uint16(n)
}

// ParseIP sets h from the header of a TCP segment's IP packet at the start of b and returns the lengths of
// the header and of what follows it. The latter may be more than b has, if b was
// cut by a capture. Fragments are no TCP segments, nor are packets with IPv6
// extension headers. Options of IPv4 are skipped, and its checksum is not
// verified: see ValidIPv4.
func ParseIP(b []byte, h *IP) (header, payload int, err error) { return parseIP(b, h, protocolTCP) }

// parseIP is ParseIP for a transport.
func parseIP(b []byte, h *IP, protocol uint8) (header, payload int, err error) {
	switch {
	case len(b) >= ipv4Header && b[0]>>4 == 4:
		return parseIPv4(b, h, protocol)
	case len(b) >= ipv6Header && b[0]>>4 == 6:
		return parseIPv6(b, h, protocol)
	}
	return 0, 0, ErrIP
}

func parseIPv4(b []byte, h *IP, protocol uint8) (header, payload int, err error) {
	header = int(b[0]&0x0f) * 4
	payload = int(be.Uint16(b[2:])) - header
	fragment := be.Uint16(b[6:])
	if header < ipv4Header || header > len(b) || payload < 0 || b[9] != protocol || fragment&0x3fff != 0 {
		return 0, 0, ErrIP
	}
	*h = IP{
		Src: netip.AddrFrom4([4]byte(b[12:])), Dst: netip.AddrFrom4([4]byte(b[16:])),
		TOS: b[1], TTL: b[8], ID: be.Uint16(b[4:]), DontFragment: fragment&dontFragment != 0,
	}
	return header, payload, nil
}

func parseIPv6(b []byte, h *IP, protocol uint8) (header, payload int, err error) {
	if b[6] != protocol {
		return 0, 0, ErrIP
	}
	first := be.Uint32(b)
	*h = IP{
		Src: netip.AddrFrom16([16]byte(b[8:])), Dst: netip.AddrFrom16([16]byte(b[24:])),
		TOS: uint8(first >> 20), TTL: b[7], FlowLabel: first & 0xfffff,
	}
	return ipv6Header, int(be.Uint16(b[4:])), nil
}

// ValidIPv4 reports whether the checksum of an IPv4 header is right.
func ValidIPv4(header []byte) bool { return fold(sum(header)) == 0xffff }

// SetChecksum sets the checksum of segment, header and payload, sent between the
// addresses (RFC 9293, section 3.1; RFC 8200, section 8.1).
func SetChecksum(segment []byte, src, dst netip.Addr) {
	be.PutUint16(segment[16:], 0)
	be.PutUint16(segment[16:], ^fold(pseudo(src, dst, protocolTCP, len(segment))+sum(segment)))
}

// ValidChecksum reports whether the checksum of segment is right.
func ValidChecksum(segment []byte, src, dst netip.Addr) bool {
	return fold(pseudo(src, dst, protocolTCP, len(segment))+sum(segment)) == 0xffff
}

// pseudo returns the sum of the pseudo-header of n bytes of a transport. Both
// families add up the same words.
func pseudo(src, dst netip.Addr, protocol uint8, n int) uint64 {
	return sumAddr(src) + sumAddr(dst) + uint64(protocol) + uint64(n)
}

func sumAddr(a netip.Addr) uint64 {
	if a.Is4() {
		ip := a.As4()
		return sum(ip[:])
	}
	ip := a.As16()
	return sum(ip[:])
}
