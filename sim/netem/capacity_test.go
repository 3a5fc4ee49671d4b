package netem

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// The capacity of a link is its rate over the time that it is up, whatever changes.
func TestCapacity(t *testing.T) {
	b := newBench(LinkConfig{Rate: ConstantRate(8 * units.Mbps)})
	b.At(2*sec, func() { b.link.SetRate(ConstantRate(units.Mbps)) })
	b.At(4*sec, func() { b.link.setUp(false) })
	b.At(5*sec, func() { b.link.SetRate(ConstantRate(3 * units.Mbps)) })
	b.At(7*sec, func() { b.link.setUp(true) })
	b.At(9*sec, func() { b.link.SetRate(ConstantRate(0)) })
	b.Run(10 * sec)
	if got, want := b.link.Stats().Capacity, 2*8e6+2*1e6+2*3e6; math.Abs(got-want) > 100 {
		t.Errorf("%g bits, want %g", got, want)
	}
}

const sec = sim.Time(time.Second)

// A link that is never idle transmits what its capacity allows less a part of a packet, and never more,
// through all changes, on both paths.
func TestTransmittedWithinCapacity(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 0))
		var plan []offer
		for range 3000 {
			plan = append(plan, offer{0, units.Bytes(40 + 1460*r.IntN(2))})
		}
		b := newBench(LinkConfig{Rate: ConstantRate(1 + r.Int64N(10e6)), Delay: ConstantDelay(100 * time.Millisecond)}, plan...)
		if seed%2 == 1 {
			b.link.fast = false
		}
		changes := r.IntN(5)
		for range changes {
			b.At(sim.Time(r.Int64N(int64(sec))), func() { b.link.SetRate(ConstantRate(1 + r.Int64N(10e6))) })
		}
		b.Run(sec)
		s := b.link.Stats()
		sent := float64(s.Transmitted.Bytes) * 8
		if slack := float64(1+changes) * 1500 * 8; sent > s.Capacity+float64(changes*8)+1 || sent < s.Capacity-slack {
			t.Errorf("seed %d: %g bits are transmitted, the rate allows %g", seed, sent, s.Capacity)
		}
		if err := b.net.Conserved(); err != nil {
			t.Error(err)
		}
		b.link.could().bits -= 1e6 // a link that forgets some of what it can
		b.link.could().changes = 0
		if err := b.net.Conserved(); sent > 1e6 && sent > s.Capacity-1e5 && err == nil {
			t.Error("a link that transmits more than its rate allows is not found out")
		}
	}
}
