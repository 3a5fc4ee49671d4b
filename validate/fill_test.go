package validate_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/cc/cctest"
	"mpsim/mptcp"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// What a network makes of every registered controller, in all forms of its parameters. A law
// whose source has it otherwise is excepted below, by name.
const (
	fillsOne = "one flow fills a clean link"
	fillsTwo = "one connection of two subflows fills two clean links"
	feedsAll = "of two flows that share links, neither starves"
)

// exceptions are where the source of a law, or of a form of it, has it otherwise, and why.
var exceptions = []struct{ law, test, why string }{
	{"coupled", fillsTwo, "a loss takes half of the sum of both windows off one subflow, which leaves it a segment (Wischik et al., NSDI 2011, section 2.1)"},
	{"c-mpbbr", fillsTwo, "it takes subflows of the same rate to share a bottleneck, and divides that (Mahmud et al., 2020)"},
	{"wvegas pacing=false", fillsOne, "the bursts of a window are a queue to it"},
	{"wvegas pacing=false", fillsTwo, "the bursts of a window are a queue to it"},
}

// A bar is the part of the links that a test asks of a law or of a form of it.
type bar struct {
	law  string
	part float64
}

// barOf returns the part that the first bar for f has. The last bar is that of all laws.
func barOf(f cctest.Form, bars []bar) float64 {
	i := slices.IndexFunc(bars, func(b bar) bool { return isOf(f, b.law) })
	return bars[i].part
}

// utilisation is the part of links that is filled, by law or a form of it. The last one is that of all others.
//
// A window that is halved when a buffer of a BDP is full leaves a BDP, and the link busy (Appenzeller, Keslassy,
// McKeown, SIGCOMM 2004, section 2). BBR leaves 2 % to PROBE_RTT (Cardwell et al., 2016), and version 3 another
// one that it does not pace. A drain of wVegas leaves half a BDP for a round trip, as often as its queue has
// doubled (Cao et al., ICNP 2012, section IV). LIA of Linux counts ACKs, of two segments each, so that windows of
// hundreds of segments are still growing minutes after slow start.
var utilisation = []bar{{"wvegas", 0.85}, {"lia linux=true", 0.9}, {"", 0.95}}

// starved is the part of the links below which one of two flows starves, by law or a form of it. The last one is
// that of all others: a ratio of throughputs of 4 (s-fairness of Arun, Alizadeh, Balakrishnan, SIGCOMM 2022).
//
// Two flows of wVegas keep the shares with which they began, for ever. Each drains a queue that has doubled
// (Cao et al., ICNP 2012, section IV) and slow-starts back to ssthresh. Where the queue is short beside the
// BDP, that is long before a backlog reaches its aim, and only aims make shares equal. At 10 Mb/s and 150 ms,
// of ten distances between the starts, 0.1 to 20 s, the worst leaves one of them 0.12, in either form.
var starved = []bar{{"wvegas", 0.1}, {"", 0.2}}

// A clean link loses nothing but what its buffer, of so many BDPs, does not hold. The BDP is more than the
// 10 segments that a sender begins with, and that wVegas keeps in queues.
type clean struct {
	rate units.Bandwidth
	rtt  time.Duration
	bdps float64
}

func (c clean) packets() float64 { return float64(c.rate) * c.rtt.Seconds() / 8 / 1500 }

func (c clean) path() path {
	return path{rate: c.rate, delay: c.rtt / 2, queue: netem.DropTail{LimitPackets: int(c.bdps*c.packets() + 0.5)}}
}

// settled is when a window that grows by a segment a round trip has grown by two BDPs.
func (c clean) settled() time.Duration {
	return max(5*time.Second, time.Duration(2*c.packets()*float64(c.rtt)))
}

// cleanLinks are those of the tests, the first ones also of short ones.
func cleanLinks() []clean {
	all := []clean{{10 * units.Mbps, 40 * time.Millisecond, 1}, {20 * units.Mbps, 20 * time.Millisecond, 3}}
	if !long() {
		return all
	}
	return append(all, []clean{
		{2 * units.Mbps, 150 * time.Millisecond, 1}, {5 * units.Mbps, 100 * time.Millisecond, 2}, {10 * units.Mbps, 150 * time.Millisecond, 1},
		{50 * units.Mbps, 10 * time.Millisecond, 1}, {100 * units.Mbps, 10 * time.Millisecond, 4}, {100 * units.Mbps, 40 * time.Millisecond, 1},
	}...)
}

// eachForm runs a test on all controllers, in all forms, that are not excepted from it.
func eachForm(t *testing.T, test string, run func(t *testing.T, f cctest.Form)) {
	for _, name := range cc.Registry.Names() {
		for _, f := range cctest.Forms(t, name) {
			excepted := false
			for _, x := range exceptions {
				excepted = excepted || x.test == test && isOf(f, x.law)
			}
			if !excepted {
				t.Run(f.Name, func(t *testing.T) { run(t, f) })
			}
		}
	}
}

// isOf reports whether f is a form of law, which may have parameters; "" is any.
func isOf(f cctest.Form, law string) bool {
	return law == "" || f.Name == law || strings.HasPrefix(f.Name, law+" ")
}

// formed returns the parameters of a host under f.
func formed(t testing.TB, f cctest.Form, seed uint64) *mptcp.Config {
	t.Helper()
	return modelledBy(t, f.Make, seed)
}

// fills fails t if f fills less of links than it shall.
func fills(t *testing.T, f cctest.Form, part float64, where clean) {
	t.Helper()
	want := barOf(f, utilisation)
	t.Logf("%+v: %.3f", where, part)
	if part < want {
		t.Errorf("%+v: %.3f of the links is used, want %.2f", where, part, want)
	}
}

func TestOneFlowFillsALink(t *testing.T) {
	eachForm(t, fillsOne, func(t *testing.T, f cctest.Form) {
		for _, c := range cleanLinks() {
			l := newLab(t, c.path())
			l.single(formed(t, f, 1), 0, 0, endless)
			got := l.goodputs(c.settled(), c.settled()+20*time.Second)
			fills(t, f, got[0]/goodputOf(c.rate, plainPayload), c)
		}
	})
}

func TestOneConnectionFillsTwoLinks(t *testing.T) {
	eachForm(t, fillsTwo, func(t *testing.T, f cctest.Form) {
		for _, c := range cleanLinks() {
			other := clean{c.rate / 2, 2 * c.rtt, c.bdps}
			for _, second := range []clean{c, other} {
				l := newLab(t, c.path(), second.path())
				l.multi(formed(t, f, 1), 0, endless)
				from := 3 * second.settled() // coupled windows grow by less
				got := l.goodputs(from, from+20*time.Second)
				fills(t, f, got[0]/goodputOf(c.rate+second.rate, payload), second)
			}
		}
	})
}

// Two flows share a link, and two connections with a subflow on each share two. The second one begins when
// the first one fills them.
func TestNobodyStarves(t *testing.T) {
	eachForm(t, feedsAll, func(t *testing.T, f cctest.Form) {
		for i, c := range cleanLinks() {
			if i > 0 && !long() {
				break
			}
			for n := 1; n <= 2; n++ {
				l := newLab(t, []path{c.path(), c.path()}[:n]...)
				for k := range 2 {
					cfg, start := formed(t, f, uint64(k)), time.Duration(k)*time.Second
					if n == 1 {
						l.single(cfg, 0, start, endless)
					} else {
						l.multi(cfg, start, endless)
					}
				}
				r := l.goodputs(2*c.settled(), 2*c.settled()+60*time.Second)
				share, want := min(r[0], r[1])/(r[0]+r[1]), barOf(f, starved)
				t.Logf("%+v, %d links: %.3f", c, n, share)
				if share < want {
					t.Errorf("%+v, %d links: one of two flows has %.3f of what both have, want %g", c, n, share, want)
				}
			}
		}
	})
}
