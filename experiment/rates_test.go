package experiment_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"mpsim/experiment"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// Two connections beside each other, one with 10 and one with 30 Mb/s: rates that closed forms
// tell, and the subflows of both under one number.
const unequal = `
duration = "4s"
warmup = "1s"
[defaults.link]
delay = "5ms"
queue = "4BDP"
[[link]]
name = "slow"
between = ["h0", "h1"]
rate = "10Mbps"
[[link]]
name = "fast"
between = ["h2", "h3"]
rate = "30Mbps"
[[flow]]
name = "f"
cc = "reno"
traffic = { kind = "file", hosts = "h*", file = "pairs" }
tcp = { timestamps = false }
[[figure]]
kind = "goodput-cdf"
`

func runUnequal(t *testing.T, set ...string) *record.Result {
	t.Helper()
	open := func(string) ([]byte, error) { return []byte("0 1\n2 3\n"), nil }
	s, err := scenarios.Parse("unequal.toml", []byte(unequal), open, set...)
	if err != nil {
		t.Fatal(err)
	}
	res, err := experiment.Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func TestConnectionRates(t *testing.T) {
	res := runUnequal(t)
	r := res.Flows[0].Rates
	// 1432 bytes of a packet of 1500 are payload, beside IP, TCP and a DSS of 20 or 28 bytes.
	const payload = 1432.0 / 1500
	for _, tt := range []struct {
		what      string
		got, want float64
	}{
		{"mean", r.Mean, 20e6 * payload}, {"min", r.Min, 10e6 * payload}, {"p10", r.P10, 10e6 * payload},
		{"p50", r.P50, 30e6 * payload}, {"max", r.Max, 30e6 * payload},
		{"jain", *r.Jain, 40 * 40 / (2 * (10*10 + 30*30.))},
	} {
		if math.Abs(tt.got/tt.want-1) > 0.03 {
			t.Errorf("%s = %g, want %g", tt.what, tt.got, tt.want)
		}
	}
	if r.Count != 2 || len(res.Connections) != 2 {
		t.Errorf("%d and %d connections, want 2", r.Count, len(res.Connections))
	}
	if c := res.Connections[1]; c.From != "h2" || c.To != "h3" || c.Connection != 1 {
		t.Errorf("the fastest connection is %+v, want that from h2 to h3", c)
	}
	if len(res.Flows[0].Subflows) != 1 || res.Flows[0].Subflows[0].Name != "1" {
		t.Errorf("subflows %+v, want one called 1", res.Flows[0].Subflows)
	}
	for _, kind := range []string{"goodput-cdf", "goodput-rank"} {
		if _, err := figure.Draw(res, figure.Request{Name: kind}); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// A transfer counts to its last byte: rates of files do not depend on how long the run goes on.
func TestRatesOfFiles(t *testing.T) {
	files := []string{"flow.f.workload={ kind = \"file\", size = \"1MB\" }", "warmup=0s"}
	short, long := runUnequal(t, files...), runUnequal(t, append(files, "duration=20s")...)
	if a, b := short.Flows[0].Rates, long.Flows[0].Rates; !reflect.DeepEqual(a, b) || a.Min == 0 {
		t.Errorf("rates %+v and %+v, want the same", a, b)
	}
}

// Of many links only those have series that figures name.
func TestManyLinksHaveNoSeries(t *testing.T) {
	var b strings.Builder
	b.WriteString(strings.Replace(unequal, "goodput-cdf", "queue\"\nlinks = [\"slow\"]\ntitle = \"", 1))
	for i := range 70 {
		fmt.Fprintf(&b, "[[link]]\nname = \"l%d\"\nbetween = [\"r%d\", \"r%d\"]\nrate = \"1Mbps\"\n", i, i, i+1)
	}
	s, err := scenarios.Parse("x.toml", []byte(b.String()), func(string) ([]byte, error) { return []byte("0 1"), nil }, "duration=1s", "warmup=0s")
	if err != nil {
		t.Fatal(err)
	}
	res, err := experiment.Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, x := range res.Series {
		if x.Link != "" {
			n++
			if x.Link != "slow" {
				t.Errorf("a series of link %s", x.Link)
			}
		}
	}
	if n != 4 {
		t.Errorf("%d series of links, want length and delay of both directions of one", n)
	}
}

// A flow that stops at 4 s of 10 is measured until then, or until what it had in its buffers has come: its
// rate is that of its source, or of the link, and not 40 % of it.
func TestRateOfAFlowThatStops(t *testing.T) {
	const mss = 1448.0 / 1500 // of a packet, with timestamps
	for _, tt := range []struct {
		name, flow string
		want       float64
	}{
		{"TCP", `protocol = "tcp"`, 10e6 * mss},
		{"TCP and a source", "protocol = \"tcp\"\nworkload = { kind = \"cbr\", rate = \"1Mbps\" }", 1e6},
		{"MPTCP and a source", `workload = { kind = "cbr", rate = "1Mbps" }`, 1e6},
		{"UDP", "protocol = \"udp\"\nworkload = { kind = \"cbr\", rate = \"1Mbps\" }", 1e6},
	} {
		s, err := scenarios.Parse("x.toml", []byte(`
duration = "10s"
warmup = "1s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
queue = "20pkt"
[[flow]]
name = "f"
from = "a"
to = "b"
stop = "4s"
`+tt.flow), nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := experiment.Run(t.Context(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := &res.Flows[0]
		// A packet and an empty queue of a round trip after a loss are within 2 %.
		for what, got := range map[string]*float64{"goodput": f.Goodput, "throughput": f.Throughput, "connection": res.Connections[0].Goodput} {
			if math.Abs(*got/tt.want-1) > 0.02 {
				t.Errorf("%s: %s of %g, want %g", tt.name, what, *got, tt.want)
			}
		}
	}
}
