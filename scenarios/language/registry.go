package language

import (
	"fmt"
	"reflect"

	"mpsim/cc"
	"mpsim/experiment/figure"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/pathmgr"
	"mpsim/sched"
	"mpsim/sim/app"
	"mpsim/sim/netem/channel"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/plugin"
	"mpsim/topology"
)

// What each kind of part is once it is made.
type (
	Controller  = cc.Controller
	Scheduler   = sched.Scheduler
	PathManager = pathmgr.Manager
	Workload    = app.Pattern
	PathChoice  = topology.Choice
	Queue       = qdisc.Model
	Rate        = channel.RateModel
	Delay       = channel.DelayModel
	Loss        = channel.LossModel
	FigureKind  = figure.Kind
)

// registries has one for each type of part.
var registries = []any{
	cc.Registry, sched.Registry, pathmgr.Registry, app.Registry, topology.Registry, topology.Choices, topology.Matrices,
	qdisc.Registry, channel.Rates, channel.Delays, channel.Losses, middlebox.Registry, figure.Registry,
}

// A Registry is what all registries have in common.
type Registry interface {
	Kind() string
	Names() []string
	Source(name string) string
	Params(name string) []plugin.Param
}

// Registries returns those of all parts that a scenario can name.
func Registries() []Registry {
	all := make([]Registry, len(registries))
	for i, r := range registries {
		all[i] = r.(Registry)
	}
	return all
}

// registryOf returns the registry of the parts of type T.
func registryOf[T any]() *plugin.Registry[T] {
	for _, r := range registries {
		if r, ok := r.(*plugin.Registry[T]); ok {
			return r
		}
	}
	panic(fmt.Sprintf("language: no registry of %v", reflect.TypeFor[T]()))
}
