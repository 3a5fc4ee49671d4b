package netem

import "fmt"

// A Protocol is a transport protocol, by its number in the IP header.
type Protocol uint8

// The protocols (IANA, Assigned Internet Protocol Numbers).
const (
	TCP Protocol = 6
	UDP Protocol = 17
)

// A Host is the network layer of a node at which packets end: it hands each to the socket that it is for.
type Host struct {
	Network *Network
	Node    *Node

	sockets   sockets
	unmatched map[Protocol]Receiver
	nextPort  uint16
	unbound   uint32 // how often Unbind was called: sockets that were found before may be gone
}

// NewHost makes node a host.
func NewHost(n *Network, node *Node) *Host {
	h := &Host{Network: n, Node: node, unmatched: make(map[Protocol]Receiver), nextPort: firstEphemeral}
	node.SetReceiver(h)
	return h
}

// A Tuple names a socket of a host.
type Tuple struct {
	Local, Remote         Addr
	LocalPort, RemotePort uint16
	Protocol              Protocol
}

// TupleOf returns the tuple of the socket that p is for.
func TupleOf(p *Packet) Tuple { return Tuple{p.Dst, p.Src, p.DstPort, p.SrcPort, p.Protocol} }

// Bind makes r the socket of t. It panics if there is one.
func (h *Host) Bind(t Tuple, r Receiver) {
	if h.sockets.find(t.key()) != nil {
		panic(fmt.Sprintf("netem: %s has two sockets %v:%d - %v:%d", h.Node.Name, t.Local, t.LocalPort, t.Remote, t.RemotePort))
	}
	h.sockets.add(t, r)
}

// Unbind undoes Bind.
func (h *Host) Unbind(t Tuple) {
	h.sockets.remove(t)
	h.unbound++
}

// Sockets returns how many sockets h has.
func (h *Host) Sockets() int { return h.sockets.len }

// Handle makes r receive the packets of a protocol that are for no socket. Without it they are dropped, for
// NoSocket.
func (h *Host) Handle(p Protocol, r Receiver) { h.unmatched[p] = r }

// Receive implements Receiver.
func (h *Host) Receive(p *Packet) {
	if r := h.find(p); r != nil {
		r.Receive(p)
	} else if r := h.unmatched[p.Protocol]; r != nil {
		r.Receive(p)
	} else {
		h.Node.refuse(p)
	}
}

// find returns the socket that p is for, or nil. Most routes lead to one socket alone, which the route
// knows then: as long as no socket of h has gone, it need not be searched for.
func (h *Host) find(p *Packet) Receiver {
	r, k := p.Route, keyOf(p)
	if r.last.key == k && r.unbound == h.unbound && r.last.socket != nil {
		return r.last.socket
	}
	r.last, r.unbound = slot{k, h.sockets.find(k)}, h.unbound
	return r.last.socket
}

// The range of ephemeral ports (RFC 6335, section 6).
const (
	firstEphemeral = 49152
	ephemeral      = 1<<16 - firstEphemeral
)

// EphemeralPort returns a local port from which no socket of h talks to the port at the far end of route.
// It panics if all are in use.
func (h *Host) EphemeralPort(p Protocol, route *Route, remotePort uint16) uint16 {
	for range ephemeral {
		port := h.nextPort
		if h.nextPort++; h.nextPort == 0 {
			h.nextPort = firstEphemeral
		}
		if h.sockets.find(Tuple{route.Src, route.Dst, port, remotePort, p}.key()) == nil {
			return port
		}
	}
	panic(fmt.Sprintf("netem: %s has no port left for %v:%d", h.Node.Name, route.Dst, remotePort))
}

// sockets finds a socket by its tuple: an open hash table (Knuth, TAOCP volume 3, section 6.4, algorithm
// L), because a look-up reads one cache line as a rule, where one in a map reads three. The zero table is
// empty.
type sockets struct {
	slots []slot // a power of two, at most half of them in use
	len   int
}

type slot struct {
	key    key
	socket Receiver // nil: free
}

// key is a tuple in two words: they are compared at once.
type key struct{ addrs, ports uint64 }

func (t Tuple) key() key {
	return key{uint64(t.Local)<<32 | uint64(t.Remote), uint64(t.LocalPort)<<32 | uint64(t.RemotePort)<<16 | uint64(t.Protocol)}
}

// keyOf is TupleOf(p).key(), without the tuple.
func keyOf(p *Packet) key {
	return key{uint64(p.Dst)<<32 | uint64(p.Src), uint64(p.DstPort)<<32 | uint64(p.SrcPort)<<16 | uint64(p.Protocol)}
}

// home returns the slot where a search for k begins.
func (s *sockets) home(k key) int {
	const odd1, odd2 = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	return int((k.addrs*odd1^k.ports*odd2)>>32) & (len(s.slots) - 1)
}

// find returns the socket of k, or nil.
func (s *sockets) find(k key) Receiver {
	if s.len == 0 {
		return nil
	}
	for i := s.home(k); ; i++ {
		o := &s.slots[i&(len(s.slots)-1)]
		if o.key == k {
			return o.socket // nil if it is the key of a free slot
		}
		if o.socket == nil {
			return nil
		}
	}
}

// add enters r at t, which is not there.
func (s *sockets) add(t Tuple, r Receiver) {
	if 2*s.len >= len(s.slots) {
		old := s.slots
		s.slots = make([]slot, max(2*len(old), 4))
		for _, o := range old {
			if o.socket != nil {
				s.put(o)
			}
		}
	}
	s.put(slot{t.key(), r})
	s.len++
}

// put enters a slot at the first free place from its home on.
func (s *sockets) put(o slot) {
	i := s.home(o.key)
	for s.slots[i].socket != nil {
		i = (i + 1) & (len(s.slots) - 1)
	}
	s.slots[i] = o
}

// remove takes t out, and closes the gap: no search may end there that went past it (algorithm R).
func (s *sockets) remove(t Tuple) {
	mask := len(s.slots) - 1
	k := t.key()
	i := s.home(k)
	for s.slots[i].key != k {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; s.slots[j].socket != nil; j = (j + 1) & mask {
		if (j-s.home(s.slots[j].key))&mask >= (j-i)&mask {
			s.slots[i] = s.slots[j]
			i = j
		}
	}
	s.slots[i] = slot{}
	s.len--
}
