package tcp_test

import (
	"slices"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/units"
)

// "The window field in a segment where the SYN bit is set ... MUST NOT be
// scaled" (RFC 7323, section 2.2), and scaling needs the option in both SYNs.
func TestWindowScaling(t *testing.T) {
	for _, c := range []struct {
		name    string
		set     func(*tcp.Config)
		offered int8
		answer  int8
		window  units.Bytes // of an ACK
	}{
		{"both", func(c *tcp.Config) { c.ReceiveBuffer = units.MiB }, 7, 5, units.MiB},
		{"not offered", func(c *tcp.Config) { c.ReceiveBuffer = units.MiB }, -1, -1, 65535},
		{"off", func(c *tcp.Config) { c.ReceiveBuffer, c.WindowScaling = units.MiB, false }, 7, -1, 65535},
		{"small buffer", func(c *tcp.Config) { c.ReceiveBuffer = 30000 }, 7, 0, 30000},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScript(t, c.set)
			o := offer()
			o.WScale = c.offered
			a := s.connect(o)
			if a.Opt.WScale != c.answer {
				t.Errorf("the SYN/ACK has shift %d, want %d", a.Opt.WScale, c.answer)
			}
			if want := min(s.cfg.ReceiveBuffer, 65535); units.Bytes(a.Window) != want {
				t.Errorf("the SYN/ACK has window %d, want %d unscaled", a.Window, want)
			}
			s.send(wire.ACK, 1, 1)
			b := s.one()
			if got := units.Bytes(b.Window) << max(c.answer, 0); got > c.window || got < c.window-1<<max(c.answer, 0) {
				t.Errorf("the window is %d, want %d but for rounding", got, c.window)
			}
		})
	}
}

// "TCP ... MUST treat [a shift count above 14] as if it were 14" (RFC 7323,
// section 2.3): else the sender would overrun the window.
func TestWindowScaleLimit(t *testing.T) {
	s := newScript(t, nil)
	o := offer()
	o.WScale = 20
	s.connect(o)
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1, Window: 3})
	s.run(5 * time.Millisecond)
	if got := s.dst.Room(); got > 65535<<14 {
		t.Errorf("room %d", got)
	}
}

// A reader that stops closes the window; "the sending TCP peer must regularly
// transmit ... to the receiver to learn of the window" at intervals that
// increase exponentially, for as long as probes are acknowledged (RFC 9293,
// section 3.8.6.1). When the reader goes on, so does the transfer.
func TestZeroWindow(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.ReceiveBuffer = 50000
	l.transfer(t, 300e3, reno)
	l.sink.hold = true
	log := l.capture()
	l.eng.Run(sim.Time(500 * time.Second))
	if d := log.data(); d[len(d)-1].Seq+uint32(d[len(d)-1].Len) > 50001 {
		t.Errorf("data was sent up to %d, beyond the window", d[len(d)-1].Seq+uint32(d[len(d)-1].Len))
	}
	probes := slices.DeleteFunc(log.sent(true, wire.ACK), func(p *captured) bool { return p.at < 2*time.Second || p.Len > 0 })
	if n := l.src.Stats.WindowProbes; n < 10 || n > 20 {
		t.Errorf("%d window probes in 500 s, want a back-off", n)
	}
	for i := 2; i < len(probes); i++ {
		last, gap := probes[i-1].at-probes[i-2].at, probes[i].at-probes[i-1].at
		if !near(gap, min(2*last, time.Minute), time.Millisecond) {
			t.Errorf("probe %d comes %v after the one before, which came after %v; want it doubled, up to a minute", i, gap, last)
		}
	}
	l.at(500*time.Second+1, func() {
		l.sink.hold = false
		l.sink.Readable()
	})
	l.finish(t, 510*time.Second, 300e3)
	if at := time.Duration(l.sink.eof); at > 503*time.Second {
		t.Errorf("the transfer ended at %v: the window update was not sent", at)
	}
	if l.src.Stats.Timeouts != 0 {
		t.Errorf("%d timeouts", l.src.Stats.Timeouts)
	}
}

// A window update that is lost is made up for by a probe.
func TestWindowUpdateLost(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.ReceiveBuffer = 50000
	l.transfer(t, 300e3, reno)
	l.sink.hold = true
	l.at(5*time.Second, func() {
		l.link.Down.SetLoss(nth(isAny, 1))
		l.sink.hold = false
		l.sink.Readable()
	})
	l.finish(t, 60*time.Second, 300e3)
}

// "the receiver ... avoids advancing the right window edge in small increments"
// (RFC 9293, section 3.8.6.2.2): a reader that takes a little at a time does not
// draw small segments.
func TestSillyWindow(t *testing.T) {
	for _, buffer := range []units.Bytes{50000, 4000, 2000, 1500} {
		l := newLab(t, wide(nil))
		l.cfg.ReceiveBuffer = buffer
		l.transfer(t, 100e3, reno)
		l.server = &sipper{sink: l.sink, n: 100}
		log := l.capture()
		l.eng.Run(sim.Time(60 * time.Second))
		d := log.data()
		if l.sink.got < 99e3 {
			t.Errorf("buffer %d: only %d bytes came in a minute, %d probes", buffer, l.sink.got, l.src.Stats.WindowProbes)
		}
		want := int(100e3/min(1448, buffer/2)) + 2
		if n := len(d); n > want {
			t.Errorf("buffer %d: %d data segments, want at most %d", buffer, n, want)
		}
		for i := 1; i < len(log.packets); i++ {
			p := log.packets[i]
			if p.up && p.Len > 0 && p.Seq+uint32(p.Len) > 1+uint32(l.sink.got+buffer) {
				t.Errorf("buffer %d: %v is beyond the window", buffer, p)
			}
		}
	}
}

// sipper reads n bytes every millisecond.
type sipper struct {
	*sink
	n units.Bytes
}

func (w *sipper) Start(s app.Stream) { w.sink.Start(s); w.sip() }
func (w *sipper) Readable()          {}
func (w *sipper) sip() {
	w.got += w.s.Read(w.n)
	w.lab.at(time.Duration(w.lab.eng.Now())+time.Millisecond, w.sip)
}

// Send data "if at least a fraction Fs of the maximum window can be sent", where "Fs is a
// fraction whose recommended value is 1/2" (RFC 9293, section 3.8.6.2.1, rule (3)): a
// window that has always been below two segments is filled by two of half of it, without a
// wait. One of no more than a default segment goes as a whole, as in Linux.
func TestWindowBelowSegment(t *testing.T) {
	for _, c := range []struct {
		window uint16
		want   []uint16
	}{
		{300, []uint16{300}},
		{536, []uint16{536}},
		{538, []uint16{269, 269}},
		{1000, []uint16{500, 500}},
		{2895, []uint16{1447, 1447}}, // a byte is left over
		{2896, []uint16{1448, 1448}},
	} {
		s := windowed(t, c.window)
		s.dst.Write(20000)
		seq := uint32(1)
		for round := range 5 {
			a := s.take(5 * time.Millisecond) // an RTT is 2 ms, an RTO 200 ms
			if len(a) != len(c.want) {
				t.Fatalf("window %d, round %d: %d segments, want %d", c.window, round, len(a), len(c.want))
			}
			for i, g := range a {
				if g.Len != c.want[i] || g.Seq != seq {
					t.Errorf("window %d, round %d: %d bytes at %d, want %d at %d", c.window, round, g.Len, g.Seq, c.want[i], seq)
				}
				seq += uint32(g.Len)
			}
			s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: seq, Window: c.window})
		}
	}
}

// windowed connects with a peer that has offered no more than window.
func windowed(t *testing.T, window uint16) *script {
	s := newScript(t, nil)
	o := offer()
	o.WScale = -1
	s.segment(wire.Segment{Flags: wire.SYN, Window: window, Opt: &o})
	s.one()
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1, Window: window})
	s.run(time.Millisecond)
	return s
}

// "... or if the override timeout occurs" (rule (4), 0.1 to 1 s): what has shrunk to less
// than half of what it was is served at the pace of the timer.
func TestWindowBelowHalf(t *testing.T) {
	s := windowed(t, 2000)
	s.dst.Write(20000)
	s.take(5 * time.Millisecond)
	seq := uint32(2001)
	for range 3 {
		s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: seq, Window: 999})
		if a := s.take(190 * time.Millisecond); len(a) != 0 {
			t.Fatalf("came at once: %+v", a)
		}
		if a := s.take(20 * time.Millisecond); len(a) != 1 || a[0].Len != 999 || a[0].Seq != seq {
			t.Fatalf("after an RTO came %+v, want 999 bytes at %d", a, seq)
		}
		seq += 999
	}
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: seq, Window: 1000})
	if a := s.one(); a.Len != 1000 {
		t.Errorf("half a window: %d bytes, want 1000", a.Len)
	}
}

// The receiver acknowledges "at least every second full-sized segment" (RFC 9293, section
// 3.8.6.3): of the size that comes, where a small window keeps the sender below the MSS.
func TestAcksOfSmallFullSegments(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.QuickAcks = 0 })
	s.connect(offer())
	s.send(wire.ACK, 1, 0)
	s.send(wire.ACK, 1, 1200) // the first after a pause is acknowledged at once
	s.take(5 * time.Millisecond)
	for seq := uint32(1201); seq < 6000; seq += 1200 {
		s.send(wire.ACK, seq, 600)
		s.none()
		s.send(wire.ACK, seq+600, 600)
		if a := s.one(); a.Ack != seq+1200 {
			t.Fatalf("ACK %d, want %d", a.Ack, seq+1200)
		}
	}
}

// "Segments [...] may be trimmed [...] to fit in the window" (RFC 9293, section 3.10.7.4): of a segment that
// reaches beyond, the bytes in the window are taken, and no more, and what reaches beyond a FIN is none of
// the stream.
func TestTrimmedToTheWindow(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.QuickAcks, c.ReceiveBuffer, c.AckEvery = 0, 4000, 1 })
	s.sink.hold = true
	s.connect(offer())
	for i := range uint32(3) {
		s.send(wire.ACK, 1+1000*i, 1000)
	}
	s.send(wire.ACK, 3001, 1448)
	a := s.take(5 * time.Millisecond)
	if last := a[len(a)-1]; last.Ack != 4001 || last.Window != 0 {
		t.Errorf("4448 bytes for a window of 4000: acknowledged up to %d with window %d, want 4001 and 0", last.Ack, last.Window)
	}
	// What is beyond a closed window has not come before: it is no duplicate to report (RFC 2883, section 4).
	s.send(wire.ACK, 4001, 1000)
	if a := s.one(); a.Ack != 4001 || a.NSACK != 0 || s.dst.Stats.DuplicatesReceived != 0 {
		t.Errorf("a segment beyond the window: acknowledged up to %d, %d SACK blocks, %d duplicates; want 4001, 0, 0", a.Ack, a.NSACK, s.dst.Stats.DuplicatesReceived)
	}
	s.send(wire.ACK, 1, 1000)
	if a := s.one(); a.NSACK != 1 || a.SACK[0] != (wire.Block{Left: 1, Right: 1001}) || s.dst.Stats.DuplicatesReceived != 1 {
		t.Errorf("a repeated segment: SACK %v, %d duplicates; want 1 to 1001, one", a.SACK[:a.NSACK], s.dst.Stats.DuplicatesReceived)
	}

	s = newScript(t, noQuickAcks)
	s.connect(offer())
	s.send(wire.ACK|wire.FIN, 101, 100) // behind a hole
	s.take(5 * time.Millisecond)
	s.send(wire.ACK, 1, 300) // fills it, and says more than the FIN allows
	s.take(50 * time.Millisecond)
	if s.sink.got != 200 || s.sink.eof == 0 {
		t.Errorf("%d bytes read, end %v; want the 200 in front of the FIN", s.sink.got, s.sink.eof)
	}
}

// A window that is closed from the SYN on is probed from the first timeout on, with the number before the
// next one: "snd.una - 1" of a server that has sent nothing is that of its SYN/ACK (RFC 9293, section
// 3.8.6.1).
func TestWindowClosedFromTheStart(t *testing.T) {
	s := newScript(t, nil)
	w := &source{left: 1000, open: true}
	s.app = w
	o := offer()
	s.segment(wire.Segment{Flags: wire.SYN, Window: 0, Opt: &o})
	s.one()
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1})
	s.none()
	probes := s.take(2 * time.Second)
	if len(probes) == 0 {
		t.Fatal("a closed window is not probed")
	}
	for _, p := range probes {
		if p.Seq != 0 || p.Len != 0 || p.Flags != wire.ACK {
			t.Errorf("a probe has the number %d, %d bytes and flags %v; want an ACK of number 0 without data", p.Seq, p.Len, p.Flags)
		}
	}
	s.segment(wire.Segment{Flags: wire.ACK, Seq: 1, Ack: 1, Window: 500})
	if a := s.one(); a.Seq != 1 || a.Len != 1000 {
		t.Errorf("the opened window gets %d bytes of number %d, want 1000 of number 1", a.Len, a.Seq)
	}
}
