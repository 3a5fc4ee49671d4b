package fluid

import "math"

// Epsilon is the family of Wischik et al., NSDI 2011, between Coupled (Epsilon 0) and
// uncoupled TCPs (2): I = w_r^(1−ε)/W^(2−ε), D = w_r/2. In equilibrium w_r is
// proportional to p_r^(−1/ε), and W² = 2 (Σ p_s^(−1/ε))^ε.
type Epsilon struct{ Epsilon float64 }

func (e Epsilon) soften(eps float64) Law { return Epsilon{max(e.Epsilon, eps)} }

// Settle implements Law.
func (e Epsilon) Settle(w []float64, f []Feedback) {
	cost, least := make([]float64, len(f)), make([]float64, len(f))
	for r := range f {
		cost[r], least[r] = f[r].Loss, f[r].Floor
	}
	weight, p := softly(cost, max(e.Epsilon, softest))
	fill(w, weight, least, math.Sqrt(2/p))
}

// Drift implements Law.
func (e Epsilon) Drift(dw, w []float64, f []Feedback) error {
	W := sum(w)
	for r := range w {
		i := math.Pow(w[r]/W, 1-e.Epsilon) / W
		dw[r] = w[r] / f[r].RTT * (i - float64(f[r].Loss*w[r]/2))
	}
	return nil
}

// Coupled treats the windows as one: I = 1/W, D = W/2 (Wischik et al., NSDI 2011). Only
// paths of the least loss have traffic, and W = √(2/p).
type Coupled struct{ eps float64 }

func (Coupled) soften(eps float64) Law { return Coupled{eps} }

// Settle implements Law.
func (c Coupled) Settle(w []float64, f []Feedback) { Epsilon{c.eps}.Settle(w, f) }

// Drift implements Law.
func (Coupled) Drift(dw, w []float64, f []Feedback) error {
	W := sum(w)
	for r := range w {
		dw[r] = w[r] / f[r].RTT * (1/W - float64(f[r].Loss*W/2))
	}
	return nil
}

// SemiCoupled couples the increase alone: I = A/W, D = w_r/2, and
// w_r = √(2A) (1/p_r)/√(Σ 1/p_s) (Wischik et al., NSDI 2011).
type SemiCoupled struct {
	A float64 // 0: 1
}

func (s SemiCoupled) gain() float64 {
	if s.A == 0 {
		return 1
	}
	return s.A
}

// Settle implements Law.
func (s SemiCoupled) Settle(w []float64, f []Feedback) {
	all := 0.0
	for r := range f {
		all += 1 / f[r].Loss
	}
	for r := range w {
		w[r] = math.Sqrt(2*s.gain()/all) / f[r].Loss
	}
	raise(w, f)
}

// Drift implements Law.
func (s SemiCoupled) Drift(dw, w []float64, f []Feedback) error {
	i := s.gain() / sum(w)
	for r := range w {
		dw[r] = w[r] / f[r].RTT * (i - float64(f[r].Loss*w[r]/2))
	}
	return nil
}

// LIA is RFC 6356: I = min(max_s(w_s/τ_s²)/(Σ x)², 1/w_r), D = w_r/2.
type LIA struct{}

// Settle implements Law. All paths together have the rate of a TCP on the best, which RFC 6356 calls its
// first goal; below the bound 1/w_r, shares are as 1/(p_r τ_r).
func (LIA) Settle(w []float64, f []Feedback) {
	_, cost := best(f)
	weight, most := make([]float64, len(f)), make([]float64, len(f))
	for r := range f {
		weight[r] = 1 / (f[r].Loss * f[r].RTT)
		most[r] = f[r].reno() / f[r].RTT
	}
	spill(w, weight, most, math.Sqrt(2/cost))
	for r := range w {
		w[r] *= f[r].RTT
	}
	raise(w, f)
}

// Drift implements Law.
func (LIA) Drift(dw, w []float64, f []Feedback) error {
	x, X := rates(w, f)
	most := 0.0
	for r := range x {
		most = max(most, x[r]/f[r].RTT)
	}
	for r := range w {
		i := min(most/(X*X), 1/w[r])
		dw[r] = x[r] * (i - float64(f[r].Loss*w[r]/2))
	}
	return nil
}
