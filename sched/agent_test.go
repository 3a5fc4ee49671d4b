package sched

import (
	"slices"
	"testing"

	"mpsim/sim/units"
)

func TestAgentObserves(t *testing.T) {
	s := sub(1, mss, 2, 4, 10, 100, 100*ms)
	s.RTTVar, s.Delivery, s.Class = 5*ms, 8*units.Mbps, 1
	v := fresh(9000, 5000, mark(0, 20, ""), s)
	v.Pieces = []Piece{{Range: Range{0, 2000}}}
	v.Hand = v.Gap(0)
	var got []float64
	(&Agent{Ask: func(o []float64) Action { got = slices.Clone(o); return Action{} }}).Next(v)
	want := []float64{0, 9000, 3000, 1, 1, 0, 0, 0, 0, 0.02, 0, 0, 0, 0, 10000, 4000, 2000, 1 << 20, 0.1, 0.005, 8e6, 1}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want\n%v", got, want)
	}
}

// Actions are carried out if they can be, else taken as waits.
func TestAgent(t *testing.T) {
	for _, x := range []struct {
		name   string
		act    Action
		change func(*View)
		want   Decision
	}{
		{"waits", Action{}, nil, Decision{}},
		{"a segment", Action{Do: Send, Subflow: 1}, nil, Decision{Do: Send, On: One(1), Bytes: Range{2000, 3000}}},
		{"three", Action{Do: Send, Subflow: 1, Segments: 3}, nil, Decision{Do: Send, On: One(1), Bytes: Range{2000, 5000}}},
		{"to the end of the window", Action{Do: Send, Subflow: 1, Segments: 9}, nil, Decision{Do: Send, On: One(1), Bytes: Range{2000, 7000}}},
		{"ahead", Action{Do: Send, Subflow: 1, Ahead: 4999}, nil, Decision{Do: Send, On: One(1), Bytes: Range{6999, 7000}}},
		{"too far", Action{Do: Send, Subflow: 1, Ahead: 5000}, nil, Decision{}},
		{"a copy", Action{Do: Send, Subflow: 1, Ahead: -2000}, nil, Decision{Do: Send, On: One(1), Bytes: Range{0, 1000}}},
		{"of what is over", Action{Do: Send, Subflow: 1, Ahead: -2001}, func(v *View) { v.Una = 0 }, Decision{}},
		{"where it was", Action{Do: Queue, Subflow: 0, Ahead: -2000}, nil, Decision{}},
		{"full", Action{Do: Send, Subflow: 0}, nil, Decision{}},
		{"in its queue", Action{Do: Queue, Subflow: 0}, func(v *View) { v.Subflows[0].Room = 1 }, Decision{Do: Queue, On: One(0), Bytes: Range{2000, 3000}}},
		{"without room", Action{Do: Queue, Subflow: 0}, nil, Decision{}},
		{"no handshake", Action{Do: Queue, Subflow: 0}, func(v *View) { v.Subflows[0].Limit, v.Subflows[0].Room = Unready, 9 }, Decision{}},
		{"a backup", Action{Do: Send, Subflow: 2}, nil, Decision{}},
		{"none", Action{Do: Send, Subflow: -1}, nil, Decision{}},
		{"none", Action{Do: Send, Subflow: 3}, nil, Decision{}},
		{"recalls", Action{Do: Recall, Subflow: 1}, nil, Decision{}},
		{"a copy when nothing is at hand", Action{Do: Send, Subflow: 1, Ahead: -7000}, func(v *View) { v.Job, v.Hand = Spare, Range{} }, Decision{Do: Send, On: One(1), Bytes: Range{0, 1000}}},
		{"new data then", Action{Do: Send, Subflow: 1, Ahead: -1000}, func(v *View) { v.Job, v.Hand = Spare, Range{} }, Decision{}},
		{"what is lost", Action{}, func(v *View) { v.Job = Lost }, Decision{Do: Send, On: One(1)}},
	} {
		v := fresh(7000, 9000, mark(0, 20, ""), mark(1, 90, "s"), mark(2, 5, "sb"))
		v.Pieces = []Piece{{Range: Range{0, 2000}, On: One(0)}}
		v.Hand = v.Gap(0)
		if x.change != nil {
			x.change(v)
		}
		if got := (&Agent{Ask: func([]float64) Action { return x.act }}).Next(v); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
}
