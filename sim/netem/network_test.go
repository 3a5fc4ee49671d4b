package netem

import (
	"strings"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// config is a link of the given delay.
func config(d time.Duration) LinkConfig {
	return LinkConfig{Rate: ConstantRate(10 * units.Mbps), Delay: ConstantDelay(d)}
}

// A graph is a network under test; its nodes are made as they are named.
type graph struct {
	*Network
	nodes map[string]*Node
}

func newGraph() *graph { return &graph{NewNetwork(sim.NewEngine()), make(map[string]*Node)} }

func (g *graph) node(name string) *Node {
	if g.nodes[name] == nil {
		g.nodes[name] = g.AddNode(name)
	}
	return g.nodes[name]
}

// join makes links described as "name a b", all of delay d.
func (g *graph) join(d time.Duration, links ...string) {
	for _, l := range links {
		f := strings.Fields(l)
		g.Connect(f[0], g.node(f[1]), g.node(f[2]), config(d), config(d))
	}
}

func names(r *Route) string {
	var s []string
	for _, l := range r.Links() {
		s = append(s, l.Name)
	}
	return strings.Join(s, " ")
}

type sink struct{}

func (sink) Receive(p *Packet) { p.Free() }

// Client and server with an interface to each of two access networks, which
// meet in a core.
func twoPaths() *graph {
	g := newGraph()
	g.join(time.Millisecond, "wifi client ap", "lte client enb", "fibre ap core", "radio enb core", "eth core server")
	return g
}

func TestAddresses(t *testing.T) {
	g := twoPaths()
	for i, d := range g.Links() {
		if a := (Addr(10<<24 | i<<8 | 1)); d.A.Addr != a || d.B.Addr != a+1 {
			t.Errorf("%s has addresses %v and %v", d.Name, d.A.Addr, d.B.Addr)
		}
		if g.Interface(d.A.Addr) != d.A || g.Interface(d.B.Addr) != d.B || g.Link(d.Name) != d {
			t.Errorf("%s is not found", d.Name)
		}
	}
	for _, a := range []Addr{0, 10 << 24, 10<<24 | 3, 10<<24 | 99<<8 | 1, 11<<24 | 1} {
		if g.Interface(a) != nil {
			t.Errorf("%v is an interface", a)
		}
	}
}

func TestRoute(t *testing.T) {
	two := twoPaths()
	diamond := newGraph() // equal hops: delay decides, then the order of creation
	diamond.join(time.Millisecond, "in a r", "slow1 r x")
	diamond.join(3*time.Millisecond, "slow2 x s")
	diamond.join(time.Millisecond, "fast1 r y", "fast2 y s", "also1 r z", "also2 z s", "out s b")
	multi := newGraph() // server with two interfaces on networks that meet only in hosts
	multi.join(time.Millisecond, "c1 client r1", "c2 client r2", "s1 r1 server", "s2 r2 server")
	direct := newGraph()
	direct.join(time.Millisecond, "one a b", "two a b")
	hosts := newGraph() // the short way is through a host
	hosts.join(time.Millisecond, "a1 a r", "h1 r h", "h2 h b", "r1 r s", "r2 s t", "r3 t b")
	hosts.node("h").SetReceiver(sink{})
	for _, test := range []struct {
		name        string
		g           *graph
		src, dst    Addr
		there, back string
	}{
		{"by the interface of src", two, two.Link("lte").A.Addr, two.Link("eth").B.Addr,
			"lte.up radio.up eth.up", "eth.down radio.down lte.down"},
		{"to the interface of dst", two, two.Link("eth").B.Addr, two.Link("lte").A.Addr,
			"eth.down radio.down lte.down", "lte.up radio.up eth.up"},
		{"least delay", diamond, diamond.Link("in").A.Addr, diamond.Link("out").B.Addr,
			"in.up fast1.up fast2.up out.up", "out.down fast2.down fast1.down in.down"},
		{"weak host", multi, multi.Link("c1").A.Addr, multi.Link("s2").B.Addr,
			"c1.up s1.up", "s2.down c2.down"},
		{"direct", direct, direct.Link("two").B.Addr, direct.Link("two").A.Addr, "two.down", "two.up"},
		{"direct, weak host", direct, direct.Link("one").A.Addr, direct.Link("two").B.Addr, "one.up", "two.down"},
		{"not through hosts", hosts, hosts.Link("a1").A.Addr, hosts.Link("r3").B.Addr,
			"a1.up r1.up r2.up r3.up", "r3.down r2.down r1.down a1.down"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := test.g.Route(test.src, test.dst)
			if err != nil {
				t.Fatal(err)
			}
			if got := names(r); got != test.there {
				t.Errorf("goes %s, want %s", got, test.there)
			}
			if got := names(r.Reverse); got != test.back {
				t.Errorf("comes back %s, want %s", got, test.back)
			}
			if r.Src != test.src || r.Dst != test.dst || r.Reverse.Src != r.Dst || r.Reverse.Dst != r.Src || r.Reverse.Reverse != r {
				t.Error("addresses or reverse do not match")
			}
			if again, _ := test.g.Route(test.dst, test.src); again != r.Reverse {
				t.Error("the route back is another one when asked for")
			}
		})
	}
	r, _ := two.Route(two.Link("wifi").A.Addr, two.Link("eth").B.Addr)
	if d := r.BaseDelay(); d != 3*time.Millisecond {
		t.Errorf("base delay %v, want 3ms", d)
	}
}

func TestRouteErrors(t *testing.T) {
	g := twoPaths()
	g.join(time.Millisecond, "island x y")
	client, server := g.Link("wifi").A.Addr, g.Link("eth").B.Addr
	for _, test := range []struct {
		src, dst Addr
		want     string
	}{
		{5, server, "no interface has address 0.0.0.5"},
		{client, 5, "no interface has address 0.0.0.5"},
		{client, g.Link("lte").A.Addr, "10.0.0.1 and 10.0.1.1 are addresses of one node, client"},
		{client, g.Link("island").A.Addr, "no way from 10.0.0.1 (client) to 10.0.5.1 (x)"},
	} {
		if _, err := g.Route(test.src, test.dst); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestVia(t *testing.T) {
	g := twoPaths()
	r, err := g.Via(g.node("server"), g.node("client"), []string{"eth", "radio", "lte"})
	if err != nil {
		t.Fatal(err)
	}
	if names(r) != "eth.down radio.down lte.down" || names(r.Reverse) != "lte.up radio.up eth.up" || r.Reverse.Reverse != r {
		t.Errorf("goes %s, back %s", names(r), names(r.Reverse))
	}
	if r.Src != g.Link("eth").B.Addr || r.Dst != g.Link("lte").A.Addr || r.Reverse.Src != r.Dst || r.Reverse.Dst != r.Src {
		t.Errorf("from %v to %v", r.Src, r.Dst)
	}
	for _, test := range []struct {
		links []string
		want  string
	}{
		{nil, "a route from client to server over no links"},
		{[]string{"wifi", "fiber"}, `no link is called "fiber"`},
		{[]string{"wifi", "radio"}, `link "radio" joins enb and core, not ap, where the route from client has come`},
		{[]string{"wifi", "fibre"}, `the last link, "fibre", ends at core, not at server`},
	} {
		if _, err := g.Via(g.node("client"), g.node("server"), test.links); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

// Every packet is counted once at each place it comes to.
func TestConservation(t *testing.T) {
	g := twoPaths()
	g.Link("radio").Up.queue = &DropTail{LimitPackets: 3}
	r, err := g.Via(g.node("client"), g.node("server"), []string{"lte", "radio", "eth"})
	if err != nil {
		t.Fatal(err)
	}
	e := g.Engine()
	pool := NewPool(func() *Packet { return new(Packet) })
	burst := func(n int) {
		for range n {
			p := pool.Get()
			p.Size, p.Route = 1250, r // 1 ms each
			g.Send(p)
		}
	}
	g.Link("radio").Up.SetRate(ConstantRate(5 * units.Mbps))
	burst(20)
	for at := sim.Time(0); at < sim.Time(200*time.Millisecond); at += sim.Time(777 * time.Microsecond) {
		e.Run(at)
		if err := g.Conserved(); err != nil {
			t.Fatalf("at %v: %v", at, err)
		}
		if at == sim.Time(777*13*time.Microsecond) {
			g.Link("eth").SetUp(false)
		}
		if at == sim.Time(777*20*time.Microsecond) {
			g.Link("eth").SetUp(true)
			g.node("server").SetReceiver(sink{})
		}
	}
	e.Run(sim.Never)
	s := g.Stats()
	if s.Held.Packets != 0 || s.Sent.Packets != 20 || s.Delivered.Packets+s.Dropped.Total().Packets != 20 ||
		s.Delivered.Packets == 0 || s.Dropped[Overflow].Packets == 0 || s.Dropped[Down].Packets == 0 || s.Dropped[NoSocket].Packets == 0 {
		t.Errorf("%+v", s)
	}
	if pool.Live() != 0 {
		t.Errorf("%d packets leaked", pool.Live())
	}
	g.sent.Packets++
	if err := g.Conserved(); err == nil {
		t.Error("a lost packet goes unnoticed")
	}
}

// Packets cross three links and come back; nothing is allocated.
func TestForwardingAllocatesNothing(t *testing.T) {
	for _, fast := range []bool{true, false} {
		b := newEcho(3)
		for _, d := range b.net.Links() {
			d.Up.fast, d.Down.fast = fast, fast
		}
		b.start(20)
		b.net.engine.Run(sim.Time(time.Second))
		if n := testing.AllocsPerRun(10, func() { b.net.engine.Run(b.net.engine.Now().Add(time.Second)) }); n != 0 {
			t.Errorf("fast=%t: %v allocations a second, want 0", fast, n)
		}
	}
}

// echo bounces packets between the ends of a chain of links.
type echo struct {
	net  *Network
	pool *Pool
	r    *Route
}

func newEcho(links int) *echo {
	b := &echo{net: NewNetwork(sim.NewEngine()), pool: NewPool(func() *Packet { return new(Packet) })}
	prev := b.net.AddNode("a")
	first := prev
	for i := range links {
		next := b.net.AddNode("n")
		b.net.Connect(string(rune('a'+i)), prev, next, config(time.Millisecond), config(time.Millisecond))
		prev = next
	}
	ls := b.net.Links()
	b.r, _ = b.net.Route(ls[0].A.Addr, ls[links-1].B.Addr)
	first.SetReceiver(b)
	prev.SetReceiver(b)
	return b
}

func (b *echo) start(packets int) {
	for range packets {
		p := b.pool.Get()
		p.Size, p.Route = 1250, b.r
		b.net.Send(p)
	}
}

func (b *echo) Receive(p *Packet) {
	p.Route = p.Route.Reverse
	b.net.Send(p)
}

func benchmarkEcho(b *testing.B, fast bool) {
	e := newEcho(6)
	for _, d := range e.net.Links() {
		d.Up.fast, d.Down.fast = fast, fast
	}
	e.start(50)
	e.net.engine.Run(sim.Time(time.Second))
	start := e.net.Stats().PacketHops
	b.ReportAllocs()
	b.ResetTimer()
	for e.net.Stats().PacketHops < start+uint64(b.N) {
		e.net.engine.Run(e.net.engine.Now().Add(100 * time.Millisecond))
	}
	b.ReportMetric(float64(e.net.Stats().PacketHops-start)/b.Elapsed().Seconds()/1e6, "Mhops/s")
}

func BenchmarkLinkFast(b *testing.B)    { benchmarkEcho(b, true) }
func BenchmarkLinkGeneral(b *testing.B) { benchmarkEcho(b, false) }
