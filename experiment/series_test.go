package experiment

import (
	"math"
	"slices"
	"testing"

	"mpsim/experiment/record"
)

// seriesOf returns the only series of a name in a result.
func seriesOf(t *testing.T, res *record.Result, name string) record.Series {
	t.Helper()
	var found []record.Series
	for _, x := range res.Series {
		if x.Name == name && (x.Direction == "" || x.Direction == "up") {
			found = append(found, x)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d series %q", len(found), name)
	}
	return found[0]
}

const link10 = `[[link]]
name = "a"
between = ["c", "s"]
rate = "10Mbps"
delay = "10ms"
`

// The window before each loss is in its series, and no queue is higher than in its series, however long the run: the
// first slow start, which ends at 0.3 s, has the highest window of 300 s, a bandwidth-delay product and twice the queue.
func TestPeaksAreInTheSeries(t *testing.T) {
	res := runText(t, `duration = "300s"
`+link10+`queue = "100pkt"
[[flow]]
name = "f"
from = "c"
to = "s"
protocol = "tcp"
cc = "reno"
`)
	highest := 0.0
	for _, i := range res.Incidents {
		if i.Kind == record.Loss {
			highest = max(highest, i.Value)
		}
	}
	cwnd := seriesOf(t, res, record.Cwnd)
	if got := slices.Max(cwnd.V); got != highest || got < 2*100*1448 {
		t.Errorf("the highest window in the series is %g, before a loss %g", got, highest)
	}
	if how := cwnd.Thinned; how == nil || how.Samples < 100_000 {
		t.Errorf("thinned of %+v, want of a value for each ACK", how)
	}
	if got := slices.Max(seriesOf(t, res, record.QueueLength).V); got != 101 { // and the one in transmission
		t.Errorf("the queue has at most %g packets, want 101", got)
	}
}

// A short transfer in a long run has all of its values: SRTT changes with each sample but those that equal it, the
// window with each ACK while it is in slow start.
func TestShortTransferInLongRun(t *testing.T) {
	res := runText(t, `duration = "1000s"
`+link10+`[[flow]]
name = "f"
from = "c"
to = "s"
protocol = "tcp"
cc = "reno"
workload = { kind = "file", size = "300kB" }
`)
	for _, name := range []string{record.SRTT, record.Cwnd, record.InFlight, record.SendBuffer} {
		x := seriesOf(t, res, name)
		if n := uint64(len(x.T)); n < res.Flows[0].RTT.Count*2/3 || n < 75 || x.Thinned != nil {
			t.Errorf("%s: %d values with %d samples of the round-trip time, thinned %v", name, n, res.Flows[0].RTT.Count, x.Thinned)
		}
	}
}

// A datagram of 1000 bytes, 1028 on the wire, every 100 ms is in transmission for 0.8224 ms of them at 10 Mb/s: the
// mean length of the queue.
func TestMeanQueueLength(t *testing.T) {
	res := runText(t, `duration = "20s"
`+link10+`[[flow]]
name = "f"
from = "c"
to = "s"
protocol = "udp"
workload = { kind = "cbr", rate = "80kbps", chunk = "1000B" }
`)
	x := seriesOf(t, res, record.QueueLength)
	if x.Thinned != nil || len(x.T) < 400 {
		t.Fatalf("%d values, thinned %v", len(x.T), x.Thinned)
	}
	sum := 0.0
	for i := range x.T[1:] {
		sum += x.V[i] * (x.T[i+1] - x.T[i])
	}
	wire := float64(res.Links[0].Bytes) * 8 / 10e6
	if math.Abs(sum-wire) > 1e-6 {
		t.Errorf("packets are in transmission for %g s, want the %g s that their bytes take", sum, wire)
	}
}

// Each timeout is an incident, also one after another, and so is a loss in a window that a mark has cut.
func TestEachSignOfLossIsAnIncident(t *testing.T) {
	for name, text := range map[string]string{
		"timeouts": link10 + `loss = { up = 0.3, down = 0.0 }
[[flow]]
name = "f"
from = "c"
to = "s"
`,
		"red": link10 + `queue = { kind = "red", ecn = true, limit = "100pkt" }
[[flow]]
name = "f"
from = "c"
to = "s"
protocol = "tcp"
cc = "reno"
tcp = { ecn = "classic" }
`,
	} {
		res := runText(t, `duration = "20s"
`+text)
		n := map[string]uint64{}
		for _, i := range res.Incidents {
			n[i.Kind]++
		}
		s := res.Flows[0].Subflows[0]
		if n[record.Timeout] != s.Timeouts || s.Timeouts == 0 || name == "timeouts" && s.Timeouts < 10 {
			t.Errorf("%s: %d timeouts, %d incidents", name, s.Timeouts, n[record.Timeout])
		}
		if n[record.Loss] != s.Losses || s.Losses == 0 || n[record.ECN] != s.Marks {
			t.Errorf("%s: %d losses and %d marks, incidents %v", name, s.Losses, s.Marks, n)
		}
	}
}

// What arrives on a full link is its rate in each bin, however few packets a bin has, here eight: never a packet more
// or less. Of the 1500 bytes of one headers have 52, with a timestamp, and a DSS 20.
func TestBinsOfFullLink(t *testing.T) {
	res := runText(t, `duration = "3s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "5Mbps"
delay = "20ms"
[[flow]]
name = "f"
from = "c"
to = "s"
`)
	x := seriesOf(t, res, record.Throughput)
	const payload = 1428.0 / 1500
	for i, v := range x.V[:len(x.V)-1] { // the packet that is under way at the end is not there
		if v > 5e6 || x.T[i] > 0.5 && math.Abs(v-5e6*payload) > 0.005*5e6 {
			t.Errorf("%g bit/s in the %g s from %g s on", v, x.Bin, x.T[i])
		}
	}
}
