package netem

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// waits notes what l reports of the queue.
func waits(l *Link) *[]string {
	log := new([]string)
	l.Points.Dequeued.Observe(func(e DequeueEvent) { *log = append(*log, fmt.Sprint(int64(e.Now), int64(e.Waited))) })
	return log
}

// general is a DropTail that no link takes for one, so that it takes the general path.
type general struct{ *DropTail }

// A packet waits from its arrival until its transmission begins: behind those before it, at the rate that they
// then have, and while the rate is 0.
func TestDequeued(t *testing.T) {
	for _, queue := range []Queue{new(DropTail), general{new(DropTail)}} {
		b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(50 * time.Millisecond), Queue: queue},
			offer{0, 10}, offer{5 * ms, 10}, offer{5 * ms, 10}, offer{6 * ms, 10}, offer{200 * ms, 10})
		log := waits(b.link)
		b.Run(25 * ms) // half of the third: 10 ms a packet
		b.link.SetRate(ConstantRate(4000))
		b.Run(45 * ms) // half of the fourth, which began at 35 ms
		b.link.SetRate(ConstantRate(0))
		b.Run(145 * ms)
		b.link.SetRate(kbps8)
		b.Run(sim.Never)
		want := []string{"0 0", "10000000 5000000", "20000000 15000000", "35000000 29000000", "200000000 0"}
		if slices.Sort(*log); !slices.Equal(*log, slices.Sorted(slices.Values(want))) {
			t.Errorf("%T: %v, want %v", queue, *log, want)
		}
	}
}

// Both paths of a link report the same waits, whatever changes and when, in the order of transmissions.
func TestDequeuedOnBothPaths(t *testing.T) {
	for seed := range uint64(50) {
		var logs [2][]string
		for i, queue := range []Queue{&DropTail{LimitPackets: 20}, general{&DropTail{LimitPackets: 20}}} {
			r := rand.New(rand.NewPCG(seed, 0))
			var plan []offer
			for at := sim.Time(0); at < 500*ms; at += sim.Time(r.IntN(3)) * ms / 2 {
				plan = append(plan, offer{at, units.Bytes(40 + 1460*r.IntN(2))})
			}
			b := newBench(LinkConfig{Rate: ConstantRate(8 * units.Mbps), Delay: ConstantDelay(10 * time.Millisecond), Queue: queue}, plan...)
			log, last := waits(b.link), sim.Time(0)
			b.link.Points.Dequeued.Observe(func(e DequeueEvent) {
				if e.Now < last || e.Waited < 0 {
					t.Fatalf("seed %d: a packet leaves the queue at %v after %v, and one before it did at %v", seed, e.Now, e.Waited, last)
				}
				last = e.Now
			})
			for range 20 {
				b.Run(b.Now() + sim.Time(r.IntN(100))*ms/4)
				switch r.IntN(4) {
				case 0:
					b.link.SetRate(ConstantRate(units.Bandwidth(1+r.IntN(20)) * units.Mbps))
				case 1:
					b.link.SetDelay(ConstantDelay(r.IntN(30) * int(ms)))
				case 2:
					b.link.SetLoss(always(r.IntN(2) == 0))
				default:
					b.link.SetUp(!b.link.Up() || r.IntN(4) > 0)
				}
			}
			b.link.SetUp(true)
			b.Run(sim.Never)
			logs[i] = *log
		}
		if !slices.Equal(logs[0], logs[1]) {
			t.Fatalf("seed %d: %d packets waited on the fast path, %d on the general one, or other times", seed, len(logs[0]), len(logs[1]))
		}
	}
}
