package reproduce

import (
	"math"
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/scenarios/formula"
	"mpsim/scenarios/language"
)

// target returns a target of the goodput of a flow, in Mb/s.
func target(t *testing.T, text string) *language.Target {
	t.Helper()
	s, err := scenarios.Parse("x.toml", []byte(`
duration = "1s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "8Mbps"
[[flow]]
name = "f"
from = "a"
to = "b"
[[target]]
id = "t"
of = "a law"
evidence = "derived"
because = "the law"
value = "goodput(f) / 1e6"
`+text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &s.Targets[0]
}

// run has a goodput in Mb/s and an RTT.
func run(goodput, rtt float64) func(formula.Quantity) float64 {
	return func(q formula.Quantity) float64 {
		switch q.What {
		case "goodput":
			return goodput * 1e6
		case "rtt-mean":
			return rtt
		}
		return math.NaN()
	}
}

// The 95 % interval decides: within, outside as a whole, or in between.
func TestVerdict(t *testing.T) {
	const ten = "want = 10\ntolerance = \"10%\"\n"
	for _, tt := range []struct {
		what, target string
		goodputs     []float64
		want         Verdict
	}{
		{"within", ten, []float64{10, 10.1, 9.9}, Reproduced},
		{"within, absolute", "want = 10\ntolerance = 0.5", []float64{10.1, 10.2, 10.3}, Reproduced},
		{"mean within, interval not", ten, []float64{9, 10, 11}, Undecided},
		{"mean outside, interval not as a whole", ten, []float64{11, 11.2, 11.4}, Undecided},
		{"above", ten, []float64{12, 12.1, 12.2}, Missed},
		{"below", ten, []float64{8, 8.1, 8.2}, Missed},
		{"known to be missed", ten + "finding = \"why\"", []float64{12, 12.1, 12.2}, Explained},
		{"feared to be missed", ten + "finding = \"why\"", []float64{10, 10.1, 9.9}, Reproduced},
		{"one run", ten, []float64{10.9}, Reproduced},
		{"one run, outside", ten, []float64{11.1}, Missed},
		{"exact", "want = \"3/10\"\ntolerance = 0", []float64{0.3, 0.3}, Reproduced},
		{"exact, but not", "want = 0.3\ntolerance = 0", []float64{0.3001, 0.3001}, Missed},
		{"least", "min = 9", []float64{10, 10.1, 9.9}, Reproduced},
		{"less than least", "min = 11", []float64{10, 10.1, 9.9}, Missed},
		{"greatest", "max = 10", []float64{10, 10.1, 9.9}, Undecided},
		{"no such number", ten, []float64{math.NaN(), 10}, Unmeasured},
	} {
		var runs []func(formula.Quantity) float64
		for _, g := range tt.goodputs {
			runs = append(runs, run(g, 0.1))
		}
		if j := Judge(target(t, tt.target), runs); j.Verdict != tt.want {
			t.Errorf("%s: %s ± %g in %s is %q; want %q", tt.what, number(j.Mean), j.Half, j.Wanted(), j.Verdict, tt.want)
		}
	}
}

// Three values have the mean and, by Student's distribution of two degrees of freedom,
// 4.3027 standard errors.
func TestInterval(t *testing.T) {
	mean, half := interval([]float64{1, 2, 3})
	if mean != 2 || math.Abs(half-4.302653/math.Sqrt(3)) > 1e-5 {
		t.Errorf("%g ± %g", mean, half)
	}
	if mean, half := interval([]float64{7}); mean != 7 || half != 0 {
		t.Errorf("one value: %g ± %g", mean, half)
	}
}

// What is wanted may differ from run to run. Then the differences count: values that
// vary with what they should be are no doubt.
func TestWantOfTheRun(t *testing.T) {
	law := target(t, "want = \"1 / rtt-mean(f)\"\ntolerance = \"5%\"")
	j := Judge(law, []func(formula.Quantity) float64{run(10.1, 0.1), run(20.2, 0.05), run(5.05, 0.2)})
	if j.Verdict != Reproduced {
		t.Errorf("%s in %s is %q", j.Simulated(), j.Wanted(), j.Verdict)
	}
	j = Judge(law, []func(formula.Quantity) float64{run(11.3, 0.1), run(22.5, 0.05), run(5.7, 0.2)})
	if j.Verdict == Reproduced {
		t.Errorf("%s in %s is %q", j.Simulated(), j.Wanted(), j.Verdict)
	}
}

// Numbers have as many digits as their interval leaves meaning.
func TestSimulated(t *testing.T) {
	for _, tt := range []struct {
		mean, half float64
		want       string
	}{{1.23456, 0.0123, "1.235 ± 0.012"}, {123.456, 4.56, "123.5 ± 4.6"}, {1234.5, 67, "1234 ± 67"}, {0.5, 0, "0.5"}, {math.NaN(), 0, "–"}} {
		j := Judgement{Mean: tt.mean, Half: tt.half}
		if got := j.Simulated(); got != tt.want {
			t.Errorf("%g ± %g is %s; want %s", tt.mean, tt.half, got, tt.want)
		}
	}
}

// Where runs differ that is seen, however small the numbers are.
func TestSimulatedSmall(t *testing.T) {
	for _, tt := range []struct {
		mean, half float64
		want       string
	}{
		{6.67e-9, 1.05e-9, "(6.7 ± 1.1)e-9"}, {-6.67e-9, 1.2e-11, "(-6.670 ± 0.012)e-9"}, {2.5, 1.2e-9, "2.5000000000 ± 0.0000000012"},
		{0.00042, 0.00001, "0.000420 ± 0.000010"}, {0, 3e-9, "(0.0 ± 3.0)e-9"}, {6.67e-9, 0, "6.67e-09"},
	} {
		j := Judgement{Mean: tt.mean, Half: tt.half}
		if got := j.Simulated(); got != tt.want {
			t.Errorf("%g ± %g is %s; want %s", tt.mean, tt.half, got, tt.want)
		}
	}
}

// A value that is of a metric has its unit, if it is large or small in it: all numbers of a target the same.
func TestUnits(t *testing.T) {
	const scenario = `duration = "1s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "9Mbps"
[[flow]]
name = "f"
from = "a"
to = "b"
[[target]]
id = "t"
of = "x"
because = "y"
evidence = "derived"
min = 1
value = "VALUE"
`
	for _, tt := range []struct {
		value                 string
		low, high, mean, half float64
		wanted, simulated     string
	}{
		{"goodput(f)", 8.1e6, 9.9e6, 8.76543e6, 12345, "8.1 to 9.9 Mb/s", "8.765 ± 0.012 Mb/s"},
		{"sum(goodput(*))", 8.1e6, math.Inf(1), 8.76543e6, 0, "≥ 8.1 Mb/s", "8.765 Mb/s"},
		{"goodput(f) / 1e6", 8.1, 9.9, 8.76543, 0.012345, "8.1 to 9.9", "8.765 ± 0.012"},
		{"max(received(f), sent(f))", 0, 5e4, 45678, 123, "0 to 50 kB", "45.68 ± 0.12 kB"},
		{"rtt-mean(f)", 0.02, 0.03, 0.0254, 0.001, "20 to 30 ms", "25.4 ± 1.0 ms"},
		{"rtt-mean(f)", 1.9, 2.4, 2.154, 0, "1.9 to 2.4", "2.154"},
		{"jain(goodput(*))", 0.9, 1, 0.95, 0.01, "0.9 to 1", "0.950 ± 0.010"},
		{"max(goodput(f), rtt-mean(f))", 1e6, 2e6, 1e6, 0, "1000000 to 2000000", "1000000"},
		{"timeouts(f)", 1e4, 2e4, 15000, 0, "10000 to 20000", "15000"},
	} {
		s, err := scenarios.Parse("x.toml", []byte(strings.Replace(scenario, "VALUE", tt.value, 1)), nil)
		if err != nil {
			t.Fatal(err)
		}
		j := Judgement{Target: &s.Targets[0], Low: tt.low, High: tt.high, Mean: tt.mean, Half: tt.half, Predicted: math.NaN()}
		if j.Wanted() != tt.wanted || j.Simulated() != tt.simulated {
			t.Errorf("%s: %s, %s; want %s, %s", tt.value, j.Wanted(), j.Simulated(), tt.wanted, tt.simulated)
		}
	}
}

// The comment at the beginning of a scenario is its header.
func TestHeader(t *testing.T) {
	if got := header("# A paper.\n#\n# A finding.\ndescription = \"x\"\n# not this\n"); got != "A paper.\n\nA finding." {
		t.Errorf("%q", got)
	}
	for _, id := range IDs() {
		p, err := Load(id, false)
		if err != nil {
			t.Error(err)
		} else if strings.TrimSpace(p.Header) == "" {
			t.Errorf("%s has no header", id)
		}
	}
}
