package qdisc

import (
	"fmt"
	"math/rand/v2"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("random", "Raiciu et al., Improving datacenter performance and robustness with Multipath TCP, SIGCOMM 2011: switches in htsim", func() Model {
		return &Random{Limit: units.Packets(100), Last: units.Packets(3), P: 0.1}
	})
}

// Random is a drop-tail queue that drops some packets a little before it is full, so
// that flows do not lose in step. What it holds is counted in bytes, with the packet in
// transmission.
type Random struct {
	Limit units.Quantity `toml:"limit" doc:"most that waits or is in transmission: packets of 1500 bytes, bytes, time at the mean rate or BDP"`
	Last  units.Quantity `toml:"last" doc:"part of it in which packets are dropped at random"`
	P     float64        `toml:"p" doc:"probability that a packet is dropped there"`
}

// Validate reports parameters out of range.
func (m *Random) Validate() error {
	if !(0 <= m.P && m.P <= 1) {
		return fmt.Errorf("p %g: want 0 to 1", m.P)
	}
	if m.Limit.N <= 0 {
		return fmt.Errorf("limit %v: want more than 0", m.Limit)
	}
	return nil
}

// Make implements Model.
func (m *Random) Make(l Link) netem.Queue {
	q := &random{p: m.P, rand: l.Rand, last: octets(l.Limit(m.Last))}
	q.CountInService = true
	q.LimitBytes = octets(l.Limit(m.Limit))
	return q
}

// random is Random at work.
type random struct {
	netem.DropTail
	last units.Bytes // of the limit: up to there all are queued
	p    float64
	rand *rand.Rand
}

// SetLimit implements netem.Limiter as a DropTail does. The part in which packets are dropped at random stays as
// large as it is.
func (q *random) SetLimit(_ sim.Time, limit netem.Limit, _ netem.Dropper) {
	q.LimitBytes = octets(limit)
}

// Sure implements netem.Admitter.
func (q *random) Sure() netem.Limit { return netem.Limit{Bytes: max(q.LimitBytes-q.last, 1)} }

// Enqueue implements netem.Queue.
func (q *random) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	return q.Admit(now, q.Arrival(p), d) && q.DropTail.Enqueue(now, p, d)
}

// Admit implements netem.Admitter.
func (q *random) Admit(now sim.Time, a netem.Arrival, d netem.Dropper) bool {
	if a.Bytes+a.InService+a.Size <= q.LimitBytes-q.last {
		return true
	}
	if !q.Fits(a) {
		d.Drop(now, a.Packet, netem.Overflow)
		return false
	}
	if q.rand.Float64() < q.p {
		d.Drop(now, a.Packet, netem.Early)
		return false
	}
	return true
}
