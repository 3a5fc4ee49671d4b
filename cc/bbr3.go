package cc

import (
	"math"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("bbr3", "draft-ietf-ccwg-bbr; google/bbr, branch v3", func() Controller { return &BBR3{Profile: "linux"} })
}

// Constants that both profiles share.
const (
	bbr3StartupGain = 2.77 // 4 ln 2
	bbr3Margin      = 0.99 // of the rate that is paced: the rest keeps the queue short
	bbr3UpGain      = 1.25
	bbr3UpCwndGain  = 2.25
	bbr3ProbeRTT    = 5 * time.Second // between two looks for the least RTT
	bbr3LossEvents  = 6               // in a round of recovery, that end STARTUP
	bbr3MaxRounds   = 63              // between two probes: then Reno would have grown as far
)

// bbr3Profile is the constants of one source.
type bbr3Profile struct {
	drain, down float64 // pacing gains
	loss        float64 // share of what was in flight that may be lost
	beta        float64 // cut where more is
	headroom    float64 // share of inflight_hi that is left to others
}

// bbr3Profiles has Linux's constants, whose fractions are of 256, and those of the draft.
var bbr3Profiles = map[string]bbr3Profile{
	"linux": {drain: 1000. / 2885, down: 0.91, loss: 5. / 256, beta: 76. / 256, headroom: 38. / 256},
	"draft": {drain: 0.5, down: 0.90, loss: 0.02, beta: 0.3, headroom: 0.15},
}

// BBR3 is version 3: as BBR, and within bounds of rate and of bytes in flight that losses teach,
// at most a fiftieth of what is in flight. It probes for more every two to three
// seconds. Its response to ECN, which wants the marks of a data centre, and its
// compensation of aggregated ACKs are left out.
type BBR3 struct {
	bbrModel
	Profile string `toml:"profile" doc:"whose constants: linux (google/bbr) or draft (draft-ietf-ccwg-bbr)"`

	is   bbr3Profile
	now  sim.Time
	high [2]float64 // bw_hi: largest rates of the last cycle of PROBE_BW and of this one

	// What losses teach; +Inf: nothing.
	lowRate      float64 // bw_lo, bytes/s
	lowInFlight  float64 // inflight_lo, bytes
	highInFlight float64 // inflight_hi, bytes

	latestRate      float64 // bw_latest: largest sample of this round
	latestDelivered float64 // inflight_latest
	lossRoundEnd    units.Bytes
	lossRoundStart  bool
	lossInRound     bool
	lossEvents      int // ACKs of this round that told of losses

	fullNow    bool          // the rate has stopped growing
	leastRTT   time.Duration // of five seconds
	leastRTTAt sim.Time

	bbr3Cycle
}

var _ Modeler = (*BBR3)(nil)

// Validate reports a profile that there is not.
func (b *BBR3) Validate() error {
	return words.Check("profile", b.Profile, "linux", "draft")
}

// Init implements Controller.
func (b *BBR3) Init(f *Flow) {
	b.is = bbr3Profiles[b.Profile]
	b.initial = f.Cwnd
	b.highInFlight = math.Inf(1)
	b.forgetLow()
	b.start(f, bbr3StartupGain)
}

// forgetLow takes back the lower bounds.
func (b *BBR3) forgetLow() { b.lowRate, b.lowInFlight = math.Inf(1), math.Inf(1) }

// maxRate is the largest rate of two cycles.
func (b *BBR3) maxRate() float64 { return max(b.high[0], b.high[1]) }

// rate is what the model believes the path delivers to this flow.
func (b *BBR3) rate() float64 { return min(b.maxRate(), b.lowRate) }

// OnAck implements Controller: the model first, then what follows from it.
func (b *BBR3) OnAck(f *Flow, a Ack) {
	b.now = a.Now
	s := a.Sample
	valid := b.observe(f, a)
	b.lossRoundStart = false
	if valid {
		b.latest(s)
		b.learn(f)
		b.leaveStartup(f, s)
		if !b.fullNow {
			b.fullNow = b.fill(s.Rate, b.limited(s))
			b.full = b.full || b.fullNow
		}
	}
	b.drain(f)
	if valid && b.full {
		b.advance(f, a)
	}
	b.refresh(f, a)
	b.pace(f, bbr3StartupGain, bbr3Margin*b.pacingGain()*b.rate())
	b.setWindow(f, a)
	if b.lossRoundStart {
		b.latestRate, b.latestDelivered = s.Rate, float64(s.Delivered())
	}
	b.lost = 0
}

// latest takes in a sample, and counts the rounds of losses, which begin with a loss.
func (b *BBR3) latest(s *Sample) {
	b.latestRate = max(b.latestRate, s.Rate)
	b.latestDelivered = max(b.latestDelivered, float64(s.Delivered()))
	if s.Prior >= b.lossRoundEnd {
		b.lossRoundEnd = b.total
		b.lossRoundStart = true
	}
	if !b.limited(s) || s.Rate >= b.maxRate() {
		b.high[1] = max(b.high[1], s.Rate)
	}
}

// learn lowers the lower bounds after a round with losses, unless the flow was out for
// more.
func (b *BBR3) learn(f *Flow) {
	if !b.lossRoundStart {
		return
	}
	if b.lossInRound && !b.probing() {
		if math.IsInf(b.lowRate, 1) {
			b.lowRate = b.maxRate()
		}
		if math.IsInf(b.lowInFlight, 1) {
			b.lowInFlight = f.Cwnd
		}
		b.lowRate = max(b.latestRate, (1-b.is.beta)*b.lowRate)
		b.lowInFlight = max(b.latestDelivered, (1-b.is.beta)*b.lowInFlight)
	}
	b.lossInRound = false
}

// tooMuch reports whether more was lost than s bears.
func (b *BBR3) tooMuch(s *Sample) bool {
	return s.Lost > 0 && float64(s.Lost) > b.is.loss*float64(s.InFlight)
}

// leaveStartup ends STARTUP when a round of recovery has shown that the queue is full.
func (b *BBR3) leaveStartup(f *Flow, s *Sample) {
	if b.full {
		return
	}
	if b.lost > 0 {
		b.lossEvents++
	}
	if !b.lossRoundStart {
		return
	}
	if f.Recovery && b.lossEvents >= bbr3LossEvents && b.tooMuch(s) {
		b.full = true
		b.highInFlight = max(b.inFlight(f, b.maxRate(), 1), b.latestDelivered)
	}
	b.lossEvents = 0
}

// drain leaves STARTUP when the pipe is full, and DRAIN when the queue is gone.
func (b *BBR3) drain(f *Flow) {
	if b.mode == bbrStartup && b.full {
		b.mode = bbrDrain
	}
	if b.mode == bbrDrain && float64(f.InFlight) <= b.inFlight(f, b.maxRate(), 1) {
		b.startDown()
	}
}

// refresh keeps the least RTT of ten seconds. If it was not seen for five, PROBE_RTT
// looks for it.
func (b *BBR3) refresh(f *Flow, a Ack) {
	expired := b.leastRTT > 0 && a.Now.Sub(b.leastRTTAt) > bbr3ProbeRTT
	if a.RTT > 0 && (b.leastRTT == 0 || a.RTT < b.leastRTT || expired) {
		b.leastRTT, b.leastRTTAt = a.RTT, a.Now
	}
	if b.minRTT == 0 || b.leastRTT <= b.minRTT || a.Now.Sub(b.minRTTAt) > minRTTWindow {
		b.minRTT, b.minRTTAt = b.leastRTT, b.leastRTTAt
	}
	if expired && !b.restarted && b.mode != bbrProbeRTT {
		b.enterProbeRTT(f)
		b.acks = acksOfStop
		b.nextRound()
	}
	if b.mode == bbrProbeRTT {
		b.endProbeRTT(f)
	}
	b.restarted = false
}

// probeRTTWindow is the window of PROBE_RTT: half the BDP.
func (b *BBR3) probeRTTWindow(f *Flow) float64 {
	return max(b.bdp(b.rate(), 0.5), bbrFloor*float64(f.MSS))
}

// endProbeRTT leaves PROBE_RTT when it is over.
func (b *BBR3) endProbeRTT(f *Flow) {
	if !b.probeRTTOver(f, b.now, b.probeRTTWindow(f)) {
		return
	}
	b.leastRTTAt = b.now
	f.Cwnd = max(f.Cwnd, b.prior)
	b.forgetLow()
	b.mode = bbrStartup
	if b.full {
		b.startDown()
		b.startCruise()
	}
}

// pacingGain returns the factor of the rate.
func (b *BBR3) pacingGain() float64 {
	switch b.mode {
	case bbrStartup:
		return bbr3StartupGain
	case bbrDrain:
		return b.is.drain
	case bbrProbeBW:
		switch b.phase {
		case bbr3Down:
			return b.is.down
		case bbr3Up:
			return bbr3UpGain
		}
	}
	return 1
}

// setWindow opens the window towards its gain times the BDP, within the bounds. Unlike version 1
// it does not conserve packets in a recovery, because the bounds answer losses.
func (b *BBR3) setWindow(f *Flow, a Ack) {
	if b.repairing && !f.TimedOut {
		f.Cwnd = max(f.Cwnd, b.prior)
	}
	b.repairing = f.TimedOut
	up := b.mode == bbrProbeBW && b.phase == bbr3Up
	gain := float64(bbrCwndGain)
	switch {
	case up:
		gain = bbr3UpCwndGain
	case b.mode == bbrProbeRTT:
		gain = 1
	}
	target := b.inFlight(f, b.rate(), gain)
	if up {
		target += float64(2 * f.MSS) // so that a small BDP is exceeded, too
	}
	b.grow(f, a, target)
	if b.mode == bbrProbeRTT {
		f.Cwnd = min(f.Cwnd, b.probeRTTWindow(f))
	}
	f.Cwnd = min(f.Cwnd, max(b.bound(f), bbrFloor*float64(f.MSS)))
}

// bound is the most that may be in flight. CRUISE and PROBE_RTT leave room to others.
func (b *BBR3) bound(f *Flow) float64 {
	most := math.Inf(1)
	switch {
	case b.mode == bbrProbeRTT, b.mode == bbrProbeBW && b.phase == bbr3Cruise:
		most = b.withHeadroom(f)
	case b.mode == bbrProbeBW:
		most = b.highInFlight
	}
	return min(most, b.lowInFlight)
}

// withHeadroom is inflight_hi without what is left to others, in whole segments.
func (b *BBR3) withHeadroom(f *Flow) float64 {
	if math.IsInf(b.highInFlight, 1) {
		return b.highInFlight
	}
	mss := float64(f.MSS)
	room := max(math.Floor(b.is.headroom*b.highInFlight/mss), 1)
	return max(b.highInFlight-float64(room*mss), bbrFloor*mss)
}

// OnRestart implements Modeler.
func (b *BBR3) OnRestart(f *Flow, now sim.Time) {
	b.restarted = true
	b.now = now
	switch b.mode {
	case bbrProbeBW:
		b.pace(f, bbr3StartupGain, bbr3Margin*b.rate())
	case bbrProbeRTT:
		b.endProbeRTT(f)
	}
}
