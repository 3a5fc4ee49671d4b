package tcp_test

import (
	"errors"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
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

// An owner that does not like the options of a SYN/ACK resets the connection, with a
// RST that the peer takes: its sequence number is the next, and it acknowledges the
// SYN/ACK (RFC 9293, section 3.5.2). Before it comes there is nothing to reset; when it
// does, it finds no connection, and is refused.
func TestAbortInHandshake(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Duration // 0: in Options of the SYN/ACK
		rsts int
	}{{"at the SYN/ACK", 0, 1}, {"before it", 60 * time.Millisecond, 0}} {
		l := newLab(t, wide(nil))
		log := l.capture()
		l.transfer(t, 1000, reno)
		o := &picky{Stream: tcp.NewStream(&l.cfg), abort: c.at == 0}
		o.Use(tcp.Dial(l.a, &l.cfg, o, l.src.Route(), 1001, 80, testISS), reno())
		o.Attach = func() app.Workload { t.Error("the connection is established"); return l.source }
		o.Connect()
		l.src.Abort(nil) // the lab's own
		if c.at > 0 {
			l.at(c.at, func() { o.Abort(nil) })
		}
		var server *tcp.Stream
		accept := l.b.Accept
		l.b.Accept = func(p *netem.Packet, s *wire.Segment) (*tcp.Endpoint, *wire.Options) {
			e, opt := accept(p, s)
			if p.SrcPort == 1001 {
				server = l.dst
			}
			return e, opt
		}
		l.at(155*time.Millisecond, func() {
			if server.State() != tcp.Closed {
				t.Errorf("%s: the server has not been reset", c.name)
			}
		})
		l.eng.Run(100e9)
		if !errors.Is(o.err, tcp.ErrAborted) {
			t.Errorf("%s: ended with %v, want %v", c.name, o.err, tcp.ErrAborted)
		}
		var rsts []*captured
		for _, p := range log.sent(true, wire.RST) {
			if p.Flags.Has(wire.ACK) {
				rsts = append(rsts, p)
			}
		}
		if len(rsts) != c.rsts || c.rsts > 0 && (rsts[0].Seq != 1 || rsts[0].Ack != 1) {
			t.Errorf("%s: resets %v, want %d with seq 1 ack 1", c.name, rsts, c.rsts)
		}
	}
}

// picky is an owner that aborts the connection when it sees the SYN/ACK.
type picky struct {
	*tcp.Stream
	abort bool
	err   error
}

func (o *picky) Options(e *tcp.Endpoint, _ *wire.Segment) bool {
	if o.abort {
		e.Abort(nil)
	}
	return true
}

func (o *picky) Closed(_ *tcp.Endpoint, err error) { o.err = err }
