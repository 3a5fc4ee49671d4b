package qdisc

import (
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// drr serves flows in turn by deficit round robin (Shreedhar and Varghese, SIGCOMM
// 1995): each may send quantum a round, and one that has sent more owes it. If new
// flows go first it is that of RFC 8290, section 4.
type drr struct {
	flows    flowTable
	quantum  units.Bytes
	limit    netem.Limit // most that waits
	batch    int         // most that are dropped at once
	newFirst bool
	fresh    round // of flows that have come back lately
	old      round
	packets  int
	bytes    units.Bytes
}

// A round is a list of flows in the order in which they are served.
type round struct{ first, last *flow }

func (r *round) push(f *flow) {
	f.in, f.next = r, nil
	if r.first == nil {
		r.first = f
	} else {
		r.last.next = f
	}
	r.last = f
}

// pop removes the first flow.
func (r *round) pop() (f *flow) {
	f = r.first
	r.first, f.in, f.next = f.next, nil, nil
	return f
}

// Enqueue implements netem.Queue. It queues p, and drops if that is too much (RFC
// 8290, section 4.1).
func (q *drr) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	f := q.flows.of(p)
	f.DropTail.Enqueue(now, p, d)
	q.packets++
	q.bytes += p.Size
	if f.in == nil {
		f.credits = q.quantum
		if q.newFirst {
			q.fresh.push(f)
		} else {
			q.old.push(f)
		}
	}
	for q.limit.Over(q.packets, q.bytes) {
		q.evict(now, d)
	}
	return f.Len() > 0 // p is its last packet
}

// turn returns the flow whose turn it is, or nil if there is none. Credits of 0 are
// spent: section 4.2 says "negative", and explains it by a quantum that has been sent.
func (q *drr) turn() *flow {
	for {
		r := &q.old
		if q.fresh.first != nil {
			r = &q.fresh
		}
		f := r.first
		if f == nil || f.credits > 0 {
			return f
		}
		f.credits += q.quantum
		q.old.push(r.pop())
	}
}

// rest ends the turn of a flow that has nothing. A new one passes through the old ones
// first: else it could come back for ever before their turn.
func (q *drr) rest(f *flow) {
	r := f.in
	r.pop()
	if r == &q.fresh {
		q.old.push(f)
	}
}

// take returns the next packet of f.
func (q *drr) take(now sim.Time, f *flow, d netem.Dropper) *netem.Packet {
	p := f.DropTail.Dequeue(now, d)
	if p != nil {
		q.packets--
		q.bytes -= p.Size
	}
	return p
}

// evict drops from the head of the flow with the most bytes half of its packets, but
// no more than a batch. Among equals it is the one whose turn comes first.
func (q *drr) evict(now sim.Time, d netem.Dropper) {
	fattest := q.old.fattest(q.fresh.fattest(nil))
	for range max(1, min(q.batch, fattest.Len()/2)) {
		d.Drop(now, q.take(now, fattest, d), netem.Overflow)
	}
}

// fattest returns the flow with the most bytes of f and those of r.
func (r *round) fattest(f *flow) *flow {
	for g := r.first; g != nil; g = g.next {
		if f == nil || g.DropTail.Bytes() > f.DropTail.Bytes() {
			f = g
		}
	}
	return f
}

// Len implements netem.Queue.
func (q *drr) Len() int { return q.packets }

// Bytes implements netem.Queue.
func (q *drr) Bytes() units.Bytes { return q.bytes }
