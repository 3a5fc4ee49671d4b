package udp_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp/udp"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// pair is a sender and a receiver with a link of 8 Mb/s and 10 ms between them, that holds ten packets.
type pair struct {
	engine           *sim.Engine
	network          *netem.Network
	link             *netem.Link
	pool             *netem.Pool
	host             *udp.Host // of the sender
	sender, receiver *udp.Socket
	arrivals         []sim.Time
}

func newPair(t testing.TB) *pair {
	x := &pair{engine: sim.NewEngine(), pool: udp.NewPool()}
	x.network = netem.NewNetwork(x.engine)
	a, b := x.network.AddNode("a"), x.network.AddNode("b")
	config := func() netem.LinkConfig {
		return netem.LinkConfig{Rate: netem.ConstantRate(8 * units.Mbps), Delay: netem.ConstantDelay(10 * time.Millisecond), Queue: &netem.DropTail{LimitPackets: 10}}
	}
	d := x.network.Connect("l", a, b, config(), config())
	x.link = d.Up
	route, err := x.network.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	x.host = udp.NewHost(netem.NewHost(x.network, a), x.pool)
	to := udp.NewHost(netem.NewHost(x.network, b), x.pool)
	x.sender, x.receiver = x.host.Open(route, 2000), to.Open(route.Reverse, 2000)
	x.receiver.Delivered.Observe(func(a udp.Arrival) { x.arrivals = append(x.arrivals, a.Now) })
	return x
}

// load starts p on both ends.
func (x *pair) load(p app.Pattern, stop sim.Time) {
	env := app.Env{Engine: x.engine, Rand: rand.New(rand.NewPCG(1, 2)), Stop: stop}
	from, to := p.Pair(env, 0)
	x.receiver.Start(to)
	x.sender.Start(from)
}

// A chunk is a datagram of 28 bytes more (RFC 791 and RFC 768): one of 972 bytes takes 1 ms on the link. They
// leave when the clock of the workload says, from 0 to before its stop.
func TestTimes(t *testing.T) {
	x := newPair(t)
	x.load(&app.CBR{Rate: 972 * 8 * 100, Chunk: 972}, sim.Time(95*time.Millisecond))
	x.engine.Run(sim.Time(time.Second))
	if len(x.arrivals) != 10 {
		t.Fatalf("%d datagrams came, want 10", len(x.arrivals))
	}
	for i, at := range x.arrivals {
		if want := sim.Time(i*10+11) * sim.Time(time.Millisecond); at != want {
			t.Errorf("datagram %d came at %v, want %v", i, at, want)
		}
	}
	sent, _ := x.sender.Progress()
	_, received := x.receiver.Progress()
	if sent != 9720 || received != 9720 {
		t.Errorf("sent %d, received %d bytes, want 9720", sent, received)
	}
	if _, unread := x.receiver.Queued(); unread != 0 {
		t.Errorf("%d bytes were not read", unread)
	}
	if over, err := x.sender.Ended(); !over || err != nil {
		t.Errorf("the sender has ended: %v, %v", over, err)
	}
}

// Nothing slows a sender down, and what a full queue does not take is gone: what is sent is received,
// dropped or under way.
func TestOverload(t *testing.T) {
	x := newPair(t)
	x.load(&app.CBR{Rate: 16 * units.Mbps * 972 / 1000, Chunk: 972}, sim.Never)
	for _, at := range []time.Duration{20 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond} {
		x.engine.Run(sim.Time(at))
		if err := x.network.Conserved(); err != nil {
			t.Error(err)
		}
		s := x.link.Stats()
		if live := s.Sent.Packets - s.Dropped.Total().Packets - uint64(len(x.arrivals)); live != uint64(x.pool.Live()) {
			t.Errorf("at %v %d datagrams are under way, of which the pool knows %d", at, live, x.pool.Live())
		}
	}
	if n := len(x.arrivals); n < 1480 || n > 1490 { // 1000/s for 1.489 s
		t.Errorf("%d datagrams came in 1.5 s, want one a millisecond", n)
	}
	sent, _ := x.sender.Progress()
	if want := uint64(972 * 3001); sent < want-972 || sent > want { // at 0 and every half millisecond
		t.Errorf("%d bytes were sent, want %d", sent, want)
	}
}

// What is more than a datagram holds is several.
func TestLargeWrite(t *testing.T) {
	x := newPair(t)
	x.sender.Write(65507 + 1)
	x.engine.Run(sim.Time(time.Second))
	if _, received := x.receiver.Progress(); len(x.arrivals) != 2 || received != 65508 {
		t.Errorf("%d datagrams of %d bytes", len(x.arrivals), received)
	}
	x.sender.CloseWrite()
	if n := x.sender.Write(1); n != 0 {
		t.Errorf("%d bytes written after the end", n)
	}
}

// As many bytes as a datagram holds are one, twice as many are two, and none are none: no empty datagram
// follows. A socket is over when its application has closed it, not before.
func TestWriteBounds(t *testing.T) {
	for n, want := range map[units.Bytes]int{0: 0, 1: 1, 65507: 1, 65508: 2, 2 * 65507: 2, 2*65507 + 1: 3} { // order does not matter
		x := newPair(t)
		if got := x.sender.Write(n); got != n {
			t.Errorf("%d of %d bytes taken", got, n)
		}
		x.engine.Run(sim.Time(time.Second))
		if len(x.arrivals) != want {
			t.Errorf("%d bytes are %d datagrams, want %d", n, len(x.arrivals), want)
		}
		if over, _ := x.sender.Ended(); over || x.receiver.EOF() {
			t.Error("a flow that nobody has ended is over")
		}
		x.sender.CloseWrite()
		if over, err := x.sender.Ended(); !over || err != nil {
			t.Errorf("after the end: over %v, error %v", over, err)
		}
	}
}

// A socket keeps what has come until it is read, and nothing that is sent waits in it.
func TestReadAndQueued(t *testing.T) {
	x := newPair(t)
	for range 3 {
		x.sender.Write(100)
	}
	x.engine.Run(sim.Time(time.Second))
	for _, step := range []struct{ read, got, left units.Bytes }{{0, 0, 300}, {250, 250, 50}, {250, 50, 0}, {1, 0, 0}} {
		got := x.receiver.Read(step.read)
		send, left := x.receiver.Queued()
		if got != step.got || send != 0 || left != step.left {
			t.Errorf("read %d of %d bytes, %d left, %d to send; want %d, %d left, none to send", got, step.read, left, send, step.got, step.left)
		}
	}
}

// A datagram for a port at which nobody listens is dropped.
func TestNobodyListens(t *testing.T) {
	x := newPair(t)
	x.host.Open(x.sender.Route(), 3000).Write(100)
	x.engine.Run(sim.Time(time.Second))
	if len(x.arrivals) != 0 || x.pool.Live() != 0 {
		t.Errorf("%d came, %d are still about", len(x.arrivals), x.pool.Live())
	}
}

// A datagram under way allocates nothing.
func TestAllocations(t *testing.T) {
	x := newPair(t)
	x.arrivals = make([]sim.Time, 0, 1e6)
	x.load(&app.CBR{Rate: 4 * units.Mbps, Chunk: 972}, sim.Never)
	x.engine.Run(sim.Time(time.Second))
	if n := testing.AllocsPerRun(100, func() { x.engine.Run(x.engine.Now().Add(10 * time.Millisecond)) }); n != 0 {
		t.Errorf("%v allocations in 10 ms", n)
	}
}
