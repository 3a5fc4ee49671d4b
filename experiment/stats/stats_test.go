package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// sleep has the hours of sleep that ten patients gained with two drugs, the example with
// which Student published his distribution ("The probable error of a mean", 1908).
var sleep = [2][]float64{
	{0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0},
	{1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4},
}

// depression has the scores of nine patients before and after a therapy (Hollander and
// Wolfe, "Nonparametric statistical methods", 1973, table 3.1).
var depression = [2][]float64{
	{1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30},
	{0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29},
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s: %.9g, want %.9g", what, got, want)
	}
}

func TestMean(t *testing.T) {
	for _, c := range []struct {
		what       string
		x          []float64
		mean, half float64
	}{
		{"nothing", nil, 0, 0},
		{"one value tells nothing of the scatter", []float64{3}, 3, math.Inf(1)},
		{"equal values", []float64{0.1, 0.1, 0.1}, 0.1, 0},
		// 1.58 ± t(0.975; 9) s/√10, with t = 2.262157 and s = 1.229995.
		{"Student's example", differences(sleep[0], sleep[1]), 1.58, 0.8798858},
		// n = 2: t(0.975; 1) = 12.7062 and s/√2 = 1/2.
		{"two values", []float64{1, 2}, 1.5, 6.3531},
	} {
		e := Mean(c.x, 0.95)
		near(t, c.what+": mean", e.Mean, c.mean, 1e-12)
		if e.Half != c.half { // infinities
			near(t, c.what+": half", e.Half, c.half, 1e-4)
		}
	}
}

func TestPaired(t *testing.T) {
	d := Paired(sleep[0], sleep[1], 0.95)
	near(t, "Student's example: difference", d.Mean, 1.58, 1e-12)
	near(t, "Student's example: lower end", d.Low(), 0.7001142, 1e-6)
	near(t, "Student's example: upper end", d.High(), 2.4598858, 1e-6)
	near(t, "Student's example: p", d.P, 0.00283289, 1e-7)
	for _, c := range []struct {
		what string
		a, b []float64
		p    float64
	}{
		{"no pairs", nil, nil, 1},
		{"one pair", []float64{1}, []float64{2}, 1},
		{"no difference", []float64{1, 2}, []float64{1, 2}, 1},
		{"always the same difference", []float64{1, 2}, []float64{2, 3}, 0},
	} {
		if got := Paired(c.a, c.b, 0.95).P; got != c.p {
			t.Errorf("%s: p = %g, want %g", c.what, got, c.p)
		}
	}
}

func TestWilcoxon(t *testing.T) {
	sequence := func(signs ...float64) (a, b []float64) {
		for i, s := range signs {
			a, b = append(a, 0), append(b, s*float64(i+1))
		}
		return a, b
	}
	tenA, tenB := sequence(1, 1, 1, 1, 1, 1, 1, -1, 1, 1) // the lesser rank sum is 8
	for _, c := range []struct {
		what string
		a, b []float64
		p    float64
	}{
		{"no pairs", nil, nil, 1},
		{"no difference", sleep[0], sleep[0], 1},
		{"nine of nine signs agree", sleep[0], sleep[1], 2.0 / 512},
		{"Hollander and Wolfe, one-sided 0.01953", depression[0], depression[1], 0.0390625},
		{"the tabled critical value 8 of ten pairs", tenA, tenB, 50.0 / 1024},
		{"ranks that are shared: three equal amounts", []float64{0, 0, 0}, []float64{2, 2, -2}, 1},
	} {
		near(t, c.what, Wilcoxon(c.a, c.b), c.p, 1e-12)
	}
	// The approximation for many pairs goes on where exact counting ends.
	r := rand.New(rand.NewPCG(1, 2))
	var a, b []float64
	for range 50 {
		a, b = append(a, r.NormFloat64()), append(b, r.NormFloat64()+0.4)
	}
	exact := Wilcoxon(a, b)
	a, b = append(a, 0), append(b, 1e-9)
	near(t, "51 pairs, the last hardly different", Wilcoxon(a, b), exact, 0.05*exact)
}

// The example has p = 0.005, 0.01, 0.03, 0.04: times 4, 3, 2, 1, and never less than the
// one before.
func TestHolm(t *testing.T) {
	for _, c := range []struct{ p, want []float64 }{
		{[]float64{0.01, 0.04, 0.03, 0.005}, []float64{0.03, 0.06, 0.06, 0.02}},
		{[]float64{0.02}, []float64{0.02}},
		{[]float64{0.7, 0.6}, []float64{1, 1}},
		{nil, nil},
	} {
		got := Holm(c.p)
		if len(got) != len(c.want) {
			t.Fatalf("Holm(%v) = %v", c.p, got)
		}
		for i := range got {
			near(t, "adjusted", got[i], c.want[i], 1e-15)
		}
	}
}

// The numbers are those of power tables for small, medium and large effects (Cohen,
// "Statistical power analysis for the behavioral sciences", 1988).
func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		sd, effect float64
		n          int
		ok         bool
	}{
		{1, 0.2, 199, true},
		{1, 0.5, 34, true},
		{2, -1, 34, true},
		{1, 0.8, 15, true},
		{0, 1, 2, true},
		{1, 0, 0, false},
		{1, 1e-6, 0, false},
	} {
		if n, ok := Needed(c.sd, c.effect, 0.95); n != c.n || ok != c.ok {
			t.Errorf("sd %g, effect %g: %d, %v; want %d, %v", c.sd, c.effect, n, ok, c.n, c.ok)
		}
	}
}

// As many pairs as Needed says show the difference about as often as Power says.
func TestPower(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	n, _ := Needed(1, 0.5, 0.95)
	found := 0
	for range 1000 {
		a, b := make([]float64, n), make([]float64, n)
		for i := range b {
			b[i] = 0.5 + r.NormFloat64()
		}
		if Paired(a, b, 0.95).P < 0.05 {
			found++
		}
	}
	near(t, "part found", float64(found)/1000, Power, 0.04)
}

// Over 200 experiments with known means, intervals of 95 % contain the mean in 92 to 98 %
// of them.
func TestCoverage(t *testing.T) {
	const experiments = 200
	for _, c := range []struct {
		what string
		n    int
		draw func(r *rand.Rand) float64
		mean float64
		low  func(x []float64, r *rand.Rand) (low, high float64)
	}{
		{"mean of normal values", 20, func(r *rand.Rand) float64 { return 5 + 2*r.NormFloat64() }, 5, student},
		{"mean of three normal values", 3, (*rand.Rand).NormFloat64, 0, student},
		{"mean of uniform values", 20, (*rand.Rand).Float64, 0.5, student},
		{"mean of 200 exponential values", 200, (*rand.Rand).ExpFloat64, 1, student},
		{"difference of pairs with a common part", 20, func(r *rand.Rand) float64 {
			common := 100 * r.NormFloat64()
			return (common + 3 + r.NormFloat64()) - (common + r.NormFloat64())
		}, 3, student},
		{"median of exponential values", 30, (*rand.Rand).ExpFloat64, math.Ln2, func(x []float64, r *rand.Rand) (float64, float64) {
			_, low, high := Median(x, 0.95, r)
			return low, high
		}},
	} {
		r := rand.New(rand.NewPCG(5, 6))
		covered := 0
		for range experiments {
			x := make([]float64, c.n)
			for i := range x {
				x[i] = c.draw(r)
			}
			if low, high := c.low(x, r); low <= c.mean && c.mean <= high {
				covered++
			}
		}
		if part := float64(covered) / experiments; part < 0.92 || part > 0.98 {
			t.Errorf("%s: %.1f %% of the intervals contain it; want 92 to 98 %%", c.what, 100*part)
		}
	}
}

func student(x []float64, _ *rand.Rand) (low, high float64) {
	e := Mean(x, 0.95)
	return e.Low(), e.High()
}

// Of four tests of nothing, Holm's correction finds something in at most 5 % of the
// experiments; without it, it were 19 %.
func TestHolmHoldsTheLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	wrong := [2]int{}
	for range 1000 {
		var p []float64
		for range 4 {
			a, b := make([]float64, 10), make([]float64, 10)
			for i := range a {
				a[i], b[i] = r.NormFloat64(), r.NormFloat64()
			}
			p = append(p, Paired(a, b, 0.95).P)
		}
		if slices.Min(p) < 0.05 {
			wrong[0]++
		}
		if slices.Min(Holm(p)) < 0.05 {
			wrong[1]++
		}
	}
	near(t, "wrong without correction", float64(wrong[0])/1000, 1-math.Pow(0.95, 4), 0.04)
	near(t, "wrong with it", float64(wrong[1])/1000, 0.05, 0.02)
}

// The median is that of the values, its interval a function of them and the seed.
func TestMedian(t *testing.T) {
	x := []float64{5, 1, 4, 2, 3, 6}
	seeded := func() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }
	m, low, high := Median(x, 0.95, seeded())
	if m != 3.5 || low < 1 || low > m || high < m || high > 6 {
		t.Errorf("median %g in %g to %g", m, low, high)
	}
	if _, l, h := Median(x, 0.95, seeded()); l != low || h != high {
		t.Error("the same seed gives another interval")
	}
	if x[0] != 5 {
		t.Error("the values were sorted")
	}
	if m, low, high := Median([]float64{7}, 0.95, seeded()); m != 7 || low != 7 || high != 7 {
		t.Errorf("one value: %g in %g to %g", m, low, high)
	}
}

// The interval is that of samples that are drawn value by value and sorted, as its definition has it.
func TestMedianByDefinition(t *testing.T) {
	for _, x := range [][]float64{{3, 1}, {4, 1, 4, 9, 1, 4, 7}, {2, 2, 2}, {0.5, -1, 8, 3, 3, 0.25, 6, 7}} {
		r := rand.New(rand.NewPCG(1, 7))
		medians := make([]float64, 2000)
		for i := range medians {
			sample := make([]float64, len(x))
			for j := range sample {
				sample[j] = x[r.IntN(len(x))]
			}
			slices.Sort(sample)
			medians[i] = (sample[(len(x)-1)/2] + sample[len(x)/2]) / 2
		}
		slices.Sort(medians)
		_, low, high := Median(x, 0.95, rand.New(rand.NewPCG(1, 7)))
		if low != medians[49] || high != medians[1949] { // the smallest of which 2.5 % and 97.5 % are no greater
			t.Errorf("%v: %g to %g; want %g to %g", x, low, high, medians[49], medians[1949])
		}
	}
}

// Closed form: √(ln(2/0.05)/(2n)).
func TestBand(t *testing.T) {
	near(t, "n = 100", Band(100, 0.95), 0.135810, 1e-6)
	near(t, "n = 20", Band(20, 0.95), 0.303681, 1e-6)
	near(t, "n = 1", Band(1, 0.95), 1, 0)
	near(t, "no values", Band(0, 0.95), 1, 0)
}

func TestMSER5(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	noise := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = 10 + r.NormFloat64()
		}
		return x
	}
	ramp := noise(500)
	for i := range 100 {
		ramp[i] -= 10 * (1 - float64(i)/100)
	}
	drift := noise(500)
	for i := range drift {
		drift[i] += 0.2 * float64(i) // never steady
	}
	for _, c := range []struct {
		what      string
		x         []float64
		low, high int
	}{
		{"nothing", nil, 0, 0},
		{"too short for five means", make([]float64, 24), 0, 0},
		{"a constant", slices.Repeat([]float64{0.1}, 500), 0, 0},
		{"one batch of zeros before a constant", append(make([]float64, 5), slices.Repeat([]float64{3}, 100)...), 5, 5},
		{"a ramp of 100 values", ramp, 60, 130},
		{"a drift to the end", drift, 251, 500},
	} {
		if got := MSER5(c.x); got < c.low || got > c.high || got%5 != 0 {
			t.Errorf("%s: %d; want %d to %d", c.what, got, c.low, c.high)
		}
	}
}
