package middlebox

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
)

// mark lets a send s in a packet that a queue has marked, or may mark.
func (r *rig) mark(s wire.Segment, m netem.ECN) {
	p := r.pool.Get()
	*segment(p) = s
	p.Route, p.Src, p.Dst, p.SrcPort, p.DstPort, p.Size, p.ECN = r.route, r.route.Src, r.route.Dst, 4000, 80, size(&s), m
	r.net.Send(p)
}

// has returns s with more flags.
func has(s wire.Segment, f wire.Flags) wire.Segment {
	s.Flags |= f
	return s
}

// Boxes that cut or join segments, or answer them, leave what the ends tell each other of
// congestion as it is (RFC 3168, section 6.1): each ACK has the ECE of its receiver, a CWR is
// on one segment, the first, and what a box sends again may not be marked.
func TestECN(t *testing.T) {
	coalesce := always(&Coalesce{MaxSize: 1000, Timeout: time.Millisecond})
	for _, tt := range []struct {
		name   string
		config Config
		play   func(r *rig)
		want   []string
	}{
		{"split", always(&Split{MSS: 40}), func(r *rig) { r.mark(has(chunk(0, 100), wire.ECE|wire.CWR), netem.CE) }, []string{
			"> AEC 1001+40 ack 5001 win 500 timestamps dss, 3",
			"> AE 1041+40 ack 5001 win 500 timestamps dss, 3",
			"> AE 1081+20 ack 5001 win 500 timestamps dss, 3",
		}},
		{"coalesce", coalesce, func(r *rig) {
			r.mark(chunk(0, 10), netem.ECT0)
			r.mark(chunk(10, 10), netem.ECT0)
			r.mark(chunk(20, 10), netem.CE)
			r.mark(chunk(30, 10), netem.CE)
			r.mark(chunk(40, 10), netem.NotECT)
			r.wait()
		}, []string{
			"> A 1001+20 ack 5001 win 500 timestamps dss, 2",
			"> A 1021+20 ack 5001 win 500 timestamps dss, 3",
			"> A 1041+10 ack 5001 win 500 timestamps dss, 0",
		}},
		{"coalesce, flags", coalesce, func(r *rig) {
			r.mark(chunk(0, 10), netem.ECT0)
			r.mark(has(chunk(10, 10), wire.CWR), netem.ECT0)
			r.mark(has(chunk(20, 10), wire.ECE), netem.ECT0)
			r.mark(chunk(30, 10), netem.ECT0)
			r.wait()
		}, []string{
			"> A 1001+10 ack 5001 win 500 timestamps dss, 2",
			"> AC 1011+10 ack 5001 win 500 timestamps dss, 2",
			"> AE 1021+10 ack 5001 win 500 timestamps dss, 2",
			"> A 1031+10 ack 5001 win 500 timestamps dss, 2",
		}},
		{"proactive-ack", Config{&ProactiveACK{Buffer: 1000, RTO: 4 * time.Millisecond, MPTCP: "copy"}, Up, When{Probability: 1}}, func(r *rig) {
			r.down(has(theSYNACK, wire.ECE)) // agrees to ECN, and is no echo
			r.wait()
			r.down(acks(1001))
			r.wait()
			r.mark(has(chunk(0, 128), wire.CWR), netem.CE)
			r.wait()
			r.down(has(acks(1001), wire.ECE)) // the receiver has seen the mark
			r.wait()
			r.mark(chunk(128, 128), netem.ECT0)
			r.wait()
		}, []string{
			"< SAE 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable, 0",
			"< A 5001 ack 1001 win 500 timestamps dss, 0",
			"< A 5001 ack 1129 win 510 timestamps dss, 0",
			"> AC 1001+128 ack 5001 win 500 timestamps dss, 3",
			"< AE 5001 ack 1257 win 509 timestamps dss, 0",
			"> A 1001+128 ack 5001 win 500 timestamps dss, 0", // again
			"> A 1129+128 ack 5001 win 500 timestamps dss, 2",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, tt.config)
			r.handshake()
			r.show = func(p *netem.Packet) string { return fmt.Sprintf("%s, %d", show(segment(p)), p.ECN) }
			tt.play(r)
			r.wait()
			r.expect(t, tt.want...)
		})
	}
}
