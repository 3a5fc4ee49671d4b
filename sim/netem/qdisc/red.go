package qdisc

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	const source = "Floyd and Jacobson, Random Early Detection, IEEE/ACM ToN 1(4), 1993; gentle: Floyd 2000; adaptive: Floyd, Gummadi and Shenker, Adaptive RED, 2001"
	Registry.Register("red", source, func() Model {
		return &RED{Limit: units.Packets(100), Min: 5, Max: 15, MaxP: 0.1, Weight: 0.002, Gentle: true}
	})
}

// RED drops packets at random, the more the longer the queue has been on
// average.
type RED struct {
	Limit    units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	Min      float64        `toml:"min" doc:"average queue above which packets are dropped, packets"`
	Max      float64        `toml:"max" doc:"average queue at which the probability is max_p, packets"`
	MaxP     float64        `toml:"max_p" doc:"probability of an early drop at max"`
	Weight   float64        `toml:"weight" doc:"weight of a new sample in the average queue"`
	Gentle   bool           `toml:"gentle" doc:"from max to 2 max the probability rises to 1; else it is 1 from max on"`
	Target   time.Duration  `toml:"target" doc:"average delay from which min, max and weight are set by the mean rate; 0: they are as given"`
	Adaptive bool           `toml:"adaptive" doc:"move max_p so that the average queue stays half-way between min and max"`
	ECN      bool           `toml:"ecn" doc:"where the probability is below 1, mark packets of transports that understand it instead of dropping them"`
}

// Validate reports parameters out of range.
func (m *RED) Validate() error {
	switch {
	case !(0 <= m.Min && m.Min < m.Max):
		return fmt.Errorf("min %g, max %g: want 0 <= min < max", m.Min, m.Max)
	case !(0 < m.MaxP && m.MaxP <= 1):
		return fmt.Errorf("max_p %g: want more than 0, at most 1", m.MaxP)
	case !(0 < m.Weight && m.Weight <= 1):
		return fmt.Errorf("weight %g: want more than 0, at most 1", m.Weight)
	case m.Target < 0:
		return fmt.Errorf("target %v: want 0 or more", m.Target)
	}
	return checkLimit(m.Limit)
}

// Make implements Model.
func (m *RED) Make(l Link) netem.Queue {
	q := &red{RED: *m, DropTail: l.fifo(m.Limit), rand: l.Rand, slot: l.Rate.TxTime(mtu), count: -1, idle: true}
	if m.Target > 0 {
		q.tune(l.Rate)
	}
	return q
}

// red is RED at work. The queue it averages is the number of packets that wait, without
// the one in transmission. Unlike with red_change of Linux, which puts an empty FIFO in place of the one that is
// there, a new limit leaves alone what waits.
type red struct {
	RED
	netem.DropTail
	rand  *rand.Rand
	slot  time.Duration // transmission time of a full packet
	avg   float64       // packets
	count int           // packets since the last early drop; -1: avg was below Min
	idle  bool
	since sim.Time // idle from
	moved sim.Time // MaxP was adapted
}

// Enqueue implements netem.Queue.
func (q *red) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	q.update(now)
	if q.Adaptive {
		q.adapt(now)
	}
	if drop, sure := q.early(); drop && !mark(q.ECN && !sure && q.Admits(p), p, d) {
		d.Drop(now, p, netem.Early)
		return false
	}
	if !q.DropTail.Enqueue(now, p, d) {
		q.count = 0
		return false
	}
	q.idle = false
	return true
}

// update takes a sample of the queue into the average. While the link was idle
// the queue was empty: that counts as one sample for each full packet that could
// have been sent. It stays idle while all packets are dropped that find it so.
func (q *red) update(now sim.Time) {
	if q.idle {
		n := now.Sub(q.since) / q.slot
		q.since = q.since.Add(n * q.slot)
		q.avg *= power(1-q.Weight, int64(n))
		if q.avg < 1e-9 {
			q.avg = 0 // denormal numbers are slow
		}
	}
	q.avg += float64(q.Weight * (float64(q.Len()) - q.avg))
}

// early decides whether the arriving packet is dropped, and whether that is no matter
// of chance: then it must not be marked instead (RFC 3168, section 7).
func (q *red) early() (drop, sure bool) {
	if q.avg < q.Min {
		q.count = -1
		return false, false
	}
	q.count++
	pb := q.probability()
	if pb >= 1 || q.rand.Float64() < spread(pb, q.count) {
		q.count = 0
		return true, pb >= 1
	}
	return false, false
}

// probability returns p_b of the paper.
func (q *red) probability() float64 {
	if q.avg >= q.Max && !q.Gentle {
		return 1
	}
	return ramp(q.avg, q.Min, q.Max, 2*q.Max, q.MaxP)
}

// ramp is 0 at low, p at mid, and 1 at high, and linear between.
func ramp(x, low, mid, high, p float64) float64 {
	switch {
	case x < low:
		return 0
	case x < mid:
		return p * (x - low) / (mid - low)
	case x < high:
		return p + float64((1-p)*(x-mid)/(high-mid))
	}
	return 1
}

// spread returns p_a of the paper, which spaces the drops evenly. With the count of
// the paper's pseudocode, which is 1 for the first packet after a drop, the gaps are
// uniform in 1 .. 1/pb-1; the text of the paper, which counts from 0, has 1 .. 1/pb.
func spread(pb float64, count int) float64 {
	rest := 1 - float64(float64(count)*pb)
	if rest <= pb {
		return 1
	}
	return pb / rest
}

// Dequeue implements netem.Queue.
func (q *red) Dequeue(now sim.Time, d netem.Dropper) *netem.Packet {
	p := q.DropTail.Dequeue(now, d)
	if p == nil && !q.idle {
		q.idle, q.since = true, now
	}
	return p
}

// power returns x^n, n >= 0, the same on every machine.
func power(x float64, n int64) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			y *= x
		}
		x *= x
	}
	return y
}
