package netem

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// Count counts packets and their bytes on the wire.
type Count struct {
	Packets uint64
	Bytes   units.Bytes
}

func (c *Count) add(size uint32) {
	c.Packets++
	c.Bytes += units.Bytes(size)
}

func (c *Count) minus(size uint32) {
	c.Packets--
	c.Bytes -= units.Bytes(size)
}

func (c *Count) plus(d Count) {
	c.Packets += d.Packets
	c.Bytes += d.Bytes
}

// Drops counts dropped packets by Reason.
type Drops [NoSocket + 1]Count

// Total returns the drops for any reason.
func (d *Drops) Total() (c Count) {
	for _, r := range d {
		c.plus(r)
	}
	return c
}

// LinkStats are the counters of a link since the start.
type LinkStats struct {
	LinkCounts
	Held        Count   // now at a middlebox, queued, in transmission or propagating
	Transmitted Count   // whose transmission has ended, lost on the channel or not
	Capacity    float64 // bits that could have been transmitted: the rate, over the time that the link was up
}

// LinkCounts are what a link counts as it goes.
type LinkCounts struct {
	Sent      Count // offered to the link by its node
	Delivered Count // arrived at the far end
	Dropped   Drops
	Injected  Count // made by its middleboxes
	Absorbed  Count // by its middleboxes
	Marked    Count // CE by its queue
}

// Offered returns all that the link can drop: what its node sent and what its middleboxes made.
func (s *LinkStats) Offered() Count {
	c := s.Sent
	c.plus(s.Injected)
	return c
}

// NodeStats are the counters of a node since the start.
type NodeStats struct {
	Received Count // handed to the receiver
	Dropped  Drops
}

// NetworkStats are the counters of a network since the start.
type NetworkStats struct {
	Sent      Count // by Network.Send
	Injected  Count // by middleboxes
	Delivered Count // to receivers
	Dropped   Drops // anywhere
	Absorbed  Count // by middleboxes
	Held      Count // by links, now
	// PacketHops counts packets that crossed a link: the work done.
	PacketHops uint64
}

// PacketEvent is a packet at a link. Packet is valid only during the call.
type PacketEvent struct {
	Now    sim.Time
	Link   *Link
	Packet *Packet
}

// DequeueEvent is a packet whose transmission began at Now, after it had waited in the queue. A link may report
// it when the packet arrives, but reports packets in the order of their transmissions.
type DequeueEvent struct {
	Now    sim.Time
	Link   *Link
	Waited time.Duration // since the queue accepted it
}

// LengthEvent is a change of the length of a queue. Those of a link come in the order of their times; that of a
// departure may be reported later, but before what follows it.
type LengthEvent struct {
	Now     sim.Time
	Packets int // waiting or in transmission
}

// DropEvent is a packet dropped by a link, or by Node if Link is nil. Packet is
// valid only during the call. Now is when it was lost, which the link may report
// up to one propagation delay later.
type DropEvent struct {
	Now    sim.Time
	Link   *Link
	Node   *Node
	Packet *Packet
	Reason Reason
}

// String returns the name of the reason.
func (r Reason) String() string {
	switch r {
	case Overflow:
		return "overflow"
	case Early:
		return "early"
	case Channel:
		return "channel"
	case Down:
		return "down"
	case Filtered:
		return "middlebox"
	case NoSocket:
		return "no socket"
	}
	return fmt.Sprintf("Reason(%d)", uint8(r))
}

// Stats returns the sum over nodes and links.
func (n *Network) Stats() NetworkStats {
	s := NetworkStats{Sent: n.sent}
	for _, node := range n.nodes {
		s.Delivered.plus(node.stats.Received)
		for r, c := range node.stats.Dropped {
			s.Dropped[r].plus(c)
		}
	}
	for _, d := range n.links {
		for _, l := range [...]*Link{d.Up, d.Down} {
			ls := l.Stats()
			for r, c := range ls.Dropped {
				s.Dropped[r].plus(c)
			}
			s.Held.plus(ls.Held)
			s.Injected.plus(ls.Injected)
			s.Absorbed.plus(ls.Absorbed)
			s.PacketHops += ls.Delivered.Packets
		}
	}
	return s
}

// Conserved checks that every packet sent, or made by a middlebox, was delivered, was
// dropped, was absorbed by a middlebox or is still held, at every link and in the whole network, and
// that no link has transmitted more than its rate allows.
func (n *Network) Conserved() error {
	for _, d := range n.links {
		for _, l := range [...]*Link{d.Up, d.Down} {
			s := l.Stats()
			if err := conserved(s.Sent, s.Injected, s.Delivered, s.Dropped.Total(), s.Absorbed, s.Held); err != nil {
				return fmt.Errorf("link %s: %w", l.Name, err)
			}
			if err := l.withinRate(&s); err != nil {
				return fmt.Errorf("link %s: %w", l.Name, err)
			}
		}
	}
	s := n.Stats()
	if err := conserved(s.Sent, s.Injected, s.Delivered, s.Dropped.Total(), s.Absorbed, s.Held); err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return nil
}

func conserved(sent, injected, delivered, dropped, absorbed, held Count) error {
	in, out := sent, delivered
	in.plus(injected)
	out.plus(dropped)
	out.plus(absorbed)
	out.plus(held)
	if in == out {
		return nil
	}
	return fmt.Errorf("packets are not conserved: %v sent + %v injected, but %v delivered + %v dropped + %v absorbed + %v held",
		sent, injected, delivered, dropped, absorbed, held)
}

// String formats c for messages.
func (c Count) String() string { return fmt.Sprintf("%d (%d bytes)", c.Packets, c.Bytes) }
