package cc

import (
	"math"
	"time"

	"mpsim/sim"
)

// kernelCubic is CUBIC as Linux computes it: windows in whole segments, times in
// 1/1024 s. Besides the rounding, it departs from RFC 9438 in that the window grows by at
// most half a segment for each acknowledged one, until the first loss by at least a
// twentieth, and in that a timeout makes it forget W_max.
type kernelCubic struct {
	epoch   sim.Time // start of this congestion avoidance stage
	running bool     // epoch is valid
	lastMax int64    // window at the last loss, 0 if there was none
	origin  int64    // W_max of this stage
	k       int64    // 1/1024 s
	reno    int64    // Reno's window, section 4.3
	acked   int64    // segments, since reno last grew
	count   int64    // segments, since the window last grew
	rest    float64  // bytes, less than a segment
}

// scale is C as Linux has it, in 1/1024 and a multiple of ten: 410 for the RFC's 0.4.
func (q *CUBIC) scale() int64 { return 10 * max(int64(q.C*102.4+0.5), 1) }

// beta1024 is β in 1/1024: 717 for the RFC's 0.7.
func (q *CUBIC) beta1024() int64 { return min(int64(q.Beta*1024+0.5), 1023) }

// onAckLinux adds segments to the window as left bytes are acknowledged.
func (q *CUBIC) onAckLinux(f *Flow, a Ack, left float64) {
	s, mss := &q.kernel, float64(f.MSS)
	bytes := s.rest + left
	acked := math.Floor(bytes / mss)
	s.rest = bytes - float64(acked*mss)
	if acked == 0 {
		return
	}
	need := q.need(a.Now, f.MinRTT, segments(f, f.Cwnd), int64(acked))
	if s.count >= need { // it was more before
		s.count = 0
		f.Cwnd += mss
	}
	s.count += int64(acked)
	f.Cwnd += float64(float64(s.count/need) * mss)
	s.count %= need
}

// need returns how many segments must be acknowledged for the window cwnd to
// grow by one, when acked more have been.
func (q *CUBIC) need(now sim.Time, minRTT time.Duration, cwnd, acked int64) int64 {
	s := &q.kernel
	s.acked += acked
	if !s.running {
		s.running, s.epoch, s.acked, s.reno = true, now, acked, cwnd
		s.origin, s.k = cwnd, 0
		if s.lastMax > cwnd {
			s.origin, s.k = s.lastMax, q.wholeK(s.lastMax-cwnd)
		}
	}
	need := 100 * cwnd
	if target := q.target(now.Sub(s.epoch) + minRTT); target > cwnd {
		need = cwnd / (target - cwnd)
	}
	if s.lastMax == 0 {
		need = min(need, 20)
	}
	beta := q.beta1024()
	perReno := max(cwnd*(8*(1024+beta)/3/(1024-beta))>>3, 1)
	grown := (s.acked - 1) / perReno
	s.reno, s.acked = s.reno+grown, s.acked-grown*perReno
	if s.reno > cwnd {
		need = min(need, cwnd/(s.reno-cwnd))
	}
	return max(need, 2)
}

// wholeK returns K for a window d segments below W_max. Unlike Linux's, whose cube root
// may be 0.2 % off, it is exact but for the fraction.
func (q *CUBIC) wholeK(d int64) int64 {
	perSegment := (1 << 40) / q.scale()
	x := perSegment * min(d, (1<<62)/perSegment) // a window of which cubes fit 64 bits
	k := int64(cbrt(float64(x)))
	for k*k*k > x {
		k--
	}
	for (k+1)*(k+1)*(k+1) <= x {
		k++
	}
	return k
}

// target returns W_cubic at t after the start of the stage, in segments.
func (q *CUBIC) target(t time.Duration) int64 {
	const far = 1 << 16 // a minute from K no link has such a window, and the cube fits 64 bits
	ticks := int64(t.Seconds() * 1024)
	off := min(max(ticks-q.kernel.k, -far), far)
	if off < 0 {
		return q.kernel.origin - q.scale()*(-off*-off*-off)>>40
	}
	return q.kernel.origin + q.scale()*(off*off*off)>>40
}

// onCongestionLinux remembers the window, or forgets all.
func (q *CUBIC) onCongestionLinux(f *Flow, c Congestion) {
	s, beta := &q.kernel, q.beta1024()
	cwnd := segments(f, f.Cwnd)
	if q.FastConvergence && cwnd < s.lastMax {
		s.lastMax = cwnd * (1024 + beta) / 2048
	} else {
		s.lastMax = cwnd
	}
	s.running = false
	if c.Cause == Timeout {
		*s = kernelCubic{}
	}
	f.Reduce(float64(cwnd*beta/1024*int64(f.MSS)), 2, c)
}
