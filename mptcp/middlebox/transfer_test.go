package middlebox_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// path is a plain TCP transfer from client to server, or back, over a link of 10 Mb/s
// and 10 ms with middleboxes.
type path struct {
	eng    *sim.Engine
	net    *netem.Network
	link   *netem.Duplex
	pool   *netem.Pool
	boxes  []*middlebox.Element
	client *end
	server *end
}

// end is a host, its stream and its application, which sends and receives.
type end struct {
	host   *tcp.Host
	stream *tcp.Stream
	s      app.Stream
	left   units.Bytes
	got    units.Bytes
	done   bool
	err    error
}

func (w *end) Start(s app.Stream) { w.s = s; w.Writable() }
func (w *end) Writable() {
	if w.left > 0 {
		w.left -= w.s.Write(w.left)
	}
	if w.left == 0 {
		w.s.CloseWrite()
	}
}
func (w *end) Readable()        { w.got += w.s.Read(1 << 40) }
func (w *end) Closed(err error) { w.done, w.err = true, err }

// bernoulli loses packets with probability p.
type bernoulli struct {
	r *rand.Rand
	p float64
}

func (b *bernoulli) Lose(sim.Time, *netem.Packet) bool { return b.r.Float64() < b.p }

// newPath makes a path on which the client sends up bytes and the server down bytes. Packets
// are lost in front of the boxes as well as behind them: there are two links.
func newPath(t *testing.T, up, down units.Bytes, loss float64, boxes ...middlebox.Config) *path {
	t.Helper()
	e := sim.NewEngine()
	n := netem.NewNetwork(e)
	nodes := []*netem.Node{n.AddNode("client"), n.AddNode("router"), n.AddNode("server")}
	cfg := func(stream uint64) netem.LinkConfig {
		return netem.LinkConfig{
			Rate: netem.ConstantRate(10 * units.Mbps), Delay: netem.ConstantDelay(5 * time.Millisecond),
			Queue: &netem.DropTail{LimitPackets: 50}, Loss: &bernoulli{rand.New(rand.NewPCG(1, stream)), loss},
		}
	}
	n.Connect("access", nodes[0], nodes[1], cfg(1), cfg(2))
	p := &path{eng: e, net: n, pool: tcp.NewPool(), client: &end{left: up}, server: &end{left: down}}
	p.link = n.Connect("core", nodes[1], nodes[2], cfg(3), cfg(4))
	for i, b := range boxes {
		el := middlebox.New(b, e, rand.New(rand.NewPCG(2, uint64(i))), rand.New(rand.NewPCG(3, uint64(i))))
		p.link.Insert(el)
		p.boxes = append(p.boxes, el)
		n.Altered = n.Altered || middlebox.AltersPayload(b.Model)
	}
	p.client.host = tcp.NewHost(netem.NewHost(n, nodes[0]), p.pool)
	p.server.host = tcp.NewHost(netem.NewHost(n, nodes[2]), p.pool)
	p.connect(t)
	return p
}

func (p *path) connect(t *testing.T) {
	route, err := p.net.Route(p.client.host.Node.Interfaces[0].Addr, p.server.host.Node.Interfaces[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	cfg := tcp.DefaultConfig()
	use := func(w *end, e *tcp.Endpoint) { w.stream.Use(e, &cc.Reno{}) }
	for _, w := range []*end{p.client, p.server} {
		w.stream = tcp.NewStream(&cfg)
		w.stream.Attach = func() app.Workload { return w }
	}
	p.server.host.Accept = func(q *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
		e := tcp.Answer(p.server.host, &cfg, p.server.stream, q, 4_000_000_000)
		use(p.server, e)
		return e, nil
	}
	e := tcp.Dial(p.client.host, &cfg, p.client.stream, route, 50_000, 80, 4_294_900_000) // wraps
	use(p.client, e)
	e.Connect()
}

// run runs to the end and checks that no packet is lost track of.
func (p *path) run(t *testing.T) {
	t.Helper()
	p.eng.Run(sim.Time(10 * time.Minute))
	if err := p.net.Conserved(); err != nil {
		t.Error(err)
	}
	if held := p.net.Stats().Held.Packets; held != uint64(p.pool.Live()) || held != 0 {
		t.Errorf("%d packets are out of the pool, %d are held by links", p.pool.Live(), held)
	}
}

// kind returns the model called name, after set has changed it.
func kind[M middlebox.Model](set func(m M)) middlebox.Model {
	for _, name := range middlebox.Registry.Names() {
		m, err := middlebox.Registry.New(name)
		if err != nil {
			panic(err)
		}
		if m, ok := m.(M); ok {
			if set != nil {
				set(m)
			}
			return m
		}
	}
	panic("no such kind")
}

// models returns every kind with its defaults, and what changes the way they work.
func models() map[string]middlebox.Model {
	all := map[string]middlebox.Model{
		"strip-option all":    kind(func(m *middlebox.StripOption) { m.Options = []string{"all"} }),
		"strip-option nop":    kind(func(m *middlebox.StripOption) { m.Options, m.NOP = []string{"sack", "timestamps"}, true }),
		"rewrite-isn no sack": kind(func(m *middlebox.RewriteISN) { m.FixSACK = false }),
		"split 100":           kind(func(m *middlebox.Split) { m.MSS = 100 }),
		"coalesce 10ms":       kind(func(m *middlebox.Coalesce) { m.Timeout = 10 * time.Millisecond }),
		"nat other port":      kind(func(m *middlebox.NAT) { m.PortPreserve = false }),
		"firewall contiguous": kind(func(m *middlebox.Firewall) { m.RequireContiguous = true }),
		"proactive-ack copy":  kind(func(m *middlebox.ProactiveACK) { m.MPTCP, m.Buffer = "copy", 20_000 }),
		"rwnd-shrink 3000":    kind(func(m *middlebox.ShrinkWindow) { m.Cap = 3000 }),
		"captive-portal off":  kind(func(m *middlebox.Portal) { m.Login = 1 }),
	}
	for _, name := range middlebox.Registry.Names() {
		m, err := middlebox.Registry.New(name)
		if err != nil {
			panic(err)
		}
		all[name] = m
	}
	return all
}

// To plain TCP every middlebox is harmless but a portal that answers in place of the
// server: all bytes arrive, in both directions at once, whatever is lost.
func TestPlainTCPPasses(t *testing.T) {
	for name, m := range models() {
		for _, loss := range []float64{0, 0.02} {
			t.Run(fmt.Sprintf("%s/%g", name, loss), func(t *testing.T) {
				const up, down = 400_000, 200_000
				run := func() *path {
					p := newPath(t, up, down, loss, middlebox.Config{Model: m, When: middlebox.When{Probability: 1}})
					p.run(t)
					return p
				}
				p := run()
				if name == "captive-portal" {
					if p.server.got != 0 || p.client.got == 0 {
						t.Errorf("the server got %d bytes, the client %d; want none, and the portal's answer", p.server.got, p.client.got)
					}
					return
				}
				if p.server.got != up || p.client.got != down || p.client.err != nil || p.server.err != nil || !p.client.done || !p.server.done {
					t.Errorf("the server got %d bytes, %v, the client %d, %v; done %v, %v\n%+v\n%+v", p.server.got, p.server.err, p.client.got, p.client.err,
						p.server.done, p.client.done, p.client.stream.Stats, p.server.stream.Stats)
				}
				if q := run(); q.eng.Hash() != p.eng.Hash() {
					t.Error("a second run takes another course")
				}
				t.Logf("%d of %d packets (up, down), %v", p.boxes[0].Hits, p.boxes[0].Packets, p.boxes[0].Counters())
			})
		}
	}
}

// harmless returns the kinds after which a plain TCP transfer still ends well.
func harmless() []string {
	return slices.DeleteFunc(middlebox.Registry.Names(), func(name string) bool { return name == "captive-portal" })
}

// Any two kinds, and all of them, in a row do not get into each other's way.
func TestBoxesInARow(t *testing.T) {
	rows := [][]string{harmless()}
	for _, a := range harmless() {
		for _, b := range harmless() {
			rows = append(rows, []string{a, b})
		}
	}
	for _, row := range rows {
		var boxes []middlebox.Config
		for _, name := range row {
			m, err := middlebox.Registry.New(name)
			if err != nil {
				t.Fatal(err)
			}
			boxes = append(boxes, middlebox.Config{Model: m, When: middlebox.When{Probability: 1}})
		}
		p := newPath(t, 300_000, 100_000, 0.01, boxes...)
		p.run(t)
		if p.server.got != 300_000 || p.client.got != 100_000 {
			t.Errorf("%v: the server got %d bytes, %v, the client %d, %v", row, p.server.got, p.server.err, p.client.got, p.client.err)
		}
	}
}
