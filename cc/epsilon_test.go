package cc

import (
	"math"
	"math/rand/v2"
	"testing"
)

// The ends and the middle of the family are laws that have files of their own.
func TestEpsilonLimits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		w, rtt := make([]float64, 3), make([]float64, 3)
		for i := range w {
			w[i], rtt[i] = 5+50*r.Float64(), 10+90*r.Float64()
		}
		family := func(e float64) *Group { return flows(w, rtt, func() Controller { return &Epsilon{Epsilon: e} }) }
		for i := range w {
			// 0: what Coupled adds over what it takes, each times w/W.
			coupled := flows(w, rtt, func() Controller { return &Coupled{} })
			g := family(0)
			part := w[i] / (w[0] + w[1] + w[2])
			near(t, "ε = 0", increase(g.Flows[i]), part*increase(coupled.Flows[i]))

			// 1: LIA, which is SemiCoupled with an α of its own where Reno is no bound.
			lia := flows(w, rtt, func() Controller { return &LIA{} })
			got := increase(family(1).Flows[i])
			near(t, "ε = 1", got, increase(lia.Flows[i]))
			alpha, _ := liaAlpha(lia)
			semi := flows(w, rtt, func() Controller { return &SemiCoupled{Gain: alpha} })
			near(t, "ε = 1", got, min(increase(semi.Flows[i]), 1/w[i]))

			// 2: Reno.
			if got := increase(family(2).Flows[i]); got != increase(flows(w, rtt, func() Controller { return &Reno{} }).Flows[i]) {
				t.Errorf("ε = 2: increase %g of %g segments is not Reno's", got, w[i])
			}
		}
	}
}

// The decrease is w/2, so that ε = 0 balances where Coupled does: increase over decrease is
// 2/W² for both, as long as W/2 leaves a segment.
func TestEpsilonBalancesAsCoupled(t *testing.T) {
	for _, law := range []Controller{&Epsilon{}, &Coupled{}} {
		f := flows([]float64{30, 8}, []float64{20, 80}, func() Controller { return law }).Flows[0]
		up := increase(f)
		law.OnCongestion(f, Congestion{})
		near(t, "increase/decrease", up/(30-f.Cwnd/mss), 2./(38*38))
	}
}

// NSDI 2011, section 2.5: the aim of α is that all subflows together get what one TCP gets
// on the best path. There the increase of what is acknowledged balances the halving of
// what is lost: for windows of one TCP ŵ and losses p = 2/ŵ² on each path, the drift of all
// windows is zero if w_r^ε = ŵ_r²/(W/α)^(2-ε).
func TestEpsilonTotalIsBestTCP(t *testing.T) {
	hat, rtt := []float64{20, 30}, []float64{0.02, 0.08}
	for _, e := range []float64{0.25, 0.5, 1, 1.5} {
		// The condition leaves one scale free, which the total sets.
		w := make([]float64, 2)
		sum := 0.0
		for i := range w {
			w[i] = math.Pow(hat[i], 2/e)
			sum += w[i] / rtt[i]
		}
		best := max(hat[0]/rtt[0], hat[1]/rtt[1])
		for i := range w {
			w[i] *= best / sum
		}
		g := flows(w, []float64{20, 80}, func() Controller { return &Epsilon{Epsilon: e} })
		for i, f := range g.Flows {
			gain := f.Controller.(*Epsilon).gain(f) * mss
			near(t, "drift", gain/(2/(hat[i]*hat[i])*w[i]/2), 1)
		}
	}
}

func TestPow(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 1000 {
		x, y := math.Exp(20*r.Float64()-5), 4*r.Float64()-2
		if got, want := pow(x, y), math.Pow(x, y); math.Abs(got-want) > 1e-14*want {
			t.Errorf("pow(%g, %g) = %g, want %g", x, y, got, want)
		}
	}
	for _, y := range []float64{-1, 0, 0.5, 1, 2} { // exact where the product is
		if got, want := pow(49, y), math.Pow(49, y); got != want {
			t.Errorf("pow(49, %g) = %g, want %g", y, got, want)
		}
	}
}
