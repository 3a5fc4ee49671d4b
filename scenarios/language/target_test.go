package language

import (
	"math"
	"strings"
	"testing"

	"mpsim/scenarios/formula"
)

const targeted = `
duration = "30s"
replications = 5
[vary]
n = [1, 2]
[[link]]
for = ["n"]
name = "l-${n}"
between = ["a-${n}", "b-${n}"]
rate = "8Mbps"
[[flow]]
for = ["n"]
name = "f-${n}"
from = "a-${n}"
to = "b-${n}"
[[target]]
id = "t"
of = "Figure 1"
evidence = "derived"
because = "the law"
`

// A formula of a target has the metrics of the run that it names, patterns written
// out in the order of the scenario.
func TestTargetFormula(t *testing.T) {
	run := map[formula.Quantity]float64{
		{Of: "flow", Name: "f-1", Part: "", What: "goodput"}: 3e6, {Of: "flow", Name: "f-2", Part: "", What: "goodput"}: 1e6, {Of: "flow", Name: "f-2", Part: "0", What: "share"}: 0.25,
		{Of: "link", Name: "l-1", Part: "up", What: "loss"}: 0.02, {Of: "link", Name: "l-2", Part: "down", What: "loss"}: 0.01, {Of: "flow", Name: "f-1", Part: "", What: "rtt-mean"}: 0.1,
	}
	for _, tt := range []struct {
		formula string
		want    float64
	}{
		{"goodput(f-1) / 1e6", 3},
		{"goodput(f-1)/goodput(f-2)-1", 2},
		{"share(f-2, 0)", 0.25},
		{"loss(l-1, up) / loss(l-2,down)", 2},
		{"sum(goodput(f-*))", 4e6},
		{"mean(goodput(*))", 2e6},
		{"jain(goodput(f*))", 0.8},
		{"max(goodput(*-2), 5)", 1e6},
		{"1 / (rtt-mean(f-1) * sqrt(loss(l-1, up) / 2))", 100},
		{"goodput(f-*-2) + 1", math.NaN()},
		{"rtt-mean(f-2)", math.NaN()},
	} {
		s, err := Parse("x.toml", []byte(targeted+"tolerance = 1\nwant = 1\nvalue = \""+tt.formula+"\"\n"), nil)
		if err != nil {
			if !math.IsNaN(tt.want) {
				t.Errorf("%s: %v", tt.formula, err)
			}
			continue
		}
		got := s.Targets[0].Formula.Of(func(q formula.Quantity) float64 {
			if v, ok := run[q]; ok {
				return v
			}
			return math.NaN()
		})
		if math.Abs(got-tt.want) > 1e-9*math.Abs(tt.want) || math.IsNaN(got) != math.IsNaN(tt.want) {
			t.Errorf("%s is %g; want %g", tt.formula, got, tt.want)
		}
	}
}

// What a target wants is a number with a tolerance, absolute or a part of it, or bounds.
func TestTargetWant(t *testing.T) {
	for _, tt := range []struct {
		text     string
		within   float64
		relative bool
	}{
		{"want = 3\ntolerance = 0.5", 0.5, false},
		{"want = 3.5\ntolerance = \"8%\"", 0.08, true},
		{"want = \"1/sqrt(loss(l-1, up))\"\ntolerance = 2", 2, false},
		{"min = 1\nmax = 2", 0, false},
	} {
		s, err := Parse("x.toml", []byte(targeted+"value = \"goodput(f-1)\"\n"+tt.text), nil)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if x := s.Targets[0]; math.Abs(x.Within-tt.within) > 1e-12 || x.Relative != tt.relative {
			t.Errorf("%s: within %g, relative %v", tt.text, x.Within, x.Relative)
		}
	}
}

// What is wrong with a target is said at load, with what is allowed.
func TestTargetErrors(t *testing.T) {
	const good = "value = \"goodput(f-1)\"\nwant = 1\ntolerance = 1\n"
	for _, tt := range []struct{ text, want string }{
		{"want = 1\ntolerance = 1", "value: missing; want a formula"},
		{"value = \"goodput(f-1)\"", "want: missing; want a value and its tolerance, or min, max or both"},
		{"value = \"goodput(f-1)\"\nwant = 1", "tolerance: missing; want a number, or a part"},
		{"value = \"goodput(f-1)\"\nwant = 1\ntolerance = \"8\"", `tolerance: got "8"; want a number`},
		{"value = \"goodput(f-1)\"\nwant = 1\ntolerance = -1", "tolerance: got -1"},
		{"value = \"goodput(f-1)\"\nwant = \"x\"\ntolerance = 1", "where a number, metrics or a parenthesis is wanted"},
		{"value = \"goodput(f-1)\"\nmin = 2\nmax = 1", "min: is greater than max"},
		{"value = \"goodput(f-1)\"\nmin = 2\ntolerance = 1", "tolerance: there is no value"},
		{good + "max = 1", "want: there is a value and a bound"},
		{"value = \"goodput(f-3)\"", `there is no flow "f-3"; did you mean "f-1"?`},
		{"value = \"goodputs(f-1)\"", `no metric or function "goodputs"; did you mean "goodput"?`},
		{"value = \"goodput(f-1, up)\"", `"up" is no subflow; want its index, 0 to 63`},
		{"value = \"goodput(f-1, 0, 1)\"", "want goodput(FLOW), or goodput(FLOW, 0)"},
		{"value = \"loss(l-1)\"", "want loss(LINK, up) or loss(LINK, down)"},
		{"value = \"loss(l-3, up)\"", `there is no link "l-3"`},
		{"value = \"goodput(f-*)\"", "want a function of it, such as sum(…)"},
		{"value = \"2 * goodput(f-*)\"", "want a function of it, such as sum(…)"},
		{"value = \"goodput(f-1\"", `ends where a ")" is wanted`},
		{good + "[[target]]\nid = \"t\"\n", `id: "t" is the id of target[0] too`},
		{good + "[[target]]\nid = \"u\"\nevidence = \"red\"\n", `evidence: got "red"; did you mean "read"?`},
		{good + "[[target]]\nid = \"u\"\n", "of: missing; want paper and figure"},
	} {
		_, err := Parse("x.toml", []byte(targeted+tt.text), nil)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s:\n%v\nwant %s", tt.text, err, tt.want)
		}
	}
	for _, n := range []string{"0", "-1", "100000"} {
		if _, err := Parse("x.toml", []byte(strings.Replace(targeted, "replications = 5", "replications = "+n, 1)+good), nil); err == nil || !strings.Contains(err.Error(), "want 1 to 10000") {
			t.Errorf("replications = %s: %v", n, err)
		}
	}
}

// * stands for any text, nothing included.
func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, name string
		want          bool
	}{
		{"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"a*", "a", true}, {"a*", "b", false}, {"*b", "ab", true},
		{"a*b*c", "a1b2c", true}, {"a*b*c", "abc", true}, {"a*b*c", "ac", false}, {"b*b", "b", false}, {"x*b*c", "a1b2c", false},
	} {
		if got := matches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("%s matches %s: %v", tt.pattern, tt.name, got)
		}
	}
}
