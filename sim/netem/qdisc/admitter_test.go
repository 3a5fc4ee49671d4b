package qdisc

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// A source offers packets of two sizes to a link, in bursts and at instants at which
// others depart, and logs what becomes of them.
type source struct {
	*sim.Engine
	net   *netem.Network
	link  *netem.Link
	route *netem.Route
	pool  *netem.Pool
	rand  *rand.Rand
	timer sim.Timer
	left  int // packets to offer
	log   []string
}

func newSource(t *testing.T, q netem.Queue, seed uint64) *source {
	s := &source{Engine: sim.NewEngine(), rand: rand.New(rand.NewPCG(seed, 5)), left: 2000}
	s.pool = netem.NewPool(func() *netem.Packet { return &netem.Packet{Payload: new(int)} })
	s.net = netem.NewNetwork(s.Engine)
	a, b := s.net.AddNode("a"), s.net.AddNode("b")
	up := netem.LinkConfig{Rate: netem.ConstantRate(8 * units.Mbps), Delay: netem.ConstantDelay(10 * time.Millisecond), Queue: q}
	d := s.net.Connect("l", a, b, up, netem.LinkConfig{Rate: up.Rate})
	s.link = d.Up
	var err error
	if s.route, err = s.net.Route(d.A.Addr, d.B.Addr); err != nil {
		t.Fatal(err)
	}
	b.SetReceiver(s)
	s.link.Points.Dropped.Observe(func(e netem.DropEvent) { s.note(e.Now, e.Reason.String(), e.Packet) })
	s.timer.Init(s.Engine, s, 0)
	s.timer.Arm(0)
	return s
}

func (s *source) note(at sim.Time, what string, p *netem.Packet) {
	s.log = append(s.log, fmt.Sprintf("%d %s %d %d", at, what, *p.Payload.(*int), p.ECN))
}

func (s *source) Receive(p *netem.Packet) {
	s.note(s.Now(), "arrived", p)
	p.Free()
}

func (s *source) HandleTimer(int) {
	p := s.pool.Get()
	*p.Payload.(*int) = s.left
	p.Size, p.Route = units.Bytes(40+1460*s.rand.IntN(2)), s.route
	p.ECN = []netem.ECN{netem.NotECT, netem.ECT0}[s.rand.IntN(2)]
	if s.left--; s.left > 0 {
		load := []int64{500_000, 1_000_000}[s.left/500%2] // a packet needs 770 us
		s.timer.Arm(s.Now() + sim.Time([]int64{0, 40_000 * s.rand.Int64N(load/10_000), load}[s.rand.IntN(3)]))
	}
	s.net.Send(p)
}

// A link that asks an Admitter, one event a packet, gives each packet the fate that
// it has where the same queue is asked to Enqueue and Dequeue, and so does one that
// changes from one to the other under way.
func TestAdmitEqualsEnqueue(t *testing.T) {
	for name, model := range map[string]Model{
		"random":       &Random{Limit: units.Packets(10), Last: units.Packets(5), P: 0.3},
		"random/small": &Random{Limit: units.Packets(2), Last: units.Packets(3), P: 0.3},
		"packets":      &ECNThreshold{Limit: units.Packets(12), K: units.Packets(4)},
		"bytes":        &ECNThreshold{Limit: units.Quantity{N: 9000, Measure: units.InBytes}, K: units.Quantity{N: 4000, Measure: units.InBytes}},
		"khalili":      &KhaliliRED{Limit: units.Packets(9), Min: 2, Mid: 5, Max: 10, MidP: 0.2, Per: link().Rate},
		"khalili/ecn":  &KhaliliRED{Limit: units.Packets(9), Min: 2, Mid: 5, Max: 10, MidP: 0.2, Per: link().Rate, ECN: true},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(10) {
				run := func(hide bool, change sim.Time) *source {
					q := model.Make(link())
					if _, ok := q.(netem.Admitter); !ok {
						t.Fatal("the queue is no Admitter")
					}
					if hide {
						q = struct{ netem.Queue }{q}
					}
					s := newSource(t, q, seed)
					if change > 0 {
						s.Run(change)
						s.link.SetDelay(s.link.Delay())
					}
					s.Run(sim.Never)
					if err := s.net.Conserved(); err != nil {
						t.Fatal(err)
					}
					return s
				}
				admit, enqueue, changed := run(false, 0), run(true, 0), run(false, 700e6+sim.Time(seed))
				if !slices.Equal(admit.log, enqueue.log) || !slices.Equal(admit.log, changed.log) {
					t.Fatalf("seed %d: fates differ", seed)
				}
				drops := admit.link.Stats().Dropped
				if n := drops.Total().Packets; n == 0 || n == 2000 || admit.Fired() >= enqueue.Fired() {
					t.Fatalf("seed %d: %d drops, %d events and %d", seed, n, admit.Fired(), enqueue.Fired())
				}
			}
		})
	}
}
