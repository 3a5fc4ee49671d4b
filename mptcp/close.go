package mptcp

import (
	"errors"
	"slices"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
)

// errNoSubflow ends a connection that has had no subflow for Protocol.CloseTimeout.
var errNoSubflow = errors.New("no subflow is left")

// outbound is how far the sending direction of a connection has come to its end (RFC 8684, section 3.3.3).
type outbound uint8

const (
	outOpen     outbound = iota // the application may write
	outClosing                  // it has closed: data, or the DATA_FIN behind it, is still to go
	outFINSent                  // the DATA_FIN is out
	outFINAcked                 // the peer has it, and all data
)

// inbound is the same of the receiving direction.
type inbound uint8

const (
	inOpen     inbound = iota // the end of the peer's stream is not known
	inFINKnown                // the DATA_FIN has come, and says where; some data before it has not
	inFINRead                 // all has come
)

// pushFIN sends the DATA_FIN once all data has been sent. A client that has none, or had
// it all in its SYN, does not wait for the peer's first DSS, which no data would elicit.
func (c *Conn) pushFIN() {
	if c.plain {
		if c.outgoing >= outClosing && c.left() == c.written {
			c.live[0].e.Close()
		}
		return
	}
	if c.outgoing == outClosing && c.sndNxt == c.written && (c.full || c.sndUna == c.written && c.keysKnown) {
		c.outgoing = outFINSent
		c.sendDataFIN()
	}
}

// sendDataFIN sends a DATA_FIN that no data precedes: it takes one DSN, and no
// sequence number of a subflow (RFC 8684, section 3.3.3). It goes out on every
// usable subflow, since no subflow would retransmit it, and after the keys if
// those may have been lost.
func (c *Conn) sendDataFIN() {
	for _, sf := range slices.Clone(c.live) {
		if !c.full {
			sf.e.SendAck(nil)
		}
		sf.e.SendDSS(func(s *wire.Segment) {
			s.DSS |= wire.HasMap | wire.DataFIN
			s.DSN, s.SSN, s.MapLen = c.dsn0+c.written, 0, 1
		})
	}
}

// stampFIN puts the DATA_FIN on the mapping of the last data (RFC 8684, section
// 3.3.3), so that its subflow retransmits both; a lone DATA_FIN may be lost on all
// subflows, and then only the data-level timer repeats it.
func (c *Conn) stampFIN(s *wire.Segment) {
	if c.outgoing >= outClosing && c.full && s.Len > 0 && s.DSS&wire.HasMap != 0 && s.DSN+uint64(s.MapLen) == c.dsn0+c.written {
		c.outgoing = max(c.outgoing, outFINSent)
		s.DSS |= wire.DataFIN
		s.MapLen++
	}
}

// takeDataFIN notes where the peer's stream ends: not before what has been delivered, not
// beyond the window, and nowhere else later.
func (c *Conn) takeDataFIN(pos uint64) {
	switch {
	case c.incoming == inFINRead:
		c.ackFIN()
	case c.incoming == inFINKnown, pos-c.rcvNxt > c.rcvEdge-c.rcvNxt:
	default:
		c.incoming, c.finPos = inFINKnown, pos
		c.checkFIN()
	}
}

// checkFIN takes the DATA_FIN when everything before it has come.
func (c *Conn) checkFIN() {
	if c.incoming != inFINKnown || c.plain || c.rcvNxt != c.finPos {
		return
	}
	c.incoming = inFINRead
	c.ackFIN()
	if c.workload != nil {
		c.workload.Readable()
	}
	c.finish()
}

// ackFIN acknowledges the DATA_FIN without delay.
func (c *Conn) ackFIN() {
	if len(c.live) > 0 {
		c.live[0].e.AckNow()
	}
}

// finish closes the subflows when both directions have ended. Unlike RFC 8684,
// section 3.3.3, which lets a host close them after its own DATA_FIN, they stay until
// then, because a half-closed connection still needs them (so does Linux).
func (c *Conn) finish() {
	if c.outgoing != outFINAcked || c.incoming != inFINRead || c.ended {
		return
	}
	c.end(nil)
}

// end ends the connection: by FINs if err is nil.
func (c *Conn) end(err error) {
	if c.ended {
		return
	}
	c.shut()
	for _, sf := range c.subflows {
		if err != nil || sf.joining {
			sf.e.Abort(nil)
		} else {
			sf.e.Orphan()
		}
	}
	c.tell(err)
}

// shut stops all that a connection does.
func (c *Conn) shut() {
	c.ended = true
	c.dataTimer.Release()
	c.lonely.Release()
	c.ask.Release()
	c.stopAlarms()
	delete(c.stack.tokens, c.token)
	for _, sf := range c.subflows {
		sf.overdue.Release()
	}
}

// tell tells the application that the connection is over.
func (c *Conn) tell(err error) {
	c.err = err
	c.tellBlocked()
	c.Points.Ended.Emit(tcp.Ended{Now: c.eng.Now(), Err: err})
	if c.workload != nil {
		c.workload.Closed(err)
	}
}
