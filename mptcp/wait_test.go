package mptcp_test

import (
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// late is a scheduler that waits until a time, whatever there is to send.
type late struct {
	sched.MinRTT
	until sim.Time
	asked int
}

func (m *late) Traits() sched.Traits { return sched.Patient }

func (m *late) Next(v *sched.View) sched.Decision {
	m.asked++
	if v.Now < m.until {
		return sched.Decision{}
	}
	return m.MinRTT.Next(v)
}

// punctual also tells the connection so.
type punctual struct{ late }

func (m *punctual) Next(v *sched.View) sched.Decision {
	d := m.late.Next(v)
	d.Until = m.until
	return d
}

// A wait ends, although nothing is on its way that would bring an event: the connection asks
// again, after Patience, or when the scheduler says.
func TestSchedulerThatWaits(t *testing.T) {
	const until = 2 * time.Second
	a, b := &late{until: sim.Time(until)}, &punctual{late{until: sim.Time(until)}}
	for _, c := range []struct {
		name  string
		s     sched.Scheduler
		late  *late
		slack time.Duration
	}{{"late", a, a, sched.Patience}, {"punctual", b, &b.late, 0}} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 20 * time.Millisecond, 50, 0})
		l.cfg.Scheduler = func() sched.Scheduler { return c.s }
		var first sim.Time
		l.transfer(1e6)
		l.eng.Run(sim.Time(until) - 1)
		if most := int(until/sched.Patience) + 10; c.late.asked > most {
			t.Errorf("%s: asked %d times in %v, want at most %d", c.name, c.late.asked, until, most)
		}
		if l.sink.got > 0 {
			t.Errorf("%s: %d bytes before the time", c.name, l.sink.got)
		}
		for first == 0 && l.eng.Now() < sim.Time(10*time.Second) {
			l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
			if l.sink.got > 0 {
				first = l.eng.Now()
			}
		}
		// A segment takes 1.2 ms and the way of 10 ms.
		if most := until + c.slack + 13*time.Millisecond; first == 0 || time.Duration(first) > most {
			t.Errorf("%s: the first byte came at %v, want by %v", c.name, first, most)
		}
		l.finish(20*time.Second, 1e6)
	}
}

// While something is on its way its ACK is the next event: waiting costs no timer unless
// the scheduler says until when.
func TestWaiterBetweenACKs(t *testing.T) {
	for _, waits := range []bool{false, true} {
		l := newLab(t, 1, path{100 * units.Mbps, 100 * time.Millisecond, 1000, 0})
		g := &gap{every: 50 * time.Millisecond}
		l.cfg.Scheduler = func() sched.Scheduler { return g }
		if waits {
			l.cfg.Scheduler = func() sched.Scheduler { return &gapWaiter{gap: g} }
		}
		l.transfer(1 << 30)
		l.eng.Run(sim.Time(5 * time.Second))
		n, want := len(g.sent), 5*1000/50
		if waits && (n < want-15 || n > want) {
			t.Errorf("%d segments in 5 s, want one each %v", n, g.every)
		}
		if !waits && (n < 20 || n > 30) { // the RTT is 200 ms
			t.Errorf("%d segments in 5 s, want one a round trip", n)
		}
	}
}

// gap lets one segment go at a time.
type gap struct {
	sched.MinRTT
	every time.Duration
	next  sim.Time
	sent  []sim.Time
}

func (m *gap) Traits() sched.Traits { return sched.Patient }

func (m *gap) Next(v *sched.View) sched.Decision {
	if v.Now < m.next {
		return sched.Decision{}
	}
	d := m.MinRTT.Next(v)
	if d.Do != sched.Wait {
		m.next = v.Now.Add(m.every)
		m.sent = append(m.sent, v.Now)
	}
	return d
}

type gapWaiter struct{ *gap }

func (m *gapWaiter) Next(v *sched.View) sched.Decision {
	d := m.gap.Next(v)
	d.Until = m.next
	return d
}

// A scheduler that waits for ever is at fault itself, and who asks what the connection waits for
// is told.
func TestSchedulerThatWaitsForEver(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
	l.cfg.Scheduler = func() sched.Scheduler { return &late{until: sim.Never} }
	l.transfer(1e6)
	l.eng.Run(sim.Time(time.Minute))
	var w tcp.Waits
	l.up.Waits(&w)
	text := l.up.Describe()
	if !w.Pending || w.Acked != 0 || w.Timer > l.eng.Now().Add(sched.Patience) || !strings.Contains(text, "the scheduler waits although a subflow can send") {
		t.Errorf("%+v: %s", w, text)
	}
}
