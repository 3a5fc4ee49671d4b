package sched

import (
	"testing"

	"mpsim/sim/units"
)

func TestGaps(t *testing.T) {
	v := &View{Una: 10, Written: 100, Edge: 80, Pieces: []Piece{{Range: Range{10, 20}}, {Range: Range{30, 40}}, {Range: Range{40, 50}}}}
	for _, x := range []struct {
		name      string
		got, want Range
	}{
		{"first", v.Gap(0), Range{20, 30}},
		{"from within", v.Gap(25), Range{25, 30}},
		{"behind the last", v.Gap(30), Range{50, 80}},
		{"up to the window", v.Gap(79), Range{79, 80}},
		{"none", v.Gap(80), Range{}},
		{"last", v.LastGap(100), Range{50, 80}},
		{"from the back", v.LastGap(60), Range{50, 60}},
		{"between", v.LastGap(50), Range{20, 30}},
		{"within", v.LastGap(30), Range{20, 30}},
		{"none before", v.LastGap(20), Range{}},
		{"nothing is assigned", (&View{Una: 5, Written: 9, Edge: 8}).LastGap(7), Range{5, 7}},
	} {
		if x.got != x.want {
			t.Errorf("%s: %v, want %v", x.name, x.got, x.want)
		}
	}
	for pos, want := range map[uint64]int{0: 0, 19: 0, 20: 1, 39: 1, 40: 2, 49: 2, 50: 3} { // order does not matter
		if got := v.Find(pos); got != want {
			t.Errorf("Find(%d) is %d, want %d", pos, got, want)
		}
	}
}

func TestRange(t *testing.T) {
	r := Range{10, 30}
	if r.Len() != 20 || r.First(5) != (Range{10, 15}) || r.First(20) != r || r.First(21) != r {
		t.Errorf("%v, %v", r.Len(), r.First(5))
	}
}

func TestSet(t *testing.T) {
	s := One(0) | One(2) | One(3)
	if got := s.Without(2); got != One(0)|One(2) {
		t.Errorf("%b", got)
	}
	if !s.Has(3) || s.Has(1) || s.Len() != 3 {
		t.Errorf("%b", s)
	}
}

func TestSubflow(t *testing.T) {
	s := Subflow{MSS: 1000, Cwnd: 10000, InFlight: 6000, Queued: 1500}
	if s.Space() != 2500 || s.Backlog() != 7500 || s.Segments(2500) != 2.5 {
		t.Errorf("%v, %v, %v", s.Space(), s.Backlog(), s.Segments(2500))
	}
	if s.InFlight = 9000; s.Space() != 0 {
		t.Errorf("%v", s.Space())
	}
	for n, want := range map[units.Bytes]int{0: 0, 1: 1, 1000: 1, 1001: 2} { // order does not matter
		if got := s.segments(n); got != want {
			t.Errorf("%d bytes: %d segments", n, got)
		}
	}
	if s = (Subflow{Cwnd: 10000, SRTT: 20 * ms, Delivery: 8 * units.Mbps}); s.rate() != 1e6 {
		t.Errorf("%v", s.rate())
	}
	if s.Delivery = 0; s.rate() != 5e5 {
		t.Errorf("%v", s.rate())
	}
	if s.SRTT = 0; s.rate() != 0 {
		t.Errorf("%v", s.rate())
	}
}

// Limits up to Unready pass without another job.
func TestLimits(t *testing.T) {
	for l := Free; l <= Guarded; l++ {
		if l.ForNow() != (l <= Unready) {
			t.Errorf("%d: %v", l, l.ForNow())
		}
	}
}

// Memories stay with their subflows while others go and come.
func TestPerSubflow(t *testing.T) {
	var p PerSubflow[int]
	v := &View{Subflows: []Subflow{{ID: 0}, {ID: 2}, {ID: 5}}}
	for i := range v.Subflows {
		*p.At(v, i) = 10 + v.Subflows[i].ID
	}
	v.Subflows = []Subflow{{ID: 2}, {ID: 5}, {ID: 6}}
	for i, want := range []int{12, 15, 0} {
		if got := *p.At(v, i); got != want {
			t.Errorf("%d: %d, want %d", i, got, want)
		}
	}
	v.Subflows = []Subflow{{ID: 1}, {ID: 2}, {ID: 3}, {ID: 5}}
	for i, want := range []int{0, 12, 0, 15} {
		if got := *p.At(v, i); got != want {
			t.Errorf("joined between, %d: %d, want %d", i, got, want)
		}
	}
}
