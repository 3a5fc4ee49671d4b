package qdisc

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("fq-codel", "RFC 8290", func() Model {
		return &FQCoDel{
			Limit: units.Packets(10240), Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond, MTU: mtu,
			Quantum: 1514, Flows: 1024, ECN: true,
		}
	})
}

// FQCoDel serves flows in turn, those first that have not built a queue, and has
// CoDel drop from each.
type FQCoDel struct {
	Limit       units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	Target      time.Duration  `toml:"target" doc:"acceptable standing delay of a flow; not less than the transmission of a full packet"`
	Interval    time.Duration  `toml:"interval" doc:"about the longest round-trip time of the flows"`
	MTU         units.Bytes    `toml:"mtu" doc:"nothing is dropped while no more than this waits, in all flows together"`
	Quantum     units.Bytes    `toml:"quantum" doc:"what a flow sends in its turn"`
	Flows       int            `toml:"flows" doc:"places that flows are hashed to"`
	Exact       bool           `toml:"exact" doc:"each flow has a place of its own, whatever flows is"`
	ECN         bool           `toml:"ecn" doc:"mark packets of transports that understand it instead of dropping them"`
	CEThreshold time.Duration  `toml:"ce_threshold" doc:"mark, too, packets of such transports that have waited longer than this; 0: do not"`
}

// codel returns the parameters of the CoDel of a flow.
func (m *FQCoDel) codel() CoDel {
	return CoDel{Limit: m.Limit, Target: m.Target, Interval: m.Interval, MTU: m.MTU, ECN: m.ECN}
}

// Validate reports parameters out of range.
func (m *FQCoDel) Validate() error {
	if err := checkFlows(m.Flows, m.Quantum); err != nil {
		return err
	}
	if m.CEThreshold < 0 {
		return fmt.Errorf("ce_threshold %v: want 0 or more", m.CEThreshold)
	}
	c := m.codel()
	return c.Validate()
}

// Make implements Model.
func (m *FQCoDel) Make(l Link) netem.Queue {
	q := &fqCoDel{
		drr:         drr{flows: newFlowTable(m.Flows, m.Exact, l.Rand), quantum: m.Quantum, batch: 64, newFirst: true},
		codel:       m.codel(),
		ceThreshold: m.CEThreshold,
	}
	q.limit = l.Limit(m.Limit)
	return q
}

// fqCoDel is FQCoDel at work.
type fqCoDel struct {
	drr
	codel       CoDel
	ceThreshold time.Duration
}

// Dequeue implements netem.Queue (RFC 8290, section 4.2).
func (q *fqCoDel) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	for f := q.turn(); f != nil; f = q.turn() {
		if p := q.leave(now, f, d); p != nil {
			f.credits -= p.Size
			if q.ceThreshold > 0 && now.Sub(p.Enqueued) > q.ceThreshold {
				mark(true, p, d)
			}
			return p
		}
		q.rest(f)
	}
	return nil
}

// SetLimit implements netem.Limiter. What is over the limit goes in the order in which it would have left, CoDel's
// own drops between, as with fq_codel_change of Linux.
func (q *fqCoDel) SetLimit(now sim.Time, limit netem.Limit, d netem.Dropper) {
	for q.limit = limit; q.limit.Over(q.packets, q.bytes); {
		if p := q.Dequeue(now, d); p != nil {
			d.Drop(now, p, netem.Overflow)
		}
	}
}

// leave returns the packet of f that CoDel lets pass.
func (q *fqCoDel) leave(now sim.Time, f *flow, d netem.Dropper) *netem.Packet {
	packets, bytes := q.packets-f.Len(), q.bytes-f.Bytes() // of the others
	p := f.dequeue(&head{&q.codel, &f.DropTail, bytes, now, d})
	q.packets, q.bytes = packets+f.Len(), bytes+f.Bytes()
	return p
}
