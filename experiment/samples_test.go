package experiment

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

const nothingSent = `
duration = "1s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
[[flow]]
name = "f"
from = "a"
to = "b"
protocol = "PROTOCOL"
start = "900ms"
stop = "901ms"
[[expect]]
metric = "METRIC"
flow = "f"
max = "1s"
`

// An expectation of what no sample tells is not met, and says that there are none: never "0".
func TestExpectationWithoutSamples(t *testing.T) {
	s, err := scenarios.Parse("x.toml", []byte(strings.NewReplacer("PROTOCOL", "tcp", "METRIC", "fct-p95", `stop = "901ms"`, `workload = { kind = "file", size = "10MB" }`).Replace(nothingSent)), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	e := res.Expectations[0]
	if e.Value != nil || e.Met || e.Got() != "no samples" {
		t.Errorf("got %+v", e)
	}
	var b bytes.Buffer
	if err := record.Table(&b, &res.Summary); err != nil || !strings.Contains(b.String(), "fct-p95 of f <= 1s  no samples  no\n") {
		t.Errorf("%v: %s", err, b.String())
	}
}

// What a protocol cannot have is no number to wait for: validate refuses it.
func TestExpectationOfTheWrongProtocol(t *testing.T) {
	for _, c := range []struct{ protocol, metric, want string }{
		{"udp", "rtt-p95", `"f" is a udp flow, which has no rtt-p95`},
		{"tcp", "second-subflow", `"f" is a tcp flow, which has no second-subflow`},
		{"tcp", "ooo-delay-mean", `"f" is a tcp flow, which has no ooo-delay-mean`},
		{"tcp", "established", "established is measured of a subflow"},
		{"tcp", "gap-max\"\nsubflow = 0 #", "gap-max is measured of a whole flow"},
	} {
		text := strings.NewReplacer("PROTOCOL", c.protocol, "METRIC", c.metric).Replace(nothingSent)
		if _, err := scenarios.Parse("x.toml", []byte(text), nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s of %s: %v, want %q", c.metric, c.protocol, err, c.want)
		}
	}
}

// What nothing tells is null in JSON and empty in CSV: the loss of a link without packets, the utilisation of one
// that is down all the time, the share of a subflow of nothing. An idle link has a utilisation: 0.
func TestNothingTells(t *testing.T) {
	s, err := scenarios.Parse("x.toml", []byte(`
duration = "1s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "8Mbps"
[[link]]
name = "b"
between = ["c", "d"]
rate = "8Mbps"
[[event]]
at = "0s"
link = "b"
up = false
[[flow]]
name = "f"
from = "c"
to = "s"
protocol = "udp"
workload = { kind = "cbr", rate = "1Mbps" }
[[flow]]
name = "g"
from = "c"
to = "d"
protocol = "udp"
start = "100ms"
workload = { kind = "cbr", rate = "1Mbps" }
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	up, down, dead := res.Links[0], res.Links[1], res.Links[2]
	if up.Loss == nil || *up.Loss != 0 || *up.Utilisation <= 0 {
		t.Errorf("the link of the packets: loss %v, utilisation %v", up.Loss, up.Utilisation)
	}
	if down.Loss != nil || down.Utilisation == nil || *down.Utilisation != 0 {
		t.Errorf("the idle link: loss %v, utilisation %v; want none and 0", down.Loss, down.Utilisation)
	}
	if dead.Utilisation != nil {
		t.Errorf("the dead link: utilisation %v, want none", *dead.Utilisation)
	}
	if f, g := res.Flows[0], res.Flows[1]; *f.Share != 1 || *g.Share != 0 || len(g.Subflows) > 0 && g.Subflows[0].Share != nil {
		t.Errorf("shares %+v and %+v", f, g)
	}
	files, err := record.Files(res)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name == "summary.csv" && (!strings.Contains(string(f.Data), "link,a,down,loss,,\n") || !strings.Contains(string(f.Data), "link,a,up,loss,,0\n")) {
			t.Errorf("%s", f.Data)
		}
		if f.Name == "summary.json" && strings.Count(string(f.Data), `"loss": null`) < 2 {
			t.Errorf("%s", f.Data)
		}
	}
}
