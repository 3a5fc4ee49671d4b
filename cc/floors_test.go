package cc

import (
	"math"
	"testing"
)

// limit returns which part of the shared link the Renos have in the fluid limit of law.
//
// LIA and semicoupled windows are as 1/p; LIA has the total of a Reno on the better path, semicoupled windows
// √2·√(Σ 1/p).
func (c *scenarioC) limit(law string) float64 {
	var reno, second float64
	own, shared := 1.0, 1.0 // loads
	for range 2000 {
		p, q := c.price(own), c.price(shared)
		total := math.Sqrt(2 / min(p, q))
		if law == "semicoupled" {
			total = math.Sqrt(2 * (p + q) / (p * q))
		}
		first := total * q / (p + q)
		second, reno = total*p/(p+q), math.Sqrt(2/q)
		own += 0.05 * (first/c.fair - own)
		shared += 0.05 * ((reno+float64(c.ratio)*second)/c.fair - shared)
	}
	return reno / (reno + float64(c.ratio)*second)
}

// In scenario C a multipath user takes from the TCPs what its window on their link is. With as many, twice
// and thrice as many users as TCPs, and a link of 10 segments for each TCP, that is 3.0, 2.2 and 1.8 segments
// by the closed form of LIA. Since ssthresh is at least two segments it is more, 3.6, 2.9 and 2.6, and the
// TCPs have 4, 13 and 24 % less than by the closed form. With a floor of one segment they are within 5 % of
// it, and so they are with the floor of two where windows are three times as large.
//
// The noise of losses is in that 5 %: random losses raise LIA alone (TestIndependentLosses), and less where
// they depend on the load. Timeouts are not in the model: they take from windows below four, of both.
func TestSmallWindows(t *testing.T) {
	for _, law := range []string{"lia", "semicoupled"} {
		for i, ratio := range []int{1, 2, 3} {
			c := newScenarioC(t, law, ratio, 10, 1)
			limit := c.limit(law)
			free := c.left(losses{})
			floored := newScenarioC(t, law, ratio, 10, 2).left(losses{})
			large := newScenarioC(t, law, ratio, 30, 2).left(losses{})
			t.Logf("%s, N1/N2 = %d: limit %.3f, simulated %.3f, with ssthresh of two %.3f, that and windows of 30 %.3f", law, ratio, limit, free, floored, large)
			about(t, law+", floor of one", free, limit, 0.05)
			about(t, law+", windows of 30", large, limit, 0.05)
			if least := []float64{0.02, 0.1, 0.2}[i]; floored > (1-least)*limit || floored < 0.72*limit {
				t.Errorf("%s, N1/N2 = %d: the floor leaves the TCPs %.3f of the link, the closed form %.3f: want %g to 28 %% less", law, ratio, floored, limit, 100*least)
			}
		}
	}
}
