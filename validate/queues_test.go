package validate_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/units"
)

// queue returns the queue called kind with parameters that set changes.
func queue[M any](kind string, set func(*M)) qdisc.Model {
	m := must(qdisc.Registry.New(kind))
	if set != nil {
		set(any(m).(*M))
	}
	return m
}

// waiting measures the mean queueing delay on the first path and the share of its
// capacity that is used, from from to to, if plain flows that start half a second apart
// share it.
func waiting(t *testing.T, p path, flows int, from, to time.Duration) (delay time.Duration, used float64, drops float64) {
	t.Helper()
	l := newLab(t, p)
	for i := range flows {
		l.single(config(t, "reno", uint64(i)), 0, time.Duration(i)*500*time.Millisecond, endless)
	}
	var sum time.Duration
	var n int
	var bytes units.Bytes
	up := l.links[0].Up
	up.Points.Delivered.Observe(func(e netem.PacketEvent) {
		if e.Now >= sim.Time(from) {
			sum += e.Now.Sub(e.Packet.Enqueued) - p.delay - p.rate.TxTime(e.Packet.Size)
			bytes += e.Packet.Size
			n++
		}
	})
	l.run(from)
	before := up.Stats()
	l.run(to)
	after := up.Stats()
	if err := l.net.Conserved(); err != nil {
		t.Error(err)
	}
	lost, sent := after.Dropped.Total().Packets-before.Dropped.Total().Packets, after.Sent.Packets-before.Sent.Packets
	return sum / time.Duration(n), float64(bytes) * 8 / float64(p.rate) / (to - from).Seconds(), float64(lost) / float64(sent)
}

// between checks low <= got <= high.
func between(t *testing.T, what string, got, low, high float64) {
	t.Helper()
	t.Logf("%s: %.4g, law %.4g to %.4g", what, got, low, high)
	if !(low <= got && got <= high) {
		t.Errorf("%s: %.4g, want %.4g to %.4g", what, got, low, high)
	}
}

// L7: RFC 8033 steers the mean queueing delay to the target of 15 ms: within 5 ms with
// five Reno flows, in either form, and at another capacity.
func TestPIEHoldsTarget(t *testing.T) {
	for _, c := range []struct {
		rate     units.Bandwidth
		enhanced bool
	}{{10 * units.Mbps, false}, {10 * units.Mbps, true}, {40 * units.Mbps, false}} {
		aqm := queue("pie", func(m *qdisc.PIE) {
			m.Enhanced = c.enhanced
			if c.enhanced {
				m.Limit = units.Packets(60) // it works from 20 packets on: 24 ms
			}
		})
		delay, used, _ := waiting(t, path{rate: c.rate, delay: 50 * time.Millisecond, aqm: aqm}, 5, 20*time.Second, 120*time.Second)
		name := fmt.Sprintf("%v, enhanced %v", c.rate, c.enhanced)
		between(t, name+": delay in ms", delay.Seconds()*1e3, 10, 20)
		between(t, name+": utilization", used, 0.85, 1)
	}
}

// L7: RFC 8289: the first drop comes an interval after the delay has risen above the
// target. A Reno flow alone with an RTT of one interval has then a window of
// W = BDP + target·C + 1 to 2 segments, which it halves: the link is idle for a part of
// the time that it takes the window to come back from W/2 to the BDP. Five flows that
// lose at different times fill the link, with a queue about the target.
func TestCoDel(t *testing.T) {
	const rate, rtt, target = 10 * units.Mbps, 100 * time.Millisecond, 5 * time.Millisecond
	p := path{rate: rate, delay: rtt / 2, aqm: must(qdisc.Registry.New("codel"))}
	bdp := float64(rate) / 8 / 1500 * rtt.Seconds()
	w := bdp*(1+target.Seconds()/rtt.Seconds()) + 1.5
	_, used, _ := waiting(t, p, 1, 20*time.Second, 120*time.Second)
	near(t, "one flow: utilization", used, ((bdp-w/2)*(bdp+w/2)/2+(w-bdp)*bdp)/(bdp*w/2), 0.03)

	delay, used, _ := waiting(t, p, 5, 20*time.Second, 120*time.Second)
	between(t, "five flows: delay in ms", delay.Seconds()*1e3, 2.5, 15)
	between(t, "five flows: utilization", used, 0.85, 1)
}

// L7: the queue under RED is where its drops meet the law of the flows. It drops one of
// 1/(2 p_b) packets, in gaps uniform in 1 .. 1/p_b-1, p_b being a line from Min to Max;
// the flows have a window of w = 1.3098/sqrt(p), as for independent losses (see
// TestSquareRootLaw), which is (C·RTT+q)/N for each of N.
func TestREDFixedPoint(t *testing.T) {
	const flows, rate, rtt = 10, 10 * units.Mbps, 80 * time.Millisecond
	m := &qdisc.RED{Min: 20, Max: 60, MaxP: 0.1, Weight: 0.002, Gentle: true}
	c := float64(rate) / 8 / 1500
	law := func(q float64) float64 { w := (c*rtt.Seconds() + q) / flows; return 1.3098 * 1.3098 / (w * w) }
	low, high := m.Min, m.Max
	for high-low > 1e-6 {
		if q := (low + high) / 2; 2*m.MaxP*(q-m.Min)/(m.Max-m.Min) < law(q) {
			low = q
		} else {
			high = q
		}
	}
	delay, _, drops := waiting(t, path{rate: rate, delay: rtt / 2, aqm: m}, flows, 30*time.Second, 130*time.Second)
	near(t, "queue in packets", delay.Seconds()*c, low, 0.05)
	near(t, "drops", drops, law(low), 0.1)
}

// datagrams sends packets of 1500 bytes at a constant rate, whatever becomes of them.
type datagrams struct {
	l     *lab
	pool  *netem.Pool
	every time.Duration
	timer sim.Timer
}

func newDatagrams(l *lab, rate units.Bandwidth) *datagrams {
	s := &datagrams{l: l, every: rate.TxTime(1500)}
	// The server ignores a reset of what it does not know.
	s.pool = netem.NewPool(func() *netem.Packet {
		return &netem.Packet{Protocol: netem.TCP, Payload: &wire.Segment{Flags: wire.RST}}
	})
	s.timer.Init(l.eng, s, 0)
	s.timer.Arm(0)
	return s
}

func (s *datagrams) HandleTimer(int) {
	p, r := s.pool.Get(), s.l.routes[0]
	p.Size, p.Route, p.Src, p.Dst, p.SrcPort, p.DstPort = 1500, r, r.Src, r.Dst, 9, 9
	s.l.net.Send(p)
	s.timer.Arm(s.l.eng.Now().Add(s.every))
}

// RFC 8290, section 1: a flow that does not react to drops cannot take the share of
// another. Half of the link stays with a TCP beside datagrams that alone would
// overload it; with drop-tail nothing does. Reno loses some of it after its own drops.
func TestFairQueueingIsolates(t *testing.T) {
	const rate = 10 * units.Mbps
	for _, c := range []struct {
		kind      string
		low, high float64 // of the capacity
	}{{"fq-codel", 0.43, 0.5}, {"fq", 0.47, 0.5}, {"droptail", 0, 0.05}} {
		l := newLab(t, path{rate: rate, delay: 10 * time.Millisecond, aqm: must(qdisc.Registry.New(c.kind))})
		newDatagrams(l, 15*units.Mbps)
		l.single(config(t, "reno", 1), 0, 0, endless)
		got := l.goodputs(5*time.Second, 25*time.Second)[0] * 1e6 / float64(rate) * 1500 / plainPayload
		between(t, c.kind, got, c.low, c.high)
	}
}
