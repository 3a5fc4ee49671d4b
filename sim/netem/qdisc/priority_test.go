package qdisc

import (
	"testing"

	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// A packet without payload goes before one with, and has a limit of its own.
func TestPriority(t *testing.T) {
	q, d := made(t, "priority", func(m Model) { m.(*Priority).Limit = units.Packets(2) }), newDrops()
	for i, c := range []struct {
		size units.Bytes
		took bool
	}{{1500, true}, {101, true}, {101, false}, {100, true}, {40, true}, {40, false}} {
		if q.Enqueue(0, d.packet(0, i, c.size), d) != c.took {
			t.Errorf("packet %d of %v: want %v", i, c.size, c.took)
		}
	}
	for _, want := range []uint16{3, 4, 0, 1} {
		if p := q.Dequeue(0, d); p.SrcPort != want {
			t.Errorf("packet %d leaves, want %d", p.SrcPort, want)
		}
	}
	if q.Dequeue(0, d) != nil {
		t.Error("a packet is left")
	}
}

// With fair, the flows of a class send a packet each in turn, whatever its size.
func TestPriorityFair(t *testing.T) {
	q := made(t, "priority", func(m Model) { m.(*Priority).Fair, m.(*Priority).Limit = true, units.Packets(0) })
	d := newDrops()
	for flow, n := range []int{300, 2, 3} {
		for i := range n {
			q.Enqueue(0, d.packet(0, flow, units.Bytes(1500-700*(flow+i)%2)), d)
			q.Enqueue(0, d.packet(0, 10+flow, 40), d)
		}
	}
	for _, want := range []uint16{10, 11, 12, 10, 11, 12, 10, 12, 10, 10} {
		if p := q.Dequeue(0, d); p.SrcPort != want {
			t.Errorf("flow %d sends, want %d", p.SrcPort, want)
		}
	}
	for q.(*priority).first.Len() > 0 {
		q.Dequeue(0, d)
	}
	for _, want := range []uint16{0, 1, 2, 0, 1, 2, 0, 2, 0, 0} {
		if p := q.Dequeue(0, d); p.SrcPort != want {
			t.Errorf("flow %d sends, want %d", p.SrcPort, want)
		}
	}
	if d.reasons[netem.Overflow] != 0 {
		t.Error("drops without a limit")
	}
}
