package scenarios

import (
	"math/rand/v2"
	"time"

	"mpsim/sim"
)

// starts returns when the connections of a pair of hosts open: Stagger one after the other
// from Start on or, with Gap, at the arrivals of a Poisson process of that mean distance; and
// each later by a time of its own, uniform up to Spread. Connections that would not open
// before the end of the run are left out, so that with Gap Count is the most there can be.
func (f *Flow) starts(r *rand.Rand, end time.Duration) []sim.Time {
	times := make([]sim.Time, 0, f.Count)
	for next := f.Start; len(times) < f.Count; next += f.Stagger {
		if f.Gap > 0 {
			next += time.Duration(float64(f.Gap) * r.ExpFloat64())
		}
		if next >= end {
			break
		}
		at := next
		if f.Spread > 0 {
			at += time.Duration(r.Int64N(int64(f.Spread) + 1))
		}
		times = append(times, sim.Time(at))
	}
	return times
}

// checkStarts checks when the connections of flow i open, as far as that is not drawn.
func (s *Scenario) checkStarts(d *document, i int) {
	f := &s.Flows[i]
	fail := func(key, format string, args ...any) { d.fail(at("flow", i, key), format, args...) }
	if f.Count < 1 || f.Count > maxCount {
		fail("count", "got %d; want 1 to %d", f.Count, maxCount)
	}
	last := f.Start.Seconds() + f.Spread.Seconds() + float64(max(f.Count, 1)-1)*f.Stagger.Seconds()
	if last >= s.Duration.Seconds() && s.Duration > 0 {
		fail("start", "the last connection would open at %gs, after the end of the run at %v", last, s.Duration)
	}
	if f.Gap > maxDuration {
		fail("gap", "%v is too long; want at most %v", f.Gap, maxDuration)
	}
	if f.Stop != 0 && f.Stop <= f.Start {
		fail("stop", "%v is not after the start at %v", f.Stop, f.Start)
	}
}
