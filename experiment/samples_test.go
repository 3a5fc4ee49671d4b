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
	s, err := scenarios.Parse("x.toml", []byte(strings.NewReplacer("PROTOCOL", "tcp", "METRIC", "fct-p95").Replace(nothingSent)), nil)
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
