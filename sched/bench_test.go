package sched

import (
	"fmt"
	"testing"
	"time"

	"mpsim/sim/units"
)

var sink Decision

// The fastest subflow is full, so that those that estimate have to. One that listens wants
// the reasons.
func BenchmarkNext(b *testing.B) {
	for _, name := range []string{"minrtt", "blest", "linux", "ecf", "roundrobin"} {
		for _, n := range []int{2, 8} {
			for _, listens := range []bool{false, true} {
				b.Run(fmt.Sprintf("%s/subflows=%d/listens=%v", name, n, listens), func(b *testing.B) {
					v := &View{Now: 1e9, Written: 1e6, Edge: 5e5, Window: 5e5, Hand: Range{1e5, 5e5}, Unsent: 9e5}
					for i := range n {
						s := sub(i, mss, 0, 10, 20, 10, time.Duration(20+10*i)*ms)
						s.Pacing = 8 * units.Mbps
						v.Subflows = append(v.Subflows, s)
					}
					v.Subflows[0].Limit, v.Subflows[0].InFlight = Full, 20*mss
					if listens {
						v.Reason = new(Why)
					}
					s, _ := Registry.New(name)
					b.ReportAllocs()
					for b.Loop() {
						v.Now += 1000
						sink = s.Next(v)
					}
				})
			}
		}
	}
}
