package tcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/units"
)

// answering is a sink that, once the peer has closed, sends n bytes before it
// closes too.
type answering struct {
	sink
	n units.Bytes
}

func (w *answering) Readable() {
	w.got += w.s.Read(1 << 40)
	if w.s.EOF() && w.eof == 0 {
		w.eof = w.lab.eng.Now()
		w.Writable()
	}
}

func (w *answering) Writable() {
	if w.eof == 0 {
		return
	}
	w.n -= w.s.Write(w.n)
	if w.n == 0 {
		w.s.CloseWrite()
	}
}

// "The user who CLOSEs may continue to RECEIVE until the TCP receiver is told
// that the remote peer has CLOSED also" (RFC 9293, section 3.6).
func TestHalfClose(t *testing.T) {
	l := newLab(t, wide(nil))
	w := &answering{n: 500e3}
	l.transfer(t, 3000, reno)
	w.lab = l
	l.server = w
	l.eng.Run(sim.Time(10 * time.Second))
	if w.got != 3000 || l.source.got != 500e3 || !w.done || !l.source.done || w.err != nil || l.source.err != nil {
		t.Errorf("got %d and %d bytes, done %v %v, errors %v %v", w.got, l.source.got, w.done, l.source.done, w.err, l.source.err)
	}
	l.clean(t)
}

// Both sides close at once: each acknowledges the other's FIN, and both go
// through TIME-WAIT (RFC 9293, section 3.6, figure 13).
func TestSimultaneousClose(t *testing.T) {
	l := newLab(t, wide(nil))
	log := l.capture()
	l.transfer(t, 1000, reno)
	l.source.open = true
	l.at(time.Second, func() {
		l.src.CloseWrite()
		l.dst.CloseWrite()
	})
	l.at(1101*time.Millisecond, func() {
		if l.src.State() != tcp.TimeWait || l.dst.State() != tcp.TimeWait {
			t.Errorf("states %d and %d, want TIME-WAIT on both sides", l.src.State(), l.dst.State())
		}
	})
	l.finish(t, 3*time.Second, 1000)
	if n := len(log.sent(true, wire.FIN)) + len(log.sent(false, wire.FIN)); n != 2 {
		t.Errorf("%d FINs, want 2", n)
	}
}

// The last packets of a connection are repeated like any other: whichever of
// them is lost, both sides end in order.
func TestLossAtClose(t *testing.T) {
	for name, set := range map[string]func(l *lab){
		"first FIN":       func(l *lab) { l.link.Up.SetLoss(nth(isFIN, 1)) },
		"first FIN twice": func(l *lab) { l.link.Up.SetLoss(nth(isFIN, 1, 2)) },
		"second FIN":      func(l *lab) { l.link.Down.SetLoss(nth(isFIN, 1)) },
		"ACK of the FIN": func(l *lab) {
			l.link.Down.SetLoss(nth(func(s *wire.Segment) bool { return s.Ack == testISS+3002 }, 1, 2))
		},
		"last ACK":     func(l *lab) { l.link.Up.SetLoss(nth(func(s *wire.Segment) bool { return s.Ack == peerISS+2 }, 1)) },
		"data and FIN": func(l *lab) { l.link.Up.SetLoss(nth(isAny, 5, 6, 7)) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, wide(nil))
			set(l)
			l.transfer(t, 3000, reno)
			l.finish(t, 10*time.Second, 3000)
			t.Logf("ends at %v and %v", l.ends[0], l.ends[1])
		})
	}
}

// "The only thing that can arrive in [TIME-WAIT] is a retransmission of the
// remote FIN. Acknowledge it, and restart the 2 MSL timeout" (RFC 9293, section
// 3.10.7.4).
func TestTimeWait(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.TimeWait = time.Second })
	s.connect(offer())
	s.dst.CloseWrite() // the endpoint closes first
	if f := s.one(); !f.Flags.Has(wire.FIN) {
		t.Fatalf("%+v, want a FIN", f)
	}
	s.una = 2
	s.send(wire.FIN|wire.ACK, 1, 0)
	if a := s.one(); a.Ack != 2 || s.dst.State() != tcp.TimeWait {
		t.Fatalf("ack %d in state %d, want 2 in TIME-WAIT", a.Ack, s.dst.State())
	}
	s.run(900 * time.Millisecond)
	s.send(wire.FIN|wire.ACK, 1, 0)
	if a := s.one(); a.Ack != 2 {
		t.Errorf("ack %d, want 2", a.Ack)
	}
	s.run(900 * time.Millisecond)
	if s.b.Sockets() != 1 {
		t.Error("the repeated FIN did not restart TIME-WAIT")
	}
	s.run(200 * time.Millisecond)
	s.clean(t)
}

// A FIN that arrives before the data is not taken until the data has come.
func TestFINOutOfOrder(t *testing.T) {
	s := newScript(t, nil)
	s.connect(offer())
	s.send(wire.FIN|wire.ACK, 1001, 0)
	if a := s.one(); a.Ack != 1 {
		t.Errorf("ack %d, want 1", a.Ack)
	}
	if s.dst.EOF() {
		t.Error("the stream ended before its data")
	}
	s.send(wire.ACK, 1, 1000)
	a := s.take(5 * time.Millisecond)
	if last := a[len(a)-1]; last.Ack != 1002 || !last.Flags.Has(wire.FIN) {
		t.Errorf("the answer is %+v, want ack 1002 with the sink's FIN", last)
	}
	if s.sink.got != 1000 || s.sink.eof == 0 {
		t.Errorf("got %d bytes, end at %v", s.sink.got, s.sink.eof)
	}
}

// An endpoint "MAY accept a new SYN from the remote TCP endpoint to reopen the connection
// directly from TIME-WAIT state" (RFC 9293, section 3.6): one whose number is larger
// than all of the old connection. Any other SYN is "an old duplicate", and
// acknowledged.
func TestReopenTimeWait(t *testing.T) {
	for _, c := range []struct {
		seq    uint32
		reopen bool
	}{{0, false}, {1, false}, {2, true}, {100000, true}, {1<<31 + 2, false}} {
		s := newScript(t, nil)
		s.connect(offer())
		s.dst.CloseWrite()
		s.one()
		s.una = 2
		s.send(wire.FIN|wire.ACK, 1, 0) // number 1 is the largest that was used
		s.one()
		if s.dst.State() != tcp.TimeWait {
			t.Fatalf("state %d, want TIME-WAIT", s.dst.State())
		}
		old := s.dst
		o := offer()
		s.segment(wire.Segment{Flags: wire.SYN, Seq: c.seq, Window: 65535, Opt: &o})
		a := s.one()
		if got := a.Flags == wire.SYN|wire.ACK && a.Ack == c.seq+1 && s.dst != old; got != c.reopen {
			t.Errorf("SYN %d: reopened %v, want %v; the answer is %+v", c.seq, got, c.reopen, a)
		}
		if s.b.Sockets() != 1 {
			t.Errorf("SYN %d: %d endpoints", c.seq, s.b.Sockets())
		}
	}
}
