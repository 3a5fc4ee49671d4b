package tcp

import (
	"testing"

	"mpsim/mptcp/wire"
)

// The four cases of RFC 9293, section 3.10.7.4, table 6: a segment is acceptable if it, or one of its bytes,
// lies in the window, and with a window of 0 only the empty one that is next; all numbers modulo 2³².
func TestAcceptable(t *testing.T) {
	for _, start := range []uint32{0, 1000, 1<<32 - 5, 1<<31 - 5} {
		for wnd := range uint32(8) {
			e := &Endpoint{rcv: receiver{nxt: start, edge: start + wnd}}
			for offset := int32(-10); offset <= 10; offset++ {
				for n := range uint16(12) {
					for _, flags := range []wire.Flags{wire.ACK, wire.ACK | wire.FIN} {
						length := int32(n)
						if flags.Has(wire.FIN) {
							length++
						}
						within := func(at int32) bool { return 0 <= at && at < int32(wnd) }
						want := within(offset) || length > 0 && within(offset+length-1)
						switch {
						case length == 0 && wnd == 0:
							want = offset == 0
						case wnd == 0:
							want = false
						}
						s := &wire.Segment{Seq: start + uint32(offset), Len: n, Flags: flags}
						if got := e.rcv.acceptable(s); got != want {
							t.Fatalf("window %d from %d, %d bytes at %d: acceptable %v, want %v", wnd, start, length, offset, got, want)
						}
					}
				}
			}
		}
	}
}
