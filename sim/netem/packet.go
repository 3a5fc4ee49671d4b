// Package netem models packets and the network elements they cross: links with
// a queue, a rate, a delay and losses, nodes that they join, and the routes along
// them. What a packet carries is for the endpoints alone to know. Every packet
// is accounted for until it is delivered or dropped.
package netem

import (
	"net/netip"

	"mpsim/sim"
	"mpsim/sim/units"
)

// Addr is the address of an interface, an IPv4 address in host byte order. The
// zero Addr is no address.
type Addr uint32

// Netip returns a as a netip.Addr.
func (a Addr) Netip() netip.Addr {
	return netip.AddrFrom4([4]byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a)})
}

// String formats a in dotted-decimal notation.
func (a Addr) String() string { return a.Netip().String() }

// Packet is an IP packet in flight. It has one owner at a time: whoever holds
// the pointer must hand it on or Free it. It is one cache line (TestLayout).
type Packet struct {
	Size             units.Bytes // on the wire, with all headers
	Src, Dst         Addr
	SrcPort, DstPort uint16
	// Protocol says what the payload is of. A pool that allocates both in one block sets it once for ever,
	// too.
	Protocol Protocol
	ECN      ECN    // set by the sender; a queue may make it CE
	hop      uint16 // which link of its route is the next, while a queue holds it
	Route    *Route // the way it goes
	// Payload is what the endpoints exchange; the network never looks inside.
	// A pool that allocates both in one block sets it once for ever.
	Payload any

	Enqueued sim.Time // when it was offered to the current queue
	pool     *Pool
}

// ECN is the field of the IP header that tells a queue whether it may mark a packet
// instead of dropping it, and the receiver that one did (RFC 3168, section 5).
type ECN uint8

// The codepoints, as on the wire.
const (
	NotECT ECN = iota // the transport does not understand marks
	ECT1
	ECT0
	CE // congestion experienced
)

// A Pool recycles packets of one engine, last in first out: what was let go last is still in the cache. It is
// not safe for concurrent use.
type Pool struct {
	alloc func() *Packet
	free  []*Packet
	live  int
}

// NewPool returns a pool that calls alloc when it is empty.
func NewPool(alloc func() *Packet) *Pool { return &Pool{alloc: alloc} }

// Get returns a packet; its Payload is as alloc or the last user left it.
func (l *Pool) Get() *Packet {
	l.live++
	last := len(l.free) - 1
	if last < 0 {
		p := l.alloc()
		p.pool = l
		return p
	}
	p := l.free[last]
	l.free = l.free[:last]
	return p
}

// Trim lets go of the packets that are in the pool.
func (l *Pool) Trim() { l.free = nil }

// Live returns the number of packets that are out of the pool.
func (l *Pool) Live() int { return l.live }

// Free gives p back to its pool. p must not be used afterwards.
func (p *Packet) Free() {
	if l := p.pool; l != nil {
		l.live--
		l.free = append(l.free, p)
	}
}
