package scenarios

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

type pRate interface{ Mean() units.Bandwidth }
type pDelay interface{ Min() time.Duration }
type pLoss interface{ L() }
type pQueue interface{ Q() }

type cRate struct {
	Rate units.Bandwidth `toml:"rate"`
}

func (c *cRate) Mean() units.Bandwidth { return c.Rate }

type tRate struct {
	File string `toml:"trace"`
}

func (c *tRate) Mean() units.Bandwidth { return units.Mbps }
func (c *tRate) Open(open func(name string) ([]byte, error)) error {
	_, err := open(c.File)
	return err
}

type cDelay struct {
	Delay time.Duration `toml:"delay"`
}

func (c *cDelay) Min() time.Duration { return c.Delay }

type noLoss struct{}

func (c *noLoss) L() {}

type bLoss struct {
	P float64 `toml:"p"`
}

func (c *bLoss) L() {}

type dt struct {
	Limit units.Quantity `toml:"limit"`
}

func (c *dt) Q() {}

var rates = plugin.NewRegistry[pRate]("rate process")
var delays = plugin.NewRegistry[pDelay]("delay process")
var losses = plugin.NewRegistry[pLoss]("loss process")
var queues = plugin.NewRegistry[pQueue]("queue")

type bulk struct{}

func (*bulk) Pair(app.Env, sim.Time) (a, b app.Workload) { return }

func init() {
	app.Registry.Register("bulk", "", func() app.Pattern { return new(bulk) })
	rates.Register("constant", "", func() pRate { return new(cRate) })
	rates.Register("trace", "", func() pRate { return new(tRate) })
	delays.Register("constant", "", func() pDelay { return new(cDelay) })
	losses.Register("none", "", func() pLoss { return new(noLoss) })
	losses.Register("bernoulli", "", func() pLoss { return new(bLoss) })
	queues.Register("droptail", "", func() pQueue { return new(dt) })
}
