package tcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sim/units"
)

// "A sender that is not cwnd-limited MUST NOT increase the cwnd" (RFC 7661, section 4.4); in slow start Linux
// (tcp_is_cwnd_limited) takes for limited who has used half of it, since it is about to double.
// So flights of n segments bring the initial window of ten to 2n in slow start, and do
// nothing beyond the threshold unless they fill it.
func TestCwndLimited(t *testing.T) {
	for _, tt := range []struct {
		ssthresh int // segments; 0: slow start
		n        int // segments in a flight
		want     float64
	}{
		{0, 4, 10}, {0, 5, 10}, {0, 6, 12}, {0, 8, 16}, {0, 10, 20},
		{10, 5, 10}, {10, 6, 10}, {10, 9, 10},
	} {
		t.Run(fmt.Sprintf("%d/%d", tt.ssthresh, tt.n), func(t *testing.T) {
			var at []time.Duration
			for i := range 50 {
				at = append(at, 200*time.Millisecond+time.Duration(i)*110*time.Millisecond)
			}
			l, _ := bursts(t, func(c *tcp.Config) { c.AckEvery, c.InitialSsthresh = 1, tt.ssthresh }, 1448*units.Bytes(tt.n), at...)
			if got := l.src.Flow.Cwnd / float64(l.src.MSS()); got != tt.want {
				t.Errorf("the window is %v segments, want %v", got, tt.want)
			}
		})
	}
	// Beyond the threshold, what fills the window makes it grow: by 1/cwnd of a segment an ACK.
	var at []time.Duration
	for i := range 20 {
		at = append(at, 200*time.Millisecond+time.Duration(i)*110*time.Millisecond)
	}
	l, _ := bursts(t, func(c *tcp.Config) { c.AckEvery, c.InitialSsthresh = 1, 10 }, 40*1448, at...)
	if got := l.src.Flow.Cwnd / float64(l.src.MSS()); got < 20 {
		t.Errorf("the window is %v segments at 40 a round trip, want more than 20", got)
	}
}
