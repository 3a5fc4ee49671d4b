package tcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// script is an endpoint whose peer is the test: it sends what the test says and
// keeps what the endpoint answers. Sequence numbers of both sides are relative
// to the initial ones, so that 1 is the first byte.
type script struct {
	*lab
	t       *testing.T
	route   *netem.Route
	answers []wire.Segment // since the last call of take
	codes   []netem.ECN    // of those that take returned last
	coming  []netem.ECN    // of answers
	mark    netem.ECN      // of what the test sends
	una     uint32         // what the test acknowledges
	stamp   uint32         // the test's timestamp clock
	app     app.Workload
}

const (
	testISS = 1000
	peerISS = 5000
)

// newScript has the endpoint on host b listen; the test is host a. mss bytes
// are a full segment without options.
func newScript(t *testing.T, set func(*tcp.Config)) *script {
	t.Helper()
	s := &script{lab: newLab(t, link{rate: units.Gbps, delay: time.Millisecond, queue: 1000}), t: t, una: 1}
	if set != nil {
		set(&s.cfg)
	}
	s.sink = &sink{lab: s.lab}
	s.app = s.sink
	node := s.a.Node
	node.SetReceiver(s)
	var err error
	if s.route, err = s.net.Route(node.Interfaces[0].Addr, s.b.Node.Interfaces[0].Addr); err != nil {
		t.Fatal(err)
	}
	s.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
		s.dst = tcp.NewStream(&s.cfg)
		s.dst.Attach = func() app.Workload { return s.app }
		e := tcp.Answer(s.b, &s.cfg, s.dst, p, peerISS)
		s.dst.Use(e, reno())
		return e, nil
	}
	return s
}

// Receive implements netem.Receiver.
func (s *script) Receive(p *netem.Packet) {
	g := *p.Payload.(*wire.Segment)
	g.Seq -= peerISS
	g.Ack -= testISS
	for i := range g.SACK[:g.NSACK] {
		g.SACK[i].Left -= testISS
		g.SACK[i].Right -= testISS
	}
	s.answers, s.coming = append(s.answers, g), append(s.coming, p.ECN)
	p.Free()
}

// run lets d pass.
func (s *script) run(d time.Duration) { s.eng.Run(s.eng.Now() + sim.Time(d)) }

// take lets d pass and returns what the endpoint has sent since the last call.
func (s *script) take(d time.Duration) []wire.Segment {
	s.run(d)
	a := s.answers
	s.codes = s.coming
	s.answers, s.coming = nil, nil
	return a
}

// one lets 5 ms pass, in which the endpoint must answer with one segment.
func (s *script) one() wire.Segment {
	s.t.Helper()
	a := s.take(5 * time.Millisecond)
	if len(a) != 1 {
		s.t.Fatalf("%d segments came, want one: %+v", len(a), a)
	}
	return a[0]
}

// none lets 5 ms pass, in which the endpoint must not answer.
func (s *script) none() {
	s.t.Helper()
	if a := s.take(5 * time.Millisecond); len(a) != 0 {
		s.t.Fatalf("unexpected segments: %+v", a)
	}
}

// send sends n bytes from seq.
func (s *script) send(flags wire.Flags, seq uint32, n int) {
	s.segment(wire.Segment{Flags: flags, Seq: seq, Ack: s.una, Len: uint16(n), Window: 65535})
}

// segment sends g, which has relative numbers.
func (s *script) segment(g wire.Segment) {
	g.Seq += testISS
	if g.Flags.Has(wire.ACK) {
		g.Ack += peerISS
	}
	if g.Len > 0 {
		g.Pos = uint64(g.Seq - testISS - 1)
	}
	if s.cfg.Timestamps && !g.Flags.Has(wire.RST) {
		g.HasTS, g.TSVal = true, s.stamp
	}
	p := s.pool.Get()
	*p.Payload.(*wire.Segment) = g
	p.Src, p.Dst, p.SrcPort, p.DstPort = s.route.Src, s.route.Dst, 1000, 80
	p.Route, p.ECN = s.route, s.mark
	p.Size = units.Bytes(20 + g.HeaderLen() + int(g.Len))
	s.net.Send(p)
}

// connect opens the connection; o is what the SYN offers.
func (s *script) connect(o wire.Options) (synack wire.Segment) {
	s.t.Helper()
	s.segment(wire.Segment{Flags: wire.SYN, Window: 65535, Opt: &o})
	synack = s.one()
	s.send(wire.ACK, 1, 0)
	s.none()
	if s.dst.State() != tcp.Established {
		s.t.Fatalf("state %d, want ESTABLISHED", s.dst.State())
	}
	return synack
}

// offer is what a SYN of a current host offers.
func offer() wire.Options { return wire.Options{MSS: 1460, WScale: 7, SACKPermitted: true} }

// noQuickAcks has delayed ACKs from the first segment on. The buffer needs no
// scaling, so that no ACK is due to the window that the SYN/ACK could not say.
func noQuickAcks(c *tcp.Config) { c.QuickAcks, c.ReceiveBuffer = 0, 60000 }
