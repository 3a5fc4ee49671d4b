package cc

import (
	"math"
	"testing"
	"time"

	"mpsim/sim"
)

func desync() Controller { return &Desync{} }

// In congestion avoidance the smallest window grows as Reno's, the others by all but the
// smallest.
func TestDesyncIncrease(t *testing.T) {
	g := flows([]float64{10, 20, 30}, []float64{50, 50, 50}, desync)
	for i, want := range []float64{1. / 10, 1. / 50, 1. / 50} {
		near(t, "increase", increase(g.Flows[i]), want)
	}
}

// A loss takes half of the largest window only, and at most once a round trip of the connection.
func TestDesyncBackoff(t *testing.T) {
	const rtt = 50 * time.Millisecond
	g := flows([]float64{40, 24, 10}, []float64{50, 50, 50}, desync)
	at := func(d time.Duration) sim.Time { return sim.Time(time.Second + d) }
	for i, step := range []struct {
		flow int
		now  sim.Time
		want float64
	}{
		{2, at(0), 10},         // the smallest goes on
		{1, at(0), 24},         // and so does another
		{0, at(0), 20},         // the largest halves
		{1, at(rtt - 1), 24},   // now the largest, but within a round trip
		{1, at(rtt), 12},       // after one
		{0, at(2 * rtt), 10},   // again the largest
		{0, at(4*rtt - 1), 10}, // no longer the largest: flow 1 is
		{1, at(4 * rtt), 6},    //
		{2, at(6 * rtt), 5},    // equal windows are all the largest
		{0, at(6*rtt + 1), 10}, // so the round trip keeps them from falling together
	} {
		f := g.Flows[step.flow]
		f.Controller.OnCongestion(f, Congestion{Now: step.now})
		if f.Cwnd/mss != step.want || f.Ssthresh != f.Cwnd {
			t.Errorf("step %d: window %g and ssthresh %g of flow %d, want %g", i, f.Cwnd/mss, f.Ssthresh/mss, step.flow, step.want)
		}
	}
}

// Until the first back-off of the connection, only its first subflow is in slow start.
func TestDesyncInitialPhase(t *testing.T) {
	g := flows([]float64{10, 10, 10}, []float64{50, 50, 50}, desync)
	for _, f := range g.Flows {
		f.Ssthresh = math.Inf(1)
	}
	first, second, third := g.Flows[0], g.Flows[1], g.Flows[2]
	near(t, "increase of the first", increase(first), 1)
	ack := Ack{Bytes: mss}
	second.Controller.OnAck(second, ack)
	near(t, "window of the second", second.Cwnd/mss, 2)
	near(t, "its ssthresh", second.Ssthresh/mss, 2)
	second.Controller.OnAck(second, ack) // congestion avoidance: it is the smallest
	near(t, "window of the second", second.Cwnd/mss, 2.5)

	first.Controller.OnCongestion(first, Congestion{Now: sim.Time(time.Second)})
	near(t, "increase of the third in slow start", increase(third), 1)

	// The phase is over also when the one that has backed off is gone.
	g.Flows = g.Flows[1:]
	second.Controller.OnAck(second, ack)
	second.Cwnd, second.Ssthresh = 2*mss, 8*mss
	near(t, "increase in slow start", increase(second), 1)
}
