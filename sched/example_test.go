package sched_test

import (
	"fmt"

	"mpsim/sched"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// widest takes the subflow that can send and has the most room in its window.
type widest struct {
	Reserve units.Bytes `toml:"reserve" doc:"room that is always left free"`
}

func (w *widest) Next(v *sched.View) sched.Set {
	best, room := sched.Wait, w.Reserve
	for i, s := range v.Subflows {
		if left := s.Cwnd - s.InFlight; s.CanSend && !s.Backup && !s.Stale && left > room {
			best, room = sched.One(i), left
		}
	}
	return best
}

// A scheduler is one file: a struct whose exported fields are its parameters,
// the method Next, and its registration.
func Example() {
	// In its own package this would stand in init, on sched.Registry.
	registry := plugin.NewRegistry[sched.Scheduler]("scheduler")
	registry.Register("widest", "an example", func() sched.Scheduler { return &widest{} })

	s, err := registry.New("widest")
	if err != nil {
		panic(err)
	}
	v := &sched.View{Subflows: []sched.Subflow{
		{ID: 0, Cwnd: 20000, InFlight: 18000, CanSend: true},
		{ID: 1, Cwnd: 15000, InFlight: 5000, CanSend: true},
		{ID: 2, Cwnd: 90000, InFlight: 0, CanSend: true, Backup: true},
	}}
	fmt.Println(s.Next(v) == sched.One(1))
	v.Subflows[1].CanSend = false
	fmt.Println(s.Next(v) == sched.One(0))
	v.Subflows[0].CanSend = false
	fmt.Println(s.Next(v) == sched.Wait)
	// Output:
	// true
	// true
	// true
}
