package experiment_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/sim"
)

// dumbbell is n Reno flows through a bottleneck of 1 Gb/s with a queue of 1667
// packets and an RTT of 20 ms, for 10 s; flow i starts at 0.1·i/n s.
func dumbbell(n int, buffer string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `name = "bench-dumbbell-%d"
duration = "10s"

[defaults.link]
rate = "10Gbps"
delay = "1ms"
queue = "10000pkt"

[defaults.flow]
protocol = "tcp"
cc = "reno"
tcp = { rto = "rfc6298", delayed_ack = "200ms", quick_acks = 0, recovery = "rfc6675", send_buffer = %q, receive_buffer = %q }

[[link]]
name = "bottleneck"
between = ["r1", "r2"]
rate = "1Gbps"
delay = "8ms"
queue = "1667pkt"
`, n, buffer, buffer)
	for i := range n {
		fmt.Fprintf(&b, `
[[link]]
name = "in%d"
between = ["s%d", "r1"]

[[link]]
name = "out%d"
between = ["r2", "d%d"]

[[flow]]
name = "f%d"
from = "s%d"
to = "d%d"
start = "%dus"
`, i, i, i, i, i, i, i, 100000*i/n)
	}
	return b.String()
}

// benchmark loads a workload: from its text, a shipped scenario, of which a second is run, or
// testdata.
func benchmark(b *testing.B, name, text string) *scenarios.Scenario {
	b.Helper()
	var s *scenarios.Scenario
	var err error
	switch file := filepath.Join("testdata", "bench", name+".toml"); {
	case text != "":
		s, err = scenarios.Parse(name, []byte(text), nil)
	case strings.HasPrefix(name, "papers/"):
		s, err = scenarios.Load(name, "duration=1s", "warmup=0s")
	default:
		s, err = scenarios.Load(file)
	}
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkWorkload runs the workloads by which simulators are compared, without recording:
// the packet-hops that one core carries in a second.
func BenchmarkWorkload(b *testing.B) {
	texts := map[string]string{
		"dumbbell-1": dumbbell(1, "8MiB"), "dumbbell-10": dumbbell(10, "2MiB"),
		"dumbbell-100": dumbbell(100, "256KiB"), "dumbbell-1000": dumbbell(1000, "128KiB"),
	}
	names := []string{"two-path", "torus", "twopath-60s", "papers/htsim-w2-tcp", "papers/htsim-w2-lia", "dumbbell-1", "dumbbell-10", "dumbbell-100", "dumbbell-1000"}
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			s := benchmark(b, name, texts[name])
			var hops, events, bytes uint64
			for range b.N {
				b.StopTimer()
				m, err := scenarios.Build(s)
				if err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				m.Engine.Run(sim.Time(s.Duration))
				hops += m.Network.Stats().PacketHops
				events += m.Engine.Fired()
				bytes = 0
				for _, c := range m.Connections {
					if c.To == nil { // no SYN has come through
						continue
					}
					_, n := c.To.Progress()
					bytes += n
				}
			}
			sec := b.Elapsed().Seconds()
			b.ReportMetric(float64(hops)/sec/1e6, "Mhops/s")
			b.ReportMetric(float64(events)/sec/1e6, "Mevents/s")
			b.ReportMetric(float64(bytes)*8/s.Duration.Seconds()/1e6, "Mb/s")
		})
	}
}
