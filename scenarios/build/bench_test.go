package build

import (
	"testing"

	"mpsim/scenarios/language"
	"mpsim/sim"
)

// many is a scenario of a thousand connections, whose parts have parameters of their own.
const many = `duration = "1s"
[[link]]
name = "a"
between = ["c", "s"]
rate = "10Gbps"
delay = "5ms"
[[flow]]
name = "f"
from = "c"
to = "s"
count = 1000
cc = { kind = "cubic", beta = 0.7 }
scheduler = "minrtt"
workload = { kind = "file", size = "1kB" }
`

// A thousand connections are made and opened: what that costs beside the packets.
func BenchmarkConnections(b *testing.B) {
	s, err := language.Parse("many.toml", []byte(many), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m, err := New(s)
		if err != nil {
			b.Fatal(err)
		}
		m.Engine.Run(sim.Time(15e6)) // three ways: SYN, SYN+ACK, ACK and data
	}
}
