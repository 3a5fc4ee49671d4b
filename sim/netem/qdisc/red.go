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
	Registry.Register("red", "Floyd and Jacobson, IEEE/ACM Transactions on Networking, 1993; gentle: Floyd, 2000", func() Discipline {
		return &RED{Limit: units.Packets(100), Min: 5, Max: 15, MaxP: 0.1, Weight: 0.002, Gentle: true}
	})
	Registry.Register("khalili-red", "the queues of Khalili et al., CoNEXT 2012", func() Discipline {
		return &KhaliliRED{}
	})
}

// RED drops at random, the more the longer the average queue.
type RED struct {
	Limit  units.Quantity `toml:"limit" doc:"of the buffer: packets, bytes, time at the link's rate, or BDP"`
	Min    float64        `toml:"min" doc:"average queue at which drops begin, packets"`
	Max    float64        `toml:"max" doc:"average queue at which the drop probability is max_p, packets"`
	MaxP   float64        `toml:"max_p" doc:"drop probability at max"`
	Weight float64        `toml:"weight" doc:"weight of a new sample in the average"`
	Gentle bool           `toml:"gentle" doc:"let the probability rise to 1 at twice max, and not jump there at max"`
}

// Validate reports parameters that make no RED.
func (q *RED) Validate() error {
	switch {
	case !(q.Min > 0 && q.Max > q.Min):
		return fmt.Errorf("min %g and max %g: want 0 < min < max", q.Min, q.Max)
	case !(q.MaxP > 0 && q.MaxP <= 1 && q.Weight > 0 && q.Weight <= 1):
		return fmt.Errorf("max_p %g and weight %g: want above 0 and at most 1", q.MaxP, q.Weight)
	}
	return limited(q.Limit)
}

// Make implements Discipline.
func (q *RED) Make(rate units.Bandwidth, rtt time.Duration, r *rand.Rand) netem.Queue {
	return &red{fifo: newFIFO(q.Limit, rate, rtt), RED: *q, r: r, slot: rate.TxTime(1500), count: -1, emptyAt: 0}
}

type red struct {
	fifo
	RED
	r       *rand.Rand
	slot    time.Duration // transmission time of a typical packet
	avg     float64
	count   int      // packets since the last drop, -1 below min
	emptyAt sim.Time // since when the queue is empty; -1: it is not
}

// average takes in the queue that an arrival finds. While the queue was empty
// as many small packets could have come as it lasted slots.
func (q *red) average(now sim.Time) {
	if q.emptyAt >= 0 {
		keep, m := 1-q.Weight, uint64(now.Sub(q.emptyAt)/max(q.slot, 1))
		for ; m > 0 && q.avg > 1e-9; m >>= 1 { // (1-w)^m by squaring
			if m&1 == 1 {
				q.avg *= keep
			}
			keep *= keep
		}
		q.emptyAt = -1
	}
	q.avg += float64(q.Weight * (float64(q.Len()) - q.avg))
}

// probability returns p_b for the average queue.
func (q *red) probability() float64 {
	switch {
	case q.avg < q.Max:
		return q.MaxP * (q.avg - q.Min) / (q.Max - q.Min)
	case q.Gentle && q.avg < 2*q.Max:
		return q.MaxP + float64((1-q.MaxP)*(q.avg-q.Max))/q.Max
	}
	return 1
}

// Enqueue implements netem.Queue.
func (q *red) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	q.average(now)
	if q.avg < q.Min {
		q.count = -1
	} else {
		q.count++
		pb := q.probability()
		pa := 1.0
		if rest := 1 - float64(float64(q.count)*pb); rest > pb {
			pa = pb / rest
		}
		if pa >= 1 || q.r.Float64() < pa {
			q.count = 0
			d.Drop(now, p, netem.Early)
			return false
		}
	}
	if q.full(p) {
		d.Drop(now, p, netem.Overflow)
		return false
	}
	q.push(now, p)
	return true
}

// Dequeue implements netem.Queue.
func (q *red) Dequeue(now sim.Time, _ netem.Dropper) *netem.Packet {
	p := q.pop()
	if q.Len() == 0 && q.emptyAt < 0 {
		q.emptyAt = now
	}
	return p
}

// KhaliliRED drops with a probability of the instantaneous queue: 0 up to 25 packets
// for each 10 Mb/s of capacity, linear to 0.1 at 50, linear to 1 at 100.
type KhaliliRED struct{}

// Make implements Discipline.
func (*KhaliliRED) Make(rate units.Bandwidth, _ time.Duration, r *rand.Rand) netem.Queue {
	return &khalili{fifo: fifo{packets: make([]*netem.Packet, 16)}, unit: float64(rate) / 10e6, r: r}
}

type khalili struct {
	fifo
	unit float64 // capacity in 10 Mb/s
	r    *rand.Rand
}

func (q *khalili) probability() float64 {
	switch n := float64(q.Len()) / q.unit; {
	case n <= 25:
		return 0
	case n <= 50:
		return 0.1 * (n - 25) / 25
	case n <= 100:
		return 0.1 + float64(0.9*(n-50))/50
	}
	return 1
}

// Enqueue implements netem.Queue.
func (q *khalili) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	if pr := q.probability(); pr > 0 && q.r.Float64() < pr {
		d.Drop(now, p, netem.Early)
		return false
	}
	q.push(now, p)
	return true
}

// Dequeue implements netem.Queue.
func (q *khalili) Dequeue(sim.Time, netem.Dropper) *netem.Packet { return q.pop() }
