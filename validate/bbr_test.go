package validate_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/sched"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// modelled returns the parameters of a host under law, whose controllers draw from streams of
// their own.
func modelled(t testing.TB, law string, seed uint64) *mptcp.Config {
	t.Helper()
	return modelledBy(t, func() cc.Controller { return must(cc.Registry.New(law)) }, seed)
}

// modelledBy is modelled for controllers that law makes.
func modelledBy(t testing.TB, law func() cc.Controller, seed uint64) *mptcp.Config {
	t.Helper()
	cfg := config(t, "reno", seed)
	made := uint64(0)
	cfg.Controller = func() cc.Controller {
		c := law()
		if r, ok := c.(cc.Randomizer); ok {
			made++
			r.Randomize(rand.New(rand.NewPCG(seed, 100+made)))
		}
		return c
	}
	return cfg
}

// The link of these tests: 10 Mb/s and 40 ms, that is a BDP of 34 packets, and an RTT of
// 41.2 ms for a packet that meets no queue.
const (
	bbrRate  = 10 * units.Mbps
	bbrDelay = 20 * time.Millisecond
	bbrBDP   = 34
	bbrRTT   = 0.0412
)

func bbrPath(queue int, loss netem.Loss) path {
	return path{rate: bbrRate, delay: bbrDelay, queue: netem.DropTail{LimitPackets: queue}, loss: loss}
}

// goodputOf is what a link of rate carries of payload, in Mb/s.
func goodputOf(rate units.Bandwidth, payload float64) float64 {
	return float64(rate) / 1e6 * payload / 1500
}

// Cardwell et al., 2016: BBR fills the pipe and keeps the queue short, however large the buffer
// is. PROBE_RTT costs 2 % of the time, and the window bounds the queue by one BDP.
func TestBBRAlone(t *testing.T) {
	for _, law := range []string{"bbr", "bbr3"} {
		for _, queue := range []int{bbrBDP / 2, 4 * bbrBDP, 100 * bbrBDP} {
			l := newLab(t, bbrPath(queue, nil))
			f := l.single(modelled(t, law, 1), 0, 0, endless)
			got := l.goodputs(2*time.Second, 62*time.Second)[0] / goodputOf(bbrRate, plainPayload)
			delay := f.meanRTT() - bbrRTT
			t.Logf("%s, queue %d: %.3f of the link, mean queueing delay %.1f ms", law, queue, got, 1000*delay)
			if got < 0.9 || delay > bbrRTT/2 {
				t.Errorf("%s, queue %d: %.3f of the link, want 0.9; mean queueing delay %.1f ms, want half the least RTT at most", law, queue, got, 1000*delay)
			}
		}
	}
}

// Cardwell et al., 2016: a flow that starts into the queue of another sees the
// least RTT all the same, because PROBE_RTT of one drains the queue, and then all look together;
// and they share.
func TestBBRFlowsShare(t *testing.T) {
	for _, law := range []string{"bbr", "bbr3"} {
		l := newLab(t, bbrPath(4*bbrBDP, nil))
		flows := []*flow{
			l.single(modelled(t, law, 1), 0, 0, endless),
			l.single(modelled(t, law, 2), 0, time.Second, endless),
		}
		rates := l.goodputs(22*time.Second, 122*time.Second)
		sum, squares := rates[0]+rates[1], rates[0]*rates[0]+rates[1]*rates[1]
		fairness := sum * sum / (2 * squares)
		t.Logf("%s: %.2f and %.2f Mb/s, Jain's index %.3f", law, rates[0], rates[1], fairness)
		if fairness < 0.98 || sum < 0.9*goodputOf(bbrRate, plainPayload) {
			t.Errorf("%s: %.2f and %.2f Mb/s", law, rates[0], rates[1])
		}
		for i, f := range flows {
			if rtt := f.tcp.Flow.MinRTT; rtt > 45*time.Millisecond {
				t.Errorf("%s: flow %d has seen no RTT below %v", law, i, rtt)
			}
		}
	}
}

// RFC 5681's window falls with the square root of losses, whose cause it cannot tell; BBR's
// does not. Version 3 bears a fiftieth, and not more: then it falls to what Reno gets.
func TestBBRUnderRandomLoss(t *testing.T) {
	const rate, rtt = 50 * units.Mbps, 200 * time.Millisecond
	run := func(law string, p float64) float64 {
		l := newLab(t, path{rate: rate, delay: rtt / 2, queue: netem.DropTail{LimitPackets: 1000}, loss: &bernoulli{rand.New(rand.NewPCG(3, 3)), p}})
		cfg := modelled(t, law, 1)
		cfg.TCP.SendBuffer, cfg.TCP.ReceiveBuffer = 16<<20, 16<<20
		l.single(cfg, 0, 0, endless)
		return l.goodputs(10*time.Second, 50*time.Second)[0] / goodputOf(rate, plainPayload)
	}
	for _, c := range []struct {
		law       string
		p         float64
		low, high float64 // of the link
	}{
		{"bbr", 0.01, 0.9, 1},
		{"bbr", 0.05, 0.8, 1},
		{"bbr3", 0.01, 0.8, 1},
		{"bbr3", 0.05, 0, 0.2},
	} {
		got := run(c.law, c.p)
		t.Logf("%s at %g: %.3f of the link", c.law, c.p, got)
		if got < c.low || got > c.high {
			t.Errorf("%s at %g: %.3f of the link, want %g to %g", c.law, c.p, got, c.low, c.high)
		}
	}
	// Mathis et al., 1997: sqrt(3/2p) segments a round trip.
	law := math.Sqrt(1.5/0.01) * plainPayload * 8 / rtt.Seconds() / 1e6 / goodputOf(rate, plainPayload)
	if got := run("reno", 0.01); got > 1.2*law {
		t.Errorf("reno: %.4f of the link, the law is %.4f", got, law)
	}
}

// At a shared bottleneck two subflows of BBR take two shares, since each is a flow of its own.
// With the rule of C-MPBBR they take no more than one. They take less: each cruises at half of a rate
// that it has seen beside another which does not, and BBR takes what is left.
func TestCMPBBRSharedBottleneck(t *testing.T) {
	for _, c := range []struct {
		law       string
		low, high float64
	}{{"bbr", 1.7, 2.3}, {"c-mpbbr", 0.25, 1}} {
		var multi, single float64
		for seed := range uint64(3) {
			l := newLab(t, path{rate: 2 * bbrRate, delay: bbrDelay, queue: netem.DropTail{LimitPackets: 4 * bbrBDP}})
			two := modelled(t, c.law, seed)
			subflows(two, 2)
			l.multi(two, 0, endless)
			l.single(modelled(t, "bbr", seed+100), 0, 300*time.Millisecond, endless)
			rates := l.goodputs(20*time.Second, 80*time.Second)
			multi, single = multi+rates[0]/payload, single+rates[1]/plainPayload
		}
		ratio := multi / single
		t.Logf("%s: %.2f shares", c.law, ratio)
		if ratio < c.low || ratio > c.high {
			t.Errorf("%s: %.2f shares, want %g to %g", c.law, ratio, c.low, c.high)
		}
	}
}

// On two paths of the same rate C-MPBBR sees a bottleneck that there is not: it cruises at half
// the rate in six of eight phases, (1.25 + 0.75 + 6/2)/8 in all. Where the rates differ it is BBR.
func TestCMPBBRSeparatePaths(t *testing.T) {
	run := func(second units.Bandwidth) float64 {
		fast := bbrPath(4*bbrBDP, nil)
		fast.rate = second
		l := newLab(t, bbrPath(4*bbrBDP, nil), fast)
		l.multi(modelled(t, "c-mpbbr", 1), 0, endless)
		return l.goodputs(20*time.Second, 80*time.Second)[0] / goodputOf(bbrRate+second, payload)
	}
	near(t, "of two equal paths", run(bbrRate), 0.625, 0.08)
	if got := run(2 * bbrRate); got < 0.9 {
		t.Errorf("%.3f of two paths of different rates", got)
	}
}

// watcher is a controller with a fixed window that counts its samples.
type watcher struct {
	cc.BBR
	samples, limited int
}

func (w *watcher) OnAck(f *cc.Flow, a cc.Ack) {
	f.Cwnd, f.Pacing = 30*payload, 0
	if a.Sample != nil && a.Now > 1e9 {
		w.samples++
		if a.Sample.AppLimited {
			w.limited++
		}
	}
}

// seldom gives one segment in n to the second subflow, and all others to the first.
type seldom struct{ n, count int }

func (s *seldom) Traits() sched.Traits { return sched.Patient }

func (s *seldom) Next(v *sched.View) sched.Decision {
	if len(v.Subflows) > 1 && s.count >= s.n && v.Subflows[1].Limit == sched.Free {
		s.count = 0
		return sched.Decision{Do: sched.Send, On: sched.One(1)}
	}
	if v.Subflows[0].Limit == sched.Free {
		s.count++
		return sched.Decision{Do: sched.Send, On: sched.One(0)}
	}
	return sched.Decision{}
}

// A subflow that the scheduler passes over has nothing to send, although the connection has:
// what it delivers tells nothing of its path.
func TestSkippedSubflowIsApplicationLimited(t *testing.T) {
	l := newLab(t, bbrPath(1000, nil), bbrPath(1000, nil))
	cfg := config(t, "bbr", 1)
	var watchers []*watcher
	cfg.Controller = func() cc.Controller {
		w := &watcher{}
		watchers = append(watchers, w)
		return w
	}
	cfg.Scheduler = func() sched.Scheduler { return &seldom{n: 5} }
	l.multi(cfg, 0, endless)
	l.run(10 * time.Second)
	watchers = slices.DeleteFunc(watchers, func(w *watcher) bool { return w.samples == 0 }) // those of the receiver
	if len(watchers) != 2 {
		t.Fatalf("%d subflows have samples, want 2", len(watchers))
	}
	first, second := watchers[0], watchers[1]
	if first.limited > 0 || second.limited < second.samples || second.samples < 100 {
		t.Errorf("limited by the application are %d of %d samples of the first subflow and %d of %d of the second, want none and all",
			first.limited, first.samples, second.limited, second.samples)
	}
}
