package experiment

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment/record"
)

// rated are the metrics that are taken over the time in which a flow is measured.
var rated = []string{"goodput", "throughput", "goodput-at-from", "goodput-at-to", "gap-max"}

// silence is a link that loses everything from 5 s on.
const silence = "[[event]]\nat = \"5s\"\nlink = \"l\"\nsilent = true\n"

// A flow that is not open in the time that is measured has no rates. One that is open and gets nothing has 0, and
// the gap is the time in which there was something to wait for.
func TestRatesNeedTime(t *testing.T) {
	const none = -1 // no value
	for _, tt := range []struct {
		what, flow, more string
		goodput, gap     float64
	}{
		{"never opens", `gap = "1000000s"`, "", none, none},
		{"datagrams that never begin", `protocol = "udp"` + "\n" + `workload = { kind = "cbr", rate = "1Mbps" }` + "\n" + `gap = "1000000s"`, "", none, none},
		{"file complete in the warm-up", `workload = { kind = "file", size = "10kB" }`, "", none, none},
		{"closed in the warm-up", `stop = "1s"`, "", none, none},
		{"closed in the warm-up, plain TCP", `protocol = "tcp"` + "\n" + `stop = "1s"`, "", none, none},
		{"datagrams that end in the warm-up", `protocol = "udp"` + "\n" + `stop = "1s"` + "\n" + `workload = { kind = "cbr", rate = "1Mbps" }`, "", none, none},
		{"nothing ever arrives", "", "silent = true\n", 0, none},
		{"datagrams of which none arrives", `protocol = "udp"` + "\n" + `workload = { kind = "cbr", rate = "1Mbps" }`, "silent = true\n", 0, none},
		{"silent from before the end of the warm-up", "", silence, 0, 10},
		{"silent with data to send, though stopped", `stop = "5100ms"`, silence, 0, 10},
	} {
		res := measure(t, "warmup = \"10s\"\n"+oneLink(tt.flow, "", tt.more+"[[expect]]\nmetric = \"goodput\"\nflow = \"f\"\nmin = \"0bps\"\n"))
		for _, name := range rated {
			want := tt.goodput
			if name == "gap-max" {
				want = tt.gap
			}
			got, ok := res.Metric("flow", "f", "", name)
			if ok != (want != none) || ok && math.Abs(got-want) > 1e-9 {
				t.Errorf("%s: %s is %g (there: %v), want %g", tt.what, name, got, ok, want)
			}
		}
		if e := res.Expectations[0]; tt.goodput == none && (e.Met || e.Got() != record.NoSamples) || tt.goodput == 0 && !e.Met {
			t.Errorf("%s: the expectation got %q, met: %v", tt.what, e.Got(), e.Met)
		}
		for _, c := range res.Connections {
			if (c.Goodput == nil) != (tt.goodput == none) {
				t.Errorf("%s: goodput of the connection %v", tt.what, c.Goodput)
			}
		}
	}
}

// Shares and fairness are of the flows that are measured: one that was over counts in neither.
func TestFairnessOfFlowsThatAreThere(t *testing.T) {
	const brief = "[[flow]]\nname = \"brief\"\nfrom = \"a\"\nto = \"b\"\nworkload = { kind = \"file\", size = \"10kB\" }\n"
	res := measure(t, "warmup = \"10s\"\n"+oneLink("", "", brief))
	f, g := &res.Flows[0], &res.Flows[1]
	if *res.Jain != 1 || *f.Share != 1 || g.Share != nil || g.Transfers.Count != 1 {
		t.Errorf("Jain's index %g, shares %g and %v, %d transfers", *res.Jain, *f.Share, g.Share, g.Transfers.Count)
	}
	data, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"goodput_bps", "throughput_bps", "longest_gap_s", "share"} {
		if !bytes.Contains(data, []byte(`"`+field+`":null`)) {
			t.Errorf("%s is not null: %s", field, data)
		}
	}
	i := slices.IndexFunc(record.Datasets, func(d record.Dataset) bool { return d.Name == "summary" })
	table, err := record.FormatOf("csv").Encode(&record.Datasets[i], res)
	if err != nil {
		t.Fatal(err)
	}
	if line := "flow,brief,,goodput,bit/s,\n"; !strings.Contains(string(table), line) {
		t.Errorf("no line %q in\n%s", line, table)
	}
}
