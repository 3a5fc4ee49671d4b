package netem

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// steps is a Rate that is not a ConstantRate: a byte a microsecond in even
// milliseconds, nothing in odd ones.
type steps struct{}

func (steps) Mean() units.Bandwidth { return 4 * units.Mbps }

func (steps) Capacity(from, to sim.Time) float64 {
	until := func(t sim.Time) sim.Time { return t/(2*ms)*ms + min(t%(2*ms), ms) }
	return 8e6 * (until(to) - until(from)).Seconds()
}

func (steps) Serve(start sim.Time, n units.Bytes) sim.Time {
	at, left := start, sim.Time(n)*1000
	for {
		phase := at % (2 * ms)
		if phase >= ms {
			at += 2*ms - phase
			continue
		}
		if left <= ms-phase {
			return at + left
		}
		left -= ms - phase
		at += ms - phase
	}
}

type always bool

func (a always) Lose(sim.Time, *Packet) bool { return bool(a) }

// A rate that varies is asked once for each packet; what it left of one goes at
// the rate that replaces it.
func TestLinkVaryingRate(t *testing.T) {
	b := newBench(LinkConfig{Rate: steps{}}, offer{0, 750}, offer{0, 750}, offer{0, 1000})
	b.Run(sim.Never)
	b.want(t, "750000 arrived 0", "2500000 arrived 1", "4500000 arrived 2")

	b = newBench(LinkConfig{Rate: steps{}}, offer{0, 750}, offer{0, 750})
	b.Run(375_000) // half of the first
	b.link.SetRate(ConstantRate(750 * 8000))
	b.Run(sim.Never)
	b.want(t, "875000 arrived 0", "1875000 arrived 1")
}

// Changes of loss and delay meet the packets that depart after them.
func TestLinkSetLossAndDelay(t *testing.T) {
	for _, fast := range []bool{true, false} {
		b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(50 * time.Millisecond)},
			slices.Repeat([]offer{{0, 10}}, 5)...)
		b.link.fast = fast
		b.Run(15 * ms)
		b.link.SetLoss(always(true)) // packet 0 has departed
		b.Run(25 * ms)
		b.link.SetLoss(nil)
		b.Run(35 * ms)
		b.link.SetDelay(ConstantDelay(100 * time.Millisecond))
		b.Run(45 * ms)
		b.link.SetDelay(ConstantDelay(0)) // in order behind packet 3
		b.Run(sim.Never)
		b.want(t, "20000000 channel 1", "60000000 arrived 0", "80000000 arrived 2",
			"140000000 arrived 3", "140000000 arrived 4")
	}
}

// A limit holds for what comes after it has changed, on both ways; what waits stays. A packet takes 10 ms, so that
// at 15 ms packet 1 is in transmission and three wait.
func TestLinkSetLimit(t *testing.T) {
	for _, fast := range []bool{true, false} {
		plan := slices.Repeat([]offer{{0, 10}}, 5)
		for _, at := range []sim.Time{16, 31, 32, 51, 52} {
			plan = append(plan, offer{at * ms, 10})
		}
		b := newBench(LinkConfig{Rate: kbps8, Queue: &DropTail{LimitPackets: 4}}, plan...)
		b.link.fast = fast
		b.Run(15 * ms)
		b.link.SetLimit(Limit{Packets: 2})
		b.Run(50 * ms)
		b.link.SetLimit(Limit{Bytes: 10})
		b.Run(sim.Never)
		b.want(t, "10000000 arrived 0", "16000000 overflow 5", "20000000 arrived 1", "30000000 arrived 2",
			"32000000 overflow 7", "40000000 arrived 3", "50000000 arrived 4", "52000000 overflow 9", "60000000 arrived 6", "70000000 arrived 8")
		if b.link.fast != fast {
			t.Error("the link has changed its path")
		}
	}
}

// What ends now has left its place, and the next packet is in transmission, before a queue drops what is over a
// new limit.
func TestLinkSetLimitAtDeparture(t *testing.T) {
	b := newBench(LinkConfig{Rate: kbps8, Queue: &headDrop{DropTail{LimitPackets: 4}}},
		slices.Repeat([]offer{{0, 10}}, 5)...)
	b.At(10*ms, func() { b.link.SetLimit(Limit{Packets: 1}) })
	b.Run(sim.Never)
	b.want(t, "10000000 overflow 2", "10000000 overflow 3", "10000000 arrived 0",
		"20000000 arrived 1", "30000000 arrived 4")
}

// headDrop is a DropTail that drops from its head what is over a new limit.
type headDrop struct{ DropTail }

func (q *headDrop) SetLimit(now sim.Time, limit Limit, d Dropper) {
	for q.DropTail.SetLimit(now, limit, d); q.Over(); {
		d.Drop(now, q.Dequeue(now, d), Overflow)
	}
}

// A link of rate 0 stands still: what has not left goes on at the next rate with what it has left to do, what comes
// waits, and nothing is lost. Half of packet 0 has gone at 5 ms; the other 5 ms of it begin at 25 ms.
func TestLinkStandsStill(t *testing.T) {
	for _, fast := range []bool{true, false} {
		b := newBench(LinkConfig{Rate: kbps8}, offer{0, 10}, offer{10 * ms, 10})
		b.link.fast = fast
		b.At(5*ms, func() { b.link.SetRate(ConstantRate(0)) })
		b.At(25*ms, func() { b.link.SetRate(kbps8) })
		b.Run(sim.Never)
		b.want(t, "30000000 arrived 0", "40000000 arrived 1")
	}
}

// Losses of packets that left on the fast path before a change are the old ones.
func TestLinkSetLossDeparted(t *testing.T) {
	b := newBench(LinkConfig{Rate: kbps8, Delay: ConstantDelay(50 * time.Millisecond), Loss: always(true)},
		slices.Repeat([]offer{{0, 10}}, 3)...)
	b.Run(20 * ms)
	b.link.SetLoss(nil)
	b.Run(sim.Never)
	b.want(t, "10000000 channel 0", "20000000 channel 1", "80000000 arrived 2")
}

// Whatever is changed and when, packets are conserved.
func TestLinkChanges(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 0))
		var plan []offer
		for at := sim.Time(0); at < 500*ms; at += sim.Time(r.IntN(3)) * ms / 2 {
			plan = append(plan, offer{at, units.Bytes(40 + 1460*r.IntN(2))})
		}
		b := newBench(LinkConfig{
			Rate: ConstantRate(8 * units.Mbps), Delay: ConstantDelay(10 * time.Millisecond), Queue: &DropTail{LimitPackets: 20},
		}, plan...)
		for b.Now() < 600*ms {
			b.Run(b.Now() + sim.Time(r.IntN(40))*ms/4)
			switch r.IntN(9) {
			case 0:
				b.link.SetRate(ConstantRate(units.Bandwidth(r.IntN(20)) * units.Mbps))
			case 1:
				b.link.SetRate(steps{})
			case 2:
				b.link.SetDelay(ConstantDelay(r.IntN(30) * int(ms)))
			case 3:
				b.link.SetLoss(always(r.IntN(4) == 0))
			case 4:
				b.link.SetLoss(nil)
			case 5:
				b.link.SetSilent(r.IntN(3) == 0)
			case 6:
				b.link.SetLimit(Limit{Packets: 1 + r.IntN(20)})
			default:
				b.link.SetUp(!b.link.Up() || r.IntN(4) > 0)
			}
			if err := b.net.Conserved(); err != nil {
				t.Fatalf("seed %d at %v: %v", seed, b.Now(), err)
			}
			s, n, delay := b.link.Stats(), b.link.QueueLen(), b.link.QueueDelay()
			if uint64(n) > s.Held.Packets || delay < 0 || n > 22 {
				t.Fatalf("seed %d at %v: %d packets queued, %v, of %+v", seed, b.Now(), n, delay, s)
			}
		}
		b.link.SetUp(true)
		b.link.SetRate(ConstantRate(8 * units.Mbps))
		b.Run(sim.Never)
		if live := b.pool.Live(); live != 0 || b.next != len(plan) {
			t.Fatalf("seed %d: %d packets leaked, %d of %d sent", seed, live, b.next, len(plan))
		}
	}
}
