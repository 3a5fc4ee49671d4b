package netem

import (
	"slices"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// meddler is a middlebox that does to each packet what a test says.
type meddler func(p *Packet, t *Tap)

func (m meddler) Process(p *Packet, t *Tap) { m(p, t) }

// host is a host that notes what it receives.
type host struct {
	sizes []units.Bytes
	from  []Addr
	times []sim.Time
	eng   *sim.Engine
}

func (s *host) Receive(p *Packet) {
	s.sizes, s.from, s.times = append(s.sizes, p.Size), append(s.from, p.Src), append(s.times, s.eng.Now())
	p.Free()
}

// tapped returns a network of two hosts and one link of 8 Mb/s and 1 ms.
func tapped() (n *Network, d *Duplex, pool *Pool, a, b *host) {
	n = NewNetwork(sim.NewEngine())
	x, y := n.AddNode("a"), n.AddNode("b")
	c := func() LinkConfig {
		return LinkConfig{Rate: ConstantRate(8 * units.Mbps), Delay: ConstantDelay(time.Millisecond)}
	}
	d = n.Connect("l", x, y, c(), c())
	a, b = &host{eng: n.engine}, &host{eng: n.engine}
	x.SetReceiver(a)
	y.SetReceiver(b)
	return n, d, NewPool(func() *Packet { return new(Packet) }), a, b
}

// Whatever a box does to a packet, the packet is accounted for.
func TestMiddleboxConserves(t *testing.T) {
	for _, tt := range []struct {
		name   string
		box    meddler
		a, b   []units.Bytes // what arrives of 1000 bytes from a to b
		filter uint64        // packets dropped for Filtered
	}{
		{"forwards", func(p *Packet, t *Tap) { t.Forward(p) }, nil, []units.Bytes{1000}, 0},
		{"drops", func(p *Packet, t *Tap) { t.Drop(p) }, nil, nil, 1},
		{"absorbs", func(p *Packet, t *Tap) { t.Absorb(p) }, nil, nil, 0},
		{"keeps", func(*Packet, *Tap) {}, nil, nil, 0},
		{"grows", func(p *Packet, t *Tap) { t.Resize(p, 1100); t.Forward(p) }, nil, []units.Bytes{1100}, 0},
		{"shrinks", func(p *Packet, t *Tap) { t.Resize(p, 900); t.Forward(p) }, nil, []units.Bytes{900}, 0},
		{"splits", func(p *Packet, t *Tap) {
			q := t.New(p, 400)
			t.Resize(p, 600)
			t.Forward(q)
			t.Forward(p)
		}, nil, []units.Bytes{400, 600}, 0},
		{"answers", func(p *Packet, t *Tap) {
			t.Other().Forward(t.Reply(p, 40))
			t.Absorb(p)
		}, []units.Bytes{40}, nil, 0},
		{"delays", func(p *Packet, t *Tap) {
			t.Engine().At(sim.Time(5*time.Millisecond), func() { t.Forward(p) })
		}, nil, []units.Bytes{1000}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, d, pool, a, b := tapped()
			d.Insert(tt.box)
			r, err := n.Route(d.A.Addr, d.B.Addr)
			if err != nil {
				t.Fatal(err)
			}
			p := pool.Get()
			p.Size, p.Src, p.Dst, p.Route = 1000, r.Src, r.Dst, r
			n.Send(p)
			if err := n.Conserved(); err != nil {
				t.Error("on the way:", err)
			}
			n.engine.Run(sim.Time(time.Second))
			if err := n.Conserved(); err != nil {
				t.Error(err)
			}
			if !slices.Equal(a.sizes, tt.a) || !slices.Equal(b.sizes, tt.b) {
				t.Errorf("a got %v, b got %v; want %v, %v", a.sizes, b.sizes, tt.a, tt.b)
			}
			if got := n.Stats().Dropped[Filtered].Packets; got != tt.filter {
				t.Errorf("%d dropped, want %d", got, tt.filter)
			}
			if held := n.Stats().Held.Packets; uint64(pool.Live()) != held {
				t.Errorf("%d packets are out of the pool, %d held", pool.Live(), held)
			}
		})
	}
}

// Boxes stand in a row: a packet from a meets the first first, one from b the last.
func TestMiddleboxesStandInARow(t *testing.T) {
	n, d, pool, _, _ := tapped()
	var met []string
	for _, name := range []string{"one", "two", "three"} {
		d.Insert(meddler(func(p *Packet, t *Tap) {
			met = append(met, name)
			t.Forward(p)
		}))
	}
	r, err := n.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []*Route{r, r.Reverse} {
		p := pool.Get()
		p.Size, p.Src, p.Dst, p.Route = 100, way.Src, way.Dst, way
		n.Send(p)
	}
	want := []string{"one", "two", "three", "three", "two", "one"}
	if !slices.Equal(met, want) {
		t.Errorf("met %v, want %v", met, want)
	}
}

// A packet that meets a box that does nothing costs no memory.
func TestTapAllocatesNothing(t *testing.T) {
	n, d, pool, _, _ := tapped()
	d.B.Node.SetReceiver(nil)
	d.Insert(meddler(func(p *Packet, t *Tap) { t.Forward(p) }))
	r, err := n.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	step := func() {
		p := pool.Get()
		p.Size, p.Src, p.Dst, p.Route = 100, r.Src, r.Dst, r
		n.Send(p)
		n.engine.Run(n.engine.Now().Add(10 * time.Millisecond))
	}
	step()
	if got := testing.AllocsPerRun(100, step); got != 0 {
		t.Errorf("%v allocations a packet", got)
	}
}
