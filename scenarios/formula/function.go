package formula

import (
	"math"
	"slices"
)

// functions are those of formulas: a row more is a function more.
var functions = []struct {
	name string
	of   func([]float64) float64
}{
	{"sum", sum},
	{"mean", func(v []float64) float64 { return sum(v) / float64(len(v)) }},
	{"min", slices.Min[[]float64]},
	{"max", slices.Max[[]float64]},
	{"sqrt", func(v []float64) float64 { return math.Sqrt(one(v)) }},
	{"abs", func(v []float64) float64 { return math.Abs(one(v)) }},
	{"jain", jain}, // Jain's fairness index: the square of the sum over n times the sum of squares
}

// Functions returns the names of the functions.
func Functions() (names []string) {
	for _, f := range functions {
		names = append(names, f.name)
	}
	return names
}

// function returns the function called name, or nil.
func function(name string) func([]float64) float64 {
	for _, f := range functions {
		if f.name == name {
			return f.of
		}
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
