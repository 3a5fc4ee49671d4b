package tcp

import (
	"math"
	"strings"
	"testing"
)

// Check lets the last numbers that can be pass, and names the first that cannot.
func TestCheck(t *testing.T) {
	nan := math.NaN()
	for _, tt := range []struct {
		name string
		set  func(e *Endpoint)
		want string // in the error; "": none
	}{
		{"as it is", func(*Endpoint) {}, ""},
		{"the least window", func(e *Endpoint) { e.Flow.Cwnd = 1000 }, ""},
		{"less", func(e *Endpoint) { e.Flow.Cwnd = 999.9 }, "cwnd is 999.9 bytes, of segments of 1000"},
		{"no number", func(e *Endpoint) { e.Flow.Cwnd = nan }, "cwnd is NaN"},
		{"the largest number", func(e *Endpoint) { e.Flow.Cwnd = math.MaxFloat64 }, ""},
		{"an infinite window", func(e *Endpoint) { e.Flow.Cwnd = math.Inf(1) }, "cwnd is +Inf"},
		{"room for a DSS less", func(e *Endpoint) { e.dssRoom, e.Flow.Cwnd = longDSS-8, 992 }, ""},
		{"and a byte more", func(e *Endpoint) { e.dssRoom, e.Flow.Cwnd = longDSS-8, 991 }, "cwnd"},
		{"no ssthresh", func(e *Endpoint) { e.Flow.Ssthresh = 0 }, ""},
		{"ssthresh below", func(e *Endpoint) { e.Flow.Ssthresh = -1 }, "ssthresh is -1"},
		{"ssthresh without a number", func(e *Endpoint) { e.Flow.Ssthresh = nan }, "ssthresh is NaN"},
		{"ssthresh without a bound", func(e *Endpoint) { e.Flow.Ssthresh = math.Inf(1) }, ""},
		{"SRTT below 0", func(e *Endpoint) { e.Flow.SRTT = -1 }, "SRTT -1ns"},
		{"no RTO", func(e *Endpoint) { e.RTT.Max = 0 }, "the RTO is 0s"},
		{"snd.una beyond", func(e *Endpoint) { e.snd.una = e.snd.nxt + 1 }, "snd.una, 1001, is beyond snd.nxt, 1000"},
		{"snd.una at snd.nxt", func(e *Endpoint) { e.snd.una = e.snd.nxt }, ""},
		{"all outstanding", func(e *Endpoint) { e.out.push(0, 0, 1000, 0) }, ""},
		{"more than was sent", func(e *Endpoint) { e.out.push(0, 0, 1000, 0); e.out.bytes = 1001 }, "1001 bytes are outstanding of 1000"},
		{"less than nothing", func(e *Endpoint) { e.out.bytes = -1 }, "-1 bytes are outstanding"},
		{"lost below 0", func(e *Endpoint) { e.out.lost = -1 }, "-1 lost"},
		{"sent again below 0", func(e *Endpoint) { e.out.resent = -1 }, "-1 of them sent again"},
		{"SACKed below 0", func(e *Endpoint) { e.out.sacked = -1 }, "-1 SACKed"},
		{"before the connection", func(e *Endpoint) { e.state, e.Flow.Cwnd = SYNSent, 0 }, ""},
	} {
		e := &Endpoint{condition: condition{state: Established}, mss: 1000, dssRoom: longDSS, snd: sender{una: 0, nxt: 1000}}
		e.out.init()
		e.Flow.Cwnd, e.Flow.Ssthresh, e.RTT.Max = 10_000, 5_000, 1e9
		tt.set(e)
		err := e.Check()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// "The ACK value is considered acceptable only if it is in the range of ((SND.UNA - MAX.SND.WND) <= SEG.ACK
// <= SND.NXT)" (RFC 5961, section 5): of those that acknowledge nothing, the ones no older than the largest
// window.
func TestRecentACK(t *testing.T) {
	for _, scale := range []int8{0, 7, 14} {
		for _, una := range []uint32{5, 1 << 31} {
			e := &Endpoint{snd: sender{una: una, scale: scale}}
			edge := una - 65535<<scale
			for ack, want := range map[uint32]bool{una: true, edge: true, edge - 1: false, una + 1: false} { // order does not matter
				if got := e.recent(ack); got != want {
					t.Errorf("scale %d, SND.UNA %d: an ACK of %d is recent: %v, want %v", scale, una, ack, got, want)
				}
			}
		}
	}
}
