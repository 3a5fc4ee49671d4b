package seqnum

import "slices"

// Range is a span of sequence numbers, [From, To).
type Range struct{ From, To uint32 }

// Ranges is what a receiver holds beyond the first gap: disjoint ranges that do
// not touch. It knows which of them changed last, because those are reported first
// (RFC 2018, section 4). The zero value is empty.
type Ranges struct {
	r     []changed // ascending
	clock uint32
}

// changed is a range, and when it changed.
type changed struct {
	Range
	at uint32
}

// Add adds [from, to), which becomes part of the most recent range, and returns
// how many numbers were not in the set before.
func (s *Ranges) Add(from, to uint32) uint32 {
	if !Before(from, to) {
		return 0
	}
	s.clock++
	i := s.touching(from)
	if i == len(s.r) || Before(to, s.r[i].From) {
		s.r = slices.Insert(s.r, i, changed{Range{from, to}, s.clock})
		return to - from
	}
	had := s.r[i].To - s.r[i].From
	j := i + 1
	for j < len(s.r) && BeforeEq(s.r[j].From, to) {
		had += s.r[j].To - s.r[j].From
		j++
	}
	if Before(s.r[i].From, from) {
		from = s.r[i].From
	}
	if last := s.r[j-1].To; Before(to, last) {
		to = last
	}
	s.r[i] = changed{Range{from, to}, s.clock}
	s.r = slices.Delete(s.r, i+1, j)
	return to - from - had
}

// touching returns the index of the first range that does not end before from.
func (s *Ranges) touching(from uint32) int {
	low, high := 0, len(s.r)
	for low < high {
		if mid := int(uint(low+high) / 2); Before(s.r[mid].To, from) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// TrimBelow removes all numbers before next.
func (s *Ranges) TrimBelow(next uint32) {
	k := 0
	for k < len(s.r) && BeforeEq(s.r[k].To, next) {
		k++
	}
	if k > 0 {
		s.r = slices.Delete(s.r, 0, k)
	}
	if len(s.r) > 0 && Before(s.r[0].From, next) {
		s.r[0].From = next
	}
}

// Within returns how many numbers of [from, to) are in the set.
func (s *Ranges) Within(from, to uint32) (n uint32) {
	for i := s.touching(from); i < len(s.r) && Before(s.r[i].From, to); i++ {
		a, b := s.r[i].From, s.r[i].To
		if Before(a, from) {
			a = from
		}
		if Before(to, b) {
			b = to
		}
		n += b - a
	}
	return n
}

// Len returns the number of ranges.
func (s *Ranges) Len() int { return len(s.r) }

// At returns the k-th range, the one of the lowest numbers being the 0th.
func (s *Ranges) At(k int) Range { return s.r[k].Range }

// maxRecent is how many ranges Recent returns: as many as a TCP header has room for.
const maxRecent = 4

// Recent returns the ranges changed last, the latest first, and how many they are.
func (s *Ranges) Recent() (r [maxRecent]Range, n int) {
	var at [maxRecent]uint32
	for _, c := range s.r {
		if n == maxRecent && Before(c.at, at[n-1]) {
			continue
		}
		n = min(n+1, maxRecent)
		i := n - 1
		for ; i > 0 && Before(at[i-1], c.at); i-- {
			r[i], at[i] = r[i-1], at[i-1]
		}
		r[i], at[i] = c.Range, c.at
	}
	return r, n
}
