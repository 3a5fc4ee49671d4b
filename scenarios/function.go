package scenarios

import (
	"math"
	"slices"
)

// functionNames has the functions of formulas.
var functionNames = []Named{
	{"sum", "of all"},
	{"mean", "of all"},
	{"min", "the least of all"},
	{"max", "the greatest of all"},
	{"sqrt", "square root"},
	{"abs", "without its sign"},
	{"jain", "Jain's fairness index: the square of the sum over n times the sum of squares"},
}

// function returns the function called name, or nil.
func function(name string) func([]float64) float64 {
	switch name {
	case "sum":
		return sum
	case "mean":
		return func(v []float64) float64 { return sum(v) / float64(len(v)) }
	case "min":
		return slices.Min[[]float64]
	case "max":
		return slices.Max[[]float64]
	case "sqrt":
		return func(v []float64) float64 { return math.Sqrt(one(v)) }
	case "abs":
		return func(v []float64) float64 { return math.Abs(one(v)) }
	case "jain":
		return jain
	}
	return nil
}

// one returns the only value, and for several no number.
func one(v []float64) float64 {
	if len(v) != 1 {
		return math.NaN()
	}
	return v[0]
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

func jain(v []float64) float64 {
	var squares float64
	for _, x := range v {
		squares += float64(x * x)
	}
	s := sum(v)
	return float64(s*s) / (float64(len(v)) * squares)
}
