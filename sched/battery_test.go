package sched_test

import (
	"testing"

	"mpsim/sched"
	"mpsim/sched/schedtest"
)

// patient has the schedulers that may leave a window open for a better subflow.
var patient = map[string]bool{}

func TestBattery(t *testing.T) {
	for _, name := range sched.Registry.Names() {
		t.Run(name, func(t *testing.T) {
			schedtest.Run(t, func() sched.Scheduler {
				s, err := sched.Registry.New(name)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}, patient[name])
		})
	}
}

// Strict alternation waits, and is a Scheduler all the same.
func TestBatteryStrictRoundRobin(t *testing.T) {
	schedtest.Run(t, func() sched.Scheduler { return &sched.RoundRobin{NumSegments: 3} }, true)
}
