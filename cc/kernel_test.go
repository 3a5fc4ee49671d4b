package cc

import (
	"testing"
	"time"

	"mpsim/sim"
)

// acksPerSegment returns how many ACKs of a segment f takes to add one, from one addition to
// the next, with the window held where it is.
func acksPerSegment(f *Flow) int {
	for n := 1; ; n++ {
		if increase(f) == 1 {
			return n
		}
	}
}

// The thresholds of Linux v0.95, whose α saturates: two windows of 2000 segments grow twice
// as fast as RFC 6356 has it. Linux compares before it counts, so that it takes one
// ACK more.
func TestLIAKernelVectors(t *testing.T) {
	for _, v := range read(t).LIAKernel {
		g := flows(v.W, v.RTT, func() Controller { return &LIA{Rule: "rfc6356", Floor: 2, Linux: true} })
		for i, f := range g.Flows {
			if got := liaAcks(f); got != v.Acks[i] {
				t.Errorf("%v segments: flow %d waits for %d ACKs, want %d", v.W, i, got, v.Acks[i])
			}
			if got := acksPerSegment(f); got != int(v.Acks[i])+1 {
				t.Errorf("%v segments: flow %d grows at ACK %d, want %d", v.W, i, got, v.Acks[i]+1)
			}
		}
	}
}

// A single flow waits for a window, whatever α/W would round to.
func TestLIAKernelAlone(t *testing.T) {
	f := flows([]float64{100}, []float64{50}, func() Controller { return &LIA{Linux: true} }).Flows[0]
	if got := liaAcks(f); got != 100 {
		t.Errorf("waits for %d ACKs, want a window of 100", got)
	}
}

func TestBALIAKernelVectors(t *testing.T) {
	kernel := func() Controller { return &BALIA{Floor: 1, Linux: true} }
	for i, v := range read(t).BALIAKernel {
		f := flows(t1W, t1RTT, kernel).Flows[i]
		acks, cut := baliaWhole(f)
		if acks != v.Acks || cut != v.Cut {
			t.Errorf("flow %d: a segment in %d ACKs, %d off at a loss; want %d and %d", i, acks, cut, v.Acks, v.Cut)
		}
		f.Controller.OnCongestion(f, Congestion{})
		near(t, "ssthresh", f.Ssthresh/mss, v.Ssthresh)
	}

	// α is 3/2 on the second of these paths, and rounded to 1: it halves instead of
	// losing three quarters.
	for _, c := range []struct {
		linux bool
		want  float64
	}{{true, 20}, {false, 10}} {
		f := flows([]float64{30, 40}, []float64{40, 80}, func() Controller { return &BALIA{Floor: 1, Linux: c.linux} }).Flows[1]
		f.Controller.OnCongestion(f, Congestion{})
		near(t, "window after a loss", f.Cwnd/mss, c.want)
	}

	// Rates that do not fit lose their last bits, and the result none that counts.
	f := flows([]float64{10e6, 20e6}, []float64{20, 80}, kernel).Flows[1]
	if acks, cut := baliaWhole(f); acks < 99.9e6 || acks > 100.1e6 || cut != 15e6 {
		t.Errorf("a million times the windows: a segment in %d ACKs, %d off; want as many times 100 and 15", acks, cut)
	}
}

// Case 1 of OLIA's vectors in 1/1024 of a segment: the shares 0.0944 and -0.0194 of an
// ACK are cut to 96 and -19, so that the windows change at the eleventh and the
// fifty-fourth.
func TestOLIAKernel(t *testing.T) {
	v := read(t).OLIA1
	g := flows(t1W, t1RTT, func() Controller { return &OLIA{Metric: "l/rtt2", Floor: 2, Linux: true} })
	for i, f := range g.Flows {
		f.Controller.(*OLIA).between = v.L[i] * mss
	}
	for i, want := range []struct{ parts, change, acks float64 }{{96, 1, 11}, {-19, -1, 54}} {
		f := g.Flows[i]
		o := f.Controller.(*OLIA)
		got := increase(f)
		o.since = 0
		near(t, "share of an ACK", o.parts, want.parts)
		acks := 1.0
		for ; got == 0; acks++ {
			got = increase(f)
			o.since = 0
		}
		near(t, "change", got, want.change)
		near(t, "ACKs", acks, want.acks)
		near(t, "share after the change", o.parts, 0)
	}
}

// Linux counts all established subflows in n, also one that has no RTT sample yet.
func TestOLIAKernelCountsAll(t *testing.T) {
	for _, c := range []struct {
		linux bool
		want  float64
	}{{true, 1. / 3}, {false, 1. / 2}} {
		g := flows([]float64{10, 20, 5}, []float64{20, 80, 0}, func() Controller { return &OLIA{Metric: "l/rtt2", Linux: c.linux} })
		g.Flows[0].Controller.(*OLIA).between = 100 * mss
		near(t, "alpha", g.Flows[0].Controller.(*OLIA).alpha(g.Flows[0]), c.want)
	}
}

// TestWVegasVector in whole segments: the backlog is 6, and the drained window 16.
func TestWVegasKernelVector(t *testing.T) {
	v := read(t).WVegas
	ms := func(x float64) time.Duration { return time.Duration(x * float64(time.Millisecond)) }
	g := flows([]float64{v.Cwnd, 20}, []float64{v.RTT, 40}, func() Controller {
		return &WVegas{Alpha: 2, Total: 10, Gamma: 1, Linux: true, base: ms(v.Base)}
	})
	g.Flows[1].Controller.(*WVegas).rate = 20 / 0.040
	f := g.Flows[0]
	w := f.Controller.(*WVegas)
	w.restart()
	round := func() {
		for i := range 3 {
			w.OnAck(f, Ack{Bytes: mss, RTT: ms(v.RTT) - time.Microsecond, Round: i == 2}) // Linux adds a microsecond
		}
	}
	round()
	near(t, "aim", w.aim, v.Alpha)
	near(t, "window", f.Cwnd/mss, v.Cwnd-1)
	w.queue = 5 * time.Millisecond
	f.Cwnd = (v.Cwnd + 1) * mss
	round()
	near(t, "drained window", f.Cwnd/mss, float64(int(v.Backoff)))

	// 12 ms over 50 of 25 segments are 4.8 of backlog, counted as 4: at an aim of 4.5 the
	// window grows, where it would shrink in real numbers.
	for _, c := range []struct {
		linux bool
		want  float64
	}{{true, 26}, {false, 24}} {
		f := flows([]float64{25}, []float64{62}, func() Controller {
			return &WVegas{Alpha: 4.5, Total: 1, Gamma: 1, Linux: c.linux, base: 50 * time.Millisecond, aim: 4.5, queue: 12 * time.Millisecond}
		}).Flows[0]
		for i := range 3 {
			f.Controller.OnAck(f, Ack{Bytes: mss, RTT: 62 * time.Millisecond, Round: i == 2})
		}
		near(t, "window", f.Cwnd/mss, c.want)
	}
}

// Linux's CUBIC at W_max = 100 segments: β is 717/1024, C 410/1024, K in 1/1024 s.
func TestCUBICKernel(t *testing.T) {
	f := flows([]float64{100}, []float64{100}, func() Controller {
		return &CUBIC{C: 0.4, Beta: 0.7, FastConvergence: true, Linux: true}
	}).Flows[0]
	q := f.Controller.(*CUBIC)

	// Before any loss at least a twentieth of what is acknowledged.
	if got := q.need(0, f.MinRTT, 100, 1); got != 20 {
		t.Errorf("before a loss a segment for %d, want 20", got)
	}
	q.OnCongestion(f, Congestion{})
	near(t, "window after a loss", f.Cwnd/mss, 70)
	if q.need(0, f.MinRTT, 70, 1); q.kernel.k != 4316 || q.kernel.origin != 100 {
		t.Errorf("K = %d/1024 s and W_max = %d, want 4316 and 100", q.kernel.k, q.kernel.origin)
	}
	for _, c := range []struct {
		s      float64
		target int64
	}{{0, 73}, {1, 88}, {4, 100}, {4.2, 100}, {8, 123}, {3600, 100 + 410<<8}} {
		if got := q.target(time.Duration(c.s*1e9) + f.MinRTT); got != c.target {
			t.Errorf("W(%g s + RTT) = %d, want %d", c.s, got, c.target)
		}
	}
	for _, c := range []struct {
		s                float64
		cwnd, reno, want int64
	}{
		{1, 75, 75, 5},       // 75/(88-75)
		{4.2, 100, 100, 1e4}, // at W_max: a hundred windows
		{4.2, 100, 112, 8},   // but no less than Reno's window: 100/(112-100)
		{20, 75, 75, 2},      // at most half of what is acknowledged
	} {
		q.kernel.reno = c.reno
		if got := q.need(sim.Time(c.s*1e9), f.MinRTT, c.cwnd, 1); got != c.want {
			t.Errorf("%g s, %d segments, Reno has %d: one for %d, want %d", c.s, c.cwnd, c.reno, got, c.want)
		}
	}

	// A window of Reno's with β grows by a segment for 15/8 windows.
	q.kernel.reno, q.kernel.acked = 100, 0
	q.need(0, f.MinRTT, 80, 1+2*150)
	if q.kernel.reno != 102 || q.kernel.acked != 1 {
		t.Errorf("Reno's window %d and %d over, want 102 and 1", q.kernel.reno, q.kernel.acked)
	}

	// Fast convergence, and a timeout that forgets.
	f.Cwnd = 90 * mss
	if q.OnCongestion(f, Congestion{}); q.kernel.lastMax != 76 {
		t.Errorf("W_max = %d, want 76", q.kernel.lastMax)
	}
	if q.OnCongestion(f, Congestion{Cause: Timeout}); q.kernel.lastMax != 0 {
		t.Errorf("W_max = %d after a timeout, want none", q.kernel.lastMax)
	}
}

// Whole K is the exact one without its fraction.
func TestCUBICWholeK(t *testing.T) {
	q := &CUBIC{C: 0.4}
	for _, d := range []int64{1, 30, 1000, 1e6} {
		k, x := q.wholeK(d), (1<<40)/int64(410)*d
		if k*k*k > x || (k+1)*(k+1)*(k+1) <= x {
			t.Errorf("K for %d segments is %d", d, k)
		}
	}
}
