package netem

import (
	"mpsim/sim"
	"mpsim/sim/units"
)

// DropTail is a FIFO queue that drops the packets that find it full. A limit of 0
// is no limit. The limits are read when the queue is put to a link; SetLimit changes them then.
type DropTail struct {
	LimitPackets int
	LimitBytes   units.Bytes
	// CountInService makes the limits include the packet in transmission,
	// like K of M/M/1/K; else they are those of the waiting room, like Linux's
	// pfifo over a device that holds one packet.
	CountInService bool

	waiting packets
	bytes   units.Bytes
	// The packet in transmission is the last one dequeued, until Dequeue is
	// called again.
	serving units.Bytes // of it; 0: there is none
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
func (q *DropTail) Admits(p *Packet) bool { return q.Fits(q.Arrival(p)) }

// Arrival returns p and what it finds.
func (q *DropTail) Arrival(p *Packet) Arrival {
	return Arrival{p, p.Size, q.Len(), q.bytes, q.serving}
}

// Fits reports whether there is room for an arrival, by what it finds.
func (q *DropTail) Fits(a Arrival) bool {
	n, b := a.Waiting+1, a.Bytes+a.Size
	if q.CountInService {
		b += a.InService
		if a.InService > 0 {
			n++
		}
	}
	return !Limit{q.LimitPackets, q.LimitBytes}.Over(n, b)
}

// fifo makes a queue that embeds q known as one.
func (q *DropTail) fifo() *DropTail { return q }

// SetLimit implements Limiter. What waits stays, and while that is over the limit, all that comes is dropped,
// as with Linux's pfifo (net/sched/sch_fifo.c).
func (q *DropTail) SetLimit(_ sim.Time, limit Limit, _ Dropper) {
	q.LimitPackets, q.LimitBytes = limit.Packets, limit.Bytes
}

// Over reports whether more waits than the limits allow.
func (q *DropTail) Over() bool { return Limit{q.LimitPackets, q.LimitBytes}.Over(q.Len(), q.bytes) }

// append adds p whatever the limits.
func (q *DropTail) append(p *Packet) {
	q.waiting.push(p)
	q.bytes += p.Size
}

// Dequeue implements Queue.
func (q *DropTail) Dequeue(sim.Time, Dropper) *Packet {
	if q.Len() == 0 {
		q.serving = 0
		return nil
	}
	p := q.waiting.pop()
	q.bytes -= p.Size
	q.serving = p.Size
	return p
}

// Len implements Queue. It does not count the packet in transmission.
func (q *DropTail) Len() int { return q.waiting.len() }

// Bytes implements Queue. It does not count the packet in transmission.
func (q *DropTail) Bytes() units.Bytes { return q.bytes }

// packets is a queue of packets, a ring that doubles when it is full.
type packets struct {
	buf        []*Packet // length a power of two
	head, tail uint32
}

func (q *packets) len() int { return int(q.tail - q.head) }

func (q *packets) push(p *Packet) {
	if q.len() == len(q.buf) {
		buf := make([]*Packet, max(2*len(q.buf), 4))
		for i := q.head; i != q.tail; i++ {
			buf[i&uint32(len(buf)-1)] = q.buf[i&uint32(len(q.buf)-1)]
		}
		q.buf = buf
	}
	q.buf[q.tail&uint32(len(q.buf)-1)] = p
	q.tail++
}

// pop removes the first packet; there must be one.
func (q *packets) pop() *Packet {
	at := &q.buf[q.head&uint32(len(q.buf)-1)]
	p := *at
	*at = nil
	q.head++
	return p
}
