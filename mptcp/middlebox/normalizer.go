package middlebox

import (
	"bytes"
	"slices"

	"mpsim/mptcp/wire"
)

func init() {
	Registry.Register("normalizer", "RFC 8684, section 6; Handley et al., Network Intrusion Detection, USENIX Security 2001", func() Model {
		return &Normalizer{Enforce: true}
	})
}

// Normalizer remembers the bytes of each connection until they are acknowledged, so
// that a sequence number cannot stand for one byte now and for another when it is sent
// again.
type Normalizer struct {
	entire
	Enforce bool `toml:"enforce" doc:"puts the first copy in place of one that differs; false only counts"`
}

// Make implements Model.
func (m *Normalizer) Make(env Env) Box { return &normalizer{enforce: m.Enforce, acts: env.Acts} }

type normalizer struct {
	enforce      bool
	acts         [2]bool
	inconsistent uint64 // segments
}

// memory is the first copy of what is not acknowledged, by direction: runs in the
// order of the stream, which do not overlap.
type memory [2][]run

// run is a part of a stream: bytes at places [from, to) of the subflow.
type run struct {
	from, to uint64
	pos      uint64 // of the byte at from, as in a segment
	bytes    []byte // if not nil, the bytes themselves
}

// Take implements Box.
func (b *normalizer) Take(x Passage) bool {
	m, ok := x.flow.state.(*memory)
	if !ok {
		m = new(memory)
		x.flow.state = m
	}
	if x.Seg.Flags.Has(wire.ACK) {
		m.forget(1-x.Dir, x.flow.half[1-x.Dir].pos(x.Seg.Ack))
	}
	hit := false
	if h := &x.flow.half[x.Dir]; b.acts[x.Dir] && x.Seg.Len > 0 && !x.Seg.Flags.Has(wire.SYN) {
		hit = b.check(&m[x.Dir], x.Seg, h.pos(x.Seg.Seq))
	}
	x.Forward()
	return hit
}

// forget drops the runs that end at or before place p.
func (m *memory) forget(dir int, p uint64) {
	n := 0
	for n < len(m[dir]) && m[dir][n].to <= p {
		n++
	}
	m[dir] = slices.Delete(m[dir], 0, n)
}

// check compares s, which begins at place from, with the first copies, and remembers
// what is new.
func (b *normalizer) check(runs *[]run, s *wire.Segment, from uint64) bool {
	to := from + uint64(s.Len)
	differs := false
	for _, r := range *runs {
		lo, hi := max(from, r.from), min(to, r.to)
		if lo < hi && !r.holds(s, from, lo, hi) {
			differs = true
			if b.enforce {
				p := content(s, 0, int(s.Len))
				copy(p[lo-from:hi-from], r.content(lo, hi))
				setPayload(s, p)
			}
		}
	}
	if differs {
		b.inconsistent++
	}
	*runs = remember(*runs, s, from, to)
	return differs
}

// holds reports whether r has the bytes of s, which begins at place from, at places [lo, hi).
func (r *run) holds(s *wire.Segment, from, lo, hi uint64) bool {
	if r.bytes == nil && !explicit(s) && r.pos-r.from == s.Pos-from {
		return true
	}
	return bytes.Equal(r.content(lo, hi), content(s, int(lo-from), int(hi-from)))
}

// content returns the bytes at places [lo, hi).
func (r *run) content(lo, hi uint64) []byte {
	if r.bytes != nil {
		return r.bytes[lo-r.from : hi-r.from]
	}
	return wire.AppendContent(nil, r.pos+lo-r.from, int(hi-lo))
}

// remember adds the parts of s that runs do not cover.
func remember(runs []run, s *wire.Segment, from, to uint64) []run {
	i, _ := slices.BinarySearchFunc(runs, from, func(r run, p uint64) int {
		if r.to <= p {
			return -1
		}
		return 1
	})
	for at := from; at < to; i++ {
		end := to
		if i < len(runs) {
			end = min(end, runs[i].from)
		}
		if at < end {
			r := run{from: at, to: end, pos: s.Pos + at - from}
			if explicit(s) {
				r.bytes = content(s, int(at-from), int(end-from))
			}
			if i > 0 && runs[i-1].followedBy(r) {
				runs[i-1].to = r.to
				i--
			} else {
				runs = slices.Insert(runs, i, r)
			}
		} else {
			end = runs[i].to
		}
		at = end
	}
	return runs
}

// followedBy reports whether next can be made part of r.
func (r *run) followedBy(next run) bool {
	const most = 1 << 16 // so that what is acknowledged is forgotten soon
	return r.bytes == nil && next.bytes == nil && r.to == next.from && r.pos-r.from == next.pos-next.from && next.to-r.from <= most
}

func (b *normalizer) counters() []Counter { return []Counter{{"inconsistent", b.inconsistent}} }
