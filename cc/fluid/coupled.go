package fluid

import "math"

// Epsilon is the family of Wischik et al., NSDI 2011, from fully coupled windows (Epsilon 0)
// over LIA (1) to uncoupled TCPs (2): between the ends
// I = min(w_r^(1−ε) max_s(w_s^ε/τ_s²)/(Σ x)², 1/w_r), D = w_r/2, and windows are as
// p_r^(−1/ε). At the ends RTTs do not enter.
type Epsilon struct{ Epsilon float64 }

func (e Epsilon) soften(eps float64) Law {
	if e.Epsilon == 0 {
		return Coupled{eps}
	}
	return Epsilon{max(e.Epsilon, eps)}
}

// Settle implements Law. Between the ends all paths together have the rate of a TCP on the
// best, which RFC 6356 calls its first goal.
func (e Epsilon) Settle(w []float64, f []Feedback) {
	switch e.Epsilon {
	case 0:
		Coupled{}.Settle(w, f)
		return
	case 2:
		Reno{}.Settle(w, f)
		return
	}
	_, cost := best(f)
	loss, most := make([]float64, len(f)), make([]float64, len(f))
	for r := range f {
		loss[r], most[r] = f[r].Loss, f[r].reno()/f[r].RTT
	}
	weight, _ := softly(loss, max(e.Epsilon, softest))
	for r := range f {
		weight[r] /= f[r].RTT
	}
	spill(w, weight, most, math.Sqrt(2/cost))
	for r := range w {
		w[r] *= f[r].RTT
	}
	raise(w, f)
}

// Drift implements Law.
func (e Epsilon) Drift(dw, w []float64, f []Feedback) error {
	x, X := rates(w, f)
	most, W := 0.0, sum(w)
	for r := range w {
		most = max(most, math.Pow(w[r], e.Epsilon)/(f[r].RTT*f[r].RTT))
	}
	for r := range w {
		i := min(math.Pow(w[r], 1-e.Epsilon)*most/(X*X), 1/w[r])
		switch e.Epsilon {
		case 0:
			i = w[r] / (W * W)
		case 2:
			i = 1 / w[r]
		}
		dw[r] = x[r] * (i - float64(f[r].Loss*w[r]/2))
	}
	return nil
}

// LIA is RFC 6356: I = min(max_s(w_s/τ_s²)/(Σ x)², 1/w_r), D = w_r/2.
type LIA struct{}

// Settle implements Law.
func (LIA) Settle(w []float64, f []Feedback) { Epsilon{1}.Settle(w, f) }

// Drift implements Law.
func (LIA) Drift(dw, w []float64, f []Feedback) error { return Epsilon{1}.Drift(dw, w, f) }

// Coupled treats the windows as one: I = 1/W, D = W/2 (Wischik et al., NSDI 2011). Only
// paths of the least loss have traffic, and W = √(2/p).
type Coupled struct{ eps float64 }

func (Coupled) soften(eps float64) Law { return Coupled{eps} }

// Settle implements Law.
func (c Coupled) Settle(w []float64, f []Feedback) {
	loss, least := make([]float64, len(f)), make([]float64, len(f))
	for r := range f {
		loss[r], least[r] = f[r].Loss, f[r].Floor
	}
	weight, p := softly(loss, max(c.eps, softest))
	fill(w, weight, least, math.Sqrt(2/p))
}

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
