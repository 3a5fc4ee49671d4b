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
	ECN      bool           `toml:"ecn" doc:"mark packets of transports that understand it instead of dropping them"`
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

// codel is CoDel at work.
type codel struct {
	CoDel
	netem.DropTail
	control
}

// Dequeue implements netem.Queue.
func (q *codel) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	return q.dequeue(&head{&q.CoDel, &q.DropTail, 0, now, d})
}

// SetLimit implements netem.Limiter. What is over the limit goes from the head, as with codel_change of Linux.
func (q *codel) SetLimit(now sim.Time, limit netem.Limit, d netem.Dropper) {
	shorten(&q.DropTail, now, limit, d)
}

// head is the place where CoDel works: the end of a FIFO from which packets leave.
type head struct {
	*CoDel
	fifo   *netem.DropTail
	others units.Bytes // waiting in other FIFOs of the link
	now    sim.Time
	d      netem.Dropper
}

// control is the state of CoDel. The names are those of RFC 8289, section 5.
type control struct {
	above      bool     // the sojourn time is above Target ...
	firstAbove sim.Time // ... and it matters from then on
	dropping   bool
	dropNext   sim.Time
	count      int // drops and marks since dropping began
	lastCount  int // count when dropping began
}

// dequeue returns the packet to send (section 5.5).
func (c *control) dequeue(h *head) *netem.Packet {
	p, ok := c.take(h)
	if c.dropping {
		return c.keepDropping(h, p, ok)
	}
	if ok {
		p = c.startDropping(h, p)
	}
	return p
}

// take returns the next packet and whether it is ok to drop it: the delay was above
// Target for an Interval (dodequeue, section 5.6). What waits is what waits for the
// link (section 4.4).
func (c *control) take(h *head) (p *netem.Packet, ok bool) {
	p = h.fifo.Dequeue(h.now, h.d)
	switch {
	case p == nil || h.now.Sub(p.Enqueued) < h.Target || h.fifo.Bytes()+h.others <= h.MTU:
		c.above = false
	case !c.above:
		c.above, c.firstAbove = true, h.now.Add(h.Interval)
	default:
		ok = h.now >= c.firstAbove
	}
	return p, ok
}

// keepDropping drops what is due. Several drops may be, if dequeue is
// called seldom; a packet that is marked is sent.
func (c *control) keepDropping(h *head, p *netem.Packet, ok bool) *netem.Packet {
	if !ok {
		c.dropping = false
	}
	for c.dropping && h.now >= c.dropNext {
		c.count++
		if mark(h.ECN, p, h.d) {
			c.dropNext = c.next(h, c.dropNext)
			return p
		}
		h.d.Drop(h.now, p, netem.Early)
		if p, ok = c.take(h); !ok {
			c.dropping = false
		} else {
			c.dropNext = c.next(h, c.dropNext)
		}
	}
	return p
}

// startDropping drops or marks p and returns the packet to send. If the last
// time was lately, it starts at about the rate of drops that worked then.
func (c *control) startDropping(h *head, p *netem.Packet) *netem.Packet {
	if !mark(h.ECN, p, h.d) {
		h.d.Drop(h.now, p, netem.Early)
		p, _ = c.take(h)
	}
	c.dropping = true
	delta := c.count - c.lastCount
	c.count = 1
	if delta > 1 && h.now.Sub(c.dropNext) < 16*h.Interval {
		c.count = delta
	}
	c.dropNext = c.next(h, h.now)
	c.lastCount = c.count
	return p
}

// next is the control law: the drop after that at t.
func (c *control) next(h *head, t sim.Time) sim.Time {
	return t.Add(time.Duration(float64(h.Interval) / math.Sqrt(float64(c.count))))
}
