// Package qdisc has the queue disciplines, one a file.
package qdisc

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// A Discipline is a kind of queue. Its exported fields are its parameters.
type Discipline interface {
	// Make returns an empty queue for a link of the given mean rate and base
	// round-trip time, which draws from r.
	Make(rate units.Bandwidth, rtt time.Duration, r *rand.Rand) netem.Queue
}

// Registry has every discipline by name.
var Registry = plugin.NewRegistry[Discipline]("queue")

func init() {
	Registry.Register("droptail", "FIFO with tail drop", func() Discipline { return &DropTail{Limit: units.Packets(100)} })
}

// DropTail drops what does not fit. Simulators differ in whether the packet in
// transmission counts: for Linux and ns-3 it does not, for htsim and K of
// M/M/1/K it does.
type DropTail struct {
	Limit          units.Quantity `toml:"limit" doc:"packets, bytes, time at the link's rate, or BDP"`
	CountInService bool           `toml:"count_in_service" doc:"the packet in transmission counts against the limit"`
}

// Validate reports a limit that lets nothing in.
func (q *DropTail) Validate() error { return limited(q.Limit) }

func limited(q units.Quantity) error {
	if q.IsZero() || q.N <= 0 {
		return fmt.Errorf("limit %v: want more than 0", q)
	}
	return nil
}

// Make implements Discipline. A limit in bytes holds at least one full packet.
func (q *DropTail) Make(rate units.Bandwidth, rtt time.Duration, _ *rand.Rand) netem.Queue {
	packets, bytes := q.Limit.Limit(rate, rtt)
	if packets == 0 {
		bytes = max(bytes, 1500)
	}
	return &netem.DropTail{LimitPackets: packets, LimitBytes: bytes, CountInService: q.CountInService}
}

// fifo is a ring of packets with a limit.
type fifo struct {
	packets      []*netem.Packet // power of two
	head, tail   uint32
	bytes        units.Bytes
	limitPackets int
	limitBytes   units.Bytes
}

func newFIFO(limit units.Quantity, rate units.Bandwidth, rtt time.Duration) fifo {
	f := fifo{packets: make([]*netem.Packet, 16)}
	f.limitPackets, f.limitBytes = limit.Limit(rate, rtt)
	if f.limitPackets == 0 {
		f.limitBytes = max(f.limitBytes, 1500)
	}
	return f
}

// Len implements netem.Queue.
func (f *fifo) Len() int { return int(f.tail - f.head) }

// Bytes implements netem.Queue.
func (f *fifo) Bytes() units.Bytes { return f.bytes }

// full reports whether p does not fit.
func (f *fifo) full(p *netem.Packet) bool {
	return f.limitPackets > 0 && f.Len() >= f.limitPackets || f.limitBytes > 0 && f.bytes+p.Size > f.limitBytes
}

func (f *fifo) push(now sim.Time, p *netem.Packet) {
	if f.Len() == len(f.packets) {
		grown := make([]*netem.Packet, 2*len(f.packets))
		for i := f.head; i != f.tail; i++ {
			grown[i&uint32(len(grown)-1)] = f.packets[i&uint32(len(f.packets)-1)]
		}
		f.packets = grown
	}
	p.Enqueued = now
	f.packets[f.tail&uint32(len(f.packets)-1)] = p
	f.tail++
	f.bytes += p.Size
}

func (f *fifo) pop() *netem.Packet {
	if f.head == f.tail {
		return nil
	}
	p := f.packets[f.head&uint32(len(f.packets)-1)]
	f.head++
	f.bytes -= p.Size
	return p
}
