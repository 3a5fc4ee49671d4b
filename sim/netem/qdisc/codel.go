package qdisc

import (
	"fmt"
	"math"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("codel", "RFC 8289", func() Model {
		return &CoDel{
			Limit: units.Packets(1000), Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond, MTU: mtu,
		}
	})
}

// CoDel drops packets from the head once all packets of an interval have waited
// longer than a target.
type CoDel struct {
	Limit    units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	Target   time.Duration  `toml:"target" doc:"acceptable standing delay; not less than the transmission of a full packet"`
	Interval time.Duration  `toml:"interval" doc:"about the longest round-trip time of the flows"`
	MTU      units.Bytes    `toml:"mtu" doc:"nothing is dropped while no more than this waits"`
}

// Validate reports parameters out of range.
func (m *CoDel) Validate() error {
	switch {
	case m.Target <= 0 || m.Interval <= 0:
		return fmt.Errorf("target %v, interval %v: want more than 0", m.Target, m.Interval)
	case m.MTU < 0:
		return fmt.Errorf("mtu %v: want 0 or more", m.MTU)
	}
	return checkLimit(m.Limit)
}

// Make implements Model.
func (m *CoDel) Make(l Link) netem.Queue { return &codel{CoDel: *m, DropTail: l.fifo(m.Limit)} }

// codel is CoDel at work. The names are those of RFC 8289, section 5.
type codel struct {
	CoDel
	netem.DropTail

	above      bool     // the sojourn time is above Target ...
	firstAbove sim.Time // ... and it matters from then on
	dropping   bool
	dropNext   sim.Time
	count      int // drops since dropping began
	lastCount  int // count when dropping began
}

// Dequeue implements netem.Queue (section 5.5).
func (q *codel) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	p, ok := q.take(now, d)
	if q.dropping {
		return q.keepDropping(now, p, ok, d)
	}
	if ok {
		p = q.startDropping(now, p, d)
	}
	return p
}

// take returns the next packet and whether it is ok to drop it: the delay was above
// Target for an Interval (dodequeue, section 5.6).
func (q *codel) take(now sim.Time, d netem.Dropper) (p *netem.Packet, ok bool) {
	p = q.DropTail.Dequeue(now, d)
	switch {
	case p == nil || now.Sub(p.Enqueued) < q.Target || q.Bytes() <= q.MTU:
		q.above = false
	case !q.above:
		q.above, q.firstAbove = true, now.Add(q.Interval)
	default:
		ok = now >= q.firstAbove
	}
	return p, ok
}

// keepDropping drops what is due. Several drops may be, if Dequeue is
// called seldom.
func (q *codel) keepDropping(now sim.Time, p *netem.Packet, ok bool, d netem.Dropper) *netem.Packet {
	if !ok {
		q.dropping = false
	}
	for q.dropping && now >= q.dropNext {
		q.count++
		d.Drop(now, p, netem.Early)
		if p, ok = q.take(now, d); !ok {
			q.dropping = false
		} else {
			q.dropNext = q.next(q.dropNext)
		}
	}
	return p
}

// startDropping drops p and returns the packet to send. If the last
// time was lately, it starts at about the rate of drops that worked then.
func (q *codel) startDropping(now sim.Time, p *netem.Packet, d netem.Dropper) *netem.Packet {
	d.Drop(now, p, netem.Early)
	p, _ = q.take(now, d)
	q.dropping = true
	delta := q.count - q.lastCount
	q.count = 1
	if delta > 1 && now.Sub(q.dropNext) < 16*q.Interval {
		q.count = delta
	}
	q.dropNext = q.next(now)
	q.lastCount = q.count
	return p
}

// next is the control law: the drop after that at t.
func (q *codel) next(t sim.Time) sim.Time {
	return t.Add(time.Duration(float64(q.Interval) / math.Sqrt(float64(q.count))))
}
