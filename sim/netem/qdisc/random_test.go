package qdisc

import (
	"testing"

	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// htsim: with 100 packets of 1500 bytes, one that would make it more than 97 is dropped
// with probability 0.1, one that would make it more than 100 in any case. The packet in
// transmission counts, and an ACK counts for its bytes.
func TestRandom(t *testing.T) {
	for _, c := range []struct {
		waiting     int // packets of 1500 bytes beside the one in transmission
		size        units.Bytes
		early, full float64 // share of drops
	}{
		{95, 1500, 0, 0}, {96, 1500, 0.1, 0}, {96, 40, 0.1, 0}, {95, 40, 0, 0},
		{98, 1500, 0.1, 0}, {99, 40, 0, 1}, {99, 1500, 0, 1},
	} {
		const n = 20_000
		q, d := made(t, "random", nil).(*random), newDrops()
		q.Enqueue(0, d.packet(0, 0, 1500), d)
		if q.Dequeue(0, d) == nil {
			t.Fatal("nothing is in transmission")
		}
		for range c.waiting {
			q.DropTail.Enqueue(0, d.packet(0, 0, 1500), d)
		}
		for range n {
			one := *q
			if p := d.packet(0, 0, c.size); one.Enqueue(0, p, d) {
				p.Free()
			}
		}
		near(t, "early drops", float64(d.reasons[netem.Early])/n, c.early, 0.07)
		near(t, "overflows", float64(d.reasons[netem.Overflow])/n, c.full, 0)
	}
}

// The limit may be smaller than the part of it that drops at random: all do then.
func TestRandomOfLast(t *testing.T) {
	m := &Random{Limit: units.Packets(2), Last: units.Packets(3), P: 1}
	q, d := m.Make(link()), newDrops()
	if q.Enqueue(0, d.packet(0, 0, 40), d) {
		t.Error("a packet passes where the probability is 1")
	}
}
