package channel

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/words"
)

func init() {
	Delays.Register("constant", "the same delay for every packet", func() DelayModel { return &ConstantDelay{} })
	Delays.Register("jitter", "independent delays, with or without reordering", func() DelayModel {
		return &Jitter{Distribution: "uniform"}
	})
}

// ConstantDelay is a delay that does not change.
type ConstantDelay struct {
	Delay time.Duration `toml:"delay" doc:"propagation delay, one way"`
}

// Validate reports a delay out of range.
func (c *ConstantDelay) Validate() error { return inRange("delay", c.Delay) }

// maxDelay keeps the sum of a delay and many times a jitter in the range of a Duration.
const maxDelay = 1000 * time.Hour

// inRange reports a delay that is none.
func inRange(name string, d time.Duration) error {
	if d < 0 || d > maxDelay {
		return fmt.Errorf("%s %v: want 0 to %v", name, d, maxDelay)
	}
	return nil
}

// Min implements DelayModel.
func (c *ConstantDelay) Min() time.Duration { return c.Delay }

// Make implements DelayModel.
func (c *ConstantDelay) Make(*rand.Rand) netem.Delay { return netem.ConstantDelay(c.Delay) }

// Jitter adds a random time to each packet's delay. Without Reorder a packet
// waits for the one before it, which on a fast link biases the mean upward.
type Jitter struct {
	Base         time.Duration `toml:"delay" doc:"least delay, one way"`
	Jitter       time.Duration `toml:"jitter" doc:"uniform: greatest addition; exponential: mean addition; normal: standard deviation, of which the positive half is added"`
	Distribution string        `toml:"distribution" doc:"uniform, exponential or normal"`
	Reorder      bool          `toml:"reorder" doc:"let packets overtake each other"`

	r *rand.Rand
}

// Validate reports parameters out of range.
func (j *Jitter) Validate() error {
	if err := words.Check("distribution", j.Distribution, "uniform", "exponential", "normal"); err != nil {
		return err
	}
	if err := inRange("delay", j.Base); err != nil {
		return err
	}
	return inRange("jitter", j.Jitter)
}

// Make implements DelayModel.
func (j *Jitter) Make(r *rand.Rand) netem.Delay {
	c := *j
	c.r = r
	return &c
}

// Min implements DelayModel and netem.Delay.
func (j *Jitter) Min() time.Duration { return j.Base }

// InOrder implements netem.Delay.
func (j *Jitter) InOrder() bool { return !j.Reorder }

// Of implements netem.Delay.
func (j *Jitter) Of(sim.Time, *netem.Packet) time.Duration {
	var x float64
	switch j.Distribution {
	case "uniform":
		x = j.r.Float64()
	case "exponential":
		x = j.r.ExpFloat64()
	case "normal":
		if x = j.r.NormFloat64(); x < 0 {
			x = -x
		}
	}
	return j.Base + time.Duration(x*float64(j.Jitter))
}
