package netem

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// loseOne loses the packet of one number, from 0.
type loseOne struct{ seen, which int }

func (l *loseOne) Lose(sim.Time, *Packet) bool {
	l.seen++
	return l.seen == l.which+1
}

// delayOne delays the packet of one number, from 0, by a nanosecond more.
type delayOne struct {
	ConstantDelay
	seen, which int
}

func (d *delayOne) Of(now sim.Time, p *Packet) time.Duration {
	d.seen++
	if d.seen == d.which+1 {
		return time.Duration(d.ConstantDelay) + 1
	}
	return time.Duration(d.ConstantDelay)
}

// The hash of the course tells of one delivery a nanosecond later, one packet lost or dropped, one byte
// more, and one packet less; not of other timers of the engine, nor of who looks.
func TestCourse(t *testing.T) {
	const n = 200
	plan := make([]offer, n)
	for i := range plan {
		plan[i] = offer{sim.Time(i * 900_000), units.Bytes(1000 + i%3)}
	}
	run := func(c LinkConfig, plan []offer, change func(*bench)) uint64 {
		if c.Delay == nil {
			c.Delay = &delayOne{ConstantDelay: ConstantDelay(10 * time.Millisecond), which: -1}
		}
		c.Rate = ConstantRate(10 * units.Mbps)
		b := newBench(c, plan...)
		change(b)
		b.Run(sim.Never)
		return b.net.Course()
	}
	same := func(*bench) {}
	want := run(LinkConfig{}, plan, same)
	later := LinkConfig{Delay: &delayOne{ConstantDelay: ConstantDelay(10 * time.Millisecond), which: 77}}
	longer := append([]offer(nil), plan...)
	longer[50].size++
	for name, got := range map[string]uint64{
		"one delivery is later by 1 ns": run(later, plan, same),
		"one packet is lost":            run(LinkConfig{Loss: &loseOne{which: 77}}, plan, same),
		"one packet is larger by 1 B":   run(LinkConfig{}, longer, same),
		"the last packet is missing":    run(LinkConfig{}, plan[:n-1], same),
		"one packet is dropped": run(LinkConfig{}, plan, func(b *bench) {
			b.At(plan[9].at, func() { b.link.setUp(false) })
			b.At(plan[9].at+1000, func() { b.link.setUp(true) })
		}),
		"one packet is marked": run(LinkConfig{}, plan, func(b *bench) {
			b.At(plan[9].at, func() { b.link.Mark(&Packet{Size: 1000}) })
		}),
	} {
		if got == want {
			t.Errorf("%s: the hash of the course does not tell", name)
		}
	}
	for name, got := range map[string]uint64{
		"the fast path": run(LinkConfig{Delay: ConstantDelay(10 * time.Millisecond)}, plan, same),
		"other timers": run(LinkConfig{}, plan, func(b *bench) {
			for i := range sim.Time(1000) {
				b.At(i*i*100, func() {})
			}
		}),
		"observers": run(LinkConfig{}, plan, func(b *bench) {
			b.link.Points.Delivered.Observe(func(PacketEvent) {})
			b.link.Points.Offered.Observe(func(PacketEvent) {})
			b.link.Points.Enqueued.Observe(func(PacketEvent) {})
		}),
	} {
		if got != want {
			t.Errorf("%s: hash %x of the course, want %x", name, got, want)
		}
	}
}

// The packets of a run that a middlebox makes or absorbs count, and so does what a packet carries.
func TestCourseOfContent(t *testing.T) {
	run := func(content uint64, ecn ECN) uint64 {
		b := newBench(LinkConfig{Rate: ConstantRate(units.Gbps)})
		p := b.pool.Get()
		p.Size, p.Route, p.ECN = 1500, b.route, ecn
		b.net.Launch(p, content)
		b.Run(sim.Never)
		return b.net.Course()
	}
	want := run(0, NotECT)
	if run(1, NotECT) == want || run(1<<63, NotECT) == want || run(0, ECT0) == want {
		t.Error("the content or the ECN field of a packet does not count")
	}
	if run(0, NotECT) != want {
		t.Error("the same run has another hash")
	}
}
