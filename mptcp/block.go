package mptcp

import "mpsim/sim"

// Block is what keeps new data of a connection back, whatever the congestion windows of its subflows would take.
type Block uint8

// The blocks.
const (
	NoBlock Block = iota
	// WindowBlock: data is written that no subflow has been given, and the peer's window at the level of the
	// connection takes none of it; or less than a segment, while something is on its way that will open it further
	// (RFC 9293, section 3.8.6.2.1).
	WindowBlock
	// BufferBlock: the application waits with more data until the send buffer, which was full, has room again, and
	// all that it holds has been given to subflows.
	BufferBlock
	Blocks // how many there are
)

// Blocked is a change of what keeps new data back. Between two changes at one instant no time passes.
type Blocked struct {
	Now sim.Time
	By  Block
}

// blockedBy returns what keeps new data back. A connection without a subflow, or one that is over or plain TCP, waits
// for something else.
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

// tellBlocked reports a change of what keeps new data back, if anybody observes it.
func (c *Conn) tellBlocked() {
	if !c.Points.Blocked.Enabled() {
		return
	}
	if by := c.blockedBy(); by != c.kept {
		c.kept = by
		c.Points.Blocked.Emit(Blocked{c.eng.Now(), by})
	}
}
