package compare

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/campaign"
	"mpsim/experiment/record"
	"mpsim/experiment/stats"
	"mpsim/scenarios"
)

// noisy has two paths, one with random losses.
const noisy = `
duration = "3s"
warmup = "500ms"
[[link]]
name = "a"
between = ["c", "s"]
rate = "5Mbps"
delay = "10ms"
[[link]]
name = "b"
between = ["c", "s"]
rate = "5Mbps"
delay = "10ms"
loss = { up = 0.02, down = 0 }
[[flow]]
name = "bulk"
from = "c"
to = "s"
`

// file writes a scenario and returns its name.
func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "noisy.toml")
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

// plan returns the plan of one factor.
func plan(t *testing.T, text string, n int, key string, values ...string) Plan {
	t.Helper()
	v, err := Variants(file(t, text), nil, []Factor{{Name: key, Keys: []string{key}, Values: values}})
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Variants: v, Replications: n}
}

func run(t *testing.T, p Plan, opts Options) *Comparison {
	t.Helper()
	c, err := Run(context.Background(), p, opts)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// row returns a metric of the comparison.
func (c *Comparison) row(t *testing.T, metric string) *Row {
	t.Helper()
	i := slices.IndexFunc(c.Rows, func(r Row) bool { return r.Metric == metric })
	if i < 0 {
		t.Fatalf("there is no row %s", metric)
	}
	return &c.Rows[i]
}

// Pairs of replications that draw the same numbers differ less from pair to pair than
// replications that have nothing in common: the interval of the difference is shorter.
func TestCommonRandomNumbers(t *testing.T) {
	c := run(t, plan(t, noisy, 20, "flow.bulk.cc", "lia", "ewtcp"), Options{})
	row := c.row(t, "retransmitted")
	a, b := pairs(&row.Cells[0], &row.Cells[1])
	shifted := append(slices.Clone(b[7:]), b[:7]...) // the same values, paired with others
	common, apart := stats.Paired(a, b, Level), stats.Paired(a, shifted, Level)
	if !(common.Half < 0.7*apart.Half) {
		t.Errorf("the interval of the difference is ± %g with common random numbers and ± %g without; want it shorter by a third at least", common.Half, apart.Half)
	}
	if d := row.Cells[1].Against[0]; d.N != 20 || *d.Half != common.Half || d.Mean != common.Mean {
		t.Errorf("the comparison says %+v; want the paired difference %+v", d, common)
	}
}

// The files of a comparison are the same bytes with one and with many workers, from the
// store, and after an interruption.
func TestBytes(t *testing.T) {
	p := plan(t, noisy, 5, "flow.bulk.cc", "lia", "olia")
	var want []record.File
	same := func(what string, c *Comparison) {
		t.Helper()
		got, _, err := c.files(t.Context(), "mpsim compare noisy", nil)
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		}
		for i := range want {
			if i >= len(got) || got[i].Name != want[i].Name || !bytes.Equal(got[i].Data, want[i].Data) {
				t.Errorf("%s: %s differs", what, want[i].Name)
			}
		}
	}
	one := run(t, p, Options{Workers: 1})
	same("one worker", one)
	same("four workers", run(t, p, Options{Workers: 4}))
	equal := func(what string, c *Comparison) {
		t.Helper()
		if !reflect.DeepEqual(c, one) {
			t.Errorf("%s: the comparison differs", what)
		}
	}

	store := campaign.OpenStore(t.TempDir())
	ctx, cancel := context.WithCancel(context.Background())
	_, err := Run(ctx, p, Options{Workers: 1, Store: store, Progress: func(stage string, p campaign.Progress) {
		if stage == "replications" && p.Done == 3 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v; want %v", err, context.Canceled)
	}
	stored := map[string]int{}
	note := func(stage string, p campaign.Progress) { stored[stage] = p.Stored }
	resumed := run(t, p, Options{Store: store, Progress: note})
	equal("after an interruption", resumed)
	same("after an interruption", resumed)
	if stored["first replication"] != 2 || stored["replications"] != 3 {
		t.Errorf("from the store came %v; want the 2 and 3 runs that were done", stored)
	}
	equal("from the store", run(t, p, Options{Store: store}))
	var names []string
	for _, f := range want {
		names = append(names, f.Name)
	}
	for _, name := range []string{"report.md", "table.csv", "comparison.json", "figures/bars-bulk.pdf", "figures/cdf-bulk.svg", "figures/throughput.png", "figures/cwnd.pdf", "figures/queue.svg", "variants/2.toml"} {
		if !slices.Contains(names, name) {
			t.Errorf("there is no %s in %q", name, names)
		}
	}
}

// Where chance makes no difference there are no intervals and no tests, and one run.
func TestNothingRandom(t *testing.T) {
	for _, c := range []struct {
		what, text string
		runs       int // of each variant
		note       string
	}{
		{"no losses", strings.Replace(noisy, "loss = { up = 0.02, down = 0 }", "", 1), 2, "draws no random numbers"},
		{"losses too rare to happen", strings.Replace(noisy, "0.02", "1e-12", 1), 4, "all 4 replications are the same"},
	} {
		runs := 0
		got := run(t, plan(t, c.text, 4, "flow.bulk.cc", "lia", "reno"), Options{Progress: func(_ string, p campaign.Progress) {
			if p.Done == p.Total {
				runs += p.Total
			}
		}})
		if got.Random || got.Tests != 0 || len(got.Notes) == 0 || !strings.Contains(got.Notes[0], c.note) {
			t.Errorf("%s: random %v, %d tests, notes %q", c.what, got.Random, got.Tests, got.Notes)
		}
		if runs != 2*c.runs {
			t.Errorf("%s: %d runs; want %d", c.what, runs, 2*c.runs)
		}
		for _, r := range got.Rows {
			for _, cell := range r.Cells {
				if cell.Half != nil || cell.N != 1 || slices.ContainsFunc(cell.Against, func(d Difference) bool { return d.P != nil || d.Half != nil }) {
					t.Errorf("%s: %s has an interval: %+v", c.what, r.Metric, cell)
				}
			}
		}
		var b strings.Builder
		if err := got.Table(&b); err != nil || strings.Contains(b.String(), "±") {
			t.Errorf("%s: the table (%v) says\n%s", c.what, err, b.String())
		}
	}
}

// A variant without chance has no interval, though others have.
func TestPartlyRandom(t *testing.T) {
	c := run(t, plan(t, noisy, 3, "link.b.loss.up", "0", "0.05"), Options{})
	for _, cell := range c.row(t, "goodput").Cells {
		if certain := len(cell.Against) == 0; (cell.Half == nil) != certain {
			t.Errorf("interval of %v: %v", cell.Values, cell.Half)
		}
	}
}

// Transfers under way at the end are flagged, never left out in silence.
func TestUnfinished(t *testing.T) {
	text := noisy + "workload = { kind = \"file\", size = \"1.2MB\" }\ncount = 2\n"
	c := run(t, plan(t, text, 3, "link.a.rate", "20Mbps", "2Mbps"), Options{})
	row := c.row(t, "fct-mean")
	if row.Cells[0].Unfinished != 0 || row.Cells[1].Unfinished == 0 {
		t.Errorf("unfinished: %d and %d; want none, and some", row.Cells[0].Unfinished, row.Cells[1].Unfinished)
	}
	var b strings.Builder
	if err := c.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" †", "† some transfers were not complete", "note: rate=2Mbps: transfers of bulk were under way at the end of"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, b.String())
		}
	}
}

// A metric that one variant never yields cannot be compared, and that is said.
func TestMissingMetric(t *testing.T) {
	text := noisy + "workload = { kind = \"file\", size = \"600kB\" }\n"
	c := run(t, plan(t, text, 2, "link.a.rate", "20Mbps", "10kbps"), Options{})
	if slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Metric == "fct-mean" }) {
		t.Skip("the slow variant has finished")
	}
	if !slices.ContainsFunc(c.Notes, func(n string) bool {
		return strings.HasPrefix(n, "fct-mean of bulk could not be measured with rate=10kbps")
	}) {
		t.Errorf("the notes are %q", c.Notes)
	}
}

// The warm-up is the same for all variants and replications: what is asked for, what the
// scenario says, or what MSER-5 finds.
func TestWarmup(t *testing.T) {
	bare := strings.Replace(noisy, `warmup = "500ms"`, "", 1)
	late := bare + "start = \"1s\"\nworkload = { kind = \"cbr\", rate = \"2Mbps\" }\n"
	for _, c := range []struct {
		what, text, option string
		method             string
		low, high          float64
		warns              bool
	}{
		{"of the scenario", noisy, "", "scenario", 0.5, 0.5, false},
		{"as asked", noisy, "700ms", "fixed", 0.7, 0.7, false},
		{"none", noisy, "0s", "none", 0, 0, false},
		// Until 1.5 s a loss moves data from one interval to the next; after it all have the same.
		{"found: the flow begins at 1 s", late, "", "mser5", 1, 1.5, false},
		{"found against the scenario", strings.Replace(late, "duration", "warmup = \"2s\"\nduration", 1), "mser5", "mser5", 1, 1.5, false},
		{"a rate that never settles", bare + "[[event]]\nat = \"2s\"\nlink = \"a\"\nrate = \"100Mbps\"\n", "mser5", "mser5", 1.5, 1.5, true},
	} {
		p := plan(t, c.text, 2, "flow.bulk.cc", "lia", "reno")
		var err error
		if p.Warmup, err = ParseWarmup(c.option); err != nil {
			t.Fatal(err)
		}
		got := run(t, p, Options{})
		if w := got.Warmup; w.Method != c.method || w.Seconds < c.low || w.Seconds > c.high || (w.Warning != "") != c.warns {
			t.Errorf("%s: %+v; want method %s and %g to %g s", c.what, w, c.method, c.low, c.high)
		}
		want := []byte(fmt.Sprintf("warmup = %q", time.Duration(got.Warmup.Seconds*1e9)))
		for i, text := range got.text {
			if got.Warmup.Seconds > 0 && !bytes.Contains(text, want) {
				t.Errorf("%s: variant %d does not say %s:\n%s", c.what, i, want, text)
			}
		}
	}
	for _, bad := range []string{"mser", "5", "-1s", "s"} {
		if _, err := ParseWarmup(bad); err == nil || !strings.Contains(err.Error(), "want mser5, or a time") {
			t.Errorf("--warmup %s: %v", bad, err)
		}
	}
}

func TestSplit(t *testing.T) {
	for list, want := range map[string][]string{
		"lia,olia":            {"lia", "olia"},
		" lia , olia ,":       {"lia", "olia"},
		"":                    nil,
		",":                   nil,
		"[1,2],[3]":           {"[1,2]", "[3]"},
		`{a=1, b=[2,3]},reno`: {"{a=1, b=[2,3]}", "reno"},
		`"a,b",'c,d'`:         {`"a,b"`, `'c,d'`},
		`"[",x`:               {`"["`, "x"},
	} {
		if got := Split(list); !slices.Equal(got, want) {
			t.Errorf("Split(%q) = %q; want %q", list, got, want)
		}
	}
}

// Variants are all combinations, named by what tells them apart.
func TestVariants(t *testing.T) {
	name := file(t, noisy)
	cc := Factor{"cc", []string{"flow.bulk.cc"}, []string{"lia", "olia"}}
	rate := Factor{"link.a.rate", []string{"link.a.rate"}, []string{"1Mbps", "2Mbps"}}
	delay := Factor{"link.b.delay", []string{"link.b.delay"}, []string{"1ms", "2ms"}}
	for _, c := range []struct {
		factors []Factor
		want    string
	}{
		{nil, "as it is"},
		{[]Factor{cc}, "lia; olia"},
		{[]Factor{cc, rate}, "lia, rate=1Mbps; lia, rate=2Mbps; olia, rate=1Mbps; olia, rate=2Mbps"},
		{[]Factor{rate, {"link.b.rate", []string{"link.b.rate"}, []string{"3Mbps"}}, delay},
			"link.a.rate=1Mbps, link.b.rate=3Mbps, delay=1ms; link.a.rate=1Mbps, link.b.rate=3Mbps, delay=2ms; link.a.rate=2Mbps, link.b.rate=3Mbps, delay=1ms; link.a.rate=2Mbps, link.b.rate=3Mbps, delay=2ms"},
	} {
		list, err := Variants(name, []string{"seed=7"}, c.factors)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, v := range list {
			names = append(names, v.Name)
			if v.Scenario.Seed != 7 || v.Set[0] != "seed=7" {
				t.Errorf("%s: seed %d, options %q", v.Name, v.Scenario.Seed, v.Set)
			}
		}
		if got := strings.Join(names, "; "); got != c.want {
			t.Errorf("variants %s; want %s", got, c.want)
		}
	}
	many := Factor{"seed", []string{"seed"}, strings.Split(strings.Repeat("1 ", 201), " ")}
	for _, c := range []struct {
		factor Factor
		want   string
	}{
		{Factor{"cc", []string{"flow.bulk.cc"}, []string{"lia", "oliva"}}, `unknown congestion controller "oliva"; did you mean "olia"?`},
		{Factor{"cc", []string{"flow.bulk.cc"}, []string{"lia", "lia"}}, "lia and lia are the same scenario"},
		{many, "more than 200 variants"},
	} {
		if _, err := Variants(name, nil, []Factor{c.factor}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v; want %s", c.factor.Values, err, c.want)
		}
	}
}

// Options of parts concern the MPTCP flows, or those named.
func TestSpread(t *testing.T) {
	text := noisy + strings.Replace(noisy[strings.Index(noisy, "[[flow]]"):], "bulk", "two", 1) +
		"[[flow]]\nname = \"plain\"\nfrom = \"c\"\nto = \"s\"\nprotocol = \"tcp\"\npaths = [[\"a\"]]\n"
	s, err := scenarios.Load(file(t, text))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		flows []string
		want  string
	}{
		{nil, "flow.bulk.cc flow.two.cc"},
		{[]string{"two"}, "flow.two.cc"},
		{[]string{"plain"}, "flow.plain.cc"},
	} {
		f, err := Spread(s, "cc", "lia,olia", c.flows)
		if got := strings.Join(f.Keys, " "); err != nil || got != c.want || !slices.Equal(f.Values, []string{"lia", "olia"}) {
			t.Errorf("flows %q: %s of %q (%v); want %s", c.flows, got, f.Values, err, c.want)
		}
	}
	points, err := scenarios.Load("third-ack-loss")
	if err != nil {
		t.Fatal(err)
	}
	f, err := Spread(points, "cc", "lia,olia", []string{"f-0.01-v0-kept"})
	if err != nil {
		t.Fatal(err)
	}
	variants, err := Variants("third-ack-loss", nil, []Factor{f})
	if err != nil {
		t.Fatalf("names with points: %v", err)
	}
	for i, want := range f.Values {
		for _, flow := range variants[i].Scenario.Flows {
			if flow.Name == "f-0.01-v0-kept" && flow.CC.Kind != want {
				t.Errorf("variant %d has %s, want %s", i, flow.CC.Kind, want)
			}
		}
	}
	plain, err := scenarios.Load("single-path")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s      *scenarios.Scenario
		values string
		flow   []string
		want   string
	}{
		{s, "", nil, "--cc has no values; want a list such as --cc lia,olia"},
		{s, "lia", []string{"blk"}, `--flow blk: there is no such flow; did you mean "bulk"?`},
		{plain, "lia", nil, "--cc concerns MPTCP flows, and single-path has none"},
	} {
		if _, err := Spread(c.s, "cc", c.values, c.flow); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("--cc %q: %v; want %s", c.values, err, c.want)
		}
	}
	for _, bad := range []string{"a.b", "a.b=", "=x", "a.b=,"} {
		if _, _, err := ParseSet(bad); err == nil || !strings.Contains(err.Error(), "want path.to.key=value,value") {
			t.Errorf("--set %s: %v", bad, err)
		}
	}
	if err := CheckMetrics([]string{"goodput", "godput"}); err == nil || !strings.Contains(err.Error(), `did you mean "goodput"?`) {
		t.Errorf("--metric godput: %v", err)
	}
}

// A mean has the digits that its interval leaves it, and a unit.
func TestAmount(t *testing.T) {
	half := func(x float64) *float64 { return &x }
	for _, c := range []struct {
		mean float64
		half *float64
		unit string
		want string
	}{
		{13.42e6, half(0.31e6), "bit/s", "13.4 ± 0.3 Mb/s"},
		{13.42e6, half(0.13e6), "bit/s", "13.42 ± 0.13 Mb/s"},
		{13.42e6, half(13e6), "bit/s", "13 ± 13 Mb/s"},
		{13.42e6, nil, "bit/s", "13.42 Mb/s"},
		{13.42e6, half(0), "bit/s", "13.42 Mb/s"},
		{0.0791, half(0.0004), "s", "79.1 ± 0.4 ms"},
		{0, half(0), "B", "0 B"},
		{10, half(3000), "B", "0 ± 3 kB"},
		{0.0359, half(1e-15), "s", "35.9 ms"},
		{0.98, half(0.021), "", "0.98 ± 0.02"},
		{-0.0791, nil, "s", "−79.1 ms"},
	} {
		if got := Amount(c.mean, c.half, c.unit); got != c.want {
			t.Errorf("Amount(%g, %s) = %q; want %q", c.mean, c.unit, got, c.want)
		}
	}
}

// synthetic has replications of a first variant and of others as given.
func synthetic(metric, unit string, first []float64, others ...[]float64) *Comparison {
	c := &Comparison{Random: true, Level: Level, Replications: len(first), Factors: []string{"cc"}, Variants: []Chosen{{Name: "lia", Levels: []FactorLevel{{"cc", "lia", "lia"}}}}}
	row := Row{Of: "flow", Name: "f", Metric: metric, Unit: unit}
	for i, x := range append([][]float64{first}, others...) {
		cell := Cell{}
		for r, v := range x {
			cell.Values = append(cell.Values, Value{r, v})
		}
		cell.sum(true)
		row.Cells = append(row.Cells, cell)
		if i > 0 {
			name := string(rune('a' + i - 1))
			c.Variants = append(c.Variants, Chosen{Name: name, Levels: []FactorLevel{{"cc", name, name}}})
		}
	}
	c.Rows = []Row{row}
	c.judge()
	return c
}

func TestVerdicts(t *testing.T) {
	first := []float64{10e6, 11e6, 9e6, 10e6, 12e6, 10e6, 9e6, 11e6}
	plus := func(d ...float64) []float64 {
		x := slices.Clone(first)
		for i := range x {
			x[i] += d[i%len(d)]
		}
		return x
	}
	for _, c := range []struct {
		what, metric, unit string
		other              []float64
		want               string
	}{
		// 0.3 of 10.25 Mb/s; ± t(0.975; 7) 0.1069/√8 = 0.0894.
		{"more", "goodput", "bit/s", plus(0.2e6, 0.4e6), "a carries 2.9 % ± 0.9 % more than lia"},
		{"less", "goodput", "bit/s", plus(-0.2e6, -0.4e6), "a carries 2.9 % ± 0.9 % less than lia"},
		{"a time", "rtt-p95", "s", plus(0.2e6, 0.4e6), "rtt-p95 of a is 2.9 % ± 0.9 % longer than of lia"},
		{"a ratio", "jain", "", plus(-0.2e6, -0.4e6), "jain of a is 2.9 % ± 0.9 % lower than of lia"},
		{"repetitions", "retransmitted", "B", plus(0.2e6, 0.4e6), "a has 2.9 % ± 0.9 % more retransmitted than lia"},
		{"alike", "goodput", "bit/s", first, "goodput: a and lia are alike, in every run"},
		// d = 0.1/1.069: ((1.96+0.84)/0.0935)² is about 900.
		{"chance", "goodput", "bit/s", plus(1.1e6, -0.9e6), "goodput: no difference of a from lia can be seen at n = 8; about 900 replications would show one of the size measured (+1 % ± 9 %)"},
		{"chance that is hardly any", "goodput", "bit/s", plus(1.001e6, -0.999e6), "goodput: no difference of a from lia can be seen at n = 8; more than 10000 replications would show one of the size measured (0 % ± 9 %)"},
	} {
		got := synthetic(c.metric, c.unit, first, c.other).Rows[0].Cells[1].Against[0]
		if got.Verdict != c.want {
			t.Errorf("%s: %q; want %q", c.what, got.Verdict, c.want)
		}
	}
	// A base of 0 has no parts.
	if got := synthetic("retransmitted", "B", make([]float64, 4), []float64{900, 1000, 1100, 1000}).Rows[0].Cells[1].Against[0]; got.Verdict != "a has 1.00 ± 0.13 kB more retransmitted than lia" {
		t.Errorf("against 0: %q", got.Verdict)
	}
}

// The correction covers all differences: what is alone significant is not any more beside
// many others, and what is needed grows.
func TestCorrection(t *testing.T) {
	first := []float64{10, 11, 9, 10, 12, 10, 9, 11}
	near := slices.Clone(first)
	for i := range near {
		near[i] += 0.5 + 0.55*math.Pow(-1, float64(i)) // p = 0.03
	}
	alone := synthetic("goodput", "bit/s", first, near)
	d := alone.Rows[0].Cells[1].Against[0]
	if !d.Significant || *d.P != *d.Holm || alone.Tests != 1 || d.Needed != nil {
		t.Errorf("alone: p = %g, corrected %g, significant %v", *d.P, *d.Holm, d.Significant)
	}
	beside := synthetic("goodput", "bit/s", first, near, near, near)
	d = beside.Rows[0].Cells[1].Against[0]
	if d.Significant || math.Abs(*d.Holm-3**d.P) > 1e-12 || beside.Tests != 3 || d.Needed == nil || *d.Needed <= len(first) {
		t.Errorf("beside two others: p = %g, corrected %g, significant %v, needed %v", *d.P, *d.Holm, d.Significant, d.Needed)
	}
	s := beside.sentences(&beside.Rows[0])
	if len(s) != 1 || !strings.Contains(s[0], "no difference from lia can be seen at n = 8; one of the size measured would show with about this many replications: a ") {
		t.Errorf("the sentences are %q", s)
	}
}

// Each level of a factor is held against its first level, with all else the same. Of goodputs that are additive,
// a + 10 for reno + 1 for 20ms, the difference of reno is 10 and that of 20ms is 1, whatever the other option is.
func TestFactors(t *testing.T) {
	variants, err := Variants(file(t, noisy), nil, []Factor{
		{"cc", []string{"flow.bulk.cc"}, []string{"lia", "reno"}},
		{"seed", []string{"seed"}, []string{"7"}}, // one level is no difference
		{"link.a.delay", []string{"link.a.delay"}, []string{"10ms", "20ms"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := &Comparison{Random: true, Level: Level, Replications: 4, Factors: []string{"cc", "seed", "link.a.delay"}}
	row := Row{Of: "flow", Name: "bulk", Metric: "goodput", Unit: "bit/s"}
	for _, v := range variants {
		c.Variants = append(c.Variants, Chosen{v.Name, v.Set, v.Levels})
		var cell Cell
		for r := range 4 {
			x := 100 + float64(r)
			if v.Levels[0].Value == "reno" {
				x += 10 + 0.1*float64(r)
			}
			if v.Levels[2].Value == "20ms" {
				x += 1 + 0.1*float64(r%2)
			}
			cell.Values = append(cell.Values, Value{r, x})
		}
		cell.sum(true)
		row.Cells = append(row.Cells, cell)
	}
	c.Rows = []Row{row}
	c.judge()
	var got []string
	for k, cell := range c.Rows[0].Cells {
		for _, d := range cell.Against {
			got = append(got, fmt.Sprintf("%s against %s by %s: %.2f", c.Variants[k].Name, d.Against, d.Factor, d.Mean))
		}
	}
	want := []string{
		"lia, seed=7, delay=20ms against lia, seed=7, delay=10ms by link.a.delay: 1.05",
		"reno, seed=7, delay=10ms against lia, seed=7, delay=10ms by cc: 10.15",
		"reno, seed=7, delay=20ms against lia, seed=7, delay=20ms by cc: 10.15",
		"reno, seed=7, delay=20ms against reno, seed=7, delay=10ms by link.a.delay: 1.05",
	}
	if !slices.Equal(got, want) || c.Tests != 4 {
		t.Errorf("%d differences corrected:\n%s\nwant\n%s", c.Tests, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var b strings.Builder
	if err := c.Table(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"in parts of lia or delay=10ms, with all else the same", "  against lia", "  against delay=10ms",
		"at delay=20ms: reno carries 9.9 % ± 0.2 % more than lia", "at reno: delay=20ms carries ",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table does not say %q:\n%s", want, b.String())
		}
	}
	files := make([]string, 2)
	for i, d := range c.Datasets() {
		list, err := d.Files(c.summary())
		if err != nil {
			t.Fatal(err)
		}
		files[i] = string(list[0].Data)
	}
	table := strings.Split(files[0], "\n")
	if !strings.HasPrefix(table[0], "of,name,part,metric,unit,variant,cc,seed,link.a.delay,n,mean,") || len(table) != 1+4+1 ||
		!strings.HasPrefix(table[4], `flow,bulk,,goodput,bit/s,"reno, seed=7, delay=20ms",reno,7,20ms,4,112.69`) {
		t.Errorf("table.csv:\n%s", strings.Join(table, "\n"))
	}
	if n := strings.Count(files[1], "\n"); n != 1+4 {
		t.Errorf("differences.csv has %d lines; want 5", n)
	}
}

// Runs that failed leave their pairs out.
func TestPairs(t *testing.T) {
	a := &Cell{Values: []Value{{0, 1}, {1, 2}, {3, 4}}}
	b := &Cell{Values: []Value{{0, 5}, {2, 6}, {3, 7}}}
	x, y := pairs(a, b)
	if fmt.Sprint(x, y) != "[1 4] [5 7]" {
		t.Errorf("pairs %v and %v", x, y)
	}
}

// Write replaces a result as a whole, and its manifest has the command.
func TestWrite(t *testing.T) {
	p := plan(t, noisy, 2, "flow.bulk.cc", "lia", "olia")
	c := run(t, p, Options{})
	dir := filepath.Join(t.TempDir(), "out")
	for range 2 {
		if err := c.Write(t.Context(), dir, "mpsim compare x --cc lia,olia", false); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(filepath.Join(dir, record.ManifestName))
	if err != nil || !bytes.Contains(data, []byte(`"command": "mpsim compare x --cc lia,olia"`)) {
		t.Errorf("the manifest (%v) is %s", err, data)
	}
	// Each variant is there as it was run.
	s, err := scenarios.Load(filepath.Join(dir, "variants", "2.toml"))
	if err != nil || s.Flows[0].CC.Kind != "olia" || s.Duration != 3*time.Second {
		t.Errorf("variant 2 is %+v (%v)", s, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := c.Write(t.Context(), dir, "mpsim compare", false); err == nil || !strings.Contains(err.Error(), "mine") {
		t.Errorf("a directory with another file: %v", err)
	}
}

// An interruption while figures are drawn leaves what is there alone.
func TestWriteInterrupted(t *testing.T) {
	c := run(t, plan(t, noisy, 2, "flow.bulk.cc", "lia", "olia"), Options{})
	dir := filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Write(ctx, dir, "mpsim compare", false); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
		t.Errorf("there are %v (%v)", left, err)
	}
}

// What is not there is said: figures of single runs in the manifest, too, and metrics that no run has.
func TestMissing(t *testing.T) {
	p := plan(t, noisy+"[[figure]]\nkind = \"sequence\"\n[[figure]]\nkind = \"cwnd\"\n", 2, "flow.bulk.cc", "lia", "olia")
	p.Metrics = []string{"goodput", "fct-mean"}
	c := run(t, p, Options{})
	dir := filepath.Join(t.TempDir(), "out")
	if err := c.Write(t.Context(), dir, "mpsim compare", false); err != nil {
		t.Fatal(err)
	}
	var m record.Manifest
	data, err := os.ReadFile(filepath.Join(dir, record.ManifestName))
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil || len(m.Skipped) != 1 || m.Skipped[0] != "The figure sequence shows a single run, and is left out here: mpsim run draws it." {
		t.Errorf("skipped figures: %q (%v)", m.Skipped, err)
	}
	for _, want := range []string{m.Skipped[0], "No run has a value of fct-mean: no samples."} {
		if !slices.Contains(c.Notes, want) {
			t.Errorf("the notes have no %q: %q", want, c.Notes)
		}
	}
}
