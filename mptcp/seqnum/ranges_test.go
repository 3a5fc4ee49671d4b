package seqnum

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// recent returns the ranges changed last.
func recent(s *Ranges) []Range {
	r, n := s.Recent()
	return r[:n]
}

// all returns all ranges.
func all(s *Ranges) (r []Range) {
	for k := range s.Len() {
		r = append(r, s.At(k))
	}
	return r
}

// The examples of RFC 2018, section 7: 8 segments of 500 bytes from 5000 on.
func TestSACKExamples(t *testing.T) {
	type step struct {
		seg, next uint32 // next: ACK number once seg has arrived
		blocks    []Range
	}
	for name, steps := range map[string][]step{
		"case 2: the first segment is lost": {
			{5500, 5000, []Range{{5500, 6000}}},
			{6000, 5000, []Range{{5500, 6500}}},
			{6500, 5000, []Range{{5500, 7000}}},
			{7000, 5000, []Range{{5500, 7500}}},
			{7500, 5000, []Range{{5500, 8000}}},
			{8000, 5000, []Range{{5500, 8500}}},
			{8500, 5000, []Range{{5500, 9000}}},
		},
		"case 3: every second segment is lost": {
			{6000, 5500, []Range{{6000, 6500}}},
			{7000, 5500, []Range{{7000, 7500}, {6000, 6500}}},
			{8000, 5500, []Range{{8000, 8500}, {7000, 7500}, {6000, 6500}}},
			{6500, 5500, []Range{{6000, 7500}, {8000, 8500}}},
			{5500, 7500, []Range{{8000, 8500}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s Ranges
			for _, st := range steps {
				if n := s.Add(st.seg, st.seg+500); n != 500 {
					t.Errorf("segment %d: %d new bytes", st.seg, n)
				}
				s.TrimBelow(st.next)
				if got := recent(&s); !slices.Equal(got, st.blocks) {
					t.Errorf("segment %d: blocks %v, want %v", st.seg, got, st.blocks)
				}
			}
		})
	}
}

func TestAddNothing(t *testing.T) {
	var s Ranges
	if s.Add(7, 7) != 0 || s.Add(8, 7) != 0 || s.Len() != 0 {
		t.Errorf("an empty span made %v", recent(&s))
	}
}

func TestTrimCutsARange(t *testing.T) {
	var s Ranges
	s.Add(10, 20)
	s.Add(30, 40)
	s.TrimBelow(15)
	if want := []Range{{30, 40}, {15, 20}}; !slices.Equal(recent(&s), want) {
		t.Errorf("got %v, want %v", recent(&s), want)
	}
	if got := s.At(0); got != (Range{15, 20}) {
		t.Errorf("At(0) = %v", got)
	}
}

// Ranges against a bitmap, across the wrap of the numbers.
func TestRangesTwin(t *testing.T) {
	const size = 256
	base := ^uint32(0) - size/2
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var s Ranges
		var twin [size]bool
		for range 60 {
			from := r.Uint32N(size)
			to := from + r.Uint32N(min(24, size-from))
			if r.IntN(8) == 0 {
				s.TrimBelow(base + from)
				clear(twin[:from])
			} else {
				var fresh uint32
				for i := from; i < to; i++ {
					if !twin[i] {
						fresh++
					}
					twin[i] = true
				}
				if got := s.Add(base+from, base+to); got != fresh {
					t.Fatalf("Add(%d, %d) = %d, want %d", from, to, got, fresh)
				}
			}
			check(t, &s, twin[:], base)
		}
	}
}

// check compares s with the bitmap and wants ranges that do not touch.
func check(t *testing.T, s *Ranges, twin []bool, base uint32) {
	t.Helper()
	var want []Range
	for i := 0; i < len(twin); i++ {
		if !twin[i] {
			continue
		}
		from := uint32(i)
		for i < len(twin) && twin[i] {
			i++
		}
		want = append(want, Range{base + from, base + uint32(i)})
	}
	if got := all(s); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

// The most recent ranges are those that the last spans fell into, in that order.
func TestRecentTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var s Ranges
		var spans []Range // the last first
		for range 60 {
			from := r.Uint32N(2000)
			span := Range{from, from + 1 + r.Uint32N(20)}
			s.Add(span.From, span.To)
			spans = append([]Range{span}, spans...)
			var want []Range
			for _, sp := range spans {
				k := slices.IndexFunc(all(&s), func(x Range) bool { return x.From <= sp.From && sp.To <= x.To })
				if x := s.At(k); !slices.Contains(want, x) && len(want) < maxRecent {
					want = append(want, x)
				}
			}
			if got := recent(&s); !slices.Equal(got, want) {
				t.Fatalf("after %v: %v, want %v", spans, got, want)
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	var s Ranges
	var next uint32
	burst := func() {
		for i := range uint32(16) {
			s.Add(next+200*i+100, next+200*i+200)
		}
		next += 3200
		s.TrimBelow(next)
	}
	burst()
	if n := testing.AllocsPerRun(100, burst); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What of a span is in the set, whatever of its ranges lies in it, and across the wrap.
func TestWithin(t *testing.T) {
	for _, base := range []uint32{0, 1<<32 - 25} {
		var s Ranges
		s.Add(base+10, base+20)
		s.Add(base+30, base+40)
		for _, tt := range []struct{ from, to, want uint32 }{
			{0, 10, 0}, {0, 11, 1}, {0, 50, 20}, {12, 15, 3}, {15, 35, 10}, {20, 30, 0}, {39, 60, 1}, {40, 50, 0},
		} {
			if got := s.Within(base+tt.from, base+tt.to); got != tt.want {
				t.Errorf("from %d, %d to %d: %d, want %d", base, tt.from, tt.to, got, tt.want)
			}
		}
	}
}
