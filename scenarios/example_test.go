package scenarios_test

import (
	"fmt"
	"time"

	"mpsim/scenarios"
	"mpsim/sim"
)

// A scenario needs a duration, links and flows. Everything else has a default.
func ExampleParse() {
	s, err := scenarios.Parse("short.toml", []byte(`
duration = "10s"
[[link]]
name = "a"
between = ["client", "server"]
rate = "8Mbps"
[[flow]]
name = "f"
from = "client"
to = "server"
`), nil, "flow.f.cc=reno")
	if err != nil {
		fmt.Println(err)
		return
	}
	f := s.Flows[0]
	fmt.Println(s.Name, s.Duration, f.Protocol, f.CC.Kind, f.Scheduler.Kind)
	// Output: short 10s mptcp reno minrtt
}

// All problems are reported at once, each with its line.
func ExampleProblems() {
	_, err := scenarios.Parse("bad.toml", []byte(`duration = "10"
[[link]]
name = "a"
between = ["client", "server"]
rat = "8Mbps"
[[flow]]
name = "f"
from = "clint"
to = "server"
`), nil)
	fmt.Println(err)
	// Output:
	// bad.toml:1: duration: "10": no unit; want a time such as "25ms" or "30s" in ns, us, ms, s, m or h
	// bad.toml:2: link[0].rate: missing; want a rate such as "8Mbps"
	// bad.toml:5: link[0].rat: unknown key "rat"; did you mean "rate"?
	// bad.toml:8: flow[0].from: there is no node "clint"; did you mean "client"?
}

// Build makes a simulation, whose engine can be run step by step.
func ExampleBuild() {
	s, err := scenarios.Parse("short.toml", []byte(`
duration = "1s"
[[link]]
name = "a"
between = ["client", "server"]
rate = "8Mbps"
delay = "10ms"
[[flow]]
name = "f"
from = "client"
to = "server"
`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := scenarios.Build(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range []time.Duration{5 * time.Millisecond, time.Second} {
		m.Engine.Run(sim.Time(t))
		c := m.Connections[0]
		fmt.Println(m.Engine.Now(), "connected:", c.To != nil)
	}
	// Output:
	// 5ms connected: false
	// 1s connected: true
}
