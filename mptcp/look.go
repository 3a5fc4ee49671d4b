package mptcp

import (
	"math/bits"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// look brings the snapshot for the scheduler up to date: that of sf alone if nothing else has changed.
func (c *Conn) look(sf *Subflow) {
	v := &c.view
	v.Now = c.eng.Now()
	v.Una, v.Written, v.Edge, v.Window = c.sndUna, c.written, c.wndEdge, c.wndSize
	if !c.changed && !c.traits.Has(sched.Copies) {
		for i, s := range c.live {
			if s == sf {
				c.lookAt(i)
			}
		}
		return
	}
	c.changed = false
	v.Subflows = v.Subflows[:0]
	for range c.live {
		v.Subflows = append(v.Subflows, sched.Subflow{})
	}
	for i := range c.live {
		c.lookAt(i)
	}
}

// lookAt renews the snapshot of live subflow i.
func (c *Conn) lookAt(i int) {
	sf := c.live[i]
	f := &sf.e.Flow
	s := &c.view.Subflows[i]
	s.ID = sf.ID
	s.MSS = f.MSS
	s.Cwnd = units.Bytes(f.Cwnd)
	s.SRTT, s.RTTVar = f.SRTT, sf.e.RTT.RTTVar
	s.Backup, s.Stale, s.Lossy = sf.Backup, sf.failed, sf.e.Repairs()
	s.Class, s.Weight = sf.class(), sf.preference.Weight
	if c.traits.Has(sched.Measures) {
		sf.measure(s)
	}
	c.sentOn(i)
}

// sentOn renews what sending on live subflow i changes.
func (c *Conn) sentOn(i int) {
	sf := c.live[i]
	s := &c.view.Subflows[i]
	c.looked |= sched.One(i)
	s.InFlight = sf.e.Pipe()
	if c.queues {
		s.Queued = sf.queued
		sf.buffer = max(sf.buffer, min(sf.e.WantedSendBuffer(), c.cfg.TCP.SendBuffer))
		s.Room = max(sf.buffer-units.Bytes(sf.e.Outstanding())-s.Queued, 0)
	}
	c.limit(s, sf)
}

// limits are those of TCP.
var limits = [...]sched.Limit{
	tcp.Free: sched.Free, tcp.ByState: sched.Unready, tcp.ByLosses: sched.Recovering, tcp.ByWindow: sched.Full, tcp.ByPacing: sched.Paced,
}

// limit says why sf takes no segment now.
func (c *Conn) limit(s *sched.Subflow, sf *Subflow) {
	sf.hold = sf.e.Hold()
	s.Limit, s.Opens = limits[sf.hold], sim.Never
	switch {
	case sf.failed:
		s.Limit = sched.Down
	case sf.hold == tcp.ByPacing:
		s.Opens = sf.e.Opens()
	case sf.hold != tcp.Free || sf.e.Takes(sf.e.MSS()):
	case c.takesLess(sf.e):
		c.changed = true // it does not hold for more
	default:
		s.Limit = sched.Window
	}
}

// takesLess reports whether the peer's window on e, which is smaller than a segment,
// takes all that there is to send: it may never open any further (RFC 9293, section
// 3.8.6.2.1).
func (c *Conn) takesLess(e *tcp.Endpoint) bool {
	n := c.room()
	if n == 0 || n >= uint64(e.MSS()) || len(c.reinject) > 0 || c.traits.Has(sched.Copies) {
		return false
	}
	return e.Takes(int(n))
}

// measure fills in what only some schedulers read.
func (sf *Subflow) measure(s *sched.Subflow) {
	e := sf.e
	f := &e.Flow
	s.Ssthresh = sched.Unlimited
	if f.Ssthresh < float64(sched.Unlimited) {
		s.Ssthresh = units.Bytes(f.Ssthresh)
	}
	s.LastRTT, s.MinRTT, s.MaxRTT, s.RTO = f.LatestRTT, f.MinRTT, e.RTT.Longest, e.RTT.RTO()
	s.Pacing, s.Delivery = e.PacingRate(), e.DeliveryRate()
	s.Sent, s.Delivered, s.Resent = units.Bytes(sf.Sent), units.Bytes(e.Stats.BytesAcked), units.Bytes(e.Stats.BytesRetransmitted)
	s.Heard = sf.heardAt
}

// mark tells by the limits which subflows are not to carry what those in carried have in vain: these, as long
// as there is another one. It returns which it has marked.
func (c *Conn) mark(carried sched.Set) (marked sched.Set) {
	others := false
	for i, sf := range c.live {
		others = others || !sf.failed && !carried.Has(i)
	}
	if !others {
		return 0
	}
	for i := range c.view.Subflows {
		if s := &c.view.Subflows[i]; carried.Has(i) {
			s.Limit = sched.Carried
			marked |= sched.One(i)
		}
	}
	return marked
}

// unmark has the limits of marked subflows as they are.
func (c *Conn) unmark(marked sched.Set) {
	for ; marked != 0; marked &= marked - 1 {
		i := bits.TrailingZeros64(uint64(marked))
		c.limit(&c.view.Subflows[i], c.live[i])
	}
}

// Preference is what an end prefers of its subflows on a path.
type Preference struct {
	Class  int8 // of priority, the lowest first; 0: that of the backup flag
	Weight int  // of the bytes; 0 counts as 1
}

// class returns the class of sf: unless one is configured, 1 of regular subflows and 2 of backups.
func (sf *Subflow) class() int8 {
	switch {
	case sf.preference.Class != 0:
		return sf.preference.Class
	case sf.Backup:
		return 2
	}
	return 1
}
