package mptcp

import (
	"fmt"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
)

// Waits implements Waiter.
func (c *Conn) Waits(w *tcp.Waits) {
	*w = tcp.Waits{Timer: sim.Never, Acked: c.sndUna, Stale: c.cfg.Protocol.StaleAfter, Routes: w.Routes[:0]}
	if c.ended {
		return
	}
	w.Pending = c.written > c.sndUna || (c.outgoing == outClosing || c.outgoing == outFINSent) && !c.plain
	if c.outgoing == outFINAcked {
		w.Acked++
	}
	now := c.eng.Now()
	w.AddTimer(&c.dataTimer, now)
	w.AddTimer(&c.lonely, now)
	w.AddTimer(&c.ask, now)
	for _, a := range c.alarms {
		w.AddTimer(&a.Timer, now)
	}
	for _, sf := range c.subflows {
		w.AddTimer(&sf.overdue, now)
		if sf.e != nil {
			w.Add(sf.e)
		}
	}
	if len(c.live) == 0 {
		w.Routes = w.Routes[:0]
	}
}

// Describe says in words what c waits for: windows of both levels, timers, and each subflow.
func (c *Conn) Describe() string {
	text := fmt.Sprintf("%d bytes unsent, %d not acknowledged, %d to send again, the peer's window takes %d, %d unread, %v out of order",
		c.written-c.sndNxt, c.sndNxt-c.sndUna, len(c.reinject), int64(c.wndEdge-c.sndNxt), c.rcvNxt-c.read, c.ofoBytes)
	switch {
	case c.plain:
		text += ", fallen back"
	case c.dataTimer.Armed():
		text += fmt.Sprintf(", data-level timer at %v", c.dataTimer.When())
	default:
		text += ", no data-level timer"
	}
	if c.ask.Armed() {
		text += fmt.Sprintf(", the scheduler waits although a subflow can send, and is asked again at %v", c.ask.When())
	}
	if len(c.live) == 0 {
		text += fmt.Sprintf(", no subflow until %v", c.lonely.When())
	}
	for _, sf := range c.subflows {
		if sf.gone || sf.e == nil {
			continue
		}
		state := ""
		switch {
		case !sf.up:
			state = "not usable, "
		case sf.failed:
			state = "stale, "
		case sf.Backup:
			state = "backup, "
		}
		for i, live := range c.live {
			if live == sf && i < len(c.view.Subflows) && c.view.Subflows[i].Limit != sched.Free {
				state += "could not send when the scheduler was asked, "
			}
		}
		text += fmt.Sprintf("; subflow %d (%s): %s%s", sf.ID, PathName(sf.e.Route()), state, sf.e.Describe())
	}
	return text
}
