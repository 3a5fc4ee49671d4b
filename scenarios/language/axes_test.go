package language

import (
	"strings"
	"testing"
)

const sweep = `
duration = "1s"
[vary]
loss = [0.1, 0.2]
[[link]]
name = "a"
between = ["c", "s"]
rate = "8Mbps"
[[flow]]
for = ["loss"]
name = "f-${loss}"
from = "c"
to = "s"
[[figure]]
`

// A figure names axes that its flows have, metrics of flows, and formulas.
func TestFigureAxes(t *testing.T) {
	for _, tt := range []struct{ figure, want string }{
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"fallback\"\nreference = [\"x^2\"]", ""},
		{"kind = \"matrix\"\nrows = \"loss\"", ""},
		{"kind = \"sweep\"\ny = \"fallback\"", "figure[0].x: missing"},
		{"kind = \"sweep\"\nx = \"los\"\ny = \"fallback\"", `no flow to draw has the axis "los" in for; did you mean "loss"?`},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"fall-back\"", `"fall-back" is no metric of a flow; did you mean "fallback"?`},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"utilization\"", "is no metric of a flow"},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"fallback\"\nreference = [\"x\", \"2y\"]", "figure[0].reference[1]: the formula"},
		{"kind = \"matrix\"", "figure[0].rows: missing"},
		{"kind = \"cwnd\"\nx = \"loss\"", `a figure of kind "cwnd" has none`},
		{"kind = \"cwnd\"\ny = \"goodput\"", "only a sweep draws a metric"},
		{"kind = \"matrix\"\nrows = \"loss\"\nreference = [\"x\"]", "only a sweep has closed forms"},
	} {
		s, err := Parse("x.toml", []byte(sweep+tt.figure), nil)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.figure, err)
		case tt.want == "" && len(s.Figures[0].Formulas) != len(s.Figures[0].Reference):
			t.Errorf("%s: %d formulas", tt.figure, len(s.Figures[0].Formulas))
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v; want %s", tt.figure, err, tt.want)
		}
	}
}
