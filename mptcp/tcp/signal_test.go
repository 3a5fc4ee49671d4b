package tcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/app"
	"mpsim/sim/netem"
)

// "an MPTCP implementation MUST NOT treat duplicate ACKs with any MPTCP option, with the
// exception of the DSS option, as indications of congestion" (RFC 8684, section
// 3.4.1): four of them leave the sender and its window as they are. With a DSS, or
// with no such option, the third draws a fast retransmission (RFC 5681, section 3.2).
//
// Req: R8684-3-03 R8684-3.4.1-20 R8684-4-03
func TestSignalsAreNoDuplicateACKs(t *testing.T) {
	for _, c := range []struct {
		name       string
		opt        wire.Options
		dss        wire.DSSFlags
		retransmit bool
	}{
		{"nothing", wire.Options{}, 0, true},
		{"DSS", wire.Options{}, wire.HasDataAck, true},
		{"no MPTCP option", wire.Options{Urgent: 1}, 0, true},
		{"MP_CAPABLE", wire.Options{Capable: &wire.Capable{NKeys: 2}}, 0, false},
		{"MP_JOIN", wire.Options{Join: &wire.Join{}}, 0, false},
		{"ADD_ADDR", wire.Options{AddAddr: &wire.AddAddr{AddrID: 1}}, 0, false},
		{"ADD_ADDR and DSS", wire.Options{AddAddr: &wire.AddAddr{AddrID: 1, Echo: true}}, wire.HasDataAck, false},
		{"REMOVE_ADDR", wire.Options{RemoveAddr: []uint8{1}}, 0, false},
		{"MP_PRIO", wire.Options{Prio: &wire.Prio{Backup: true}}, 0, false},
		{"MP_FAIL", wire.Options{Fail: &wire.Fail{}}, 0, false},
		{"MP_FASTCLOSE", wire.Options{FastClose: &wire.FastClose{}}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, func(c *tcp.Config) { c.SACK, c.RTOMin = false, time.Second })
			s.connect(offer())
			s.dst.Write(20 * 1448)
			if n := len(s.take(5 * time.Millisecond)); n != 10 {
				t.Fatalf("%d segments, want the initial window of 10", n)
			}
			before := s.dst.Flow.Cwnd
			for range 4 {
				o := c.opt
				g := wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1, Window: 65535, DSS: c.dss}
				if o.WScale = -1; c.name != "nothing" && c.name != "DSS" {
					g.Opt = &o
				}
				s.segment(g)
			}
			again := 0
			for _, a := range s.take(5 * time.Millisecond) {
				if a.Len > 0 && a.Seq == 1 {
					again++
				}
			}
			if got := s.dst.Stats.FastRecoveries > 0; got != c.retransmit || again > 0 != c.retransmit {
				t.Errorf("fast retransmit %v with %d segments, want %v", got, again, c.retransmit)
			}
			if now := s.dst.Flow.Cwnd; !c.retransmit && now != before {
				t.Errorf("cwnd %v, want %v as before", now, before)
			}
		})
	}
}

// "if Urgent data is received on a subflow, it SHOULD be mapped to the data sequence
// space and delivered to the application" (RFC 8684, section 3.3.1): in order with the
// rest, wherever the urgent pointer shows to.
//
// Req: R8684-3.3.1-08
func TestUrgentData(t *testing.T) {
	s := newScript(t, nil)
	o := new(mappedOwner)
	s.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
		s.dst = tcp.NewStream(&s.cfg)
		s.dst.Attach = func() app.Workload { return s.app }
		o.Stream = s.dst
		s.dst.Use(tcp.Answer(s.b, &s.cfg, o, p, peerISS), reno())
		return s.dst.Endpoint, nil
	}
	s.connect(offer())
	for i, urgent := range []uint16{0, 50, 65535} {
		seq := uint32(1 + 100*i)
		s.segment(wire.Segment{
			Flags: wire.ACK | wire.URG, Seq: seq, Ack: 1, Len: 100, Window: 65535, Opt: &wire.Options{WScale: -1, Urgent: urgent},
			DSS: wire.HasMap, DSN: uint64(seq) + 7, SSN: seq, MapLen: 100,
		})
		if a := s.one(); a.Ack != seq+100 {
			t.Errorf("ack %d, want %d", a.Ack, seq+100)
		}
	}
	if s.sink.got != 300 || len(o.chunks) != 3 {
		t.Fatalf("%d bytes in %d chunks were delivered, want 300 in 3", s.sink.got, len(o.chunks))
	}
	for i, c := range o.chunks {
		if seq := uint32(1 + 100*i); c.ssn != seq || !c.Mapped() || c.DSN != uint64(seq)+7 {
			t.Errorf("chunk %d is %+v", i, c)
		}
	}
}

// "standard TCP validity checks ... MUST be undertaken before processing any MPTCP
// signals, as described in [RFC5961]" (RFC 8684, section 3): an owner sees the options
// of no segment whose sequence or acknowledgement number is out of range, or whose
// timestamp is old.
//
// Req: R8684-3-05
func TestSignalsOfUnacceptableSegments(t *testing.T) {
	const window = 6 << 20 // ours; the peer's is 65535<<7
	for _, c := range []struct {
		name  string
		g     wire.Segment
		stamp uint32
		seen  bool
	}{
		{"as it should be", wire.Segment{Flags: wire.ACK, Seq: 101, Ack: 1}, 1000, true},
		{"old acknowledgement", wire.Segment{Flags: wire.ACK, Seq: 101, Ack: 1<<32 - 60000<<7}, 1000, true},
		{"older than any window", wire.Segment{Flags: wire.ACK, Seq: 101, Ack: 1<<32 - 65535<<7}, 1000, false},
		{"acknowledges what was not sent", wire.Segment{Flags: wire.ACK, Seq: 101, Ack: 2}, 1000, false},
		{"repeated data", wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1, Len: 100}, 1000, false},
		{"below the window", wire.Segment{Flags: wire.ACK, Seq: 100, Ack: 1}, 1000, false},
		{"beyond the window", wire.Segment{Flags: wire.ACK, Seq: 102 + window, Ack: 1}, 1000, false},
		{"no acknowledgement", wire.Segment{Seq: 101}, 1000, false},
		{"a SYN", wire.Segment{Flags: wire.SYN, Seq: 101}, 1000, false},
		{"a RST that is not next", wire.Segment{Flags: wire.RST, Seq: 102}, 1000, false},
		{"an old timestamp", wire.Segment{Flags: wire.ACK, Seq: 101, Ack: 1, Len: 10}, 999, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, nil)
			o := new(watcher)
			s.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
				s.dst = tcp.NewStream(&s.cfg)
				s.dst.Attach = func() app.Workload { return s.app }
				o.Stream = s.dst
				s.dst.Use(tcp.Answer(s.b, &s.cfg, o, p, peerISS), reno())
				return s.dst.Endpoint, nil
			}
			s.stamp = 1000
			s.connect(offer())
			s.send(wire.ACK, 1, 100)
			s.one()
			c.g.Opt = &wire.Options{WScale: -1, AddAddr: &wire.AddAddr{AddrID: 1}}
			c.g.Window, s.stamp = 65535, c.stamp
			s.segment(c.g)
			s.run(5 * time.Millisecond)
			if got := o.seen > 0; got != c.seen {
				t.Errorf("the owner has seen the ADD_ADDR: %v, want %v", got, c.seen)
			}
		})
	}
}

// watcher counts the ADD_ADDRs that it is shown.
type watcher struct {
	*tcp.Stream
	seen int
}

func (o *watcher) Options(_ *tcp.Endpoint, s *wire.Segment) bool {
	if s.Opt != nil && s.Opt.AddAddr != nil {
		o.seen++
	}
	return true
}
