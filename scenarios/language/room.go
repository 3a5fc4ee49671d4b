package language

import (
	"math/rand/v2"
	"reflect"
	"slices"

	"mpsim/mptcp/udp"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/units"
	"mpsim/topology"
)

// headers returns what surrounds the payload of a segment, at most, and as much as its handshake and ACKs
// have: of IPv4 and TCP, and 40 bytes of options or, without MPTCP, 20.
func (f *Flow) headers() units.Bytes {
	if f.MPTCP() {
		return 80
	}
	return 60
}

// mtu returns the size of a full packet of f, which both ends take.
func (f *Flow) mtu() units.Bytes { return units.Bytes(min(f.TCP.MTU, f.Server.TCP.MTU)) }

// packets returns the size of the largest packet that f sends to the node that it is to, and of the largest
// that comes back; 0: none.
func (f *Flow) packets() (there, back units.Bytes) {
	if f.UDP() {
		chunk, _ := f.Workload.Look().(app.Source).Offers()
		return chunk + udp.Header, 0
	}
	full := func(bytes units.Bytes) units.Bytes { return min(f.mtu(), min(bytes, f.mtu())+f.headers()) }
	switch w := f.Workload.Look().(type) {
	case *app.RPC:
		return full(w.Request), full(w.Response)
	case *app.File:
		if w.Distribution == "fixed" {
			return full(w.Size), f.headers()
		}
	case app.Source: // chunks that go one by one
		chunk, _ := w.Offers()
		return full(chunk), f.headers()
	}
	return f.mtu(), f.headers()
}

// A hungry packet is the largest that flows put into a queue.
type hungry struct {
	size  units.Bytes
	flows []string
}

// checkRoom refuses queues that a packet of a flow does not fit in, even though they are empty: it would be
// sent again and again, and lost each time.
func (s *Scenario) checkRoom(d *document) {
	needs := make(map[topology.Hop]*hungry)
	for i := range s.Flows {
		f := &s.Flows[i]
		there, back := f.packets()
		for k := range f.Pairs {
			for _, routes := range f.Pairs[k].Routes {
				for _, route := range routes {
					if !s.altered(route) {
						f.need(needs, route, there, back)
					}
				}
			}
		}
	}
	for i := range s.Links {
		for _, down := range []bool{false, true} {
			if n := needs[topology.Hop{Link: i, Down: down}]; n != nil {
				s.checkQueue(d, i, down, n)
			}
		}
	}
}

// altered reports whether a middlebox is on the way, which may send other packets than it got.
func (s *Scenario) altered(route []topology.Hop) bool {
	return slices.ContainsFunc(route, func(h topology.Hop) bool { return len(s.Links[h.Link].Middleboxes) > 0 })
}

// need notes the largest packets of f on a route, there and back.
func (f *Flow) need(needs map[topology.Hop]*hungry, route []topology.Hop, there, back units.Bytes) {
	for _, hop := range route {
		if !f.FromOpens() { // routes begin at the client
			hop.Down = !hop.Down
		}
		need(needs, hop, there, f.Name)
		hop.Down = !hop.Down
		need(needs, hop, back, f.Name)
	}
}

// need notes that a flow has packets of a size over a hop.
func need(needs map[topology.Hop]*hungry, hop topology.Hop, size units.Bytes, flow string) {
	switch n := needs[hop]; {
	case size == 0:
	case n == nil:
		needs[hop] = &hungry{size, []string{flow}}
	case size > n.size:
		n.size, n.flows = size, []string{flow}
	case size == n.size && n.flows[len(n.flows)-1] != flow:
		n.flows = append(n.flows, flow)
	}
}

// checkQueue puts the largest packet of flows into the empty queue of a direction of link i, under its own limit and
// under those of events.
func (s *Scenario) checkQueue(d *document, i int, down bool, n *hungry) {
	l := &s.Links[i]
	queue := l.Queue.Up
	if down {
		queue = l.Queue.Down
	}
	of := l.QueueLink(down)
	of.Rand = rand.New(rand.NewPCG(s.Seed, 0))
	d.checkModel(d.directionKey("link", i, "queue", down), queue.Look(), of, n)
	for k := range s.Events {
		if e := &s.Events[k]; e.Link == l.Name && !e.Limit.Of(down).IsZero() {
			changed := queue.New()
			reflect.ValueOf(changed).Elem().FieldByName("Limit").Set(reflect.ValueOf(e.Limit.Of(down)))
			d.checkModel(d.directionKey("event", k, "limit", down), changed, of, n)
		}
	}
}

// checkModel puts the largest packet of flows into an empty queue.
func (d *document) checkModel(path string, queue Queue, of qdisc.Link, n *hungry) {
	if takes(queue, of, n.size) {
		return
	}
	size := units.Bytes(0)
	for step := units.Bytes(1 << 16); step > 0; step /= 2 {
		if takes(queue, of, size+step) {
			size += step
		}
	}
	d.fail(path, "packets of %v of flow %s do not fit in, even when it is empty: it has room for %v at %v and a round trip of %v; "+
		"want a limit of %v or more, or a smaller tcp.mtu",
		n.size, some(n.flows), size, of.Rate, of.RTT, n.size)
}

// takes reports whether an empty queue may take a packet of a size. A queue that drops at random gets
// several.
func takes(model Queue, of qdisc.Link, size units.Bytes) bool {
	for range 100 {
		if model.Make(of).Enqueue(0, &netem.Packet{Size: size}, refusal{}) {
			return true
		}
	}
	return false
}

// A refusal takes what a queue drops.
type refusal struct{}

// Drop implements netem.Dropper.
func (refusal) Drop(sim.Time, *netem.Packet, netem.Reason) {}

// Mark implements netem.Dropper.
func (refusal) Mark(*netem.Packet) {}
