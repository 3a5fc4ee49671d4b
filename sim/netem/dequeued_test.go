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

// lengths notes how long the queue of l is, where that changes.
func lengths(t *testing.T, l *Link) *[]LengthEvent {
	log := new([]LengthEvent)
	last := sim.Time(0)
	l.Points.Length.Observe(func(e LengthEvent) {
		if e.Now < last {
			t.Errorf("a length of %v is reported after one of %v", e.Now, last)
		}
		last = e.Now
		list := *log
		if n := len(list); n > 0 && list[n-1].Now == e.Now {
			list = list[:n-1]
		}
		if n := len(list); n == 0 || list[n-1].Packets != e.Packets {
			list = append(list, e)
		}
		*log = list
	})
	return log
}

// A queue grows with each packet that it accepts and shrinks when the transmission of one ends, or when it loses
// all: 10 ms a packet, the queue has room for three with the one in transmission.
func TestLength(t *testing.T) {
	for _, queue := range []Queue{&DropTail{LimitPackets: 2}, general{&DropTail{LimitPackets: 2}}} {
		b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(50 * time.Millisecond), Queue: queue},
			offer{0, 10}, offer{5 * ms, 10}, offer{6 * ms, 10}, offer{7 * ms, 10}, offer{200 * ms, 10}, offer{201 * ms, 10})
		log := lengths(t, b.link)
		b.Run(205 * ms)
		b.link.SetUp(false)
		want := []LengthEvent{{0, 1}, {5 * ms, 2}, {6 * ms, 3}, {10 * ms, 2}, {20 * ms, 1}, {30 * ms, 0}, {200 * ms, 1}, {201 * ms, 2}, {205 * ms, 0}}
		if !slices.Equal(*log, want) {
			t.Errorf("%T: %v, want %v", queue, *log, want)
		}
	}
}

// Both paths of a link report the same lengths, whatever changes and when.
func TestLengthOnBothPaths(t *testing.T) {
	for seed := range uint64(50) {
		var logs [2][]LengthEvent
		for i, queue := range []Queue{&DropTail{LimitPackets: 20}, general{&DropTail{LimitPackets: 20}}} {
			r := rand.New(rand.NewPCG(seed, 1))
			var plan []offer
			for at := sim.Time(0); at < 500*ms; at += sim.Time(r.IntN(3)) * ms / 2 {
				plan = append(plan, offer{at, units.Bytes(40 + 1460*r.IntN(2))})
			}
			b := newBench(LinkConfig{Rate: ConstantRate(8 * units.Mbps), Delay: ConstantDelay(10 * time.Millisecond), Queue: queue}, plan...)
			log := lengths(t, b.link)
			for range 20 {
				b.Run(b.Now() + sim.Time(r.IntN(100))*ms/4)
				switch r.IntN(3) {
				case 0:
					b.link.SetRate(ConstantRate(units.Bandwidth(1+r.IntN(20)) * units.Mbps))
				case 1:
					b.link.SetDelay(ConstantDelay(r.IntN(30) * int(ms)))
				default:
					b.link.SetUp(!b.link.Up() || r.IntN(4) > 0)
				}
			}
			b.link.SetUp(true)
			b.Run(sim.Never)
			logs[i] = *log
		}
		if !slices.Equal(logs[0], logs[1]) {
			t.Fatalf("seed %d: lengths on the fast path\n%v\non the general one\n%v", seed, logs[0], logs[1])
		}
	}
}
