package sched

import (
	"testing"

	"mpsim/sim/units"
)

// 120 against 30 ms, of which half lies on the way there, at 10 Mb/s: 56 250 bytes, 39.6
// segments.
func TestSTMS(t *testing.T) {
	f, s := sub(0, 1420, 0, 10, 10, 100, 30*ms), sub(1, 1420, 0, 0, 10, 100, 120*ms)
	f.Delivery = 10 * units.Mbps
	near(t, "lead", lead(&f, &s), 56250, 1e-6)
	v := fresh(1e6, 1e6, f, s)
	if d := decides(t, "39 whole segments ahead", &STMS{}, v, 1); d.Bytes != (Range{39 * 1420, 40 * 1420}) {
		t.Errorf("%+v", d)
	}
	v.Pieces = []Piece{{Range: Range{39 * 1420, 41 * 1420}, On: One(1)}}
	if d := decides(t, "behind what it has there", &STMS{}, v, 1); d.Bytes != (Range{41 * 1420, 42 * 1420}) {
		t.Errorf("%+v", d)
	}
	f.ID, s.ID = 1, 0
	if d := decides(t, "in any order", &STMS{}, fresh(1e6, 1e6, s, f), 0); d.Bytes != (Range{39 * 1420, 40 * 1420}) {
		t.Errorf("%+v", d)
	}
	decides(t, "the tail is left to the fast one", &STMS{}, fresh(50000, 1e6, f, s), waits)
	decides(t, "that has room", &STMS{}, fresh(50000, 1e6, sub(0, 1420, 0, 9, 10, 100, 30*ms), s), 0)
	v.Job = Lost
	decides(t, "what is lost", &STMS{}, v, 1)
	f.Delivery = 0
	near(t, "without a sample, a window in a round", lead(&f, &s), 0.045*14200/0.030, 1e-6)
}
