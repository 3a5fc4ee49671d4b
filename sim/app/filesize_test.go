package app

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The median of a Pareto distribution is s·2^(1/Shape), that of an exponential one
// mean·ln 2; of 100 000 draws the median is within 1.5 %.
func TestFileSizes(t *testing.T) {
	const n, mean = 100_000, 200_000
	for _, tt := range []struct {
		f             File
		median, least float64
	}{
		{File{Size: mean, Distribution: "fixed", Shape: 1.5}, mean, mean},
		{File{Size: mean, Distribution: "exponential", Shape: 1.5}, mean * math.Ln2, 1},
		{File{Size: mean, Distribution: "pareto", Shape: 1.5}, mean / 3 * math.Pow(2, 1/1.5), mean / 3},
		{File{Size: mean, Distribution: "pareto", Shape: 3}, mean * 2 / 3 * math.Pow(2, 1.0/3), mean * 2 / 3},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		sizes := make([]float64, n)
		for i := range sizes {
			sizes[i] = float64(tt.f.draw(r))
		}
		slices.Sort(sizes)
		if got := sizes[n/2]; math.Abs(got/tt.median-1) > 0.015 {
			t.Errorf("%+v: median %.0f, want %.0f", tt.f, got, tt.median)
		}
		if sizes[0] < math.Floor(tt.least) {
			t.Errorf("%+v: a file of %.0f bytes, want at least %.0f", tt.f, sizes[0], tt.least)
		}
	}
}

func TestPower(t *testing.T) {
	for _, u := range []float64{1e-16, 0.001, 0.3, 1} {
		for _, a := range []float64{0.01, 1 / 3., 0.5, 2 / 3., 1} {
			if got, want := power(u, a), math.Pow(u, a); math.Abs(got/want-1) > 1e-13 {
				t.Errorf("%g^%g = %g, want %g", u, a, got, want)
			}
		}
	}
}

func TestFileSizesWithoutSense(t *testing.T) {
	for _, tt := range []struct {
		f    File
		want string
	}{
		{File{Size: 0, Distribution: "fixed", Shape: 1.5}, "size 0B: want 1B to"},
		{File{Size: 1, Distribution: "weibull", Shape: 1.5}, `unknown distribution "weibull"; want one of fixed, exponential, pareto`},
		{File{Size: 1, Distribution: "pareto", Shape: 1}, "shape 1: want more than 1"},
	} {
		if err := tt.f.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.f, err, tt.want)
		}
	}
}
