package validate_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/units"
)

// Alizadeh et al., "Data Center TCP", SIGCOMM 2010, section 3.3: N flows in step over a queue
// that marks above K packets have windows up to W* + 1, W* = (C·RTT + K)/N; the queue comes
// to K + N at most, (7), and swings by A = sqrt(2N·(C·RTT + K))/2, (8). With K above
// C·RTT/7, (13), it never runs empty. Each segment has an ACK of its own, as in the model.
func TestDCTCPSawtooth(t *testing.T) {
	const rate, delay = 100 * units.Mbps, 2 * time.Millisecond
	bdp := float64(rate) / 8 * (2 * delay).Seconds() / 1500 // 33 packets
	for _, tt := range []struct{ flows, k int }{{1, 10}, {1, 20}, {2, 20}, {4, 40}} {
		l := newLab(t, path{rate: rate, delay: delay, aqm: queue("ecn-threshold", func(m *qdisc.ECNThreshold) {
			m.K, m.Limit = units.Packets(tt.k), units.Packets(1000)
		})})
		cfg := config(t, "dctcp", 1)
		cfg.TCP.ECN, cfg.TCP.AckEvery = tcp.ECNDCTCP, 1
		for range tt.flows {
			l.single(cfg, 0, 0, endless)
		}
		l.run(time.Second)
		before := l.links[0].Up.Stats().Delivered.Bytes
		low, high := math.Inf(1), 0.0
		for end := 1000 * time.Millisecond; end < 5*time.Second; end += 100 * time.Microsecond {
			l.run(end)
			n := float64(l.links[0].Up.QueueLen())
			low, high = min(low, n), max(high, n)
		}
		used := float64(l.links[0].Up.Stats().Delivered.Bytes-before) * 8 / 4 / float64(rate)
		n, k := float64(tt.flows), float64(tt.k)
		swing := math.Sqrt(2*n*(bdp+k)) / 2
		name := fmt.Sprintf("%d flows, K %d", tt.flows, tt.k)
		between(t, name+": least queue", low, k+n-swing-1, k) // in whole packets
		between(t, name+": largest queue", high, k, k+n+2)    // the first that is marked makes K + 2
		between(t, name+": used", used, 0.999, 1.001)
	}
}
