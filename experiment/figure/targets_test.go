package figure

import (
	"fmt"
	"math"
	"slices"
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

// Targets of one unit share an axis, which names it; others do not. So do kinds of targets without a unit, unless one
// of them would have a band that no one sees.
func TestTargetsByUnit(t *testing.T) {
	nan := math.NaN()
	of := func(name string, low, high float64) Target {
		return Target{name, low, high, nan, nan, (low + high) / 2, 0}
	}
	f := Targets("", []Target{
		of("TCP on Wi-Fi, Mb/s", 7, 8), of("ratio, a", 0.8, 1.2), of("gap in ms, silent", 240, 300), of("MPTCP, Mb/s", 9, 10),
		of("Jain's index, a", 0.92, 0.95), of("other ratio, a", 0.5, 2), of("factor, a", 10, 90), of("Jain's index, b", 0.98, 1),
	})
	var got []string
	for _, p := range f.panels {
		line := p.plot.X.Label + ":"
		ticks := p.plot.Y.Ticks.Ticks(0, 1)
		for _, x := range ticks {
			line += " " + x.Label + ";"
		}
		got = append(got, line)
	}
	want := []string{
		"Value (Mb/s): TCP on Wi-Fi; MPTCP;", "Value (ratio or count): ratio, a; Jain's index, a; Jain's index, b;",
		"Value (ms): gap, silent;", "Value (ratio or count): other ratio, a; factor, a;",
	}
	if !slices.Equal(got, want) {
		t.Errorf("panels\n%q\nwant\n%q", got, want)
	}
	for i, p := range f.panels {
		if named := len(p.legend) > 0; named != (i == 0) {
			t.Errorf("panel %d has the legend %v", i, p.legend)
		}
	}
}

// A negative number has the sign for minus, not a hyphen.
func TestMinus(t *testing.T) {
	var got []string
	for _, x := range (linearTicks{n: 2}).Ticks(-50, 50) {
		got = append(got, x.Label)
	}
	if fmt.Sprint(got) != "[\u221250 0 50]" {
		t.Errorf("ticks %v", got)
	}
	if got := minus("1e-06"); got != "1e\u221206" {
		t.Errorf("%q", got)
	}
}
