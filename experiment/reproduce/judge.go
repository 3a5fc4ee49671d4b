package reproduce

import (
	"math"

	"mpsim/experiment/stats"
	"mpsim/scenarios/formula"
	"mpsim/scenarios/language"
)

// A Verdict says whether runs agree with a target.
type Verdict string

// The verdicts.
const (
	Reproduced Verdict = "reproduced"        // the confidence interval lies within the tolerance
	Undecided  Verdict = "undecided"         // it lies partly within: more replications would tell
	Missed     Verdict = "missed"            // it lies outside
	Explained  Verdict = "missed, explained" // it lies outside, and the scenario says why
	Unmeasured Verdict = "not measured"      // a run yields no such number
)

// A Judgement is what came of a target.
type Judgement struct {
	Target *language.Target
	// Samples has the value of each replication, Wants what it should be.
	Samples, Wants []float64
	Mean, Half     float64 // of the samples, with half the width of the 95 % interval
	Low, High      float64 // the values that reproduce the target, infinite where there is no bound
	Predicted      float64 // by the fluid model; not a number if it predicts nothing
	Verdict        Verdict
}

// Judge compares the runs with a target. Each run is a function that returns the
// quantities of one replication.
func Judge(t *language.Target, runs []func(formula.Quantity) float64) Judgement {
	j := Judgement{Target: t, Predicted: math.NaN()}
	for _, run := range runs {
		want := math.NaN()
		if t.WantFormula != nil {
			want = t.WantFormula.Of(run)
		}
		j.Samples, j.Wants = append(j.Samples, t.Formula.Of(run)), append(j.Wants, want)
	}
	j.Mean, j.Half = interval(j.Samples)
	j.Low, j.High = bounds(t, j.Wants)
	j.Verdict = j.judge()
	return j
}

// bounds returns the values that reproduce t, for the mean of what is wanted.
func bounds(t *language.Target, wants []float64) (low, high float64) {
	low, high = math.Inf(-1), math.Inf(1)
	if t.Least != nil {
		low = *t.Least
	}
	if t.Greatest != nil {
		high = *t.Greatest
	}
	if t.WantFormula != nil {
		want, _ := interval(wants)
		within := t.Within
		if t.Relative {
			within *= math.Abs(want)
		}
		low, high = want-within, want+within
	}
	return low, high
}

// judge compares the interval with the bounds. If what is wanted differs from run to
// run, as with a law of the measured RTT, the differences run by run are what counts.
func (j *Judgement) judge() Verdict {
	mean, half, low, high := j.Mean, j.Half, j.Low, j.High
	if j.Target.WantFormula != nil {
		errors := make([]float64, len(j.Samples))
		for i := range errors {
			errors[i] = j.Samples[i] - j.Wants[i]
		}
		mean, half = interval(errors)
		low, high = -(high-low)/2, (high-low)/2
	}
	// What is exact in theory has the rounding of the arithmetic.
	const rounding = 1e-12
	slack := rounding * max(math.Abs(j.Mean), math.Abs(j.Half))
	low, high = low-slack, high+slack
	switch {
	case math.IsNaN(mean) || math.IsNaN(low) || math.IsNaN(high):
		return Unmeasured
	case mean-half >= low && mean+half <= high:
		return Reproduced
	case mean+half >= low && mean-half <= high:
		return Undecided
	case j.Target.Finding != "":
		return Explained
	}
	return Missed
}

// interval returns the mean of samples and half the width of its 95 % confidence
// interval. One sample has no width, and the mean alone decides.
func interval(samples []float64) (mean, half float64) {
	e := stats.Mean(samples, 0.95)
	if e.N == 1 {
		e.Half = 0
	}
	return e.Mean, e.Half
}
