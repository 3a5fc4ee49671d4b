package cc

import (
	"fmt"
	"math"

	"mpsim/sim"
)

func init() {
	Registry.Register("cubic", "RFC 9438", func() Controller {
		return &CUBIC{C: 0.4, Beta: 0.7, FastConvergence: true}
	})
}

// CUBIC is RFC 9438. Its windows are in segments, as in the RFC.
type CUBIC struct {
	C               float64 `toml:"c" doc:"aggressiveness, segments/s³"`
	Beta            float64 `toml:"beta" doc:"multiplicative decrease factor"`
	FastConvergence bool    `toml:"fast_convergence" doc:"release bandwidth when the window shrinks (section 4.7)"`
	Linux           bool    `toml:"linux" doc:"count in whole segments and in 1/1024 s as Linux does"`

	state, saved        cubicState
	kernel, kernelSaved kernelCubic // if Linux
}

// Validate reports parameters that give no window.
func (q *CUBIC) Validate() error {
	switch {
	case !(q.C >= 1e-6 && q.C <= 10):
		return fmt.Errorf("c %g: want 1e-6 to 10 segments/s³", q.C)
	case !(q.Beta > 0 && q.Beta < 1):
		return fmt.Errorf("beta %g: want between 0 and 1", q.Beta)
	}
	return nil
}

type cubicState struct {
	wMax, k   float64 // segments; seconds
	wEst      float64 // Reno's window, section 4.3
	cwndPrior float64
	epoch     sim.Time
	running   bool // epoch is valid
	timedOut  bool // the next epoch starts after a timeout, section 4.8
	lastAck   sim.Time
}

// Init implements Controller.
func (*CUBIC) Init(*Flow) {}

// OnAck implements Controller.
func (q *CUBIC) OnAck(f *Flow, a Ack) {
	s := &q.state
	if a.AppLimited { // section 4.2: time without use does not count
		s.epoch += a.Now - s.lastAck
		q.kernel.epoch += a.Now - s.lastAck
	}
	s.lastAck = a.Now
	left := f.SlowStart(a)
	if left == 0 {
		return
	}
	if q.Linux {
		q.onAckLinux(f, a, left)
		return
	}
	mss := float64(f.MSS)
	w, acked := f.Cwnd/mss, left/mss
	if !s.running {
		q.startEpoch(a.Now, w)
	}
	alpha := 3 * (1 - q.Beta) / (1 + q.Beta)
	if s.wEst >= s.cwndPrior {
		alpha = 1
	}
	s.wEst += alpha * acked / w
	t := a.Now.Sub(s.epoch).Seconds()
	if q.at(t) < s.wEst { // Reno-friendly region
		f.Cwnd = max(f.Cwnd, s.wEst*mss)
		return
	}
	target := min(max(q.at(t+f.RTT()), w), 1.5*w)
	f.Cwnd += float64((target - w) / w * acked * mss)
}

// at returns W_cubic(t) in segments (section 4.2, equation (1)).
func (q *CUBIC) at(t float64) float64 {
	d := t - q.state.k
	return float64(q.C*d*d*d) + q.state.wMax
}

// startEpoch begins a congestion avoidance stage at window w.
func (q *CUBIC) startEpoch(now sim.Time, w float64) {
	s := &q.state
	s.running, s.epoch, s.wEst = true, now, w
	if s.timedOut || w >= s.wMax {
		s.k, s.wMax = 0, w
	} else {
		s.k = cbrt((s.wMax - w) / q.C)
	}
	s.timedOut = false
}

// OnCongestion implements Controller (sections 4.6 to 4.8).
func (q *CUBIC) OnCongestion(f *Flow, c Congestion) {
	q.saved, q.kernelSaved = q.state, q.kernel
	if q.Linux {
		q.onCongestionLinux(f, c)
		return
	}
	s := &q.state
	w := f.Cwnd / float64(f.MSS)
	s.cwndPrior = w
	if q.FastConvergence && w < s.wMax {
		s.wMax = w * (1 + q.Beta) / 2
	} else {
		s.wMax = w
	}
	s.running = false
	s.timedOut = c.Cause == Timeout
	f.Reduce(f.Cwnd*q.Beta, 2, c)
	if c.Cause == Mark { // which may leave one segment, while ssthresh stays at two
		f.Cwnd = max(w*q.Beta, 1) * float64(f.MSS)
	}
}

// Undo implements Undoer (section 4.9).
func (q *CUBIC) Undo(*Flow) { q.state, q.kernel = q.saved, q.kernelSaved }

// cbrt is the cube root by Newton's method on exactly rounded operations:
// math.Cbrt may differ between architectures.
func cbrt(x float64) float64 {
	if x <= 0 {
		return 0
	}
	_, e := math.Frexp(x)
	y := math.Ldexp(1, e/3)
	for range 60 {
		next := (2*y + x/float64(y*y)) / 3
		if next == y {
			break
		}
		y = next
	}
	return y
}
