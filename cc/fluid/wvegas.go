package fluid

import "math"

// WVegas is Cao et al., ICNP 2012: once a round trip, w_r grows by one if fewer than
// α_r = max(Alpha, Total·x_r/Σ x) of its segments wait in queues, and shrinks if more
// do. All paths with more than Alpha have the same queueing delay q, and Σ x = Total/q. Losses
// halve the window as Reno's do: where they bound it more than delay does, they count.
type WVegas struct {
	Alpha float64 // least backlog of a path, segments; 0: 2
	Total float64 // backlog of all, segments; 0: 10
	eps   float64
}

func (v WVegas) soften(eps float64) Law { v.eps = eps; return v }

func (v WVegas) backlogs() (alpha, total float64) {
	alpha, total = v.Alpha, v.Total
	if alpha == 0 {
		alpha = 2
	}
	if total == 0 {
		total = 10
	}
	return alpha, total
}

// minWait keeps rates finite where nothing waits, s.
const minWait = 1e-9

// Settle implements Law.
func (v WVegas) Settle(w []float64, f []Feedback) {
	alpha, total := v.backlogs()
	wait, least := make([]float64, len(f)), make([]float64, len(f))
	for r := range f {
		wait[r] = max(f[r].Wait, minWait)
		least[r] = alpha / wait[r]
	}
	weight, q := softly(wait, max(v.eps, softest))
	fill(w, weight, least, total/q)
	for r := range w {
		w[r] = min(w[r]*f[r].RTT, f[r].reno())
	}
	raise(w, f)
}

// Drift implements Law. Unlike the controller's, the step fades over half a segment
// around α_r, because a differential equation wants continuity.
func (v WVegas) Drift(dw, w []float64, f []Feedback) error {
	alpha, total := v.backlogs()
	x, X := rates(w, f)
	for r := range w {
		miss := max(alpha, total*x[r]/X) - float64(x[r]*f[r].Wait)
		step := math.Max(-1, math.Min(1, 2*miss))
		dw[r] = step/f[r].RTT - float64(x[r]*f[r].Loss*w[r]/2)
	}
	return nil
}
