// Package cctest is the battery of tests that every congestion controller
// passes.
package cctest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/sim"
	"mpsim/sim/units"
)

// MSS is the segment size of the flows of this package.
const MSS = 1448

// A Maker returns a fresh controller.
type Maker func() cc.Controller

// Named returns a Maker of the controller called name, with its defaults.
func Named(t testing.TB, name string) Maker {
	t.Helper()
	if _, err := cc.Registry.New(name); err != nil {
		t.Fatal(err)
	}
	return func() cc.Controller {
		c, _ := cc.Registry.New(name)
		return c
	}
}

// Group returns n established flows of one connection, each with its own
// controller called name, an initial window of ten segments and no RTT sample.
func Group(t testing.TB, name string, n int) *cc.Group {
	t.Helper()
	return Named(t, name).group(n)
}

func (law Maker) group(n int) *cc.Group {
	g := &cc.Group{}
	for i := range n {
		f := &cc.Flow{ID: i, MSS: MSS, Cwnd: 10 * MSS, Ssthresh: math.Inf(1), Group: g, Controller: law()}
		g.Flows = append(g.Flows, f)
		if r, ok := f.Controller.(cc.Randomizer); ok {
			r.Randomize(rand.New(rand.NewPCG(uint64(i), 0)))
		}
		f.Controller.Init(f)
	}
	return g
}

// Sample gives f the RTT rtt.
func Sample(f *cc.Flow, rtt time.Duration) {
	f.SRTT, f.LatestRTT = rtt, rtt
	if f.MinRTT == 0 || rtt < f.MinRTT {
		f.MinRTT = rtt
	}
}

// The tests of the battery. A law whose source has it otherwise is excepted from one by name.
const (
	SlowStart  = "slow start doubles the window in a round"
	AppLimited = "does not grow when the window is not the limit"
	Decrease   = "a congestion episode lowers ssthresh below the window"
	Monotone   = "an ACK does not lower the window, and one of more bytes raises it no less"
	Survives   = "the window is finite and at least one segment, siblings are left alone"
	Regroups   = "the window is finite and at least one segment, whatever subflows come, leave or have no RTT"
	Undone     = "a spurious episode leaves no trace"
	Unordered  = "the order of the subflows does not matter"
	Repeats    = "does the same again"
	NoGarbage  = "does not allocate"
)

var battery = []struct {
	name  string
	test  func(*testing.T, Maker)
	model bool // also for a cc.Modeler, which has no ssthresh and no rule for an ACK
}{
	{SlowStart, slowStart, false},
	{AppLimited, appLimited, false},
	{Decrease, decrease, false},
	{Monotone, monotone, false},
	{Survives, survives, true},
	{Regroups, regroups, true},
	{Undone, undone, true},
	{Unordered, unordered, true},
	{Repeats, deterministic, true},
	{NoGarbage, allocations, true},
}

// Run tests the contract of cc.Controller on those of law, but for the tests named in
// except.
func Run(t *testing.T, law Maker, except ...string) {
	_, model := law().(cc.Modeler)
	for _, b := range battery {
		if !slices.Contains(except, b.name) && (b.model || !model) {
			t.Run(b.name, func(t *testing.T) { b.test(t, law) })
		}
	}
}

// Bounded tests what holds for any parameters: Regroups.
func Bounded(t *testing.T, law Maker) { regroups(t, law) }

// RFC 5681, section 3.1: in slow start the window grows by what is acknowledged,
// so that a window of ACKs doubles it.
func slowStart(t *testing.T, law Maker) {
	for n := 1; n <= 4; n++ {
		g := law.group(n)
		f := g.Flows[n-1]
		for _, s := range g.Flows {
			Sample(s, 100*time.Millisecond)
		}
		now := sim.Time(0)
		for range 6 {
			w := int(f.Cwnd) / MSS
			now = now.Add(100 * time.Millisecond)
			for i := range w {
				f.Controller.OnAck(f, cc.Ack{Now: now, Bytes: MSS, RTT: f.SRTT, Round: i == 0})
			}
			if got := int(f.Cwnd) / MSS; got != 2*w {
				t.Fatalf("%d flows: %d segments became %d", n, w, got)
			}
		}
	}
}

// RFC 7661, section 4.2: the window must not grow by ACKs of what it did not limit.
func appLimited(t *testing.T, law Maker) {
	for _, ssthresh := range []float64{math.Inf(1), 5 * MSS} {
		g := law.group(2)
		for _, s := range g.Flows {
			Sample(s, 50*time.Millisecond)
			s.Ssthresh = ssthresh
		}
		f := g.Flows[0]
		before := f.Cwnd
		for i := range 1000 {
			f.Controller.OnAck(f, cc.Ack{Now: sim.Time(i) * sim.Time(time.Millisecond), Bytes: MSS, RTT: f.SRTT, AppLimited: true})
		}
		if f.Cwnd > before {
			t.Errorf("ssthresh %g: the window grew from %g to %g", ssthresh, before, f.Cwnd)
		}
	}
}

// RFC 5681, section 3.1, and section 3.2 step 2: an episode lowers ssthresh
// below the window, a timeout also the window to one segment.
func decrease(t *testing.T, law Maker) {
	for _, cause := range []cc.Cause{cc.FastRetransmit, cc.Timeout} {
		for _, w := range []float64{1, 1.5, 2, 4, 10, 1000} {
			g := law.group(2)
			for i, s := range g.Flows {
				Sample(s, time.Duration(20*(i+1))*time.Millisecond)
			}
			f := g.Flows[1]
			f.Cwnd = w * MSS
			f.Controller.OnCongestion(f, cc.Congestion{Cause: cause, InFlight: units.Bytes(f.Cwnd)})
			if most := max(w, 2) * MSS; f.Ssthresh > most || f.Ssthresh < MSS || w > 4 && f.Ssthresh >= w*MSS {
				t.Errorf("%v at %g segments: ssthresh %g segments", cause, w, f.Ssthresh/MSS)
			}
			if cause == cc.Timeout && f.Cwnd != MSS {
				t.Errorf("timeout at %g segments: window %g segments, want 1", w, f.Cwnd/MSS)
			}
		}
	}
}

// RFC 9438, section 4.9: once the sender has found an episode spurious and has
// restored the windows, and the controller the rest, all goes on as if there had
// been none.
func undone(t *testing.T, law Maker) {
	for _, cause := range []cc.Cause{cc.FastRetransmit, cc.Timeout} {
		plain, marred := law.group(3), law.group(3)
		r := rand.New(rand.NewPCG(1, uint64(cause)))
		for step := range 3000 {
			i := r.IntN(3)
			now := sim.Time(step) * sim.Time(time.Millisecond)
			ack := cc.Ack{Now: now, Bytes: MSS, RTT: time.Duration(20*(i+1)) * time.Millisecond}
			real, spurious := r.IntN(200) == 0, r.IntN(50) == 0
			for _, g := range []*cc.Group{plain, marred} {
				f := g.Flows[i]
				Sample(f, ack.RTT)
				f.Controller.OnAck(f, ack)
				episode := cc.Congestion{Now: now, Cause: cause, Lost: MSS, InFlight: units.Bytes(f.Cwnd)}
				switch {
				case real:
					f.Controller.OnCongestion(f, episode)
				case spurious && g == marred:
					cwnd, ssthresh := f.Cwnd, f.Ssthresh
					f.Controller.OnCongestion(f, episode)
					f.Cwnd, f.Ssthresh = cwnd, ssthresh
					if u, ok := f.Controller.(cc.Undoer); ok {
						u.Undo(f)
					}
				}
			}
			if a, b := plain.Flows[i], marred.Flows[i]; a.Cwnd != b.Cwnd || a.Ssthresh != b.Ssthresh {
				t.Fatalf("%v, step %d, flow %d: window %g and ssthresh %g, want %g and %g", cause, step, i, b.Cwnd, b.Ssthresh, a.Cwnd, a.Ssthresh)
			}
		}
	}
}

// RFC 5681, section 3.1: what is acknowledged raises the window. So it does in congestion
// avoidance, beside siblings of other windows and RTTs.
func monotone(t *testing.T, law Maker) {
	for seed := range uint64(200) {
		raised := -1.0
		for _, bytes := range []units.Bytes{1, MSS / 2, MSS, 2 * MSS, 10 * MSS} {
			g := law.group(3)
			avoid(g, seed)
			f := g.Flows[seed%3]
			for i := range 200 { // for laws that count
				now := sim.Time(i) * sim.Time(time.Millisecond)
				before := f.Cwnd
				f.Controller.OnAck(f, cc.Ack{Now: now, Bytes: bytes, RTT: f.SRTT})
				if f.Cwnd < before {
					t.Fatalf("seed %d: an ACK of %d bytes lowers the window from %g to %g", seed, bytes, before, f.Cwnd)
				}
			}
			if f.Cwnd < raised {
				t.Fatalf("seed %d: ACKs of %d bytes raise the window to %g, smaller ones to %g", seed, bytes, f.Cwnd, raised)
			}
			raised = f.Cwnd
		}
	}
}

// avoid puts the flows of g into congestion avoidance, with windows of 5 to 105
// segments and RTTs of 5 to 105 ms.
func avoid(g *cc.Group, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	for _, f := range g.Flows {
		f.Cwnd = MSS * (5 + 100*r.Float64())
		if _, model := f.Controller.(cc.Modeler); !model {
			f.Ssthresh = 2 * MSS
		}
		Sample(f, time.Duration(5e6+100e6*r.Float64()))
	}
}

// No law of a source depends on the order in which a connection lists its subflows, but
// by which it settles ties. So the windows are the same in any order, within the rounding of sums.
func unordered(t *testing.T, law Maker) {
	for seed := range uint64(20) {
		groups := []*cc.Group{law.group(4), law.group(4)}
		byID := [2][]*cc.Flow{}
		for i, g := range groups {
			avoid(g, seed)
			byID[i] = slices.Clone(g.Flows)
		}
		r := rand.New(rand.NewPCG(seed, 11))
		r.Shuffle(4, func(i, j int) {
			f := groups[1].Flows
			f[i], f[j] = f[j], f[i]
		})
		now := sim.Time(0)
		for step := range 400 {
			now = now.Add(time.Millisecond)
			k, lost, round := r.IntN(4), r.IntN(100) == 0, r.IntN(10) == 0
			for _, flows := range byID {
				f := flows[k]
				f.Controller.OnAck(f, cc.Ack{Now: now, Bytes: MSS, RTT: f.SRTT, Round: round})
				if lost {
					f.Controller.OnCongestion(f, cc.Congestion{Now: now, InFlight: units.Bytes(f.Cwnd)})
				}
			}
			if a, b := byID[0][k].Cwnd, byID[1][k].Cwnd; math.Abs(a-b) > 1e-9*a {
				t.Fatalf("seed %d, step %d: the window of subflow %d is %g, in another order %g", seed, step, k, a, b)
			}
		}
	}
}

// walk drives n flows with a random sequence of ACKs, losses, timeouts, RTT
// changes and recoveries, calls check after each call, and returns the windows.
func walk(law Maker, seed uint64, n, steps int, check func(f *cc.Flow, call string)) []float64 {
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	g := law.group(n)
	var trace []float64
	delivered := make([]units.Bytes, n)
	now := sim.Time(0)
	for step := range steps {
		f := g.Flows[r.IntN(n)]
		_, model := f.Controller.(cc.Modeler)
		now = now.Add(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
		call := "ack"
		switch k := r.IntN(400); {
		case k == 0:
			call = "timeout"
			f.Recovery = false
			f.Controller.OnCongestion(f, cc.Congestion{Now: now, Cause: cc.Timeout, Lost: MSS, InFlight: units.Bytes(f.Cwnd)})
		case k < 4 && !f.Recovery:
			call = "loss"
			f.Controller.OnCongestion(f, cc.Congestion{Now: now, Cause: cc.FastRetransmit, Lost: MSS, InFlight: units.Bytes(f.Cwnd)})
			f.Recovery = true
			if !model {
				f.Cwnd = MSS * float64(1+r.IntN(3)) // PRR's
			}
		case k < 5:
			call = "undo"
			if u, ok := f.Controller.(cc.Undoer); ok {
				u.Undo(f)
			}
		case f.Recovery && !model:
			if f.Recovery = r.IntN(10) > 0; !f.Recovery {
				f.Cwnd = f.Ssthresh
			}
			continue
		default:
			a := cc.Ack{Now: now, Bytes: units.Bytes(1 + r.IntN(3*MSS)), Round: r.IntN(8) == 0, AppLimited: r.IntN(10) == 0}
			// At first retransmissions alone are acknowledged: no sample (Karn).
			if step > steps/4 && r.IntN(20) > 0 {
				a.RTT = time.Duration(1 + r.Int64N(int64(time.Second)))
				if r.IntN(10) == 0 {
					a.RTT = time.Duration(1 + r.Int64N(int64(time.Microsecond)))
				}
				Sample(f, a.RTT)
			}
			f.InFlight = units.Bytes(f.Cwnd)
			if model {
				f.Recovery = f.Recovery && r.IntN(10) > 0
				delivered[f.ID] += a.Bytes
				a.Sample = &cc.Sample{
					Rate:     1e8 * r.Float64(),
					Total:    delivered[f.ID],
					Prior:    max(delivered[f.ID]-f.InFlight, 0),
					InFlight: f.InFlight,
				}
			}
			f.Controller.OnAck(f, a)
		}
		check(f, call)
		trace = append(trace, f.Cwnd, f.Ssthresh)
	}
	return trace
}

// shared is what a controller may set.
type shared struct {
	cwnd, ssthresh float64
	pacing         units.Bandwidth
}

func survives(t *testing.T, law Maker) {
	for n := 1; n <= 4; n++ {
		for seed := range uint64(8) {
			var before [4]shared
			walk(law, seed, n, 4000, func(f *cc.Flow, call string) {
				where := fmt.Sprintf("seed %d, %d flows, flow %d, %s", seed, n, f.ID, call)
				if !(f.Cwnd >= MSS) || math.IsInf(f.Cwnd, 0) {
					t.Fatalf("%s: window %g", where, f.Cwnd)
				}
				if _, model := f.Controller.(cc.Modeler); !(f.Ssthresh >= MSS) || model && !math.IsInf(f.Ssthresh, 1) || f.Pacing < 0 {
					t.Fatalf("%s: ssthresh %g, pacing %v", where, f.Ssthresh, f.Pacing)
				}
				for i, s := range f.Group.Flows {
					is := shared{s.Cwnd, s.Ssthresh, s.Pacing}
					if s != f && before[i] != (shared{}) && !s.Recovery && is != before[i] {
						t.Fatalf("%s: flow %d changed from %+v to %+v", where, i, before[i], is)
					}
					before[i] = is
					if s.Recovery {
						before[i] = shared{} // its end sets the window
					}
				}
			})
		}
	}
}

func deterministic(t *testing.T, law Maker) {
	none := func(*cc.Flow, string) {}
	a, b := walk(law, 1, 3, 4000, none), walk(law, 1, 3, 4000, none)
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			t.Fatalf("step %d: %g, then %g", i/2, a[i], b[i])
		}
	}
}

func allocations(t *testing.T, law Maker) {
	g := law.group(3)
	for i, s := range g.Flows {
		Sample(s, time.Duration(10*(i+1))*time.Millisecond)
		s.Ssthresh = 5 * MSS
	}
	f := g.Flows[1]
	now := sim.Time(0)
	if n := testing.AllocsPerRun(100, func() {
		for range 20 {
			now = now.Add(time.Millisecond)
			f.Controller.OnAck(f, cc.Ack{Now: now, Bytes: MSS, RTT: f.SRTT})
		}
		f.Controller.OnCongestion(f, cc.Congestion{Now: now, InFlight: units.Bytes(f.Cwnd)})
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

// Alone tests that a coupled law is Reno on one path, as RFC 6356 and the papers of
// OLIA and BALIA prove of theirs, while ssthresh is above every floor.
func Alone(t *testing.T, law Maker) {
	a, b := law.group(1).Flows[0], Group(t, "reno", 1).Flows[0]
	r := rand.New(rand.NewPCG(1, 1))
	now := sim.Time(0)
	for i := range 20000 {
		now = now.Add(time.Millisecond)
		ack := cc.Ack{Now: now, Bytes: units.Bytes(1 + r.IntN(2*MSS)), RTT: time.Duration(10+r.IntN(90)) * time.Millisecond}
		lost := b.Cwnd > 8*MSS && r.IntN(300) == 0
		cause := cc.Cause(r.IntN(2))
		for _, f := range []*cc.Flow{a, b} {
			Sample(f, ack.RTT)
			if f.Controller.OnAck(f, ack); lost {
				f.Controller.OnCongestion(f, cc.Congestion{Now: now, Cause: cause, InFlight: units.Bytes(f.Cwnd)})
			}
		}
		if math.Abs(a.Cwnd-b.Cwnd) > 1e-9*b.Cwnd || math.Abs(a.Ssthresh-b.Ssthresh) > 1e-9*b.Ssthresh {
			t.Fatalf("step %d: window %g and ssthresh %g, Reno's are %g and %g", i, a.Cwnd, a.Ssthresh, b.Cwnd, b.Ssthresh)
		}
	}
}
