package mptcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// attacker sits at the second path of a connection and spoils it: it drops, repeats and
// changes segments, and sends its own in both directions. It does not have the
// keys, which have crossed the first path, and it does not mend checksums.
//
// What no checksum covers it leaves alone: a DATA_ACK or a DATA_FIN that is moved by
// who knows the numbers ends any connection, checksums or not.
type attacker struct {
	d      *dice
	f      forger
	blind  bool // it does not look into segments, and guesses
	summed bool // the attacked connection has checksums
	lies   bool // it has changed or invented payload
	seen   []*wire.Segment
}

// Process implements netem.Middlebox.
func (a *attacker) Process(p *netem.Packet, t *netem.Tap) {
	g := p.Payload.(*wire.Segment)
	was := *g
	if len(*a.d) == 0 {
		t.Forward(p)
		return
	}
	if len(a.seen) < 32 {
		a.seen = append(a.seen, &was)
	}
	switch a.d.n(12) {
	case 0:
		if !a.blind {
			t.Drop(p)
			return
		}
	case 1, 2:
		if s, ok := a.forge(g); ok && !a.blind {
			*g = *s
			t.Resize(p, sizeOf(s))
		}
	case 3, 4:
		if s, ok := a.forge(g); ok {
			a.send(t.New(p, sizeOf(s)), t, s)
		}
	case 5:
		t.Forward(p)
		if s, ok := a.forge(&was); ok {
			a.send(t.New(p, sizeOf(s)), t, s)
		}
		return
	case 6, 7: // back to where it came from
		back := &wire.Segment{Flags: wire.ACK, Seq: was.Ack, Ack: was.Seq + uint32(was.Len), Window: was.Window}
		if s, ok := a.forge(back); ok {
			if q := t.Reply(p, sizeOf(s)); q != nil {
				a.send(q, t.Other(), s)
			}
		}
	case 8: // again
		if !a.blind {
			s := *a.seen[a.d.n(len(a.seen))]
			a.send(t.New(p, sizeOf(&s)), t, &s)
		}
	}
	t.Forward(p)
}

// send sends s in q, which t holds.
func (a *attacker) send(q *netem.Packet, t *netem.Tap, s *wire.Segment) {
	*q.Payload.(*wire.Segment) = *s
	t.Forward(q)
}

// forge returns what the attacker makes of g.
func (a *attacker) forge(g *wire.Segment) (*wire.Segment, bool) {
	s := *g
	if g.Opt != nil {
		o := *g.Opt
		s.Opt = &o
	}
	if a.blind {
		s = wire.Segment{Flags: wire.ACK, Seq: g.Seq, Ack: g.Ack, Window: g.Window}
		if a.d.n(2) == 0 {
			s.Seq = uint32(a.d.bits(4))
		}
	}
	a.f.una, a.f.rcv, a.f.edge = s.Ack, s.Seq, a.d.bits(8)
	a.f.forge(&s, 3)
	if a.d.n(4) == 0 && s.Len > 0 {
		options(&s).Payload = wire.AppendContent(nil, a.d.bits(2), int(s.Len))
	}
	kept := s.DSS &^ (wire.DSN32 | wire.Ack32 | wire.DataFIN)
	if !a.blind {
		s.DataAck, s.DSS = g.DataAck, kept|g.DSS&(wire.DSN32|wire.Ack32|wire.DataFIN)
		if !a.summed { // nothing would tell that a mapping was changed
			s.DSS, s.DSN, s.SSN, s.MapLen, s.Sum = g.DSS, g.DSN, g.SSN, g.MapLen, g.Sum
		}
		if g.DSS&wire.HasDataAck == 0 {
			s.DSS &^= wire.HasDataAck
		}
		if g.DSS&wire.HasMap == 0 {
			s.DSS &^= wire.HasMap | wire.HasSum | wire.DSN32
		}
	} else {
		s.DSS = kept
		s.DSN, s.DataAck = a.d.bits(8)|1<<40, a.d.bits(8)|1<<40
	}
	was := *g
	h, ok := a.f.encode(&s)
	if !ok {
		return nil, false
	}
	if h.DSS != s.DSS || h.DSS.Has(wire.HasDataAck) && h.DataAck != s.DataAck ||
		!a.summed && h.DSS.Has(wire.HasMap) && (h.DSN != s.DSN || h.SSN != s.SSN || h.MapLen != s.MapLen) {
		h.DSS = 0 // the damage of its bytes would be more than we want
	}
	if h.Len > 0 && (a.blind || h.Seq != was.Seq || h.Len != was.Len || h.Opt != nil && h.Opt.Payload != nil) {
		a.lies = true
	}
	return h, true
}

func sizeOf(s *wire.Segment) units.Bytes { return units.Bytes(20 + s.HeaderLen() + int(s.Len)) }

// attackedTransfer plays one case.
func attackedTransfer(t *testing.T, b []byte) {
	d := dice(b)
	const n = 200_000
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 5 * time.Millisecond, 50, 0})
	a := &attacker{d: &d, blind: d.n(2) == 0, summed: d.n(2) == 0}
	a.f = forger{d: &d, addrs: []netem.Addr{l.paths[0].Src, l.paths[0].Dst, l.paths[1].Src, l.paths[1].Dst}}
	l.cfg.Scheduler = scheduler([]string{"minrtt", "roundrobin", "redundant"}[d.n(3)])
	l.cfg.TCP.ReceiveBuffer = []units.Bytes{6 << 20, 60000, 20000}[d.n(3)]
	l.cfg.TCP.SACK, l.cfg.TCP.Timestamps = d.n(4) != 0, d.n(2) == 0
	l.cfg.Protocol.LateFallback = d.n(2) == 0
	if a.summed {
		l.cfg.Protocol.Checksum = mptcp.ChecksumWant
	}
	l.net.Altered = true
	l.links[1].Insert(a)
	l.source, l.sink = &source{left: n}, &sink{eng: l.eng}
	l.server.Listen(80, &mptcp.Service{Config: &l.cfg, Accepted: func(c mptcp.Connection) func() app.Workload {
		if l.down != nil { // the attacker's own
			return func() app.Workload { return &hand{} }
		}
		l.down = c.(*mptcp.Conn)
		return func() app.Workload { return l.sink }
	}})
	l.up = l.client.Dial(&l.cfg, l.paths, 80)
	tr := l.transcribe()
	defer func() {
		if e := recover(); e != nil {
			t.Log(tr)
			panic(e)
		}
		if t.Failed() {
			t.Log(tr)
		}
	}()
	l.up.Connect(func() app.Workload { return l.source })
	l.eng.Run(sim.Time(60 * time.Second))
	if l.sink.got != n || l.sink.eof == 0 {
		t.Fatalf("after %v %d of %d bytes have arrived, end %v; errors %v %v\nup %+v\ndown %+v", l.eng.Now(), l.sink.got, n, l.sink.eof, l.source.err, l.sink.err, l.up.Stats, l.down.Stats)
	}
	if bad := l.down.Stats.Corrupted + l.down.Stats.Rewritten; bad > 0 && (a.summed || !a.lies) {
		t.Fatalf("%d bytes are wrong: %+v", bad, l.down.Stats)
	}
	l.eng.Run(sim.Time(time.Hour))
	if !l.source.done || !l.sink.done || l.source.err != nil || l.sink.err != nil {
		t.Fatalf("done %v %v, errors %v %v", l.source.done, l.sink.done, l.source.err, l.sink.err)
	}
	if n := l.client.Host().Node.Stats().Received.Packets + l.server.Host().Node.Stats().Received.Packets; n > 5000 {
		t.Fatalf("%d packets for a transfer of about 300", n)
	}
	if n := l.client.Host().Sockets() + l.server.Host().Sockets(); n != 0 {
		t.Fatalf("%d endpoints are left", n)
	}
	if err := l.net.Conserved(); err != nil {
		t.Fatal(err)
	}
	if n := l.pool.Live(); n != 0 {
		t.Fatalf("%d packets are still out", n)
	}
}

// An attacker on one path cannot stall a transfer that has another, and under
// checksums it cannot spoil it either. Without them it can only where it changes payload.
//
// Req: R8684-3-05, R8684-3.4.2-06
func FuzzAttackedTransfer(f *testing.F) {
	for _, b := range replays(f) {
		f.Add(b)
	}
	f.Fuzz(attackedTransfer)
}

// TestAttackedTransfer is FuzzAttackedTransfer with a fixed choice of cases.
func TestAttackedTransfer(t *testing.T) {
	drawCases(t, 2, 800, 1000, attackedTransfer)
}
