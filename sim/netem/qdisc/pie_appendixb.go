package qdisc

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// pieB is PIE with the enhancements of RFC 8033, section 5, in the form of appendix B:
// it works from a third of the limit on, infers the delay from the rate of departures,
// spaces its drops evenly, and bounds the steps of the probability.
type pieB struct {
	pie
	active bool
	accu   float64 // accu_prob_

	measuring bool // in_measurement_
	start     sim.Time
	departed  units.Bytes   // dq_count_
	cycle     time.Duration // avg_dq_time_: dqThreshold bytes leave in
}

// dqThreshold is what leaves in one cycle of measurement (DQ_THRESHOLD).
const dqThreshold units.Bytes = 1 << 14

// Enqueue implements netem.Queue. Unlike in appendix B, a mark ends a spacing as a drop
// does, because it tells the sender the same.
func (q *pieB) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	q.catchUp(now)
	if !q.Admits(p) {
		d.Drop(now, p, netem.Overflow)
		q.accu = 0
		return false
	}
	if q.active && q.dropEarly() && q.burst == 0 {
		q.accu = 0
		if !q.marks(p, d) {
			d.Drop(now, p, netem.Early)
			return false
		}
	}
	q.DropTail.Enqueue(now, p, d)
	q.turn(now)
	return true
}

// dropEarly decides whether the arriving packet is to be dropped: between 0.85 and 8.5
// expected drops after the last one (section 5.4).
func (q *pieB) dropEarly() bool {
	if q.workConserving() {
		return false
	}
	if q.prob == 0 {
		q.accu = 0
	}
	q.accu += q.prob
	switch {
	case q.accu < 0.85:
		return false
	case q.accu >= 8.5:
		return true
	case q.rand.Float64() < q.prob:
		q.accu = 0
		return true
	}
	return false
}

// turn turns PIE on or off (section 5.3). Unlike in appendix B it stays on while the
// queue is as long as turned it on, because it would go off at once: no delay has been
// measured then.
func (q *pieB) turn(now sim.Time) {
	switch long := q.long(); {
	case long && !q.active:
		q.active, q.measuring = true, true
		q.prob, q.delay, q.old, q.accu = 0, 0, 0, 0
		q.burst, q.updated = q.Burst, now
		q.start, q.departed, q.cycle = now, 0, 0
	case !long && q.prob == 0 && q.delay == 0 && q.old == 0:
		q.active, q.measuring = false, false
	}
}

// long reports whether the queue is a third of the limit.
func (q *pieB) long() bool {
	if q.LimitPackets > 0 {
		return 3*q.Len() >= q.LimitPackets
	}
	return 3*q.Bytes() >= q.LimitBytes
}

// catchUp does the updates that were due.
func (q *pieB) catchUp(now sim.Time) {
	if q.active {
		q.delay = time.Duration(float64(q.cycle) * float64(q.Bytes()) / float64(dqThreshold))
		q.pie.catchUp(now)
	}
}

// SetLimit implements netem.Limiter as that of appendix A does: what begins at a third of the limit begins
// at a third of the new one.
func (q *pieB) SetLimit(now sim.Time, limit netem.Limit, d netem.Dropper) {
	q.catchUp(now)
	shorten(&q.DropTail, now, limit, d)
	q.turn(now)
}

// Dequeue implements netem.Queue. It measures how long dqThreshold bytes take to leave
// while that much waits (section 5.2).
func (q *pieB) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	q.catchUp(now)
	p := q.DropTail.Dequeue(now, d)
	if p != nil && q.measuring {
		if q.departed += p.Size; q.departed >= dqThreshold {
			q.average(now.Sub(q.start))
			q.measuring = false
		}
	}
	if q.active && !q.measuring && q.Bytes() >= dqThreshold {
		q.measuring, q.start, q.departed = true, now, 0
	}
	return p
}

// average takes a sample of the cycle, of weight dqThreshold/2^16.
func (q *pieB) average(sample time.Duration) {
	if q.cycle == 0 {
		q.cycle = sample
	} else {
		q.cycle += (sample - q.cycle) / 4
	}
}
