package cc

import "mpsim/sim"

func init() {
	Registry.Register("bbr", "Cardwell et al., ACM Queue 14(5), 2016; draft-cardwell-iccrg-bbr-congestion-control-00", func() Controller {
		return &BBR{}
	})
}

// Gains of BBR, version 1.
const (
	bbrHighGain = 2.885 // 2/ln 2: doubles the rate in a round
	bbrCwndGain = 2     // times the BDP in flight: for delayed and stretched ACKs
	bbrRounds   = 10    // of the filter of the rate
)

// bbrCycle is the gains of PROBE_BW: to try for more, to drain what that has queued, to cruise.
var bbrCycle = [...]float64{1.25, 0.75, 1, 1, 1, 1, 1, 1}

// BBR is version 1: it paces at the largest rate that the path has delivered in ten rounds and
// keeps two times the product of that and the least RTT in flight. Losses do not slow it
// down. Detection of policers and compensation of aggregated ACKs, which Linux
// adds, are left out.
type BBR struct {
	bbrModel
	rates   maxFilter
	phase   int // of bbrCycle
	phaseAt sim.Time
	sharers int // subflows that the bottleneck is divided among, if more than one; see CMPBBR
}

var _ Modeler = (*BBR)(nil)

// maxFilter is the largest of the values of the last rounds that had any.
type maxFilter struct {
	max   float64
	round [bbrRounds]int
	value [bbrRounds]float64
}

// add takes in a value of a round, no earlier than that of the last one.
func (w *maxFilter) add(round int, v float64) {
	i := round % bbrRounds
	if w.round[i] == round {
		w.value[i] = max(w.value[i], v)
		w.max = max(w.max, v)
		return
	}
	w.round[i], w.value[i] = round, v
	w.max = v
	for j := range w.round {
		if w.round[j] > round-bbrRounds {
			w.max = max(w.max, w.value[j])
		}
	}
}

// Init implements Controller.
func (b *BBR) Init(f *Flow) {
	b.initial = f.Cwnd
	b.start(f, bbrHighGain)
}

// OnAck implements Controller: the model first, then what follows from it.
func (b *BBR) OnAck(f *Flow, a Ack) {
	if b.observe(f, a) {
		s := a.Sample
		limited := b.limited(s)
		if !limited || s.Rate >= b.rates.max {
			b.rates.add(b.round, s.Rate)
		}
		b.advance(f, a)
		if b.roundStart && !b.full {
			b.full = b.fill(b.rates.max, limited)
		}
	}
	b.drain(f, a)
	b.refresh(f, a)
	b.pace(f, bbrHighGain, b.pacingGain()*b.share())
	b.setWindow(f, a)
	b.lost = 0
}

// pacingGain returns the factor of the rate.
func (b *BBR) pacingGain() float64 {
	switch b.mode {
	case bbrStartup:
		return bbrHighGain
	case bbrDrain:
		return 1 / bbrHighGain
	case bbrProbeBW:
		return bbrCycle[b.phase]
	}
	return 1
}

// advance goes through the phases of PROBE_BW, a least RTT each. That of more lasts until
// so much is in flight, or lost; that of less ends as soon as the queue is gone.
func (b *BBR) advance(f *Flow, a Ack) {
	if b.mode != bbrProbeBW {
		return
	}
	before := float64(f.InFlight + a.Bytes + b.lost)
	next := a.Now.Sub(b.phaseAt) > b.minRTT
	switch gain := bbrCycle[b.phase]; {
	case gain > 1:
		next = next && (b.lost > 0 || before >= b.aim(f, b.rates.max, gain))
	case gain < 1:
		next = next || before <= b.aim(f, b.rates.max, 1)
	}
	if next {
		b.enter((b.phase+1)%len(bbrCycle), a.Now)
	}
}

// enter begins a phase of PROBE_BW.
func (b *BBR) enter(phase int, now sim.Time) { b.mode, b.phase, b.phaseAt = bbrProbeBW, phase, now }

// probeBW enters PROBE_BW in a phase drawn at random, but not in that of less: there is no queue
// to drain.
func (b *BBR) probeBW(now sim.Time) {
	n := len(bbrCycle)
	b.enter((n-int(b.draw()*float64(n-1)))%n, now)
}

// drain leaves STARTUP when the pipe is full, and DRAIN when the queue is gone.
func (b *BBR) drain(f *Flow, a Ack) {
	if b.mode == bbrStartup && b.full {
		b.mode = bbrDrain
	}
	if b.mode == bbrDrain && float64(f.InFlight) <= b.aim(f, b.rates.max, 1) {
		b.probeBW(a.Now)
	}
}

// refresh keeps the least RTT of ten seconds. If it was not seen for so long, PROBE_RTT
// looks for it.
func (b *BBR) refresh(f *Flow, a Ack) {
	expired := b.minRTT > 0 && a.Now.Sub(b.minRTTAt) > minRTTWindow
	if a.RTT > 0 && (b.minRTT == 0 || a.RTT <= b.minRTT || expired) {
		b.minRTT, b.minRTTAt = a.RTT, a.Now
	}
	if expired && !b.restarted && b.mode != bbrProbeRTT {
		b.enterProbeRTT(f)
	}
	if b.mode == bbrProbeRTT {
		b.endProbeRTT(f, a.Now)
	}
	b.restarted = false
}

// endProbeRTT leaves PROBE_RTT when it is over.
func (b *BBR) endProbeRTT(f *Flow, now sim.Time) {
	if !b.probeRTTOver(f, now, bbrFloor*float64(f.MSS)) {
		return
	}
	b.minRTTAt = now
	f.Cwnd = max(f.Cwnd, b.prior)
	b.mode = bbrStartup
	if b.full {
		b.probeBW(now)
	}
}

// share returns the part of the rate that this subflow takes.
func (b *BBR) share() float64 { return b.rates.max / float64(max(b.sharers, 1)) }

// aim returns the bytes in flight that gain means at rate.
func (b *BBR) aim(f *Flow, rate, gain float64) float64 {
	n := b.inFlight(f, rate, gain)
	if b.mode == bbrProbeBW && b.phase == 0 {
		n += float64(2 * f.MSS) // so that a small BDP is exceeded, too
	}
	return n
}

// setWindow opens the window towards its gain times the BDP.
func (b *BBR) setWindow(f *Flow, a Ack) {
	if !b.repair(f, a) {
		gain := float64(bbrCwndGain)
		if b.mode == bbrStartup || b.mode == bbrDrain {
			gain = bbrHighGain
		}
		b.grow(f, a, b.aim(f, b.share(), gain))
	}
	if b.mode == bbrProbeRTT {
		f.Cwnd = min(f.Cwnd, bbrFloor*float64(f.MSS))
	}
}

// OnRestart implements Modeler: the pause has drained the queue, so that nothing is to be
// tried or drained.
func (b *BBR) OnRestart(f *Flow, now sim.Time) {
	b.restarted = true
	switch b.mode {
	case bbrProbeBW:
		b.pace(f, bbrHighGain, b.share())
	case bbrProbeRTT:
		b.endProbeRTT(f, now)
	}
}
