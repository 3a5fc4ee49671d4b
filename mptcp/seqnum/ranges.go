package seqnum

import "slices"

// Range is a span of sequence numbers, [From, To).
type Range struct{ From, To uint32 }

// Ranges is what a receiver holds beyond the first gap: disjoint ranges that do
// not touch, the one changed last first. That is the order in which RFC 2018,
// section 4, reports them; lookups scan, because there are few. The zero value
// is empty.
type Ranges struct{ r []Range }

// Add adds [from, to), which becomes part of the most recent range, and returns
// how many numbers were not in the set before.
func (s *Ranges) Add(from, to uint32) uint32 {
	if !Before(from, to) {
		return 0
	}
	merged := Range{from, to}
	var had uint32
	kept := s.r[:0]
	for _, r := range s.r {
		if Before(to, r.From) || Before(r.To, from) {
			kept = append(kept, r)
			continue
		}
		had += r.To - r.From
		if Before(r.From, merged.From) {
			merged.From = r.From
		}
		if Before(merged.To, r.To) {
			merged.To = r.To
		}
	}
	s.r = slices.Insert(kept, 0, merged)
	return merged.To - merged.From - had
}

// TrimBelow removes all numbers before next.
func (s *Ranges) TrimBelow(next uint32) {
	kept := s.r[:0]
	for _, r := range s.r {
		if Before(r.From, next) {
			r.From = next
		}
		if Before(r.From, r.To) {
			kept = append(kept, r)
		}
	}
	s.r = kept
}

// Len returns the number of ranges.
func (s *Ranges) Len() int { return len(s.r) }

// Recent returns the k-th range, the one changed last being the 0th.
func (s *Ranges) Recent(k int) Range { return s.r[k] }

// First returns the range of the lowest numbers. The set must not be empty.
func (s *Ranges) First() Range {
	first := s.r[0]
	for _, r := range s.r[1:] {
		if Before(r.From, first.From) {
			first = r
		}
	}
	return first
}
