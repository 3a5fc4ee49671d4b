package cc

import (
	"fmt"
	"math"
)

func init() {
	Registry.Register("epsilon", "Wischik et al., NSDI 2011", func() Controller { return &Epsilon{Epsilon: 1} })
}

// Epsilon is the family of laws between fully coupled windows and none coupled: for each
// acknowledged segment
//
//	w_r += α·(α·w_r)^(1-ε) / W^(2-ε)
//
// and each loss halves w_r. With ε = 0 the flow balances as Coupled does, with 1 it
// is LIA, with 2 each subflow is a Reno. The α in between makes the total that of one
// TCP on the best path. No subflow grows faster than Reno.
type Epsilon struct {
	Reno
	Epsilon float64 `toml:"epsilon" doc:"0: fully coupled, 1: LIA, 2: not coupled"`
}

// Validate reports an ε outside of the family.
func (e *Epsilon) Validate() error {
	if !(e.Epsilon >= 0 && e.Epsilon <= 2) {
		return fmt.Errorf("epsilon %g: want 0 to 2", e.Epsilon)
	}
	return nil
}

// OnAck implements Controller.
func (e *Epsilon) OnAck(f *Flow, a Ack) {
	if !f.Coupled() {
		e.Reno.OnAck(f, a)
		return
	}
	if left := f.SlowStart(a); left > 0 {
		f.Cwnd += float64(left * float64(f.MSS) * min(e.gain(f), 1/f.Cwnd))
	}
}

// gain returns the increase for each acknowledged byte, over MSS. A subflow of the
// window ŵ_r that Reno would have on its path has w_r^ε·(W/α)^(2-ε) = ŵ_r², and the α
// for which the greatest ŵ_r/rtt_r equals Σ w_k/rtt_k leaves
//
//	w_r^(1-ε) · max (w_k^ε/rtt_k²) / (Σ w_k/rtt_k)²
//
// Where RTTs do not enter, at both ends of the family, α is 1.
func (e *Epsilon) gain(f *Flow) float64 {
	switch e.Epsilon {
	case 0:
		w := total(f)
		return f.Cwnd / (w * w)
	case 2:
		return 1 / f.Cwnd
	}
	var best, sum float64
	for _, s := range f.Group.Flows {
		if s.Usable() {
			rtt := s.RTT()
			best = max(best, pow(s.Window(), e.Epsilon)/(rtt*rtt))
			sum += s.Rate()
		}
	}
	return pow(f.Cwnd, 1-e.Epsilon) * best / (sum * sum)
}

// pow returns x^y for x > 0 from products and square roots, which every processor
// rounds alike: the last bit of math.Pow may differ. It takes one root for each
// binary digit of the fraction of y, none if that is whole, and is as exact as some
// fifty roundings.
func pow(x, y float64) float64 {
	if y < 0 {
		return 1 / pow(x, -y)
	}
	p := 1.0
	for ; y >= 1; y-- {
		p *= x
	}
	for y > 0 {
		x = math.Sqrt(x)
		if y *= 2; y >= 1 {
			p *= x
			y--
		}
	}
	return p
}
