package netem

import (
	"math"
	"math/bits"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// ConstantRate is the Rate of a link whose capacity never changes; a link of
// rate 0 never sends. A link with a ConstantRate takes exactly the time n
// bytes need, however many packets they are: see serializer.
type ConstantRate units.Bandwidth

// Serve implements Rate.
func (r ConstantRate) Serve(start sim.Time, n units.Bytes) sim.Time {
	return after(start, units.Bandwidth(r).TxTime(n))
}

// Mean implements Rate.
func (r ConstantRate) Mean() units.Bandwidth { return units.Bandwidth(r) }

// Capacity implements Rate.
func (r ConstantRate) Capacity(from, to sim.Time) float64 { return float64(r) * to.Sub(from).Seconds() }

// ConstantDelay is the Delay of a link as long for every packet.
type ConstantDelay time.Duration

// Of implements Delay.
func (d ConstantDelay) Of(sim.Time, *Packet) time.Duration { return time.Duration(d) }

// InOrder implements Delay.
func (d ConstantDelay) InOrder() bool { return true }

// Min implements Delay.
func (d ConstantDelay) Min() time.Duration { return time.Duration(d) }

// after returns t+d for d >= 0, or Never if that is out of range.
func after(t sim.Time, d time.Duration) sim.Time {
	if d > time.Duration(sim.Never-t) {
		return sim.Never
	}
	return t.Add(d)
}

// A serializer turns work into time at a constant rate. Each transmission ends
// on a whole nanosecond, rounded up; what was rounded is credited to the next one
// if that follows without a gap, so that n bytes back to back take
// ceil(8n/rate) and no drift accumulates.
//
// Work is measured in units of 1e-9 bit: one nanosecond at rate b does b units.
type serializer struct {
	rate   uint64 // bit/s; not 0
	credit uint64 // work done beyond the end of the last transmission, < rate
	work   uint64 // the last work divided, kept because most packets are of a size
	quo    uint64
	rem    uint64
}

// bytesWork is the work of one byte.
const bytesWork = 8e9

// transmit returns how long w takes after the last transmission.
func (s *serializer) transmit(w uint64) time.Duration {
	if w != s.work {
		s.work, s.quo, s.rem = w, w/s.rate, w%s.rate
	}
	ns := s.quo
	if s.rem > s.credit {
		ns++
		s.credit += s.rate - s.rem
	} else {
		s.credit -= s.rem
	}
	return time.Duration(ns)
}

// mulDiv returns ceil(a*b/c), saturated.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, c-1, 0)
	hi += carry
	if hi >= c {
		return math.MaxUint64
	}
	q, _ := bits.Div64(hi, lo, c)
	return q
}
