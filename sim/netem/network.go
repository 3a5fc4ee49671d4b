package netem

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/course"
	"mpsim/sim/probe"
	"mpsim/sim/rare"
)

// A Receiver takes ownership of the packets that reach its node.
type Receiver interface{ Receive(p *Packet) }

// A Network is a set of nodes joined by links. Packets carry their routes, so
// that routers decide nothing.
type Network struct {
	engine *sim.Engine
	nodes  []*Node
	links  []*Duplex
	byName map[string]*Duplex
	routes map[[2]Addr]*Route
	// hops holds all routes, one behind the other, each ended by nil.
	hops   []*Link
	sent   Count
	course course.Sum // of what was sent: see Course
	// Force, if not nil, forces rare cases, in the endpoints, too. It is set before Connect.
	Force *rare.Force
	// Altered: a middlebox may change payload. Receivers then count wrong bytes in
	// place of taking them for a defect of the simulator.
	Altered bool
}

// NewNetwork returns an empty network.
func NewNetwork(e *sim.Engine) *Network {
	return &Network{engine: e, byName: make(map[string]*Duplex), routes: make(map[[2]Addr]*Route)}
}

// Engine returns the engine that drives n.
func (n *Network) Engine() *sim.Engine { return n.engine }

// Nodes returns the nodes in order of creation.
func (n *Network) Nodes() []*Node { return n.nodes }

// Links returns the links in order of creation.
func (n *Network) Links() []*Duplex { return n.links }

// Link returns the link called name, or nil.
func (n *Network) Link(name string) *Duplex { return n.byName[name] }

// Interface returns the interface with address a, or nil.
func (n *Network) Interface(a Addr) *Interface {
	i := int(a >> 8 & 0xffff)
	if a>>24 != 10 || i >= len(n.links) {
		return nil
	}
	switch d := n.links[i]; a {
	case d.A.Addr:
		return d.A
	case d.B.Addr:
		return d.B
	}
	return nil
}

// A Node is a host or a router. Nodes with a receiver are hosts: no route passes
// through them.
type Node struct {
	receiver Receiver
	stats    NodeStats

	Name       string
	Interfaces []*Interface
	// Dropped reports packets that reached the node in vain.
	Dropped probe.Point[DropEvent]
	// Switched reports interfaces of the node that went up or down.
	Switched probe.Point[InterfaceEvent]

	index  int
	engine *sim.Engine
}

// AddNode adds a node.
func (n *Network) AddNode(name string) *Node {
	node := &Node{Name: name, index: len(n.nodes), engine: n.engine}
	n.nodes = append(n.nodes, node)
	return node
}

// SetReceiver makes r receive the packets that end here. Without a receiver they
// are dropped, for NoSocket.
func (d *Node) SetReceiver(r Receiver) { d.receiver = r }

// Stats returns the counters of d.
func (d *Node) Stats() NodeStats { return d.stats }

// receive takes a packet at the end of its route.
func (d *Node) receive(p *Packet, size uint32) {
	d.stats.Received.add(size)
	if d.receiver != nil {
		d.receiver.Receive(p)
	} else {
		d.refuse(p)
	}
}

// refuse drops p, which reached d and which nobody there wants.
func (d *Node) refuse(p *Packet) {
	size := uint32(p.Size)
	d.stats.Received.minus(size)
	d.stats.Dropped[NoSocket].add(size)
	d.Dropped.Emit(DropEvent{Now: d.engine.Now(), Node: d, Packet: p, Reason: NoSocket})
	p.Free()
}

// An Interface joins a node to a link.
type Interface struct {
	Addr Addr
	Node *Node
	Link *Duplex
	Out  *Link // away from the node
	In   *Link // towards the node
}

// InterfaceEvent is an interface that went up or down.
type InterfaceEvent struct {
	Now       sim.Time
	Interface *Interface
	Up        bool
}

// Up reports whether the link is up in both directions.
func (i *Interface) Up() bool { return i.Link.up }

// A Duplex is a pair of links between two nodes, one in each direction.
type Duplex struct {
	Name string
	Up   *Link // from A to B
	Down *Link // from B to A
	A, B *Interface
	up   bool // as the nodes know

	could [2]capacity // of Up and Down
}

// maxLinks is how many networks 10.x.y.0/24 there are.
const maxLinks = 1 << 16

// Connect joins a and b by a link; up describes the direction from a to b, down
// that from b to a. Each end is an interface with its own address: link number
// i, from 0, is network 10.(i>>8).(i&255).0, where a is host 1 and b host 2.
func (n *Network) Connect(name string, a, b *Node, up, down LinkConfig) *Duplex {
	switch {
	case n.byName[name] != nil:
		panic(fmt.Sprintf("netem: two links are called %q", name))
	case a == b:
		panic(fmt.Sprintf("netem: link %q joins %s to itself", name, a.Name))
	case len(n.links) == maxLinks:
		panic(fmt.Sprintf("netem: more than %d links", maxLinks))
	}
	d := &Duplex{Name: name, up: true}
	d.Up = newLink(n, d, name+".up", b, up)
	d.Down = newLink(n, d, name+".down", a, down)
	net := Addr(10<<24 | len(n.links)<<8)
	d.A = &Interface{Addr: net | 1, Node: a, Link: d, Out: d.Up, In: d.Down}
	d.B = &Interface{Addr: net | 2, Node: b, Link: d, Out: d.Down, In: d.Up}
	a.Interfaces = append(a.Interfaces, d.A)
	b.Interfaces = append(b.Interfaces, d.B)
	n.links = append(n.links, d)
	n.byName[name] = d
	return d
}

// SetUp takes both directions up or down; see Link.SetUp.
func (d *Duplex) SetUp(up bool) {
	d.Up.setUp(up)
	d.Down.setUp(up)
	d.announce()
}

// SetSilent makes both directions silent, or not; see Link.SetSilent.
func (d *Duplex) SetSilent(silent bool) {
	d.Up.SetSilent(silent)
	d.Down.SetSilent(silent)
}

// Silent reports whether both directions are silent.
func (d *Duplex) Silent() bool { return d.Up.Silent() && d.Down.Silent() }

// announce tells the nodes if the state of the interfaces has changed.
func (d *Duplex) announce() {
	up := d.Up.up && d.Down.up
	if up == d.up {
		return
	}
	d.up = up
	for _, i := range [...]*Interface{d.A, d.B} {
		i.Node.Switched.Emit(InterfaceEvent{Now: i.Node.engine.Now(), Interface: i, Up: up})
	}
}

// Launch puts p on the first link of its route. Content is a hash of what p carries, for Course.
func (n *Network) Launch(p *Packet, content uint64) {
	now, size := n.engine.Now(), uint32(p.Size)
	n.sent.add(size)
	const odd = 0x9e3779b97f4a7c15 // spreads a word over all bits
	n.course.Add(content+uint64(now)*odd,
		(uint64(p.Src)<<32|uint64(p.Dst))+(uint64(size)<<34|uint64(p.ECN)<<32|uint64(p.SrcPort)<<16|uint64(p.DstPort))*odd)
	first := p.Route.first
	n.hops[first].send(now, p, first+1, size)
}

// Discard lets go of the packets under way on links, which are most of the memory of a large network. All
// counts stay as they are; n must not run afterwards.
func (n *Network) Discard() {
	for _, d := range n.links {
		for _, l := range [...]*Link{d.Up, d.Down} {
			for i := range l.pipe.buf {
				l.pipe.buf[i].packet = nil
			}
		}
	}
}

// Send is Launch for a packet whose content does not matter.
func (n *Network) Send(p *Packet) { n.Launch(p, 0) }
