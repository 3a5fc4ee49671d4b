package cc

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

const ms = time.Millisecond

// path drives a controller as a path does that delivers what is in flight at a rate.
type path struct {
	f     *Flow
	now   sim.Time
	total units.Bytes
}

// newPath returns an established flow under c whose RTT is rtt, or unknown.
func newPath(c Controller, rtt time.Duration) *path {
	f := &Flow{MSS: mss, Cwnd: 10 * mss, Ssthresh: math.Inf(1), Controller: c, SRTT: rtt, MinRTT: rtt}
	f.Group = &Group{Flows: []*Flow{f}}
	c.Init(f)
	return &path{f: f}
}

// ack acknowledges one segment, sent a round trip ago with inFlight segments in flight, of a
// path that delivers rate segments/s.
func (p *path) ack(rate, inFlight float64, rtt time.Duration, set ...func(*Sample)) {
	flight := units.Bytes(inFlight * mss)
	p.f.InFlight = flight
	p.total += mss
	s := &Sample{Rate: rate * mss, Total: p.total, Prior: max(p.total-flight, 0), InFlight: flight}
	for _, f := range set {
		f(s)
	}
	p.f.SRTT = rtt
	p.f.Controller.OnAck(p.f, Ack{Now: p.now, Bytes: mss, RTT: rtt, Sample: s})
}

// round acknowledges the segments of one round trip.
func (p *path) round(rate, inFlight float64, rtt time.Duration, set ...func(*Sample)) {
	n := int(inFlight)
	for range n {
		p.now = p.now.Add(rtt / time.Duration(n))
		p.ack(rate, inFlight, rtt, set...)
	}
}

func limited(s *Sample) { s.AppLimited = true }

// paces checks the pacing rate, in segments/s and to a bit/s.
func (p *path) paces(t *testing.T, what string, want float64) {
	t.Helper()
	near(t, what, float64(p.f.Pacing), math.Round(want*mss*8))
}

func (p *path) cwnd() float64 { return p.f.Cwnd / mss }

// probing returns a BBR in PROBE_BW that knows a path of 1250 segments/s and 40 ms.
func probing(phase int) (*BBR, *path) {
	b := &BBR{}
	p := newPath(b, 40*ms)
	b.full = true
	b.minRTT = 40 * ms
	b.rates.add(0, 1250*mss)
	b.enter(phase, p.now)
	return b, p
}

// draft-cardwell-iccrg-bbr-congestion-control-00, sections 4.2.1 and 4.2.3: pacing is gain times
// the rate, the window two times the BDP.
func TestBBRVectors(t *testing.T) {
	newPath(&BBR{}, 40*ms).paces(t, "initial pacing", 721.25)
	newPath(&BBR{}, 0).paces(t, "initial pacing without an RTT", 28850)
	for phase, want := range []float64{1562.5, 937.5, 1250, 1250, 1250, 1250, 1250, 1250} {
		b, p := probing(phase)
		near(t, "BDP", b.bdp(b.rates.max, 1)/mss, 50)
		near(t, "twice the BDP", b.bdp(b.rates.max, bbrCwndGain)/mss, 100)
		p.ack(1250, 60, 40*ms)
		p.paces(t, "pacing", want)
	}
	b, p := probing(2)
	for range 10 {
		p.round(1250, 50, 40*ms)
		b.enter(2, p.now)
	}
	near(t, "window with 3 segments on top, even", p.cwnd(), 104)
}

// Section 4.1.1.3: the rate is the largest of ten rounds, of those that the application does not
// limit, or that are larger all the same.
func TestBBRRateFilter(t *testing.T) {
	b := &BBR{}
	p := newPath(b, 40*ms)
	step := func(rate, want float64, set ...func(*Sample)) {
		t.Helper()
		p.round(rate, 10, 40*ms, set...)
		near(t, "rate", b.rates.max/mss, want)
	}
	step(100, 100)
	step(90, 100)
	step(50, 100, limited)
	step(120, 120, limited)
	for range 20 {
		step(50, 120, limited) // time passes, and tells nothing
	}
	step(80, 80) // of ten rounds ago
	step(60, 80)
	for range 8 {
		step(60, 80)
	}
	step(60, 60)
}

// Section 4.3.2.1: STARTUP ends after three rounds in which the rate grew by less than a quarter;
// DRAIN when no more than the BDP is in flight.
func TestBBRStartup(t *testing.T) {
	for _, c := range []struct {
		name  string
		rates []float64
		set   []func(*Sample)
		full  bool
	}{
		{"grows", []float64{100, 125, 157, 197, 247, 309}, nil, false},
		{"two rounds without growth", []float64{100, 200, 240, 249, 250, 260}, nil, false},
		{"three rounds without growth", []float64{100, 200, 240, 249, 249}, nil, true},
		{"the application limits", []float64{100, 200, 200, 200, 200, 200, 200}, []func(*Sample){limited}, false},
	} {
		b := &BBR{}
		p := newPath(b, 40*ms)
		for _, r := range c.rates {
			p.round(r, 10, 40*ms, c.set...)
		}
		if b.full != c.full {
			t.Errorf("%s: full is %v", c.name, b.full)
		}
	}
	b := &BBR{}
	p := newPath(b, 40*ms)
	for range 4 {
		p.round(1250, 150, 40*ms)
	}
	if b.mode != bbrDrain {
		t.Fatalf("mode %d after STARTUP, want DRAIN", b.mode)
	}
	p.paces(t, "pacing in DRAIN", 1250/bbrHighGain)
	p.round(1250, 50, 40*ms)
	if b.mode != bbrProbeBW {
		t.Errorf("mode %d with the BDP in flight, want PROBE_BW", b.mode)
	}
}

// Section 4.3.4.3: PROBE_BW begins in any phase but that of draining.
func TestBBRFirstPhase(t *testing.T) {
	b := &BBR{}
	b.Randomize(rand.New(rand.NewPCG(1, 1)))
	var seen [len(bbrCycle)]int
	for range 7000 {
		b.probeBW(0)
		seen[b.phase]++
	}
	for phase, n := range seen {
		if phase == 1 && n > 0 || phase != 1 && (n < 850 || n > 1150) {
			t.Errorf("phase %d in %d of 7000 starts", phase, n)
		}
	}
}

// Section 4.3.4.3: a phase lasts a least RTT. That of more also until so much is in flight, or
// lost; that of less at most until no more than the BDP is.
func TestBBRCycle(t *testing.T) {
	for _, c := range []struct {
		name     string
		phase    int
		after    time.Duration
		inFlight float64
		lost     bool
		next     bool
	}{
		{"cruise, too early", 3, 40 * ms, 50, false, false},
		{"cruise", 3, 41 * ms, 50, false, true},
		{"more, not yet in flight", 0, 41 * ms, 60, false, false},
		{"more, in flight", 0, 41 * ms, 70, false, true},
		{"more, lost", 0, 41 * ms, 60, true, true},
		{"more, too early", 0, 40 * ms, 70, true, false},
		{"less, queue not gone", 1, 40 * ms, 60, false, false},
		{"less, queue gone", 1, 1 * ms, 50, false, true},
		{"less, for long enough", 1, 41 * ms, 60, false, true},
	} {
		b, p := probing(c.phase)
		p.now = p.now.Add(c.after)
		if c.lost {
			b.OnLost(p.f, mss, Sample{})
		}
		p.ack(1250, c.inFlight, 40*ms)
		if got := b.phase != c.phase; got != c.next {
			t.Errorf("%s: the phase ends: %v", c.name, got)
		}
	}
}

// Section 4.3.5: a least RTT that was not seen for ten seconds is looked for with four segments in
// flight, for 200 ms and a round trip; then the window is as before.
func TestBBRProbeRTT(t *testing.T) {
	b, p := probing(2)
	p.f.Cwnd = 104 * mss
	p.ack(1250, 50, 40*ms)
	for p.now < sim.Time(10*time.Second-60*ms) {
		p.round(1250, 75, 60*ms)
		if b.mode != bbrProbeBW {
			t.Fatalf("mode %d after %v", b.mode, p.now)
		}
	}
	before := p.cwnd()
	p.round(1250, 75, 60*ms)
	if b.mode != bbrProbeRTT || p.cwnd() != 4 {
		t.Fatalf("mode %d and a window of %g after ten seconds, want PROBE_RTT and 4", b.mode, p.cwnd())
	}
	began := p.now
	for b.mode == bbrProbeRTT {
		p.round(90, 4, 41*ms)
	}
	if d := p.now.Sub(began); d < 200*ms || d > 300*ms {
		t.Errorf("it took %v", d)
	}
	if b.minRTT != 41*ms || p.cwnd() < before {
		t.Errorf("least RTT %v, window %g; want 41ms and at least %g", b.minRTT, p.cwnd(), before)
	}
	near(t, "rate, of what PROBE_RTT did not limit", b.rates.max/mss, 1250)
}

// An application that pauses drains the queue itself: no PROBE_RTT after it, and no gain.
func TestBBRAfterIdleTime(t *testing.T) {
	b, p := probing(0)
	p.ack(1250, 50, 40*ms)
	p.paces(t, "pacing before", 1562.5)
	p.now = p.now.Add(time.Minute)
	b.OnRestart(p.f, p.now)
	p.paces(t, "pacing", 1250)
	p.ack(1250, 10, 50*ms, limited)
	if b.mode != bbrProbeBW {
		t.Errorf("mode %d after a pause, want PROBE_BW", b.mode)
	}
}

// Section 4.2.3.4: in the first round of a recovery what is delivered may leave again, no more;
// after it the window is as before.
func TestBBRRecovery(t *testing.T) {
	b, p := probing(2)
	p.f.Cwnd = 104 * mss
	p.ack(1250, 50, 40*ms)
	p.f.Recovery = true
	b.OnCongestion(p.f, Congestion{Cause: FastRetransmit})
	b.OnLost(p.f, 10*mss, Sample{})
	p.ack(1250, 40, 40*ms)
	near(t, "window on entry", p.cwnd(), 41)
	p.ack(1250, 39, 40*ms)
	near(t, "window in the first round", p.cwnd(), 41)
	p.round(1250, 40, 40*ms)
	if p.cwnd() <= 41 {
		t.Errorf("window %g after the first round, want growth", p.cwnd())
	}
	p.f.Recovery = false
	p.ack(1250, 40, 40*ms)
	near(t, "window after it", p.cwnd(), 104)
}

// After a timeout one segment leaves; once all is repaired the window is as before.
func TestBBRTimeout(t *testing.T) {
	for name, c := range map[string]Controller{"bbr": &BBR{}, "bbr3": &BBR3{Profile: "linux"}} {
		p := newPath(c, 40*ms)
		for range 3 {
			p.round(1250, 50, 40*ms)
		}
		before := p.cwnd()
		c.OnCongestion(p.f, Congestion{Cause: Timeout})
		near(t, name+": window", p.cwnd(), 1)
		p.f.TimedOut = true
		p.ack(100, 1, 40*ms)
		if p.cwnd() >= before {
			t.Errorf("%s: window %g while losses are repaired, as before", name, p.cwnd())
		}
		p.f.TimedOut = false
		p.ack(100, 4, 40*ms)
		if p.cwnd() < before {
			t.Errorf("%s: window %g after it, want %g", name, p.cwnd(), before)
		}
	}
}

// The least window is four segments, however little the path delivers.
func TestBBRFloor(t *testing.T) {
	for name, c := range map[string]Controller{"bbr": &BBR{}, "bbr3": &BBR3{Profile: "linux"}, "c-mpbbr": &CMPBBR{}} {
		p := newPath(c, ms)
		for range 50 {
			c.(Modeler).OnLost(p.f, mss, Sample{Lost: mss, InFlight: mss})
			p.round(1, 1, ms)
			if p.cwnd() < 4 {
				t.Fatalf("%s: window %g", name, p.cwnd())
			}
		}
	}
}

// Mahmud et al., 2020: subflows whose rates differ by no more than a fifth are taken to share a
// bottleneck, when two looks in a row say so; they cruise at their part.
func TestCMPBBRVectors(t *testing.T) {
	g := &Group{}
	var paths []*path
	for i, rate := range []float64{1250, 1100, 990} {
		c := &CMPBBR{}
		p := newPath(c, 40*ms)
		p.f.ID, p.f.Group = i, g
		g.Flows = append(g.Flows, p.f)
		c.full, c.minRTT = true, 40*ms
		c.rates.add(0, rate*mss)
		paths = append(paths, p)
	}
	p := paths[0]
	c := p.f.Controller.(*CMPBBR)
	visit := func(phase int, pacing float64) {
		t.Helper()
		c.enter(phase, p.now)
		p.ack(0, 60, 40*ms)
		p.ack(0, 60, 40*ms)
		p.paces(t, "pacing", pacing)
	}
	near(t, "subflows from 1000 to 1500 segments/s", float64(c.count(p.f)), 2)
	visit(3, 1250) // a single look
	visit(0, 1562.5)
	visit(1, 937.5)
	visit(2, 1250)
	visit(3, 625)
	visit(7, 625)
	visit(0, 1562.5) // probing uses the whole rate
	visit(1, 937.5)
	visit(2, 625)
	paths[1].f.Controller.(*CMPBBR).rates.max = 900 * mss
	visit(0, 1562.5)
	visit(3, 625) // a single look that finds nobody
	visit(1, 937.5)
	visit(3, 1250)
}

// draft-cardwell-iccrg-bbr-congestion-control-00, sections 4.2.3.2 and 4.3.5: three segments on top of the
// BDP, then an even number; and PROBE_RTT lasts 200 ms and a round from when few segments are in flight.
func TestBBRQuantumAndProbeTime(t *testing.T) {
	b, p := probing(2)
	b.minRTT = 40 * ms
	for bdps, want := range map[float64]float64{200: 204, 201: 204, 202: 206} {
		near(t, "in flight", b.inFlight(p.f, bdps/2/0.040*mss, 2)/mss, want)
	}

	const start = sim.Time(time.Second)
	b.roundStart = true
	for _, c := range []struct {
		after    time.Duration
		inFlight units.Bytes
		over     bool
	}{{0, 5, false}, {ms, 4, false}, {201 * ms, 4, false}, {201*ms + 1, 4, true}} {
		p.f.InFlight = c.inFlight * mss
		if got := b.probeRTTOver(p.f, start.Add(c.after), 4*mss); got != c.over {
			t.Errorf("PROBE_RTT over after %v: %t, want %t", c.after, got, c.over)
		}
	}
}
