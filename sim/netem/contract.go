package netem

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// A Queue is a queueing discipline: it decides which packet leaves next and
// which is dropped. It runs no timers; the Link calls it.
type Queue interface {
	// Enqueue takes ownership of p and reports whether p was queued.
	// Packets that must go, p or others, are handed to d, and p is queued only if
	// it is not among them.
	Enqueue(now sim.Time, p *Packet, d Dropper) bool
	// Dequeue returns the next packet to serialise, or nil if there is none.
	Dequeue(now sim.Time, d Dropper) *Packet
	Len() int
	Bytes() units.Bytes
}

// An Admitter is a Queue that is first in, first out and settles what becomes of a
// packet when it arrives, by what it then finds. A link of constant rate and delay asks
// it to Admit only, and leaves it empty (fast.go). It embeds DropTail, which holds the
// packets of other links.
type Admitter interface {
	Queue
	// Admit reports whether the packet is to be queued, and else hands it to d.
	Admit(now sim.Time, a Arrival, d Dropper) bool
	// Sure returns up to where every packet that fits is queued as it is: how much then waits or is in
	// transmission, with it. The queue need not be asked about it.
	Sure() Limit
	fifo() *DropTail
}

// A Limiter is a Queue whose limit can change while packets wait.
type Limiter interface {
	Queue
	// SetLimit changes the limit for what comes from now on. What waits beyond it stays until it leaves,
	// or is handed to d at once: each discipline says which.
	SetLimit(now sim.Time, limit Limit, d Dropper)
}

// A Limit is the most that may wait in a queue. A number of 0 is no limit.
type Limit struct {
	Packets int
	Bytes   units.Bytes
}

// Over reports whether so much is more than the limit.
func (l Limit) Over(packets int, bytes units.Bytes) bool {
	return l.Packets > 0 && packets > l.Packets || l.Bytes > 0 && bytes > l.Bytes
}

// An Arrival is a packet that arrives at a queue, and what it finds there.
type Arrival struct {
	Packet    *Packet
	Size      units.Bytes // of the packet, which is seldom in the cache
	Waiting   int         // packets, without the one in transmission
	Bytes     units.Bytes // of those that wait
	InService units.Bytes // of the packet in transmission; 0: there is none
}

// A Dropper accounts for what a queue does to packets besides delaying them.
type Dropper interface {
	// Drop takes ownership of p and frees it.
	Drop(now sim.Time, p *Packet, why Reason)
	// Mark makes p, whose transport must understand marks, CE. p stays with the
	// queue.
	Mark(p *Packet)
}

// Reason says why a packet was dropped.
type Reason uint8

// The reasons.
const (
	Overflow Reason = iota // the queue was full
	Early                  // an AQM chose to
	Channel                // a loss process chose to, or the link was silent
	Down                   // the link was down
	Filtered               // a middlebox chose to
	NoSocket               // no endpoint at the destination wanted it
)

// A Loss decides, packet by packet in the order of transmission, whether the
// channel loses it. now is the end of its transmission.
type Loss interface {
	Lose(now sim.Time, p *Packet) bool
}

// A Rate is the capacity of a link as a function of time.
type Rate interface {
	// Serve returns when the transmission of n bytes that begins at start
	// ends, or sim.Never. Calls come in the order of transmission; a process may keep what
	// is left of an opportunity if the next call starts when this one ended.
	Serve(start sim.Time, n units.Bytes) sim.Time
	// Mean returns the long-run average, for limits in units of time or BDP.
	Mean() units.Bandwidth
	// Capacity returns the bits that can be sent from from on and before to.
	Capacity(from, to sim.Time) float64
}

// A Delay gives the propagation delay of one packet.
type Delay interface {
	Of(now sim.Time, p *Packet) time.Duration
	// InOrder reports whether the link shall keep packets in order: a packet then
	// arrives no earlier than the one before it.
	InOrder() bool
	// Min returns the least delay, for base RTTs.
	Min() time.Duration
}
