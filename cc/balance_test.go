package cc

import (
	"math"
	"testing"
)

// drift returns by how much the window of f changes for each segment sent, if a part p of
// them is lost, over what the losses of a Reno would take: 0 in equilibrium.
func drift(f *Flow, p float64) float64 {
	w := f.Cwnd
	up := increase(f)
	f.Controller.OnCongestion(f, Congestion{})
	down := (w - f.Cwnd) / mss
	f.Cwnd = w
	return (up - p*down) / (p * w / mss / 2)
}

// Where increase and decrease balance, in the fluid limit, the published equilibria have to
// be. Losses are so few that windows are far above every floor.
func TestBalance(t *testing.T) {
	const p = 1e-8
	tcp := math.Sqrt(2 / p) // Reno's window
	equal := []float64{100, 100, 100}

	// N2: Wischik et al., NSDI 2011, section 2.3: RTTs of 10 and 100 ms, four times the losses on the
	// former, so that a Reno has five times the rate there: 707 to 141 in the paper.
	wifi3G, four := []float64{10, 100}, []float64{4 * p, p}
	rates := func(fast, slow float64) []float64 { // in parts of the faster Reno
		return []float64{fast * tcp / 2, slow * 10 * tcp / 2}
	}
	// BALIA: (1+α)(4+α) = 15·Q, Q being p·rtt² over that of the best path.
	alpha := (math.Sqrt(9+60*25) - 5) / 2

	for _, c := range []struct {
		name, law string
		rtt, p, w []float64
	}{
		{"N2: 707 and 141", "reno", wifi3G, four, rates(1, 0.2)},
		{"N2: 424", "ewtcp", wifi3G, four, rates(0.5, 0.1)},
		{"N2: 566 + 141, as much as Reno", "lia", wifi3G, four, rates(0.8, 0.2)},
		{"N2: 566 + 141", "epsilon", wifi3G, four, rates(0.8, 0.2)},
		{"N2: 668 + 39", "balia", wifi3G, four, rates(alpha/(1+alpha), 1/(1+alpha))},
		{"N2: 316 + 126", "semicoupled", wifi3G, four, shares(tcp*math.Sqrt(1.25), .2, .8)},

		// N3: section 2.4: the third path loses five times as much, and gets 10, 18 and 0 %. A
		// loss takes no more than there is, so that the 0 cannot be seen here.
		{"N3: 45, 45, 10 %", "semicoupled", equal, []float64{p, p, 5 * p}, shares(tcp*math.Sqrt(2.2), 5./11, 5./11, 1./11)},
		{"N3: 41, 41, 18 %", "ewtcp", equal, []float64{p, p, 5 * p}, []float64{tcp / 3, tcp / 3, tcp / 3 / math.Sqrt(5)}},
		{"N3: 50, 50 %", "coupled", equal[:2], []float64{p, p}, shares(tcp, .5, .5)},

		// K6: n subflows of one bottleneck are one TCP, whatever n.
		{"K6, n = 2", "lia", equal[:2], []float64{p, p}, shares(tcp, .5, .5)},
		{"K6, n = 3", "lia", equal, []float64{p, p, p}, thirds(tcp)},
		{"K6, n = 3", "olia", equal, []float64{p, p, p}, thirds(tcp)},
		{"K6, n = 3", "balia", equal, []float64{p, p, p}, thirds(tcp)},
		{"K6, n = 3", "ewtcp", equal, []float64{p, p, p}, thirds(tcp)},
		{"K6, n = 3", "epsilon", equal, []float64{p, p, p}, thirds(tcp)},
		{"K6, n = 3: √3", "semicoupled", equal, []float64{p, p, p}, thirds(math.Sqrt(3) * tcp)},
		{"K6, n = 3: 3", "reno", equal, []float64{p, p, p}, thirds(3 * tcp)},
	} {
		for i := range c.w {
			f := named(t, c.law, c.w, c.rtt).Flows[i]
			if got := drift(f, c.p[i]); math.Abs(got) > 1e-3 {
				t.Errorf("%s, %s: the window of path %d drifts by %.2g of Reno's decrease", c.law, c.name, i, got)
			}
		}
	}
}

// shares returns parts of w.
func shares(w float64, parts ...float64) []float64 {
	for i := range parts {
		parts[i] *= w
	}
	return parts
}

func thirds(w float64) []float64 { return shares(w, 1./3, 1./3, 1./3) }
