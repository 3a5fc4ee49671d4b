package tcp

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/rare"
	"mpsim/sim/units"

	"mpsim/mptcp/wire"
)

// Host is the TCP layer of a node: it finds the endpoint of each packet.
type Host struct {
	Engine  *sim.Engine
	Network *netem.Network
	Node    *netem.Node
	// Accept is asked for an endpoint for a SYN that none matches; nil refuses,
	// with opt in the reset.
	Accept func(p *netem.Packet, s *wire.Segment) (e *Endpoint, opt *wire.Options)
	// Stateless, if not nil, returns the listener for s in p, which no endpoint
	// matches, if it is one that answers SYNs with cookies; nil goes on to Accept.
	Stateless func(p *netem.Packet, s *wire.Segment) *Stateless
	// Datagrams gets what is no segment; nil drops it.
	Datagrams netem.Receiver
	// Secret is the key of the cookies that h gives (RFC 7413, RFC 4987).
	Secret uint64

	pool      *netem.Pool
	endpoints map[uint64]*Endpoint // by tuple.hash
	last      *Endpoint            // that the latest packet was for: packets come in runs
	count     int
	nextPort  uint16
	fastOpen  fastOpenCache
	opening   int // endpoints with Endpoint.opening
}

// tuple identifies an endpoint on its host.
type tuple struct {
	local, remote         netem.Addr
	localPort, remotePort uint16
}

// hash folds t into a number that no two endpoints of a host share unless they
// use the same port for the same peer from two addresses; then they are chained.
func (t tuple) hash() uint64 {
	return uint64(t.remote)<<32 | uint64(t.remotePort)<<16 | uint64(t.localPort)
}

// find returns the endpoint of t, or nil.
func (h *Host) find(t tuple) *Endpoint {
	if e := h.last; e != nil && e.key == t && e.state != Closed {
		return e
	}
	e := h.endpoints[t.hash()]
	for e != nil && e.key != t {
		e = e.sameHash
	}
	if e != nil {
		h.last = e
	}
	return e
}

// add makes h hand packets to e.
func (h *Host) add(e *Endpoint) {
	if h.find(e.key) != nil {
		panic(fmt.Sprintf("tcp: %s has two endpoints %v:%d - %v:%d", h.Node.Name, e.key.local, e.key.localPort, e.key.remote, e.key.remotePort))
	}
	k := e.key.hash()
	e.sameHash = h.endpoints[k]
	h.endpoints[k] = e
	h.count++
}

// remove undoes add.
func (h *Host) remove(e *Endpoint) {
	k := e.key.hash()
	h.count--
	if h.last == e {
		h.last = nil
	}
	first := h.endpoints[k]
	if first == e {
		if e.sameHash == nil {
			delete(h.endpoints, k)
		} else {
			h.endpoints[k] = e.sameHash
		}
		return
	}
	for first.sameHash != e {
		first = first.sameHash
	}
	first.sameHash = e.sameHash
}

// NewPool returns the packet pool that all hosts of an engine share. Packet and
// segment lie in one block, so that an endpoint touches one place in memory.
func NewPool() *netem.Pool {
	return netem.NewPool(func() *netem.Packet {
		b := new(struct {
			p netem.Packet
			s wire.Segment
		})
		b.p.Payload = &b.s
		return &b.p
	})
}

// NewHost makes node speak TCP.
func NewHost(e *sim.Engine, n *netem.Network, node *netem.Node, pool *netem.Pool) *Host {
	h := &Host{Engine: e, Network: n, Node: node, pool: pool, endpoints: make(map[uint64]*Endpoint), nextPort: firstEphemeral}
	node.SetReceiver(h)
	return h
}

// initial returns iss, or an initial sequence number that soon wraps.
func (h *Host) initial(iss uint32) uint32 {
	if f := h.Network.Force; f.Has(rare.SequenceWrap) {
		return -uint32(f.Before(rare.SequenceWrap, uint64(iss), 20_000))
	}
	return iss
}

// Receive implements netem.Receiver.
func (h *Host) Receive(p *netem.Packet) {
	s, ok := p.Payload.(*wire.Segment)
	if !ok {
		h.hand(p)
		return
	}
	e := h.find(tuple{p.Dst, p.Src, p.DstPort, p.SrcPort})
	if e != nil {
		e.receive(p, s)
		e.settle()
	} else {
		h.open(p, s)
	}
	p.Free()
}

// hand hands on a packet that is no segment.
func (h *Host) hand(p *netem.Packet) {
	if h.Datagrams == nil {
		p.Free()
		return
	}
	h.Datagrams.Receive(p)
}

// open handles a segment that no endpoint matches. The caller frees p.
func (h *Host) open(p *netem.Packet, s *wire.Segment) {
	if h.Stateless != nil && !s.Flags.Has(wire.RST) {
		if l := h.Stateless(p, s); l != nil && h.openStateless(l, p, s) {
			return
		}
	}
	switch {
	case s.Flags.Has(wire.RST): // not even with a SYN (RFC 9293, section 3.10.7.2)
	case s.Flags.Has(wire.SYN) && !s.Flags.Has(wire.ACK) && h.Accept != nil:
		e, opt := h.Accept(p, s)
		if e != nil {
			e.receive(p, s)
		} else {
			h.refuse(p, s, opt)
		}
	default:
		h.refuse(p, s, nil)
	}
}

// refuse answers a segment that no endpoint wants (RFC 9293, section 3.10.7.1).
func (h *Host) refuse(p *netem.Packet, s *wire.Segment, opt *wire.Options) {
	r := h.pool.Get()
	t := r.Payload.(*wire.Segment)
	*t = wire.Segment{Flags: wire.RST, Opt: opt}
	if s.Flags.Has(wire.ACK) {
		t.Seq = s.Ack
	} else {
		t.Flags |= wire.ACK
		t.Ack = s.Seq + uint32(s.Len)
		if s.Flags.Has(wire.SYN) {
			t.Ack++
		}
	}
	h.answer(p, r, t)
}

// answer sends r with t, which has no data, to where p came from.
func (h *Host) answer(p, r *netem.Packet, t *wire.Segment) {
	r.Src, r.Dst, r.SrcPort, r.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	r.Route, r.ECN = p.Route.Reverse, netem.NotECT
	r.Size = units.Bytes(20 + t.MustFit())
	h.Network.Launch(r, t.Fingerprint())
}

// The range of ephemeral ports (RFC 6335, section 6).
const (
	firstEphemeral = 49152
	ephemeral      = 1<<16 - firstEphemeral
)

// EphemeralPort returns a local port from which no endpoint of h talks to
// the port at the far end of route. It panics if all are in use.
func (h *Host) EphemeralPort(route *netem.Route, remotePort uint16) uint16 {
	for range ephemeral {
		p := h.nextPort
		if h.nextPort++; h.nextPort == 0 {
			h.nextPort = firstEphemeral
		}
		if h.find(tuple{route.Src, route.Dst, p, remotePort}) == nil {
			return p
		}
	}
	panic(fmt.Sprintf("tcp: %s has no port left for %v:%d", h.Node.Name, route.Dst, remotePort))
}

// Endpoints returns how many endpoints h has.
func (h *Host) Endpoints() int { return h.count }
