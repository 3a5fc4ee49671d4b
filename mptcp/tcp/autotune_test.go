package tcp

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// The window that follows from what was read in the best round trip so far and in
// this one.
func TestRightSize(t *testing.T) {
	for _, c := range []struct{ space, copied, window units.Bytes }{
		{14480, 20000, 70496},
		{65536, 131072, 786432},
		{100000, 110000, 264000},
		{100000, 100001, 200006}, // hardly more: twice as much
	} {
		if got := rightSize(c.space, c.copied); got != c.window {
			t.Errorf("%d, then %d bytes in a round trip: window %d, want %d", c.space, c.copied, got, c.window)
		}
	}
}

// The buffer is looked at once a round trip, grows when more was read in it than in
// any before, up to the maximum, and never shrinks.
func TestAutotune(t *testing.T) {
	cfg := DefaultConfig()
	cfg.ReceiveTuning, cfg.ReceiveBuffer = true, 1e6
	a := NewAutotune(&cfg)
	const rtt = 100 * time.Millisecond
	for _, c := range []struct {
		at   time.Duration
		n    units.Bytes
		rtt  time.Duration
		want units.Bytes
	}{
		{100 * time.Millisecond, 10000, rtt, 131072}, // less than space, 10 MSS
		{150 * time.Millisecond, 90000, rtt, 131072}, // not yet a round trip
		{199 * time.Millisecond, 10000, rtt, 131072},
		{200 * time.Millisecond, 0, 0, 131072}, // the round-trip time is not known
		{200 * time.Millisecond, 0, rtt, 1e6},  // 2·100000·(1 + 2·85400/14600) is beyond the maximum
		{300 * time.Millisecond, 100000, rtt, 1e6},
		{400 * time.Millisecond, 1, rtt, 1e6},
	} {
		before := a.Size()
		grew := a.Read(sim.Time(c.at), c.n, c.rtt)
		if a.Size() != c.want || grew != (a.Size() > before) {
			t.Errorf("at %v: %d bytes, grown %v; want %d", c.at, a.Size(), grew, c.want)
		}
	}
	cfg.ReceiveTuning = false
	if NewAutotune(&cfg).Read(0, 1e6, rtt) {
		t.Error("a fixed buffer has grown")
	}
}
