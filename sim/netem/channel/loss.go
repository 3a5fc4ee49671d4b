package channel

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"mpsim/sim"
	"mpsim/sim/netem"
)

func init() {
	Losses.Register("none", "a channel without losses", func() LossModel { return None{} })
	Losses.Register("bernoulli", "independent losses", func() LossModel { return &Bernoulli{} })
	Losses.Register("gilbert-elliott", "Gilbert 1960, Elliott 1963, in the order of Linux's netem", func() LossModel {
		return &GilbertElliott{LossBad: 1}
	})
	Losses.Register("list", "explicit packets", func() LossModel { return &List{} })
}

// probability reports a parameter that is none.
func probability(name string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("%s = %g: want 0 to 1", name, p)
	}
	return nil
}

// None loses nothing.
type None struct{}

// Make implements LossModel.
func (None) Make(*rand.Rand) netem.Loss { return nil }

// Bernoulli loses each packet with probability P.
type Bernoulli struct {
	P float64 `toml:"p" doc:"probability of loss"`

	r *rand.Rand
}

// Validate reports a parameter out of range.
func (b *Bernoulli) Validate() error { return probability("p", b.P) }

// Make implements LossModel.
func (b *Bernoulli) Make(r *rand.Rand) netem.Loss { return &Bernoulli{b.P, r} }

// Lose implements netem.Loss.
func (b *Bernoulli) Lose(sim.Time, *netem.Packet) bool { return b.r.Float64() < b.P }

// GilbertElliott is a channel with a good and a bad state. For each packet the
// loss is drawn with the state held before the transition, as netem does: the
// textbook's chain differs by one packet in the bursts, not in the loss rate
//
//	P/(P+R)·LossBad + R/(P+R)·LossGood
//
// A burst lasts 1/R packets on average.
type GilbertElliott struct {
	P        float64 `toml:"p" doc:"probability, for each packet, to go from good to bad"`
	R        float64 `toml:"r" doc:"probability, for each packet, to go from bad to good"`
	LossGood float64 `toml:"loss_good" doc:"probability of loss in the good state"`
	LossBad  float64 `toml:"loss_bad" doc:"probability of loss in the bad state"`

	r   *rand.Rand
	bad bool
}

// Validate reports a parameter out of range.
func (g *GilbertElliott) Validate() error {
	for _, p := range []struct {
		name string
		p    float64
	}{{"p", g.P}, {"r", g.R}, {"loss_good", g.LossGood}, {"loss_bad", g.LossBad}} {
		if err := probability(p.name, p.p); err != nil {
			return err
		}
	}
	return nil
}

// Make implements LossModel.
func (g *GilbertElliott) Make(r *rand.Rand) netem.Loss {
	c := *g
	c.r = r
	return &c
}

// Lose implements netem.Loss.
func (g *GilbertElliott) Lose(sim.Time, *netem.Packet) bool {
	loss, leave := g.LossGood, g.P
	if g.bad {
		loss, leave = g.LossBad, g.R
	}
	if g.r.Float64() < leave {
		g.bad = !g.bad
	}
	return g.r.Float64() < loss
}

// List loses the packets of given numbers; the first packet is number 1.
type List struct {
	Packets []int `toml:"packets" doc:"numbers of the packets to lose, from 1"`
	Every   int   `toml:"every" doc:"loses every so many packets besides; 0: none"`

	sorted []int
	seen   int
}

// Validate reports a number that no packet has.
func (l *List) Validate() error {
	for _, n := range l.Packets {
		if n < 1 {
			return fmt.Errorf("packet %d: the first is number 1", n)
		}
	}
	if l.Every < 0 {
		return fmt.Errorf("every = %d: want 0 or more", l.Every)
	}
	return nil
}

// Make implements LossModel.
func (l *List) Make(*rand.Rand) netem.Loss {
	return &List{Every: l.Every, sorted: slices.Sorted(slices.Values(l.Packets))}
}

// Lose implements netem.Loss.
func (l *List) Lose(sim.Time, *netem.Packet) bool {
	l.seen++
	listed := false
	for len(l.sorted) > 0 && l.sorted[0] <= l.seen {
		listed = listed || l.sorted[0] == l.seen
		l.sorted = l.sorted[1:]
	}
	return listed || l.Every > 0 && l.seen%l.Every == 0
}
