package qdisc

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
)

// newPIE returns a queue as of appendix A, and newPIEB one as of appendix B.
func newPIE(t testing.TB) *pie { return made(t, "pie", nil).(*pie) }

func newPIEB(t testing.TB) *pieB {
	return made(t, "pie", func(m Model) { m.(*PIE).Enhanced = true }).(*pieB)
}

// RFC 8033, section 4.2, computed by hand for delays in a row; both forms agree.
func TestPIEProbability(t *testing.T) {
	a, b := newPIE(t), newPIEB(t)
	for i, c := range []struct {
		delay time.Duration
		want  float64
	}{
		{30 * time.Millisecond, 1.922607421875e-05},  // (α·15 + β·30) ms / 2048
		{45 * time.Millisecond, 0.00019500732421875}, // + (α·30 + β·15) ms / 128
		{60 * time.Millisecond, 0.00095672607421875}, // + (α·45 + β·15) ms / 32
		{40 * time.Millisecond, 0.00027313232421875}, // - (β·20 - α·25) ms / 32
		{10 * time.Millisecond, 0}, {0, 0}, {0, 0},
	} {
		a.update(c.delay)
		b.update(c.delay)
		near(t, "appendix A", a.prob, c.want, 1e-12)
		near(t, "appendix B", b.prob, c.want, 1e-12)
		if a.old != c.delay {
			t.Errorf("update %d: the old delay is %v", i, a.old)
		}
	}
}

// Section 5.5: from 0.1 on, the probability rises by at most 0.02 in a step. Section
// 4.2: it halves in about 34 steps without delay, and stays within 0 and 1.
func TestPIEBounds(t *testing.T) {
	a, b := newPIE(t), newPIEB(t)
	a.prob, b.prob = 0.1, 0.1
	a.update(time.Second)
	b.update(time.Second)
	near(t, "appendix B, one step", b.prob, 0.12, 1e-12)
	near(t, "appendix A, one step", a.prob, 1, 0) // 0.1 + α·0.985 + β·1

	a.old = 0
	a.Alpha = 0
	for range 34 {
		a.update(0)
	}
	near(t, "after 34 steps", a.prob, 0.50312, 1e-4)
}

// Section 4.4: nothing is dropped in the first 150 ms of a burst, and then, the
// delay being high, something is. The allowance is there again after the congestion.
func TestPIEBurst(t *testing.T) {
	for name, q := range map[string]netem.Queue{"appendix A": newPIE(t), "appendix B": newPIEB(t)} {
		d := newDrops()
		now := sim.Time(0)
		for range 2 {
			var first sim.Time
			if b, ok := q.(*pieB); ok {
				fill := b.LimitPackets / 3
				for range fill + 1 {
					q.Enqueue(now, d.packet(now, 0, 1500), d)
				}
			}
			began := now
			for end := now.Add(2 * time.Second); now < end && first == 0; now = now.Add(500 * time.Microsecond) {
				before := d.reasons[netem.Early]
				q.Enqueue(now, d.packet(now, 0, 1500), d)
				if now/500_000%3 == 0 {
					q.Dequeue(now, d).Free()
				}
				if d.reasons[netem.Early] > before {
					first = now
				}
			}
			if after := first.Sub(began); after < 135*time.Millisecond || after > time.Second {
				t.Errorf("%s: the first drop is %v after the burst began, want 150 ms at least", name, after)
			}
			for range 4000 { // all leave
				now = now.Add(500 * time.Microsecond)
				if p := q.Dequeue(now, d); p != nil {
					p.Free()
				}
			}
			now = now.Add(time.Minute)
		}
	}
}

// Section 4.1: nothing is dropped while there are two packets or less, or while the
// delay was below half of the target and the probability is below 0.2.
func TestPIEWorkConserving(t *testing.T) {
	for _, c := range []struct {
		waiting int
		old     time.Duration
		prob    float64
		drops   int
	}{
		{2, time.Second, certain, 0}, {3, time.Second, certain, 1}, {9, 7 * time.Millisecond, 0.199, 0},
		{9, 7 * time.Millisecond, certain, 1}, {9, 0, certain, 1},
	} {
		q, d := newPIE(t), newDrops()
		for range c.waiting {
			q.DropTail.Enqueue(0, d.packet(0, 0, 1500), d)
		}
		q.prob, q.old, q.delay, q.burst = c.prob, c.old, time.Second, 0
		q.Enqueue(0, d.packet(0, 0, 1500), d)
		if d.reasons[netem.Early] != c.drops {
			t.Errorf("%+v: %d drops", c, d.reasons[netem.Early])
		}
	}
}

// Updates that are caught up give what updates in time would have given.
func TestPIECatchesUp(t *testing.T) {
	for _, delay := range []time.Duration{0, 5 * time.Millisecond, 15 * time.Millisecond, 16 * time.Millisecond, time.Second} {
		late, timely := newPIE(t), newPIE(t)
		late.prob, timely.prob = 0.3, 0.3
		late.delay = delay
		const end = sim.Time(100*time.Second + 7*time.Millisecond)
		late.catchUp(end)
		for range int64(end) / int64(timely.Update) {
			timely.update(delay)
		}
		if late.prob != timely.prob || late.old != timely.old || late.burst != timely.burst {
			t.Errorf("delay %v: probability %g, want %g", delay, late.prob, timely.prob)
		}
		if want := end - end%sim.Time(late.Update); late.updated != want {
			t.Errorf("delay %v: last update at %v, want %v", delay, late.updated, want)
		}
	}
}

// Section 5.4: another drop does not happen until 0.85/p packets after one, and is
// forced 8.5/p packets after it. In between it has probability p.
func TestPIESpacing(t *testing.T) {
	const p = 1. / 16
	q, d := newPIEB(t), newDrops()
	for range 9 {
		q.DropTail.Enqueue(0, d.packet(0, 0, 1500), d)
	}
	q.active, q.prob, q.old, q.burst = true, p, time.Second, 0
	var gaps, sum float64
	least, most := 1000, 0
	for gap := 1; gaps < 20_000; gap++ {
		if q.dropEarly() {
			q.accu = 0
			gaps++
			sum += float64(gap)
			least, most = min(least, gap), max(most, gap)
			gap = 0
		}
	}
	if least != 14 || most > 136 {
		t.Errorf("gaps of %d to %d packets, want 14 to 136", least, most)
	}
	near(t, "mean gap", sum/gaps, 13+1/p, 0.02)
}

// Section 5.2: the delay is the queue over the rate at which packets leave. Section
// 5.3: that is measured, and anything dropped, only from a third of the limit on.
func TestPIEDepartures(t *testing.T) {
	q, d := newPIEB(t), newDrops()
	q.LimitPackets = 90
	now := sim.Time(0)
	for i := range 40 {
		if q.active != (i >= 30) {
			t.Fatalf("with %d packets of 90: active is %v", i, q.active)
		}
		q.Enqueue(now, d.packet(now, 0, 1500), d)
	}
	for range 25 { // at 10 Mb/s
		now = now.Add(1200 * time.Microsecond)
		q.Dequeue(now, d).Free()
	}
	q.catchUp(now)
	// A cycle ends with the 11th packet, the first after 2^14 bytes.
	near(t, "delay", q.delay.Seconds(), 15*1500*(11*1.2e-3)/float64(dqThreshold), 1e-6)

	// All leave, and an idle second is enough for the probability to be 0: PIE is off.
	for q.Len() > 0 {
		now = now.Add(1200 * time.Microsecond)
		q.Dequeue(now, d).Free()
	}
	now = now.Add(time.Second)
	q.Enqueue(now, d.packet(now, 0, 1500), d)
	if q.active {
		t.Error("PIE is on after the congestion")
	}
}

// What an empty queue says of the delay is nothing, not what its last packet said.
func TestPIEIdle(t *testing.T) {
	q, d := newPIE(t), newDrops()
	q.Enqueue(0, d.packet(0, 0, 1500), d)
	q.Dequeue(sim.Time(time.Second), d)
	q.prob = 0.1
	q.catchUp(sim.Time(10 * time.Second))
	if q.prob != 0 {
		t.Errorf("the probability is %g after ten idle seconds", q.prob)
	}
}
