package mptcp_test

import (
	"errors"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/sim/units"
)

// gone checks that our end is over with an error, and has left nothing behind.
func (s *script) gone(want error) {
	s.t.Helper()
	if !s.app.done || !errors.Is(s.app.err, want) {
		s.t.Errorf("closed %v with %v, want %v", s.app.done, s.app.err, want)
	}
	if n := s.server.Host().Sockets() + s.client.Host().Sockets(); n != 0 {
		s.t.Errorf("%d endpoints are left", n)
	}
}

// MP_TCPRST on a segment that is no RST means nothing. A RST must be exactly next: one
// elsewhere in the window draws a challenge ACK, one beyond it nothing. Then the
// subflow is gone, and the path manager knows why.
//
// Req: R8684-3.6-01, R8684-3.6-02, R8684-3.6-06, R8684-3.6-09
func TestConformReset(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("ACK seq 1 ack 1 dack 0", because(mptcp.ReasonProhibited))
	s.quiet(50 * time.Millisecond)
	a.send("RST ACK seq 200001 ack 1", because(mptcp.ReasonProhibited))
	s.quiet(50 * time.Millisecond)
	a.send("RST ACK seq 2 ack 1", because(mptcp.ReasonProhibited))
	a.want("ACK seq 1 ack 1 dack 0")
	if s.live() != 1 {
		t.Fatal("the subflow is gone")
	}
	a.send("RST ACK seq 1 ack 1", because(mptcp.ReasonProhibited))
	s.quiet(50 * time.Millisecond)
	e := s.pm.events[len(s.pm.events)-1]
	if e.Kind != pathmgr.SubflowDown || !e.Reset || e.Reason != mptcp.ReasonProhibited || e.Transient {
		t.Errorf("the path manager heard %+v", e)
	}
	if err := s.pm.Open(0, false); err == nil {
		t.Error("the path was tried again, although the reset was not transient")
	}
	s.end("reset")
}

// A TCP connection knows no MP_TCPRST.
func TestConformResetTCP(t *testing.T) {
	s := serve(t)
	a := s.open(0)
	a.send("SYN seq 0")
	a.want("SYN ACK seq 0 ack 1")
	a.send("ACK seq 1 ack 1")
	a.send("ACK seq 1 ack 1 len 100", because(mptcp.ReasonProhibited))
	a.want("ACK seq 1 ack 101")
	s.got(100)
	a.send("RST ACK seq 101 ack 1", because(mptcp.ReasonProhibited))
	s.quiet(50 * time.Millisecond)
	s.gone(tcp.ErrReset)
	s.end("reset-tcp")
}

// The RST of one subflow leaves the other alone: what the first had outstanding goes out
// again there. A transient reason lets the path be tried again.
//
// Req: R8684-3.3.3-01, R8684-3.3.6-04, R8684-3.6-04, R8684-4-06
func TestConformResetOne(t *testing.T) {
	s := serve(t)
	a := s.begin()
	b := s.join(0)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("RST ACK seq 1 ack 1", transient(mptcp.ReasonPerformance))
	b.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	b.send("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack 100")
	b.want("ACK seq 101 ack 101 dack 100")
	s.got(100)
	if err := s.pm.Open(0, false); err != nil {
		t.Errorf("after a transient reset: %v", err)
	}
	s.meet().want("SYN seq 0 MP_JOIN id 0 token nonce")
	s.end("reset-one")
}

// A FIN on one subflow closes that one alone.
//
// Req: R8684-3.3.3-01, R8684-3.3-03
func TestConformFINOfOne(t *testing.T) {
	s := serve(t)
	a := s.begin()
	b := s.join(0)
	a.send("FIN ACK seq 1 ack 1 dack 0")
	a.want("ACK seq 1 ack 2 dack 0")
	a.want("FIN ACK seq 1 ack 2 dack 0")
	a.send("ACK seq 2 ack 2 dack 0")
	s.run(50 * time.Millisecond)
	b.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	b.want("ACK seq 1 ack 101 dack 100")
	s.got(100)
	if s.app.eof || s.app.done {
		t.Error("the stream has ended")
	}
	s.end("fin-of-one")
}

// All subflows are reset: the connection waits close_timeout for a join, which goes on where the
// others left off; then it is over.
//
// Req: R8684-3.3-03, R8684-3.3.3-12
func TestConformNoSubflowLeft(t *testing.T) {
	s := serve(t, func(c *mptcp.Config) { c.Protocol.CloseTimeout = 3 * time.Second })
	a := s.begin()
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("RST ACK seq 1 ack 1", because(mptcp.ReasonResources))
	s.quiet(2900 * time.Millisecond)
	b := s.join(0)
	b.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	b.send("ACK seq 1 ack 101 dack 100")
	s.quiet(time.Second)
	b.send("RST ACK seq 1 ack 101", because(mptcp.ReasonResources))
	s.quiet(2900 * time.Millisecond)
	if s.app.done {
		t.Error("closed before the time was over")
	}
	s.quiet(200 * time.Millisecond)
	if !s.app.done || s.app.err == nil {
		t.Errorf("closed %v with %v, want an error", s.app.done, s.app.err)
	}
	if n := s.app.s.Write(100); n != 0 {
		t.Errorf("a write took %d bytes", n)
	}
	c := s.open(1)
	c.send("SYN seq 0", joining(3))
	c.want("RST ACK seq 0 ack 1 MP_TCPRST 1")
	s.end("no-subflow-left")
}

// MP_FASTCLOSE on an ACK: with a wrong key, or on a segment that TCP does not accept, ignored; with
// the right one all subflows are reset, and the connection is gone.
//
// Req: R8684-3.5-04
func TestConformFastCloseAck(t *testing.T) {
	t.Run("one", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		a.send("ACK seq 1 ack 1 dack 0", fastClose(1))
		s.quiet(50 * time.Millisecond)
		if s.app.done {
			t.Fatal("a wrong key has closed the connection")
		}
		a.send("ACK seq 1 ack 1", fastClose(0))
		a.want("RST ACK seq 1 ack 1 MP_TCPRST 0")
		s.quiet(time.Second)
		s.gone(tcp.ErrReset)
		s.end("fastclose-ack")
	})
	t.Run("two", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		b := s.join(0)
		b.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
		b.want("ACK seq 1 ack 101 dack 100")
		b.send("ACK seq 1 ack 1", fastClose(0)) // of old
		b.want("ACK seq 1 ack 101 dack 100")
		b.send("ACK seq 101 ack 1", fastClose(0))
		a.want("RST ACK seq 1 ack 1 MP_TCPRST 0")
		b.want("RST ACK seq 1 ack 101 MP_TCPRST 0")
		s.quiet(time.Second)
		s.gone(tcp.ErrReset)
		s.end("fastclose-ack-two")
	})
}

// MP_FASTCLOSE on a RST: with a wrong key that subflow alone dies, and a join
// still works; with the right one the connection is gone. A RST is not answered.
//
// Req: R8684-3.5-04
func TestConformFastCloseReset(t *testing.T) {
	s := serve(t)
	a := s.begin()
	a.send("RST ACK seq 1 ack 1", fastClose(1))
	s.quiet(50 * time.Millisecond)
	if s.app.done || s.live() != 0 {
		t.Fatalf("closed %v, %d subflows; want the subflow alone gone", s.app.done, s.live())
	}
	b := s.join(0)
	b.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	b.want("ACK seq 1 ack 101 dack 100")
	c := s.open(0)
	c.send("SYN seq 0", joining(0))
	c.want("SYN ACK seq 0 ack 1 MP_JOIN id 0 HMAC/64 nonce")
	c.send("ACK seq 1 ack 1", joining(0))
	c.want("ACK seq 1 ack 1 dack 100")
	b.send("RST ACK seq 101 ack 1", fastClose(0))
	c.want("RST ACK seq 1 ack 1 MP_TCPRST 0")
	s.quiet(time.Second)
	s.gone(tcp.ErrReset)
	s.end("fastclose-reset")
}

// Our own abort, as a RST on every subflow with the key, after which nothing is left; or
// as an ACK on one and RSTs on the others, repeated at the RTO three times, and then a
// RST with the key. The peer's RST ends it before, and so does its own MP_FASTCLOSE.
//
// Req: R8684-3.5-01, R8684-3.5-02, R8684-3.5-03, R8684-3.5-05, R8684-3.5-06, R8684-3.5-07, R8684-3.5-08, R8684-3.5-09
func TestConformAbort(t *testing.T) {
	t.Run("rst", func(t *testing.T) {
		s := serve(t)
		a := s.begin()
		b := s.join(0)
		s.mp().Abort()
		a.want("RST ACK seq 1 ack 1 MP_FASTCLOSE key MP_TCPRST 0")
		b.want("RST ACK seq 1 ack 1 MP_FASTCLOSE key MP_TCPRST 0")
		s.quiet(time.Second)
		s.gone(tcp.ErrAborted)
		s.end("abort-rst")
	})
	byAck := func(c *mptcp.Config) { c.Protocol.FastClose = mptcp.FastCloseAck }
	const fast = "ACK seq 1 ack 1 MP_FASTCLOSE key"
	for _, c := range []struct {
		name   string
		answer func(a *flow)
	}{
		{"answered", func(a *flow) { a.send("RST seq 1", because(0)) }},
		{"crossed", func(a *flow) {
			a.send("ACK seq 1 ack 1", fastClose(0))
			a.want("RST ACK seq 1 ack 1")
		}},
		{"unanswered", func(a *flow) {
			for _, d := range []time.Duration{220, 220, 220} {
				a.after(d*time.Millisecond, fast)
			}
			a.after(220*time.Millisecond, "RST ACK seq 1 ack 1 MP_FASTCLOSE key MP_TCPRST 0")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, byAck)
			a := s.begin()
			b := s.join(0)
			s.mp().Abort()
			a.want(fast)
			b.want("RST ACK seq 1 ack 1 MP_TCPRST 0")
			c.answer(a)
			s.quiet(time.Second)
			s.gone(tcp.ErrAborted)
			s.end("abort-ack-" + c.name)
		})
	}
}

// Close with data on a second subflow outstanding: no FIN leaves before the peer has
// acknowledged all, at the data level.
//
// Req: R8684-3.3.3-07, R8684-3.3.3-08
func TestConformCloseWaitsForDataAck(t *testing.T) {
	s := serve(t)
	a := s.begin()
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	s.app.s.CloseWrite()
	a.want("ACK seq 101 ack 1 dsn 100 ssn 0 map 1 DATA_FIN dack 0")
	a.send("ACK seq 1 ack 101 dsn 0 ssn 0 map 1 DATA_FIN dack 50") // it has a hole in mind
	a.want("ACK seq 101 ack 1 dack 1")
	s.quiet(300 * time.Millisecond)
	a.send("ACK seq 1 ack 101 dack 101")
	a.want("FIN ACK seq 101 ack 1 dack 1")
	s.end("close-waits")
}

// A connection is accepted once the third packet has come, whatever happens to its subflow
// then: data sent before the reset is there.
func TestConformResetBeforeRead(t *testing.T) {
	s := serve(t)
	s.app.deaf = true
	a := s.begin()
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	a.send("RST ACK seq 101 ack 1")
	s.quiet(50 * time.Millisecond)
	if n := s.app.s.Read(1000); n != units.Bytes(100) {
		t.Errorf("%d bytes can be read, want 100", n)
	}
	s.end("reset-before-read")
}
