package channel

import (
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"sort"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Rates.Register("constant", "the same capacity all the time", func() RateModel { return &Constant{} })
	Rates.Register("steps", "piecewise constant capacity", func() RateModel { return &Steps{} })
}

// Constant is a capacity that does not change. At a rate of 0 the link stands still: it is for a time between two
// events.
type Constant struct {
	Rate units.Bandwidth `toml:"rate" doc:"capacity; 0bps, of an event alone: the link stands still until the next one"`
}

// Validate reports a rate that there is not.
func (c *Constant) Validate() error {
	if c.Rate < 0 {
		return fmt.Errorf("rate %v: want 0 or more", c.Rate)
	}
	return nil
}

// Mean implements RateModel.
func (c *Constant) Mean() units.Bandwidth { return c.Rate }

// Make implements RateModel.
func (c *Constant) Make(*rand.Rand) netem.Rate { return netem.ConstantRate(c.Rate) }

// Steps is a capacity that changes at given times and is constant between them. At
// a rate of 0 the packet in transmission waits.
type Steps struct {
	Steps  []Step        `toml:"steps" doc:"times and the rates from then on, ascending; before the first its rate holds"`
	Period time.Duration `toml:"period" doc:"the steps repeat after this time; 0: the last rate stays" time:"run"`

	perPeriod uint64 // work of a period, see Serve
}

// Step is a rate from a time on.
type Step struct {
	At   time.Duration   `toml:"at" doc:"when" time:"run"`
	Rate units.Bandwidth `toml:"rate" doc:"capacity from then on"`
}

// Validate reports steps that are no function of time, or carry nothing.
func (s *Steps) Validate() error {
	if len(s.Steps) == 0 {
		return fmt.Errorf("there are no steps")
	}
	var most units.Bandwidth
	for i, x := range s.Steps {
		if x.At < 0 || i > 0 && x.At <= s.Steps[i-1].At {
			return fmt.Errorf("step %d at %v: want times that ascend from 0", i, x.At)
		}
		if x.Rate < 0 {
			return fmt.Errorf("step %d: rate %v: want 0 or more", i, x.Rate)
		}
		most = max(most, x.Rate)
	}
	if most == 0 {
		return fmt.Errorf("all rates are 0")
	}
	if s.Period != 0 && s.Period <= s.Steps[len(s.Steps)-1].At {
		return fmt.Errorf("period %v: want it after the last step", s.Period)
	}
	return nil
}

// Mean implements RateModel: the average over the period, or over the steps and
// as long again at the last rate as the longest of them.
func (s *Steps) Mean() units.Bandwidth {
	n := len(s.Steps)
	end := s.Period
	if end == 0 {
		if n == 1 {
			return s.Steps[0].Rate
		}
		end = 2*s.Steps[n-1].At - s.Steps[n-2].At
	}
	sum := float64(s.Steps[0].Rate) * s.Steps[0].At.Seconds()
	for i, x := range s.Steps {
		to := end
		if i+1 < n {
			to = s.Steps[i+1].At
		}
		sum += float64(x.Rate) * (to - x.At).Seconds()
	}
	return units.Bandwidth(sum / end.Seconds())
}

// Make implements RateModel.
func (s *Steps) Make(*rand.Rand) netem.Rate {
	c := *s
	c.perPeriod = c.periodWork()
	return &c
}

// at returns the rate at t and when it changes next.
func (s *Steps) at(t sim.Time) (rate units.Bandwidth, next sim.Time) {
	base, end := sim.Time(0), sim.Never
	if p := sim.Time(s.Period); p > 0 {
		base = t - t%p
		if p < sim.Never-base {
			end = base + p
		}
	}
	i := sort.Search(len(s.Steps), func(i int) bool { return sim.Time(s.Steps[i].At) > t-base })
	if i < len(s.Steps) && sim.Time(s.Steps[i].At) < end-base {
		end = base + sim.Time(s.Steps[i].At)
	}
	return s.Steps[max(i-1, 0)].Rate, end
}

// Serve implements netem.Rate. Work is counted in units of 1e-9 bit: one nanosecond
// at rate b does b units.
func (s *Steps) Serve(start sim.Time, n units.Bytes) sim.Time {
	work := uint64(n) * 8e9
	if s.Period > 0 {
		// Whole periods leave at least one unit to do, so that the end is found
		// below within a period and a bit.
		if work > s.perPeriod {
			periods := (work - 1) / s.perPeriod
			if periods > uint64(sim.Never-start)/uint64(s.Period) {
				return sim.Never
			}
			start = start.Add(s.Period * time.Duration(periods))
			work -= periods * s.perPeriod
		}
	}
	for t := start; ; {
		rate, next := s.at(t)
		if rate > 0 {
			if took := (work + uint64(rate) - 1) / uint64(rate); took <= uint64(next-t) {
				return t + sim.Time(took)
			}
			work -= uint64(rate) * uint64(next-t)
		}
		if next == sim.Never {
			return sim.Never
		}
		t = next
	}
}

// Capacity implements netem.Rate.
func (s *Steps) Capacity(from, to sim.Time) float64 { return s.until(to) - s.until(from) }

// until returns the bits that can be sent before t.
func (s *Steps) until(t sim.Time) (bits float64) {
	if p := sim.Time(s.Period); p > 0 && t > p {
		bits = float64(t/p) * s.until(p)
		t %= p
	}
	for at := sim.Time(0); at < t; {
		rate, next := s.at(at)
		next = min(next, t)
		bits += float64(float64(rate) * next.Sub(at).Seconds())
		at = next
	}
	return bits
}

// periodWork returns the work of a period, saturated.
func (s *Steps) periodWork() uint64 {
	var sum uint64
	for t := sim.Time(0); t < sim.Time(s.Period); {
		rate, next := s.at(t)
		hi, lo := bits.Mul64(uint64(rate), uint64(next-t))
		done, carry := bits.Add64(sum, lo, 0)
		if hi > 0 || carry > 0 {
			return math.MaxUint64
		}
		sum, t = done, next
	}
	return sum
}
