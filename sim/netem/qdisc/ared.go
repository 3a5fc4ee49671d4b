package qdisc

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// This file is Adaptive RED: Floyd, Gummadi and Shenker, "Adaptive RED: an algorithm
// for increasing the robustness of RED's active queue management", 2001.

// tune sets thresholds and weight by the capacity in full packets a second: an average
// delay of Target lies half-way between Min and Max, and the time constant of the
// average is a second.
func (q *red) tune(rate units.Bandwidth) {
	c := float64(rate) / float64(8*mtu)
	q.Min = max(5, float64(q.Target.Seconds()*c)/2)
	q.Max = 3 * q.Min
	q.Weight = decay(1 / c)
}

// adapt moves MaxP twice a second at most, up in steps, down in proportion, until the
// average queue is in the middle fifth between Min and Max.
func (q *red) adapt(now sim.Time) {
	const every = 500 * time.Millisecond
	if now.Sub(q.moved) < every {
		return
	}
	q.moved = now
	width := q.Max - q.Min
	switch {
	case q.avg > q.Min+float64(0.6*width) && q.MaxP <= 0.5:
		q.MaxP += min(0.01, q.MaxP/4)
	case q.avg < q.Min+float64(0.4*width) && q.MaxP >= 0.01:
		q.MaxP *= 0.9
	}
}

// decay returns 1-exp(-x), x > 0, the same on every machine.
func decay(x float64) float64 {
	x = min(x, 30) // 1 from there on, but for 1e-13
	halved := 0
	for ; x > 0.5; halved++ {
		x /= 2
	}
	y, term := 0.0, -1.0
	for k := 1.0; k < 20; k++ {
		term = float64(-term * x / k)
		y += term
	}
	for range halved {
		y *= 2 - y // 1-exp(-2x) = y(2-y)
	}
	return y
}
