package channel

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

const (
	ms = sim.Time(time.Millisecond)
	d  = time.Millisecond
)

func TestSteps(t *testing.T) {
	hold := Steps{Steps: []Step{{0, 12 * units.Mbps}, {10 * d, 0}, {20 * d, 6 * units.Mbps}}}
	loop := hold
	loop.Period = 30 * d
	outage := Steps{Steps: []Step{{0, units.Mbps}, {10 * d, 0}}}
	late := Steps{Steps: []Step{{10 * d, 12 * units.Mbps}, {20 * d, 6 * units.Mbps}}}
	blink := Steps{Steps: []Step{{0, 1}, {1, 0}}, Period: 2} // 1e-9 bit each 2 ns
	for _, c := range []struct {
		name  string
		steps Steps
		start sim.Time
		bytes units.Bytes
		want  sim.Time
	}{
		{"within a step", hold, 0, 1500, 1 * ms},
		{"ends with the step", hold, 9 * ms, 1500, 10 * ms},
		{"half now, half after an outage", hold, 9*ms + ms/2, 1500, 21 * ms},
		{"begins in an outage", hold, 15 * ms, 1500, 22 * ms},
		{"the last rate stays", hold, 1000 * ms, 1500, 1002 * ms},
		{"rounded up", hold, 20 * ms, 1, 20*ms + 1334},
		{"the steps repeat", loop, 30 * ms, 1500, 31 * ms},
		{"across the end of the period", loop, 29 * ms, 1500, 30*ms + ms/2},
		{"whole periods are skipped", loop, 0, 15 * 1500 * 100, 3000 * ms},
		{"an outage for ever", outage, 20 * ms, 1, sim.Never},
		{"the first rate holds before it", late, 0, 1500, 1 * ms},
		{"slow beyond all time", blink, 0, 1 << 40, sim.Never},
		{"slow", blink, 0, 1, 2*(8e9-1) + 1},
	} {
		m := c.steps
		if err := m.Validate(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := m.Make(nil).Serve(c.start, c.bytes); got != c.want {
			t.Errorf("%s: %d bytes from %v end at %v, want %v", c.name, c.bytes, c.start, got, c.want)
		}
	}
}

func TestStepsMean(t *testing.T) {
	m := Steps{Steps: []Step{{0, 12 * units.Mbps}, {10 * d, 0}, {20 * d, 6 * units.Mbps}}, Period: 30 * d}
	if got := m.Mean(); got != 6*units.Mbps {
		t.Errorf("got %v, want 6 Mb/s", got)
	}
}

// A step rate that never changes serves as a constant one.
func TestStepsConstant(t *testing.T) {
	c, s := (&Constant{Rate: 7 * units.Mbps}).Make(nil), (&Steps{Steps: []Step{{0, 7 * units.Mbps}}}).Make(nil)
	for n := units.Bytes(1); n < 3000; n += 7 {
		if got, want := s.Serve(5*ms, n), c.Serve(5*ms, n); got != want {
			t.Fatalf("%d bytes: got %v, want %v", n, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, m := range map[string]interface{ Validate() error }{
		"probability above 1":  &Bernoulli{P: 1.1},
		"negative probability": &GilbertElliott{P: -0.1},
		"packet 0":             &List{Packets: []int{0}},
		"no steps":             &Steps{},
		"steps descend":        &Steps{Steps: []Step{{d, 1}, {0, 1}}},
		"nothing ever leaves":  &Steps{Steps: []Step{{0, 0}}},
		"negative rate":        &Steps{Steps: []Step{{0, 1}, {d, -1}}},
		"period too short":     &Steps{Steps: []Step{{0, 1}, {d, 2}}, Period: d},
		"negative delay":       &ConstantDelay{Delay: -1},
		"endless jitter":       &Jitter{Jitter: 1 << 62, Distribution: "uniform"},
		"distribution":         &Jitter{Distribution: "pareto"},
	} {
		if m.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestHotPathsAllocateNothing(t *testing.T) {
	loss := (&GilbertElliott{P: 0.1, R: 0.1, LossBad: 1}).Make(random())
	list := (&List{Packets: []int{3, 5}}).Make(nil)
	steps := (&Steps{Steps: []Step{{0, units.Mbps}, {d, 0}}, Period: 2 * d}).Make(nil)
	trace := (&Trace{lines: []int64{1, 1, 5, 10}}).Make(nil)
	jitter := (&Jitter{Jitter: d, Distribution: "normal"}).Make(random())
	var now, at sim.Time
	if n := testing.AllocsPerRun(1000, func() {
		loss.Lose(now, nil)
		list.Lose(now, nil)
		jitter.Of(now, nil)
		now = steps.Serve(now, 1500)
		at = trace.Serve(at, 1500)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Of any two times the capacity between them is what a busy link sends in packets of 6 bytes, which take whole
// microseconds and leave a part of an opportunity of a trace, but for the packet that it is at.
func TestCapacity(t *testing.T) {
	for name, m := range map[string]RateModel{
		"constant":     &Constant{Rate: 12 * units.Mbps},
		"steps":        &Steps{Steps: []Step{{3 * d, 12 * units.Mbps}, {10 * d, 0}, {20 * d, 6 * units.Mbps}}},
		"repeated":     &Steps{Steps: []Step{{0, 12 * units.Mbps}, {10 * d, 0}, {20 * d, 6 * units.Mbps}}, Period: 30 * d},
		"trace":        parse(t, "0\n1\n1\n5\n10\n10\n"),
		"slow trace":   parse(t, "70\n"),
		"trace at end": parse(t, "1\n1\n"),
	} {
		for _, from := range []sim.Time{0, 1 * ms, 9 * ms, 10 * ms, 15 * ms, 30 * ms, 70 * ms, 140 * ms} {
			for _, to := range []sim.Time{from, from + 1, from + ms, from + 30*ms, from + 301*ms, 3000 * ms} {
				r := m.Make(nil)
				got := r.Capacity(from, to)
				sent := 0.0
				for at := r.Serve(from, 6); at < to; at = r.Serve(at, 6) {
					sent += 48
				}
				if got < sent-1e-6 || got > sent+48+1e-6 {
					t.Errorf("%s: capacity from %v to %v is %g bits; %g are sent", name, from, to, got, sent)
				}
			}
		}
	}
}
