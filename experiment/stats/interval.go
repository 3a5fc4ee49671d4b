// Package stats judges replications: intervals of means, paired differences,
// corrections for many tests, and how long a run takes to forget its beginning. Its
// functions are pure; those that draw random numbers are handed the generator.
package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// An Estimate is a mean and how well it is known.
type Estimate struct {
	Mean float64
	Half float64 // half the width of the interval; +Inf for fewer than two values
	N    int
}

// Low returns the lower end of the interval.
func (e Estimate) Low() float64 { return e.Mean - e.Half }

// High returns the upper end of the interval.
func (e Estimate) High() float64 { return e.Mean + e.Half }

// Mean returns the interval that contains the mean of the distribution of x with
// probability level, such as 0.95, if the values are independent and roughly normal
// (Student 1908). Values must be means over replications, not over packets, which are
// not independent. Without values all is 0.
func Mean(x []float64, level float64) Estimate {
	n := len(x)
	switch n {
	case 0:
		return Estimate{}
	case 1:
		return Estimate{x[0], math.Inf(1), 1}
	}
	mean, sd := moments(x)
	return Estimate{mean, quantile(n-1, (1+level)/2) * sd / math.Sqrt(float64(n)), n}
}

// moments returns the mean and the standard deviation of x. Of equal values they are
// that value and exactly 0.
func moments(x []float64) (mean, sd float64) {
	if slices.Min(x) == slices.Max(x) {
		return x[0], 0
	}
	return stat.MeanStdDev(x, nil)
}

// quantile returns the quantile p of Student's distribution. Thousands of intervals are of few sizes: each is
// computed once.
func quantile(freedom int, p float64) float64 {
	key := ofStudent{freedom, p}
	q, known := quantiles.Load(key)
	if !known {
		q = distuv.StudentsT{Sigma: 1, Nu: float64(freedom)}.Quantile(p)
		quantiles.Store(key, q)
	}
	return q.(float64)
}

// ofStudent names a quantile of a distribution.
type ofStudent struct {
	freedom int
	p       float64
}

var quantiles sync.Map // of float64 by ofStudent

// Median returns the median of x and the ends of its interval: the quantiles of the
// medians of 2000 samples drawn with r from x (percentile bootstrap, Efron 1979).
func Median(x []float64, level float64, r *rand.Rand) (median, low, high float64) {
	if len(x) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Sorted(slices.Values(x))
	rank := make([]int, len(x)) // in sorted; equal values may share one
	for i, v := range x {
		rank[i], _ = slices.BinarySearch(sorted, v)
	}
	medians := make([]float64, 2000)
	times := make([]int, len(x)) // that the sample has each rank: counted, it need not be sorted
	for i := range medians {
		clear(times)
		for range x {
			times[rank[r.IntN(len(x))]]++
		}
		medians[i] = (sorted[nth(times, (len(x)-1)/2)] + sorted[nth(times, len(x)/2)]) / 2
	}
	slices.Sort(medians)
	tail := (1 - level) / 2
	return middle(sorted), stat.Quantile(tail, stat.Empirical, medians, nil), stat.Quantile(1-tail, stat.Empirical, medians, nil)
}

// nth returns the rank of value n, from 0, of a sample that has each rank so many times.
func nth(times []int, n int) int {
	for rank, k := range times {
		if n -= k; n < 0 {
			return rank
		}
	}
	panic("stats: the sample has fewer values")
}

// middle returns the median of x, which is sorted.
func middle(x []float64) float64 {
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// Band returns by how much the distribution function of n independent values may be off
// anywhere, with probability level at most: the inequality of Dvoretzky, Kiefer and
// Wolfowitz (1956) with the constant of Massart (1990).
func Band(n int, level float64) float64 {
	if n == 0 {
		return 1
	}
	return min(1, math.Sqrt(math.Log(2/(1-level))/(2*float64(n))))
}
