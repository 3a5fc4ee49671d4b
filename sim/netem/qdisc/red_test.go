package qdisc

import (
	"math"
	"testing"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance*math.Abs(want) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}

// newRED returns a queue with the parameters of Floyd and Jacobson's examples.
func newRED(gentle bool) *red {
	return (&RED{Min: 5, Max: 15, MaxP: 0.1, Weight: 0.002, Gentle: gentle}).Make(link()).(*red)
}

func TestREDProbability(t *testing.T) {
	for _, c := range []struct {
		avg    float64
		gentle bool
		want   float64
	}{
		{4.9, true, 0}, {5, true, 0}, {10, true, 0.05}, {15, true, 0.1}, {20, true, 0.4}, {30, true, 1}, {99, true, 1},
		{10, false, 0.05}, {14.999, false, 0.09999}, {15, false, 1},
	} {
		q := newRED(c.gentle)
		q.avg = c.avg
		near(t, "p_b", q.probability(), c.want, 1e-9)
	}
}

func TestREDSpread(t *testing.T) {
	for _, c := range []struct {
		pb    float64
		count int
		want  float64
	}{{0.05, 0, 0.05}, {0.05, 5, 0.0666666667}, {0.05, 19, 1}, {0.05, 20, 1}, {0.05, 50, 1}, {0, 7, 0}} {
		near(t, "p_a", spread(c.pb, c.count), c.want, 1e-9)
	}
}

func TestREDAverage(t *testing.T) {
	q, d := newRED(true), newDrops()
	q.idle = false
	for i := range 10 {
		q.DropTail.Enqueue(0, d.packet(0, i, 1500), d)
	}
	for range 3 {
		q.update(0)
	}
	near(t, "three arrivals at 10", q.avg, 0.05988008, 1e-7)

	// A step of n arrivals is followed by 1-(1-w)^n of its height.
	for range 997 {
		q.update(0)
	}
	near(t, "1000 arrivals at 10", q.avg, 10*(1-power(0.998, 1000)), 1e-9)
}

// While the link is idle the average decays as if packets had found the queue empty.
func TestREDIdle(t *testing.T) {
	q, d := newRED(true), newDrops()
	q.Enqueue(0, d.packet(0, 0, 1500), d)
	q.Dequeue(0, d)
	q.avg = 10
	end := sim.Time(q.slot) // of the transmission: the link is idle from now on
	if q.Dequeue(end, d) != nil {
		t.Fatal("the queue is not empty")
	}
	q.Weight = 0.002
	q.update(end.Add(100 * q.slot))
	near(t, "after 100 idle slots", q.avg, 8.18566805*0.998, 1e-8) // and this arrival
}

// The gaps between drops are uniform in 1 .. 1/p_b-1, of mean 1/(2 p_b).
func TestREDGaps(t *testing.T) {
	q := newRED(true)
	q.avg = 10 // p_b = 1/20
	q.count = 0
	var gaps, sum, longest float64
	for gap := 1.0; gaps < 50_000; gap++ {
		if drop, _ := q.early(); drop {
			gaps++
			sum += gap
			longest = max(longest, gap)
			gap = 0
		}
	}
	near(t, "mean gap", sum/gaps, 10, 0.03)
	near(t, "longest gap", longest, 19, 0)
}

// The thresholds are for 10 Mb/s and scale with the capacity.
func TestKhaliliRED(t *testing.T) {
	for _, c := range []struct {
		rate    units.Bandwidth
		packets int
		want    float64
	}{
		{10 * units.Mbps, 25, 0}, {10 * units.Mbps, 30, 0.02}, {10 * units.Mbps, 50, 0.1}, {10 * units.Mbps, 75, 0.55},
		{10 * units.Mbps, 100, 1}, {20 * units.Mbps, 60, 0.02}, {units.Mbps, 5, 0.1},
	} {
		m, _ := Registry.New("khalili-red")
		l := link()
		l.Rate = c.rate
		q, d := m.Make(l).(*khalili), newDrops()
		for i := range c.packets {
			q.DropTail.Enqueue(0, d.packet(0, i, 1500), d)
		}
		for i := range 20_000 {
			if q.Enqueue(0, d.packet(0, i, 1500), d) {
				q.Dequeue(0, d).Free()
			}
		}
		near(t, "share of drops", float64(d.reasons[netem.Early])/20_000, c.want, 0.1)
	}
}
