package experiment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"mpsim/experiment/record"
	"mpsim/scenarios"
)

// lossy is an upload of a file over two paths, of which the second loses and is slow, into a small receive
// buffer.
const lossy = `duration = "30s"
explain = true
[topology]
kind = "two-path"
rate = ["8Mbps", "2Mbps"]
delay = ["10ms", "50ms"]
loss = [0, 0.01]
[[flow]]
name = "f"
from = "client"
to = "server"
scheduler = %q
workload = { kind = "file", size = "3MB" }
tcp = { receive_buffer = "200kB" }
mptcp = { opportunistic = %v, penalise = true }
[[figure]]
kind = %q
%s
`

// lossyRun returns the result of that.
func lossyRun(t *testing.T, scheduler string, again bool, figure, keys string) *record.Result {
	t.Helper()
	return runText(t, fmt.Sprintf(lossy, scheduler, again, figure, keys))
}

// Each byte is new once, but for those that still wait for their subflow when they are reinjected, and what
// goes again is what the metrics count: copies, reinjections, retransmissions, and all that each subflow
// sends. Nothing arrives sooner than the path allows, or is read before it arrives; the last byte is read
// when the transfer ends. Looking changes nothing of the course.
func TestTimelineConserves(t *testing.T) {
	for _, scheduler := range []string{"minrtt", "roundrobin", "redundant", "blest", "deadline", "linux", "otias", "sttf"} {
		res := lossyRun(t, scheduler, true, "timeline", "")
		if other := lossyRun(t, scheduler, true, "rtt", ""); other.Course != res.Course || len(other.Segments)+len(other.Pauses) > 0 {
			t.Errorf("%s: course %s, %s without the figure, with %d segments", scheduler, res.Course, other.Course, len(other.Segments))
		}
		f := &res.Flows[0]
		kinds, sent := map[string]uint64{}, map[string]uint64{}
		var fresh []record.Segment
		last := 0.0
		for _, g := range res.Segments {
			n := g.To - g.From
			kinds[g.Kind] += n
			sent[g.Subflow] += n
			if g.Kind == record.New {
				fresh = append(fresh, g)
			}
			delay := map[string]float64{"path1": 0.010, "path2": 0.050}[g.Subflow]
			if g.Arrived > 0 && (g.Arrived < g.T+delay || g.Read < g.Arrived) || g.Read > 0 && g.Read < g.T {
				t.Fatalf("%s: %+v", scheduler, g)
			}
			last = max(last, g.Read)
		}
		slices.SortFunc(fresh, func(a, b record.Segment) int { return cmp.Compare(a.From, b.From) })
		end := uint64(0)
		for _, g := range fresh {
			for end < g.From && slices.ContainsFunc(res.Segments, func(r record.Segment) bool {
				return r.Kind == record.Reinjected && r.From <= end && end < r.To && scheduler == "linux" // which queues
			}) {
				end++
			}
			if g.From != end {
				t.Fatalf("%s: after %d comes %+v", scheduler, end, g)
			}
			end = g.To
		}
		if end != 3_000_000 || last != res.Transfers[0].End {
			t.Errorf("%s: %d bytes are new, the last one is read at %g s; want 3 MB and %g s", scheduler, end, last, res.Transfers[0].End)
		}
		var reinjected, retransmitted uint64
		for _, s := range f.Subflows {
			reinjected, retransmitted = reinjected+*s.Reinjected, retransmitted+s.Retransmitted
			if sent[s.Name] != s.Sent {
				t.Errorf("%s: %s sent %d bytes, in segments %d", scheduler, s.Name, s.Sent, sent[s.Name])
			}
		}
		if kinds[record.Copy] != f.MPTCP.Copies || kinds[record.Reinjected] != reinjected || kinds[record.Retransmitted] != retransmitted {
			t.Errorf("%s: %v; want %d copied, %d reinjected, %d retransmitted", scheduler, kinds, f.MPTCP.Copies, reinjected, retransmitted)
		}
		if retransmitted == 0 || scheduler == "redundant" && kinds[record.Copy] == 0 || scheduler == "minrtt" && reinjected == 0 {
			t.Errorf("%s: %v is no test", scheduler, kinds)
		}
	}
}

// The reason of new data is that of the decision which gave it away, and the pauses for which the scheduler
// is the reason are the time of the metric.
func TestTimelineSaysWhy(t *testing.T) {
	for _, scheduler := range []string{"minrtt", "blest", "linux", "daps"} {
		res := lossyRun(t, scheduler, false, "timeline", "")
		why := map[uint64]string{} // by the first byte
		for _, d := range res.Decisions {
			if d.Gives() && (d.Job == record.Fresh || d.Job == record.Pull) {
				for pos := d.From; pos < d.To; pos++ {
					why[pos] = d.Reason
				}
			}
		}
		for _, g := range res.Segments {
			if g.Kind == record.New && g.Reason != why[g.From] {
				t.Fatalf("%s: %+v; the decision says %q", scheduler, g, why[g.From])
			}
		}
		spent := map[string]float64{}
		for _, p := range res.Pauses {
			if p.Until <= p.From || p.By == record.ByScheduler && p.Reason == "" {
				t.Fatalf("%s: %+v", scheduler, p)
			}
			spent[p.By] += p.Until - p.From
		}
		m := res.Flows[0].MPTCP
		for by, part := range map[string]*float64{record.ByWindow: m.WindowBlocked, record.ByBuffer: m.BufferBlocked, record.ByScheduler: m.SchedulerWait} {
			const rounding = 1e-9 // of sums of times
			if want := *part * res.Transfers[0].FCT; math.Abs(spent[by]-want) > rounding {
				t.Errorf("%s: %s kept data back for %g s, the metric says %g", scheduler, by, spent[by], want)
			}
		}
	}
}

// A part of the run has what the whole has of it: what is sent in it, and what is on its way or waits for
// order when it begins. Of flows that no figure names there is nothing.
func TestTimelineOfAPart(t *testing.T) {
	whole := lossyRun(t, "minrtt", true, "timeline", "")
	part := lossyRun(t, "minrtt", true, "timeline", `from = "500ms"`+"\n"+`until = "700ms"`)
	const from, until = 0.5, 0.7
	want := slices.DeleteFunc(slices.Clone(whole.Segments), func(g record.Segment) bool {
		return g.T > until || max(g.T, g.Read) < from
	})
	if len(want) < 100 || len(want) == len(whole.Segments) || !slices.Equal(part.Segments, want) {
		t.Errorf("%d segments, of %d in all; want %d", len(part.Segments), len(whole.Segments), len(want))
	}
	for _, p := range part.Pauses {
		if p.From > until || p.Until < from {
			t.Errorf("%+v", p)
		}
	}
	two := runText(t, `duration = "1s"
[[link]]
name = "p"
between = ["a", "b"]
rate = "10Mbps"
delay = "20ms"
[[flow]]
name = "f"
from = "a"
to = "b"
workload = { kind = "file", size = "100kB" }
[[flow]]
name = "g"
from = "a"
to = "b"
protocol = "tcp"
start = "900ms"
[[figure]]
kind = "timeline"
flows = ["g"]
`)
	if len(two.Segments) == 0 || slices.ContainsFunc(two.Segments, func(g record.Segment) bool { return g.Flow != "g" }) {
		t.Errorf("%d segments, also of another flow", len(two.Segments))
	}
}

// TCP sends all on one path, in order, and again what is lost.
func TestTimelineOfTCP(t *testing.T) {
	s, err := scenarios.Parse("x.toml", []byte(`duration = "20s"
[[link]]
name = "p"
between = ["a", "b"]
rate = "10Mbps"
delay = "20ms"
loss = 0.01
[[flow]]
name = "f"
from = "a"
to = "b"
client = "b"
protocol = "tcp"
workload = { kind = "file", size = "1MB" }
[[figure]]
kind = "timeline"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	res := mustRun(t, s)
	sum := map[string]uint64{}
	for _, g := range res.Segments {
		if g.Kind == record.New && g.From != sum[record.New] || g.Reason != "" {
			t.Fatalf("%+v", g)
		}
		sum[g.Kind] += g.To - g.From
	}
	if again := res.Flows[0].Subflows[0].Retransmitted; sum[record.New] != 1e6 || sum[record.Retransmitted] != again || again == 0 || len(sum) != 2 {
		t.Errorf("%v; %d bytes were retransmitted", sum, again)
	}
}
