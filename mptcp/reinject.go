package mptcp

import (
	"slices"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim/units"
)

// span is a part of the stream that must go out again, and the live subflows that have carried it.
type span struct {
	from, to uint64
	carried  sched.Set
}

// reinjectAll queues all that sf has carried and the peer has not acknowledged at the data level. What waits
// for sf to take it has not been sent at all.
func (sf *Subflow) reinjectAll() {
	sf.unqueue()
	sf.e.EachOutstanding(func(ch tcp.Chunk) {
		sf.c.queueReinject(ch.Pos, ch.Pos+uint64(ch.Len), sf)
	})
}

// carrierSet returns the set of sf alone; that of none if it is nil or carries nothing any more.
func (c *Conn) carrierSet(sf *Subflow) sched.Set {
	if sf == nil || !sf.up {
		return 0
	}
	return sched.One(slices.Index(c.live, sf))
}

// forget takes live subflow i, which leaves, out of all sets.
func (c *Conn) forget(i int) {
	for k := range c.reinject {
		c.reinject[k].carried = c.reinject[k].carried.Without(i)
	}
	if c.ledger != nil {
		c.ledger.without(i)
	}
	if c.reinjectedBy == c.live[i] {
		c.reinjectedBy = nil
	}
}

// queueReinject adds [from, to), which the subflow by has carried, to what must go
// out again; nil is none. What is queued already only gets the mark.
func (c *Conn) queueReinject(from, to uint64, by *Subflow) {
	from = max(from, c.sndUna)
	if from >= to {
		return
	}
	bit := c.carrierSet(by)
	i := len(c.reinject)
	for i > 0 && c.reinject[i-1].from >= from {
		i--
	}
	if i < len(c.reinject) && c.reinject[i].from < to {
		c.reinject[i].carried |= bit
		to = c.reinject[i].from
	}
	if i > 0 && c.reinject[i-1].to > from {
		c.reinject[i-1].carried |= bit
		from = c.reinject[i-1].to
	}
	if from >= to {
		return
	}
	if i > 0 && c.reinject[i-1].to == from && c.reinject[i-1].carried == bit {
		c.reinject[i-1].to = to
		return
	}
	c.reinject = append(c.reinject, span{})
	copy(c.reinject[i+1:], c.reinject[i:])
	c.reinject[i] = span{from, to, bit}
}

// forgetReinject has the bytes between two positions not go again.
func (c *Conn) forgetReinject(from, to uint64) {
	var kept []span
	for _, g := range c.reinject {
		if g.from < from {
			kept = append(kept, span{g.from, min(g.to, from), g.carried})
		}
		if g.to > to {
			kept = append(kept, span{max(g.from, to), g.to, g.carried})
		}
	}
	c.reinject = kept
}

// takeDataAck moves the left edge to ack and the right one to at least
// ack+window (RFC 8684, sections 3.3.2 and 3.3.5).
func (c *Conn) takeDataAck(ack, window uint64) {
	end := c.sndNxt
	if c.outgoing >= outFINSent {
		end++
	}
	if ack > end {
		return // of something never sent
	}
	c.wndEdge, c.wndSize = max(c.wndEdge, ack+window), units.Bytes(window)
	if c.outgoing == outFINSent && ack == end {
		c.outgoing = outFINAcked
		ack--
		c.sndUna = max(c.sndUna, ack)
		c.dataTimer.Stop()
		c.finish()
		return
	}
	if ack > c.sndUna {
		c.sndUna = min(ack, c.sndNxt)
		if c.counted {
			c.writes.forget(c.sndUna)
		}
		if c.ledger != nil {
			c.ledger.acknowledged(c.sndUna)
		}
		c.dataShift = 0
		c.dataTimer.Stop()
	}
}

// armDataTimer runs the data-level timer while anything is not acknowledged at
// the data level.
func (c *Conn) armDataTimer() {
	if c.dataTimer.Armed() || c.ended || c.plain {
		return
	}
	if c.sndUna < c.sndEnd || c.outgoing == outFINSent {
		c.dataTimer.ArmAfter(c.dataRTO())
	}
}

// dataRTO is twice the longest RTO of the subflows, backed off: subflows get
// the time to repair their own losses. One that has timed out counts only if all
// have: its RTO grows with each timeout, and the others must not wait for it.
func (c *Conn) dataRTO() time.Duration {
	if c.ticks {
		return c.tickRTO()
	}
	rto, slow, timely := 200*time.Millisecond, time.Duration(0), false
	for _, sf := range c.live {
		if r := &sf.e.RTT; r.BackedOff() {
			slow = max(slow, r.RTO())
		} else {
			rto, timely = max(rto, r.RTO()), true
		}
	}
	if !timely {
		rto = max(rto, slow)
	}
	return min(2*rto<<min(c.dataShift, 10), c.cfg.TCP.RTOMax)
}

// dataTimeout sends the first byte range that is not acknowledged at the data
// level again (RFC 8684, section 3.3.6).
func (c *Conn) dataTimeout() {
	if len(c.live) == 0 || c.plain {
		return
	}
	if c.ticks {
		c.tick()
		return
	}
	c.Stats.DataTimeouts++
	if c.dataShift++; c.dataShift > c.cfg.TCP.Retries { // the peer's TCP lives, or has nothing to answer
		c.end(tcp.ErrTimeout)
		return
	}
	if c.sndUna < c.sndNxt {
		by, to := c.carrier(c.sndUna)
		if by == nil && c.dataShift > 1 { // in vain on the one that was chosen last
			by = c.reinjectedBy
		}
		c.queueReinject(c.sndUna, to, by)
	} else if c.outgoing == outFINSent {
		c.sendDataFIN()
	}
	c.armDataTimer()
	c.push()
}

// alone reports whether the only subflow has the byte at pos on its way: it repeats that itself, and
// a copy behind the rest would only break the order that a fallback needs.
func (c *Conn) alone(pos uint64) bool {
	if len(c.live) != 1 {
		return false
	}
	by, _ := c.carrier(pos)
	return by != nil
}

// carrier returns the subflow that has the byte at pos outstanding or nil, and the end
// of a segment from there. If none has, a subflow has acknowledged what its
// connection does not have: then all up to the next byte on its way goes out
// again, as far as a burst goes.
func (c *Conn) carrier(pos uint64) (by *Subflow, to uint64) {
	to = min(pos+maxReplay, c.sndNxt)
	for _, sf := range c.live {
		sf.e.EachOutstanding(func(ch tcp.Chunk) {
			switch {
			case ch.Pos <= pos && pos < ch.Pos+uint64(ch.Len):
				by, to = sf, min(pos+uint64(sf.e.MSS()), c.sndNxt)
			case ch.Pos > pos && by == nil:
				to = min(to, ch.Pos)
			}
		})
	}
	return by, to
}

// maxReplay is how much goes out again at a data-level timeout.
const maxReplay = 64 << 10

// awaitWindow has a subflow probe a peer whose window is closed while nothing
// is on its way that would bring news.
func (c *Conn) awaitWindow() {
	if c.sndNxt < c.written && c.wndEdge < c.sndNxt+uint64(c.live[0].e.MSS()) && c.sndUna == c.sndEnd {
		c.live[0].e.AwaitWindow()
	}
}
