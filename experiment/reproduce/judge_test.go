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
