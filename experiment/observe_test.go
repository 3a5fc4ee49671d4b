package experiment

import (
	"math"
	"strings"
	"testing"

	"mpsim/experiment/record"
	"mpsim/mptcp/wire"
	"mpsim/scenarios"
	"mpsim/sim/netem"
)

// counter sums the payload that each node sends, from the packets.
type counter map[string]uint64

func (c counter) Watch(n *netem.Network) {
	for _, d := range n.Links() {
		for _, l := range []*netem.Link{d.Up, d.Down} {
			l.Points.Offered.Observe(func(e netem.PacketEvent) {
				if s, ok := e.Packet.Payload.(*wire.Segment); ok {
					c[l.From().Name] += uint64(s.Len)
				}
			})
		}
	}
}

func (c counter) Err() error { return nil }

// runText runs a scenario.
func runText(t *testing.T, text string, watchers ...Watcher) *record.Result {
	t.Helper()
	s, err := scenarios.Parse("x.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), s, nil, watchers...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

const onePath = `duration = "20s"
figure = []
[[link]]
name = "p"
between = ["a", "b"]
rate = "10Mbps"
delay = "20ms"
`

// Requests and responses of one size: both ends send, repeat and receive, and each has its numbers. What an end sends
// is the payload of the packets that its link is offered.
func TestBothEnds(t *testing.T) {
	for _, protocol := range []string{"tcp", "mptcp"} {
		for _, lossy := range []string{"up", "down"} {
			sent := counter{}
			loss := map[string]string{"up": "0.05, down = 0", "down": "0, down = 0.05"}[lossy]
			res := runText(t, onePath+`loss = { up = `+loss+` }
[[flow]]
name = "f"
from = "a"
to = "b"
protocol = "`+protocol+`"
workload = { kind = "rpc", request = "1kB", response = "1kB" }
`, sent)
			f := res.Flows[0]
			if len(f.Ends) != 2 || f.Ends[0].Name != "from" || f.Ends[1].Name != "to" {
				t.Fatalf("ends %+v", f.Ends)
			}
			ask, answer := f.Ends[0], f.Ends[1]
			done := f.Transfers.Count
			if done < 100 || f.Unfinished > 1 {
				t.Errorf("%d transfers, %d under way", done, f.Unfinished)
			}
			most := 1000 * (done + 1)
			if ask.Received < 1000*done || ask.Received > most || answer.Received < ask.Received || answer.Received > most {
				t.Errorf("%s: %d transfers of 1 kB, received %d at from, %d at to", protocol, done, ask.Received, answer.Received)
			}
			if g := float64(ask.Received) * 8 / res.Duration; math.Abs(*ask.Goodput-g) > 1e-6*g+100*8 {
				t.Errorf("%s: goodput at from is %g, want about %g", protocol, *ask.Goodput, g)
			}
			if ask.Sent != sent["a"] || answer.Sent != sent["b"] {
				t.Errorf("%s: sent %d and %d, packets have %d and %d", protocol, ask.Sent, answer.Sent, sent["a"], sent["b"])
			}
			lost, clean := ask, answer
			if lossy == "down" {
				lost, clean = clean, lost
			}
			if lost.Retransmitted < 5*1000 || clean.Retransmitted > lost.Retransmitted/4 {
				t.Errorf("%s, loss %s: retransmitted %d by from, %d by to",
					protocol, lossy, ask.Retransmitted, answer.Retransmitted)
			}
			sub := f.Subflows[0]
			if sub.Sent != ask.Sent+answer.Sent || sub.Retransmitted != ask.Retransmitted+answer.Retransmitted {
				t.Errorf("%s: the subflow sent %d and repeated %d", protocol, sub.Sent, sub.Retransmitted)
			}
		}
	}
}

// An end that sends no data has zeros, and a connection counts from its SYN: a client that sends can do so after a
// round trip, a server after one and the way of its SYN/ACK and the third packet.
func TestEstablishedFromTheSYN(t *testing.T) {
	for _, tt := range []struct {
		protocol, opener string
		want             float64 // s; one-way 20 ms, and 60 to 90 bytes at 10 Mb/s for each packet
	}{
		{"tcp", "from", 0.040}, {"mptcp", "from", 0.040}, {"tcp", "to", 0.060}, {"mptcp", "to", 0.060},
	} {
		res := runText(t, onePath+`[[flow]]
name = "f"
from = "a"
to = "b"
start = "3s"
client = "`+map[string]string{"from": "a", "to": "b"}[tt.opener]+`"
protocol = "`+tt.protocol+`"
workload = { kind = "file", size = "100kB" }
`)
		f := res.Flows[0]
		got := f.Subflows[0].Established
		if got == nil || *got < tt.want || *got > tt.want+0.0005 {
			t.Errorf("%s opened by %s: established after %v s, want %g", tt.protocol, tt.opener, got, tt.want)
		}
		if f.Ends[0].Received != 0 || f.Ends[1].Sent != 0 || f.Ends[1].Received != 100e3 || f.Ends[0].Sent != 100e3 {
			t.Errorf("%s: ends %+v", tt.protocol, f.Ends)
		}
		c := res.Connections[0]
		if math.Abs(c.Established-3-*got) > 1e-9 || c.Opened != 3 || c.Ended <= c.Established || c.Error != "" ||
			c.From != "a" || c.To != "b" {
			t.Errorf("%s: connection %+v", tt.protocol, c)
		}
		x := res.Transfers[0]
		if !x.Done() || x.Start != 3 || x.Paths != "p" || x.Bytes != 100e3 || math.Abs(x.End-x.Start-x.FCT) > 1e-9 {
			t.Errorf("%s: transfer %+v", tt.protocol, x)
		}
	}
}

// A transfer that is under way at the end is listed without an end, and a connection that fails says why.
func TestUnfinishedAndFailed(t *testing.T) {
	res := runText(t, onePath+`[[flow]]
name = "long"
from = "a"
to = "b"
protocol = "tcp"
workload = { kind = "file", size = "100MB" }
[[flow]]
name = "cut"
from = "a"
to = "b"
protocol = "tcp"
workload = { kind = "file", size = "100MB" }
tcp = { retries = 1 }
[[event]]
at = "2s"
link = "p"
silent = true
`)
	if n := len(res.Transfers); n != 2 {
		t.Fatalf("%d transfers", n)
	}
	for _, x := range res.Transfers {
		if x.Done() || x.End != 0 || x.Bytes != 100e6 {
			t.Errorf("transfer %+v, want one under way", x)
		}
	}
	for _, c := range res.Connections {
		if failed := c.Error != ""; failed != (c.Flow == "cut") || failed && !strings.Contains(c.Error, "timed out") {
			t.Errorf("%s: error %q", c.Flow, c.Error)
		}
	}
}

// The life of a connection is a story: it and its first subflow begin, a second one joins, the first goes with its
// interface, and comes back.
func TestIncidentsOfLife(t *testing.T) {
	res := runText(t, `duration = "10s"
figure = []
[[link]]
name = "wifi"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
[[link]]
name = "lte"
between = ["a", "b"]
rate = "10Mbps"
delay = "30ms"
[[flow]]
name = "f"
from = "a"
to = "b"
workload = { kind = "bulk" }
[[event]]
at = "3s"
link = "wifi"
up = false
[[event]]
at = "5s"
link = "wifi"
up = true
[[event]]
at = "6s"
link = "lte"
rate = "5Mbps"
delay = "20ms"
`)
	var story []string
	last := 0.0
	for _, i := range res.Incidents {
		if i.T < last {
			t.Errorf("%+v comes after %g s", i, last)
		}
		last = i.T
		switch i.Kind {
		case record.Loss, record.Timeout, record.ECN:
		case record.Change:
			story = append(story, i.Kind+" "+i.Link+" "+i.Text)
		default:
			story = append(story, strings.TrimSpace(i.Kind+" "+i.Link+i.Subflow))
		}
	}
	want := "established; subflow-up wifi; subflow-up lte; link-down wifi; subflow-down wifi; " +
		"link-up wifi; subflow-up wifi; change lte rate, delay"
	if got := strings.Join(story, "; "); got != want {
		t.Errorf("the story is\n%s\nwant\n%s", got, want)
	}
}

// Episodes are counted by their cause, of all connections: losses, timeouts and marks.
func TestEpisodesByCause(t *testing.T) {
	lossy := runText(t, onePath+`loss = { up = 0.01, down = 0.0 }
[[flow]]
name = "f"
from = "a"
to = "b"
count = 3
protocol = "tcp"
`)
	marked := runText(t, onePath+`queue = { kind = "ecn-threshold", k = "20pkt" }
[[flow]]
name = "f"
from = "a"
to = "b"
count = 3
protocol = "tcp"
cc = "dctcp"
`)
	if s := lossy.Flows[0].Subflows[0]; s.Losses == 0 || s.Marks != 0 {
		t.Errorf("losses: %d episodes of loss, %d of marks", s.Losses, s.Marks)
	}
	if s := marked.Flows[0].Subflows[0]; s.Losses != 0 || s.Marks == 0 || s.Timeouts != 0 {
		t.Errorf("marks: %d episodes of loss, %d of marks", s.Losses, s.Marks)
	}
	for _, res := range []*record.Result{lossy, marked} {
		f := res.Flows[0]
		first := uint64(0)
		for _, i := range res.Incidents {
			if i.Kind == record.Loss || i.Kind == record.ECN {
				first++
			}
		}
		if all := f.Subflows[0].Losses + f.Subflows[0].Marks; first == 0 || all <= first || all > 6*first {
			t.Errorf("%d episodes of three connections, %d of the first", all, first)
		}
	}
}

// A send buffer that grows by a Write takes more of that Write, once. The first segments of 64 kB make it grow from
// 16 kB at once, and a workload that was told so within its Write wrote the same bytes again.
func TestWriteThatGrowsTheBuffer(t *testing.T) {
	for _, protocol := range []string{"tcp", "mptcp"} {
		for workload, want := range map[string][2]uint64{ // received at from and at to
			`{ kind = "file", size = "17721B" }`:                                  {0, 17721},
			`{ kind = "rpc", request = "100B", response = "17721B", count = 3 }`:  {3 * 17721, 300},
			`{ kind = "rpc", request = "17721B", response = "20kB", count = 3 }`:  {60_000, 3 * 17721},
			`{ kind = "cbr", rate = "3Mbps", chunk = "20kB" }`:                    {0, 0},
			`{ kind = "poisson", rate = "3Mbps", chunk = "20kB" }`:                {0, 0},
			`{ kind = "onoff", rate = "3Mbps", chunk = "20kB", on = "1s" }`:       {0, 0},
			`{ kind = "file", size = "1MB", distribution = "pareto", shape = 3 }`: {0, 0},
		} {
			res := runText(t, onePath+`[[flow]]
name = "f"
from = "a"
to = "b"
stop = "10s"
protocol = "`+protocol+`"
tcp = { mtu = 65535, send_autotune = true }
workload = `+workload+`
`)
			f := res.Flows[0]
			if f.Unfinished != 0 || f.Stalled != 0 {
				t.Errorf("%s, %s: %d transfers do not end", protocol, workload, f.Unfinished)
			}
			if got := [2]uint64{f.Ends[0].Received, f.Ends[1].Received}; want != [2]uint64{} && got != want {
				t.Errorf("%s, %s: received %d, want %d", protocol, workload, got, want)
			}
			for _, x := range res.Transfers {
				if f.Ends[0].Received == 0 && x.Bytes != f.Ends[1].Received {
					t.Errorf("%s, %s: a file of %d bytes, received %d", protocol, workload, x.Bytes, f.Ends[1].Received)
				}
			}
			if rate := *f.Goodput; strings.Contains(workload, "cbr") && (rate < 2.9e6 || rate > 3.1e6) {
				t.Errorf("%s, %s: %g bit/s, want 3e6", protocol, workload, rate)
			}
		}
	}
}
