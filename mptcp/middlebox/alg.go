package middlebox

import (
	"fmt"

	"mpsim/mptcp/wire"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("payload-alg", "RFC 8684, sections 3.7 and 6: application-level gateways, such as of FTP", func() Model {
		return &PayloadALG{At: 1000, Length: 6}
	})
}

// PayloadALG replaces a range of bytes of the stream, as a gateway does that writes
// the outer address into the payload. If the replacement is longer or shorter it shifts the
// sequence numbers behind it, and the acknowledgements that come back. What comes out
// is a function of the stream, however that is cut into segments and however often
// they are sent.
type PayloadALG struct {
	entire
	At     units.Bytes `toml:"at" doc:"position of the range in the stream"`
	Length units.Bytes `toml:"length" doc:"bytes that are replaced"`
	Delta  int         `toml:"delta" doc:"by how many bytes the replacement is longer; 0: not, as of HTTP headers rewritten in place"`
}

// maxReplacement bounds the bytes that a segment may grow by.
const maxReplacement = 1000

// Validate reports parameters out of range.
func (m *PayloadALG) Validate() error {
	switch {
	case m.At < 0:
		return fmt.Errorf("at %v: want 0B or more", m.At)
	case m.Length < 1 || m.Length > maxReplacement:
		return fmt.Errorf("length %v: want 1B to %dB", m.Length, maxReplacement)
	case m.Delta <= -int(m.Length) || m.Delta > maxReplacement:
		return fmt.Errorf("delta %d: want %d, which leaves one byte, to %d", m.Delta, 1-int(m.Length), maxReplacement)
	}
	return nil
}

func (*PayloadALG) altersPayload() {}

// Make implements Model.
func (m *PayloadALG) Make(env Env) Box {
	from := uint64(m.At) + 1
	return &alg{acts: env.Acts, edit: edit{from, from + uint64(m.Length), uint64(int64(m.Length) + int64(m.Delta))}}
}

type alg struct {
	edit
	acts [2]bool
}

// edit replaces positions [from, to) of a stream by length bytes.
type edit struct{ from, to, length uint64 }

// out returns where position p is in the stream that comes out. The last byte of the
// range stands for all of the replacement that has no byte of its own, and for at least
// one: so nothing that was not sent is acknowledged, and all that was is in the end.
func (e *edit) out(p uint64) uint64 {
	switch {
	case p <= e.from:
		return p
	case p >= e.to:
		return p - e.to + e.from + e.length
	}
	return e.from + min(p-e.from, e.length-1)
}

// in returns up to which position of the stream that goes in an acknowledgement of all
// before p is good for.
func (e *edit) in(p uint64) uint64 {
	switch {
	case p <= e.from:
		return p
	case p >= e.from+e.length:
		return p - e.length - e.from + e.to
	}
	return e.from + min(p-e.from, e.to-e.from-1)
}

// Take implements Box.
func (b *alg) Take(x Passage) bool {
	hit := false
	if b.acts[x.Dir] && x.flow.half[x.Dir].syn && x.Seg.Flags&(wire.SYN|wire.RST) == 0 {
		hit = b.alter(x)
	}
	if back := &x.flow.half[1-x.Dir]; b.acts[1-x.Dir] && back.syn && x.Seg.Flags&(wire.SYN|wire.ACK) == wire.ACK {
		hit = b.unshift(back, x.Seg) || hit
	}
	x.Forward()
	return hit
}

// alter changes the bytes and the sequence number of x.
func (b *alg) alter(x Passage) bool {
	h, s := &x.flow.half[x.Dir], x.Seg
	p := h.pos(s.Seq)
	q := p + uint64(s.Len)
	first := b.out(p)
	s.Seq += uint32(first - p)
	if p >= b.to || q <= b.from {
		return first != p
	}
	before := size(s)
	old := content(s, 0, int(s.Len))
	changed := make([]byte, 0, uint64(len(old))+b.length)
	for at := first; at < b.out(q); at++ {
		changed = append(changed, b.byteAt(at, p, old))
	}
	setPayload(s, changed)
	x.fit(before)
	return true
}

// byteAt returns the byte at position at of the stream that comes out of old, which
// goes in at position p.
func (b *alg) byteAt(at, p uint64, old []byte) byte {
	switch {
	case at < b.from:
		return old[at-p]
	case at >= b.from+b.length:
		return old[b.in(at)-p]
	case at >= b.to:
		return '0'
	case at == b.from+b.length-1 && at < b.to-1:
		at = b.to - 1
	}
	return old[at-p] ^ 0xff // surely another byte
}

// unshift corrects what s acknowledges of h.
func (b *alg) unshift(h *half, s *wire.Segment) bool {
	before := func(seq uint32) uint32 {
		p := h.pos(seq)
		return seq + uint32(b.in(p)-p)
	}
	ack := before(s.Ack)
	hit := ack != s.Ack
	s.Ack = ack
	for i := range s.SACK[:s.NSACK] {
		k := &s.SACK[i]
		k.Left, k.Right = before(k.Left), before(k.Right)
	}
	return hit
}
