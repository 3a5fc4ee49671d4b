package qdisc

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("ecn-threshold", "RFC 8257, section 3.1", func() Model {
		return &ECNThreshold{Limit: units.Packets(100), K: units.Packets(20)}
	})
}

// ECNThreshold is a drop-tail queue that marks an arriving packet if more than K waits
// already, and if its transport understands marks: the switch of DCTCP. K should be
// above a seventh of the BDP.
type ECNThreshold struct {
	Limit units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	K     units.Quantity `toml:"k" doc:"an arriving packet that finds more waiting is marked: packets, bytes, time at the mean rate or BDP"`
}

// Validate reports parameters out of range.
func (m *ECNThreshold) Validate() error {
	if m.K.IsZero() || m.K.N < 0 {
		return fmt.Errorf("k %v: want 0pkt or more", m.K)
	}
	return checkLimit(m.Limit)
}

// Make implements Model.
func (m *ECNThreshold) Make(l Link) netem.Queue {
	q := &ecnThreshold{DropTail: l.fifo(m.Limit), inPackets: m.K.Measure == units.InPackets}
	q.packets, q.bytes = m.K.Limit(l.Rate, l.RTT)
	return q
}

// ecnThreshold is ECNThreshold at work.
type ecnThreshold struct {
	netem.DropTail
	inPackets bool
	packets   int
	bytes     units.Bytes
}

// Sure implements netem.Admitter.
func (q *ecnThreshold) Sure() netem.Limit {
	if q.inPackets {
		return netem.Limit{Packets: q.packets + 1}
	}
	return netem.Limit{Bytes: max(q.bytes, 1)}
}

// Enqueue implements netem.Queue.
func (q *ecnThreshold) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	return q.Admit(now, q.Arrival(p), d) && q.DropTail.Enqueue(now, p, d)
}

// Admit implements netem.Admitter.
func (q *ecnThreshold) Admit(now sim.Time, a netem.Arrival, d netem.Dropper) bool {
	if !q.Fits(a) {
		d.Drop(now, a.Packet, netem.Overflow)
		return false
	}
	over := a.Bytes > q.bytes
	if q.inPackets {
		over = a.Waiting > q.packets
	}
	mark(over, a.Packet, d)
	return true
}
