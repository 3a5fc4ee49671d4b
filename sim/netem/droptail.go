package netem

import (
	"mpsim/sim"
	"mpsim/sim/units"
)

// DropTail is a FIFO queue that drops the packets that find it full. A limit of 0
// is no limit. The limits are read when the queue is put to a link.
type DropTail struct {
	LimitPackets int
	LimitBytes   units.Bytes
	// CountInService makes the limits include the packet in transmission,
	// like K of M/M/1/K; else they are those of the waiting room, like Linux's
	// pfifo over a device that holds one packet.
	CountInService bool

	head, tail *Packet
	packets    int
	bytes      units.Bytes
	// The packet in transmission is the last one dequeued, until Dequeue is
	// called again.
	serving      int
	servingBytes units.Bytes
}

// Enqueue implements Queue.
func (q *DropTail) Enqueue(now sim.Time, p *Packet, d Dropper) bool {
	if !q.Admits(p) {
		d.Drop(now, p, Overflow)
		return false
	}
	q.append(p)
	return true
}

// Admits reports whether there is room for p.
func (q *DropTail) Admits(p *Packet) bool {
	n, b := q.packets+1, q.bytes+p.Size
	if q.CountInService {
		n += q.serving
		b += q.servingBytes
	}
	return (q.LimitPackets <= 0 || n <= q.LimitPackets) && (q.LimitBytes <= 0 || b <= q.LimitBytes)
}

// append adds p whatever the limits.
func (q *DropTail) append(p *Packet) {
	p.next = nil
	if q.head == nil {
		q.head = p
	} else {
		q.tail.next = p
	}
	q.tail = p
	q.packets++
	q.bytes += p.Size
}

// Dequeue implements Queue.
func (q *DropTail) Dequeue(sim.Time, Dropper) *Packet {
	p := q.head
	if p == nil {
		q.serve(nil)
		return nil
	}
	q.head, p.next = p.next, nil
	q.packets--
	q.bytes -= p.Size
	q.serve(p)
	return p
}

// serve notes which packet is in transmission.
func (q *DropTail) serve(p *Packet) {
	q.serving, q.servingBytes = 0, 0
	if p != nil {
		q.serving, q.servingBytes = 1, p.Size
	}
}

// InService returns the bytes of the packet in transmission.
func (q *DropTail) InService() units.Bytes { return q.servingBytes }

// Len implements Queue. It does not count the packet in transmission.
func (q *DropTail) Len() int { return q.packets }

// Bytes implements Queue. It does not count the packet in transmission.
func (q *DropTail) Bytes() units.Bytes { return q.bytes }
