package cc

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// vectors are worked numbers that an independent script has computed from the
// RFCs and papers. Windows are in segments, l in any unit.
type vectors struct {
	LIA struct {
		W, RTT []float64
		Alpha  float64
		Inc    []float64 `json:"inc_per_ack"`
	}
	OLIA1      oliaVector `json:"olia_case1"`
	OLIA1Draft oliaVector `json:"olia_case1_draftmetric"`
	OLIA3      oliaVector `json:"olia_case3"`
	OLIA4      oliaVector `json:"olia_case4_negative"`
	BALIA      []struct {
		Alpha, Inc, Dec float64
		NewW            float64 `json:"new_w"`
	}
	CUBIC struct {
		K, Alpha float64
		W        map[string]float64
		FastConv float64 `json:"fast_conv_wmax_from_90"`
	}
	HyStart   map[string]float64 `json:"hystartpp_rttthresh_ms"`
	LIAKernel []struct {
		W    []float64
		RTT  []float64 `json:"rtt_ms"`
		Acks []int64   `json:"acks_per_inc_kernel"`
	} `json:"lia_kernel"`
	BALIAKernel []struct {
		Acks     int64 `json:"acks_per_inc"`
		Cut      int64 `json:"md"`
		Ssthresh float64
	} `json:"balia_kernel"`
	WVegas struct {
		Cwnd    float64
		Base    float64 `json:"base_ms"`
		RTT     float64 `json:"rtt_ms"`
		Diff    float64
		Weight  float64
		Alpha   float64
		Backoff float64 `json:"backoff_cwnd"`
	}
}

type oliaVector struct {
	W     []float64
	RTT   []float64 `json:"rtt_ms"`
	L     []float64
	Alpha []float64
	Inc   []float64
}

func read(t *testing.T) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

const mss = 1000

// flows returns a group in congestion avoidance with windows w in segments and
// RTTs in milliseconds.
func flows(w, rtt []float64, c func() Controller) *Group {
	g := &Group{}
	for i := range w {
		d := time.Duration(rtt[i] * float64(time.Millisecond))
		g.Flows = append(g.Flows, &Flow{ID: i, MSS: mss, Cwnd: w[i] * mss, Ssthresh: mss, SRTT: d, MinRTT: d, Group: g, Controller: c()})
	}
	return g
}

// increase returns by how many segments an ACK of one segment changes the window of f.
func increase(f *Flow) float64 {
	before := f.Cwnd
	f.Controller.OnAck(f, Ack{Bytes: mss, RTT: f.SRTT})
	inc := (f.Cwnd - before) / mss
	f.Cwnd = before
	return inc
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(math.Abs(want), 1e-1) {
		t.Errorf("%s: %.12g, want %.12g", what, got, want)
	}
}

// The windows 10 and 20 at 20 and 80 ms are those of all vectors without their own.
var (
	t1W   = []float64{10, 20}
	t1RTT = []float64{20, 80}
)

// Req: R8684-3.3.7-01
func TestLIAVectors(t *testing.T) {
	v := read(t).LIA
	g := flows(t1W, t1RTT, func() Controller { return &LIA{} })
	alpha, total := liaAlpha(g)
	near(t, "alpha", alpha, v.Alpha)
	near(t, "total", total, 30*mss)
	for i, f := range g.Flows {
		near(t, "increase", increase(f), v.Inc[i])
	}
}

// RFC 6356, section 3: in cwnd_total a subflow in fast recovery counts with
// ssthresh, not with its window.
func TestLIACountsSsthreshInRecovery(t *testing.T) {
	g := flows(t1W, t1RTT, func() Controller { return &LIA{} })
	g.Flows[1].Recovery, g.Flows[1].Ssthresh = true, 12*mss
	alpha, _ := liaAlpha(g)
	near(t, "alpha", alpha, 1.30177514792899)
	near(t, "increase", increase(g.Flows[0]), 0.0591715976331361)
}

func TestOLIAVectors(t *testing.T) {
	v := read(t)
	for _, c := range []struct {
		name   string
		v      oliaVector
		metric string
	}{{"1", v.OLIA1, "l/rtt2"}, {"1, metric of the draft", v.OLIA1Draft, "l2/rtt"}, {"3", v.OLIA3, "l/rtt2"}, {"4, negative", v.OLIA4, "l/rtt2"}} {
		w, rtt := c.v.W, c.v.RTT
		if w == nil {
			w, rtt = t1W, t1RTT
		}
		g := flows(w, rtt, func() Controller { return &OLIA{Metric: c.metric} })
		for i, f := range g.Flows {
			f.Controller.(*OLIA).between = c.v.L[i] * mss
		}
		for i, f := range g.Flows {
			o := f.Controller.(*OLIA)
			if c.v.Alpha != nil {
				near(t, c.name+": alpha", o.alpha(f), c.v.Alpha[i])
			}
			near(t, c.name+": increase", increase(f), c.v.Inc[i])
			o.since = 0
		}
	}
}

// l is the larger of what was acknowledged between the last two losses and
// since the last (Khalili et al., section IV).
func TestOLIAInterLossBytes(t *testing.T) {
	g := flows([]float64{10}, []float64{100}, func() Controller { return &OLIA{} })
	f := g.Flows[0]
	o := f.Controller.(*OLIA)
	for _, step := range []struct{ acked, between, since float64 }{{5, 5, 0}, {3, 3, 0}, {0, 3, 0}, {2, 2, 0}} {
		for range int(step.acked) {
			increase(f)
		}
		o.OnCongestion(f, Congestion{})
		near(t, "between", o.between, step.between*mss)
		near(t, "since", o.since, step.since*mss)
	}
}

func TestBALIAVectors(t *testing.T) {
	for i, v := range read(t).BALIA {
		g := flows(t1W, t1RTT, func() Controller { return &BALIA{Floor: 1} })
		f := g.Flows[i]
		alpha, _ := balia(f)
		near(t, "alpha", alpha, v.Alpha)
		near(t, "increase", increase(f), v.Inc)
		before := f.Cwnd
		f.Controller.OnCongestion(f, Congestion{})
		near(t, "window after a loss", f.Cwnd/mss, v.NewW)
		near(t, "decrease", (before-f.Cwnd)/mss, v.Dec)
	}
}

// Increases and decreases for more windows, computed from the formulas of the papers.
func TestCoupledTable(t *testing.T) {
	const third = 1. / 3
	for _, c := range []struct {
		w, rtt                       []float64
		lia, olia, balia, ewtcp, cut []float64
		coupled                      float64
	}{
		{
			[]float64{10, 10}, []float64{100, 100},
			[]float64{.025, .025}, []float64{.025, .025}, []float64{.025, .025}, []float64{.025, .025}, []float64{5, 5}, .05,
		},
		{
			[]float64{10, 20}, []float64{10, 100},
			[]float64{.069444, .05}, []float64{.069444, .001389}, []float64{.069444, .0075}, []float64{.025, .0125}, []float64{5, 15}, third / 10,
		},
		{
			[]float64{20, 5}, []float64{50, 50},
			[]float64{.032, .032}, []float64{.032, .008}, []float64{.032, .032}, []float64{.0125, .05}, []float64{10, 3.75}, .04,
		},
		{
			[]float64{8, 16, 4}, []float64{20, 80, 200},
			[]float64{.052029, .052029, .052029}, []float64{.052029, .006504, .00026}, []float64{.052029, .011707, .013111},
			[]float64{.013889, .006944, .027778}, []float64{4, 12, 3}, .035714,
		},
	} {
		for i := range c.w {
			for _, x := range []struct {
				law  string
				want float64
			}{
				{"lia", c.lia[i]}, {"olia", c.olia[i]}, {"balia", c.balia[i]}, {"ewtcp", c.ewtcp[i]}, {"epsilon", c.lia[i]},
				{"coupled", c.coupled}, {"semicoupled", c.coupled}, {"reno", 1 / c.w[i]},
			} {
				g := named(t, x.law, c.w, c.rtt)
				for j, f := range g.Flows {
					if o, ok := f.Controller.(*OLIA); ok && c.w[j] == slices.Max(c.w) {
						o.between = math.MaxFloat32 // the best are the largest: α is 0
					}
				}
				if got := increase(g.Flows[i]); math.Abs(got-x.want) > 1e-6 {
					t.Errorf("%v: %s increases flow %d by %.6f, want %.6f", c.w, x.law, i, got, x.want)
				}
			}
			all := 0.0
			for _, w := range c.w {
				all += w
			}
			for _, x := range []struct {
				law  string
				want float64
			}{
				{"lia", c.w[i] / 2}, {"olia", c.w[i] / 2}, {"balia", c.cut[i]}, {"ewtcp", c.w[i] / 2}, {"epsilon", c.w[i] / 2},
				{"coupled", min(all/2, c.w[i]-1)}, {"semicoupled", c.w[i] / 2}, {"reno", c.w[i] / 2},
			} {
				f := named(t, x.law, c.w, c.rtt).Flows[i]
				f.Controller.OnCongestion(f, Congestion{})
				near(t, x.law+"'s decrease", c.w[i]-f.Cwnd/mss, x.want)
			}
		}
	}
}

// In the second row, OLIA's best path is the first, and the second has the largest window.
func TestOLIATableWithAlpha(t *testing.T) {
	g := named(t, "olia", []float64{10, 20}, []float64{10, 100})
	g.Flows[0].Controller.(*OLIA).between = 100 * mss
	for i, want := range []float64{.119444, -.023611} {
		got := increase(g.Flows[i])
		g.Flows[i].Controller.(*OLIA).since = 0
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("flow %d: %.6f, want %.6f", i, got, want)
		}
	}
}

// named returns flows under the controller called law, with its defaults.
func named(t *testing.T, law string, w, rtt []float64) *Group {
	t.Helper()
	return flows(w, rtt, func() Controller {
		c, err := Registry.New(law)
		if err != nil {
			t.Fatal(err)
		}
		return c
	})
}

// Wischik et al., NSDI 2011, equation (1), literally: the least over all sets of subflows. For two
// of them it is RFC 6356, which takes the whole and the single one.
func TestLIASubsets(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	differs := 0
	for n := 1; n <= 5; n++ {
		for range 50 {
			w, rtt := make([]float64, n), make([]float64, n)
			for i := range w {
				w[i], rtt[i] = 2+100*r.Float64(), 1+200*r.Float64()
			}
			nsdi := flows(w, rtt, func() Controller { return &LIA{Rule: "nsdi11"} })
			rfc := flows(w, rtt, func() Controller { return &LIA{Rule: "rfc6356"} })
			for i, f := range nsdi.Flows {
				least := math.Inf(1)
				for set := range 1 << n {
					if set>>i&1 == 0 {
						continue
					}
					top, sum := 0.0, 0.0
					for k := range w {
						if s := nsdi.Flows[k]; set>>k&1 == 1 {
							x := w[k] / s.RTT()
							top, sum = max(top, x/s.RTT()), sum+x
						}
					}
					least = min(least, top/(sum*sum))
				}
				got, plain := increase(f), increase(rfc.Flows[i])
				near(t, "increase", got, least)
				if n <= 2 {
					near(t, "increase of one or two", got, plain)
				} else if got < plain*(1-1e-9) {
					differs++
				}
			}
		}
	}
	if differs == 0 {
		t.Error("the sets in between are never the bound")
	}
}

// Parameters that make no law are refused, with what would.
func TestValidate(t *testing.T) {
	for want, c := range map[string]Controller{
		"want one of rfc6356, nsdi11":      &LIA{Rule: "rfc", Floor: 2},
		"Linux has rfc6356 only":           &LIA{Rule: "nsdi11", Floor: 2, Linux: true},
		"ssthresh_floor 0: want 1 to 1000": &LIA{Rule: "rfc6356"},
		"want one of l/rtt2, l2/rtt":       &OLIA{Metric: "l", Floor: 2},
		"ssthresh_floor NaN":               &OLIA{Metric: "l/rtt2", Floor: math.NaN()},
		"ssthresh_floor 0.5":               &BALIA{Floor: 0.5},
		"a -1: want 0 to 1000":             &EWTCP{Gain: -1},
		"a NaN":                            &SemiCoupled{Gain: math.NaN()},
		"a +Inf: want":                     &SemiCoupled{Gain: math.Inf(1)},
		"ssthresh_floor +Inf: want":        &LIA{Rule: "rfc6356", Floor: math.Inf(1)},
		"total +Inf, gamma 1: want":        &WVegas{Alpha: 2, Total: math.Inf(1), Gamma: 1},
		"epsilon 2.1: want 0 to 2":         &Epsilon{Epsilon: 2.1},
		"beta 1: want between 0 and 1":     &CUBIC{C: 0.4, Beta: 1},
		"c 0: want 1e-6 to 10":             &CUBIC{Beta: 0.7},
		"want segments above 0":            &WVegas{Alpha: 2, Total: 10},
	} {
		v, ok := c.(interface{ Validate() error })
		if !ok {
			t.Fatalf("%T validates nothing", c)
		}
		if err := v.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %q", c, err, want)
		}
	}
	for _, name := range Registry.Names() {
		c, _ := Registry.New(name)
		if v, ok := c.(interface{ Validate() error }); ok && v.Validate() != nil {
			t.Errorf("the defaults of %s: %v", name, v.Validate())
		}
	}
}

// RFC 9438, sections 4.2 to 4.7, at W_max = 100 segments.
func TestCUBICVectors(t *testing.T) {
	v := read(t).CUBIC
	g := flows([]float64{100}, []float64{100}, func() Controller { return &CUBIC{C: 0.4, Beta: 0.7, FastConvergence: true} })
	f := g.Flows[0]
	q := f.Controller.(*CUBIC)
	q.OnCongestion(f, Congestion{})
	near(t, "window after a loss", f.Cwnd/mss, 70)
	q.startEpoch(0, 70)
	near(t, "K", q.state.k, v.K)
	for s, want := range v.W {
		at, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "W("+s+")", q.at(at), want)
	}

	// Section 4.3: a window of ACKs gives Reno's estimate alpha segments.
	q.state.running = false
	for range 70 {
		f.Cwnd = 70 * mss
		q.OnAck(f, Ack{Bytes: mss})
	}
	near(t, "W_est", q.state.wEst, 70+v.Alpha)

	// Sections 4.4 and 4.5, at t = 1 s and 75 segments.
	f.Cwnd = 75 * mss
	q.state.wEst = 0
	q.OnAck(f, Ack{Now: sim.Time(time.Second), Bytes: mss})
	near(t, "increase in the concave region", f.Cwnd/mss-75, 0.17179432879)

	// Section 4.7: fast convergence.
	f.Cwnd = 90 * mss
	q.OnCongestion(f, Congestion{})
	near(t, "W_max", q.state.wMax, v.FastConv)
}

// RFC 9438, section 4.8: after a timeout, K is 0 and W_max the window at which
// the congestion avoidance begins.
func TestCUBICAfterTimeout(t *testing.T) {
	g := flows([]float64{100}, []float64{100}, func() Controller { return &CUBIC{C: 0.4, Beta: 0.7} })
	f := g.Flows[0]
	q := f.Controller.(*CUBIC)
	q.OnCongestion(f, Congestion{Cause: Timeout})
	for f.Cwnd < f.Ssthresh {
		q.OnAck(f, Ack{Bytes: mss})
	}
	q.OnAck(f, Ack{Bytes: mss})
	near(t, "W_max", q.state.wMax, 70)
	near(t, "K", q.state.k, 0)
}

// RFC 9438, section 4.9: a spurious episode leaves no trace.
func TestCUBICUndo(t *testing.T) {
	g := flows([]float64{100}, []float64{100}, func() Controller { return &CUBIC{C: 0.4, Beta: 0.7} })
	f := g.Flows[0]
	q := f.Controller.(*CUBIC)
	for i := range 100 {
		q.OnAck(f, Ack{Now: sim.Time(i) * sim.Time(time.Millisecond), Bytes: mss})
	}
	before := q.state
	q.OnCongestion(f, Congestion{})
	q.Undo(f)
	if q.state != before {
		t.Errorf("%+v, want %+v", q.state, before)
	}
}

func TestCbrt(t *testing.T) {
	for _, x := range []float64{1e-12, 0.3, 1, 8, 75, 1e6, 1e18} {
		if got, want := cbrt(x), math.Cbrt(x); math.Abs(got-want) > 1e-15*want*4 {
			t.Errorf("cbrt(%g) = %g, want %g", x, got, want)
		}
	}
}

// The rules of NSDI 2011 by hand, for windows of 10 and 20 segments.
func TestNSDIVectors(t *testing.T) {
	for _, c := range []struct {
		name     string
		make     func() Controller
		inc, dec [2]float64
	}{
		{"ewtcp, 1/n²", func() Controller { return &EWTCP{} }, [2]float64{0.025, 0.0125}, [2]float64{5, 10}},
		{"ewtcp, 1/√n", func() Controller { return &EWTCP{Gain: 1 / math.Sqrt2} }, [2]float64{0.0707106781186548, 0.0353553390593274}, [2]float64{5, 10}},
		{"coupled", func() Controller { return &Coupled{} }, [2]float64{1. / 30, 1. / 30}, [2]float64{1, 5}},
		{"semicoupled", func() Controller { return &SemiCoupled{Gain: 1} }, [2]float64{1. / 30, 1. / 30}, [2]float64{5, 10}},
	} {
		g := flows(t1W, t1RTT, c.make)
		for i, f := range g.Flows {
			near(t, c.name+": increase", increase(f), c.inc[i])
		}
		for i, f := range g.Flows {
			before := f.Cwnd
			f.Controller.OnCongestion(f, Congestion{InFlight: units.Bytes(f.Cwnd)})
			near(t, c.name+": decrease", f.Ssthresh/mss, c.dec[i])
			f.Cwnd = before
		}
	}
}

// A round of wVegas: 40 segments, 60 ms over a base of 50 ms, beside a subflow of 500
// segments/s. The backlog is 6.67 segments, the aim becomes 5 of 10, and the window
// shrinks by one; a queue of twice the least one is drained.
func TestWVegasVector(t *testing.T) {
	vegas := func() Controller { return &WVegas{Alpha: 2, Total: 10, Gamma: 1, base: 50 * time.Millisecond} }
	g := flows([]float64{40, 20}, []float64{60, 40}, vegas)
	g.Flows[1].Controller.(*WVegas).rate = 20 / 0.040
	f := g.Flows[0]
	w := f.Controller.(*WVegas)
	w.restart()
	round := func(rtt time.Duration) {
		for i := range 3 {
			w.OnAck(f, Ack{Bytes: mss, RTT: rtt, Round: i == 2})
		}
	}
	round(60 * time.Millisecond)
	near(t, "aim", w.aim, 5)
	near(t, "window", f.Cwnd/mss, 39)
	w.queue = 5 * time.Millisecond
	f.Cwnd = 41 * mss // 40 after the step
	round(60 * time.Millisecond)
	near(t, "drained window", f.Cwnd/mss, 16.6666666666667)
	round(52 * time.Millisecond) // below ssthresh: a segment for each of three ACKs
	near(t, "window after the drain", f.Cwnd/mss, 19.6666666666667)
	f.Cwnd, f.Ssthresh = 30*mss, 20*mss
	round(51 * time.Millisecond)
	near(t, "window below its aim", f.Cwnd/mss, 31)
}

// wVegas sends two windows a round trip in slow start, up to half of ssthresh, and 1.2 after it: at each
// call that changes the window.
func TestWVegasPaces(t *testing.T) {
	for _, linux := range []bool{false, true} {
		v := &WVegas{Alpha: 2, Total: 10, Gamma: 1, Pacing: true, Linux: linux}
		f := flows([]float64{10}, []float64{100}, func() Controller { return v }).Flows[0]
		rate := func(windows float64) {
			t.Helper()
			near(t, "pacing rate", float64(f.Pacing), windows*f.Cwnd/0.1*8)
		}
		f.Ssthresh = 21 * mss
		v.Init(f)
		rate(2)
		v.OnAck(f, Ack{Bytes: mss}) // 11 segments
		near(t, "window", f.Cwnd, 11*mss)
		rate(1.2)
		v.OnCongestion(f, Congestion{Cause: Timeout})
		rate(2)
		v.OnCongestion(f, Congestion{})
		rate(1.2)

		f.Pacing, f.SRTT = 0, 0
		v.pace(f)
		near(t, "pacing rate without an RTT", float64(f.Pacing), 0)

		quiet := &WVegas{Alpha: 2, Total: 10, Gamma: 1, Linux: linux}
		f = flows([]float64{10}, []float64{100}, func() Controller { return quiet }).Flows[0]
		quiet.Init(f)
		quiet.OnAck(f, Ack{Bytes: mss})
		near(t, "pacing rate, not asked for", float64(f.Pacing), 0)
	}
}
