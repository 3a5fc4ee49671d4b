package cc

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
)

// What each law has by default is what its source has.
func TestDefaults(t *testing.T) {
	for name, want := range map[string]string{
		"cubic":       "c=0.4 beta=0.7 fast_convergence=true linux=false", // RFC 9438, sections 4.1, 4.6 and 4.7
		"dctcp":       "g=0.0625 alpha0=1",                                // RFC 8257, sections 4.2 and 3.3
		"lia":         "rule=rfc6356 ssthresh_floor=2 linux=false",        // RFC 6356; RFC 5681, equation (4)
		"olia":        "metric=l/rtt2 ssthresh_floor=2 linux=false",       // Khalili et al., section IV
		"balia":       "ssthresh_floor=1 linux=false",                     // Peng et al., section IV
		"ewtcp":       "a=0",                                              // 1/n²
		"semicoupled": "a=1",                                              // one subflow is a TCP
		"epsilon":     "epsilon=1",                                        // LIA
		"wvegas":      "alpha=2 total=10 gamma=1 pacing=true linux=false", // draft-xu-mptcp-congestion-control-05
		"bbr3":        "profile=linux",
	} {
		var got []string
		for _, p := range Registry.Params(name) {
			got = append(got, fmt.Sprintf("%s=%v", p.Name, p.Default))
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// RFC 5681, equation (4): ssthresh is at least two segments. COUPLED leaves one, since half of all windows
// may be more than there is (Wischik et al., NSDI 2011, section 2.1), and so does BALIA.
func TestFloors(t *testing.T) {
	for law, least := range map[string]float64{
		"reno": 2, "cubic": 2, "dctcp": 2, "lia": 2, "olia": 2, "ewtcp": 2, "semicoupled": 2, "epsilon": 2, "mctcpdesync": 2, "wvegas": 2,
		"coupled": 1, "balia": 1,
	} {
		for _, cause := range []Cause{FastRetransmit, Timeout, Mark} {
			f := named(t, law, []float64{1.2}, []float64{100}).Flows[0]
			f.Controller.Init(f)
			f.Controller.OnCongestion(f, Congestion{Cause: cause})
			near(t, law+": ssthresh after "+cause.String(), f.Ssthresh/mss, least)
			want := least
			if cause == Timeout || law == "cubic" && cause == Mark { // RFC 9438, section 4.6: a mark may leave one
				want = 1
			}
			near(t, law+": window after "+cause.String(), f.Cwnd/mss, want)
		}
	}
	whole := &CUBIC{C: 0.4, Beta: 0.7, Linux: true}
	f := flows([]float64{1.2}, []float64{100}, func() Controller { return whole }).Flows[0]
	whole.OnCongestion(f, Congestion{})
	near(t, "cubic linux=true: ssthresh", f.Ssthresh/mss, 2)
}

// OLIA takes from the largest window, but leaves a segment.
func TestOLIAFloor(t *testing.T) {
	for _, linux := range []bool{false, true} {
		g := flows([]float64{1.001, 1}, []float64{100, 100}, func() Controller { return &OLIA{Metric: "l/rtt2", Floor: 2, Linux: linux} })
		f := g.Flows[0]
		if linux { // which sees whole segments, and which loses one at a time
			f.Cwnd = 1.9 * mss
			f.Controller.(*OLIA).parts = -1023
			g.Flows[1].Cwnd = mss / 2
		}
		g.Flows[1].Controller.(*OLIA).between = 1e9 * mss
		f.Controller.OnAck(f, Ack{Bytes: 100 * mss})
		if f.Cwnd < mss {
			t.Errorf("linux %t: a window of %g segments", linux, f.Cwnd/mss)
		}
	}
}

// RFC 9438, section 4.4: the target is at most half a window away; section 4.3: once W_est has reached the
// window of the last loss, it grows as Reno's. And time that the window was not used does not count (section
// 4.2).
func TestCUBICBounds(t *testing.T) {
	cubic := func(w float64, s cubicState) (*Flow, *CUBIC) {
		q := &CUBIC{C: 0.4, Beta: 0.7, state: s}
		return flows([]float64{w}, []float64{100}, func() Controller { return q }).Flows[0], q
	}
	f, q := cubic(50, cubicState{running: true, wMax: 100, cwndPrior: 100})
	q.OnAck(f, Ack{Now: sim.Time(100 * time.Second), Bytes: mss})
	near(t, "increase of a target far above", f.Cwnd/mss-50, 0.5)

	for _, c := range []struct{ est, grown float64 }{{79.99, 9. / 17 / 80}, {80, 1. / 80}} {
		f, q = cubic(80, cubicState{running: true, wMax: 1000, k: 100, wEst: c.est, cwndPrior: 80})
		q.OnAck(f, Ack{Bytes: mss})
		near(t, "growth of W_est", q.state.wEst-c.est, c.grown)
	}

	f, q = cubic(80, cubicState{running: true, wMax: 100, epoch: sim.Time(time.Second), lastAck: sim.Time(2 * time.Second)})
	q.OnAck(f, Ack{Now: sim.Time(5 * time.Second), Bytes: mss, AppLimited: true})
	near(t, "start of the stage", q.state.epoch.Seconds(), 4)

	// K is 0 where the stage begins at W_max or above it.
	for _, w := range []float64{100, 101} {
		f, q = cubic(w, cubicState{wMax: 100})
		q.OnAck(f, Ack{Bytes: mss})
		near(t, "K", q.state.k, 0)
		near(t, "W_max", q.state.wMax, w)
	}
}

// The rules of wVegas at their boundaries.
func TestWVegasBounds(t *testing.T) {
	round := func(w *WVegas, cwnd, ssthresh float64, samples int, rtt time.Duration) *Flow {
		f := flows([]float64{cwnd}, []float64{60}, func() Controller { return w }).Flows[0]
		f.Ssthresh = ssthresh * mss
		for i := range samples {
			w.OnAck(f, Ack{Bytes: mss, RTT: rtt, Round: i == samples-1})
		}
		return f
	}
	vegas := func(aim float64, base time.Duration) *WVegas {
		return &WVegas{Alpha: 2, Total: 10, Gamma: 1, base: base, aim: aim, queue: 10 * time.Millisecond}
	}
	const base, rtt = 50 * time.Millisecond, 60 * time.Millisecond

	// In slow start a backlog of γ lets it go on, a segment for each ACK. More ends it: the window is what
	// the path holds, and one more, ssthresh one less.
	f := round(vegas(2, base), 3, math.Inf(1), 3, 62500*time.Microsecond) // 5·12.5/62.5 = 1
	near(t, "window at a backlog of γ", f.Cwnd/mss, 6)
	f = round(vegas(2, base), 18, math.Inf(1), 3, rtt) // 20 segments at the end of the round, backlog 20/6
	near(t, "window after slow start", f.Cwnd/mss, 20*50./60+1)
	near(t, "ssthresh after slow start", f.Ssthresh/mss, 20*50./60)

	// After it a backlog of the aim keeps the window; less raises it by a segment, more lowers it.
	for _, c := range []struct{ aim, want float64 }{{5, 30}, {5.01, 31}, {4.99, 29}} {
		w := vegas(c.aim, base)
		w.Alpha = c.aim // alone it would aim at Total
		w.Total = 0.1
		f = round(w, 30, 1, 3, rtt) // 30·10/60
		near(t, fmt.Sprintf("window for an aim of %g", c.aim), f.Cwnd/mss, c.want)
		near(t, "ssthresh", f.Ssthresh/mss, 0.75*c.want)
	}
	w := vegas(5, base)
	w.Total = 7.9
	round(w, 30, 1, 3, rtt)
	near(t, "aim of a subflow alone", w.aim, 7)

	// Less than three samples are a round of Reno.
	w = vegas(2, base)
	w.Total = 0.1
	f = round(w, 30, 1, 2, rtt)
	near(t, "window after two samples", f.Cwnd/mss, 30+1./30)
	for _, n := range []int{2, 3, 2} { // each round counts its own
		f.Cwnd = 30 * mss
		for i := range n {
			w.OnAck(f, Ack{Bytes: mss, RTT: rtt, Round: i == n-1})
		}
		if want := map[int]float64{2: 30 + 1./30, 3: 29}[n]; math.Abs(f.Cwnd/mss-want) > 1e-9 {
			t.Errorf("window after another %d samples: %g, want %g", n, f.Cwnd/mss, want)
		}
	}

	// A queue of twice the least one is drained, one of less is not; at least two segments stay.
	for _, c := range []struct {
		queue time.Duration
		cwnd  float64
		want  float64
	}{{5 * time.Millisecond, 30, 29 * 50. / 120}, {5*time.Millisecond + 1, 30, 29}, {5 * time.Millisecond, 2, 2}} {
		w := vegas(2, base)
		w.queue, w.Total = c.queue, 0.1
		f = round(w, c.cwnd, 1, 3, rtt)
		near(t, fmt.Sprintf("window of %g with a least queue of %v", c.cwnd, c.queue), f.Cwnd/mss, c.want)
	}

	// The least queue is learned anew after a drain.
	w = vegas(2, base)
	w.queue, w.Total = 0, 0.1
	f = round(w, 30, 29.5, 3, 55*time.Millisecond)
	near(t, "ssthresh below a window that shrinks", f.Ssthresh/mss, 28)
	for _, want := range []float64{28 * 50. / 120, 29} { // drained, and then 10 ms are the least
		for i := range 3 {
			w.OnAck(f, Ack{Bytes: mss, RTT: rtt, Round: i == 2})
		}
		near(t, "window", f.Cwnd/mss, want)
		f.Cwnd, f.Ssthresh = 30*mss, mss
	}

	// A timeout takes the part of a subflow from the others' reckoning, a loss does not.
	for cause, want := range map[Cause]float64{FastRetransmit: 700, Timeout: 0} {
		w := vegas(5, base)
		w.rate, w.sum, w.count = 700, time.Second, 7
		f := flows([]float64{30}, []float64{60}, func() Controller { return w }).Flows[0]
		w.OnCongestion(f, Congestion{Cause: cause})
		near(t, "rate after "+cause.String(), w.rate, want)
		if w.aim != 2 || w.sum != 0 || w.count != 0 {
			t.Errorf("after %v: aim %g, %d samples of %v", cause, w.aim, w.count, w.sum)
		}
	}
}

// Of five paths, α of Khalili et al. moves windows from the two that have the largest to the two best others,
// a tenth each, and leaves the one that is neither alone.
func TestOLIASets(t *testing.T) {
	g := flows([]float64{20, 20, 5, 6, 10}, []float64{100, 100, 100, 100, 100}, func() Controller { return &OLIA{Metric: "l/rtt2", Floor: 2} })
	for i, l := range []float64{50, 60, 100, 100, 99} {
		g.Flows[i].Controller.(*OLIA).between = l * mss
	}
	for i, want := range []float64{-1. / 10, -1. / 10, 1. / 10, 1. / 10, 0} {
		near(t, fmt.Sprintf("alpha of flow %d", i), g.Flows[i].Controller.(*OLIA).alpha(g.Flows[i]), want)
	}
}

// Linux's OLIA counts in 1/1024 of a segment, and adds one to the sum that it divides by: alone with a window
// of one segment an ACK brings 1024·1024²/1025² = 1022 of them, and the window grows with the second.
func TestOLIAKernelUnits(t *testing.T) {
	o := &OLIA{Metric: "l/rtt2", Floor: 2, Linux: true}
	f := flows([]float64{1}, []float64{100}, func() Controller { return o }).Flows[0]
	o.OnAck(f, Ack{Bytes: mss})
	near(t, "parts", o.parts, 1022)
	o.OnAck(f, Ack{Bytes: mss})
	near(t, "window", f.Cwnd, 2*mss)
	near(t, "parts", o.parts, 0)
}
