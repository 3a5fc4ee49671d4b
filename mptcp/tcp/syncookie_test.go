package tcp_test

import (
	"slices"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// useCookies makes the listener of l answer SYNs without keeping state.
func (l *lab) useCookies() {
	l.b.Secret = 1
	listener := &tcp.Stateless{
		Config: &l.cfg,
		Accept: func(p *netem.Packet, s *wire.Segment) *tcp.Endpoint {
			l.dst = tcp.NewStream(&l.cfg)
			l.dst.Attach = func() app.Workload { return l.server }
			e := tcp.Resume(l.b, &l.cfg, &watched{l.dst, l, &l.ends[1]}, p, s)
			l.dst.Use(e, reno())
			return e
		},
	}
	l.b.Stateless = func(*netem.Packet, *wire.Segment) *tcp.Stateless { return listener }
}

// stateless is a script whose listener keeps no state for SYNs.
func stateless(t *testing.T, set func(*tcp.Config)) *script {
	s := newScript(t, set)
	s.useCookies()
	s.server = s.sink
	return s
}

// A connection through a stateless listener is one like any other (RFC 4987, section
// 3.6).
func TestSYNCookie(t *testing.T) {
	for name, set := range map[string]func(l *lab){
		"no loss":          func(*lab) {},
		"no timestamps":    func(l *lab) { l.cfg.Timestamps = false },
		"SYN/ACK lost":     func(l *lab) { l.link.Down.SetLoss(nth(isSYN, 1)) },
		"second data lost": func(l *lab) { l.link.Up.SetLoss(nth(isData, 2)) },
		"in the next tick": func(l *lab) { l.eng.Run(sim.Time(64*time.Second - 50*time.Millisecond)) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, wide(nil))
			set(l)
			l.useCookies()
			l.transfer(t, 300e3, reno)
			l.b.Accept = nil
			l.finish(t, 100*time.Second, 300e3)
		})
	}
}

// When the third packet is lost, the data that follows it brings the cookie.
func TestSYNCookieThirdPacketLost(t *testing.T) {
	l := newLab(t, wide(nth(isPureAck, 1)))
	l.useCookies()
	l.transfer(t, 0, reno)
	l.source.open = true
	l.at(300*time.Millisecond, func() {
		if n := l.b.Sockets(); n != 0 {
			t.Errorf("%d endpoints before the cookie came back", n)
		}
		l.source.left, l.source.open = 300e3, false
		l.source.Writable()
	})
	l.finish(t, 10*time.Second, 300e3)
	if got := time.Duration(l.dst.Stats.EstablishedAt); !near(got, 350*time.Millisecond, time.Millisecond) {
		t.Errorf("established at %v, want when the data came", got)
	}
	if n := l.src.Stats.Retransmits; n != 0 {
		t.Errorf("%d retransmissions, want none", n)
	}
}

// What the SYN offered survives in the cookie (the MSS, rounded down to one of a
// few) and in the timestamp (window scale and SACK); without timestamps there is
// neither, and the SYN/ACK does not offer them.
func TestSYNCookieOptions(t *testing.T) {
	for _, c := range []struct {
		mss    uint16
		scale  int8
		sack   bool
		stamps bool
		want   int // MSS without the timestamps' 12 bytes
	}{
		{1460, 7, true, true, 1448},
		{1460, 0, false, true, 1448},
		{1460, -1, true, true, 1448},
		{1459, 14, true, true, 1428},
		{1430, 7, true, false, 1400},
		{0, 7, true, true, 524},
		{300, 7, true, true, 148},
	} {
		s := stateless(t, func(cfg *tcp.Config) { cfg.Timestamps = c.stamps })
		s.run(10 * time.Second) // the clock is beyond its low bits
		s.stamp = 77
		s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, Opt: &wire.Options{MSS: c.mss, WScale: c.scale, SACKPermitted: c.sack}})
		a := s.one()
		if a.Flags != wire.SYN|wire.ACK || a.Ack != 1 || a.Opt.MSS != 1460 || a.Window != 65535 || a.HasTS != c.stamps {
			t.Fatalf("%+v: the answer is %+v", c, a)
		}
		if now := uint32(s.eng.Now() / 1e6); c.stamps && (a.TSEcr != 77 || a.TSVal > now || a.TSVal+64 < now) {
			t.Errorf("%+v: timestamp %d echoing %d at %d ms", c, a.TSVal, a.TSEcr, now)
		}
		if got := a.Opt.SACKPermitted; got != (c.sack && c.stamps) {
			t.Errorf("%+v: SACK permitted %v", c, got)
		}
		if got := a.Opt.WScale >= 0; got != (c.scale >= 0 && c.stamps) {
			t.Errorf("%+v: window scale %d", c, a.Opt.WScale)
		}
		s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: a.Seq + 1, Window: 3000, TSEcr: a.TSVal})
		s.none()
		if s.dst == nil || s.dst.State() != tcp.Established {
			t.Fatalf("%+v: not established", c)
		}
		if got := s.dst.MSS(); got != c.want {
			t.Errorf("%+v: MSS %d, want %d", c, got, c.want)
		}
		shift := max(c.scale, 0)
		if !c.stamps {
			shift = 0
		}
		if got := s.dst.Room(); got != units.Bytes(3000<<shift) {
			t.Errorf("%+v: room for %d bytes, want a window of %d", c, got, 3000<<shift)
		}
		// With SACK, data out of order is reported in blocks.
		s.una = a.Seq + 1
		s.send(wire.ACK, 1001, 100)
		if b := s.one(); (b.NSACK > 0) != (c.sack && c.stamps) {
			t.Errorf("%+v: %d SACK blocks", c, b.NSACK)
		}
	}
}

// "the listener does not keep state": a thousand SYNs leave nothing behind, and each is
// answered.
func TestSYNCookieFlood(t *testing.T) {
	s := stateless(t, nil)
	var numbers []uint32
	for i := range 1000 {
		o := offer()
		s.segment(wire.Segment{Flags: wire.SYN, Seq: uint32(i * 1000), Window: 65535, Opt: &o})
		s.run(20 * time.Microsecond)
	}
	for _, a := range s.take(10 * time.Millisecond) {
		numbers = append(numbers, a.Seq)
	}
	s.take(time.Minute) // nor is anything repeated
	slices.Sort(numbers)
	if n := len(slices.Compact(numbers)); n < 999 {
		t.Errorf("%d different sequence numbers, want 1000 but for a chance of 3%%", n)
	}
	if s.b.Sockets() != 0 || s.pool.Live() != 0 {
		t.Errorf("%d endpoints and %d packets are left", s.b.Sockets(), s.pool.Live())
	}
	if n := testing.AllocsPerRun(10, func() {
		s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1, Window: 65535})
		s.run(3 * time.Millisecond)
		s.answers = s.answers[:0]
	}); n > 20 {
		t.Errorf("a forged ACK costs %v allocations", n)
	}
}

// What brings no cookie, or one that is too old, of another connection, or changed, is
// refused with a RST, as where nobody listens (RFC 9293, section 3.10.7.1).
func TestSYNCookieForged(t *testing.T) {
	for name, c := range map[string]struct {
		wait time.Duration
		seq  uint32 // relative to what is right, as are the others
		ack  uint32
	}{
		"too old":          {129 * time.Second, 0, 0},
		"another number":   {0, 1, 0},
		"not ours":         {0, 0, 1},
		"another MSS":      {0, 0, 1 << 24},
		"another time":     {0, 0, 1 << 27},
		"beyond the first": {0, 1448, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := stateless(t, nil)
			s.run(300 * time.Second)
			o := offer()
			s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, Opt: &o})
			a := s.one()
			s.run(c.wait)
			ack := a.Seq + 1 + c.ack
			s.segment(wire.Segment{Flags: wire.ACK, Seq: 1 + c.seq, Ack: ack, Window: 65535, TSEcr: a.TSVal})
			if r := s.one(); r.Flags != wire.RST || r.Seq != ack || s.b.Sockets() != 0 {
				t.Errorf("the answer is %+v, want a RST", r)
			}
		})
	}
}

// The layer above adds its option to the SYN/ACK, and may refuse what comes back.
func TestSYNCookieStamp(t *testing.T) {
	s := newScript(t, nil)
	l := &tcp.Stateless{
		Config: &s.cfg,
		Stamp: func(_ *netem.Packet, syn, answer *wire.Segment) {
			answer.Opt.Capable = &wire.Capable{Version: syn.Opt.Capable.Version, NKeys: 1, SenderKey: uint64(answer.Seq)}
		},
		Accept: func(*netem.Packet, *wire.Segment) *tcp.Endpoint { return nil },
	}
	s.b.Stateless = func(_ *netem.Packet, s *wire.Segment) *tcp.Stateless { return l }
	o := offer()
	o.Capable = &wire.Capable{Version: 1}
	s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, Opt: &o})
	a := s.one()
	if k := a.Opt.Capable; k == nil || k.SenderKey != uint64(a.Seq+peerISS) {
		t.Errorf("the SYN/ACK has %+v", k)
	}
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: a.Seq + 1, Window: 65535})
	if r := s.one(); r.Flags != wire.RST {
		t.Errorf("the answer is %+v, want a RST", r)
	}
}
