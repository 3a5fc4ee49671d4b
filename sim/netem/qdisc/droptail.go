package qdisc

import (
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("droptail", "first in, first out; drops the packets that find it full", func() Model {
		return &DropTail{Limit: units.Packets(100)}
	})
}

// DropTail has the parameters of netem.DropTail.
type DropTail struct {
	Limit          units.Quantity `toml:"limit" doc:"most that waits: packets, bytes, time at the mean rate or BDP"`
	CountInService bool           `toml:"count_in_service" doc:"the limit includes the packet in transmission"`
}

// Validate reports a limit of nothing.
func (m *DropTail) Validate() error { return checkLimit(m.Limit) }

// Make implements Model.
func (m *DropTail) Make(l Link) netem.Queue {
	q := l.fifo(m.Limit)
	q.CountInService = m.CountInService
	return &q
}
