package fluid

import "math"

// BALIA is Peng et al., ToN 2016: with α_r = max_s(x_s)/x_r,
// I = x_r/(τ_r (Σ x)²)·(1+α_r)/2·(4+α_r)/5 and D = (w_r/2)·min(α_r, 3/2).
//
// All paths together have the rate of a TCP on the best; a path whose p·τ² is Q times as
// large has α_r with (1+α)(4+α) = 15 Q. Two equal paths have two equilibria: α = 1, which is stable if
// losses react to the split, and α = 1.653, which is stable if they do not, with
// chance to choose which path is the larger. Settle returns the first, the mean of the second over both
// choices; Drift finds the one that is stable.
type BALIA struct{ eps float64 }

func (BALIA) soften(eps float64) Law { return BALIA{eps} }

// Settle implements Law.
func (b BALIA) Settle(w []float64, f []Feedback) {
	_, cost := best(f)
	eps := max(b.eps, softest)
	all := 0.0
	for r := range w {
		q := f[r].cost() / cost
		alpha := (math.Sqrt(9+60*q) - 5) / 2
		w[r] = max(1/alpha, math.Exp(-math.Log(q)/eps))
		all += w[r]
	}
	for r := range w {
		w[r] *= math.Sqrt(2/cost) / all * f[r].RTT
	}
	raise(w, f)
}

// Drift implements Law.
func (BALIA) Drift(dw, w []float64, f []Feedback) error {
	x, X := rates(w, f)
	most := 0.0
	for _, v := range x {
		most = max(most, v)
	}
	for r := range w {
		a := most / x[r]
		i := x[r] / (f[r].RTT * X * X) * (1 + a) * (4 + a) / 10
		dw[r] = x[r] * (i - float64(f[r].Loss*w[r]/2*min(a, 1.5)))
	}
	return nil
}
