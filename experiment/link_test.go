package experiment

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// oneLink is a flow over one link of 10 ms, and of 10 Mb/s if rate does not say otherwise, for 20 s.
func oneLink(flow, rate, more string) string {
	return fmt.Sprintf(`duration = "20s"
[[flow]]
name = "f"
from = "a"
to = "b"
%s
[[link]]
name = "l"
between = ["a", "b"]
%s
delay = "10ms"
queue = "100pkt"
%s
`, flow, cmp.Or(rate, `rate = "10Mbps"`), more)
}

const (
	// packets of 1000 bytes
	overload = "protocol = \"udp\"\nworkload = { kind = \"cbr\", rate = \"60Mbps\", chunk = \"972B\" }"
	bursts   = "protocol = \"udp\"\nworkload = { kind = \"onoff\", rate = \"14Mbps\", chunk = \"972B\", on = \"300ms\", off = \"300ms\" }"
	steps    = `rate = { steps = [["0s","10Mbps"],["3s","2Mbps"],["4s","0bps"],["4300ms","17Mbps"]], period = "6s" }`
	trace    = `rate = { trace = "trace" }`
	slower   = "[[event]]\nat = \"10s\"\nlink = \"l\"\nrate = \"2Mbps\"\n"
	still    = "[[event]]\nat = \"5s\"\nlink = \"l\"\nrate = \"0bps\"\n[[event]]\nat = \"8s\"\nlink = \"l\"\nrate = \"10Mbps\"\n"
	limits   = "[[event]]\nat = \"5s\"\nlink = \"l\"\nlimit = \"25pkt\"\n[[event]]\nat = \"15s\"\nlink = \"l\"\nlimit = { up = \"200pkt\", down = \"1pkt\" }\n"
	outages  = "[[event]]\nat = \"5s\"\nlink = \"l\"\nup = false\n[[event]]\nat = \"8s\"\nlink = \"l\"\nup = true\n"
)

// measure runs text with a watcher.
func measure(t *testing.T, text string, w ...Watcher) *record.Result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "link.toml")
	for name, data := range map[string]string{file: text, filepath.Join(filepath.Dir(file), "trace"): "1\n3\n3\n9\n20\n"} {
		if err := os.WriteFile(name, []byte(data), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := scenarios.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(context.Background(), s, nil, w...)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// queueing judges a link by what enters and leaves it alone. A packet leaves the transmitter a propagation before
// it arrives. What it has waited is the time from its entry to the end of the transmission before its own
// (Lindley 1952); the rest of its way is its own transmission and the propagation.
type queueing struct {
	propagation time.Duration
	entered     map[*netem.Packet]sim.Time
	end         sim.Time // of the last transmission
	packets     uint64
	waited, way time.Duration // sums
	own         time.Duration // transmissions
}

func (q *queueing) Watch(n *netem.Network) {
	l := n.Links()[0].Up
	q.entered = make(map[*netem.Packet]sim.Time)
	l.Points.Offered.Observe(func(e netem.PacketEvent) { q.entered[e.Packet] = e.Now })
	l.Points.Delivered.Observe(func(e netem.PacketEvent) {
		in, end := q.entered[e.Packet], e.Now.Add(-q.propagation)
		start := max(q.end, in)
		q.packets++
		q.waited += start.Sub(in)
		q.own += end.Sub(start)
		q.way += e.Now.Sub(in)
		q.end = end
	})
}

func (*queueing) Err() error { return nil }

// What packets waited, their transmission and the propagation are the one-way delay of datagrams, under steps
// and traces of the rate, changes of it, and outages.
func TestQueueDelayIsPartOfOneWayDelay(t *testing.T) {
	for _, flow := range []string{overload, bursts} {
		for _, x := range []struct{ rate, more string }{
			{}, {rate: steps}, {rate: trace}, {more: slower}, {more: outages}, {rate: steps, more: outages},
			{more: still}, {more: limits},
			{more: slower + "[[event]]\nat = \"12s\"\nlink = \"l\"\nrate = { down = \"1Mbps\", up = \"50Mbps\" }\n"},
		} {
			text := oneLink(flow, x.rate, x.more)
			q := &queueing{propagation: 10 * time.Millisecond}
			const waits = 2 + 10 + 64 // in transmission at an outage, or on their way at the end, at 50 Mb/s
			d := measure(t, text, q).Links[0].QueueDelay
			if d.Count < q.packets || d.Count > q.packets+waits {
				t.Errorf("%s%s: %d samples of %d packets", x.rate, x.more, d.Count, q.packets)
			}
			propagation := float64(q.packets) * 0.01
			got := d.Mean*float64(d.Count) + q.own.Seconds() + propagation
			// What begins its transmission and does not arrive before the end, or goes down with the link,
			// has waited, too.
			slack := float64(d.Count-q.packets)*d.Max + 1e-6
			if math.Abs(got-q.way.Seconds()) > slack {
				t.Errorf("%s%s: waits, transmissions and propagation are %g s, one-way delays %g s", x.rate, x.more, got, q.way.Seconds())
			}
		}
	}
}

// 100 packets of 1000 bytes wait at 10 Mb/s, then at 2 Mb/s: 80 ms, then 400 ms.
func TestQueueDelayFollowsTheRate(t *testing.T) {
	for _, x := range []struct {
		more string
		want float64
	}{{"", 0.08}, {slower, 0.4}} {
		d := measure(t, oneLink(overload, "", x.more)).Links[0].QueueDelay
		if math.Abs(d.Max-x.want) > 1000*8/10e6 { // one may be in transmission
			t.Errorf("%s: the longest wait is %g s, want %g", x.more, d.Max, x.want)
		}
	}
	// The round trips of a TCP are those waits and 20 ms.
	res := measure(t, oneLink(`protocol = "tcp"`, `rate = { steps = [["0s","20Mbps"],["10s","1Mbps"]], period = "20s" }`, ""))
	wait, rtt := res.Links[0].QueueDelay, res.Flows[0].RTT
	if math.Abs(wait.P99+0.02-rtt.P99) > 0.05*rtt.P99 || rtt.P99 < 0.5 { // an ACK stands for two packets, of a queue that moves
		t.Errorf("packets wait %g s (99th percentile), round trips are of %g s", wait.P99, rtt.P99)
	}
}

// At a rate of 0 packets wait, and none is lost as long as the queue has room: what comes in the three seconds, 20
// packets of 1000 bytes a second, waits up to three seconds, less the 50 ms between two of them.
func TestALinkThatStandsStill(t *testing.T) {
	const slow = "protocol = \"udp\"\nworkload = { kind = \"cbr\", rate = \"155.52kbps\", chunk = \"972B\" }"
	l := measure(t, oneLink(slow, "", still)).Links[0]
	if len(l.Drops) != 0 || math.Abs(l.QueueDelay.Max-3) > 0.05 || l.QueueDelay.Count != 401 {
		t.Errorf("%v of %d packets are dropped, the longest wait is %g s; want none of 401, 3 s", l.Drops, l.QueueDelay.Count, l.QueueDelay.Max)
	}
}

// A limit that an event sets is that of the queue from then on: of 25 packets of 1000 bytes, 20 ms at 10 Mb/s, and of
// 200, 160 ms. What waits when it shrinks is not lost.
func TestLimitOfAnEvent(t *testing.T) {
	for _, x := range []struct {
		warmup string
		want   float64
	}{{"4s", 0.16}, {"6s", 0.16}, {"4s\"\nduration = \"15s", 0.08}, {"6s\"\nduration = \"15s", 0.02}} {
		text := "warmup = \"" + x.warmup + "\"\n" + oneLink(overload, "", limits)
		if strings.Contains(x.warmup, "duration") {
			text = strings.Replace(text, "duration = \"20s\"\n", "", 1)
		}
		d := measure(t, text).Links[0].QueueDelay
		if math.Abs(d.Max-x.want) > 1000*8/10e6 { // one may be in transmission
			t.Errorf("warm-up %s: the longest wait is %g s, want %g", x.warmup, d.Max, x.want)
		}
	}
}

// A link that is never idle is used up, whatever its rate does, with and without a warm-up: what it cannot
// send while it is down, or has no rate, does not count. One of which half the time is asked for half its
// rate is used by a quarter.
func TestUtilisation(t *testing.T) {
	const half = "protocol = \"udp\"\nstop = \"10s\"\nworkload = { kind = \"cbr\", rate = \"4.86Mbps\", chunk = \"972B\" }"
	for _, x := range []struct {
		flow, rate, more string
		want             float64
	}{
		{overload, "", "", 1}, {overload, "", slower, 1}, {overload, steps, "", 1}, {overload, "", outages, 1}, {overload, steps, outages, 1}, {overload, trace, "", 1},
		{overload, "", still, 1}, {overload, "", limits, 1}, {half, "", still, (0.5*7*10e6 + 100*8000) / 170e6},
		{half, "", "", 0.25}, {half, "", outages, 0.5 * 7 / 17}, {half, "", slower, 0.5 * 10e6 / (10e6 + 2e6)},
	} {
		for _, warmup := range []string{"", "warmup = \"12s\"\n"} {
			text := warmup + oneLink(x.flow, x.rate, x.more)
			want := x.want
			if x.flow == half && warmup != "" {
				want = 0
			}
			// A packet at either end of an outage, a step and the run is sent in part: 8 kbit of at least 16
			// Mbit.
			if u := *measure(t, text).Links[0].Utilisation; u > 1 || math.Abs(u-want) > 4e-3 {
				t.Errorf("%s%s%s: utilisation %g, want %g", warmup, x.rate, x.more, u, want)
			}
		}
	}
}
