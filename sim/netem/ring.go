package netem

import (
	"cmp"

	"mpsim/sim"
	"mpsim/sim/rare"
)

// An entry is a packet on its way through a link, with what the next hop needs
// to know of it: a switch never touches the packet itself, which is seldom in
// the cache.
type entry struct {
	arrival sim.Time // at the far end
	entered sim.Time // fast: accepted by the queue
	packet  *Packet
	hop     uint32 // cursor of its route: where the next link is
	size    uint32 // bytes
}

// A ring is a queue of entries. Its indices only grow; it doubles when it is
// full and never shrinks.
type ring struct {
	buf        []entry // length a power of two
	head, tail uint32
}

// at returns the entry of index i, head <= i < tail.
func (r *ring) at(i uint32) *entry { return &r.buf[i&uint32(len(r.buf)-1)] }

func (r *ring) len() int    { return int(r.tail - r.head) }
func (r *ring) empty() bool { return r.tail == r.head }

// next returns when the packet at the head arrives, or Never.
func (r *ring) next() sim.Time {
	if r.empty() {
		return sim.Never
	}
	return r.at(r.head).arrival
}

// add returns a place for an entry at the tail.
func (r *ring) add() *entry {
	if r.len() == len(r.buf) {
		r.grow()
	}
	r.tail++
	return r.at(r.tail - 1)
}

// pushSorted keeps the order of arrivals, and the order of pushing among equal
// ones.
func (r *ring) pushSorted(e entry) {
	*r.add() = e
	for i := r.tail - 1; i != r.head; i-- {
		prev, this := r.at(i-1), r.at(i)
		if prev.arrival <= this.arrival {
			return
		}
		*prev, *this = *this, *prev
	}
}

func (r *ring) grow() {
	buf := make([]entry, cmp.Or(2*len(r.buf), 16))
	for i := r.head; i != r.tail; i++ {
		buf[i&uint32(len(buf)-1)] = *r.at(i)
	}
	r.buf = buf
}

// force makes r, which is empty, start as f says.
func (r *ring) force(f *rare.Force, key uint64) {
	if f.Has(rare.RingWrap) {
		r.head -= uint32(f.Before(rare.RingWrap, key, 100))
		r.tail = r.head
	}
	if f.Has(rare.SmallRings) {
		r.buf = make([]entry, 1)
	}
}
