package netem

import (
	"fmt"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/course"
	"mpsim/sim/units"
)

// A pingPong is two hosts at a link, and two sockets that answer each packet by one: data one way,
// acknowledgements the other.
type pingPong struct {
	net  *Network
	pool *Pool
	hops uint64
}

// answerer sends a packet of the given size back for each that it receives.
type answerer struct {
	*pingPong
	route *Route
	size  units.Bytes
}

// Receive implements Receiver.
func (a *answerer) Receive(p *Packet) {
	a.hops++
	p.Free()
	a.send()
}

func (a *answerer) send() {
	p := a.pool.Get()
	p.Src, p.Dst, p.SrcPort, p.DstPort = a.route.Src, a.route.Dst, 1, 1
	p.Route, p.Size, p.Protocol = a.route, a.size, TCP
	a.net.Launch(p, uint64(a.hops))
}

// newPingPong joins pairs of hosts, each by a link of 100 Mb/s and an RTT of 20 ms that window packets fill.
func newPingPong(pairs, window int, observe bool) (*sim.Engine, *pingPong) {
	e := sim.NewEngine()
	b := &pingPong{net: NewNetwork(e), pool: NewPool(func() *Packet { return new(Packet) })}
	for i := range pairs {
		config := func() LinkConfig {
			return LinkConfig{
				Rate: ConstantRate(100 * units.Mbps), Delay: ConstantDelay(10 * time.Millisecond),
				Queue: &DropTail{LimitPackets: 2 * window},
			}
		}
		x, y := b.net.AddNode(fmt.Sprint("x", i)), b.net.AddNode(fmt.Sprint("y", i))
		d := b.net.Connect(fmt.Sprint("l", i), x, y, config(), config())
		if observe {
			for _, l := range [...]*Link{d.Up, d.Down} {
				l.Points.Dequeued.Observe(func(DequeueEvent) {})
			}
		}
		there, err := b.net.Route(d.A.Addr, d.B.Addr)
		if err != nil {
			panic(err)
		}
		client := &answerer{b, there, 1500}
		server := &answerer{b, there.Reverse, 52}
		NewHost(b.net, x).Bind(Tuple{there.Src, there.Dst, 1, 1, TCP}, client)
		NewHost(b.net, y).Bind(Tuple{there.Dst, there.Src, 1, 1, TCP}, server)
		e.At(sim.Time(i)*sim.Time(20*time.Millisecond)/sim.Time(pairs), func() {
			for range window {
				client.send()
			}
		})
	}
	e.Run(sim.Time(100 * time.Millisecond))
	return e, b
}

// BenchmarkHop takes the time of a packet that is launched, crosses a link and is received.
func BenchmarkHop(b *testing.B) {
	for _, pairs := range []int{1, 100, 1000} {
		for _, observe := range []bool{false, true} {
			name := fmt.Sprint("pairs=", pairs)
			if observe {
				name += ",observed"
			}
			b.Run(name, func(b *testing.B) {
				e, p := newPingPong(pairs, 200, observe)
				b.ReportAllocs()
				b.ResetTimer()
				for end := p.hops + uint64(b.N); p.hops < end; {
					e.Run(e.Now().Add(time.Millisecond / 10))
				}
			})
		}
	}
}

// Looking ahead changes nothing, whatever is under way.
func TestLookAheadChangesNothing(t *testing.T) {
	run := func(look bool) uint64 {
		e, p := newPingPong(20, 30, true)
		for range 300 {
			e.Run(e.Now().Add(171 * time.Microsecond))
			for _, d := range p.net.Links() {
				for step := 0; look && step < 4; step++ {
					d.Up.LookAhead(step)
					d.Down.LookAhead(step)
				}
			}
		}
		return course.Mix(p.net.Course(), e.Hash())
	}
	if run(true) != run(false) {
		t.Error("the run takes another course")
	}
}
