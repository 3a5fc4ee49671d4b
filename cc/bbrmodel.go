package cc

import (
	"math"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// Constants of all versions.
const (
	bbrFloor      = 4                      // least window, segments
	bbrQuantum    = 3                      // segments beyond the model: for delayed ACKs and pieces
	bbrGrowth     = 1.25                   // less growth of the rate than this in a round is none
	bbrFullRounds = 3                      // rounds without growth after which the pipe is full
	bbrProbeTime  = 200 * time.Millisecond // of PROBE_RTT
	minRTTWindow  = 10 * time.Second       // for which the least RTT is believed
	bbrNoRTT      = time.Millisecond       // for the initial pacing rate without a sample
)

// bbrMode is what BBR is doing.
type bbrMode uint8

const (
	bbrStartup bbrMode = iota
	bbrDrain
	bbrProbeBW
	bbrProbeRTT
)

// bbrModel is what the versions of BBR know of the path in the same way, and how they hold
// the window through losses and PROBE_RTT.
type bbrModel struct {
	mode    bbrMode
	random  *rand.Rand
	initial float64 // window, bytes

	total      units.Bytes // delivered
	roundEnd   units.Bytes // total when the first segment of the next round was sent
	round      int
	roundStart bool        // with this ACK
	ownLimit   units.Bytes // until total exceeds it, PROBE_RTT limits the rate

	minRTT   time.Duration // 0: no sample
	minRTTAt sim.Time
	paced    bool // the initial pacing rate is by a sample of the RTT

	fullBW    float64 // rate that was last found grown, bytes/s
	fullCount int     // rounds without growth since
	full      bool    // the pipe has been filled once

	lost       units.Bytes // found so since the last ACK
	recovery   bool        // Flow.Recovery at the last ACK
	repairing  bool        // that, or TimedOut
	conserving bool        // in the first round of a recovery
	prior      float64     // window before the recovery, or PROBE_RTT
	saved      bbrSaved
	restarted  bool // after idle time; no ACK has come since

	probeEnd       sim.Time // of PROBE_RTT; 0: the pipe is still too full
	probeRoundOver bool
}

// bbrSaved is what a timeout changes and Undo brings back.
type bbrSaved struct {
	prior, fullBW         float64
	fullCount             int
	repairing, conserving bool
}

// Randomize implements Randomizer.
func (m *bbrModel) Randomize(r *rand.Rand) { m.random = r }

// draw returns a random number in [0, 1), or 0 without a stream.
func (m *bbrModel) draw() float64 {
	if m.random == nil {
		return 0
	}
	return m.random.Float64()
}

// start sets the pacing rate to gain initial windows a round trip.
func (m *bbrModel) start(f *Flow, gain float64) {
	rtt := f.SRTT
	m.paced = rtt > 0
	if !m.paced {
		rtt = bbrNoRTT
	}
	f.Pacing = bandwidth(gain * m.initial / rtt.Seconds())
}

// bandwidth returns rate bytes/s as a Bandwidth that sends at all, and fits one.
func bandwidth(rate float64) units.Bandwidth {
	return units.Bandwidth(min(max(math.Round(rate*8), 1), 1<<62))
}

// pace sets the pacing rate to rate bytes/s. Until the pipe is full it only grows.
func (m *bbrModel) pace(f *Flow, gain, rate float64) {
	if !m.paced && f.SRTT > 0 {
		m.start(f, gain)
	}
	if r := bandwidth(rate); m.full || r > f.Pacing {
		f.Pacing = r
	}
}

// observe counts the rounds: one ends when a segment is delivered that was sent after
// it had begun. It reports whether a tells a rate.
func (m *bbrModel) observe(f *Flow, a Ack) bool {
	m.roundStart = false
	s := a.Sample
	if s == nil {
		return false
	}
	m.total = s.Total
	if m.mode == bbrProbeRTT {
		m.ownLimit = s.Total + f.InFlight
	}
	if s.Rate == 0 {
		return false
	}
	if s.Prior >= m.roundEnd {
		m.nextRound()
		m.round++
		m.roundStart = true
		m.conserving = false
	}
	return true
}

// nextRound begins a round with the next segment that is sent.
func (m *bbrModel) nextRound() { m.roundEnd = m.total }

// limited reports whether the rate of s is no more than what there was to send, or than
// PROBE_RTT let out.
func (m *bbrModel) limited(s *Sample) bool { return s.AppLimited || s.Prior < m.ownLimit }

// fill looks whether rate has stopped growing, once a round, and reports whether that is
// so for three rounds.
func (m *bbrModel) fill(rate float64, limited bool) bool {
	switch {
	case limited:
	case rate >= m.fullBW*bbrGrowth:
		m.fullBW, m.fullCount = rate, 0
	case m.roundStart:
		m.fullCount++
	}
	return m.fullCount >= bbrFullRounds
}

// bdp returns gain times what rate bytes/s deliver in the least RTT; without a sample, times
// the initial window.
func (m *bbrModel) bdp(rate, gain float64) float64 {
	if m.minRTT == 0 {
		return gain * m.initial
	}
	return gain * rate * m.minRTT.Seconds()
}

// inFlight returns how many bytes in flight gain times the BDP means: whole segments, an
// even number of them, which leave room for delayed ACKs.
func (m *bbrModel) inFlight(f *Flow, rate, gain float64) float64 {
	mss := float64(f.MSS)
	n := math.Ceil(m.bdp(rate, gain)/mss) + bbrQuantum
	return float64((n + math.Mod(n, 2)) * mss)
}

// repair follows the recoveries of the sender and reports whether the window is that of
// packet conservation: what is delivered may leave again, no more. It ends with
// the round, and with the recovery the window is as before.
func (m *bbrModel) repair(f *Flow, a Ack) bool {
	f.Cwnd = max(f.Cwnd-float64(m.lost), float64(f.MSS))
	now := float64(f.InFlight + max(a.Bytes, f.MSS))
	repairing := f.Recovery || f.TimedOut
	switch {
	case f.Recovery && !m.recovery:
		m.save(f.Cwnd + float64(m.lost))
		m.conserving = true
		m.nextRound()
		f.Cwnd = now
	case m.repairing && !repairing:
		m.conserving = false
		f.Cwnd = max(f.Cwnd, m.prior)
	}
	m.recovery, m.repairing = f.Recovery, repairing
	if m.conserving {
		f.Cwnd = max(f.Cwnd, now)
	}
	return m.conserving
}

// save keeps the window cwnd for when what makes it small is over.
func (m *bbrModel) save(cwnd float64) {
	if m.repairing || m.mode == bbrProbeRTT {
		cwnd = max(cwnd, m.prior)
	}
	m.prior = cwnd
}

// grow opens the window by a towards target: beyond it only before the pipe is full, if
// hardly anything was delivered.
func (m *bbrModel) grow(f *Flow, a Ack, target float64) {
	switch acked := float64(a.Bytes); {
	case m.full:
		f.Cwnd = min(f.Cwnd+acked, target)
	case f.Cwnd < target || float64(m.total) < m.initial:
		f.Cwnd += acked
	}
	f.Cwnd = max(f.Cwnd, bbrFloor*float64(f.MSS))
}

// OnCongestion implements Controller. A loss or a mark says nothing that OnLost does not; after a
// timeout little is in flight, and the window opens anew until what was lost is repaired.
func (m *bbrModel) OnCongestion(f *Flow, c Congestion) {
	m.saved = bbrSaved{m.prior, m.fullBW, m.fullCount, m.repairing, m.conserving}
	if c.Cause != Timeout {
		return
	}
	m.save(f.Cwnd)
	m.fullBW, m.fullCount = 0, 0
	m.repairing, m.conserving = true, false
	f.Cwnd = float64(f.MSS)
}

// Undo implements Undoer.
func (m *bbrModel) Undo(*Flow) {
	s := m.saved
	m.prior, m.fullBW, m.fullCount, m.repairing, m.conserving = s.prior, s.fullBW, s.fullCount, s.repairing, s.conserving
}

// OnLost implements Modeler.
func (m *bbrModel) OnLost(_ *Flow, n units.Bytes, _ Sample) { m.lost += n }

// enterProbeRTT begins to see the least RTT: with few segments in flight no queue is ours.
func (m *bbrModel) enterProbeRTT(f *Flow) {
	m.save(f.Cwnd)
	m.mode = bbrProbeRTT
	m.probeEnd = 0
	m.ownLimit = m.total + f.InFlight
}

// probeRTTOver reports whether no more than most bytes have been in flight for 200 ms and a
// round.
func (m *bbrModel) probeRTTOver(f *Flow, now sim.Time, most float64) bool {
	switch {
	case m.probeEnd == 0 && float64(f.InFlight) <= most:
		m.probeEnd = now.Add(bbrProbeTime)
		m.probeRoundOver = false
		m.nextRound()
	case m.probeEnd > 0 && m.roundStart:
		m.probeRoundOver = true
	}
	return m.probeEnd > 0 && m.probeRoundOver && now > m.probeEnd
}
