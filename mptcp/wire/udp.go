package wire

// A Datagram is what a UDP packet carries (RFC 768): Len bytes of the content of the
// sender's datagrams, all in a row, from Pos on.
type Datagram struct {
	Pos uint64
	Len uint16
}

// UDPHeader is the length of the header of a datagram, in bytes (RFC 768).
const UDPHeader = 8

// MaxDatagram is the most bytes of payload that a datagram in an IPv4 packet has.
const MaxDatagram = 0xffff - ipv4Header - UDPHeader

// AppendUDP appends the IP packet that carries d between the ports src and dst, with all
// checksums.
func AppendUDP(b []byte, h *IP, d *Datagram, src, dst uint16) []byte {
	n := UDPHeader + int(d.Len)
	b = appendIP(b, h, protocolUDP, n)
	from := len(b)
	b = be.AppendUint16(be.AppendUint16(b, src), dst)
	b = be.AppendUint16(be.AppendUint16(b, uint16(n)), 0)
	b = AppendContent(b, d.Pos, int(d.Len))
	sum := ^fold(pseudo(h.Src, h.Dst, protocolUDP, n) + sum(b[from:]))
	if sum == 0 {
		sum = 0xffff // 0 says that the sender computed none
	}
	be.PutUint16(b[from+6:], sum)
	return b
}

// ParseUDP sets h and d, but for d.Pos, from the IP packet at the start of b and returns
// the ports and the payload, a part of b. The payload is shorter than d.Len if b was cut by a
// capture. Checksums are not verified: see ValidIPv4 and ValidUDP.
func ParseUDP(b []byte, h *IP, d *Datagram) (src, dst uint16, payload []byte, err error) {
	header, n, err := parseIP(b, h, protocolUDP)
	if err != nil {
		return 0, 0, nil, err
	}
	b = b[header:min(len(b), header+n)]
	if len(b) < UDPHeader {
		return 0, 0, nil, ErrIP
	}
	length := int(be.Uint16(b[4:])) // what IP has behind it is padding
	if length < UDPHeader || length > n {
		return 0, 0, nil, ErrIP
	}
	d.Len = uint16(length - UDPHeader)
	return be.Uint16(b), be.Uint16(b[2:]), b[UDPHeader:min(len(b), length)], nil
}

// ValidUDP reports whether the checksum of datagram, header and payload, is right.
func ValidUDP(datagram []byte, h *IP) bool {
	return fold(pseudo(h.Src, h.Dst, protocolUDP, len(datagram))+sum(datagram)) == 0xffff
}
