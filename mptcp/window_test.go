package mptcp_test

import (
	"testing"
	"time"

	"mpsim/sim/units"
)

// A receive buffer below a segment fills one window in a round trip, not one in a delayed
// ACK or a timeout (RFC 9293, section 3.8.6.2.1, rule (3)); so too where two subflows share
// it (RFC 8684, section 3.3.5).
func TestDataWindowBelowSegment(t *testing.T) {
	const rtt = 20 * time.Millisecond
	for _, paths := range [][]path{
		{{100 * units.Mbps, rtt / 2, 100, 0}},
		{{100 * units.Mbps, rtt / 2, 100, 0}, {100 * units.Mbps, rtt / 2, 100, 0}},
	} {
		for _, c := range []struct {
			mtu    int
			buffer units.Bytes
		}{{9000, 8000}, {9000, 4000}, {1500, 1000}, {1500, 500}} {
			l := newLab(t, 1, paths...)
			l.cfg.TCP.MTU, l.cfg.TCP.ReceiveBuffer = c.mtu, c.buffer
			const windows = 50
			n := windows * c.buffer
			l.transfer(n)
			l.finish(10*time.Minute, n)
			// Handshake and the end take some round trips; at 100 Mb/s a window takes up to 0.7 ms.
			took, most := time.Duration(l.sink.eof), (windows+5)*(rtt+time.Millisecond)
			if c.buffer <= 536 { // undivided: one segment, whose ACK is delayed
				most += windows * l.cfg.TCP.DelayedAck
			}
			if took > most {
				t.Errorf("%d paths, MTU %d, buffer %d: %v for %d windows, want at most %v", len(paths), c.mtu, c.buffer, took, windows, most)
			}
		}
	}
}
