package mptcp

import (
	"math/bits"

	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// Block is what keeps new data of a connection back, but for the congestion windows of its subflows.
type Block uint8

// The blocks.
const (
	NoBlock Block = iota
	// WindowBlock: data is written that no subflow has been given, and the peer's window at the level of the
	// connection takes none of it; or less than a segment, while something is on its way that will open it
	// further (RFC 9293, section 3.8.6.2.1).
	WindowBlock
	// BufferBlock: the application waits with more data until the send buffer, which was full, has room
	// again, and all that it holds has been given to subflows.
	BufferBlock
	// SchedulerBlock: the scheduler waits with new data at hand although a subflow takes a segment: a
	// regular one, or a backup while no regular one is up.
	SchedulerBlock
	Blocks // how many there are
)

// Blocked is a change of what keeps new data back. Between two changes at one instant no time passes.
type Blocked struct {
	Now sim.Time
	By  Block
}

// blockedBy returns what keeps new data back. A connection without a subflow, or one that is over or plain
// TCP, waits for something else.
func (c *Conn) blockedBy() Block {
	switch {
	case c.ended || c.plain || len(c.live) == 0:
		return NoBlock
	case c.sndNxt == c.written && c.blocked:
		return BufferBlock
	case c.sndNxt == c.written:
		return NoBlock
	}
	if n := c.room(); n == 0 || c.silly(n) {
		return WindowBlock
	}
	return NoBlock
}

// longest is more than any segment has of payload.
const longest = 1 << 16

// tellBlocked reports a change of what keeps new data back, if anybody observes it.
func (c *Conn) tellBlocked() {
	if !c.Points.Blocked.Enabled() || c.kept == NoBlock && c.decision.Do != sched.Wait && c.room() >= longest {
		return // a whole segment is at hand, and the scheduler does not decline it
	}
	by := c.blockedBy()
	if by == NoBlock && c.declines() {
		by = SchedulerBlock
	}
	if by != c.kept {
		c.kept = by
		c.Points.Blocked.Emit(Blocked{c.eng.Now(), by})
	}
}

// declines reports whether the scheduler, which was asked about new data last, waits although a subflow takes
// a segment.
func (c *Conn) declines() bool {
	if c.decision.Do != sched.Wait || c.view.Job != sched.Fresh || !c.anyFree() || c.ended || c.plain || len(c.live) == 0 || c.room() == 0 {
		return false
	}
	regular := c.regularUp()
	for i := range c.view.Subflows {
		if s := &c.view.Subflows[i]; s.Limit == sched.Free && !(s.Backup && regular) {
			return true
		}
	}
	return false
}

// A slow subflow that carries the first byte which the peer has not acknowledged holds up all others when the
// window of the connection, or its send buffer, is full. Raiciu et al. (NSDI 2012, section 4.2) have two
// remedies: its bytes go again on a subflow that has room (opportunistic retransmission, mechanism 1), and it
// yields (penalisation, mechanism 2).

// pushBlocked applies both, where a connection has them. It reports whether something was sent.
func (c *Conn) pushBlocked() bool {
	if c.sndUna == c.sndEnd || c.blockedBy() == NoBlock {
		return false
	}
	if !c.stuck {
		c.stuck = true
		c.view.Blocks++
	}
	p := &c.cfg.Protocol
	pieces := c.ledger.pieces()
	if !p.Opportunistic && !p.Penalise || len(c.live) < 2 || len(pieces) == 0 || pieces[0].From > c.sndUna {
		return false
	}
	head := pieces[0]
	if p.Penalise && !c.traits.Has(sched.Penalises) {
		c.penaliseFirst(head.On)
	}
	if !p.Opportunistic {
		return false
	}
	return c.retransmitEarly(head)
}

// retransmitEarly has the scheduler choose who sends the first bytes that are not acknowledged again.
func (c *Conn) retransmitEarly(head sched.Piece) bool {
	c.changed = true // the marks are of this piece only
	marked := c.guard(head.On)
	c.decision = sched.Decision{}
	d := &c.decision
	if c.anyFree() || c.traits.Has(sched.Penalises) {
		d = c.decide(sched.Blocked, head.Range)
	}
	c.unmark(marked)
	if d.Do == sched.Wait {
		return false
	}
	i := bits.TrailingZeros64(uint64(d.On))
	if i >= len(c.live) || marked.Has(i) || c.view.Subflows[i].Limit != sched.Free {
		panic(c.fault(d, "sends again on a subflow that takes nothing"))
	}
	for t := range c.live {
		if d.Penalise.Has(t) && c.cfg.Protocol.Penalise {
			c.penalise(i, t)
		}
	}
	part := head.Range.First(units.Bytes(c.live[i].e.MSS()))
	c.Stats.Opportunistic += uint64(part.Len())
	c.Points.Assigned.Emit(part)
	c.repeat(i, part)
	return true
}

// guard marks the subflows that have carried the blocking bytes, and those for which repeating them does not
// pay as v0.9x sees it (mptcp_rcv_buf_optimization): because a carrier is not much slower.
func (c *Conn) guard(carried sched.Set) (marked sched.Set) {
	for i := range c.view.Subflows {
		switch s := &c.view.Subflows[i]; {
		case s.Stale:
		case carried.Has(i):
			s.Limit = sched.Carried
			marked |= sched.One(i)
		case !c.pays(i, carried):
			s.Limit = sched.Guarded
			marked |= sched.One(i)
		}
	}
	return marked
}

// pays reports whether subflow i should repeat what others have carried: one of them has a tiny window, or
// all those before it are more than four times as slow.
func (c *Conn) pays(i int, carried sched.Set) (yes bool) {
	v := &c.view
	for t := range v.Subflows {
		if t == i || !carried.Has(t) {
			continue
		}
		if v.Subflows[t].Cwnd <= 4*v.Subflows[t].MSS {
			return true
		}
		if 4*v.Subflows[i].SRTT >= v.Subflows[t].SRTT {
			return false
		}
		yes = true
	}
	return yes
}

// penaliseFirst has the first carrier of the blocking bytes yield to the fastest subflow that has room and
// has not carried them.
func (c *Conn) penaliseFirst(carried sched.Set) {
	by := -1
	for i := range c.view.Subflows {
		s := &c.view.Subflows[i]
		if s.Limit != sched.Free || s.Stale || carried.Has(i) || s.Backup && c.regularUp() {
			continue
		}
		if by < 0 || s.SRTT < c.view.Subflows[by].SRTT {
			by = i
		}
	}
	if by >= 0 && carried != 0 {
		c.penalise(by, bits.TrailingZeros64(uint64(carried)))
	}
}

// penalise halves the window of subflow t, which is slower than subflow by: at most once in a round-trip time
// of that.
func (c *Conn) penalise(by, t int) {
	s, now := c.live[by], c.eng.Now()
	if t >= len(c.live) || c.view.Subflows[by].SRTT >= c.view.Subflows[t].SRTT || now < s.yielded {
		return
	}
	if c.live[t].e.Yield() {
		s.yielded = now.Add(c.view.Subflows[by].SRTT)
		c.Stats.Penalised++
		c.lookAt(t)
	}
}
