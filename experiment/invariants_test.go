package experiment

import (
	"cmp"
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/sim"
	"mpsim/sim/rare"
	"mpsim/sim/units"
)

const twoPaths = `
duration = "2s"
[topology]
kind = "two-path"
rate = ["20Mbps", "10Mbps"]
delay = ["10ms", "30ms"]
[[flow]]
name = "f"
from = "client"
to = "server"
`

// observed runs text, changed by plant, and returns the observer and the result.
func observed(t *testing.T, text string, plant func(*scenarios.Simulation)) (*observer, *record.Result) {
	t.Helper()
	return forced(t, text, nil, plant)
}

// forced is observed with rare cases.
func forced(t *testing.T, text string, f *rare.Force, plant func(*scenarios.Simulation)) (*observer, *record.Result) {
	t.Helper()
	s, err := scenarios.Parse("test.toml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Force = f
	m, err := scenarios.Build(s)
	if err != nil {
		t.Fatal(err)
	}
	plant(m)
	o := observe(m, true)
	if err := run(context.Background(), m, o, sim.Time(s.Duration), nil, nil); err != nil {
		t.Fatal(err)
	}
	res := o.result(m.Engine.Now())
	o.checkResult(m.Engine.Now(), res)
	return o, res
}

func (o *observer) wants(t *testing.T, text string) {
	t.Helper()
	switch {
	case text == "" && len(o.found) > 0:
		t.Errorf("found %v in a run without a fault", o.found)
	case text != "" && (len(o.found) == 0 || !strings.Contains(o.found[0].Text, text)):
		t.Errorf("found %v, want %q", o.found, text)
	}
}

// A window that is no number, infinite, or below a segment is found at the next sample, and the run
// goes on to its result.
func TestWindowsAreChecked(t *testing.T) {
	for _, cwnd := range []float64{math.NaN(), math.Inf(1), 100, 1} {
		o, res := observed(t, twoPaths, func(m *scenarios.Simulation) {
			m.Engine.At(sim.Time(time.Second), func() {
				m.Connections[0].From.(*mptcp.Conn).Subflows()[0].Endpoint().Flow.Cwnd = cwnd
			})
		})
		o.wants(t, "cwnd is ")
		if res.Flows[0].Received == 0 || !strings.Contains(o.defects().Error(), "at 1s: cwnd is ") {
			t.Errorf("cwnd %g: received %d, %v", cwnd, res.Flows[0].Received, o.defects())
		}
	}
	o, _ := observed(t, twoPaths, func(*scenarios.Simulation) {})
	o.wants(t, "")
}

// Numbers of a result that cannot be are found.
func TestNumbersAreChecked(t *testing.T) {
	for want, plant := range map[string]func(*record.Result){
		"loss of link":                    func(r *record.Result) { *r.Links[0].Loss = 1.33 },
		"utilization of link":             func(r *record.Result) { *r.Links[0].Utilisation = 1.001 },
		"Goodput is NaN":                  func(r *record.Result) { r.Flows[0].Subflows[0].Goodput = new(math.NaN()) },
		"Gap is -1":                       func(r *record.Result) { r.Flows[0].Gap = new(-1.0) },
		"Window Mean is +Inf":             func(r *record.Result) { r.Flows[0].Window.Mean = math.Inf(1) },
		"jain of run is 1.1":              func(r *record.Result) { *r.Jain = 1.1 },
		"the shares of the flows":         func(r *record.Result) { *r.Flows[0].Share = 0.9 },
		"the shares of the subflows of f": func(r *record.Result) { *r.Flows[0].Subflows[0].Share += 1e-6 },
		"RTT is out of order":             func(r *record.Result) { r.Flows[0].RTT.Mean = r.Flows[0].RTT.Max + 1 },
	} {
		o, res := observed(t, twoPaths, func(*scenarios.Simulation) {})
		o.wants(t, "")
		plant(res)
		o.checkResult(0, res)
		o.wants(t, want)
	}
	o, res := observed(t, twoPaths, func(*scenarios.Simulation) {})
	c := o.flows[0].conns[0]
	c.ends[to].received += 1 << 24
	o.checkResult(0, res)
	o.wants(t, "the applications of server read")
}

// The result of a run that is wrong is complete, and says so.
func TestDefectsComeWithTheResult(t *testing.T) {
	s, err := scenarios.Parse("test.toml", []byte(twoPaths), nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Run(t.Context(), s, nil)
	if err != nil || res.Defects != nil {
		t.Fatalf("%v, %v", err, res.Defects)
	}
	e := &DefectError{[]Violation{{sim.Time(time.Second), "cwnd is NaN"}, {2 * sim.Time(time.Second), "loss is 2"}}}
	if got := e.Error(); !strings.Contains(got, "at 1s: cwnd is NaN") || !strings.Contains(got, "at 2s: loss is 2") {
		t.Errorf("the error is %q", got)
	}
}

// No link is used more than wholly, whatever becomes of its rate: events, steps, outages.
func TestUtilisationOfVaryingRates(t *testing.T) {
	for name, x := range map[string]struct {
		link, event string
		least       float64
	}{
		"an event":          {`rate = "8Mbps"`, "[[event]]\nat = \"9s\"\nlink = \"a\"\nrate = \"1Mbps\"", 0.98},
		"steps":             {`rate = { steps = [["0s","8Mbps"],["9s","1Mbps"]] }`, "", 0.98},
		"steps that repeat": {`rate = { steps = [["0s","8Mbps"],["50ms","1Mbps"]], period = "100ms" }`, "", 0.95},
		"no rate":           {`rate = "8Mbps"`, "[[event]]\nat = \"2s\"\nlink = \"a\"\nrate = \"0bps\"\n[[event]]\nat = \"4s\"\nlink = \"a\"\nrate = \"8Mbps\"", 0.75},
		"an outage":         {`rate = "8Mbps"`, "[[event]]\nat = \"2s\"\nlink = \"a\"\nup = false\n[[event]]\nat = \"6s\"\nlink = \"a\"\nup = true", 0.75},
	} {
		text := "duration = \"10s\"\nwarmup = \"1s\"\n[[link]]\nname = \"a\"\nbetween = [\"c\", \"s\"]\n" + x.link +
			"\n[[flow]]\nname = \"f\"\nfrom = \"c\"\nto = \"s\"\nprotocol = \"tcp\"\n" + x.event
		o, res := observed(t, text, func(*scenarios.Simulation) {})
		o.wants(t, "")
		if u := *res.Links[0].Utilisation; u < x.least || u > 1 {
			t.Errorf("%s: utilization %g, want %g to 1", name, u, x.least)
		}
	}
}

// A fake is an end that waits for what a test says.
type fake struct {
	mptcp.Waiter
	w    tcp.Waits
	held units.Bytes
}

func (f *fake) Waits(w *tcp.Waits)                  { *w = f.w }
func (f *fake) Describe() string                    { return "described" }
func (f *fake) Ended() (bool, error)                { return false, nil }
func (f *fake) Queued() (send, receive units.Bytes) { return 0, f.held }

// The time of an end begins when it does: one that opens late has had none to make progress in.
func TestLivenessOfLateEnds(t *testing.T) {
	res, err := Run(t.Context(), load(t, "add-addr-loss"), nil)
	if err != nil || res.Defects != nil {
		t.Errorf("%v, %v", err, res.Defects)
	}
}

// An end with something to send and no timer waits for ever, at once if no packet is in the network.
// Over a clean path that drops nothing something is acknowledged in time; an end that may have
// to wait is left alone.
func TestLiveness(t *testing.T) {
	const s = sim.Time(time.Second)
	for name, x := range map[string]struct {
		change func(o *observer, end, peer *fake, at sim.Time)
		want   string
		step   sim.Time // from look to look; 0: 1 s
	}{
		"no timer": {func(_ *observer, end, _ *fake, at sim.Time) {
			if at >= 5*s {
				end.w.Timer = sim.Never
			}
		}, "waits for ever", 0},
		"no progress": {func(_ *observer, end, _ *fake, at sim.Time) { end.w.Segments++ }, "has made no progress since 10s", 0},
		"progress":    {func(_ *observer, end, _ *fake, at sim.Time) { end.w.Acked++; end.w.Segments++ }, "", 0},
		"nothing to send": {func(_ *observer, end, _ *fake, at sim.Time) {
			end.w.Pending, end.w.Timer = false, sim.Never
		}, "", 0},
		"a timer backed off for long": {func(_ *observer, end, _ *fake, at sim.Time) { end.w.Longest = 2 * time.Minute }, "", 0},
		"a round trip that has grown": {func(_ *observer, end, _ *fake, at sim.Time) {
			if at > 15*s {
				end.w.RTO = time.Minute
			}
		}, "", 0},
		"a timer that is backed off now": {func(_ *observer, end, _ *fake, at sim.Time) {
			if at > 15*s {
				end.w.Longest = time.Minute
			}
		}, "has made no progress since 10s", 0},
		"a peer that does not read":    {func(_ *observer, _, peer *fake, at sim.Time) { peer.held = 1 }, "", 0},
		"no subflow":                   {func(_ *observer, end, _ *fake, at sim.Time) { end.w.Routes = nil }, "", 0},
		"a path that is down":          {func(o *observer, _, _ *fake, at sim.Time) { o.m.Links[0].SetUp(false) }, "", 0},
		"a path whose rate is 0":       {func(o *observer, _, _ *fake, at sim.Time) { o.m.Links[0].Up.SetRate(netemZero) }, "", 0},
		"a path that has healed, late": {func(o *observer, _, _ *fake, at sim.Time) { o.m.Links[0].SetUp(at > 40*s) }, "has made no progress since 41s", 0},
		"something to send that was not there at the last look": {func(_ *observer, end, _ *fake, at sim.Time) {
			end.w.Pending = at/s%40 == 30
		}, "", 20 * s},
		"something to send, looks far apart": {func(*observer, *fake, *fake, sim.Time) {}, "has made no progress since 10s", 20 * s},
	} {
		o, _ := observed(t, twoPaths, func(*scenarios.Simulation) {})
		o.wants(t, "")
		conn := o.flows[0].conns[0]
		var w tcp.Waits
		conn.From.(mptcp.Waiter).Waits(&w)
		routes := w.Routes
		end, peer := &fake{w: tcp.Waits{Pending: true, Timer: 1000 * s, Longest: time.Second, Routes: routes[:1]}}, &fake{}
		o.ends = []*lively{{end: end, c: conn, peer: func() mptcp.Connection { return peer }}}
		for at := 10 * s; at < 100*s && len(o.found) == 0; at += cmp.Or(x.step, s) {
			x.change(o, end, peer, at)
			o.checkLiveness(at)
		}
		t.Run(name, func(t *testing.T) { o.wants(t, x.want) })
	}
}

const netemZero = zero(0)

// zero is a rate at which nothing is sent.
type zero int

func (zero) Serve(sim.Time, units.Bytes) sim.Time       { return sim.Never }
func (zero) Mean() units.Bandwidth                      { return 0 }
func (zero) Capacity(sim.Time, sim.Time) (bits float64) { return 0 }

// What is legal, however slow, is no defect: nothing passes, timers run for minutes, outages last.
func TestLegalWaits(t *testing.T) {
	for name, text := range map[string]string{
		"all is lost":        "loss = 1",
		"the way back is":    `loss = { up = 0, down = 1 }`,
		"a slow link":        `delay = "5s"`,
		"a rate that stops":  `rate = { steps = [["0s","8Mbps"],["1s","0bps"],["200s","8Mbps"]] }`,
		"an event's rate 0":  "rate = \"1Mbps\"\n[[event]]\nat = \"70s\"\nlink = \"a\"\nrate = \"0bps\"\n[[event]]\nat = \"300s\"\nlink = \"a\"\nrate = \"1Mbps\"\n",
		"a queue of minutes": `queue = { kind = "droptail", limit = "10MB" }`,
		"an RTO of minutes":  "[[flow.tcp]]",
	} {
		link, tcp := text, `retries = 30`
		if strings.HasPrefix(text, "[[flow") {
			link, tcp = "loss = 0.3", `rto_min = "100s", rto_max = "2000s"`
		}
		if !strings.HasPrefix(link, "rate") {
			link += "\nrate = \"1Mbps\""
		}
		for _, protocol := range []string{"tcp", "mptcp"} {
			o, _ := observed(t, "duration = \"400s\"\n[[link]]\nname = \"a\"\nbetween = [\"c\", \"s\"]\n"+link+
				"\n[[flow]]\nname = \"f\"\nfrom = \"c\"\nto = \"s\"\nprotocol = \""+protocol+"\"\ntcp = { "+tcp+" }\n[[event]]\nat = \"20s\"\nlink = \"a\"\nup = false\n"+
				"[[event]]\nat = \"60s\"\nlink = \"a\"\nup = true\n", func(*scenarios.Simulation) {})
			t.Run(name+" "+protocol, func(t *testing.T) { o.wants(t, "") })
		}
	}
}

// The laws are judged from sample to sample without allocating: a campaign has many of them.
func TestJudgingLivenessDoesNotAllocate(t *testing.T) {
	o, _ := observed(t, twoPaths, func(*scenarios.Simulation) {})
	now := o.m.Engine.Now()
	if n := testing.AllocsPerRun(100, func() { o.checkLiveness(now) }); n != 0 || len(o.ends) == 0 {
		t.Errorf("%v allocations for %d ends, want none for some", n, len(o.ends))
	}
	o.wants(t, "")
}
