package qdisc

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("codel", "RFC 8289", func() Discipline {
		return &CoDel{Limit: units.Packets(1000), Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond}
	})
}

// CoDel drops from the head when packets have waited for more than Target during
// a whole Interval, and then ever more often.
type CoDel struct {
	Limit    units.Quantity `toml:"limit" doc:"of the buffer: packets, bytes, time at the link's rate, or BDP"`
	Target   time.Duration  `toml:"target" doc:"acceptable standing delay"`
	Interval time.Duration  `toml:"interval" doc:"width of the window in which the delay must fall below target"`
}

// Validate reports parameters that make no CoDel.
func (q *CoDel) Validate() error {
	if q.Target <= 0 || q.Interval <= q.Target {
		return fmt.Errorf("target %v and interval %v: want 0 < target < interval", q.Target, q.Interval)
	}
	return limited(q.Limit)
}

// Make implements Discipline.
func (q *CoDel) Make(rate units.Bandwidth, rtt time.Duration, _ *rand.Rand) netem.Queue {
	return &codel{fifo: newFIFO(q.Limit, rate, rtt), CoDel: *q}
}

// mtu is the backlog that never counts as a standing queue.
const mtu units.Bytes = 1500

type codel struct {
	fifo
	CoDel
	above     sim.Time // when the delay will have been above target for an interval; 0: it is not
	dropNext  sim.Time
	count     int // drops since dropping began
	lastCount int // count at the entry of the last episode
	dropping  bool
}

// Enqueue implements netem.Queue.
func (q *codel) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	if q.full(p) {
		d.Drop(now, p, netem.Overflow)
		return false
	}
	q.push(now, p)
	return true
}

// next takes the packet at the head and reports whether it may be dropped (RFC
// 8289, section 5.6).
func (q *codel) next(now sim.Time) (p *netem.Packet, late bool) {
	p = q.pop()
	switch {
	case p == nil || now.Sub(p.Enqueued) < q.Target || q.bytes <= mtu:
		q.above = 0
	case q.above == 0:
		q.above = now.Add(q.Interval)
	default:
		late = now >= q.above
	}
	return p, late
}

// law returns the time of the drop after one at t (section 5.5).
func (q *codel) law(t sim.Time) sim.Time {
	return t.Add(time.Duration(float64(q.Interval) / math.Sqrt(float64(q.count))))
}

// Dequeue implements netem.Queue (section 5.5).
func (q *codel) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	p, late := q.next(now)
	if p == nil {
		q.dropping = false
		return nil
	}
	switch {
	case q.dropping && !late:
		q.dropping = false
	case q.dropping:
		for now >= q.dropNext && q.dropping {
			d.Drop(now, p, netem.Early)
			q.count++
			if p, late = q.next(now); !late {
				q.dropping = false
			} else {
				q.dropNext = q.law(q.dropNext)
			}
		}
	case late:
		d.Drop(now, p, netem.Early)
		p, _ = q.next(now)
		q.dropping = true
		delta := q.count - q.lastCount
		q.count = 1
		if delta > 1 && now.Sub(q.dropNext) < 16*q.Interval {
			q.count = delta
		}
		q.dropNext = q.law(now)
		q.lastCount = q.count
	}
	return p
}
