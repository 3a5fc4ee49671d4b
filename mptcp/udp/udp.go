// Package udp is the User Datagram Protocol (RFC 768): what an application writes goes straight
// into the network, and nobody tells what becomes of it.
package udp

import (
	"fmt"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/probe"
	"mpsim/sim/units"
)

// Header is the bytes of a packet around the payload: those of IPv4 and UDP.
const Header units.Bytes = 20 + wire.UDPHeader

// NewPool returns the pool of the datagrams of an engine. Packet and datagram lie in one block.
func NewPool() *netem.Pool {
	return netem.NewPool(func() *netem.Packet {
		b := new(struct {
			p netem.Packet
			d wire.Datagram
		})
		b.p.Payload, b.p.Protocol = &b.d, netem.UDP
		return &b.p
	})
}

// Host is the UDP layer of a host: it finds the socket of each datagram by its port, whoever sends.
type Host struct {
	network *netem.Network
	pool    *netem.Pool
	sockets map[uint16]*Socket // by local port
}

// NewHost makes h speak UDP.
func NewHost(h *netem.Host, pool *netem.Pool) *Host {
	u := &Host{network: h.Network, pool: pool, sockets: make(map[uint16]*Socket)}
	h.Handle(netem.UDP, u)
	return u
}

// Receive implements netem.Receiver. Unlike RFC 1122, section 4.1.3.1, no ICMP message says that
// nobody listens at a port, because senders would not heed it.
func (h *Host) Receive(p *netem.Packet) {
	if s := h.sockets[p.DstPort]; s != nil {
		s.receive(p)
	}
	p.Free()
}

// Arrival is a datagram that has come.
type Arrival struct {
	Now   sim.Time
	Bytes units.Bytes // of payload
}

// A Socket is one end of a flow of datagrams. To an application it is a Stream without an end,
// which keeps what it can deliver, and has always room.
type Socket struct {
	// Delivered reports each datagram that has come.
	Delivered probe.Point[Arrival]

	host     *Host
	route    *netem.Route
	port     uint16 // of both ends
	load     app.Workload
	sent     uint64 // bytes of payload
	received uint64 // bytes of payload
	unread   units.Bytes
	closed   bool
}

var _ app.Stream = (*Socket)(nil)

// Open returns a socket of h at port, which talks over route to the same port at the far end. It
// panics if h has one there.
func (h *Host) Open(route *netem.Route, port uint16) *Socket {
	if h.sockets[port] != nil {
		panic(fmt.Sprintf("udp: two sockets at port %d of %v", port, route.Src))
	}
	s := &Socket{host: h, route: route, port: port}
	h.sockets[port] = s
	return s
}

// Start lets load use the socket.
func (s *Socket) Start(load app.Workload) {
	s.load = load
	load.Start(s)
}

// Write implements app.Stream: n bytes are one datagram, unless they are more than
// wire.MaxDatagram.
func (s *Socket) Write(n units.Bytes) units.Bytes {
	if s.closed {
		return 0
	}
	for left := n; left > 0; left -= wire.MaxDatagram {
		s.send(min(left, wire.MaxDatagram))
	}
	return n
}

// send sends a datagram with n bytes of payload.
func (s *Socket) send(n units.Bytes) {
	p := s.host.pool.Get()
	d := p.Payload.(*wire.Datagram)
	*d = wire.Datagram{Pos: s.sent, Len: uint16(n)}
	s.sent += uint64(n)
	p.Src, p.Dst, p.SrcPort, p.DstPort = s.route.Src, s.route.Dst, s.port, s.port
	p.Route, p.ECN = s.route, netem.NotECT
	p.Size = Header + n
	s.host.network.Launch(p, d.Fingerprint())
}

// receive takes the payload of p.
func (s *Socket) receive(p *netem.Packet) {
	n := units.Bytes(p.Payload.(*wire.Datagram).Len)
	s.received += uint64(n)
	s.unread += n
	s.Delivered.Emit(Arrival{s.host.network.Engine().Now(), n})
	if s.load != nil {
		s.load.Readable()
	}
}

// Read implements app.Stream. Lost datagrams are missing, and those that overtook others come before them.
func (s *Socket) Read(n units.Bytes) units.Bytes {
	n = min(n, s.unread)
	s.unread -= n
	return n
}

// EOF implements app.Stream. No datagram says that it is the last.
func (s *Socket) EOF() bool { return false }

// CloseWrite implements app.Stream: s sends nothing any more.
func (s *Socket) CloseWrite() { s.closed = true }

// Port returns the port, the same at both ends.
func (s *Socket) Port() uint16 { return s.port }

// Route returns the way of what s sends.
func (s *Socket) Route() *netem.Route { return s.route }

// Queued returns the bytes that wait: none to be sent, and those that have not been read.
func (s *Socket) Queued() (send, receive units.Bytes) { return 0, s.unread }

// Progress returns how many bytes s has sent, and how many have come.
func (s *Socket) Progress() (written, received uint64) { return s.sent, s.received }

// Ended reports whether the application has closed s.
func (s *Socket) Ended() (over bool, err error) { return s.closed, nil }
