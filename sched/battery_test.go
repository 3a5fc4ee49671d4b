package sched_test

import (
	"os"
	"slices"
	"testing"
	"time"

	"mpsim/sched"
	"mpsim/sched/schedtest"
	"mpsim/sim/units"
)

func init() {
	if os.Getenv("MPSIM_LONG") != "" {
		schedtest.Transfers = 2000
	}
}

// everyone returns the registered schedulers and their variants.
func everyone() map[string]func() sched.Scheduler {
	all := map[string]func() sched.Scheduler{
		"roundrobin, strict":  func() sched.Scheduler { return &sched.RoundRobin{NumSegments: 3} },
		"roundrobin, backups": func() sched.Scheduler { return &sched.RoundRobin{NumSegments: 2, CwndLimited: true, Backups: true} },
		"blest, paper":        func() sched.Scheduler { return &sched.BLEST{Lambda: 1, Min: 1, Max: 2, Up: 0.1, Down: 0.1} },
		"ecf, kernel":         func() sched.Scheduler { return &sched.ECF{Beta: 0.25, Kernel: true} },
		"otias, floor":        func() sched.Scheduler { return &sched.OTIAS{Floor: true} },
		"sttf, no replan":     func() sched.Scheduler { return &sched.STTF{} },
		"priority, standby":   func() sched.Scheduler { return &sched.Priority{Standby: true} },
		"priority, bound":     func() sched.Scheduler { return &sched.Priority{Bound: 60 * time.Millisecond} },
		"weighted, strict":    func() sched.Scheduler { return &sched.Weighted{Strict: true} },
		"redundant, now":      func() sched.Scheduler { return &sched.Redundant{Copy: "now"} },
		"redundant, idle":     func() sched.Scheduler { return &sched.Redundant{Copy: "idle"} },
		"deadline, ecf": func() sched.Scheduler {
			return &sched.Deadline{Base: "ecf", Factor: 1.1, Hard: 500e6, Low: 20e6}
		},
		"agent": func() sched.Scheduler { return &sched.Agent{Ask: odd} },
	}
	for _, base := range []string{"linux", "stms", "sttf", "redundant"} {
		all["deadline, "+base] = func() sched.Scheduler {
			return &sched.Deadline{Base: base, Factor: 1.1, Hard: 500e6, Low: 20e6}
		}
	}
	for _, name := range sched.Registry.Names() {
		all[name] = func() sched.Scheduler {
			s, err := sched.Registry.New(name)
			if err != nil {
				panic(err)
			}
			return s
		}
	}
	return all
}

// odd is an agent that answers by the numbers alone, and not wisely; but while nothing is
// in flight it sends on a free subflow of the first class.
func odd(o []float64) sched.Action {
	n := (len(o) - sched.AgentGlobals) / sched.AgentPerSubflow
	of := func(i int) []float64 { return o[sched.AgentGlobals+i*sched.AgentPerSubflow:][:sched.AgentPerSubflow] }
	k, flying, rate, free := int(o[1]/100)%(n+1), 0.0, 0.0, -1
	for i := range n {
		s := of(i)
		flying += s[2]
		rate += s[7]
		if s[0] == float64(sched.Free) && (free < 0 || s[8] < of(free)[8]) {
			free = i
		}
	}
	switch {
	case flying == 0:
		return sched.Action{Do: sched.Queue, Subflow: free}
	case k == n:
		return sched.Action{}
	}
	return sched.Action{Do: sched.Send + sched.Act(int(o[3])%2), Subflow: k, Segments: 1 + (int(o[3])+int(rate))%3,
		Ahead: units.Bytes(int(o[3])%4-1) * 1000}
}

// Every scheduler keeps the contract, whatever its parameters.
func TestBattery(t *testing.T) {
	for name, fresh := range everyone() { // order does not matter
		t.Run(name, func(t *testing.T) { schedtest.Run(t, fresh) })
	}
}

// explained is a scheduler that has to say why it acts, and why it leaves a regular
// subflow alone.
type explained struct {
	sched.Scheduler
	t *testing.T
}

func (e explained) Traits() sched.Traits { return sched.TraitsOf(e.Scheduler) }

func (e explained) Next(v *sched.View) sched.Decision {
	d := e.Scheduler.Next(v)
	free := slices.ContainsFunc(v.Subflows, func(s sched.Subflow) bool { return s.Limit == sched.Free && !s.Backup })
	if v.Reason.Code == 0 && (d.Do != sched.Wait || v.Job == sched.Fresh && free) {
		e.t.Fatalf("no reason for %+v of %+v", d, *v)
	}
	if v.Reason.About < 0 || v.Reason.About >= len(v.Subflows) {
		e.t.Fatalf("a reason about subflow %d of %d", v.Reason.About, len(v.Subflows))
	}
	return d
}

// Every scheduler gives its reasons.
func TestReasons(t *testing.T) {
	for name, fresh := range everyone() { // order does not matter
		if name == "agent" { // whose own they are
			continue
		}
		t.Run(name, func(t *testing.T) {
			for _, window := range []units.Bytes{25_500, 200_000} {
				x := schedtest.Transfer{Total: 400_500, Window: window, M1: true, Burst: 50_000, Paths: []schedtest.Path{
					{RTT: 20 * time.Millisecond, Rate: 8 * units.Mbps, Cwnd: 40_000, SendBuffer: 60_000, Loss: 0.01},
					{RTT: 120 * time.Millisecond, Rate: 8 * units.Mbps, Cwnd: 40_000, SendBuffer: 60_000},
					{RTT: 200 * time.Millisecond, Rate: 8 * units.Mbps, Cwnd: 40_000, SendBuffer: 60_000, Backup: true},
				}}
				if _, err := schedtest.Play(explained{fresh(), t}, x); err != nil {
					t.Errorf("%.300v", err)
				}
			}
		})
	}
}
