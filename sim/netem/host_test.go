package netem

import (
	"math/rand/v2"
	"testing"

	"mpsim/sim"
)

// heard is a socket, or a handler, that counts.
type heard int

func (h *heard) Receive(p *Packet) { *h++; p.Free() }

// A table of sockets finds what a map finds, whatever is entered and removed.
func TestSocketsAreAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var table sockets
	twin := make(map[Tuple]Receiver)
	draw := func() Tuple { // from so few that all come again, and homes collide
		return Tuple{Addr(r.IntN(2)), Addr(r.IntN(3)), uint16(r.IntN(4)), uint16(r.IntN(3)), Protocol(r.IntN(2))}
	}
	for range 100_000 {
		at := draw()
		switch _, there := twin[at]; {
		case !there && r.IntN(3) > 0:
			twin[at] = new(heard)
			table.add(at, twin[at])
		case there:
			table.remove(at)
			delete(twin, at)
		}
		at = draw()
		if got, want := table.find(at.key()), twin[at]; got != want {
			t.Fatalf("%v: found %v, want %v, of %d", at, got, want, len(twin))
		}
		if table.len != len(twin) || 2*table.len > len(table.slots) {
			t.Fatalf("%d sockets in %d slots, want %d in at least twice as many", table.len, len(table.slots), len(twin))
		}
	}
	for at, want := range twin {
		if table.find(at.key()) != want {
			t.Errorf("%v is lost", at)
		}
	}
}

// A packet goes to the socket of its protocol, addresses and ports, else to the handler of its protocol,
// else it is dropped, for NoSocket.
func TestHostDemultiplexes(t *testing.T) {
	n := NewNetwork(sim.NewEngine())
	a, b := n.AddNode("a"), n.AddNode("b")
	d := n.Connect("l", a, b, LinkConfig{Rate: ConstantRate(1e6)}, LinkConfig{Rate: ConstantRate(1e6)})
	h := NewHost(n, b)
	route, err := n.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	pool := NewPool(func() *Packet { return new(Packet) })
	send := func(proto Protocol, src, dst uint16) {
		p := pool.Get()
		p.Protocol, p.Src, p.Dst, p.SrcPort, p.DstPort, p.Route, p.Size = proto, route.Src, route.Dst, src, dst, route, 100
		n.Send(p)
	}
	var socket, handler heard
	h.Bind(Tuple{route.Dst, route.Src, 80, 1000, TCP}, &socket)
	h.Handle(TCP, &handler)
	send(TCP, 1000, 80) // the socket's
	send(TCP, 1001, 80) // another remote port
	send(TCP, 1000, 81) // another local port
	send(UDP, 1000, 80) // another protocol, which nobody handles
	n.Engine().Run(sim.Never)
	if socket != 1 || handler != 2 || b.Stats().Dropped[NoSocket].Packets != 1 {
		t.Errorf("socket %d, handler %d, dropped %v; want 1, 2 and 1", socket, handler, b.Stats().Dropped[NoSocket])
	}
	if err := n.Conserved(); err != nil || pool.Live() != 0 {
		t.Errorf("%v, %d packets are not free", err, pool.Live())
	}
	at := Tuple{route.Dst, route.Src, 80, 1000, TCP}
	var second heard
	for i, step := range []func(){ // who is found changes with who is there
		func() { h.Unbind(at) }, func() { h.Bind(at, &second) }, func() {}, func() { h.Unbind(at) },
	} {
		step()
		send(TCP, 1000, 80)
		n.Engine().Run(sim.Never)
		if want := heard(min(i, 2)); second != want || socket != 1 || handler+second != heard(3+i) {
			t.Errorf("step %d: socket %d, second %d, handler %d", i, socket, second, handler)
		}
	}
	if h.Sockets() != 0 {
		t.Errorf("%d sockets are left", h.Sockets())
	}
}

// Ephemeral ports go round, and pass over those in use with the same peer.
func TestEphemeralPorts(t *testing.T) {
	n := NewNetwork(sim.NewEngine())
	a, b := n.AddNode("a"), n.AddNode("b")
	d := n.Connect("l", a, b, LinkConfig{Rate: ConstantRate(1e6)}, LinkConfig{Rate: ConstantRate(1e6)})
	h := NewHost(n, a)
	route, err := n.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	h.Bind(Tuple{route.Src, route.Dst, firstEphemeral + 1, 80, TCP}, new(heard))
	for i, want := range []uint16{firstEphemeral, firstEphemeral + 2, firstEphemeral + 3} {
		if got := h.EphemeralPort(TCP, route, 80); got != want {
			t.Errorf("port %d is %d, want %d", i, got, want)
		}
	}
	for range ephemeral - 4 {
		h.EphemeralPort(TCP, route, 80)
	}
	for _, want := range []uint16{firstEphemeral, firstEphemeral + 2} {
		if got := h.EphemeralPort(TCP, route, 80); got != want {
			t.Errorf("after the last port comes %d, want %d", got, want)
		}
	}
	for port := firstEphemeral; port < 1<<16; port++ {
		if at := (Tuple{route.Src, route.Dst, uint16(port), 80, TCP}); h.sockets.find(at.key()) == nil {
			h.Bind(at, new(heard))
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a port that is in use was given out")
		}
	}()
	h.EphemeralPort(TCP, route, 80)
}
