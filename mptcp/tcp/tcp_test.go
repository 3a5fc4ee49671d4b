package tcp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// lab is two hosts on one link, and a transfer of n bytes from a to b.
type lab struct {
	eng      *sim.Engine
	net      *netem.Network
	link     *netem.Duplex
	pool     *netem.Pool
	a, b     *tcp.Host
	cfg      tcp.Config
	src, dst *tcp.Stream
	sink     *sink
	server   app.Workload // the sink, unless a test sets another
	source   *source
	ends     [2]end // how the endpoints of a and b ended
}

// end is when and why an endpoint ended.
type end struct {
	at  time.Duration
	err error
}

// watched is a Stream whose end the lab notes.
type watched struct {
	*tcp.Stream
	lab *lab
	end *end
}

// Closed implements tcp.Owner.
func (w *watched) Closed(e *tcp.Endpoint, err error) {
	*w.end = end{time.Duration(w.lab.eng.Now()), err}
	w.Stream.Closed(e, err)
}

// link describes the link of a lab, alike in both directions but for losses and marks.
type link struct {
	rate  units.Bandwidth
	delay time.Duration
	queue int        // packets
	loss  netem.Loss // a to b
	marks *marking   // a to b; nil: drop-tail
}

func newLab(t testing.TB, l link) *lab {
	t.Helper()
	e := sim.NewEngine()
	n := netem.NewNetwork(e)
	na, nb := n.AddNode("a"), n.AddNode("b")
	cfg := func(loss netem.Loss) netem.LinkConfig {
		return netem.LinkConfig{
			Rate: netem.ConstantRate(l.rate), Delay: netem.ConstantDelay(l.delay),
			Queue: &netem.DropTail{LimitPackets: l.queue}, Loss: loss,
		}
	}
	up := cfg(l.loss)
	if l.marks != nil {
		l.marks.LimitPackets = l.queue
		up.Queue = l.marks
	}
	d := n.Connect("l", na, nb, up, cfg(nil))
	pool := tcp.NewPool()
	return &lab{
		eng: e, net: n, link: d, pool: pool, cfg: tcp.DefaultConfig(),
		a: tcp.NewHost(netem.NewHost(n, na), pool), b: tcp.NewHost(netem.NewHost(n, nb), pool),
	}
}

// transfer connects a to b and offers n bytes.
func (l *lab) transfer(t testing.TB, n units.Bytes, controller func() cc.Controller) {
	t.Helper()
	l.sink = &sink{lab: l}
	l.server = l.sink
	l.source = &source{left: n}
	route, err := l.net.Route(l.a.Node.Interfaces[0].Addr, l.b.Node.Interfaces[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	l.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
		l.dst = tcp.NewStream(&l.cfg)
		l.dst.Attach = func() app.Workload { return l.server }
		e := tcp.Answer(l.b, &l.cfg, &watched{l.dst, l, &l.ends[1]}, p, peerISS)
		l.dst.Use(e, controller())
		return e, nil
	}
	l.src = tcp.NewStream(&l.cfg)
	l.src.Attach = func() app.Workload { return l.source }
	e := tcp.Dial(l.a, &l.cfg, &watched{l.src, l, &l.ends[0]}, route, 1000, 80, testISS)
	l.src.Use(e, controller())
	e.Connect()
}

// source writes left bytes and closes, unless it shall stay open.
type source struct {
	s    app.Stream
	left units.Bytes
	open bool
	got  units.Bytes
	err  error
	done bool
}

func (w *source) Start(s app.Stream) { w.s = s; w.Writable() }
func (w *source) Readable()          { w.got += w.s.Read(1 << 40) }
func (w *source) Writable() {
	w.left -= w.s.Write(w.left)
	if w.left == 0 && !w.open {
		w.s.CloseWrite()
	}
}
func (w *source) Closed(err error) { w.done, w.err = true, err }

// sink reads all, unless it holds back, and closes when the peer has.
type sink struct {
	lab  *lab
	hold bool
	s    app.Stream
	got  units.Bytes
	eof  sim.Time
	done bool
	err  error
}

func (w *sink) Start(s app.Stream) { w.s = s }
func (w *sink) Readable() {
	if w.hold {
		return
	}
	w.got += w.s.Read(1 << 40)
	if w.s.EOF() && w.eof == 0 {
		w.eof = w.lab.eng.Now()
		w.s.CloseWrite()
	}
}
func (w *sink) Writable()        {}
func (w *sink) Closed(err error) { w.done, w.err = true, err }

func reno() cc.Controller { return &cc.Reno{} }

func TestTransfer(t *testing.T) {
	l := newLab(t, link{rate: 10 * units.Mbps, delay: 10 * time.Millisecond, queue: 50})
	l.transfer(t, 1e6, reno)
	l.eng.Run(sim.Time(20 * time.Second))
	if l.sink.got != 1e6 || !l.sink.done || !l.source.done || l.sink.err != nil || l.source.err != nil {
		t.Errorf("got %d bytes, done %v %v, errors %v %v", l.sink.got, l.sink.done, l.source.done, l.sink.err, l.source.err)
	}
	t.Logf("fct %v, stats %+v", l.sink.eof, l.src.Stats)
	if l.pool.Live() != 0 {
		t.Errorf("%d packets are still out", l.pool.Live())
	}
	if err := l.net.Conserved(); err != nil {
		t.Error(err)
	}
}

// bernoulli loses packets with probability p.
type bernoulli struct {
	r *rand.Rand
	p float64
}

func (b *bernoulli) Lose(sim.Time, *netem.Packet) bool { return b.r.Float64() < b.p }

// Every way of recovering from losses delivers every byte, whatever is lost.
func TestTransferUnderLoss(t *testing.T) {
	for name, set := range map[string]func(*tcp.Config){
		"rack":          func(*tcp.Config) {},
		"rfc6675":       func(c *tcp.Config) { c.Recovery = tcp.RFC6675 },
		"newreno":       func(c *tcp.Config) { c.SACK = false },
		"no frto":       func(c *tcp.Config) { c.FRTO = false },
		"no stamps":     func(c *tcp.Config) { c.Timestamps = false },
		"paced":         func(c *tcp.Config) { c.Pacing = true },
		"rfc6298":       func(c *tcp.Config) { c.RTO = tcp.RTORFC },
		"small buffers": func(c *tcp.Config) { c.ReceiveBuffer = 4000; c.SendBuffer = 10000 },
	} {
		for _, p := range []float64{0, 0.001, 0.02, 0.2} {
			t.Run(fmt.Sprintf("%s/%g", name, p), func(t *testing.T) {
				for seed := range uint64(3) {
					l := newLab(t, link{rate: 10 * units.Mbps, delay: 10 * time.Millisecond, queue: 50, loss: &bernoulli{rand.New(rand.NewPCG(seed, 1)), p}})
					set(&l.cfg)
					l.transfer(t, 300e3, reno)
					l.eng.Run(sim.Time(400 * time.Second))
					if l.sink.got != 300e3 || l.sink.err != nil || l.source.err != nil {
						t.Fatalf("seed %d: got %d bytes, done %v %v, errors %v %v, stats %+v", seed, l.sink.got, l.sink.done, l.source.done, l.sink.err, l.source.err, l.src.Stats)
					}
					if l.pool.Live() != 0 {
						t.Errorf("%d packets are still out", l.pool.Live())
					}
					if err := l.net.Conserved(); err != nil {
						t.Error(err)
					}
					if seed == 0 {
						t.Logf("%v %+v", l.sink.eof, l.src.Stats)
					}
				}
			})
		}
	}
}
