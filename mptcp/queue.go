package mptcp

import (
	"math/bits"
	"slices"

	"mpsim/sched"
	"mpsim/sim/units"
)

// A subflow has a queue of what is assigned to it beyond its windows, if the scheduler of its connection
// queues. The bound is the send buffer of the subflow. What waits there is mapped when it is sent.

// queue has those that a decision names carry r, the part that does not fit in their windows later.
func (c *Conn) queue(d *sched.Decision, r sched.Range, isNew bool) bool {
	n := r.Len()
	for set := d.On; set != 0; set &= set - 1 {
		s := &c.view.Subflows[bits.TrailingZeros64(uint64(set))]
		switch room := max(s.Room, s.Space()); {
		case n <= room:
		case room >= s.MSS:
			n = room / s.MSS * s.MSS
		default: // the last one may go over the bound, as with Linux
			n = min(n, s.MSS)
		}
	}
	r = r.First(n)
	c.assign(r, d.On)
	copied := !isNew
	for set := d.On; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(uint64(set))
		sf := c.live[i]
		if copied {
			c.Stats.Copies += uint64(n)
		} else {
			sf.Sent += uint64(n)
		}
		sf.put(queued{r, copied})
		copied = true
		c.sentOn(i)
		c.flush(i)
	}
	return true
}

// queued are bytes that wait for a subflow.
type queued struct {
	sched.Range
	copied bool // another one has been given them, too
}

// put adds r to the queue.
func (sf *Subflow) put(r queued) {
	sf.queued += r.Len()
	if n := len(sf.queue); n > 0 && sf.queue[n-1].To == r.From && sf.queue[n-1].copied == r.copied {
		sf.queue[n-1].To = r.To
		return
	}
	sf.queue = append(sf.queue, r)
}

// take returns the next bytes of the queue, at most so many, which are not in it any more, and whether they
// are a copy. The peer may have got some of it elsewhere.
func (sf *Subflow) take(most units.Bytes) (r sched.Range, copied bool) {
	for len(sf.queue) > 0 {
		q := &sf.queue[0]
		skip := min(max(q.From, sf.c.sndUna), q.To)
		sf.queued -= units.Bytes(skip - q.From)
		q.From = skip
		r, copied = q.First(most), q.copied
		if r.Len() > 0 {
			r = r.First(units.Bytes(sf.c.writes.cut(r.From, int(r.Len()))))
		}
		sf.queued -= r.Len()
		q.From = r.To
		if q.Len() == 0 {
			sf.queue = slices.Delete(sf.queue, 0, 1)
		}
		if r.Len() > 0 {
			return r, copied
		}
	}
	return sched.Range{}, false
}

// flushAll sends what waits in queues.
func (c *Conn) flushAll() {
	for i := range c.live {
		c.flush(i)
	}
}

// flush sends what waits for live subflow i, as far as its windows take it.
func (c *Conn) flush(i int) {
	sf := c.live[i]
	for len(sf.queue) > 0 && c.view.Subflows[i].Limit == sched.Free {
		if r, copied := sf.take(units.Bytes(sf.e.MSS())); r.Len() > 0 {
			c.transmit(sf, r, copied)
		}
		c.sentOn(i)
	}
}

// unqueue takes all back that waits for sf: nobody has sent it.
func (sf *Subflow) unqueue() {
	c := sf.c
	if len(sf.queue) == 0 {
		return
	}
	i := slices.Index(c.live, sf)
	for _, r := range sf.queue {
		c.ledger.release(r.Range, i)
		c.forgetUnassigned(r.Range)
		sf.Sent -= min(sf.Sent, uint64(r.Len()))
	}
	sf.queue, sf.queued = sf.queue[:0], 0
	c.sndNxt, c.sndEnd = c.ledger.gap(c.sndUna).From, c.sndUna
	if n := len(c.ledger.all); n > c.ledger.head {
		c.sndEnd = max(c.sndEnd, c.ledger.all[n-1].To)
	}
	c.changed = true
}

// forgetUnassigned has the bytes of r which nobody carries not go again: they are new.
func (c *Conn) forgetUnassigned(r sched.Range) {
	for len(c.reinject) > 0 && r.From < r.To {
		g := c.ledger.gap(r.From)
		if g.From >= r.To {
			return
		}
		r.From = min(g.To, r.To)
		c.forgetReinject(g.From, r.From)
	}
}

// recall takes back what waits for the subflows of a decision.
func (c *Conn) recall(d *sched.Decision) bool {
	if !c.traits.Has(sched.Recalls) {
		panic(c.fault(d, "recalls, which it has not declared"))
	}
	done := false
	for i, sf := range c.live {
		if d.On.Has(i) && len(sf.queue) > 0 {
			sf.unqueue()
			c.sentOn(i)
			done = true
		}
	}
	return done
}
