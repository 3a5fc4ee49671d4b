package tcp_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

const setup = wire.ECE | wire.CWR

// with sets the mode. ACKs are delayed from the first segment on, and no timeout is taken
// for spurious.
func with(m tcp.ECN) func(*tcp.Config) {
	return func(c *tcp.Config) {
		noQuickAcks(c)
		c.ECN, c.FRTO, c.RTO = m, false, tcp.RTORFC
	}
}

// open sets up a connection whose SYN has flags. If n > 0, the endpoint has n bytes to send.
func (s *script) open(flags wire.Flags, n units.Bytes) (synack wire.Segment) {
	s.t.Helper()
	o := offer()
	s.segment(wire.Segment{Flags: wire.SYN | flags, Window: 65535, Opt: &o})
	synack = s.one()
	if n > 0 {
		s.app = &source{left: n, open: true}
	}
	s.send(wire.ACK, 1, 0)
	s.run(5 * time.Millisecond)
	return synack
}

// "If a host has received an ECN-setup SYN packet, then it MAY send an ECN-setup SYN-ACK
// packet. Otherwise, it MUST NOT", and "A host MUST NOT set ECT on data packets unless" both
// have been (RFC 3168, section 6.1.1).
func TestECNListener(t *testing.T) {
	for _, tt := range []struct {
		mode   tcp.ECN
		syn    wire.Flags
		synack wire.Flags
		codes  [2]netem.ECN // of the SYN/ACK and of data
	}{
		{tcp.ECNOff, setup, 0, [2]netem.ECN{}},
		{tcp.ECNClassic, 0, 0, [2]netem.ECN{}},
		{tcp.ECNClassic, wire.ECE, 0, [2]netem.ECN{}},
		{tcp.ECNClassic, wire.CWR, 0, [2]netem.ECN{}},
		{tcp.ECNClassic, setup, wire.ECE, [2]netem.ECN{netem.NotECT, netem.ECT0}},
		{tcp.ECNDCTCP, 0, 0, [2]netem.ECN{}},
		{tcp.ECNDCTCP, setup, wire.ECE, [2]netem.ECN{netem.ECT0, netem.ECT0}}, // RFC 8257, section 3.6
	} {
		s := newScript(t, with(tt.mode))
		if a := s.open(tt.syn, 5000); a.Flags&setup != tt.synack || s.codes[0] != tt.codes[0] {
			t.Errorf("%v: SYN with %#x is answered by %#x, ECN %d", tt.mode, tt.syn, a.Flags, s.codes[0])
		}
		a := s.take(0)
		if a[0].Len == 0 || a[0].Flags&setup != 0 || s.codes[0] != tt.codes[1] {
			t.Errorf("%v: SYN with %#x: data %+v has ECN %d, want %d", tt.mode, tt.syn, a[0], s.codes[0], tt.codes[1])
		}
	}
}

// A peer that has agreed and then sends a SYN that does not, because it has not heard the
// answer, has changed its mind: "neither Host A nor Host B may set the ECT bit on data
// packets" (section 6.1.1.1).
func TestECNListenerHearsAnotherSYN(t *testing.T) {
	s := newScript(t, with(tcp.ECNClassic))
	for _, flags := range []wire.Flags{setup, 0, setup} {
		o := offer()
		s.segment(wire.Segment{Flags: wire.SYN | flags, Window: 65535, Opt: &o})
		first := flags != 0 && s.dst == nil
		if a := s.one(); a.Flags.Has(wire.ECE) != first {
			t.Errorf("SYN with %#x is answered by %#x", flags, a.Flags)
		}
	}
	s.app = &source{left: 5000, open: true}
	s.send(wire.ACK, 1, 0)
	if a := s.take(5 * time.Millisecond); a[0].Len == 0 || s.codes[0] != netem.NotECT {
		t.Errorf("data %+v has ECN %v", a[0], s.codes)
	}
}

// dial has the endpoint open the connection, and returns its SYN.
func (s *script) dial(n units.Bytes) wire.Segment {
	s.dst = tcp.NewStream(&s.cfg)
	s.dst.Attach = func() app.Workload { return &source{left: n, open: true} }
	e := tcp.Dial(s.b, &s.cfg, s.dst, s.route.Reverse, 80, 1000, peerISS)
	s.dst.Use(e, reno())
	e.Connect()
	return s.one()
}

// answer sends the SYN/ACK.
func (s *script) answer(flags wire.Flags) {
	o := offer()
	s.segment(wire.Segment{Flags: wire.SYN | wire.ACK | flags, Ack: 1, Window: 65535, Opt: &o})
}

// The SYN asks by both flags; an answer by ECE alone agrees. One that has both comes from
// a host that reflects what it does not know (section 6.1.1.2).
func TestECNDialer(t *testing.T) {
	for _, tt := range []struct {
		mode   tcp.ECN
		syn    wire.Flags
		synack wire.Flags
		codes  [2]netem.ECN // of the SYN and of data
	}{
		{tcp.ECNOff, 0, wire.ECE, [2]netem.ECN{}},
		{tcp.ECNClassic, setup, 0, [2]netem.ECN{}},
		{tcp.ECNClassic, setup, wire.CWR, [2]netem.ECN{}},
		{tcp.ECNClassic, setup, setup, [2]netem.ECN{}},
		{tcp.ECNClassic, setup, wire.ECE, [2]netem.ECN{netem.NotECT, netem.ECT0}},
		{tcp.ECNDCTCP, setup, wire.ECE, [2]netem.ECN{netem.ECT0, netem.ECT0}},
		{tcp.ECNDCTCP, setup, 0, [2]netem.ECN{netem.ECT0, netem.NotECT}},
	} {
		s := newScript(t, with(tt.mode))
		if a := s.dial(5000); a.Flags != wire.SYN|tt.syn || s.codes[0] != tt.codes[0] {
			t.Errorf("%v: the SYN has %#x, ECN %d", tt.mode, a.Flags, s.codes[0])
		}
		s.answer(tt.synack)
		a := s.take(5 * time.Millisecond)
		if len(a) != 5 || slices.Max(s.codes[1:]) != tt.codes[1] || slices.Min(s.codes[1:]) != tt.codes[1] || s.codes[0] != netem.NotECT {
			t.Errorf("%v: SYN/ACK with %#x: an ACK and data have ECN %v, want %d", tt.mode, tt.synack, s.codes, tt.codes[1])
		}
	}
}

// "the originating host may retransmit one or more ECN-setup SYN packets before giving up and
// retransmitting the SYN with the CWR and ECE bits cleared" (section 6.1.1.1). If the answer
// to an earlier one comes then, data is not ECT, but what comes with CE is echoed: the
// commitment remains (section 6.1.1).
func TestECNFallback(t *testing.T) {
	for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
		s := newScript(t, with(mode))
		s.dial(5000)
		syns := s.take(4 * time.Second)
		if len(syns) != 2 || syns[0].Flags&setup != setup || syns[1].Flags&setup != 0 || s.codes[1] != netem.NotECT {
			t.Fatalf("%v: then came %+v", mode, syns)
		}
		s.answer(wire.ECE)
		s.take(5 * time.Millisecond)
		if slices.Max(s.codes) != netem.NotECT {
			t.Errorf("%v: data has ECN %v", mode, s.codes)
		}
		s.mark = netem.CE
		s.send(wire.ACK, 1, 100)
		if a := s.take(100 * time.Millisecond); !a[0].Flags.Has(wire.ECE) {
			t.Errorf("%v: CE is answered by %+v", mode, a[0])
		}
	}
}

// The choice of the SYN survives in a cookie, if there are timestamps.
func TestECNWithCookies(t *testing.T) {
	for _, tt := range []struct {
		flags  wire.Flags
		stamps bool
		want   netem.ECN
	}{{setup, true, netem.ECT0}, {0, true, netem.NotECT}, {setup, false, netem.NotECT}} {
		s := newScript(t, func(c *tcp.Config) { with(tcp.ECNClassic)(c); c.Timestamps = tt.stamps })
		s.b.Stateless = func(*netem.Packet, *wire.Segment) *tcp.Stateless {
			return &tcp.Stateless{Config: &s.cfg, Accept: func(p *netem.Packet, g *wire.Segment) *tcp.Endpoint {
				s.dst = tcp.NewStream(&s.cfg)
				s.dst.Attach = func() app.Workload { return &source{left: 5000, open: true} }
				e := tcp.Resume(s.b, &s.cfg, s.dst, p, g)
				s.dst.Use(e, reno())
				return e
			}}
		}
		o := offer()
		s.segment(wire.Segment{Flags: wire.SYN | tt.flags, Window: 65535, Opt: &o})
		a := s.one()
		s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: a.Seq + 1, Window: 65535, TSEcr: a.TSVal})
		s.take(5 * time.Millisecond)
		if got := a.Flags.Has(wire.ECE); got != (tt.want == netem.ECT0) || len(s.codes) != 4 || s.codes[0] != tt.want {
			t.Errorf("SYN with %#x, timestamps %v: ECE %v, data has ECN %v", tt.flags, tt.stamps, got, s.codes)
		}
	}
}

// What may be marked is data that is sent for the first time: pure ACKs (section 6.1.4),
// retransmissions (6.1.5) and window probes (6.1.6) are not, nor is a FIN alone. RFC 8257,
// section 3.6, adds resets.
func TestECT(t *testing.T) {
	for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
		s := newScript(t, with(mode))
		s.open(setup, 2*1448)
		check := func(what string, want netem.ECN, d time.Duration, flags wire.Flags) {
			t.Helper()
			if a := s.take(d); len(a) == 0 {
				t.Errorf("%v: no %s", mode, what)
			} else if slices.Min(s.codes) != want || slices.Max(s.codes) != want || a[0].Flags != flags {
				t.Errorf("%v: %s: %+v, ECN %v", mode, what, a[0], s.codes)
			}
		}
		check("data", netem.ECT0, 0, wire.ACK)
		check("retransmission", netem.NotECT, 400*time.Millisecond, wire.ACK)
		s.una = 2*1448 + 1
		s.send(wire.ACK, 1, 100)
		check("ACK", netem.NotECT, 100*time.Millisecond, wire.ACK)
		s.segment(wire.Segment{Flags: wire.ACK, Seq: 101, Ack: s.una, Window: 0})
		s.run(10 * time.Millisecond)
		s.dst.Write(1448) // the window that was told before takes it
		s.segment(wire.Segment{Flags: wire.ACK, Seq: 101, Ack: s.una + 1448, Window: 0})
		check("data after a timeout", netem.ECT0, 10*time.Millisecond, wire.ACK|wire.CWR)
		s.dst.KeepAlive()
		check("probe", netem.NotECT, 10*time.Millisecond, wire.ACK)
		s.dst.CloseWrite()
		check("FIN", netem.NotECT, 10*time.Millisecond, wire.ACK|wire.FIN)
		s.dst.Abort(nil)
		check("RST", map[tcp.ECN]netem.ECN{tcp.ECNDCTCP: netem.ECT0}[mode], 10*time.Millisecond, wire.ACK|wire.RST)
	}
}

// An endpoint without ECN takes packets from the pool that others have used for ECT.
func TestNotECTAfterECT(t *testing.T) {
	s := newScript(t, with(tcp.ECNOff))
	s.mark = netem.ECT0
	s.open(0, 5*1448)
	for n := uint32(1); n <= 5; n++ {
		s.una = n*1448 + 1
		s.send(wire.ACK, 1, 0)
	}
	s.send(wire.ACK, 1, 100)
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 77, Window: 0})
	s.take(time.Second)
	if slices.Max(s.codes) != netem.NotECT {
		t.Errorf("packets have ECN %v", s.codes)
	}
}

// step is a segment of 1000 bytes that comes, and the ACKs that are its answer before the
// next one: A, or E with ECE.
type step struct {
	seq   uint32
	flags wire.Flags
	mark  netem.ECN
	want  string
}

// receive plays steps. After the last, 50 ms pass.
func receive(t *testing.T, mode tcp.ECN, steps []step) {
	t.Helper()
	s := newScript(t, with(mode))
	s.open(setup, 0)
	s.take(0)
	for i, st := range steps {
		s.mark = st.mark
		s.send(wire.ACK|st.flags, st.seq, 1000)
		d := 5 * time.Millisecond
		if i == len(steps)-1 {
			d = 50 * time.Millisecond
		}
		got := ""
		for _, a := range s.take(d) {
			got += fmt.Sprint(map[bool]string{false: "A", true: "E"}[a.Flags.Has(wire.ECE)], a.Ack, " ")
		}
		if want := st.want; got != want && got != want+" " {
			t.Errorf("%v, step %d: %q, want %q", mode, i, got, want)
		}
	}
}

const (
	none = netem.ECT0
	ce   = netem.CE
)

// RFC 3168, section 6.1.3.
func TestClassicReceiver(t *testing.T) {
	for _, steps := range [][]step{
		// "the ECN-Echo flag in the ACK packet will be set to '1' if the CE codepoint is set
		// in any of the data packets being acknowledged", and "in all the ACK packets it
		// sends" "until it receives a CWR packet".
		{{1, 0, none, ""}, {1001, 0, none, "A2001"}, {2001, 0, ce, ""}, {3001, 0, none, "E4001"}, {4001, 0, none, ""}, {5001, 0, none, "E6001"},
			{6001, wire.CWR, none, ""}, {7001, 0, none, "A8001"}, {8001, 0, none, ""}, {9001, 0, ce, "E10001"}},
		// A delayed ACK that acknowledges both a mark and CWR tells of the mark.
		{{1, 0, ce, ""}, {1001, wire.CWR, none, "E2001"}, {2001, 0, none, ""}, {3001, 0, none, "A4001"}},
		// "CWR is processed first and then CE" (RFC 8257, section 3.2, of RFC 3168).
		{{1, 0, ce, ""}, {1001, 0, none, "E2001"}, {2001, wire.CWR, ce, ""}, {3001, 0, none, "E4001"}, {4001, 0, none, ""}, {5001, 0, none, "E6001"}},
		// "the TCP data receiver SHOULD ignore the CE codepoint on out-of-window packets"
		// (section 6.1.5), and the CWR of what was sent again. Out of order is in the window.
		{{1, 0, none, ""}, {1001, 0, none, "A2001"}, {1, 0, ce, "A2001"}, {99001, 0, ce, "A2001"}, {3001, 0, ce, "E2001"}, {1, wire.CWR, none, "E2001"}},
		// CE on what is not ECT at all means the same: the receiver cannot tell.
		{{1, 0, netem.NotECT, ""}, {1001, 0, ce, "E2001"}},
	} {
		receive(t, tcp.ECNClassic, steps)
	}
}

// RFC 8257, section 3.2: "If the CE codepoint is set and DCTCP.CE is false, set DCTCP.CE to
// true and send an immediate ACK", and the reverse; else one ACK for every two packets. What
// came before the change is acknowledged as it was.
func TestDCTCPReceiver(t *testing.T) {
	for _, steps := range [][]step{
		{{1, 0, none, ""}, {1001, 0, none, "A2001"}, {2001, 0, ce, "E3001"}, {3001, 0, ce, ""}, {4001, 0, ce, "E5001"}, {5001, 0, none, "A6001"}, {6001, 0, none, ""}, {7001, 0, none, "A8001"}},
		{{1, 0, none, ""}, {1001, 0, ce, "A1001 E2001"}, {2001, 0, ce, ""}, {3001, 0, none, "E3001 A4001"}, {4001, 0, ce, "E5001"}, {5001, 0, none, "A6001"}},
		// CWR ends nothing here.
		{{1, 0, ce, "E1001"}, {1001, wire.CWR, ce, ""}, {2001, wire.CWR, ce, "E3001"}, {3001, 0, ce, "E4001"}},
		{{1, 0, ce, "E1001"}, {1, 0, none, "E1001"}, {2001, 0, none, "A1001"}, {1001, 0, none, "A3001"}},
	} {
		receive(t, tcp.ECNDCTCP, steps)
	}
}

// "if a window probe arrives with the CE codepoint set, then the receiver SHOULD respond to the
// ECN indications" (RFC 3168, section 6.1.6).
func TestMarkedWindowProbe(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { with(tcp.ECNClassic)(c); c.ReceiveBuffer = 2000 })
	s.sink.hold = true
	s.open(setup, 0)
	for seq := uint32(1); seq < 2000; seq += 1000 {
		s.send(wire.ACK, seq, 1000)
	}
	s.take(50 * time.Millisecond)
	s.mark = ce
	s.send(wire.ACK, 2001, 1)
	if a := s.one(); a.Ack != 2001 || a.Window != 0 || !a.Flags.Has(wire.ECE) {
		t.Errorf("the probe is answered by %+v", a)
	}
}

// sender is an endpoint with more to send than its window, whose peer is the test.
type sender struct {
	*script
	episodes []cc.Cause // of which the controller hears
	old      []cc.Cause // and the others
	mss      float64
}

func newSender(t *testing.T, set func(*tcp.Config)) *sender {
	t.Helper()
	s := &sender{script: newScript(t, func(c *tcp.Config) { with(tcp.ECNClassic)(c); set(c) })}
	s.open(setup, 1e6)
	s.dst.Points.Episodes.Observe(func(e tcp.Episode) {
		if e.Old {
			s.old = append(s.old, e.Cause)
		} else {
			s.episodes = append(s.episodes, e.Cause)
		}
	})
	s.mss = float64(s.dst.MSS())
	return s
}

// acks acknowledges all before segment n, from 1, with SACK of segments [from, to), and
// returns what leaves in d.
func (s *sender) acks(flags wire.Flags, n int, d time.Duration, sack ...int) []wire.Segment {
	at := func(n int) uint32 { return uint32(n-1)*1448 + 1 }
	g := wire.Segment{Flags: wire.ACK | flags, Seq: 1, Ack: at(n), Window: 65535}
	for i := 0; i < len(sack); i += 2 {
		g.SACK[i/2] = wire.Block{Left: at(sack[i]) + peerISS, Right: at(sack[i+1]) + peerISS}
		g.NSACK++
	}
	s.segment(g)
	return s.take(d)
}

// window returns cwnd and ssthresh in segments.
func (s *sender) window() [2]float64 {
	return [2]float64{s.dst.Flow.Cwnd / s.mss, s.dst.Flow.Ssthresh / s.mss}
}

func (s *sender) want(what string, cwnd, ssthresh float64, episodes ...cc.Cause) {
	s.t.Helper()
	if got := s.window(); got != [2]float64{cwnd, ssthresh} || !slices.Equal(s.episodes, episodes) {
		s.t.Errorf("%s: cwnd and ssthresh %v, want %g %g; episodes %v, want %v", what, got, cwnd, ssthresh, s.episodes, episodes)
	}
}

const ms = time.Millisecond

// "the TCP source halves the congestion window", "SHOULD NOT increase the congestion window in
// response to the receipt of an ECN-Echo ACK packet", "should not react to congestion
// indications more than once every window of data", and "sets the CWR flag in the TCP header
// of the first new data packet sent after the window reduction" (section 6.1.2).
func TestMarkHalvesOncePerWindow(t *testing.T) {
	s := newSender(t, func(*tcp.Config) {})
	if n := len(s.take(0)); n != 10 {
		t.Fatalf("%d segments, want 10", n)
	}
	for n := 2; n <= 6; n++ { // nine to five segments are out
		if a := s.acks(wire.ECE, n, 3*ms); len(a) != 0 {
			t.Errorf("ACK of segment %d lets %d segments out", n-1, len(a))
		}
		s.want("within the window", 5, 5, cc.Mark)
	}
	for n := 7; n <= 11; n++ { // until all that was out is acknowledged
		a := s.acks(wire.ECE, n, 3*ms)
		if len(a) != 1 || a[0].Flags.Has(wire.CWR) != (n == 7) {
			t.Errorf("ACK of segment %d lets out %+v", n-1, a)
		}
		s.want("within the window", 5, 5, cc.Mark)
	}
	s.acks(wire.ECE, 12, 3*ms) // of the segment with CWR: a mark in the new window
	s.want("in the next window", 2.5, 2.5, cc.Mark, cc.Mark)
	if got, want := s.dst.MarkedBytes(), uint64(11*1448); got != want {
		t.Errorf("%d bytes are marked, want %d", got, want)
	}
}

// Congestion avoidance goes on with ACKs that have no ECE, also within the window.
func TestGrowthWithoutECE(t *testing.T) {
	s := newSender(t, func(*tcp.Config) {})
	s.take(0)
	s.acks(wire.ECE, 2, 3*ms)
	w := 5.0
	for n := 3; n <= 10; n++ { // ACKs of one segment
		s.acks(0, n, 3*ms)
		if w += 1 / w; math.Abs(s.window()[0]-w) > 1e-9 {
			t.Errorf("ACK of segment %d: cwnd %g, want %g", n-1, s.window()[0], w)
		}
	}
	s.acks(wire.ECE, 11, 3*ms)
	if got := s.window()[0]; math.Abs(got-w) > 1e-9 {
		t.Errorf("ACK with ECE: cwnd %g, want %g still", got, w)
	}
}

// "reduces its congestion window for any reason (because of a retransmit timeout, a Fast
// Retransmit, or in response to an ECN Notification)", and "the CWR bit in the TCP header SHOULD
// NOT be set on retransmitted packets" (section 6.1.2).
func TestCWROnNewDataOnly(t *testing.T) {
	for _, tt := range []struct {
		name string
		play func(s *sender) []wire.Segment
	}{
		{"fast retransmit", func(s *sender) []wire.Segment {
			a := s.acks(0, 1, 3*ms, 2, 5)
			for n := 6; n <= 11; n++ {
				a = append(a, s.acks(0, 1, 3*ms, 2, n)...)
			}
			return append(a, s.acks(0, 11, 3*ms)...)
		}},
		{"timeout", func(s *sender) []wire.Segment { return append(s.take(230*ms), s.acks(0, 11, 3*ms)...) }},
		{"mark and loss", func(s *sender) []wire.Segment {
			a := append(s.acks(wire.ECE, 2, 3*ms), s.acks(wire.ECE, 2, 3*ms, 3, 6)...)
			return append(a, s.acks(wire.ECE, 11, 3*ms)...)
		}},
	} {
		for _, r := range recoveries[:2] {
			s := newSender(t, r.set)
			s.take(0)
			var again, fresh []bool
			high := uint32(1 + 10*1448)
			for _, g := range tt.play(s) {
				switch end := g.Seq + uint32(g.Len); {
				case g.Seq < high:
					again = append(again, g.Flags.Has(wire.CWR))
				default:
					if high = end; len(again) > 0 { // and no probe of before
						fresh = append(fresh, g.Flags.Has(wire.CWR))
					}
				}
			}
			if len(again) == 0 || slices.Contains(again, true) || len(fresh) < 2 || !fresh[0] || slices.Contains(fresh[1:], true) {
				t.Errorf("%s, %s: CWR %v on retransmissions, %v on new data", tt.name, r.name, again, fresh)
			}
		}
	}
}

// "the TCP sender's congestion window should be reduced only once in response to a series of dropped and/or
// CE packets from a single window of data" (section 6.1.2). "However, if any retransmitted packets are
// dropped, then this is interpreted by the source TCP as a new instance of congestion"; so is the loss of the
// segment with CWR. What cuts nothing is reported all the same.
func TestMarkAndLossOfOneWindow(t *testing.T) {
	for _, tt := range []struct {
		name     string
		play     func(s *sender)
		ssthresh float64
		episodes []cc.Cause
		old      []cc.Cause
	}{
		{"mark, then loss", func(s *sender) {
			s.acks(wire.ECE, 2, 3*ms)
			s.acks(wire.ECE, 2, 3*ms, 3, 6)
			s.acks(wire.ECE, 11, 3*ms)
		}, 5, []cc.Cause{cc.Mark}, []cc.Cause{cc.FastRetransmit}},
		{"loss, then mark", func(s *sender) {
			s.acks(0, 1, 3*ms, 2, 5)
			s.acks(wire.ECE, 1, 3*ms, 2, 6)
			s.acks(wire.ECE, 11, 3*ms)
		}, 5, []cc.Cause{cc.FastRetransmit}, nil},
		{"both at once", func(s *sender) { s.acks(wire.ECE, 1, 3*ms, 2, 5) }, 5, []cc.Cause{cc.FastRetransmit}, nil},
		{"mark, then timeout", func(s *sender) { s.acks(wire.ECE, 2, 300*ms) }, 5, []cc.Cause{cc.Mark}, []cc.Cause{cc.Timeout}},
		{"mark, then loss of the next window", func(s *sender) {
			s.acks(wire.ECE, 2, 3*ms)
			s.acks(wire.ECE, 11, 3*ms) // lets five out, the first with CWR
			s.acks(0, 11, 3*ms, 12, 16)
		}, 2.5, []cc.Cause{cc.Mark, cc.FastRetransmit}, nil},
	} {
		for _, r := range recoveries[:2] {
			s := newSender(t, r.set)
			s.take(0)
			tt.play(s)
			if !slices.Equal(s.old, tt.old) {
				t.Errorf("%s, %s: %v cut nothing, want %v", tt.name, r.name, s.old, tt.old)
			}
			if got := s.window()[1]; got != tt.ssthresh || !slices.Equal(s.episodes, tt.episodes) {
				t.Errorf("%s, %s: ssthresh %g after %v, want %g after %v", tt.name, r.name, got, s.episodes, tt.ssthresh, tt.episodes)
			}
		}
	}
}

// "the sending TCP MUST reset the retransmit timer on receiving the ECN-Echo packet when the
// congestion window is one. The sending TCP will then be able to send a new packet only when
// the retransmit timer expires" (section 6.1.2).
func TestMarkAtOneSegment(t *testing.T) {
	s := newSender(t, func(c *tcp.Config) { c.InitialWindow = 1 })
	if n := len(s.take(0)); n != 1 {
		t.Fatalf("%d segments, want 1", n)
	}
	for n := 2; n <= 4; n++ {
		a := s.acks(wire.ECE, n, time.Millisecond+s.dst.RTT.RTO()-time.Microsecond)
		if len(a) != 0 {
			t.Errorf("%d segments leave before the timer expires", len(a))
		}
		if w := s.dst.Flow.Cwnd; w != s.mss {
			t.Errorf("cwnd %g, want one segment", w/s.mss)
		}
		if a := s.take(3 * ms); len(a) != 1 || a[0].Seq != uint32(n-1)*1448+1 {
			t.Errorf("the timer lets out %+v, want one new segment", a)
		}
	}
	if a := s.acks(0, 5, 3*ms); len(a) != 2 || s.dst.Stats.Timeouts != 0 { // in slow start
		t.Errorf("without a mark %d segments leave, want 2; %d timeouts", len(a), s.dst.Stats.Timeouts)
	}
}

// The same when a timeout has left one segment, whatever looks for a spurious one.
func TestMarkAfterTimeout(t *testing.T) {
	for _, frto := range []bool{false, true} {
		s := newSender(t, func(c *tcp.Config) { c.FRTO = frto })
		s.take(230 * ms) // a tail loss probe, a timeout
		rto := s.dst.RTT.RTO()
		if a := s.acks(wire.ECE, 2, 150*ms); len(a) != 0 {
			t.Errorf("F-RTO %v: %d segments leave at once, the RTO being %v", frto, len(a), rto)
		}
		if a := s.take(500 * ms); len(a) == 0 {
			t.Errorf("F-RTO %v: nothing leaves afterwards", frto)
		}
	}
}

// The echo of a mark goes on until the peer has seen CWR, which only new data carries: while lost segments
// go again after a timeout, it costs them one timeout, and not one each.
func TestOldEchoAfterTimeout(t *testing.T) {
	s := newSender(t, func(c *tcp.Config) { c.FRTO = false })
	lost := len(s.take(230*ms)) - 2 // without the probe and the first that goes again
	if lost < 5 {
		t.Fatalf("%d segments are lost, want a window", lost)
	}
	s.acks(wire.ECE, 2, 0)
	if a := s.take(500 * ms); len(a) == 0 {
		t.Fatal("nothing leaves after the timeout that the mark costs")
	}
	for n := 3; n <= 5; n++ {
		if a := s.acks(wire.ECE, n, 3*ms); len(a) == 0 {
			t.Errorf("nothing leaves after the ACK of %d segments", n-1)
		}
	}
}

// A loss that proves none gives the window back (RFC 3522), unless a mark told of congestion
// as well.
func TestMarkIsNotUndone(t *testing.T) {
	for _, tt := range []struct {
		name  string
		marks [4]wire.Flags // of the ACKs: before the loss, with it, after it, and of the one that proves it spurious
		cwnd  float64
	}{
		{"none", [4]wire.Flags{}, 10},
		{"before", [4]wire.Flags{wire.ECE}, 5},
		{"with the loss", [4]wire.Flags{1: wire.ECE}, 5},
		{"after", [4]wire.Flags{2: wire.ECE}, 5},
		{"at last", [4]wire.Flags{3: wire.ECE}, 5},
	} {
		s := newSender(t, func(*tcp.Config) {})
		s.take(0)
		s.acks(tt.marks[0], 1, 3*ms)
		before := timestamp(s.eng.Now())
		s.run(5 * ms)
		s.acks(tt.marks[1], 1, 3*ms, 2, 5)
		s.acks(tt.marks[2], 1, 3*ms, 2, 6)
		s.segment(wire.Segment{Flags: wire.ACK | tt.marks[3], Seq: 1, Ack: 5*1448 + 1, Window: 65535, TSEcr: before})
		s.run(2 * ms)
		if w := s.window()[0]; w != tt.cwnd || s.dst.Stats.FastRecoveries != 1 {
			t.Errorf("%s: cwnd %g, want %g; %d recoveries", tt.name, w, tt.cwnd, s.dst.Stats.FastRecoveries)
		}
	}
}

func timestamp(t sim.Time) uint32 { return uint32(t / sim.Time(time.Millisecond)) }

// marking marks what f says of those that may be.
type marking struct {
	netem.DropTail
	f     func(*netem.Packet) bool
	bytes units.Bytes // of payload
}

// Enqueue implements netem.Queue.
func (q *marking) Enqueue(now sim.Time, p *netem.Packet, d netem.Dropper) bool {
	if p.ECN != netem.NotECT && q.f(p) {
		d.Mark(p)
		q.bytes += units.Bytes(segment(p).Len)
	}
	return q.DropTail.Enqueue(now, p, d)
}

func segment(p *netem.Packet) *wire.Segment { return p.Payload.(*wire.Segment) }

// narrow is a link of 10 Mb/s, RTT 20 ms, with a queue of 50 packets that marks.
func narrow(q *marking) link {
	return link{rate: 10 * units.Mbps, delay: 10 * time.Millisecond, queue: 50, marks: q}
}

// The story of two marks in a window, packet by packet.
func TestMarkStory(t *testing.T) {
	for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
		data := 0
		path := wide(nil)
		path.marks = &marking{f: func(p *netem.Packet) bool { data += int(min(segment(p).Len, 1)); return data == 4 || data == 7 }}
		l := newLab(t, path)
		l.cfg.ECN, l.cfg.QuickAcks = mode, 0
		log := l.capture()
		l.transfer(t, 24*1448, func() cc.Controller {
			c, _ := cc.Registry.New(map[tcp.ECN]string{tcp.ECNClassic: "reno", tcp.ECNDCTCP: "dctcp"}[mode])
			return c
		})
		l.finish(t, 5*time.Second, 24*1448)
		log.golden(t, map[tcp.ECN]string{tcp.ECNClassic: "ecn-classic", tcp.ECNDCTCP: "ecn-dctcp"}[mode])
	}
}

// With the echo of RFC 8257 the sender knows exactly how many bytes were marked, whatever the
// delay of ACKs; with that of RFC 3168 it knows no less.
func TestEchoIsExact(t *testing.T) {
	for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
		for _, every := range []int{1, 2, 4} {
			for _, p := range []float64{0, 0.02, 0.5, 0.9, 1} {
				r := rand.New(rand.NewPCG(1, 2))
				q := &marking{f: func(*netem.Packet) bool { return r.Float64() < p }}
				l := newLab(t, narrow(q))
				l.cfg.ECN, l.cfg.AckEvery = mode, every
				l.transfer(t, 300e3, reno)
				l.finish(t, 300*time.Second, 300e3)
				got, want := units.Bytes(l.src.MarkedBytes()), q.bytes
				if got < want || mode == tcp.ECNDCTCP && got != want {
					t.Errorf("%v, an ACK for %d segments, marked with probability %g: the sender knows of %d bytes, marked are %d", mode, every, p, got, want)
				}
			}
		}
	}
}

// Marks take the place of losses: a queue that marks early loses nothing, and the transfer
// is repeated nowhere.
func TestMarksInPlaceOfLosses(t *testing.T) {
	for _, mode := range []tcp.ECN{tcp.ECNOff, tcp.ECNClassic, tcp.ECNDCTCP} {
		q := new(marking)
		q.f = func(*netem.Packet) bool { return q.Len() > 10 }
		l := newLab(t, narrow(q))
		l.cfg.ECN = mode
		l.transfer(t, 2e6, reno)
		l.finish(t, 20*time.Second, 2e6)
		stats := l.net.Stats()
		if lost := stats.Dropped.Total().Packets; (lost > 0) != (mode == tcp.ECNOff) || (l.src.Stats.Retransmits > 0) != (mode == tcp.ECNOff) {
			t.Errorf("%v: %d packets lost, %d sent again", mode, lost, l.src.Stats.Retransmits)
		}
	}
}

// A path, or a peer, that marks all takes no more than the rate: each controller keeps a
// segment, all bytes arrive, and no window is cut more often than once a round trip.
func TestEverythingIsMarked(t *testing.T) {
	for _, name := range cc.Registry.Names() {
		for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
			l := newLab(t, narrow(&marking{f: func(*netem.Packet) bool { return true }}))
			l.cfg.ECN = mode
			l.transfer(t, 100e3, func() cc.Controller {
				c, err := cc.Registry.New(name)
				if err != nil {
					t.Fatal(err)
				}
				if r, ok := c.(cc.Randomizer); ok {
					r.Randomize(rand.New(rand.NewPCG(1, 1)))
				}
				return c
			})
			var last sim.Time
			l.src.Points.Episodes.Observe(func(e tcp.Episode) {
				if e.Cause == cc.Mark && last > 0 && e.Now.Sub(last) < 20*time.Millisecond {
					t.Errorf("%s, %v: cut at %v and at %v", name, mode, last, e.Now)
				}
				last = e.Now
				if w := l.src.Flow.Cwnd; w < float64(l.src.MSS()) {
					t.Errorf("%s, %v: cwnd %g", name, mode, w)
				}
			})
			l.finish(t, 300*time.Second, 100e3)
		}
	}
}

// A peer that says ECE in all it sends, CWR or not, and repeats itself, cannot make the sender
// stop for good, send more than without, or answer more than it is asked.
func TestECEStorm(t *testing.T) {
	s := newSender(t, func(*tcp.Config) {})
	s.take(0)
	una := 1
	for range 200 {
		for range 20 {
			s.acks(wire.ECE|wire.CWR, una, 0)
		}
		out := s.take(5 * ms)
		if len(out) > 10 {
			t.Fatalf("%d segments leave for one ACK", len(out))
		}
		if n := (int(s.dst.Pipe()) + 1447) / 1448; n > 0 {
			una++
		}
	}
	if una < 100 || s.dst.Flow.Cwnd < s.mss || s.dst.State() != tcp.Established {
		t.Errorf("%d segments were acknowledged, cwnd %g, state %d", una-1, s.dst.Flow.Cwnd, s.dst.State())
	}
}

// Marks and losses together, whatever they meet: every byte arrives once, and the sender hears
// of marks.
func TestMarksAndLosses(t *testing.T) {
	for _, r := range recoveries {
		for _, mode := range []tcp.ECN{tcp.ECNClassic, tcp.ECNDCTCP} {
			for _, p := range []float64{0.01, 0.1, 0.3} {
				for seed := range uint64(3) {
					draw := rand.New(rand.NewPCG(seed, 7))
					path := narrow(&marking{f: func(*netem.Packet) bool { return draw.Float64() < p }})
					path.loss = &bernoulli{rand.New(rand.NewPCG(seed, 1)), p / 2}
					l := newLab(t, path)
					r.set(&l.cfg)
					l.cfg.ECN = mode
					l.transfer(t, 200e3, func() cc.Controller { return &cc.CUBIC{C: 0.4, Beta: 0.7} })
					l.finish(t, 400*time.Second, 200e3)
					if p > 0.01 && l.src.MarkedBytes() == 0 {
						t.Errorf("%s, %v, marks %g: the sender hears of none", r.name, mode, p)
					}
				}
			}
		}
	}
}
