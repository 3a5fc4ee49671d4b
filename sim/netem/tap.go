package netem

import (
	"slices"

	"mpsim/sim"
	"mpsim/sim/units"
)

// A Middlebox stands in the way of a link, before the queue of either direction. Process
// takes ownership of p, which it may look into: sooner or later it hands p to
// Forward, Drop or Absorb of t, at once or from a timer. What it makes itself it gets
// from New or Reply of t.
type Middlebox interface {
	Process(p *Packet, t *Tap)
}

// A Tap is the place where a middlebox meets one direction of a link. It accounts
// for what the box does: packets that the box keeps are held by the link.
type Tap struct {
	Link *Link

	box   Middlebox
	next  *Tap // nearer to the queue; nil: the queue
	other *Tap // of the same box in the other direction
	held  Count
}

// Insert puts m into the link, behind the boxes that are there as seen from A: a packet
// from B meets it first. It must be called before packets are sent.
func (d *Duplex) Insert(m Middlebox) {
	up, down := &Tap{Link: d.Up, box: m}, &Tap{Link: d.Down, box: m}
	up.other, down.other = down, up
	last := &d.Up.tap
	for *last != nil {
		last = &(*last).next
	}
	*last = up
	down.next, d.Down.tap = d.Down.tap, down
	d.Up.tapped, d.Down.tapped = true, true
}

// Up reports whether packets go from the first node of the link to the second.
func (t *Tap) Up() bool { return t.Link == t.Link.duplex.Up }

// Other returns where the same box meets the other direction.
func (t *Tap) Other() *Tap { return t.other }

// take gives p to the box.
func (t *Tap) take(p *Packet, hop uint32) {
	p.hop = uint16(hop - p.Route.first)
	t.held.add(uint32(p.Size))
	t.box.Process(p, t)
}

// release ends the holding of p.
func (t *Tap) release(p *Packet) { t.held.minus(uint32(p.Size)) }

// Forward sends p on its way: to the next box or to the queue.
func (t *Tap) Forward(p *Packet) {
	t.release(p)
	if t.next != nil {
		t.next.take(p, p.Route.cursor(p.hop))
	} else {
		t.Link.offer(t.Link.now(), p, p.Route.cursor(p.hop), uint32(p.Size))
	}
}

// Drop drops p, for Filtered.
func (t *Tap) Drop(p *Packet) {
	t.release(p)
	t.Link.Drop(t.Link.now(), p, Filtered)
}

// Absorb frees p, which the box has received in place of the destination, or whose
// content it has put into another packet.
func (t *Tap) Absorb(p *Packet) {
	t.release(p)
	t.Link.stats.Absorbed.add(uint32(p.Size))
	t.Link.note(noteAbsorbed, p.Size)
	p.Free()
}

// New returns a packet of the given size that goes the way of p and is held by t. Its
// Payload is as its last user left it, its ECN that of p.
func (t *Tap) New(p *Packet, size units.Bytes) *Packet {
	q := p.pool.Get()
	q.Size, q.Src, q.Dst, q.SrcPort, q.DstPort, q.Route, q.hop = size, p.Src, p.Dst, p.SrcPort, p.DstPort, p.Route, p.hop
	q.ECN, q.Protocol = p.ECN, p.Protocol
	t.held.add(uint32(size))
	t.Link.stats.Injected.add(uint32(size))
	t.Link.note(noteInjected, size)
	return q
}

// Reply returns a packet of the given size that goes back to the source of p. It is
// held by the other tap, by which it leaves: it crosses the link the other way, so that an
// answer takes the time of one crossing. Reply returns nil if the way back does not pass
// here.
func (t *Tap) Reply(p *Packet, size units.Bytes) *Packet {
	back := p.Route.Reverse
	hop := slices.Index(back.Links(), t.other.Link)
	if hop < 0 {
		return nil
	}
	q := t.other.New(p, size)
	q.Src, q.Dst, q.SrcPort, q.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	q.Route, q.hop, q.ECN = back, uint16(hop+1), NotECT
	return q
}

// Resize changes the size of p, which t holds. What it loses counts as absorbed, what
// it gains as injected.
func (t *Tap) Resize(p *Packet, size units.Bytes) {
	more := size - p.Size
	if more > 0 {
		t.Link.stats.Injected.Bytes += more
	} else {
		t.Link.stats.Absorbed.Bytes -= more
	}
	t.held.Bytes += more
	p.Size = size
}

// Engine returns the engine that drives the link.
func (t *Tap) Engine() *sim.Engine { return t.Link.net.engine }
