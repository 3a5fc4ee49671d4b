package stats

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// A Difference is how much larger a mean is than another.
type Difference struct {
	Estimate
	P float64 // probability of a difference at least as large if there were none
}

// Paired returns the mean of b[i]-a[i]. Pairs share what makes both large or small, such
// as the random numbers of a replication, so that the difference is known better than
// either mean. P is that of the two-sided t-test; without two pairs it is 1. Paired
// panics if the lengths differ.
func Paired(a, b []float64, level float64) Difference {
	d := differences(a, b)
	e := Mean(d, level)
	if len(d) < 2 {
		return Difference{e, 1}
	}
	mean, sd := moments(d)
	switch {
	case mean == 0:
		return Difference{e, 1}
	case sd == 0:
		return Difference{e, 0}
	}
	t := math.Abs(mean) / (sd / math.Sqrt(float64(len(d))))
	return Difference{e, 2 * distuv.StudentsT{Sigma: 1, Nu: float64(len(d) - 1)}.CDF(-t)}
}

func differences(a, b []float64) []float64 {
	if len(a) != len(b) {
		panic("stats: pairs of different lengths")
	}
	d := make([]float64, len(a))
	for i := range a {
		d[i] = b[i] - a[i]
	}
	return d
}

// Wilcoxon returns the probability, if b were distributed as a, of rank sums of b[i]-a[i]
// at least as uneven (signed-rank test, Wilcoxon 1945, two-sided). Unlike that of Paired
// it does not assume that differences are normal. Pairs without a difference are left
// out, equal amounts share their ranks. Up to 50 pairs it is exact, beyond a normal
// approximation.
func Wilcoxon(a, b []float64) float64 {
	d := slices.DeleteFunc(differences(a, b), func(x float64) bool { return x == 0 })
	n := len(d)
	if n == 0 {
		return 1
	}
	ranks := doubledRanks(d)
	positive, total, squares := 0, 0, 0.0
	for i, r := range ranks {
		total += r
		squares += float64(r * r)
		if d[i] > 0 {
			positive += r
		}
	}
	low := min(positive, total-positive)
	if n <= 50 {
		return min(1, 2*atMost(ranks, total, low))
	}
	// Sums of doubled ranks: the variance is a quarter of the squares; 1 is the correction
	// for continuity of a half.
	z := (float64(low) + 1 - float64(total)/2) / (math.Sqrt(squares) / 2)
	return min(1, 2*distuv.UnitNormal.CDF(z))
}

// doubledRanks sorts d by its absolute values and returns twice the rank of each: equal
// amounts share the mean of theirs, which may end in a half.
func doubledRanks(d []float64) []int {
	slices.SortFunc(d, func(x, y float64) int { return cmp.Compare(math.Abs(x), math.Abs(y)) })
	ranks := make([]int, len(d))
	for i := 0; i < len(d); {
		j := i
		for j < len(d) && math.Abs(d[j]) == math.Abs(d[i]) {
			j++
		}
		for k := i; k < j; k++ {
			ranks[k] = i + 1 + j
		}
		i = j
	}
	return ranks
}

// atMost returns the probability that the sum of a random subset of ranks is at most w.
func atMost(ranks []int, total, w int) float64 {
	ways := make([]float64, total+1) // probability of each sum
	ways[0] = 1
	for _, r := range ranks {
		for s := total; s >= 0; s-- {
			ways[s] /= 2
			if s >= r {
				ways[s] += ways[s-r] / 2
			}
		}
	}
	p := 0.0
	for _, x := range ways[:w+1] {
		p += x
	}
	return p
}

// Holm corrects the probabilities of several tests, so that calling those significant
// that stay below a level errs anywhere with at most that probability (Holm 1979). The
// order is kept.
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	adjusted := make([]float64, len(p))
	last := 0.0
	for k, i := range order {
		last = max(last, min(1, float64(len(p)-k)*p[i]))
		adjusted[i] = last
	}
	return adjusted
}

// Power is the probability with which Needed pairs show a difference.
const Power = 0.8

// Needed returns how many pairs a t-test at the level needs to show a difference of size
// effect with probability Power, if differences scatter by sd: the least n with
// n >= ((t(1-alpha/2) + t(Power)) sd/effect)^2, quantiles with n-1 degrees of freedom.
// There is no such number if effect is 0: ok is false then, and beyond a million.
func Needed(sd, effect, level float64) (n int, ok bool) {
	const most = 1_000_000
	enough := func(n int) bool {
		t := quantile(n-1, (1+level)/2) + quantile(n-1, Power)
		return math.Sqrt(float64(n))*math.Abs(effect) >= t*sd
	}
	if effect == 0 || !enough(most) {
		return 0, false
	}
	low, high := 1, most // too few, enough
	for high-low > 1 {
		if mid := (low + high) / 2; enough(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return high, true
}

// Deviation returns the standard deviation of b[i]-a[i]; 0 for fewer than two pairs.
func Deviation(a, b []float64) float64 {
	d := differences(a, b)
	if len(d) < 2 {
		return 0
	}
	_, sd := moments(d)
	return sd
}
