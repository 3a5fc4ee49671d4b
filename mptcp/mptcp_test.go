package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
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
	"mpsim/sim/units"
)

// path is one of the disjoint paths of a lab.
type path struct {
	rate  units.Bandwidth
	delay time.Duration // one way
	queue int           // packets
	loss  float64
}

// lab is a client and a server that several disjoint links join.
type lab struct {
	t      testing.TB
	eng    *sim.Engine
	net    *netem.Network
	pool   *netem.Pool
	links  []*netem.Duplex
	cfg    mptcp.Config
	client *mptcp.Stack
	server *mptcp.Stack
	paths  []*netem.Route

	up     *mptcp.Conn // the client's end
	down   *mptcp.Conn // the server's
	source *source
	sink   *sink

	validator *validator // of all that the links carry
}

type bernoulli struct {
	r *rand.Rand
	p float64
}

func (b *bernoulli) Lose(sim.Time, *netem.Packet) bool { return b.r.Float64() < b.p }

func newLab(t testing.TB, seed uint64, paths ...path) *lab {
	t.Helper()
	l := &lab{t: t, eng: sim.NewEngine(), pool: tcp.NewPool()}
	l.net = netem.NewNetwork(l.eng)
	a, b := l.net.AddNode("client"), l.net.AddNode("server")
	for i, p := range paths {
		cfg := func(dir uint64) netem.LinkConfig {
			c := netem.LinkConfig{
				Rate: netem.ConstantRate(p.rate), Delay: netem.ConstantDelay(p.delay), Queue: &netem.DropTail{LimitPackets: p.queue},
			}
			if p.loss > 0 {
				c.Loss = &bernoulli{rand.New(rand.NewPCG(seed, uint64(2*i)+dir)), p.loss}
			}
			return c
		}
		d := l.net.Connect(fmt.Sprintf("p%d", i), a, b, cfg(0), cfg(1))
		l.links = append(l.links, d)
		r, err := l.net.Route(d.A.Addr, d.B.Addr)
		if err != nil {
			t.Fatal(err)
		}
		l.paths = append(l.paths, r)
	}
	l.client = mptcp.NewStack(tcp.NewHost(netem.NewHost(l.net, a), l.pool))
	l.server = mptcp.NewStack(tcp.NewHost(netem.NewHost(l.net, b), l.pool))
	l.cfg = mptcp.Config{
		TCP:        tcp.DefaultConfig(),
		Protocol:   mptcp.DefaultProtocol(),
		Controller: func() cc.Controller { return &cc.Reno{} },
		Scheduler:  func() sched.Scheduler { return &sched.MinRTT{} },
		Manager:    manager("fullmesh"),
		Rand:       rand.New(rand.NewPCG(seed, 100)),
	}
	return l
}

func manager(name string) func() pathmgr.Manager {
	return func() pathmgr.Manager {
		m, err := pathmgr.Registry.New(name)
		if err != nil {
			panic(err)
		}
		return m
	}
}

// transfer has the client send n bytes.
func (l *lab) transfer(n units.Bytes) {
	l.validate()
	l.source, l.sink = &source{left: n}, &sink{eng: l.eng}
	l.server.Listen(80, &mptcp.Service{Config: &l.cfg, Accepted: func(c mptcp.Connection) func() app.Workload {
		if d, ok := c.(*mptcp.Conn); ok {
			l.down = d
			return func() app.Workload { return l.sink }
		}
		return func() app.Workload { return &sink{eng: l.eng} } // a join whose option was lost
	}})
	l.up = l.client.Dial(&l.cfg, l.paths, 80)
	l.up.Connect(func() app.Workload { return l.source })
}

// finish runs until end and checks that all went well.
func (l *lab) finish(end time.Duration, n units.Bytes) {
	l.t.Helper()
	l.eng.Run(sim.Time(end))
	if l.sink.got != n || !l.sink.done || !l.source.done || l.sink.err != nil || l.source.err != nil {
		l.t.Fatalf("got %d of %d bytes, done %v %v, errors %v %v\nup %+v\ndown %+v", l.sink.got, n, l.sink.done, l.source.done, l.sink.err, l.source.err, l.up.Stats, l.down.Stats)
	}
	if err := l.net.Conserved(); err != nil {
		l.t.Error(err)
	}
	if l.pool.Live() != 0 {
		l.t.Errorf("%d packets are still out", l.pool.Live())
	}
	if n := l.client.Host().Sockets() + l.server.Host().Sockets(); n != 0 {
		l.t.Errorf("%d endpoints are left", n)
	}
}

type source struct {
	s    app.Stream
	left units.Bytes
	err  error
	done bool
}

func (w *source) Start(s app.Stream) { w.s = s; w.Writable() }
func (w *source) Readable()          {}
func (w *source) Writable() {
	w.left -= w.s.Write(w.left)
	if w.left == 0 {
		w.s.CloseWrite()
	}
}
func (w *source) Closed(err error) { w.done, w.err = true, err }

type sink struct {
	eng  *sim.Engine
	s    app.Stream
	got  units.Bytes
	eof  sim.Time
	done bool
	err  error
}

func (w *sink) Start(s app.Stream) { w.s = s }
func (w *sink) Readable() {
	w.got += w.s.Read(1 << 40)
	if w.s.EOF() && w.eof == 0 {
		w.eof = w.eng.Now()
		w.s.CloseWrite()
	}
}
func (w *sink) Writable()        {}
func (w *sink) Closed(err error) { w.done, w.err = true, err }

func mbps(n units.Bytes, t sim.Time) float64 { return float64(n) * 8 / t.Seconds() / 1e6 }

// Two equal disjoint paths carry at least 95 % of the sum of their capacities, in every scheduler but those that
// copy, and those that leave a path as a spare.
func TestAggregation(t *testing.T) {
	for name, fresh := range all() {
		if strings.HasPrefix(name, "redundant") || name == "backup" {
			continue
		}
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
		l.cfg.Scheduler = fresh
		l.transfer(20e6)
		l.finish(60*time.Second, 20e6)
		got := mbps(20e6, l.sink.eof)
		if want := 0.95 * 20 * 1420 / 1500; got < want {
			t.Errorf("%s: %.2f Mb/s, want at least %.2f; %+v", name, got, want, l.up.Stats)
		}
		t.Logf("%s: %.2f Mb/s %+v", name, got, l.up.Stats)
	}
}

func scheduler(name string) func() sched.Scheduler {
	return func() sched.Scheduler {
		s, err := sched.Registry.New(name)
		if err != nil {
			panic(err)
		}
		return s
	}
}

// The application gets every byte once and in order (the receiver panics
// otherwise), whatever is lost, for every scheduler.
func TestIntegrityUnderLoss(t *testing.T) {
	for _, name := range sched.Registry.Names() {
		for _, p := range []float64{0.001, 0.02, 0.2} {
			t.Run(fmt.Sprintf("%s/%g", name, p), func(t *testing.T) {
				for seed := range uint64(4) {
					l := newLab(t, seed, path{10 * units.Mbps, 10 * time.Millisecond, 50, p}, path{4 * units.Mbps, 40 * time.Millisecond, 50, p / 2}, path{2 * units.Mbps, 5 * time.Millisecond, 10, p})
					l.cfg.Scheduler = scheduler(name)
					l.transfer(300e3)
					l.finish(1000*time.Second, 300e3)
				}
			})
		}
	}
}

// A copy of everything on every path delivers what the best path delivers.
//
// Req: R8684-3.3.1-02, R8684-3.3.1-03
func TestRedundantIsBestPath(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{2 * units.Mbps, 50 * time.Millisecond, 50, 0})
	l.cfg.Scheduler = scheduler("redundant")
	l.transfer(20e6)
	l.finish(60*time.Second, 20e6)
	got := mbps(20e6, l.sink.eof)
	if want := 10.0 * 1420 / 1500; got < 0.97*want || got > 1.03*want {
		t.Errorf("%.2f Mb/s, want the %.2f of the best path within 3 %%; %+v", got, want, l.up.Stats)
	}
}

// A receive buffer far below what the paths could use slows a transfer down but
// does not stop it.
func TestSmallBuffer(t *testing.T) {
	for _, buffer := range []units.Bytes{3000, 20e3, 100e3} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.001}, path{2 * units.Mbps, 100 * time.Millisecond, 50, 0.001})
		l.cfg.TCP.ReceiveBuffer = buffer
		l.transfer(500e3)
		l.finish(300*time.Second, 500e3)
		t.Logf("buffer %d: %v", buffer, l.sink.eof)
	}
}

// at has f called at time d.
func (l *lab) at(d time.Duration, f func()) { l.eng.At(sim.Time(d), f) }

// When the path of a subflow dies, all it had outstanding is reinjected on the
// other, within one RTO; when it is back, a new subflow uses it.
//
// Req: R8684-3.3.6-03
func TestSubflowDeath(t *testing.T) {
	for _, dead := range []int{0, 1} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
		l.transfer(20e6)
		l.at(5*time.Second, func() { l.links[dead].Up.SetLoss(&bernoulli{rand.New(rand.NewPCG(1, 1)), 1}) })
		l.at(10*time.Second, func() { l.links[dead].Up.SetLoss(nil) })
		l.finish(60*time.Second, 20e6)
		if l.up.Stats.Reinjected == 0 {
			t.Errorf("path %d: nothing was reinjected: %+v", dead, l.up.Stats)
		}
		t.Logf("path %d: %v %+v", dead, l.sink.eof, l.up.Stats)
	}
}

// When the interface goes away, the subflow is closed at once and its data goes
// out on the other; when it comes back, a new subflow joins.
func TestHandover(t *testing.T) {
	for _, dead := range []int{0, 1} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
		l.transfer(20e6)
		l.at(5*time.Second, func() { l.links[dead].SetUp(false) })
		l.at(10*time.Second, func() { l.links[dead].SetUp(true) })
		l.finish(60*time.Second, 20e6)
		if n := len(l.up.Subflows()); n != 3 {
			t.Errorf("%d subflows were opened, want the two and one more", n)
		}
		t.Logf("path %d: %v %+v", dead, l.sink.eof, l.up.Stats)
	}
}

// Two clean paths of unlike RTT with queues of one BDP give at least 99 % of
// their payload capacity, once slow start is over.
func TestCleanPaths(t *testing.T) {
	fast, slow := path{100 * units.Mbps, 10 * time.Millisecond, 167, 0}, path{100 * units.Mbps, 20 * time.Millisecond, 334, 0}
	for _, paths := range [][]path{{fast, slow}, {slow, fast}} {
		l := newLab(t, 1, paths...)
		l.cfg.Manager = manager("fullmesh")
		l.transfer(1 << 40)
		l.eng.Run(sim.Time(5 * time.Second))
		before := l.sink.got
		l.eng.Run(sim.Time(15 * time.Second))
		got := float64(l.sink.got-before) * 8 / 10 / 1e6
		if want := 0.99 * 200 * 1420 / 1500; got < want {
			t.Errorf("%.2f Mb/s, want at least %.2f", got, want)
		}
		t.Logf("%.3f of capacity %+v", got/(200*1420./1500), l.up.Stats)
	}
}

// nth loses packet number lose, and all from number from on.
type nth struct{ lose, from, seen int }

func (n *nth) Lose(sim.Time, *netem.Packet) bool {
	n.seen++
	return n.seen == n.lose || n.from > 0 && n.seen >= n.from
}
