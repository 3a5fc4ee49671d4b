package qdisc

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("priority", "Raiciu et al., Improving datacenter performance and robustness with Multipath TCP, SIGCOMM 2011: hosts in htsim", func() Model {
		return &Priority{Limit: units.Packets(100), Small: 100}
	})
}

// Priority sends small packets before all others: ACKs do not wait behind data.
type Priority struct {
	Limit units.Quantity `toml:"limit" doc:"most that waits in each class; 0pkt: any number"`
	Small units.Bytes    `toml:"small" doc:"largest packet of the first class; without payload none has more than 20 bytes of IP and 60 of TCP"`
	Fair  bool           `toml:"fair" doc:"flows of a class send a packet each in turn, and the one that has the most loses if it is full; else first in, first out"`
}

// Validate reports parameters out of range.
func (m *Priority) Validate() error {
	if m.Small < 0 {
		return fmt.Errorf("small %v: want 0 or more", m.Small)
	}
	return nil
}

// Make implements Model.
func (m *Priority) Make(l Link) netem.Queue {
	return &priority{m.Small, m.class(l), m.class(l)}
}

// class returns the queue of one class. An interface knows the flows of its host, so
// that no two share a place.
func (m *Priority) class(l Link) netem.Limiter {
	if !m.Fair {
		q := l.fifo(m.Limit)
		return &q
	}
	q := &fq{drr: drr{flows: newFlowTable(0, true, nil), quantum: 1, batch: 1}, byPacket: true}
	q.limit = l.Limit(m.Limit)
	return q
}

// priority is Priority at work.
type priority struct {
	small         units.Bytes
	first, second netem.Limiter
}

// Enqueue implements netem.Queue.
func (q *priority) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	if p.Size <= q.small {
		return q.first.Enqueue(now, p, d)
	}
	return q.second.Enqueue(now, p, d)
}

// Dequeue implements netem.Queue.
func (q *priority) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	if p := q.first.Dequeue(now, d); p != nil {
		return p
	}
	return q.second.Dequeue(now, d)
}

// SetLimit implements netem.Limiter. The limit is that of each class, with the rule of its queue.
func (q *priority) SetLimit(now sim.Time, limit netem.Limit, d netem.Dropper) {
	q.first.SetLimit(now, limit, d)
	q.second.SetLimit(now, limit, d)
}

// Len implements netem.Queue.
func (q *priority) Len() int { return q.first.Len() + q.second.Len() }

// Bytes implements netem.Queue.
func (q *priority) Bytes() units.Bytes { return q.first.Bytes() + q.second.Bytes() }
