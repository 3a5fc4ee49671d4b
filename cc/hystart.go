package cc

import (
	"math"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	SlowStartRegistry.Register("hystart++", "RFC 9406", func() SlowStartExit { return &HyStartPP{} })
	SlowStartRegistry.Register("hystart", "Ha and Rhee, PFLDNet 2008, as in Linux's CUBIC", func() SlowStartExit { return &HyStart{} })
}

// The constants of RFC 9406, section 4.3, which Linux shares.
const (
	minRTTThresh  = 4 * time.Millisecond
	maxRTTThresh  = 16 * time.Millisecond
	rttDivisor    = 8
	nRTTSample    = 8
	cssDivisor    = 4
	cssRounds     = 5
	burstSegments = 8 // L
)

// rttThresh returns how much the RTT may rise above last before that is a sign
// of a queue.
func rttThresh(last time.Duration) time.Duration {
	return min(max(last/rttDivisor, minRTTThresh), maxRTTThresh)
}

const noRTT time.Duration = math.MaxInt64

// HyStartPP is RFC 9406: when the RTT rises, a slower growth first proves that
// it stays so.
type HyStartPP struct {
	last, current time.Duration // least RTT of the last and of this round; 0: none yet
	samples       int
	baseline      time.Duration // least RTT when the slow phase began
	css           bool
	rounds        int // of the slow phase
	done          bool
}

// Grow implements SlowStartExit (section 4.2).
func (h *HyStartPP) Grow(f *Flow, a Ack) float64 {
	if h.done || !math.IsInf(f.Ssthresh, 1) { // only in the initial slow start
		h.done = true
		return float64(a.Bytes)
	}
	if a.Round {
		h.newRound(f)
	}
	if a.RTT > 0 {
		if h.current == 0 || a.RTT < h.current {
			h.current = a.RTT
		}
		h.samples++
	}
	grow := min(float64(a.Bytes), burstSegments*float64(f.MSS))
	switch {
	case h.css:
		grow /= cssDivisor
		if h.samples >= nRTTSample && h.current < h.baseline {
			h.css = false // the rise was spurious
		}
	case h.samples >= nRTTSample && h.current > 0 && h.last > 0 && h.current >= h.last+rttThresh(h.last):
		h.css, h.baseline, h.rounds = true, h.current, 0
	}
	return grow
}

func (h *HyStartPP) newRound(f *Flow) {
	if h.css {
		if h.rounds++; h.rounds >= cssRounds {
			f.Ssthresh = f.Cwnd
			h.done = true
		}
	}
	h.last, h.current, h.samples = h.current, 0, 0
}

// HyStart ends slow start at once, when the ACKs of a round have come in a train
// as long as half the least RTT, or when the RTT has risen.
type HyStart struct {
	acked, end          units.Bytes   // acknowledged, and what is when the round ends
	least               time.Duration // RTT of data; 0: none yet
	roundStart, lastAck sim.Time
	current             time.Duration // least RTT of this round
	samples             int
	done                bool
}

// The constants of Linux's CUBIC.
const (
	trainGap   = 2 * time.Millisecond
	lowSegment = 16
	ackDelay   = time.Millisecond // of a burst, at most
	burst      = 4 * 64 * units.KiB
)

// Grow implements SlowStartExit. As in Linux, and unlike in Ack.Round, a round ends with the
// first ACK of what was sent since it began, and the RTT of the SYN does not count.
func (h *HyStart) Grow(f *Flow, a Ack) float64 {
	grow := float64(a.Bytes)
	h.acked += a.Bytes
	if h.done || a.RTT == 0 {
		return grow
	}
	if h.least == 0 || a.RTT < h.least {
		h.least = a.RTT
	}
	if h.acked > h.end {
		h.roundStart, h.lastAck, h.end = a.Now, a.Now, h.acked+f.InFlight
		h.current, h.samples = noRTT, 0
	}
	if f.Cwnd < lowSegment*float64(f.MSS) {
		return grow
	}
	if a.Now.Sub(h.lastAck) <= trainGap {
		h.lastAck = a.Now
		if a.Now.Sub(h.roundStart) > (h.least+h.delayOf(f))/2 {
			h.exit(f)
		}
	}
	h.current = min(h.current, a.RTT)
	if h.samples < nRTTSample {
		h.samples++
	} else if h.current > h.least+rttThresh(h.least) {
		h.exit(f)
	}
	return grow
}

// delayOf returns the time that Linux allows for bursts on the way: that of four at the rate of
// slow start.
func (h *HyStart) delayOf(f *Flow) time.Duration {
	return min(ackDelay, time.Duration(float64(burst)*float64(f.SRTT)/(2*f.Cwnd)))
}

func (h *HyStart) exit(f *Flow) {
	f.Ssthresh = f.Cwnd
	h.done = true
}
