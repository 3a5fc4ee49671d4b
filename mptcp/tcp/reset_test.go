package tcp_test

import (
	"errors"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// An ABORT sends a RST with snd.nxt, and the peer's connection is gone
// (RFC 9293, sections 3.5.2 and 3.10.5).
func TestAbort(t *testing.T) {
	l := newLab(t, wide(nil))
	log := l.capture()
	l.transfer(t, 1e6, reno)
	l.at(400*time.Millisecond, func() { l.src.Abort(nil) })
	l.eng.Run(sim.Time(time.Second))
	if !errors.Is(l.ends[0].err, tcp.ErrAborted) || !errors.Is(l.ends[1].err, tcp.ErrReset) {
		t.Errorf("ended with %v and %v, want %v and %v", l.ends[0].err, l.ends[1].err, tcp.ErrAborted, tcp.ErrReset)
	}
	d := log.data()
	last := d[len(d)-1]
	if r := log.sent(true, wire.RST)[0]; r.at != 400*time.Millisecond || r.Seq != last.Seq+uint32(last.Len) {
		t.Errorf("the RST is %v, want snd.nxt at 400 ms", r)
	}
	l.clean(t)
}

// RFC 5961, section 3.2: a RST outside the receive window is dropped silently,
// one that is exactly next resets the connection, and any other in the window
// draws a challenge ACK.
func TestRSTIsChecked(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	s.send(wire.ACK, 1, 1000)
	s.one()
	for _, seq := range []uint32{0, 1000, 1001 + 20<<20} {
		s.send(wire.RST, seq, 0)
		s.none()
	}
	s.send(wire.RST, 1002, 0)
	if a := s.one(); a.Flags != wire.ACK || a.Seq != 1 || a.Ack != 1001 {
		t.Errorf("the challenge is %+v, want seq 1 ack 1001", a)
	}
	if s.dst.State() != tcp.Established {
		t.Fatal("the connection is gone")
	}
	s.send(wire.RST, 1001, 0)
	s.none()
	if err := s.sink.err; !errors.Is(err, tcp.ErrReset) {
		t.Errorf("ended with %v, want %v", err, tcp.ErrReset)
	}
	s.clean(t)
}

// "If the SYN bit is set, irrespective of the sequence number, TCP MUST send an
// ACK (also referred to as challenge ACK)" (RFC 5961, section 4.2).
func TestSYNOnConnection(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	for _, seq := range []uint32{0, 1, 500, 1 << 30} {
		s.send(wire.SYN, seq, 0)
		if a := s.one(); a.Flags != wire.ACK || a.Seq != 1 || a.Ack != 1 {
			t.Errorf("SYN %d: the answer is %+v, want ack 1", seq, a)
		}
	}
	if s.dst.State() != tcp.Established {
		t.Error("the connection is gone")
	}
}

// Challenge ACKs are sent at a limited rate (RFC 5961, section 7).
func TestChallengeLimit(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.ChallengeLimit = 3 })
	s.connect(offer())
	s.run(time.Second)
	for range 10 {
		s.send(wire.RST, 5, 0)
	}
	if n := len(s.take(10 * time.Millisecond)); n != 3 {
		t.Errorf("%d challenge ACKs in a second, want 3", n)
	}
	s.run(time.Second)
	s.send(wire.RST, 5, 0)
	s.one()
}

// "If the ACK acks something not yet sent (SEG.ACK > SND.NXT), then send an ACK,
// drop the segment" (RFC 9293, section 3.10.7.4).
func TestAckOfTheFuture(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	s.una = 100
	s.send(wire.ACK, 1, 1000)
	if a := s.one(); a.Ack != 1 {
		t.Errorf("the answer acknowledges %d, want the data to be dropped", a.Ack)
	}
	if s.sink.got != 0 {
		t.Errorf("%d bytes were delivered from a segment that must be dropped", s.sink.got)
	}
}
