package qdisc

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("fq", "Shreedhar and Varghese, Efficient fair queueing using deficit round robin, SIGCOMM 1995", func() Model {
		return &FQ{Limit: units.Packets(1000), Quantum: 1514, Flows: 1024}
	})
}

// FQ gives each flow that has packets the same share of the link. Who finds it full
// takes the place of the oldest packet of the flow that has the most.
type FQ struct {
	Limit   units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	Quantum units.Bytes    `toml:"quantum" doc:"what a flow sends in its turn"`
	Flows   int            `toml:"flows" doc:"places that flows are hashed to"`
	Exact   bool           `toml:"exact" doc:"each flow has a place of its own, whatever flows is"`
}

// Validate reports parameters out of range.
func (m *FQ) Validate() error {
	if err := checkFlows(m.Flows, m.Quantum); err != nil {
		return err
	}
	return checkLimit(m.Limit)
}

// checkFlows reports parameters of a round robin out of range.
func checkFlows(flows int, quantum units.Bytes) error {
	switch {
	case flows < 1 || flows > 65536:
		return fmt.Errorf("flows %d: want 1 to 65536", flows)
	case quantum < 1:
		return fmt.Errorf("quantum %v: want more than 0", quantum)
	}
	return nil
}

// Make implements Model.
func (m *FQ) Make(l Link) netem.Queue {
	q := &fq{drr: drr{flows: newFlowTable(m.Flows, m.Exact, l.Rand), quantum: m.Quantum, batch: 1}}
	q.limit = l.Limit(m.Limit)
	return q
}

// fq is FQ at work.
type fq struct {
	drr
	byPacket bool // the quantum is a packet whatever its size
}

// Dequeue implements netem.Queue.
func (q *fq) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	for f := q.turn(); f != nil; f = q.turn() {
		if p := q.take(now, f, d); p != nil {
			f.credits -= q.cost(p)
			return p
		}
		q.rest(f)
	}
	return nil
}

// SetLimit implements netem.Limiter. What is over the limit goes in the order in which it would have left, as with
// fq_change of Linux.
func (q *fq) SetLimit(now sim.Time, limit netem.Limit, d netem.Dropper) {
	for q.limit = limit; q.limit.Over(q.packets, q.bytes); {
		d.Drop(now, q.Dequeue(now, d), netem.Overflow)
	}
}

// cost returns how much of the quantum p takes.
func (q *fq) cost(p *netem.Packet) units.Bytes {
	if q.byPacket {
		return q.quantum
	}
	return p.Size
}
