// Package qdisc has the queueing disciplines of links, one a file.
//
// To add one, write a type with netem's Queue methods and a Model of its
// parameters, and register the model from init.
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

// A Model is a kind of queue. Its exported fields are its parameters; one is its Limit, which events can change.
type Model interface {
	// Make returns a fresh, empty queue, a netem.Limiter, for one direction of a link.
	Make(l Link) netem.Queue
}

// Link is what a queue may know of the direction of the link that it serves.
type Link struct {
	Rate units.Bandwidth // mean capacity
	RTT  time.Duration   // least round-trip time over the link, for limits in BDP
	Rand *rand.Rand      // the queue's own random stream
}

// Registry has every model by name.
var Registry = plugin.NewRegistry[Model]("queue")

// mtu is the usual size of a full packet.
const mtu units.Bytes = 1500

// fifo returns a drop-tail queue of the given limit.
func (l Link) fifo(limit units.Quantity) netem.DropTail {
	x := l.Limit(limit)
	return netem.DropTail{LimitPackets: x.Packets, LimitBytes: x.Bytes}
}

// Limit returns a limit in packets or bytes. One in time or BDP that is less than one full packet is taken as one
// full packet: rounded down to nothing it would be no limit at all.
func (l Link) Limit(x units.Quantity) netem.Limit {
	packets, bytes := x.Limit(l.Rate, l.RTT)
	if x.Measure == units.InTime || x.Measure == units.InBDP {
		bytes = max(bytes, mtu)
	}
	return netem.Limit{Packets: packets, Bytes: bytes}
}

// octets returns a limit in bytes, a packet being a full one.
func octets(x netem.Limit) units.Bytes { return x.Bytes + units.Bytes(x.Packets)*mtu }

// mark marks p instead of dropping it, if on says to and the transport understands
// marks, and reports whether it did. A packet that another queue has marked stays so
// (RFC 3168, section 5).
func mark(on bool, p *netem.Packet, d netem.Dropper) bool {
	if !on || p.ECN == netem.NotECT {
		return false
	}
	if p.ECN != netem.CE {
		d.Mark(p)
	}
	return true
}

// shorten gives q a limit, and drops from its head what is over it.
func shorten(q *netem.DropTail, now sim.Time, limit netem.Limit, d netem.Dropper) {
	for q.SetLimit(now, limit, d); q.Over(); {
		d.Drop(now, q.Dequeue(now, d), netem.Overflow)
	}
}

// checkLimit reports a limit that would admit nothing.
func checkLimit(limit units.Quantity) error {
	if !limit.IsZero() && limit.N <= 0 {
		return fmt.Errorf("limit %v: want more than 0", limit)
	}
	return nil
}
