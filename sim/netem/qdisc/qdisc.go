// Package qdisc has the queueing disciplines of links, one a file.
//
// To add one, write a type with netem's Queue methods and a Model of its
// parameters, and register the model from init.
package qdisc

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/sim/netem"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// A Model is a kind of queue. Its exported fields are its parameters.
type Model interface {
	// Make returns a fresh, empty queue for one direction of a link.
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

// fifo returns a drop-tail queue of the given limit. A limit in time or BDP that is
// less than one full packet is taken as one full packet: rounded down to nothing it
// would be no limit at all.
func (l Link) fifo(limit units.Quantity) netem.DropTail {
	packets, bytes := limit.Limit(l.Rate, l.RTT)
	if limit.Measure == units.InTime || limit.Measure == units.InBDP {
		bytes = max(bytes, mtu)
	}
	return netem.DropTail{LimitPackets: packets, LimitBytes: bytes}
}

// checkLimit reports a limit that would admit nothing.
func checkLimit(limit units.Quantity) error {
	if !limit.IsZero() && limit.N <= 0 {
		return fmt.Errorf("limit %v: want more than 0", limit)
	}
	return nil
}
