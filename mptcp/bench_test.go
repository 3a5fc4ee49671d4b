package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// endless writes for ever.
type endless struct{ s app.Stream }

func (w *endless) Start(s app.Stream) { w.s = s; w.Writable() }
func (w *endless) Readable()          {}
func (w *endless) Writable()          { w.s.Write(1 << 40) }
func (w *endless) Closed(error)       {}

// twoPath is workload W1, n times side by side on one engine: a connection under
// LIA over two paths of 100 Mb/s, RTT 20 and 40 ms, queues of one BDP (167 and 334 packets), an ACK
// for each segment.
func twoPath(b testing.TB, n int) (*sim.Engine, *netem.Network) {
	eng, pool := sim.NewEngine(), tcp.NewPool()
	net := netem.NewNetwork(eng)
	cfg := mptcp.Config{
		TCP:        tcp.DefaultConfig(),
		Protocol:   mptcp.DefaultProtocol(),
		Controller: func() cc.Controller { return &cc.LIA{} },
		Scheduler:  scheduler("minrtt"),
		Manager:    manager("fullmesh"),
		Rand:       rand.New(rand.NewPCG(1, 2)),
	}
	cfg.TCP.DelayedAck = 0
	for i := range n {
		a, z := net.AddNode(fmt.Sprint("a", i)), net.AddNode(fmt.Sprint("z", i))
		client, server := mptcp.NewStack(tcp.NewHost(netem.NewHost(net, a), pool)), mptcp.NewStack(tcp.NewHost(netem.NewHost(net, z), pool))
		var routes []*netem.Route
		for k, p := range []path{{100 * units.Mbps, 10 * time.Millisecond, 167, 0}, {100 * units.Mbps, 20 * time.Millisecond, 334, 0}} {
			link := func() netem.LinkConfig {
				return netem.LinkConfig{Rate: netem.ConstantRate(p.rate), Delay: netem.ConstantDelay(p.delay), Queue: &netem.DropTail{LimitPackets: p.queue}}
			}
			d := net.Connect(fmt.Sprint("l", i, k), a, z, link(), link())
			r, err := net.Route(d.A.Addr, d.B.Addr)
			if err != nil {
				b.Fatal(err)
			}
			routes = append(routes, r)
		}
		server.Listen(80, &mptcp.Service{Config: &cfg, Accepted: func(mptcp.Connection) func() app.Workload {
			return func() app.Workload { return &sink{eng: eng} }
		}})
		c := client.Dial(&cfg, routes, 80)
		start := sim.Time(i) * sim.Time(50*time.Millisecond) / sim.Time(n)
		eng.At(start, func() { c.Connect(func() app.Workload { return &endless{} }) })
	}
	return eng, net
}

// BenchmarkTwoPath measures n copies of W1 after their start-up: packet-hops a
// second of one core.
func BenchmarkTwoPath(b *testing.B) {
	for _, c := range []struct {
		n    int
		warm time.Duration
	}{{1, 2 * time.Second}, {10, 2 * time.Second}, {100, time.Second}, {1000, 300 * time.Millisecond}} {
		n := c.n
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			eng, net := twoPath(b, n)
			eng.Run(sim.Time(c.warm))
			runtime.GC()
			runtime.ReadMemStats(&after)
			end := eng.Now()
			hops, events := net.Stats().PacketHops, eng.Fired()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				end += sim.Time(100*time.Millisecond) / sim.Time(n)
				eng.Run(end)
			}
			b.StopTimer()
			s := b.Elapsed().Seconds()
			b.ReportMetric(float64(net.Stats().PacketHops-hops)/s/1e6, "Mhops/s")
			b.ReportMetric(float64(eng.Fired()-events)/s/1e6, "Mevents/s")
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(2*n), "B/subflow")
		})
	}
}

// A connection in its steady state allocates nothing.
func TestSteadyStateDoesNotAllocate(t *testing.T) {
	eng, _ := twoPath(t, 1)
	end := sim.Time(20 * time.Second)
	eng.Run(end)
	n := testing.AllocsPerRun(10, func() {
		end += sim.Time(100 * time.Millisecond)
		eng.Run(end)
	})
	if n != 0 {
		t.Errorf("%v allocations in 100 ms", n)
	}
}
