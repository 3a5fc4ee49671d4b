package prediction

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"mpsim/experiment/record"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

func load(t *testing.T, text string, set ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("test.toml", []byte(text), nil, set...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func predict(t *testing.T, text string, set ...string) *record.Prediction {
	t.Helper()
	p, err := Predict(load(t, text, set...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.6g, want %.6g within %g %%", what, got, want, 100*tolerance)
	}
}

const twoLinks = `
name = "two"
duration = "10s"
[[link]]
name = "a"
between = ["client", "server"]
rate = "10Mbps"
delay = "10ms"
queue = { kind = "droptail", limit = "40pkt" }
[[link]]
name = "b"
between = ["client", "server"]
rate = "30Mbps"
delay = { up = "10ms", down = "20ms" }
queue = { kind = "khalili-red" }
[[flow]]
name = "both"
from = "client"
to = "server"
cc = "lia"
[[flow]]
name = "plain"
from = "client"
to = "server"
protocol = "tcp"
cc = "reno"
count = 3
paths = [["b"]]
`

// Rates on the wire become payload: of a packet of 1500 bytes 1424 with a DSS, 1448 of
// plain TCP. Full links carry what they can.
func TestUnits(t *testing.T) {
	p := predict(t, twoLinks)
	get := func(of, name, part, what string) float64 {
		v, ok := p.Metric(of, name, part, what)
		if !ok {
			t.Fatalf("no %s of %s %s %s", what, of, name, part)
		}
		return v
	}
	near(t, "link a", get("flow", "both", "0", "goodput"), 10e6*1424/1500, 1e-3)
	near(t, "link b", get("flow", "both", "1", "goodput")/1424+get("flow", "plain", "", "goodput")/1448, 30e6/1500, 1e-3)
	near(t, "sum", get("flow", "both", "", "goodput"), get("flow", "both", "0", "goodput")+get("flow", "both", "1", "goodput"), 1e-5)
	near(t, "shares", get("flow", "both", "", "share")+get("flow", "plain", "", "share"), 1, 1e-5)
	near(t, "utilisation", get("link", "a", "up", "utilization"), 1, 1e-3)
	if u := get("link", "a", "down", "utilization"); u != 0 {
		t.Errorf("the way back is used to %g", u)
	}

	// RTT: 20 ms both ways, 30 of 40 packets in the queue, one and its ACK in transmission.
	near(t, "RTT", get("flow", "both", "0", "rtt-mean"), 0.02+31*1500*8/10e6+72*8/10e6, 1e-3)
	near(t, "window", get("flow", "both", "0", "cwnd-mean"), get("flow", "both", "0", "goodput")/8*get("flow", "both", "0", "rtt-mean"), 2e-3)

	// The thresholds of RED are for 10 Mb/s: loss and wait are on its curve.
	n := get("link", "b", "up", "queue-delay-mean") * 30e6 / 8 / 1500
	near(t, "RED", get("link", "b", "up", "loss"), 0.1*(n-75)/75, 1e-3)
}

// A transfer from the server goes down; its ACKs wait behind what goes up.
func TestDirections(t *testing.T) {
	down := predict(t, twoLinks, "flow.both.from=server", "flow.both.to=client", "flow.both.client=client")
	near(t, "goodput", down.Flows[0].Goodput, 40e6*1424/1500, 1e-3)
	if l := down.Links[1]; l.Direction != "down" || !l.Bottleneck {
		t.Errorf("no bottleneck on the way down: %+v", l)
	}
	wait := down.Links[2].Wait + down.Links[3].Wait
	near(t, "RTT of both on b", down.Flows[0].Subflows[1].RTT, 0.03+(1500+72)*8/30e6+wait, 1e-5)
}

// How many subflows there are depends on the path manager.
func TestSubflows(t *testing.T) {
	for _, c := range []struct {
		set  string
		want int
	}{{"flow.both.path_manager=fullmesh", 2}, {"flow.both.path_manager=none", 1}, {`flow.both.path_manager={kind="ndiffports",subflows=3}`, 3}, {"flow.both.protocol=tcp", 1}} {
		if got := len(predict(t, twoLinks, c.set, "flow.both.cc=reno").Flows[0].Subflows); got != c.want {
			t.Errorf("%s: %d subflows, want %d", c.set, got, c.want)
		}
	}
}

// What the model does not know it says.
func TestOutside(t *testing.T) {
	p := predict(t, twoLinks, `flow.both.workload={kind="file",size="1MB"}`)
	if f := p.Flows[0]; !strings.Contains(f.Outside, "file") || f.Goodput != 0 {
		t.Errorf("a file is in the model: %+v", f)
	}
	if _, ok := p.Metric("flow", "both", "", "goodput"); ok {
		t.Error("it has a goodput")
	}
	p = predict(t, twoLinks, "flow.both.count=0")
	alone := predict(t, twoLinks, `flow.both.workload={kind="file",size="1MB"}`)
	if p.Flows[0].Outside != "it does not run" || p.Flows[1].Goodput != alone.Flows[1].Goodput {
		t.Errorf("without its connections: %+v, and the other one is not as if alone: %+v", p.Flows[0], p.Flows[1])
	}
	_, err := Predict(load(t, twoLinks, `flow.both.workload={kind="file",size="1MB"}`, `flow.plain.workload={kind="file",size="1MB"}`))
	if problems := new(scenarios.Problems); !errors.As(err, problems) || len(*problems) != 2 || !strings.Contains(err.Error(), "flow[1].workload: the fluid model knows none of the flows") {
		t.Errorf("nothing to predict: %v", err)
	}
	p = predict(t, twoLinks, `link.a.loss={kind="bernoulli",p=0.3}`)
	if !strings.Contains(strings.Join(p.Notes, "\n"), "small for a fluid") {
		t.Errorf("notes: %q", p.Notes)
	}
}

// Datagrams are a constant load of their mean rate, headers on top, which others find the link
// smaller by; what the model averages it says.
func TestDatagrams(t *testing.T) {
	p := predict(t, `duration = "10s"
[[link]]
name = "l"
between = ["a", "b"]
rate = "10Mbps"
delay = "10ms"
[[flow]]
name = "bursts"
from = "a"
to = "b"
protocol = "udp"
count = 2
workload = { kind = "onoff", rate = "9.72Mbps", chunk = "972B", on = "10ms", off = "90ms" }
[[flow]]
name = "tcp"
from = "a"
to = "b"
protocol = "tcp"
cc = "reno"
`)
	loss, _ := p.Metric("link", "l", "up", "loss")
	got, ok := p.Metric("flow", "bursts", "", "goodput")
	if !ok || loss == 0 {
		t.Fatalf("goodput %g, %v; loss %g", got, ok, loss)
	}
	near(t, "bursts", got, 2*0.972e6*(1-loss), 1e-5)
	tcp, _ := p.Metric("flow", "tcp", "", "goodput")
	near(t, "tcp", tcp, (10e6-2e6*(1-loss))*1448/1500, 1e-3)
	if !slices.Contains(p.Notes, "flow bursts: bursts are averaged, it is a constant load of 972kbps") {
		t.Errorf("notes %q", p.Notes)
	}
}

// Every queue, loss, controller and workload is either in the model, or named with its line.
func TestCheckNamesParts(t *testing.T) {
	for _, part := range []struct{ of, set, key string }{
		{"queue", "link.a.queue", "link[0].queue"},
		{"loss process", "link.a.loss", "link[0].loss"},
		{"congestion controller", "flow.both.cc", "flow[0].cc"},
		{"workload", "flow.both.workload", "flow[0].workload"},
	} {
		registries := language.Registries()
		r := registries[slices.IndexFunc(registries, func(r language.Registry) bool { return r.Kind() == part.of })]
		for _, kind := range r.Names() {
			s, err := scenarios.Parse("test.toml", []byte(twoLinks), nil, "flow.plain.cc=bbr", part.set+`={kind="`+kind+`"}`)
			if err != nil {
				continue // it has parameters without defaults
			}
			var problems scenarios.Problems
			switch err := Check(s); {
			case err == nil:
			case !errors.As(err, &problems):
				t.Errorf("%s %s: %v", part.of, kind, err)
			case !slices.ContainsFunc(problems, func(p scenarios.Problem) bool {
				return p.Key == part.key && strings.HasPrefix(p.File, "--set "+part.set)
			}):
				t.Errorf("%s %s: no problem at %s: %v", part.of, kind, part.key, problems)
			}
		}
	}
}

// What wVegas measures is not the queue that the model has: its drains, the bursts of a sender that does
// not pace, and a least RTT that others hide.
func TestVegasDoubts(t *testing.T) {
	const drains, bursts, hidden = "empties its queues", "without pacing", "least RTT that it has seen"
	for _, c := range []struct {
		set  []string
		want []string
	}{
		{[]string{"flow.plain.workload={kind='file',size='1MB'}"}, []string{drains}},
		{nil, []string{drains, hidden}},
		{[]string{"flow.both.cc={kind='wvegas',pacing=false}"}, []string{drains, bursts, hidden}},
		{[]string{"flow.both.cc={kind='wvegas',pacing=false}", "flow.both.tcp.pacing=true"}, []string{drains, hidden}},
		{[]string{"flow.both.cc=lia"}, nil},
	} {
		notes := strings.Join(predict(t, twoLinks, append([]string{"flow.both.cc=wvegas"}, c.set...)...).Notes, "\n")
		for _, note := range []string{drains, bursts, hidden} {
			if strings.Contains(notes, note) != slices.Contains(c.want, note) {
				t.Errorf("%q: want notes %q, have\n%s", c.set, c.want, notes)
			}
		}
	}
}

// How far small windows are off depends on how small they are (cc.TestSmallWindows), and OLIA does not only probe
// (cc.TestOLIANoise).
func TestSmallWindowDoubts(t *testing.T) {
	const some, many, alone, probes = "up to 4 %", "a quarter where it is 2", "fluid; timeouts", "no more than probes"
	for _, c := range []struct {
		set  []string
		want []string
	}{
		{[]string{"flow.both.cc=lia"}, nil},
		{[]string{"flow.both.cc=lia", "link.b.rate=20Mbps", "flow.plain.count=6"}, []string{some}},
		{[]string{"flow.both.cc=lia", "link.b.rate=10Mbps", "flow.plain.count=15"}, []string{many}},
		{[]string{"flow.both.cc=lia", "link.b.rate=5Mbps", "flow.plain.count=60"}, []string{many, alone}},
		{[]string{"flow.both.cc=olia", "link.b.rate=10Mbps", "flow.plain.count=6"}, []string{many, probes}},
	} {
		p := predict(t, twoLinks, c.set...)
		notes := strings.Join(p.Notes, "\n")
		for _, note := range []string{some, many, alone, probes} {
			if strings.Contains(notes, note) != slices.Contains(c.want, note) {
				t.Errorf("%q: windows %.1f and %.1f, of others %.1f: want notes %q, have\n%s", c.set,
					p.Flows[0].Subflows[0].Window, p.Flows[0].Subflows[1].Window, p.Flows[1].Subflows[0].Window, c.want, notes)
			}
		}
	}
}
