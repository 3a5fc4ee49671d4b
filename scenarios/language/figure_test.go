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

// A figure takes the keys of its kind, and they mean something in the scenario.
func TestFigureKeys(t *testing.T) {
	for _, tt := range []struct{ figure, want string }{
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"fallback\"\nreference = [\"x^2\"]", ""},
		{"kind = \"matrix\"\nrows = \"loss\"", ""},
		{"kind = \"regions\"\nrows = \"loss\"\ny = \"goodput\"\nbest = \"least\"", ""},
		{"kind = \"cwnd\"\nflows = [\"f-0.1\"]\ntitles = [\"one in ten\"]\nfrom = \"200ms\"\nuntil = \"1s\"\nlog = \"y\"\nwidth = \"ieee\"\norder = [\"a#2\"]", ""},
		{"kind = \"throughput\"\nbin = \"100ms\"\nfluid = true\nwidth = 5", ""},
		{"kind = \"queue\"\nlinks = [\"a\"]\norder = [\"a\"]\nlog = \"none\"", ""},

		{"kind = \"sweep\"\ny = \"fallback\"", "x.toml:14: figure[0].x: missing"},
		{"kind = \"sweep\"\nx = \"los\"\ny = \"fallback\"", `no flow to draw has the axis "los" in for; did you mean "loss"?`},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"fall-back\"", `"fall-back" is no metric of a flow; did you mean "fallback"?`},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"utilization\"", "is no metric of a flow"},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"fallback\"\nreference = [\"x\", \"2y\"]", "figure[0].reference[1]: the formula"},
		{"kind = \"sweep\"\nx = \"loss\"\ny = \"goodput\"\norder = [\"cc=lia\"]", `no curve is called "cc=lia"`},
		{"kind = \"matrix\"", "figure[0].rows: missing"},
		{"kind = \"regions\"\nrows = \"loss\"", "figure[0].y: missing; want a metric of a flow"},
		{"kind = \"regions\"\nrows = \"loss\"\ny = \"goodput\"\nbest = \"most\"", `figure[0].best: "most" says nothing of the best value; want one of greatest, least`},
		{"kind = \"regions\"\nrows = \"loss\"\ny = \"goodput\"\ncolumns = [\"pair.rtt\"]", `figure[0].columns[0]: nothing called "pair.rtt" was drawn for the flows; there are none`},
		{"kind = \"regions\"\nrows = \"loss\"\ny = \"goodput\"\ntitles = [\"RTT\"]", "figure[0].titles: got 1 for 0 quantities in the key columns"},
		{"kind = \"cwnd\"\nx = \"loss\"", `x.toml:16: figure[0].x: a figure of kind "cwnd" has no "x"; want one of kind, title, width, flows,`},
		{"kind = \"cwnd\"\nuntill = \"1s\"", `a figure of kind "cwnd" has no "untill"; did you mean "until"?`},
		{"kind = \"matrix\"\nrows = \"loss\"\nlog = \"y\"", `a figure of kind "matrix" has no "log"`},
		{"kind = \"cwnnd\"", `figure[0].kind: unknown figure "cwnnd"; did you mean "cwnd"?`},
		{"title = \"t\"", "figure[0]: the figure has no kind"},
		{"kind = \"rtt\"\nfrom = \"1s\"", "x.toml:16: figure[0].from: 1s is not within the run of 1s"},
		{"kind = \"rtt\"\nfrom = \"500ms\"\nuntil = \"400ms\"", "figure[0].until: 400ms is not after from, 500ms"},
		{"kind = \"rtt\"\nuntil = \"2s\"", "figure[0].until: 2s is not within the run of 1s"},
		{"kind = \"rtt\"\nuntil = \"0s\"", "figure[0].until: 0s is not after from, 0s"},
		{"kind = \"throughput\"\nbin = \"0s\"", "figure[0].bin: got 0s; want more"},
		{"kind = \"rtt\"\nfrom = \"2s\"\nuntil = \"3s\"", "figure[0].until: 3s is not within the run of 1s"},
		{"kind = \"rtt\"\nlog = \"x\"", `figure[0].log: no axis of this figure is logarithmic with "x"; want one of y, none`},
		{"kind = \"rtt\"\nflows = [\"f-0.3\"]", `figure[0].flows[0]: there is no flow "f-0.3"; did you mean "f-0.1"?`},
		{"kind = \"rtt\"\norder = [\"b\"]", `figure[0].order[0]: no flow to draw, and none of its subflows, is called "b"`},
		{"kind = \"rtt\"\ntitles = [\"b\"]", "figure[0].titles: got 1 for 0 names in the key flows"},
		{"kind = \"queue\"\nlinks = [\"b\"]", `figure[0].links[0]: there is no link "b"`},
		{"kind = \"timeline\"\nfrom = \"100ms\"\nuntil = \"200ms\"\norder = [\"a\"]\nflows = [\"f-0.1\"]\ntitles = [\"x\"]", ""},
		{"kind = \"timeline\"\nfrom = \"100ms\"\nuntil = \"50ms\"", "figure[0].until: 50ms is not after from, 100ms"},
		{"kind = \"timeline\"\nfrom = \"1h\"", "figure[0].from: 1h0m0s is not within the run"},
		{"kind = \"timeline\"\nflows = [\"g\"]", `figure[0].flows[0]: there is no flow "g"`},
		{"kind = \"timeline\"\nflow = [\"f\"]", `figure[0].flow: a figure of kind "timeline" has no "flow"; did you mean "flows"?`},
		{"kind = \"timeline\"\nlog = \"y\"", `figure[0].log: a figure of kind "timeline" has no "log"`},
		{"kind = \"timeline\"\nbin = \"10ms\"", `figure[0].bin: a figure of kind "timeline" has no "bin"`},
		{"kind = \"rtt\"\nwidth = \"amc\"", `figure[0].width: "amc" is no width; want a number of inches, or acm, ieee, usenix, lncs, slide`},
		{"kind = \"rtt\"\nwidth = 1", "figure[0].width: got 1; want 1.5 to 30 inches"},
	} {
		_, err := Parse("x.toml", []byte(sweep+tt.figure), nil)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.figure, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v; want %s", tt.figure, err, tt.want)
		}
	}
}

// An option that leaves times of a figure behind the end of the run takes them away, with a warning, and what is
// written out is read again.
func TestFigureLeftBehind(t *testing.T) {
	for _, tt := range []struct {
		keys  string
		want  []string
		right string // what is left of the figure
	}{
		{`from = "500ms"`, []string{"from: 500ms is not within the run of 200ms"}, ""},
		{`until = "500ms"`, []string{"until: 500ms is not within the run of 200ms"}, ""},
		{"from = \"100ms\"\nuntil = \"500ms\"", []string{"until: 500ms is"}, "from = \"100ms\"\n"},
		{"from = \"200ms\"\nuntil = \"500ms\"", []string{"from: 200ms is", "until: 500ms is"}, ""},
		{`bin = "500ms"`, []string{"bin: 500ms is more than the run of 200ms"}, ""},
		{"from = \"200ms\"\nuntil = \"500ms\"\nbin = \"500ms\"", []string{"from: 200ms", "until: 500ms", "bin: 500ms"}, ""},
		{"from = \"100ms\"\nuntil = \"200ms\"\nbin = \"50ms\"", nil, "bin = \"50ms\"\nfrom = \"100ms\"\nuntil = \"200ms\"\n"},
	} {
		s, err := Parse("x.toml", []byte(sweep+"kind = \"throughput\"\n"+tt.keys), nil, "duration=200ms")
		if err != nil {
			t.Errorf("%s: %v", tt.keys, err)
			continue
		}
		fits := len(s.Warnings) == len(tt.want)
		for i := range tt.want {
			fits = fits && strings.HasPrefix(s.Warnings[i].Short(), "figure[0]."+tt.want[i]) && strings.HasSuffix(s.Warnings[i].Message, ": the figure does without")
		}
		if !fits {
			t.Errorf("%s: got the warnings %v; want %q", tt.keys, s.Warnings, tt.want)
		}
		again, err := Parse("y.toml", s.Marshal(), nil)
		if err != nil || len(again.Warnings) != 0 || !strings.Contains(string(again.Marshal()), "[[figure]]\nkind = \"throughput\"\n"+tt.right) {
			t.Errorf("%s: as run: %v\n%s", tt.keys, err, s.Marshal())
		}
	}
}

// A figure that will have nothing to show is no reason to refuse a run. There is a warning at its line.
func TestFigureOfNothing(t *testing.T) {
	for _, tt := range []struct{ figure, flow, want string }{
		{"fct-cdf", "mptcp", "figure[0].kind: no flow to draw has transfers that end"},
		{"ooo-cdf", "tcp", "figure[0].kind: no flow to draw is MPTCP"},
	} {
		text := strings.Replace(sweep, "[[figure]]", "protocol = \""+tt.flow+"\"\n[[figure]]", 1)
		s, err := Parse("x.toml", []byte(text+"kind = \""+tt.figure+"\""), nil)
		if err != nil {
			t.Fatal(err)
		}
		if w := s.Warnings.Error(); !strings.Contains(w, tt.want) {
			t.Errorf("the warnings are %q; want %q", w, tt.want)
		}
	}
}
