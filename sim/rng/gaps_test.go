package rng

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The sum of many times is that of their means, however few nanoseconds these are. Of n exponential times it has a
// standard error of 1/√n of the mean, of uniform ones 1/√(3n).
func TestGaps(t *testing.T) {
	const n = 1_000_000
	for _, mean := range []float64{0.067, 0.5, 1, 22.4, 1e6} {
		for name, draw := range map[string]func(*Gaps, float64, *rand.Rand) time.Duration{"exponential": (*Gaps).Exponential, "uniform": (*Gaps).Uniform} {
			var g Gaps
			r := rand.New(rand.NewPCG(1, 2))
			sum := 0.0
			for range n {
				d := draw(&g, mean, r)
				if d < 0 {
					t.Fatalf("a time of %v", d)
				}
				sum += float64(d)
			}
			if off := math.Abs(sum/(n*mean) - 1); off > 4/math.Sqrt(n)+1/(n*mean) {
				t.Errorf("%s times of %g ns: the sum is %.3g off", name, mean, off)
			}
		}
	}
}

// Times are bounded, and what is left of one is less than a nanosecond.
func TestGapsBounds(t *testing.T) {
	var g Gaps
	r := rand.New(rand.NewPCG(1, 2))
	if d := g.Uniform(1e300, r); d != mostGap {
		t.Errorf("a time of %v, want the bound", d)
	}
	if g.rest != 0 {
		t.Errorf("%g is left of a whole number", g.rest)
	}
}
