package qdisc

import (
	"fmt"
	"math/rand/v2"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("khalili-red", "Khalili et al., MPTCP is not Pareto-optimal, CoNEXT 2012: the RED of the testbed", func() Model {
		return &KhaliliRED{Limit: units.Packets(0), Min: 25, Mid: 50, Max: 100, MidP: 0.1, Per: 10 * units.Mbps}
	})
}

// KhaliliRED drops an arriving packet with a probability that is a function of
// the queue it finds: 0 up to Min, linear to MidP at Mid, linear to 1 at Max. Unlike
// RED it neither averages the queue nor spaces its drops, because the paper states
// the probability as a function of the queue.
type KhaliliRED struct {
	Limit units.Quantity  `toml:"limit" doc:"most that waits besides; 0pkt: no such limit"`
	Min   float64         `toml:"min" doc:"queue up to which nothing is dropped, packets"`
	Mid   float64         `toml:"mid" doc:"queue at which the probability is mid_p, packets"`
	Max   float64         `toml:"max" doc:"queue from which everything is dropped, packets"`
	MidP  float64         `toml:"mid_p" doc:"probability at mid"`
	Per   units.Bandwidth `toml:"per" doc:"capacity that min, mid and max are for; they scale with the mean rate"`
	ECN   bool            `toml:"ecn" doc:"below max, mark packets of transports that understand it instead of dropping them"`
}

// Validate reports parameters out of range.
func (m *KhaliliRED) Validate() error {
	switch {
	case !(0 <= m.Min && m.Min < m.Mid && m.Mid < m.Max):
		return fmt.Errorf("min %g, mid %g, max %g: want 0 <= min < mid < max", m.Min, m.Mid, m.Max)
	case !(0 <= m.MidP && m.MidP <= 1):
		return fmt.Errorf("mid_p %g: want 0 to 1", m.MidP)
	case m.Per <= 0:
		return fmt.Errorf("per %v: want more than 0", m.Per)
	}
	return nil
}

// Make implements Model.
func (m *KhaliliRED) Make(l Link) netem.Queue {
	q := &khalili{KhaliliRED: *m, DropTail: l.fifo(m.Limit), rand: l.Rand}
	scale := float64(l.Rate) / float64(m.Per)
	q.Min *= scale
	q.Mid *= scale
	q.Max *= scale
	return q
}

// khalili is KhaliliRED at work, its thresholds scaled.
type khalili struct {
	KhaliliRED
	netem.DropTail
	rand *rand.Rand
}

// Sure implements netem.Admitter.
func (q *khalili) Sure() netem.Limit { return netem.Limit{Packets: int(min(q.Min, 1e9)) + 1} }

// Enqueue implements netem.Queue.
func (q *khalili) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	return q.Admit(now, q.Arrival(p), d) && q.DropTail.Enqueue(now, p, d)
}

// Admit implements netem.Admitter.
func (q *khalili) Admit(now sim.Time, a netem.Arrival, d netem.Dropper) bool {
	fits := q.Fits(a)
	drop := ramp(float64(a.Waiting), q.Min, q.Mid, q.Max, q.MidP)
	if drop > 0 && q.rand.Float64() < drop && !mark(q.ECN && drop < 1 && fits, a.Packet, d) {
		d.Drop(now, a.Packet, netem.Early)
		return false
	}
	if !fits {
		d.Drop(now, a.Packet, netem.Overflow)
	}
	return fits
}
