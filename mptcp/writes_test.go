package mptcp_test

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// A segment carries at most writes_in_segment writes: on Linux 6.18, 17. The first write here fills the
// initial window, and those after it wait, so that they could share segments. Writes that are
// large enough fill them as ever, and without the limit small ones do, too.
func TestWritesInSegment(t *testing.T) {
	for _, tt := range []struct {
		most, size int
		largest    uint16
	}{
		{17, 10, 170}, {17, 83, 17 * 83}, {17, 84, 1420}, {17, 2000, 1420}, {1, 100, 100}, {0, 10, 1420},
	} {
		const writes = 1000
		l := newLab(t, 1, path{10 * units.Mbps, 20 * time.Millisecond, 0, 0})
		l.cfg.Protocol.Writes = tt.most
		tr := l.trace()
		a, b := &talker{wait: true}, &talker{}
		l.talk(a, b)
		l.eng.Run(sim.Time(100 * time.Millisecond))
		a.s.Write(10 * 1420)
		filled := len(*tr)
		for range writes {
			a.s.Write(units.Bytes(tt.size))
		}
		if n := len(*tr); n != filled {
			t.Fatalf("%d writes of %d bytes: they do not wait", tt.most, tt.size)
		}
		a.Writable()
		l.ended(20*time.Second, a, b, units.Bytes(10*1420+writes*tt.size), 0)
		largest := (*tr)[filled:]
		if got := largest.largest(); got != tt.largest {
			t.Errorf("at most %d writes of %d bytes in a segment: up to %d bytes, want %d", tt.most, tt.size, got, tt.largest)
		}
	}
}
