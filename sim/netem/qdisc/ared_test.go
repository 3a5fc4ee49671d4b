package qdisc

import (
	"math"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// Adaptive RED: w = 1-exp(-1/C), min = max(5, target·C/2), max = 3 min, with C in packets a
// second.
func TestREDTune(t *testing.T) {
	for _, c := range []struct {
		rate             units.Bandwidth
		target           time.Duration
		min, max, weight float64
	}{
		{15 * units.Mbps, 5 * time.Millisecond, 5, 15, 0.000799680085},
		{15 * units.Mbps, 40 * time.Millisecond, 25, 75, 0.000799680085},
		{120 * units.Mbps, 5 * time.Millisecond, 25, 75, 1 - math.Exp(-1e-4)},
		{12 * units.Kbps, 5 * time.Millisecond, 5, 15, 1 - math.Exp(-1)},
		{1200, 5 * time.Millisecond, 5, 15, 1 - math.Exp(-10)},
		{0, 5 * time.Millisecond, 5, 15, 1},
	} {
		l := link()
		l.Rate = c.rate
		q := (&RED{MaxP: 0.1, Target: c.target}).Make(l).(*red)
		near(t, "min", q.Min, c.min, 1e-12)
		near(t, "max", q.Max, c.max, 1e-12)
		near(t, "weight", q.Weight, c.weight, 1e-9)
	}
}

// Every half second max_p goes up by a quarter, but 0.01 at most, or down by a tenth, as
// long as it is between 0.01 and 0.5.
func TestREDAdapt(t *testing.T) {
	for _, c := range []struct{ avg, maxP, want float64 }{
		{11.1, 0.1, 0.11}, {11.1, 0.02, 0.025}, {11.1, 0.5, 0.51}, {11.1, 0.501, 0.501},
		{8.9, 0.1, 0.09}, {8.9, 0.01, 0.009}, {8.9, 0.0099, 0.0099}, {9.1, 0.1, 0.1}, {10.9, 0.1, 0.1},
	} {
		q := newRED(true) // min 5, max 15
		q.avg, q.MaxP = c.avg, c.maxP
		q.adapt(sim.Time(499 * time.Millisecond))
		near(t, "before", q.MaxP, c.maxP, 0)
		q.adapt(sim.Time(500 * time.Millisecond))
		near(t, "max_p", q.MaxP, c.want, 1e-12)
		q.adapt(sim.Time(999 * time.Millisecond))
		near(t, "less than half a second later", q.MaxP, c.want, 1e-12)
	}
}

// Under a load of 1.2 that does not react, the average queue comes to the middle fifth of
// min to max, where RED with a constant max_p of 0.01 has it beyond max.
func TestREDAdaptsToLoad(t *testing.T) {
	for adaptive, want := range map[bool][2]float64{true: {9, 11}, false: {15, 30}} {
		q, d := newRED(true), newDrops()
		q.Adaptive, q.MaxP = adaptive, 0.01
		var now sim.Time
		var sum float64
		const n, warm = 200_000, 100_000
		for i := range n {
			now = now.Add(time.Millisecond)
			q.Enqueue(now, d.packet(now, 0, 1500), d)
			if q.rand.Float64() < 1/1.2 {
				if p := q.Dequeue(now, d); p != nil {
					p.Free()
				}
			}
			if i >= warm {
				sum += q.avg
			}
		}
		if mean := sum / (n - warm); mean < want[0] || mean > want[1] {
			t.Errorf("adaptive %v: the average queue is %.3g packets, want %v", adaptive, mean, want)
		}
	}
}
