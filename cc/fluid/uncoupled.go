package fluid

import "math"

// Reno is RFC 5681 on each path: w = √(2/p).
type Reno struct{}

// Settle implements Law.
func (Reno) Settle(w []float64, f []Feedback) { EWTCP{1}.Settle(w, f) }

// Drift implements Law.
func (Reno) Drift(dw, w []float64, f []Feedback) error { return EWTCP{1}.Drift(dw, w, f) }

// EWTCP is a weighted TCP on each path, I = A/w_r: w_r = √(2A/p_r) (Honda et al.,
// PFLDNeT 2009; Wischik et al., NSDI 2011).
type EWTCP struct {
	A float64 // 0: 1/n² of n paths, which makes them one TCP on a shared bottleneck
}

func (e EWTCP) gain(n int) float64 {
	if e.A == 0 {
		return 1 / float64(n*n)
	}
	return e.A
}

// Settle implements Law.
func (e EWTCP) Settle(w []float64, f []Feedback) {
	for r := range w {
		w[r] = math.Sqrt(e.gain(len(w))) * f[r].reno()
	}
	raise(w, f)
}

// Drift implements Law.
func (e EWTCP) Drift(dw, w []float64, f []Feedback) error {
	a := e.gain(len(w))
	for r := range w {
		dw[r] = w[r] / f[r].RTT * (a/w[r] - float64(f[r].Loss*w[r]/2))
	}
	return nil
}

// Cubic is RFC 9438 on each path: the mean window of section 5.1, equation 6, or of Reno where that is
// larger. Unlike the RFC, whose windows are those of one loss in each 1/p segments, both
// are larger by √2/√1.5, because so is the window of the fluid Reno with which
// they are compared.
type Cubic struct {
	C    float64 // segments/s³; 0: 0.4
	Beta float64 // 0: 0.7
}

// Settle implements Law.
func (q Cubic) Settle(w []float64, f []Feedback) {
	c, beta := q.C, q.Beta
	if c == 0 {
		c = 0.4
	}
	if beta == 0 {
		beta = 0.7
	}
	k := math.Sqrt(2/1.5) * math.Sqrt(math.Sqrt(c*(3+beta)/(4*(1-beta))))
	for r := range w {
		root := math.Sqrt(f[r].RTT / f[r].Loss)
		w[r] = max(f[r].reno(), k*root*math.Sqrt(root))
	}
	raise(w, f)
}

// Drift implements Law.
func (Cubic) Drift([]float64, []float64, []Feedback) error { return errNoODE("cubic") }
