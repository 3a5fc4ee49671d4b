package sched_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/sched"
	"mpsim/sched/schedtest"
	"mpsim/sim"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// reserve keeps the slower subflows for what has waited: new data waits for the fastest
// subflow for a while, and then takes any.
type reserve struct {
	Patience time.Duration `toml:"patience" doc:"how long the fastest subflow is waited for"`

	seen  uint64   // bytes before this position have begun to wait
	since sim.Time // when the last of them did
}

var reserved = sched.NewReason("reserved", "waits for {who} for {a:ms} more at most")

// Traits implements sched.Declarer: it waits although another subflow is free.
func (*reserve) Traits() sched.Traits { return sched.Patient }

// Next implements sched.Scheduler.
func (r *reserve) Next(v *sched.View) sched.Decision {
	fastest, free := sched.Serve(v)
	if free < 0 { // nothing can go now
		return sched.Decision{}
	}
	if v.Job == sched.Fresh && free != fastest {
		if v.Hand.From >= r.seen {
			r.seen, r.since = v.Hand.From+1, v.Now
		}
		if until := r.since.Add(r.Patience); until > v.Now {
			v.Because(reserved, fastest, float64(until.Sub(v.Now)), 0, 0)
			return sched.Decision{Until: until}
		}
	}
	return sched.Decision{Do: sched.Send, On: sched.One(free)}
}

// A scheduler is one file: a struct whose exported fields are its parameters, the method
// Next, what it does beyond the ordinary, and its registration.
func Example() {
	// In its own package this would stand in init, on sched.Registry.
	registry := plugin.NewRegistry[sched.Scheduler]("scheduler")
	registry.Register("reserve", "an example", func() sched.Scheduler { return &reserve{Patience: 30 * time.Millisecond} })

	for _, patience := range []time.Duration{0, 30 * time.Millisecond} {
		s, err := registry.New("reserve")
		if err != nil {
			panic(err)
		}
		s.(*reserve).Patience = patience
		got, err := schedtest.Play(s, schedtest.Transfer{Total: 30_000, Paths: []schedtest.Path{
			{RTT: 20 * time.Millisecond, Rate: units.Gbps, Cwnd: 10_000},
			{RTT: 90 * time.Millisecond, Rate: units.Gbps, Cwnd: 10_000},
		}})
		fmt.Println(patience, got.Carried, got.Reasons["reserved"] > 0, err)
	}
	// Output:
	// 0s [20kB 10kB] false <nil>
	// 30ms [30kB 0B] true <nil>
}

// What waits passes the battery like any other.
func TestExample(t *testing.T) {
	schedtest.Run(t, func() sched.Scheduler { return &reserve{Patience: 30 * time.Millisecond} })
}
