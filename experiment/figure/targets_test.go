package figure

import (
	"math"
	"testing"
)

// A row for each target: a band with two ends or one, points with an interval, and
// nothing where there is no number.
func TestTargets(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	compareGolden(t, "targets", Targets("", []Target{
		{"both bounds", 0.7, 0.8, 0.74, 0.76, 0.75, 0.02},
		{"least alone", 0.9, inf, nan, nan, 0.85, 0.1},
		{"greatest alone", -inf, 0.3, 0.2, nan, 0.25, 0},
		{"exact", 0.5, 0.5, nan, nan, 0.5, 0},
		{"not measured", 0.4, 0.6, 0.5, nan, nan, 0},
	}))
	compareGolden(t, "targets-log", Targets("Wide spread", []Target{
		{"small", 9, 11, nan, 10, 10, 0.3},
		{"large", 900, 1100, 1000, nan, 950, 100},
	}))
}
