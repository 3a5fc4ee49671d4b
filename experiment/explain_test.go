package experiment

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/scenarios"
	"mpsim/sched"
	"mpsim/sim"
)

// explained is an upload of a file over two clean paths of 8 and 2 Mb/s, into a small receive buffer.
const explained = `duration = "20s"
figure = []
[topology]
kind = "two-path"
rate = ["8Mbps", "2Mbps"]
delay = ["10ms", "50ms"]
[[flow]]
name = "f"
from = "client"
to = "server"
scheduler = %q
workload = { kind = "file", size = "3MB" }
tcp = { receive_buffer = "200kB" }
`

// explainedRun returns the result of that, with or without reasons.
func explainedRun(t *testing.T, scheduler, more string) *record.Result {
	t.Helper()
	return runText(t, more+fmt.Sprintf(explained, scheduler))
}

// Decisions about new bytes give each byte of the file to subflows once, and each subflow what it sends besides
// repetitions. Looking changes nothing of the course.
func TestDecisionsConserve(t *testing.T) {
	for _, scheduler := range []string{"minrtt", "roundrobin", "blest", "ecf", "linux"} {
		res := explainedRun(t, scheduler, "explain = true\n")
		if plain := explainedRun(t, scheduler, ""); plain.Course != res.Course || len(plain.Decisions) > 0 || plain.Flows[0].Reasons != nil {
			t.Errorf("%s: course %s, %s without reasons, which has %d decisions", scheduler, res.Course, plain.Course, len(plain.Decisions))
		}
		given := map[string]uint64{}
		var list []record.Decision
		for _, d := range res.Decisions {
			if d.Gives() && (d.Job == record.Fresh || d.Job == record.Pull) && d.To > d.From {
				list = append(list, d)
				given[d.Subflows] += d.To - d.From
			}
		}
		slices.SortFunc(list, func(a, b record.Decision) int { return cmp.Compare(a.From, b.From) })
		end := uint64(0)
		for _, d := range list {
			if d.From != end {
				t.Fatalf("%s: after %d comes %+v", scheduler, end, d)
			}
			end = d.To
		}
		if end != 3_000_000 {
			t.Errorf("%s: decisions give %d bytes", scheduler, end)
		}
		for _, s := range res.Flows[0].Subflows {
			if sent := s.Sent - s.Retransmitted - *s.Reinjected; given[s.Name] != sent || sent == 0 {
				t.Errorf("%s: %s was given %d bytes and sent %d", scheduler, s.Name, given[s.Name], sent)
			}
		}
	}
}

// The numbers of a flow are those of its decisions: how many there are for each reason, and how long each wait lasts,
// until the next decision. BLEST waits for the small buffer, ECF only when the rest of the file is small.
func TestReasonsCount(t *testing.T) {
	for scheduler, wait := range map[string]string{"blest": "would-block", "ecf": "ecf-waits"} {
		res := explainedRun(t, scheduler, "explain = true\n")
		want := map[string]record.Reason{}
		for i, d := range res.Decisions {
			r := want[d.Reason]
			r.Name, r.Decisions = d.Reason, r.Decisions+1
			if d.Act == record.Waits && d.Job != record.Spare {
				if i+1 == len(res.Decisions) {
					t.Fatalf("%s: the file ends with a wait", scheduler)
				}
				r.Waited += res.Decisions[i+1].T - d.T
			}
			want[d.Reason] = r
		}
		got := res.Flows[0].Reasons
		if len(got) != len(want) {
			t.Errorf("%s: %d reasons, decisions have %d", scheduler, len(got), len(want))
		}
		for i, r := range got {
			w := want[r.Name]
			const rounding = 1e-9 // of sums of times
			if r.Decisions != w.Decisions || math.Abs(r.Waited-w.Waited) > rounding || i > 0 && r.Decisions > got[i-1].Decisions {
				t.Errorf("%s: %+v, want %+v", scheduler, r, w)
			}
			if waits := r.Name == wait; waits != (r.Waited > 0) {
				t.Errorf("%s: waited %g s for %s", scheduler, r.Waited, r.Name)
			}
		}
	}
}

// Who wants the numbers alone gets the same ones, and no list.
func TestReasonsOfSummary(t *testing.T) {
	s, err := scenarios.Parse("x.toml", []byte("explain = true\n"+fmt.Sprintf(explained, "blest")), nil)
	if err != nil {
		t.Fatal(err)
	}
	short, err := Summarise(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Run(t.Context(), s, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(short.Flows[0].Reasons, whole.Flows[0].Reasons) || len(short.Decisions) != 0 || len(whole.Decisions) == 0 {
		t.Errorf("%+v and %d decisions; %+v and %d", short.Flows[0].Reasons, len(short.Decisions), whole.Flows[0].Reasons, len(whole.Decisions))
	}
}

// A wait that nothing ends lasts until the end of the connection or of the run; one with nothing at hand is none.
func TestLastWait(t *testing.T) {
	for _, tt := range []struct {
		hand bool
		over int64 // when the connection ended, ns; 0: it did not
		want float64
	}{{true, 0, 4}, {true, 5e9, 2}, {false, 0, 0}} {
		x := &explanation{waits: -1, w: &multipath{c: &conn{}}}
		x.w.c.life[from].ended = sim.Time(tt.over)
		x.count(1, sim.Time(1e9), false, true)
		x.count(2, sim.Time(3e9), true, tt.hand)
		x.finish(sim.Time(7e9))
		want := []record.Reason{{Name: x.reasons()[0].Name, Decisions: 1}, {Name: x.reasons()[1].Name, Decisions: 1, Waited: tt.want}}
		if got := x.reasons(); !slices.Equal(got, want) {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
}

// Flows share what a result has of decisions, in memory that is bounded; what is left out is said, and is counted.
func TestManyDecisions(t *testing.T) {
	x := &explanation{waits: -1, lists: true, w: &multipath{c: &conn{Connection: &scenarios.Connection{Flow: &scenarios.Flow{Name: "f"}}}}}
	x.list.Limit = 4
	for i := range sim.Time(10) {
		x.decided(mptcp.Decided{View: &sched.View{Now: i}})
		x.given(sched.Range{From: uint64(i), To: uint64(i) + 1})
	}
	x.finish(10)
	if got := x.list.Items(); len(got) != 3 || got[1].From != 4 || got[1].To != 5 || *x.list.Thinned() != (record.Thinning{Samples: 10, Kept: 3}) {
		t.Errorf("%+v, %+v", got, x.list.Thinned())
	}
	if got := x.reasons(); len(got) != 1 || got[0].Decisions != 10 {
		t.Errorf("%+v", got)
	}
}

// The metric of waits is the time from each decision to wait with new bytes at hand to the next one, but
// for what is left of a wait when the subflow with room has taken what goes again: a hundredth at most.
func TestWaitsOfDecisions(t *testing.T) {
	for scheduler, waits := range map[string]bool{"minrtt": false, "roundrobin": false, "blest": true, "ecf": true, "daps": true} {
		res := explainedRun(t, scheduler, "explain = true\n")
		sum := 0.0
		for i, d := range res.Decisions {
			if d.Act == record.Waits && d.Job == record.Fresh {
				sum += res.Decisions[i+1].T - d.T
			}
		}
		part, _ := res.Metric("flow", "f", "", "scheduler-wait")
		got := part * res.Transfers[0].FCT
		if waits != (sum > 0) || got > sum+1e-9 || got < 0.99*sum {
			t.Errorf("%s: waited %g s, between decisions %g s", scheduler, got, sum)
		}
	}
}
