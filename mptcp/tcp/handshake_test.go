package tcp_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// A connection is opened by three packets and closed by a FIN in each direction
// (RFC 9293, sections 3.5 and 3.6). The SYN has what is negotiated: MSS, window
// scale, SACK-permitted, timestamps.
func TestHandshakeAndClose(t *testing.T) {
	l := newLab(t, wide(nil))
	c := l.capture()
	l.transfer(t, 3000, reno)
	l.finish(t, 5*time.Second, 3000)
	c.golden(t, "handshake-and-close")
	if o := c.packets[0].Opt; o.MSS != 1460 || o.WScale != 7 || !o.SACKPermitted || !c.packets[0].HasTS {
		t.Errorf("the SYN offers %+v", o)
	}
	if got := l.src.Stats.EstablishedAt; !near(time.Duration(got), 100*time.Millisecond, time.Millisecond) {
		t.Errorf("established at %v, want after one RTT", got)
	}
}

// "the RTO ... SHOULD be set to 1 second" until there is a sample, and is
// doubled for each retransmission (RFC 6298, section 2 (2.1) and section 5 (5.5)).
func TestSYNLost(t *testing.T) {
	l := newLab(t, wide(nth(isSYN, 1, 2, 3)))
	log := l.capture()
	l.transfer(t, 3000, reno)
	l.finish(t, 30*time.Second, 3000)
	want := []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second}
	if got := times(log.sent(true, wire.SYN)); !slices.Equal(got, want) {
		t.Errorf("SYNs at %v, want %v", got, want)
	}
}

// A lost SYN/ACK is repeated by the server's timer or for the client's next SYN,
// whichever is first.
func TestSYNACKLost(t *testing.T) {
	l := newLab(t, wide(nil))
	l.link.Down.SetLoss(nth(isSYN, 1))
	l.transfer(t, 3000, reno)
	l.finish(t, 30*time.Second, 3000)
	if got := time.Duration(l.src.Stats.EstablishedAt); !near(got, 1100*time.Millisecond, time.Millisecond) {
		t.Errorf("established at %v, want an RTT after the second SYN", got)
	}
}

// A SYN that was lost once leaves the initial window as it is; more losses make it
// one segment (RFC 6928, section 2). The RTT is taken from the timestamp; without,
// "the RTO MUST be re-initialized to 3 seconds" (RFC 6298, section 5 (5.7)).
func TestAfterSYNLoss(t *testing.T) {
	for _, c := range []struct {
		lost   []int
		stamps bool
		flight int
		rto    time.Duration
	}{
		{nil, true, 10, 300 * time.Millisecond},
		{[]int{1}, true, 10, 300 * time.Millisecond},
		{[]int{1}, false, 10, 3 * time.Second},
		{[]int{1, 2}, true, 1, 300 * time.Millisecond},
		{[]int{1, 2}, false, 1, 3 * time.Second},
	} {
		l := newLab(t, wide(nth(isSYN, c.lost...)))
		l.cfg.Timestamps = c.stamps
		log := l.capture()
		l.transfer(t, 100e3, reno)
		for l.src.State() != tcp.Established {
			l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
		}
		l.eng.Run(l.eng.Now() + sim.Time(20*time.Millisecond))
		if n := len(log.data()); n != c.flight {
			t.Errorf("SYNs %v lost: %d segments in the first flight, want %d", c.lost, n, c.flight)
		}
		if got := l.src.RTT.RTO(); !near(got, c.rto, 2*time.Millisecond) {
			t.Errorf("SYNs %v lost, timestamps %v: RTO %v, want %v", c.lost, c.stamps, got, c.rto)
		}
		l.finish(t, 30*time.Second, 100e3)
	}
}

// The open attempt ends once SYNRetries retransmissions have gone unanswered.
func TestSYNGivesUp(t *testing.T) {
	l := newLab(t, wide(lose(isSYN)))
	l.cfg.SYNRetries = 3
	log := l.capture()
	l.transfer(t, 3000, reno)
	l.eng.Run(sim.Time(100 * time.Second))
	if n := len(log.packets); n != 4 {
		t.Errorf("%d SYNs, want the first and 3 more", n)
	}
	if e := l.ends[0]; e.at != 15*time.Second || !errors.Is(e.err, tcp.ErrTimeout) { // 1 + 2 + 4 + 8
		t.Errorf("ended with %v at %v, want %v at 15s", e.err, e.at, tcp.ErrTimeout)
	}
	l.clean(t)
}

// Linear timeouts of a SYN come before those that double, and on top of SYNRetries; a SYN/ACK
// has none. With Linux's four the SYN goes again after 1, 2, 3, 4, 5, 7, 11 s.
func TestSYNLinear(t *testing.T) {
	l := newLab(t, wide(lose(isSYN)))
	l.cfg.SYNRetries, l.cfg.SYNLinear = 3, 4
	log := l.capture()
	l.transfer(t, 3000, reno)
	l.eng.Run(sim.Time(100 * time.Second))
	var at []time.Duration
	for _, p := range log.packets {
		at = append(at, p.at.Round(time.Second))
	}
	want := []time.Duration{0, 1, 2, 3, 4, 5, 7, 11}
	for i := range want {
		want[i] *= time.Second
	}
	if !slices.Equal(at, want) {
		t.Errorf("SYNs at %v, want %v", at, want)
	}
	if e := l.ends[0]; e.at != 19*time.Second {
		t.Errorf("given up at %v, want 19s", e.at)
	}
	s := newScript(t, func(c *tcp.Config) { c.SYNRetries, c.SYNLinear = 3, 4 })
	o := offer()
	s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, Opt: &o})
	if n := len(s.take(20 * time.Second)); n != 4 {
		t.Errorf("%d SYN/ACKs, want the first and 3 more", n)
	}
}

// A SYN/ACK is given up too, and the half-open endpoint disappears.
func TestSYNACKGivesUp(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.SYNRetries = 3 })
	o := offer()
	s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, Opt: &o})
	if n := len(s.take(20 * time.Second)); n != 4 {
		t.Errorf("%d SYN/ACKs, want the first and 3 more", n)
	}
	if s.b.Sockets() != 0 {
		t.Error("the half-open endpoint is still there")
	}
}

// When the third packet is lost, the data that follows it completes the
// handshake: every segment has the ACK.
func TestThirdPacketLost(t *testing.T) {
	l := newLab(t, wide(nth(isPureAck, 1)))
	l.transfer(t, 3000, reno)
	l.finish(t, 5*time.Second, 3000)
	if n := l.src.Stats.Retransmits; n != 0 {
		t.Errorf("%d retransmissions, want none", n)
	}
	if got := l.dst.Stats.EstablishedAt; !near(time.Duration(got), 150*time.Millisecond, time.Millisecond) {
		t.Errorf("the server is established at %v, want when the data arrived", got)
	}
}

// When no data follows it, the server repeats its SYN/ACK, which is not in the
// window of a client that is established, and so is acknowledged (RFC 9293,
// section 3.10.7.4).
func TestThirdPacketLostWithoutData(t *testing.T) {
	l := newLab(t, wide(nth(isPureAck, 1)))
	l.transfer(t, 0, reno)
	l.source.open = true
	l.eng.Run(sim.Time(5 * time.Second))
	if got := time.Duration(l.dst.Stats.EstablishedAt); !near(got, 1200*time.Millisecond, 60*time.Millisecond) {
		t.Errorf("the server is established at %v, want an RTT after its second SYN/ACK", got)
	}
}

// "If the connection does not exist (CLOSED), then a reset is sent in response
// to any incoming segment except another reset" (RFC 9293, section 3.5.2).
func TestRefused(t *testing.T) {
	l := newLab(t, wide(nil))
	log := l.capture()
	l.transfer(t, 3000, reno)
	l.b.Accept = nil
	l.eng.Run(sim.Time(time.Second))
	if err := l.ends[0].err; !errors.Is(err, tcp.ErrRefused) {
		t.Errorf("ended with %v, want %v", err, tcp.ErrRefused)
	}
	if r := log.packets[1]; r.Flags != wire.RST|wire.ACK || r.Ack != 1 {
		t.Errorf("the answer is %v, want a RST that acknowledges the SYN", r)
	}
	l.clean(t)
}

// A listener that refuses a segment with an ACK takes its RST's number from
// there; a RST is never answered (RFC 9293, section 3.10.7.1).
func TestNoConnection(t *testing.T) {
	s := newScript(t, nil)
	s.una = 77
	s.send(wire.ACK, 5, 10)
	if r := s.one(); r.Flags != wire.RST || r.Seq != 77 {
		t.Errorf("the answer is %+v, want a bare RST with sequence number 77", r)
	}
	s.send(wire.RST, 5, 0)
	s.none()
}

// "Once TSopt has been successfully negotiated, that is both <SYN> and <SYN,ACK> contain TSopt, the TSopt
// MUST be sent in every non-<RST> segment"; without it in the SYN "the TSopt MUST NOT" come later (RFC 7323,
// section 3.2).
func TestTimestampsNeedBothEnds(t *testing.T) {
	for _, tt := range []struct{ offered, wanted bool }{{true, true}, {true, false}, {false, true}, {false, false}} {
		s := newScript(t, nil)
		o := offer()
		s.cfg.Timestamps = false // the test adds none by itself
		s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, HasTS: tt.offered, TSVal: 7, Opt: &o})
		s.cfg.Timestamps = tt.wanted
		a := s.one()
		want := tt.offered && tt.wanted
		if a.HasTS != want || want && a.TSEcr != 7 {
			t.Errorf("offered %v, wanted %v: the SYN/ACK has timestamps %v, echo %d", tt.offered, tt.wanted, a.HasTS, a.TSEcr)
		}
	}
}
