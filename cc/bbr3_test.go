package cc

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/sim/units"
)

// probing3 returns a BBR3 in PROBE_BW that knows a path of 2500 segments/s and 40 ms, BDP 100.
func probing3(profile string, phase bbr3Phase) (*BBR3, *path) {
	b := &BBR3{Profile: profile}
	p := newPath(b, 40*ms)
	p.f.Cwnd = 200 * mss
	b.full, b.fullNow = true, true
	b.minRTT, b.leastRTT = 40*ms, 40*ms
	b.high[1] = 2500 * mss
	b.mode, b.phase, b.wait = bbrProbeBW, phase, 2*time.Second
	return b, p
}

func loses(n units.Bytes) func(*Sample) { return func(s *Sample) { s.Lost = n * mss } }

// Worked numbers for 100 segments: the bounds in Linux's fractions of 256, and in the draft's of 100.
func TestBBR3Vectors(t *testing.T) {
	for _, c := range []struct {
		profile        string
		drain, down    float64
		headroom, beta float64
	}{
		{"linux", 1 / 2.885, 0.91, 86, 70.3125},
		{"draft", 0.5, 0.90, 85, 70},
	} {
		b, p := probing3(c.profile, bbr3Cruise)
		b.highInFlight = 100 * mss
		near(t, "window that leaves headroom", b.withHeadroom(p.f)/mss, c.headroom)
		b.lowerHigh(p.f, Sample{InFlight: 10 * mss})
		near(t, "inflight_hi after a cut", b.highInFlight/mss, c.beta)
		for _, s := range []struct {
			mode  bbrMode
			phase bbr3Phase
			gain  float64
		}{{bbrStartup, 0, 2.77}, {bbrDrain, 0, c.drain}, {bbrProbeBW, bbr3Up, 1.25}, {bbrProbeBW, bbr3Down, c.down}, {bbrProbeBW, bbr3Cruise, 1}, {bbrProbeBW, bbr3Refill, 1}} {
			b.mode, b.phase = s.mode, s.phase
			near(t, "pacing gain", b.pacingGain(), s.gain)
		}
	}
	linux, p := probing3("linux", bbr3Cruise)
	linux.highInFlight = 256 * mss
	near(t, "window that leaves headroom, of 256", linux.withHeadroom(p.f)/mss, 256-38)
	// With 99 in flight and one lost before it, the next loss crosses Linux's 5/256 where 5/256·99 are lost.
	near(t, "bearable in Linux", linux.bearable(mss, &Sample{InFlight: 100 * mss, Lost: 2 * mss})/mss, 99+239./251)
	newPath(&BBR3{Profile: "linux"}, 40*ms).paces(t, "initial pacing", 10/0.04*2.77)
	b, p := probing3("draft", bbr3Cruise)
	p.ack(2500, 80, 40*ms)
	p.paces(t, "pacing, a hundredth below the rate", 2475)
	// With 99 in flight and one lost before it, the next loss crosses 2 % at 100.
	near(t, "bearable", b.bearable(mss, &Sample{InFlight: 100 * mss, Lost: 2 * mss})/mss, 100)
	near(t, "bearable, had too much been lost before", b.bearable(mss, &Sample{InFlight: 100 * mss, Lost: 3 * mss})/mss, 99)
}

// A name that is no profile is an error that tells the names.
func TestBBR3Profile(t *testing.T) {
	for name, ok := range map[string]bool{"linux": true, "draft": true, "": false, "v3": false} {
		if err := (&BBR3{Profile: name}).Validate(); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// More than a fiftieth of what was in flight is too much.
func TestBBR3TooMuch(t *testing.T) {
	b, _ := probing3("draft", bbr3Up)
	for _, c := range []struct {
		lost, inFlight units.Bytes
		want           bool
	}{{0, 0, false}, {0, 100, false}, {2, 100, false}, {3, 100, true}, {1, 51, false}, {1, 49, true}} {
		if got := b.tooMuch(&Sample{Lost: c.lost, InFlight: c.inFlight}); got != c.want {
			t.Errorf("%d of %d lost: too much is %v", c.lost, c.inFlight, got)
		}
	}
}

// A round with losses lowers the lower bounds by at most beta, to no less than what was delivered in
// it; a probe forgets them. While the flow probes, losses are of its own making.
func TestBBR3LowerBounds(t *testing.T) {
	b, p := probing3("draft", bbr3Cruise)
	p.round(2500, 100, 40*ms)
	b.OnLost(p.f, mss, Sample{Total: p.total})
	p.round(1000, 50, 40*ms)
	p.ack(1000, 50, 40*ms)
	near(t, "bw_lo, where as much was delivered", b.lowRate/mss, 2500)
	b.OnLost(p.f, mss, Sample{Total: p.total})
	p.round(1000, 50, 40*ms)
	p.ack(1000, 50, 40*ms)
	near(t, "bw_lo", b.lowRate/mss, 0.7*2500)
	near(t, "rate", b.rate()/mss, 0.7*2500)
	low := b.lowInFlight / mss
	if low < 50 || p.cwnd() > low {
		t.Errorf("inflight_lo is %g, the window %g", low, p.cwnd())
	}
	b.OnLost(p.f, mss, Sample{Total: p.total})
	p.round(1700, 68, 40*ms)
	p.ack(1700, 68, 40*ms)
	near(t, "bw_lo, where more than beta of it was", b.lowRate/mss, 1700)
	b.startRefill()
	if !math.IsInf(b.lowRate, 1) || !math.IsInf(b.lowInFlight, 1) {
		t.Error("REFILL remembers the lower bounds")
	}
	for _, phase := range []bbr3Phase{bbr3Refill, bbr3Up} {
		b, p := probing3("draft", phase)
		b.OnLost(p.f, mss, Sample{Total: p.total})
		p.round(1000, 50, 40*ms)
		if !math.IsInf(b.lowRate, 1) {
			t.Errorf("phase %d: bw_lo is %g", phase, b.lowRate)
		}
	}
}

// PROBE_BW: DOWN until the queue and the headroom are gone, CRUISE until it is time, REFILL for a
// round, UP until the rate grows no more.
func TestBBR3Cycle(t *testing.T) {
	b, p := probing3("linux", bbr3Down)
	// stay acknowledges segments, with inFlight in flight, until the phase is next, and returns
	// how many rounds that takes.
	stay := func(inFlight float64, next bbr3Phase) int {
		t.Helper()
		from, phase := b.round, b.phase
		for b.phase == phase {
			p.now = p.now.Add(400 * time.Microsecond)
			p.ack(2500, inFlight, 40*ms)
		}
		if b.mode != bbrProbeBW || b.phase != next {
			t.Fatalf("at %v: phase %d after %d, want %d", p.now, b.phase, phase, next)
		}
		return b.round - from
	}
	b.startDown()
	p.round(2500, 130, 40*ms)
	if b.phase != bbr3Down {
		t.Errorf("phase %d with 130 segments in flight, want DOWN", b.phase)
	}
	stay(100, bbr3Cruise)
	stay(100, bbr3Refill)
	if w := p.now.Sub(b.phaseAt); w < 2*time.Second || w > 3*time.Second+ms {
		t.Errorf("the next probe comes after %v, want 2 to 3 s", w)
	}
	if n := stay(100, bbr3Up); n != 1 {
		t.Errorf("REFILL takes %d rounds", n)
	}
	if n := stay(125, bbr3Down); n != 3 {
		t.Errorf("UP takes %d rounds without growth, want 3", n)
	}
}

// Beside Reno, which grows by the BDP in as many rounds as it has segments, a probe comes no later.
func TestBBR3LivesBesideReno(t *testing.T) {
	b, p := probing3("linux", bbr3Cruise)
	b.high[1], b.wait = 500*mss, time.Hour // BDP 20
	for b.phase == bbr3Cruise && b.rounds < 1000 {
		p.round(500, 20, 40*ms)
	}
	if b.rounds != 20 {
		t.Errorf("a probe after %d rounds, want 20", b.rounds)
	}

	// But after 63 at the latest (google/bbr, branch v3, bbr_bw_probe_max_rounds).
	b, p = probing3("linux", bbr3Cruise)
	b.wait = time.Hour // BDP 100
	for b.phase == bbr3Cruise && b.rounds < 1000 {
		p.round(2500, 100, 40*ms)
	}
	if b.rounds != 63 {
		t.Errorf("a probe after %d rounds, want 63", b.rounds)
	}
}

// draft-ietf-ccwg-bbr, section 4.6.4: the window is two BDPs of 100 segments, 2.25 in UP, and three segments
// more, an even number; UP has two more, so that a small BDP is exceeded, too.
func TestBBR3Windows(t *testing.T) {
	for phase, want := range map[bbr3Phase]float64{bbr3Down: 204, bbr3Cruise: 204, bbr3Up: 230} {
		b, p := probing3("linux", phase)
		b.fullNow, p.f.Cwnd = false, 500*mss
		p.ack(2500, 150, 40*ms)
		if b.phase != phase {
			t.Fatalf("phase %d after %d", b.phase, phase)
		}
		near(t, "window", p.cwnd(), want)
	}
}

// Too many losses in a probe bound what is in flight, and end it; the next probe ends there, and if
// nothing is lost the one after it goes on at once.
func TestBBR3ProbeFindsBound(t *testing.T) {
	b, p := probing3("draft", bbr3Up)
	b.probed = true
	b.OnLost(p.f, mss, Sample{Total: p.total, InFlight: 150 * mss, Lost: 3 * mss})
	if !math.IsInf(b.highInFlight, 1) {
		t.Error("a fiftieth of losses sets a bound")
	}
	b.OnLost(p.f, mss, Sample{Total: p.total, InFlight: 150 * mss, Lost: 4 * mss})
	near(t, "inflight_hi", b.highInFlight/mss, 149)
	if b.phase != bbr3Down || !b.tooHigh {
		t.Errorf("phase %d, want DOWN", b.phase)
	}
	b.OnLost(p.f, mss, Sample{Total: p.total, InFlight: 10 * mss, Lost: 9 * mss})
	near(t, "inflight_hi: once a probe", b.highInFlight/mss, 149)
	p.round(2500, 80, 40*ms)
	near(t, "window in CRUISE", p.cwnd(), 149-22)

	b.startRefill()
	b.probed = true
	p.ack(2500, 100, 40*ms)
	b.startUp(p.f, &Sample{Rate: 2500 * mss})
	p.ack(2500, 149, 40*ms)
	if b.phase != bbr3Down || !b.risky || b.tooHigh {
		t.Fatalf("phase %d, risky %v; want DOWN where the last probe met losses", b.phase, b.risky)
	}
	p.round(2500, 149, 40*ms)
	p.ack(2500, 149, 40*ms)
	if b.phase != bbr3Refill {
		t.Errorf("phase %d, want REFILL, since nothing was lost", b.phase)
	}
}

// While inflight_hi is the limit of a probe, it grows: by 1, 2, 4, ... segments in a round.
func TestBBR3ProbeRaisesBound(t *testing.T) {
	b, p := probing3("draft", bbr3Up)
	b.highInFlight = 100 * mss
	p.f.Cwnd = 100 * mss
	b.startUp(p.f, &Sample{Rate: 2500 * mss})
	grown := b.highInFlight
	for _, want := range []float64{1, 2, 4, 8} {
		for range int(p.cwnd()) {
			b.raiseHigh(p.f, Ack{Bytes: mss})
			p.f.Cwnd = b.highInFlight
		}
		if got := (b.highInFlight - grown) / mss; math.Abs(got-want) > 1 {
			t.Errorf("it grew by %g segments, want %g", got, want)
		}
		grown = b.highInFlight
		b.steepen(p.f)
	}
	b.raiseHigh(p.f, Ack{Bytes: 1e6, AppLimited: true})
	p.f.Cwnd -= mss
	b.raiseHigh(p.f, Ack{Bytes: 1e6})
	near(t, "inflight_hi, when it is not the limit", b.highInFlight, grown)
}

// STARTUP also ends with a round of a recovery that had losses six times, and too many of them.
func TestBBR3StartupLosses(t *testing.T) {
	for _, c := range []struct {
		name     string
		events   int
		lost     units.Bytes
		recovery bool
		full     bool
	}{
		{"losses", 6, 5, true, true},
		{"a burst", 5, 5, true, false},
		{"few of many", 6, 1, true, false},
		{"no recovery", 6, 5, false, false},
	} {
		b := &BBR3{Profile: "linux"}
		p := newPath(b, 40*ms)
		p.round(1000, 100, 40*ms)
		p.f.Recovery = c.recovery
		for i := range 100 {
			if i < c.events {
				b.OnLost(p.f, mss, Sample{Total: p.total})
			}
			p.ack(2000, 100, 40*ms, loses(c.lost))
		}
		p.ack(2000, 100, 40*ms, loses(c.lost))
		if b.full != c.full || c.full == math.IsInf(b.highInFlight, 1) {
			t.Errorf("%s: full is %v, inflight_hi %g", c.name, b.full, b.highInFlight/mss)
		}
	}
}

// PROBE_RTT comes every five seconds, with half the BDP, and forgets the lower bounds.
func TestBBR3ProbeRTT(t *testing.T) {
	b, p := probing3("linux", bbr3Cruise)
	for b.mode == bbrProbeBW {
		p.round(2500, 100, 41*ms)
	}
	if d := time.Duration(p.now); b.mode != bbrProbeRTT || d < 5*time.Second || d > 5*time.Second+82*ms {
		t.Fatalf("mode %d after %v", b.mode, p.now)
	}
	began := p.now
	for b.mode == bbrProbeRTT {
		if most := b.bdp(b.rate(), 0.5); p.f.Cwnd > most {
			t.Fatalf("window %g, half the BDP is %g", p.cwnd(), most/mss)
		}
		p.round(1250, 50, 40*ms)
	}
	if d := p.now.Sub(began); d < 200*ms || d > 300*ms {
		t.Errorf("it took %v", d)
	}
	if b.phase != bbr3Cruise || b.minRTT != 40*ms || !math.IsInf(b.lowRate, 1) {
		t.Errorf("phase %d, least RTT %v, bw_lo %g", b.phase, b.minRTT, b.lowRate)
	}
	near(t, "rate, of what PROBE_RTT did not limit", b.rate()/mss, 2500)
}

// The wait for the next probe is drawn from two to three seconds, the rounds from two.
func TestBBR3Wait(t *testing.T) {
	b, _ := probing3("linux", bbr3Down)
	b.Randomize(rand.New(rand.NewPCG(1, 1)))
	var sum time.Duration
	ones := 0
	const n = 2000
	for range n {
		b.startDown()
		if b.wait < 2*time.Second || b.wait >= 3*time.Second || b.rounds < 0 || b.rounds > 1 {
			t.Fatalf("wait %v from round %d", b.wait, b.rounds)
		}
		sum += b.wait
		ones += b.rounds
	}
	if mean := sum / n; mean < 2450*ms || mean > 2550*ms || ones < n*45/100 || ones > n*55/100 {
		t.Errorf("mean wait %v, %d of %d from the first round", mean, ones, n)
	}
}
