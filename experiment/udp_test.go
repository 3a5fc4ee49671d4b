package experiment

import (
	"context"
	"math"
	"testing"

	"mpsim/scenarios"
)

// unresponsive is bursts beside a TCP on one link of 8 Mb/s.
const unresponsive = `duration = "60s"
warmup = "10s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "8Mbps"
delay = "5ms"
queue = "30pkt"
[[flow]]
name = "u"
from = "a"
to = "b"
protocol = "udp"
workload = { kind = "cbr", rate = "3.888Mbps", chunk = "972B" }
`

// What datagrams are counted as: bytes that are received, over time. Alone on the link none is lost; twice what
// it carries loses a half.
func TestDatagrams(t *testing.T) {
	for _, tt := range []struct {
		rate          string
		goodput, loss float64
	}{{"3.888Mbps", 3.888e6, 0}, {"15.552Mbps", 7.776e6, 0.5}} {
		s, err := scenarios.Parse("u.toml", []byte(unresponsive), nil, `flow.u.workload={kind="cbr", chunk="972B", rate="`+tt.rate+`"}`)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Run(context.Background(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		f, l := res.Flows[0], res.Links[0]
		if math.Abs(*f.Goodput/tt.goodput-1) > 1e-3 || *f.Share != 1 || math.Abs(*l.Loss-tt.loss) > 1e-3 {
			t.Errorf("%s: goodput %g, share %g, loss %g; want %g 1 %g", tt.rate, *f.Goodput, *f.Share, *l.Loss, tt.goodput, tt.loss)
		}
		flying := l.Sent - l.Dropped() - f.Received/972 // in the queue and on the link
		if f.Subflows[0].Sent != l.Sent*972 || flying > 30+5+1 {
			t.Errorf("%s: %d bytes sent, %d packets; %d under way", tt.rate, f.Subflows[0].Sent, l.Sent, flying)
		}
		if f.CC != "" || f.Protocol != "udp" || f.RTT.Count != 0 || res.Random {
			t.Errorf("%s: %+v", tt.rate, f)
		}
	}
}
