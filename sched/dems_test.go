package sched

import (
	"testing"

	"mpsim/sim/units"
)

// 1 MB over 10 Mb/s + 15 ms and 5 Mb/s + 60 ms: both ends after 563.3 ms.
func TestDEMSSplit(t *testing.T) {
	front, back := split(1e6, 1.25e6, 0.015, 0.625e6, 0.060)
	near(t, "front", front, 685417, 1)
	near(t, "back", back, 314583, 1)
	near(t, "front ends", front/1.25e6+0.015, 0.5633, 5e-5)
	near(t, "back ends", back/0.625e6+0.060, 0.5633, 5e-5)
	for _, x := range []struct{ b1, b2, front float64 }{{1, 0, 10}, {0, 1, 0}, {0, 0, 10}} {
		if front, back := split(10, x.b1, 0, x.b2, 0); front != x.front || front+back != 10 {
			t.Errorf("%+v: %g and %g", x, front, back)
		}
	}
}

func TestDEMS(t *testing.T) {
	f, s := sub(0, mss, 0, 10, 10, 100, 30*ms), sub(1, mss, 0, 0, 10, 100, 120*ms)
	f.Delivery, s.Delivery = 10*units.Mbps, 5*units.Mbps
	v := fresh(1e6, 2e6, f, s)
	from := func(name string, want Range) {
		t.Helper()
		if d := decides(t, name, &DEMS{}, v, 1); d.Bytes != want {
			t.Errorf("%s: %+v", name, d)
		}
	}
	from("from the back", Range{999000, 1e6})
	other, another := s, f
	other.ID, another.ID = 0, 1
	if d := decides(t, "in any order", &DEMS{}, fresh(1e6, 2e6, other, another), 0); d.Bytes != (Range{999000, 1e6}) {
		t.Errorf("%+v", d)
	}
	v.Pieces = []Piece{{Range: Range{998500, 1e6}, On: One(1)}}
	from("before what is there", Range{997500, 998500})
	v.Message = Range{0, 500000}
	from("of the message", Range{499000, 500000})
	v.Edge = 300000
	from("of what the window takes", Range{299000, 300000})
	v.Subflows[0].Limit = Free
	if d := decides(t, "the fast one from the front", &DEMS{}, v, 0); d.Bytes != (Range{}) {
		t.Errorf("%+v", d)
	}
	v.Subflows[0].Limit = Full

	// Both ends together: x/1.25e6 + 15 ms = (n − x)/0.625e6 + 60 ms leaves the back nothing
	// up to n = 56 250, and half a segment at 57 750.
	for n, want := range map[units.Bytes]int{57749: waits, 57751: 1, 50000: waits} { // order does not matter
		decides(t, "a short rest is left to the fast one", &DEMS{}, fresh(n, 1e6, f, s), want)
	}
	v = fresh(1e6, 2e6, f, s)
	v.Pieces, v.Message = []Piece{{Range: Range{0, 4000}, On: One(0)}}, Range{0, 4000}
	v.Hand = v.Gap(0)
	if d := decides(t, "all of the message is assigned", &DEMS{}, v, 1); d.Bytes != (Range{}) {
		t.Errorf("%+v", d)
	}
	v.Job = Lost
	decides(t, "what is lost", &DEMS{}, v, 1)
}
