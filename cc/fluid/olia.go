package fluid

import "math"

// OLIA is Khalili et al., CoNEXT 2012: I = (w_r/τ_r²)/(Σ x)² + a_r/w_r, D = w_r/2. Only
// the best paths, those of the least p·τ², have traffic; the others are probed
// with the least window; and all together have the rate of a TCP on the best.
type OLIA struct{ eps float64 }

func (OLIA) soften(eps float64) Law { return OLIA{eps} }

// Settle implements Law.
func (o OLIA) Settle(w []float64, f []Feedback) {
	cost, least := make([]float64, len(f)), make([]float64, len(f))
	for r := range f {
		cost[r], least[r] = f[r].cost(), f[r].Floor/f[r].RTT
	}
	weight, c := softly(cost, max(o.eps, softest))
	for r := range f {
		weight[r] /= f[r].RTT // a_r makes windows equal, not rates
	}
	fill(w, weight, least, math.Sqrt(2/c))
	for r := range w {
		w[r] *= f[r].RTT
	}
}

// Drift implements Law. Unlike in the paper, where a_r jumps when a path enters the sets
// of the best and of the largest windows, membership fades over 2 %, because
// a differential equation wants continuity.
func (o OLIA) Drift(dw, w []float64, f []Feedback) error {
	x, X := rates(w, f)
	a := o.alpha(w, f)
	for r := range w {
		i := x[r]/(f[r].RTT*X*X) + a[r]/w[r]
		dw[r] = x[r] * (i - float64(f[r].Loss*w[r]/2))
	}
	return nil
}

// alpha returns a_r: in the fluid limit the segments between two losses are 1/p.
func (OLIA) alpha(w []float64, f []Feedback) []float64 {
	const fade = 0.02
	member := func(v, most float64) float64 { return max(0, 1-(most-v)/(fade*most)) }
	quality := func(r int) float64 { return 1 / (f[r].Past * f[r].RTT * f[r].RTT) }
	top := 0.0
	for r := range f {
		top = max(top, quality(r))
	}
	largest := 0.0
	for _, v := range w {
		largest = max(largest, v)
	}
	a, m := make([]float64, len(w)), make([]float64, len(w))
	collected, all := 0.0, 0.0
	for r := range w {
		m[r] = member(w[r], largest)
		a[r] = member(quality(r), top) * (1 - m[r])
		collected += a[r]
		all += m[r]
	}
	if collected == 0 {
		return a
	}
	strength := min(collected, 1) / float64(len(w))
	for r := range a {
		a[r] = strength * (a[r]/collected - m[r]/all)
	}
	return a
}
