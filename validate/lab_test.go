// Package validate holds the simulator against the literature: closed-form laws
// (laws_test.go, coupled_test.go) and what a Linux host did (linux_test.go). A
// tolerance is the one that its source states or that its derivation leaves; none
// was made to fit.
package validate_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/units"
)

// long reports whether to run the tests that take minutes as well.
func long() bool { return os.Getenv("MPSIM_LONG") == "1" }

// path is one of the disjoint links between client and server.
type path struct {
	rate  units.Bandwidth
	delay time.Duration // one way
	queue netem.DropTail
	aqm   qdisc.Model // of the client's packets, in place of queue; nil: none
	loss  netem.Loss  // of the client's packets
}

// lab is a client and a server that several disjoint links join.
type lab struct {
	t      testing.TB
	eng    *sim.Engine
	net    *netem.Network
	client *mptcp.Stack
	server *mptcp.Stack
	links  []*netem.Duplex
	routes []*netem.Route
	flows  []*flow
}

func newLab(t testing.TB, paths ...path) *lab {
	t.Helper()
	l := &lab{t: t, eng: sim.NewEngine()}
	l.net = netem.NewNetwork(l.eng)
	pool := tcp.NewPool()
	a, b := l.net.AddNode("client"), l.net.AddNode("server")
	for i, p := range paths {
		there, back := p.queue, p.queue
		config := func(q netem.Queue, loss netem.Loss) netem.LinkConfig {
			return netem.LinkConfig{Rate: netem.ConstantRate(p.rate), Delay: netem.ConstantDelay(p.delay), Queue: q, Loss: loss}
		}
		up := config(&there, p.loss)
		if p.aqm != nil {
			up.Queue = p.aqm.Make(qdisc.Link{Rate: p.rate, RTT: 2 * p.delay, Rand: rand.New(rand.NewPCG(uint64(i), 1))})
		}
		d := l.net.Connect(fmt.Sprint("p", i), a, b, up, config(&back, nil))
		r, err := l.net.Route(d.A.Addr, d.B.Addr)
		if err != nil {
			t.Fatal(err)
		}
		l.links, l.routes = append(l.links, d), append(l.routes, r)
	}
	l.client = mptcp.NewStack(tcp.NewHost(netem.NewHost(l.net, a), pool))
	l.server = mptcp.NewStack(tcp.NewHost(netem.NewHost(l.net, b), pool))
	return l
}

// jitter is a constant delay and, on top, up to the time of one segment at the
// bottleneck, as a busy host adds it. Without it, drop tail is prey to phase effects:
// the flow whose packets happen to come just after a departure never loses (Floyd
// and Jacobson, "On traffic phase effects in packet-switched gateways", 1992, whose
// remedy this is).
type jitter struct {
	r    *rand.Rand
	base time.Duration
	most time.Duration
}

func (j *jitter) Of(sim.Time, *netem.Packet) time.Duration {
	return j.base + time.Duration(j.r.Int64N(int64(j.most)))
}
func (j *jitter) InOrder() bool      { return true }
func (j *jitter) Min() time.Duration { return j.base }

// newShared returns a lab whose paths have each a fast access link of one of the
// one-way delays, and then share one bottleneck of no delay.
func newShared(t testing.TB, seed uint64, rate units.Bandwidth, queue int, delays ...time.Duration) *lab {
	t.Helper()
	l := &lab{t: t, eng: sim.NewEngine()}
	l.net = netem.NewNetwork(l.eng)
	pool := tcp.NewPool()
	a, m, b := l.net.AddNode("client"), l.net.AddNode("router"), l.net.AddNode("server")
	link := func(rate units.Bandwidth, d time.Duration, queue int) netem.LinkConfig {
		return netem.LinkConfig{Rate: netem.ConstantRate(rate), Delay: netem.ConstantDelay(d), Queue: &netem.DropTail{LimitPackets: queue}}
	}
	var access []*netem.Duplex
	for i, d := range delays {
		up := link(units.Gbps, d, 0)
		up.Delay = &jitter{rand.New(rand.NewPCG(seed, uint64(i))), d, rate.TxTime(1500)}
		access = append(access, l.net.Connect(fmt.Sprint("access", i), a, m, up, link(units.Gbps, d, 0)))
	}
	bottleneck := l.net.Connect("bottleneck", m, b, link(rate, 0, queue), link(rate, 0, 0))
	for _, d := range access {
		r, err := l.net.Route(d.A.Addr, bottleneck.B.Addr)
		if err != nil {
			t.Fatal(err)
		}
		l.routes = append(l.routes, r)
	}
	l.links = append(access, bottleneck)
	l.client = mptcp.NewStack(tcp.NewHost(netem.NewHost(l.net, a), pool))
	l.server = mptcp.NewStack(tcp.NewHost(netem.NewHost(l.net, b), pool))
	return l
}

// config returns the parameters of a Linux host under the controller called law.
func config(t testing.TB, law string, seed uint64) *mptcp.Config {
	t.Helper()
	return &mptcp.Config{
		TCP:        tcp.DefaultConfig(),
		Protocol:   mptcp.DefaultProtocol(),
		Controller: func() cc.Controller { return must(cc.Registry.New(law)) },
		Scheduler:  func() sched.Scheduler { return must(sched.Registry.New("minrtt")) },
		Manager:    func() pathmgr.Manager { return must(pathmgr.Registry.New("fullmesh")) },
		Rand:       rand.New(rand.NewPCG(seed, 0)),
	}
}

func must[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// subflows makes the connections of c open n subflows on one path.
func subflows(c *mptcp.Config, n int) {
	c.Manager = func() pathmgr.Manager { return &pathmgr.NDiffPorts{N: n} }
}

// flow is a transfer from the client to the server.
type flow struct {
	source
	sink
	tcp   *tcp.Stream // one of these two is set
	mptcp *mptcp.Conn

	rtts    time.Duration // sum of the samples of a plain flow
	samples int
}

// meanRTT returns the mean of the RTT samples of a plain flow, in seconds.
func (f *flow) meanRTT() float64 { return f.rtts.Seconds() / float64(f.samples) }

const endless units.Bytes = 1 << 50

// dial starts a transfer of n bytes at start, over MPTCP on all paths, or over
// plain TCP on one.
func (l *lab) dial(cfg *mptcp.Config, start time.Duration, n units.Bytes, plain bool, route int) *flow {
	f := &flow{source: source{eng: l.eng, left: n}, sink: sink{eng: l.eng}}
	port := uint16(1000 + len(l.flows))
	l.flows = append(l.flows, f)
	l.server.Listen(port, &mptcp.Service{Config: cfg, Plain: plain, Accepted: func(mptcp.Connection) func() app.Workload {
		return func() app.Workload { return &f.sink }
	}})
	attach := func() app.Workload { return &f.source }
	l.at(start, func() {
		if plain {
			f.tcp = l.client.DialPlain(cfg, l.routes[route], port)
			f.tcp.Attach = attach
			f.tcp.Points.RTT.Observe(func(s tcp.RTTSample) { f.rtts += s.RTT; f.samples++ })
			f.tcp.Connect()
			return
		}
		f.mptcp = l.client.Dial(cfg, append(l.routes[route:len(l.routes):len(l.routes)], l.routes[:route]...), port)
		f.mptcp.Connect(attach)
	})
	return f
}

// single starts a plain TCP connection on one path.
func (l *lab) single(cfg *mptcp.Config, route int, start time.Duration, n units.Bytes) *flow {
	return l.dial(cfg, start, n, true, route)
}

// multi starts an MPTCP connection, whose initial subflow goes on the first path.
func (l *lab) multi(cfg *mptcp.Config, start time.Duration, n units.Bytes) *flow {
	return l.dial(cfg, start, n, false, 0)
}

func (l *lab) run(until time.Duration) { l.eng.Run(sim.Time(until)) }

// goodputs returns what each flow received per second between from and to, in Mb/s.
func (l *lab) goodputs(from, to time.Duration) []float64 {
	l.run(from)
	before := make([]units.Bytes, len(l.flows))
	for i, f := range l.flows {
		before[i] = f.got
	}
	l.run(to)
	rates := make([]float64, len(l.flows))
	for i, f := range l.flows {
		rates[i] = float64(f.got-before[i]) * 8 / (to - from).Seconds() / 1e6
	}
	if err := l.net.Conserved(); err != nil {
		l.t.Error(err)
	}
	return rates
}

// at has f called at time d.
func (l *lab) at(d time.Duration, f func()) { l.eng.At(sim.Time(d), f) }

// source writes left bytes and closes its direction.
type source struct {
	eng    *sim.Engine
	s      app.Stream
	left   units.Bytes
	start  sim.Time // of the workload
	answer sim.Time // the peer has closed too
	err    error
}

func (w *source) Start(s app.Stream) {
	w.s, w.start = s, w.eng.Now()
	w.Writable()
}
func (w *source) Readable() {
	if w.s.EOF() && w.answer == 0 {
		w.answer = w.eng.Now()
	}
}
func (w *source) Writable() {
	w.left -= w.s.Write(w.left)
	if w.left == 0 {
		w.s.CloseWrite()
	}
}
func (w *source) Closed(err error) { w.err = err }

// sink reads all and closes its direction at the end.
type sink struct {
	eng *sim.Engine
	s   app.Stream
	got units.Bytes
	eof sim.Time
}

func (w *sink) Start(s app.Stream) { w.s = s }
func (w *sink) Readable() {
	w.got += w.s.Read(endless)
	if w.s.EOF() && w.eof == 0 {
		w.eof = w.eng.Now()
		w.s.CloseWrite()
	}
}
func (w *sink) Writable()    {}
func (w *sink) Closed(error) {}

// bernoulli loses each data packet with probability p, independently.
type bernoulli struct {
	r *rand.Rand
	p float64
}

func (b *bernoulli) Lose(_ sim.Time, p *netem.Packet) bool {
	return p.Size > 100 && b.r.Float64() < b.p
}

// periodic loses every n-th data packet.
type periodic struct{ n, count int }

func (l *periodic) Lose(_ sim.Time, p *netem.Packet) bool {
	if p.Size > 100 {
		l.count++
	}
	return p.Size > 100 && l.count%l.n == 0
}

// payload is what a segment of MPTCP carries of 1500 bytes, with timestamps and a
// DSS of 64-bit numbers; plainPayload what one of TCP does.
const (
	payload      = 1420
	plainPayload = 1448
)

func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	off := got/want - 1
	t.Logf("%s: %.4g, law %.4g (%+.2f %%)", what, got, want, 100*off)
	if !(off >= -tolerance && off <= tolerance) {
		t.Errorf("%s: %.4g, want %.4g within %g %%", what, got, want, 100*tolerance)
	}
}
