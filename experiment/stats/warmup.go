package stats

import "gonum.org/v1/gonum/stat"

// batch is the number of values that MSER5 takes the mean of.
const batch = 5

// MSER5 returns how many values at the beginning of the series x should be left out of
// its mean: the truncation that makes the mean of the rest best known, the standard error
// being taken over means of five values (White, Cobb and Spratt, "A comparison of five
// steady-state truncation heuristics for simulation", 2000). At least five of these
// means are left. More than half of x says that x is too short to tell.
func MSER5(x []float64) int {
	var y []float64
	for i := 0; i+batch <= len(x); i += batch {
		y = append(y, stat.Mean(x[i:i+batch], nil))
	}
	best, least := 0, -1.0
	// From the end, with the sums of all that is behind (Welford's recurrence).
	n, mean, squares := 0.0, 0.0, 0.0
	for d := len(y) - 1; d >= 0; d-- {
		n++
		delta := y[d] - mean
		mean += delta / n
		squares += float64(delta * (y[d] - mean))
		if n < 5 {
			continue
		}
		if e := squares / (n * n); least < 0 || e <= least {
			best, least = d, e
		}
	}
	return batch * best
}
