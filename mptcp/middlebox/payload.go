package middlebox

import "mpsim/mptcp/wire"

// content returns bytes [from, to) of the payload of s.
func content(s *wire.Segment, from, to int) []byte {
	if s.Opt != nil && s.Opt.Payload != nil {
		return s.Opt.Payload[from:to]
	}
	return wire.AppendContent(nil, s.Pos+uint64(from), to-from)
}

// setPayload makes b the payload of s. The options are copied: the sender's segments
// may share them.
func setPayload(s *wire.Segment, b []byte) {
	o := wire.Options{WScale: -1}
	if s.Opt != nil {
		o = *s.Opt
	}
	o.Payload = b
	s.Opt, s.Len = &o, uint16(len(b))
}

// explicit reports whether s carries its bytes, in place of a position.
func explicit(s *wire.Segment) bool { return s.Opt != nil && s.Opt.Payload != nil }

// cut leaves bytes [from, to) of the payload of s.
func cut(s *wire.Segment, from, to int) {
	if explicit(s) {
		setPayload(s, s.Opt.Payload[from:to])
	}
	s.Seq += uint32(from)
	s.Pos += uint64(from)
	s.Len = uint16(to - from)
}
