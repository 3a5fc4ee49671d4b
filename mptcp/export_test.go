package mptcp

import (
	"mpsim/mptcp/pathmgr"
	"mpsim/sim/units"
)

// Burden is what a Conn keeps because of what its peer has sent.
type Burden struct {
	Subflows int         // that are not gone
	Mappings int         // of bytes not delivered
	Signals  int         // that wait for an ACK to travel with
	Alarms   int         // things to do later
	Held     units.Bytes // that wait for their mapping, or for the rest of it
	Queued   units.Bytes // that wait for earlier ones of their subflow
	Early    units.Bytes // that wait for earlier ones of the connection
}

// Burden returns what c keeps.
func (c *Conn) Burden() (b Burden) {
	for _, sf := range c.subflows {
		if sf.gone {
			continue
		}
		b.Subflows++
		b.Mappings += len(sf.maps)
		b.Signals += len(sf.waiting)
		b.Queued += units.Bytes(sf.e.ReceiveQueue())
		for _, ch := range sf.held {
			b.Held += units.Bytes(ch.Len)
		}
	}
	b.Alarms = len(c.alarms)
	b.Early = c.ofoBytes
	return b
}

// LookAgain renews what the scheduler sees, and asks all that a connection asks.
func (c *Conn) LookAgain() {
	for i, sf := range c.live {
		if i < len(c.view.Subflows) { // else no push has been yet
			c.lookAt(i)
		}
		sf.Window(sf.e)
		c.takesLess(sf.e)
	}
	c.looked = 0
	c.edge()
	c.room()
	c.regularUp()
}

// ReceiveEdge returns the right edge of the window that has been offered.
func (c *Conn) ReceiveEdge() uint64 { return c.rcvEdge }

// ManagedPaths returns the paths as the path manager sees them.
func (c *Conn) ManagedPaths() []pathmgr.Path { return control{c}.Paths() }

// Queue returns what waits in the queue of sf, and the send buffer of sf that bounds it with what is in flight.
func (sf *Subflow) Queue() (queued, buffer units.Bytes) { return sf.queued, sf.buffer }
