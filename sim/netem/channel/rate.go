package channel

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Rates.Register("constant", "-", func() RateModel { return &Constant{} })
	Rates.Register("steps", "piecewise constant capacity", func() RateModel { return &Steps{} })
}

// Constant is a capacity that does not change.
type Constant struct {
	Rate units.Bandwidth `toml:"rate" doc:"capacity"`
}

// Validate reports a rate at which nothing would ever leave.
func (c *Constant) Validate() error {
	if c.Rate <= 0 {
		return fmt.Errorf("rate %v: want more than 0", c.Rate)
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
	Period time.Duration `toml:"period" doc:"the steps repeat after this time; 0: the last rate stays"`
}

// Step is a rate from a time on.
type Step struct {
	At   time.Duration   `toml:"at" doc:"when"`
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
func (s *Steps) Make(*rand.Rand) netem.Rate { return &Steps{Steps: s.Steps, Period: s.Period} }

// at returns the rate at t and when it changes next.
func (s *Steps) at(t sim.Time) (units.Bandwidth, sim.Time) {
	base := sim.Time(0)
	if p := sim.Time(s.Period); p > 0 {
		base = t - t%p
		t -= base
	}
	rate, next := s.Steps[0].Rate, sim.Never
	if s.Period > 0 {
		next = base + sim.Time(s.Period)
	}
	for _, x := range s.Steps {
		if sim.Time(x.At) > t {
			next = base + sim.Time(x.At)
			break
		}
		rate = x.Rate
	}
	return rate, next
}

// Serve implements netem.Rate.
func (s *Steps) Serve(start sim.Time, n units.Bytes) sim.Time {
	const scale = 1e9 // bits·1e9 = rate·ns
	work := float64(n) * 8 * scale
	for t := start; ; {
		rate, next := s.at(t)
		if rate > 0 {
			if need := work / float64(rate); next == sim.Never || t+sim.Time(need) < next {
				return t + sim.Time(need+0.999999)
			}
		}
		if next == sim.Never {
			return sim.Never
		}
		work -= float64(float64(rate) * float64(next-t))
		t = next
	}
}
