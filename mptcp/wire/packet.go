package wire

// AppendPacket appends the IP packet that carries s with its payload between the
// ports src and dst, with all checksums. The payload is the content of the stream
// at s.Pos, or s.Opt.Payload. It panics if the options do not fit into OptionSpace.
func AppendPacket(b []byte, h *IP, s *Segment, src, dst uint16) []byte {
	b = appendIP(b, h, protocolTCP, s.HeaderLen()+int(s.Len))
	from := len(b)
	b = AppendHeader(b, s, src, dst)
	if s.Opt != nil && s.Opt.Payload != nil {
		b = append(b, s.Opt.Payload...)
	} else {
		b = AppendContent(b, s.Pos, int(s.Len))
	}
	SetChecksum(b[from:], h.Src, h.Dst)
	return b
}

// ParsePacket sets h and s, but for s.Pos, from the IP packet at the start of b
// and returns the ports and the payload, a part of b. The payload is shorter than
// s.Len if b was cut by a capture. Checksums are not verified: see ValidIPv4 and
// ValidChecksum.
func ParsePacket(b []byte, h *IP, s *Segment) (src, dst uint16, payload []byte, err error) {
	header, n, err := ParseIP(b, h)
	if err != nil {
		return 0, 0, nil, err
	}
	b = b[header:min(len(b), header+n)]
	src, dst, header, err = ParseHeader(b, s)
	if err != nil {
		return 0, 0, nil, err
	}
	s.Len = uint16(n - header)
	return src, dst, b[header:], nil
}
