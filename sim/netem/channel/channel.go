// Package channel has the processes that make links real: losses, varying rates,
// varying delays, one kind a file. Each has a model, which scenarios name and
// whose exported fields are its parameters, and the process that the model makes
// for one direction of a link, with a random stream of its own.
package channel

import (
	"math/rand/v2"
	"time"

	"mpsim/sim/netem"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// LossModel is a kind of loss. Its exported fields are its parameters.
type LossModel interface {
	// Make returns a fresh process that draws from r; nil loses nothing.
	Make(r *rand.Rand) netem.Loss
}

// RateModel is a kind of capacity.
type RateModel interface {
	Make(r *rand.Rand) netem.Rate
	// Mean returns the long-run average.
	Mean() units.Bandwidth
}

// DelayModel is a kind of propagation delay.
type DelayModel interface {
	Make(r *rand.Rand) netem.Delay
	// Min returns the least delay.
	Min() time.Duration
}

// The registries have every model by name.
var (
	Losses = plugin.NewRegistry[LossModel]("loss process")
	Rates  = plugin.NewRegistry[RateModel]("rate process")
	Delays = plugin.NewRegistry[DelayModel]("delay process")
)
