package netem

import (
	"slices"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/course"
	"mpsim/sim/rare"
	"mpsim/sim/units"
)

// Forced, the indices of the pipe of a link wrap, and its ring grows from one entry; packets
// fare as they do otherwise, on both paths.
func TestForcedRings(t *testing.T) {
	var plan []offer
	for i := range 300 {
		plan = append(plan, offer{sim.Time(i) * 500_000, units.Bytes(500 + 700*(i%2))})
	}
	run := func(f *rare.Force, fast bool) *bench {
		b := newBench(LinkConfig{Rate: ConstantRate(10 * units.Mbps), Delay: ConstantDelay(20 * time.Millisecond)}, plan...)
		b.link.pipe.force(f, course.Text("link"))
		b.link.dep = b.link.pipe.tail
		b.link.fast = fast
		b.Run(sim.Never)
		return b
	}
	for _, fast := range []bool{true, false} {
		plain := run(nil, fast)
		wrap, small := run(rare.Only(rare.RingWrap), fast), run(rare.Only(rare.SmallRings), fast)
		if p := wrap.link.pipe; p.tail >= 300 || p.tail < 200 {
			t.Errorf("the indices end at %d, and have not wrapped", p.tail)
		}
		if n := len(small.link.pipe.buf); n >= len(plain.link.pipe.buf)*2 {
			t.Errorf("the ring has grown to %d entries", n)
		}
		if !slices.Equal(wrap.log, plain.log) || !slices.Equal(small.log, plain.log) {
			t.Error("packets fare otherwise")
		}
	}
}
