package netem

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// A bench is two nodes joined by one link, a source that offers packets at given
// times and a sink that logs what becomes of them.
type bench struct {
	*sim.Engine
	net   *Network
	link  *Link
	route *Route
	pool  *Pool
	log   []string
	plan  []offer
	next  int
	timer sim.Timer
}

type offer struct {
	at   sim.Time
	size units.Bytes
}

func newBench(c LinkConfig, plan ...offer) *bench {
	b := &bench{Engine: sim.NewEngine(), pool: NewPool(func() *Packet { return &Packet{Payload: new(int)} }), plan: plan}
	b.net = NewNetwork(b.Engine)
	src, dst := b.net.AddNode("src"), b.net.AddNode("dst")
	d := b.net.Connect("link", src, dst, c, LinkConfig{Rate: ConstantRate(units.Gbps)})
	b.link = d.Up
	b.route, _ = b.net.Route(d.A.Addr, d.B.Addr)
	dst.SetReceiver(b)
	b.link.Points.Dropped.Observe(func(e DropEvent) {
		b.note(e.Now, e.Reason.String(), e.Packet)
	})
	b.timer.Init(b.Engine, b, 0)
	if len(plan) > 0 {
		b.timer.Arm(plan[0].at)
	}
	return b
}

func (b *bench) note(at sim.Time, what string, p *Packet) {
	b.log = append(b.log, fmt.Sprintf("%d %s %d", at, what, *p.Payload.(*int)))
}

func (b *bench) Receive(p *Packet) {
	b.note(b.Now(), "arrived", p)
	p.Free()
}

// HandleTimer offers the next packet.
func (b *bench) HandleTimer(int) {
	o := b.plan[b.next]
	p := b.pool.Get()
	*p.Payload.(*int) = b.next
	p.Size, p.Route = o.size, b.route
	if b.next++; b.next < len(b.plan) {
		b.timer.Arm(b.plan[b.next].at)
	}
	b.net.Send(p)
}

func (b *bench) want(t *testing.T, log ...string) {
	t.Helper()
	if !slices.Equal(b.log, log) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(b.log, "\n"), strings.Join(log, "\n"))
	}
	if err := b.net.Conserved(); err != nil {
		t.Error(err)
	}
}

// kbps8 is a byte a millisecond, ms a millisecond.
const (
	kbps8 = ConstantRate(8000)
	ms    = sim.Time(time.Millisecond)
)

// Packets wait for one another, then propagate together.
func TestLinkStoreAndForward(t *testing.T) {
	b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(5 * time.Millisecond)},
		offer{0, 10}, offer{0, 20}, offer{3 * ms, 1}, offer{100 * ms, 10})
	b.Run(4 * ms)
	if n, q, d := b.link.QueueLen(), b.link.QueueBytes(), b.link.QueueDelay(); n != 3 || q != 31 || d != 27*time.Millisecond {
		t.Errorf("queue of %d packets, %d bytes, %v, want 3, 31, 27ms", n, q, d)
	}
	b.Run(sim.Never)
	b.want(t, "15000000 arrived 0", "35000000 arrived 1", "36000000 arrived 2", "115000000 arrived 3")
}

// The n-th of packets sent back to back leaves after ceil(n*8*size/rate),
// however the rate divides.
func TestLinkDoesNotDrift(t *testing.T) {
	const n, size, rate = 100_000, 1500, 7_000_003
	for _, fast := range []bool{true, false} {
		b := newBench(LinkConfig{Rate: ConstantRate(rate)}, slices.Repeat([]offer{{0, size}}, n)...)
		b.link.fast = fast
		b.Run(sim.Never)
		want := sim.Time((n*size*8*1_000_000_000 + rate - 1) / rate)
		if b.Now() != want {
			t.Errorf("fast=%t: last packet left at %d, want %d", fast, b.Now(), want)
		}
	}
}

// A departure at an instant frees its place before an arrival at that instant.
func TestLinkTie(t *testing.T) {
	for _, fast := range []bool{true, false} {
		b := newBench(LinkConfig{Rate: kbps8, Queue: &DropTail{LimitPackets: 1, CountInService: true}},
			offer{0, 10}, offer{10*ms - 1, 10}, offer{10 * ms, 10})
		b.link.fast = fast
		b.Run(sim.Never)
		b.want(t, "9999999 overflow 1", "10000000 arrived 0", "20000000 arrived 2")
	}
}

func TestLinkSetRate(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes map[sim.Time]Rate
		want    []string
	}{
		{"half of the bits at half the rate", map[sim.Time]Rate{5 * ms: ConstantRate(4000)},
			[]string{"15000000 arrived 0", "35000000 arrived 1"}},
		{"twice", map[sim.Time]Rate{5 * ms: ConstantRate(4000), 7 * ms: ConstantRate(8_000_000)},
			[]string{"7004000 arrived 0", "7014000 arrived 1"}},
		{"stop and go", map[sim.Time]Rate{5 * ms: ConstantRate(0), 50 * ms: kbps8},
			[]string{"55000000 arrived 0", "65000000 arrived 1"}},
		{"at the end of a transmission", map[sim.Time]Rate{10 * ms: ConstantRate(4000)},
			[]string{"10000000 arrived 0", "30000000 arrived 1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(LinkConfig{Rate: kbps8}, offer{0, 10}, offer{0, 10})
			for at := sim.Time(0); at < 100*ms; at += ms {
				b.Run(at)
				if r := test.changes[at]; r != nil {
					b.link.SetRate(r)
				}
			}
			b.want(t, test.want...)
		})
	}
}

// A link that goes down drops what it holds but not what propagates, and then
// what it is offered; the nodes are told.
func TestLinkDown(t *testing.T) {
	b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(100 * time.Millisecond)},
		offer{0, 10}, offer{0, 10}, offer{0, 10}, offer{20 * ms, 10}, offer{40 * ms, 10})
	for _, node := range b.net.Nodes() {
		node.Switched.Observe(func(e InterfaceEvent) {
			b.log = append(b.log, fmt.Sprintf("%d %s %v %t", e.Now, node.Name, e.Interface.Addr, e.Up && e.Interface.Up()))
		})
	}
	b.Run(15 * ms)
	b.link.SetUp(false)
	b.Run(30 * ms)
	b.link.SetUp(true)
	b.Run(sim.Never)
	b.want(t, "15000000 down 1", "15000000 down 2", "15000000 src 10.0.0.1 false", "15000000 dst 10.0.0.2 false",
		"20000000 down 3", "30000000 src 10.0.0.1 true", "30000000 dst 10.0.0.2 true",
		"110000000 arrived 0", "150000000 arrived 4")
}

// A silent link loses what it transmits from then on, and nobody is told: the queue goes on,
// what propagates arrives, and the loss process stands still.
func TestLinkSilent(t *testing.T) {
	for _, fast := range []bool{true, false} {
		own := &third{}
		b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(100 * time.Millisecond), Loss: own}, slices.Repeat([]offer{{0, 10}}, 8)...)
		b.link.fast = fast
		for _, node := range b.net.Nodes() {
			node.Switched.Observe(func(InterfaceEvent) { t.Error("a node was told") })
		}
		d := b.link.Duplex()
		b.Run(15 * ms)
		d.SetSilent(true) // packet 0 propagates, 1 is in transmission
		d.SetSilent(true)
		if !d.Silent() || !d.Up.Up() {
			t.Error("the link is not silent, or not up")
		}
		b.Run(45 * ms)
		d.SetSilent(false)
		if d.Silent() {
			t.Error("the link is silent")
		}
		b.Run(sim.Never)
		b.want(t, "20000000 channel 1", "30000000 channel 2", "40000000 channel 3", "60000000 channel 5",
			"110000000 arrived 0", "150000000 arrived 4", "170000000 arrived 6", "180000000 arrived 7")
	}
	b := newBench(LinkConfig{Rate: kbps8}, slices.Repeat([]offer{{0, 10}}, 3)...)
	b.link.SetSilent(true)
	b.link.SetLoss(always(true)) // is its own afterwards
	b.Run(15 * ms)
	b.link.SetSilent(false)
	b.Run(25 * ms)
	b.link.SetLoss(nil)
	b.Run(sim.Never)
	b.want(t, "10000000 channel 0", "20000000 channel 1", "30000000 arrived 2")
}

// third loses the third packet that it is asked about.
type third struct{ asked int }

func (l *third) Lose(sim.Time, *Packet) bool { l.asked++; return l.asked == 3 }

// delays gives packets the listed delays in turn.
type delays struct {
	list    []time.Duration
	inOrder bool
}

func (d *delays) Of(sim.Time, *Packet) time.Duration {
	first := d.list[0]
	d.list = d.list[1:]
	return first
}
func (d *delays) InOrder() bool      { return d.inOrder }
func (d *delays) Min() time.Duration { return 0 }

func TestLinkOrder(t *testing.T) {
	list := []time.Duration{50e6, 10e6, 10e6, 30e6}
	plan := slices.Repeat([]offer{{0, 10}}, 4)
	b := newBench(LinkConfig{Rate: kbps8, Delay: &delays{list, false}}, plan...)
	b.Run(sim.Never)
	b.want(t, "30000000 arrived 1", "40000000 arrived 2", "60000000 arrived 0", "70000000 arrived 3")
	b = newBench(LinkConfig{Rate: kbps8, Delay: &delays{list, true}}, plan...)
	b.Run(sim.Never)
	b.want(t, "60000000 arrived 0", "60000000 arrived 1", "60000000 arrived 2", "70000000 arrived 3")
}

// coin loses packets at random, and checks that it is asked in time order.
type coin struct {
	*rand.Rand
	t    *testing.T
	last sim.Time
}

func (c *coin) Lose(now sim.Time, p *Packet) bool {
	if now < c.last {
		c.t.Errorf("asked for %v after %v", now, c.last)
	}
	c.last = now
	return c.IntN(10) == 0
}

// The fast path and the general path give each packet the same fate at the same
// time, and so does a link that changes from one to the other under way.
func TestFastEqualsGeneral(t *testing.T) {
	for _, queue := range []DropTail{
		{},
		{LimitPackets: 1},
		{LimitPackets: 5},
		{LimitPackets: 5, CountInService: true},
		{LimitBytes: 4000},
		{LimitBytes: 4000, CountInService: true},
		{LimitPackets: 4, LimitBytes: 5000},
	} {
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 0))
			rate := []units.Bandwidth{7_000_003, 8 * units.Mbps, 12 * units.Mbps}[r.IntN(3)]
			plan := make([]offer, 400)
			var at sim.Time
			for i := range plan {
				plan[i] = offer{at, units.Bytes(40 + 1460*r.IntN(2))}
				switch r.IntN(3) {
				case 0:
					at += sim.Time(r.IntN(3_000_000))
				case 1:
					at += 1_500_000 // ties with departures at 8 Mbit/s
				}
			}
			run := func(until sim.Time, change func(*bench)) ([]string, uint64) {
				q := queue
				b := newBench(LinkConfig{Rate: ConstantRate(rate), Delay: ConstantDelay(10 * time.Millisecond), Queue: &q,
					Loss: &coin{Rand: rand.New(rand.NewPCG(seed, 1)), t: t}}, plan...)
				change(b)
				b.Run(until)
				if until != sim.Never {
					return nil, b.net.Course()
				}
				if err := b.net.Conserved(); err != nil {
					t.Fatal(err)
				}
				slices.Sort(b.log) // losses on the fast path are reported late
				if b.pool.Live() != 0 {
					t.Errorf("%d packets leaked", b.pool.Live())
				}
				return b.log, b.net.Course()
			}
			generalize := func(b *bench) { b.link.fast = false }
			fast, course := run(sim.Never, func(*bench) {})
			general, generalCourse := run(sim.Never, generalize)
			changed, changedCourse := run(sim.Never, func(b *bench) {
				b.Run(sim.Time(r.Int64N(int64(at) + 1)))
				b.link.generalize()
			})
			if !slices.Equal(fast, general) {
				t.Fatalf("%+v, seed %d: general path differs", queue, seed)
			}
			if !slices.Equal(fast, changed) {
				t.Fatalf("%+v, seed %d: changed path differs", queue, seed)
			}
			if course != generalCourse || course != changedCourse {
				t.Errorf("%+v, seed %d: the hashes of the course are %x, %x on the general path, %x after a change",
					queue, seed, course, generalCourse, changedCourse)
			}
			// A run that ends while packets are under way: what they will meet does not count yet.
			end := sim.Time(r.Int64N(int64(at) + 1))
			_, a := run(end, func(*bench) {})
			if _, b := run(end, generalize); a != b {
				t.Errorf("%+v, seed %d: until %v the hashes of the course are %x, %x on the general path", queue, seed, end, a, b)
			}
		}
	}
}

// A network that lets go of its packets keeps all counts, those that are under way among them.
func TestDiscard(t *testing.T) {
	n := NewNetwork(sim.NewEngine())
	a, b := n.AddNode("a"), n.AddNode("b")
	config := LinkConfig{Rate: ConstantRate(1e6), Delay: ConstantDelay(time.Second)}
	d := n.Connect("l", a, b, config, config)
	route, err := n.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	pool := NewPool(func() *Packet { return new(Packet) })
	for range 10 {
		p := pool.Get()
		p.Src, p.Dst, p.Route, p.Size = route.Src, route.Dst, route, 1000
		n.Send(p)
	}
	n.Engine().Run(sim.Time(20 * time.Millisecond)) // two have departed
	before, queued := d.Up.Stats(), d.Up.QueueLen()
	n.Discard()
	pool.Trim()
	if after := d.Up.Stats(); after != before || d.Up.QueueLen() != queued || queued != 8 || before.Held.Packets != 10 || pool.Live() != 10 {
		t.Errorf("%+v, %d queued, %d live; before it %+v, %d queued", after, d.Up.QueueLen(), pool.Live(), before, queued)
	}
	if err := n.Conserved(); err != nil {
		t.Error(err)
	}
}
