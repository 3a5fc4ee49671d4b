package mptcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/sim"
	"mpsim/sim/units"
)

// What keeps new data back, over a path with an RTT of 100 ms that takes a segment in 12 us. The handshake takes one
// RTT, and the initial window of congestion is 10 segments.
func TestBlocks(t *testing.T) {
	const ms = time.Millisecond
	type change struct {
		at time.Duration
		by mptcp.Block
	}
	for _, tt := range []struct {
		what                   string
		receive, send, segment units.Bytes // in segments
		want                   []change
	}{
		{"all fits in the window", 10, 100, 10, nil},
		{"the congestion window keeps data back", 100, 100, 30, nil},
		// All that the window takes is on its way at once. What is over goes as DATA_ACKs come, an RTT later, or two.
		{"half of the window is over", 10, 100, 15, []change{{100 * ms, mptcp.WindowBlock}, {200 * ms, mptcp.NoBlock}}},
		{"one and a half windows are over", 10, 100, 25, []change{{100 * ms, mptcp.WindowBlock}, {300 * ms, mptcp.NoBlock}}},
		// The congestion window grows to the buffer in the second RTT: 10 segments, and 20 in each of the next nine. When the
		// peer has 190 the last of 200 are written.
		{"the send buffer is less than goes in an RTT", 100, 20, 200, []change{{200 * ms, mptcp.BufferBlock}, {1100 * ms, mptcp.NoBlock}}},
	} {
		l := newLab(t, 1, path{1000 * units.Mbps, 50 * ms, 100, 0})
		l.cfg.TCP.ReceiveBuffer, l.cfg.TCP.SendBuffer = tt.receive*1420, tt.send*1420
		l.transfer(tt.segment * 1420)
		var got []mptcp.Blocked
		l.up.Points.Blocked.Observe(func(x mptcp.Blocked) { got = append(got, x) })
		l.eng.Run(sim.Time(5 * time.Second))
		fits := len(got) == len(tt.want) && l.sink.got == tt.segment*1420
		for i := range got {
			// Transmissions before are of twenty segments a round at most, with their ACKs.
			late := time.Duration(got[i].Now) - tt.want[min(i, len(tt.want)-1)].at
			fits = fits && got[i].By == tt.want[i].by && late >= 0 && late < 3*ms
		}
		if !fits {
			t.Errorf("%s: %v; want %v", tt.what, got, tt.want)
		}
	}
}
