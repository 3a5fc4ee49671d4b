package rng

import (
	"math"
	"math/rand/v2"
	"time"
)

// Gaps are random times, one after the other. What is cut off one of them, because time is counted in whole
// nanoseconds, is part of the next: however short they are, their sum is right to a nanosecond. The zero Gaps is
// ready to use. Means are in nanoseconds.
type Gaps struct{ rest float64 } // ns

// mostGap bounds a time: thirty years.
const mostGap = 1e18

// Exponential draws a time of an exponential distribution.
func (g *Gaps) Exponential(mean float64, r *rand.Rand) time.Duration {
	return g.whole(mean * r.ExpFloat64())
}

// Uniform draws a time that is uniform from 0 to twice the mean.
func (g *Gaps) Uniform(mean float64, r *rand.Rand) time.Duration {
	return g.whole(2 * mean * r.Float64())
}

// whole returns x and what is left of the times before it, in whole nanoseconds.
func (g *Gaps) whole(x float64) time.Duration {
	x = float64(min(x, mostGap)) + g.rest
	n := math.Floor(x)
	g.rest = x - n
	return time.Duration(n)
}
