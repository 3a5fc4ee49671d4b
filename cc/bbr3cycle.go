package cc

import (
	"math"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// bbr3Phase is a phase of PROBE_BW.
type bbr3Phase uint8

const (
	bbr3Down   bbr3Phase = iota // drain what the probe has queued
	bbr3Cruise                  // leave room to others
	bbr3Refill                  // fill the pipe, and no queue, for a round
	bbr3Up                      // probe for more
)

// bbr3Acks is which segments the ACKs are of that come in.
type bbr3Acks uint8

const (
	acksOfNothing bbr3Acks = iota
	acksOfRefill
	acksOfStart // of before the probe
	acksOfProbe
	acksOfStop // of the probe, after its end
)

// bbr3Cycle is the state of PROBE_BW.
type bbr3Cycle struct {
	phase   bbr3Phase
	phaseAt sim.Time // when DOWN or UP began
	acks    bbr3Acks
	wait    time.Duration // from DOWN to the next probe
	rounds  int           // since the last one

	probed  bool // what was sent in a probe is being acknowledged: losses bound inflight_hi
	tooHigh bool // the last probe has found a bound
	risky   bool // this one stopped where that did

	upRounds int     // of this probe
	upEach   float64 // bytes acknowledged for which inflight_hi grows by a segment
	upAcked  float64 // of them, so far
}

// probing reports whether the flow is out for more, so that losses are of its own making.
func (b *BBR3) probing() bool {
	return b.mode == bbrStartup || b.mode == bbrProbeBW && (b.phase == bbr3Refill || b.phase == bbr3Up)
}

// advance goes through the phases of PROBE_BW.
func (b *BBR3) advance(f *Flow, a Ack) {
	if b.roundStart {
		b.rounds++
	}
	if b.adapt(f, a) || b.mode != bbrProbeBW {
		return
	}
	before := float64(f.InFlight + a.Bytes + b.lost)
	switch b.phase {
	case bbr3Down:
		if b.timeToProbe(f) {
			b.startRefill()
		} else if before <= b.withHeadroom(f) && before <= b.inFlight(f, b.maxRate(), 1) {
			b.startCruise()
		}
	case bbr3Cruise:
		if b.timeToProbe(f) {
			b.startRefill()
		}
	case bbr3Refill:
		if b.roundStart {
			b.probed = true
			b.startUp(f, a.Sample)
		}
	case bbr3Up:
		if b.done(f, a, before) {
			b.tooHigh = false
			b.startDown()
		}
	}
}

// done reports whether a probe shall end: where the last one ran into losses, or because the
// rate grows no more although inflight_hi lets it.
func (b *BBR3) done(f *Flow, a Ack, before float64) bool {
	if b.tooHigh && before >= b.highInFlight {
		b.risky = true
		return true
	}
	if !a.AppLimited && f.Cwnd >= b.highInFlight {
		b.restartFull(a.Sample.Rate)
		return false
	}
	return b.fullNow
}

// restartFull begins anew to look whether the rate grows beyond rate.
func (b *BBR3) restartFull(rate float64) { b.fullBW, b.fullCount, b.fullNow = rate, 0, false }

// timeToProbe reports whether it is time for the next probe: a few seconds after the last, or as
// many rounds as Reno needs to grow by the BDP, so that it can live beside.
func (b *BBR3) timeToProbe(f *Flow) bool {
	reno := min(b.target(f)/float64(f.MSS), bbr3MaxRounds)
	return b.now.Sub(b.phaseAt) > b.wait || float64(b.rounds) >= reno
}

// target is the BDP, or the window if that is smaller.
func (b *BBR3) target(f *Flow) float64 { return min(b.bdp(b.rate(), 1), f.Cwnd) }

// startDown ends a probe, or DRAIN, and draws when the next one is.
func (b *BBR3) startDown() {
	b.mode, b.phase, b.phaseAt = bbrProbeBW, bbr3Down, b.now
	b.lossInRound, b.latestRate, b.latestDelivered = false, 0, 0
	b.upEach = math.Inf(1)
	b.rounds = int(2 * b.draw())
	b.wait = 2*time.Second + time.Duration(b.draw()*float64(time.Second))
	b.acks = acksOfStop
	b.nextRound()
}

func (b *BBR3) startCruise() {
	b.phase = bbr3Cruise
	if !math.IsInf(b.lowInFlight, 1) {
		b.lowInFlight = min(b.lowInFlight, b.highInFlight)
	}
}

func (b *BBR3) startRefill() {
	b.phase = bbr3Refill
	b.forgetLow()
	b.upRounds, b.upAcked = 0, 0
	b.risky = false
	b.acks = acksOfRefill
	b.nextRound()
}

func (b *BBR3) startUp(f *Flow, s *Sample) {
	b.phase, b.phaseAt = bbr3Up, b.now
	b.acks = acksOfStart
	b.nextRound()
	b.restartFull(s.Rate)
	b.steepen(f)
}

// steepen doubles the growth of inflight_hi in a round.
func (b *BBR3) steepen(f *Flow) {
	b.upEach = max(math.Ldexp(f.Cwnd, -b.upRounds), float64(f.MSS))
	b.upRounds = min(b.upRounds+1, 30)
}

// adapt moves inflight_hi by what the ACKs of a probe tell, and reports whether it has begun the
// next probe: at once, if the last one stopped for fear of losses and met none.
func (b *BBR3) adapt(f *Flow, a Ack) bool {
	s := a.Sample
	if b.roundStart {
		switch b.acks {
		case acksOfStart:
			b.acks = acksOfProbe
		case acksOfStop:
			b.acks, b.probed = acksOfNothing, false
			if b.mode == bbrProbeBW && !b.limited(s) && b.high[1] > 0 {
				b.high[0], b.high[1] = b.high[1], 0
			}
			if b.mode == bbrProbeBW && b.risky && !b.tooHigh {
				b.startRefill()
				return true
			}
		}
	}
	switch {
	case b.tooMuch(s):
		if b.probed {
			b.lowerHigh(f, *s)
		}
	case !math.IsInf(b.highInFlight, 1):
		b.highInFlight = max(b.highInFlight, float64(s.InFlight))
		if b.mode == bbrProbeBW && b.phase == bbr3Up {
			b.raiseHigh(f, a)
		}
	}
	return false
}

// raiseHigh lets inflight_hi grow while it is the limit.
func (b *BBR3) raiseHigh(f *Flow, a Ack) {
	if a.AppLimited || f.Cwnd < b.highInFlight {
		return
	}
	b.upAcked += float64(a.Bytes)
	if n := math.Floor(b.upAcked / b.upEach); n > 0 {
		b.upAcked -= float64(n * b.upEach)
		b.highInFlight += float64(n * float64(f.MSS))
	}
	if b.roundStart {
		b.steepen(f)
	}
}

// lowerHigh bounds what is in flight by what was when too much of it was lost, once a probe.
func (b *BBR3) lowerHigh(f *Flow, s Sample) {
	b.tooHigh, b.probed = true, false
	if !s.AppLimited {
		b.highInFlight = max(float64(s.InFlight), (1-b.is.beta)*b.target(f))
	}
	if b.mode == bbrProbeBW && b.phase == bbr3Up {
		b.startDown()
	}
}

// OnLost implements Modeler.
func (b *BBR3) OnLost(f *Flow, n units.Bytes, s Sample) {
	b.bbrModel.OnLost(f, n, s)
	b.total = s.Total
	if !b.lossInRound {
		b.lossInRound = true
		b.lossRoundEnd = b.total
	}
	if b.probed && b.tooMuch(&s) {
		s.InFlight = units.Bytes(b.bearable(n, &s))
		b.lowerHigh(f, s)
	}
}

// bearable returns how much was in flight where, within the lost segment of n bytes, the share
// of losses became too large.
func (b *BBR3) bearable(n units.Bytes, s *Sample) float64 {
	before, lost := float64(s.InFlight-n), float64(s.Lost-n)
	budget := float64(b.is.loss * before)
	if lost >= budget {
		return before
	}
	return before + (budget-lost)/(1-b.is.loss)
}
