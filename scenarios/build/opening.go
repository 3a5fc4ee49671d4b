package build

import (
	"math/rand/v2"
	"time"

	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/rng"
)

// starts returns when the connections of a pair of hosts open: Stagger one after the other
// from Start on or, with Gap, at the arrivals of a Poisson process of that mean distance; and
// each later by a time of its own, uniform up to Spread. Connections that would not open
// before the end of the run are left out, so that with Gap Count is the most there can be.
func starts(f *language.Flow, r *rand.Rand, end time.Duration) []sim.Time {
	var gaps rng.Gaps
	times := make([]sim.Time, 0, f.Count)
	next := f.Start
	for range f.Count {
		if f.Gap > 0 {
			next += gaps.Exponential(float64(f.Gap), r)
		}
		if next >= end {
			break
		}
		at := next
		if f.Spread > 0 {
			at += time.Duration(r.Int64N(int64(f.Spread) + 1))
		}
		if at < end {
			times = append(times, sim.Time(at))
		}
		next += f.Stagger
	}
	return times
}
