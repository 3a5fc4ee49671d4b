package experiment

import (
	"math"
	"slices"
	"testing"

	"mpsim/experiment/record"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// twoLinks is a flow over links of 10 and 6 Mb/s, 2 and 150 ms, with losses.
const twoLinks = `duration = "20s"
warmup = "7s"
[[link]]
name = "one"
between = ["a", "b"]
rate = "10Mbps"
delay = "2ms"
queue = "50pkt"
loss = { up = 0.01, down = 0 }
[[link]]
name = "two"
between = ["a", "b"]
rate = "6Mbps"
delay = "150ms"
queue = "50pkt"
loss = { up = 0.01, down = 0 }
[[flow]]
name = "f"
from = "a"
to = "b"
cc = "cubic"
[[figure]]
kind = "throughput"
`

// series returns the series of the name of flow f and a subflow; there must be one.
func series(t *testing.T, res *record.Result, name, subflow string) record.Series {
	t.Helper()
	i := slices.IndexFunc(res.Series, func(s record.Series) bool { return s.Name == name && s.Flow == "f" && s.Subflow == subflow })
	if i < 0 {
		t.Fatalf("no series %s of %q", name, subflow)
	}
	return res.Series[i]
}

// bytesOf integrates a series of bit/s that ends with the run.
func bytesOf(s record.Series, end float64) (sum float64) {
	for i := range s.T {
		sum += s.V[i] / 8 * (min(s.T[i]+s.Bin, end) - s.T[i])
	}
	return sum
}

// What arrives on a subflow is never more than its link carries, in no bin and after no warm-up, whatever holes
// it fills. Series conserve: the integral over the bins of a subflow is what arrived on it, those of the
// subflows sum to what arrived of the flow, and the integral of what became readable is what was received.
func TestArrivedConserves(t *testing.T) {
	rates := map[string]float64{"one": 10e6, "two": 6e6, "l": 10e6}
	for _, text := range []string{
		twoLinks,
		oneLink(`cc = "reno"`, "", "[[figure]]\nkind = \"throughput\"\n"),
		oneLink(`protocol = "tcp"`, "", "loss = 0.02\n[[figure]]\nkind = \"throughput\"\n"),
		oneLink(overload, "", "[[figure]]\nkind = \"throughput\"\n"),
		oneLink("tcp.fast_open = \"always\"", "", "[[figure]]\nkind = \"throughput\"\n"),
	} {
		res := measure(t, text)
		f := &res.Flows[0]
		sum, share := 0.0, 0.0
		for i := range f.Subflows {
			s := &f.Subflows[i]
			x := series(t, res, record.Throughput, s.Name)
			rate := rates[s.Name]
			for k, v := range x.V {
				if width := min(x.Bin, res.Duration-x.T[k]); v > rate+12000/width { // one may have been on its way
					t.Errorf("%s carries %g bit/s at %g s, its link %g", s.Name, v, x.T[k], rate)
				}
			}
			if *s.Throughput > rate {
				t.Errorf("%s carried %g bit/s, its link %g", s.Name, *s.Throughput, rate)
			}
			got := bytesOf(x, res.Duration)
			if math.Abs(got-float64(s.Arrived)) > 1e-9*got+1e-3 {
				t.Errorf("the bins of %s hold %g bytes, %d arrived", s.Name, got, s.Arrived)
			}
			if s.Arrived < s.Received || s.Arrived > s.Sent {
				t.Errorf("%s: %d bytes sent, %d arrived, %d read", s.Name, s.Sent, s.Arrived, s.Received)
			}
			sum += float64(s.Arrived)
			share += *s.Share
		}
		if sum != float64(f.Arrived) || math.Abs(share-1) > 1e-9 || f.Arrived < f.Received || f.Received == 0 {
			t.Errorf("subflows brought %g bytes, the flow %d, of which %d were read; shares sum to %g", sum, f.Arrived, f.Received, share)
		}
		if got := bytesOf(series(t, res, record.Delivered, ""), res.Duration); math.Abs(got-float64(f.Received)) > 1e-9*got+1e-3 {
			t.Errorf("the bins of what is readable hold %g bytes, %d were received", got, f.Received)
		}
	}
}

// joined notes when the first data leaves on the second link from the second node.
type joined struct{ at sim.Time }

func (j *joined) Watch(n *netem.Network) {
	n.Links()[1].Down.Points.Offered.Observe(func(e netem.PacketEvent) {
		if s, ok := e.Packet.Payload.(*wire.Segment); ok && s.Len > 0 && j.at == 0 {
			j.at = e.Now
		}
	})
}

func (*joined) Err() error { return nil }

// A second subflow is there when it can carry data of the flow: of a download, when the server can send on
// it, which is when its data leaves, and not when the client has heard that its join is complete, half a
// round trip later.
func TestSecondSubflowOfADownload(t *testing.T) {
	const text = `duration = "1s"
[[link]]
name = "one"
between = ["c", "s"]
rate = "100Mbps"
delay = "20ms"
[[link]]
name = "two"
between = ["c", "s"]
rate = "100Mbps"
delay = "60ms"
[[flow]]
name = "f"
from = "s"
to = "c"
client = "c"
`
	j := new(joined)
	res := measure(t, text, j)
	v, ok := res.Metric("flow", "f", "", "second-subflow")
	if !ok || math.Abs(v-j.at.Seconds()) > 1e-3 || j.at == 0 {
		t.Errorf("the second subflow is there after %g s, its first data leaves at %v", v, j.at)
	}
}

// A queue that marks and does not drop makes senders slow down without a loss: what the run shows are marks.
func TestMarksAreNoLosses(t *testing.T) {
	marked := measure(t, `duration = "5s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
queue = { kind = "ecn-threshold", k = "10pkt", limit = "200pkt" }
[[flow]]
name = "f"
from = "a"
to = "b"
protocol = "tcp"
cc = "dctcp"
[[figure]]
kind = "cwnd"
`)
	kinds := make(map[string]int)
	for _, m := range marked.Incidents {
		kinds[m.Kind]++
	}
	if l := marked.Links[0]; l.Dropped() > 0 || l.Marks == 0 || kinds[record.Loss] > 0 || kinds[record.ECN] == 0 {
		t.Errorf("%d drops, %d marks of packets; recorded %v", l.Dropped(), l.Marks, kinds)
	}
}
