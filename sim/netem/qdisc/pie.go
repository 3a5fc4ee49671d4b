package qdisc

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("pie", "RFC 8033", func() Model {
		return &PIE{
			Limit: units.Packets(1000), Target: 15 * time.Millisecond, Update: 15 * time.Millisecond,
			Alpha: 0.125, Beta: 1.25, Burst: 150 * time.Millisecond, MarkBelow: 0.1,
		}
	})
}

// PIE drops arriving packets at random, with a probability that a PI controller sets
// by the queueing delay.
type PIE struct {
	Limit     units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	Target    time.Duration  `toml:"target" doc:"queueing delay aimed at (QDELAY_REF)"`
	Update    time.Duration  `toml:"update" doc:"the probability changes this often (T_UPDATE)"`
	Alpha     float64        `toml:"alpha" doc:"gain of the delay above target, 1/s"`
	Beta      float64        `toml:"beta" doc:"gain of the change of the delay, 1/s"`
	Burst     time.Duration  `toml:"burst" doc:"a queue that grows is left alone this long (MAX_BURST)"`
	ECN       bool           `toml:"ecn" doc:"mark packets of transports that understand it instead of dropping them"`
	MarkBelow float64        `toml:"mark_below" doc:"probability from which all are dropped again (mark_ecnth)"`
	Enhanced  bool           `toml:"enhanced" doc:"the form of appendix B: on from a third of limit, delay by the rate of departures, drops evenly spaced, steps bounded; else that of appendix A"`
}

// Validate reports parameters out of range.
func (m *PIE) Validate() error {
	switch {
	case m.Target <= 0:
		return fmt.Errorf("target %v: want more than 0", m.Target)
	case m.Update < 10*time.Microsecond:
		return fmt.Errorf("update %v: want 10us or more", m.Update)
	case !(m.Alpha > 0 && m.Beta >= 0):
		return fmt.Errorf("alpha %g, beta %g: want alpha more than 0, beta 0 or more", m.Alpha, m.Beta)
	case m.Burst < 0:
		return fmt.Errorf("burst %v: want 0 or more", m.Burst)
	case !(0 <= m.MarkBelow && m.MarkBelow <= 1):
		return fmt.Errorf("mark_below %g: want 0 to 1", m.MarkBelow)
	}
	if m.Enhanced && m.Limit.N <= 0 {
		return fmt.Errorf("limit %v: want one, because the enhanced form begins to work at a third of it", m.Limit)
	}
	return checkLimit(m.Limit)
}

// Make implements Model.
func (m *PIE) Make(l Link) netem.Queue {
	q := pie{PIE: *m, DropTail: l.fifo(m.Limit), rand: l.Rand, burst: m.Burst}
	if m.Enhanced {
		return &pieB{pie: q}
	}
	return &q
}

// pie is PIE as of RFC 8033, appendix A. The names are those of the RFC.
type pie struct {
	PIE
	netem.DropTail
	rand *rand.Rand

	prob    float64       // drop_prob_
	delay   time.Duration // current_qdelay
	old     time.Duration // qdelay_old_
	burst   time.Duration // burst_allowance_
	updated sim.Time
}

// Enqueue implements netem.Queue.
func (q *pie) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	q.catchUp(now)
	if q.prob == 0 && q.calm() {
		q.burst = q.Burst
	}
	if q.burst == 0 && q.prob > 0 && !q.workConserving() && q.rand.Float64() < q.prob && !q.marks(p, d) {
		d.Drop(now, p, netem.Early)
		return false
	}
	return q.DropTail.Enqueue(now, p, d)
}

// Dequeue implements netem.Queue. Unlike in appendix A, an empty queue has no delay,
// because no packet will come to say so.
func (q *pie) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	q.catchUp(now)
	p := q.DropTail.Dequeue(now, d)
	if q.Len() == 0 {
		q.delay = 0
	} else {
		q.delay = now.Sub(p.Enqueued)
	}
	return p
}

// SetLimit implements netem.Limiter. What is over the limit goes from the head, as with pie_change of Linux.
func (q *pie) SetLimit(now sim.Time, limit netem.Limit, d netem.Dropper) {
	q.catchUp(now)
	if shorten(&q.DropTail, now, limit, d); q.Len() == 0 {
		q.delay = 0
	}
}

// calm reports whether the last two delays were low.
func (q *pie) calm() bool { return q.delay < q.Target/2 && q.old < q.Target/2 }

// workConserving reports whether nothing is dropped lest the link run idle (section 4.1).
func (q *pie) workConserving() bool {
	return q.old < q.Target/2 && q.prob < 0.2 || q.Bytes() <= 2*mtu
}

// marks reports whether p is marked in place of a drop (section 5.1).
func (q *pie) marks(p *netem.Packet, d netem.Dropper) bool {
	return mark(q.ECN && q.prob < q.MarkBelow && q.Admits(p), p, d)
}

// catchUp does the updates that were due since the last packet came or left. Between
// packets the delay does not change, so that this is as good as a timer.
func (q *pie) catchUp(now sim.Time) {
	for q.updated.Add(q.Update) <= now {
		prob, old := q.prob, q.old
		q.update(q.delay)
		q.updated = q.updated.Add(q.Update)
		if q.burst == 0 && q.prob == prob && q.old == old { // as will be all that are left
			q.updated = now.Add(-now.Sub(q.updated) % q.Update)
		}
	}
}

// update changes the probability (section 4.2), and spends of the burst allowance.
func (q *pie) update(delay time.Duration) {
	step := float64(q.Alpha*(delay-q.Target).Seconds()) + float64(q.Beta*(delay-q.old).Seconds())
	step /= damping(q.prob)
	if q.Enhanced && q.prob >= 0.1 {
		step = min(step, 0.02) // section 5.5
	}
	q.prob += step
	if q.decays(delay) {
		q.prob *= 0.98
	}
	q.prob = min(max(q.prob, 0), 1)
	q.old = delay
	q.burst = max(0, q.burst-q.Update)
}

// decays reports whether there is no congestion any more: the delay is 0, or, in
// appendix B, low.
func (q *pie) decays(delay time.Duration) bool {
	if q.Enhanced {
		return delay < q.Target/2 && q.old < q.Target/2
	}
	return delay == 0 && q.old == 0
}

// damping is by how much steps are smaller where the probability is low.
func damping(prob float64) float64 {
	switch {
	case prob < 1e-6:
		return 2048
	case prob < 1e-5:
		return 512
	case prob < 1e-4:
		return 128
	case prob < 1e-3:
		return 32
	case prob < 0.01:
		return 8
	case prob < 0.1:
		return 2
	}
	return 1
}
