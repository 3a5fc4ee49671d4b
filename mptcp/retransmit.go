package mptcp

import (
	"math/bits"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim/units"
)

// Linux (net/mptcp, 6.18) sends data again by a timer of the connection alone, and a timeout of a subflow
// is its own affair. So it goes here for a scheduler with sched.Ticks. Each expiry counts, of the subflows
// that have something outstanding, those that have been silent since the one before, and the first bytes
// that are not acknowledged go again on a subflow that is idle. A subflow that was silent for more than
// StaleLoss expiries is stale if another one answers: then all that the peer has not acknowledged goes
// again, as if it were new.

// linuxRTOMin is the interval of the timer while no subflow has one running (TCP_RTO_MIN).
const linuxRTOMin = 200 * time.Millisecond

// fragment is how much goes again at an expiry: what the kernel holds in one piece of memory
// (mptcp_data_frag).
const fragment = 32 << 10

// setInterval sets the interval of the timer (mptcp_set_timeout): until the last timer of a subflow that is
// not known to be silent. That timer is most often a tail loss probe.
func (c *Conn) setInterval() {
	c.interval = 0
	for _, sf := range c.live {
		if sf.silent == 0 {
			c.interval = max(c.interval, sf.e.Due())
		}
	}
	if c.interval <= 0 {
		c.interval = linuxRTOMin
	}
}

// tickRTO returns how long the timer runs from now on. For the end of the data alone it backs off
// (mptcp_set_datafin_timeout).
func (c *Conn) tickRTO() time.Duration {
	if c.sndUna < c.sndEnd {
		return c.interval
	}
	return min(linuxRTOMin<<min(max(c.dataShift-1, 0), 10), c.cfg.TCP.RTOMax)
}

// tick is an expiry of the timer (mptcp_retrans).
func (c *Conn) tick() {
	c.Stats.DataTimeouts++
	c.countSilent()
	switch {
	case c.sndUna < c.sndEnd:
		c.retransmitHead()
	case c.outgoing == outFINSent:
		if c.dataShift++; c.dataShift > c.cfg.TCP.Retries {
			c.end(tcp.ErrTimeout)
			return
		}
		c.sendDataFIN()
	}
	c.armDataTimer()
	if c.sndNxt < c.written {
		c.setInterval() // for the next time
	}
	c.push()
}

// busy reports whether anything is assigned to sf that its peer has not acknowledged.
func (sf *Subflow) busy() bool {
	return sf.queued > 0 || sf.resend.Len() > 0 || sf.e.Outstanding() > 0
}

// countSilent counts the expiries through which subflows were silent (mptcp_pm_chk_stale).
func (c *Conn) countSilent() {
	for _, sf := range c.live {
		switch {
		case !sf.busy():
		case sf.silent == 0:
			sf.silent, sf.silentAt = 1, sf.cameAt
		case sf.silentAt == sf.cameAt:
			sf.silent++
			sf.checkStale()
		default:
			sf.silent = 0
		}
	}
}

// checkStale gives sf up, until something comes on it, if another subflow answers
// (mptcp_pm_subflow_chk_stale).
func (sf *Subflow) checkStale() {
	c := sf.c
	most := c.cfg.Protocol.StaleLoss
	if sf.failed || most == 0 || sf.silent <= most {
		return
	}
	for _, other := range c.live {
		if other != sf && !other.failed && other.silent < max(most-1, 1) {
			sf.unqueue()
			sf.resend = sched.Range{}
			c.queueReinject(c.sndUna, c.sndNxt, sf)
			sf.becomeStale() // whoever hears of it may have data sent
			return
		}
	}
}

// retransmitHead has the scheduler choose who sends the first bytes again that are not acknowledged.
func (c *Conn) retransmitHead() {
	c.changed = true
	c.look(nil)
	for i, sf := range c.live {
		c.view.Subflows[i].Idle, c.view.Subflows[i].Silent = !sf.busy(), sf.silent
	}
	hand := sched.Range{From: c.sndUna, To: min(c.sndUna-c.sndUna%fragment+fragment, c.sndNxt)}
	if hand.Len() == 0 { // the first bytes are new: they waited for a subflow that is stale
		return
	}
	c.view.Expired = true
	d := c.decide(sched.Lost, hand)
	c.view.Expired = false
	if d.Do == sched.Send {
		c.Points.Assigned.Emit(hand)
		c.live[bits.TrailingZeros64(uint64(d.On))].resend = hand
		c.repeating = true
	}
}

// repeatHeads sends what subflows repeat, as far as their windows take it.
func (c *Conn) repeatHeads() {
	c.repeating = false
	for i, sf := range c.live {
		for sf.resend.Len() > 0 && c.view.Subflows[i].Limit == sched.Free {
			part := sf.resend.First(units.Bytes(sf.e.MSS()))
			c.repeat(i, part)
			sf.resend.From = part.To
		}
		c.repeating = c.repeating || sf.resend.Len() > 0
	}
}
