package mptcp

import (
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
)

// The conditions in which segments can be usual ones: data flows, and no end has been closed.
var (
	usual        = condition{keysKnown: true, full: true, heard: true}
	usualSubflow = life{up: true}
)

// idle reports whether c has nothing to send, and nobody waits for room to have more: it receives.
func (c *Conn) idle() bool {
	return c.condition == usual && c.written == c.sndUna && !c.blocked && c.kept == NoBlock && c.ledger == nil &&
		len(c.reinject) == 0 && !c.repeating && len(c.milestones) == 0
}

// Predicted implements tcp.Owner: it takes a DATA_ACK and, with data, the mapping of this data alone, on a
// subflow and a connection in the usual condition.
func (sf *Subflow) Predicted(e *tcp.Endpoint, s *wire.Segment) bool {
	c := sf.c
	if c.condition != usual || sf.life != usualSubflow || e != sf.e || len(sf.waiting) > 0 || c.sparse {
		return false
	}
	if s.Len == 0 {
		if s.DSS&^wire.Ack32 != wire.HasDataAck {
			return false
		}
	} else if s.DSS&^wire.Ack32 != wire.HasDataAck|wire.HasMap || s.MapLen != s.Len || s.SSN != e.SSN(s) ||
		len(sf.held) > 0 {
		return false
	}
	if !sf.confirmed && e.AcksData(s) {
		return false
	}
	sf.cameAt = c.eng.Now()
	if c.traits.Has(sched.Measures) {
		sf.heardAt = sf.cameAt
	}
	ack := s.DataAck
	if s.DSS&wire.Ack32 != 0 {
		ack = seqnum.Expand(c.dsn0+c.sndUna, uint32(ack))
	}
	c.takeDataAck(ack-c.dsn0, e.PeerRoom(s))
	if s.Len > 0 {
		c.peerWide = true
	}
	return true
}
