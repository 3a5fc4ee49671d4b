package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// hostile is a peer that follows the protocol as far as it likes.
type hostile struct {
	*script
	d        dice
	f        forger
	lines    []*line
	conns    []mptcp.Connection
	victim   *netem.Node // a third host, whose address it may announce
	pos      uint64      // of the next byte of its stream
	dack     uint64      // position that it expects next
	checksum bool        // DSS checksums are in use
	lies     bool        // it has put bytes where they do not belong
	sent     int         // packets of its
	heard    int         // packets of ours
}

// line is a subflow as the hostile peer sees it.
type line struct {
	*flow
	nxt   uint32 // relative sequence number of the next byte
	rcv   uint32 // ... that it expects next
	una   uint32 // ... that it has acknowledged
	alien bool   // of another connection than the first
	past  []*wire.Segment
}

// talk is what our application does: it sends some bytes and reads all.
type talk struct {
	hand
	left units.Bytes
}

func (w *talk) Start(s app.Stream) { w.hand.Start(s); w.Writable() }
func (w *talk) Writable()          { w.left -= w.s.Write(w.left) }

const hostileSubflows = 4

// newHostile makes a peer and our end from the first bytes of d.
func newHostile(t *testing.T, d dice) *hostile {
	var h *hostile
	side := d.n(2)
	s := newScript(t, side, []func(*mptcp.Config){func(c *mptcp.Config) {
		c.TCP.ReceiveBuffer = []units.Bytes{60000, 20000, 1 << 20, 3000}[d.n(4)]
		c.TCP.SYNRetries, c.TCP.Retries = 2, 4
		c.TCP.FastOpen = tcp.FastOpen(d.n(3))
		c.TCP.SACK, c.TCP.Timestamps = d.n(4) != 0, d.n(2) == 0
		c.TCP.ReceiveTuning = d.n(4) == 1
		p := &c.Protocol
		p.Checksum = mptcp.ChecksumPolicy(d.n(3))
		p.Profile = mptcp.Profile(d.n(6) / 5)
		p.AcceptV0, p.RetryV0 = d.n(2) == 0, d.n(4) == 1
		p.SYNCookies = d.n(4) == 1
		p.MaxSubflows = hostileSubflows
		p.FastClose = mptcp.FastClose(d.n(2))
		p.LateFallback, p.RemoveCheck = d.n(2) == 0, d.n(2) == 0
		p.TooMuch = units.Bytes(d.n(2)) * 5000
		c.Scheduler = scheduler([]string{"minrtt", "roundrobin", "redundant"}[d.n(3)])
		c.Manager = manager("fullmesh")
	}})
	h = &hostile{script: s, d: d}
	s.net.Altered = true // what is wrong is counted
	h.victim = s.net.AddNode("victim")
	link := netem.LinkConfig{Rate: netem.ConstantRate(units.Gbps), Delay: netem.ConstantDelay(time.Millisecond), Queue: &netem.DropTail{LimitPackets: 100}}
	back := link
	back.Queue = &netem.DropTail{LimitPackets: 100}
	us, peer := s.server.Host(), s.client.Host()
	if side == 1 {
		us, peer = peer, us
	}
	third := s.net.Connect("third", us.Node, h.victim, link, back)
	tcp.NewHost(netem.NewHost(s.net, h.victim), s.pool)
	peer.Node.SetReceiver(h)
	h.f = forger{d: &h.d, keyed: true, key: s.key, addrs: []netem.Addr{third.B.Addr}}
	for _, d := range s.links {
		h.f.addrs = append(h.f.addrs, d.A.Addr, d.B.Addr)
	}
	attach := func(c mptcp.Connection) func() app.Workload {
		h.conns = append(h.conns, c)
		return func() app.Workload { return &talk{left: 6000} }
	}
	if side == 1 {
		r, err := s.net.Route(third.A.Addr, third.B.Addr)
		if err != nil {
			t.Fatal(err)
		}
		c := s.client.Dial(&s.cfg, append(s.paths, r), 80)
		c.Connect(attach(c))
		return h
	}
	var routes []*netem.Route
	for _, r := range s.paths {
		routes = append(routes, r.Reverse)
	}
	s.server.Listen(80, &mptcp.Service{Config: &s.cfg, Paths: routes, Accepted: attach})
	return h
}

// Receive implements netem.Receiver.
func (h *hostile) Receive(p *netem.Packet) {
	h.heard++
	g := *p.Payload.(*wire.Segment)
	f := h.find(p)
	h.script.Receive(p)
	l := h.line(f)
	end := g.Seq - f.ourISS + uint32(g.Len)
	if g.Flags.Has(wire.SYN) || g.Flags.Has(wire.FIN) {
		end++
	}
	if seqnum.BeforeEq(g.Seq-f.ourISS, l.rcv) && seqnum.Before(l.rcv, end) {
		l.rcv = end
	}
	if k := capable0(&g); k != nil && k.Checksum {
		h.checksum = true
	}
	if from := g.DSN - h.tr.hash.IDSN(h.our) - 1; g.DSS&wire.HasMap != 0 && from <= h.dack && h.dack < from+uint64(g.MapLen) {
		h.dack = from + uint64(g.MapLen)
	}
}

func capable0(g *wire.Segment) *wire.Capable {
	if g.Opt == nil {
		return nil
	}
	return g.Opt.Capable
}

// line returns the line of a flow, made if it is new.
func (h *hostile) line(f *flow) *line {
	for _, l := range h.lines {
		if l.flow == f {
			return l
		}
	}
	l := &line{flow: f, nxt: 1}
	h.lines = append(h.lines, l)
	return l
}

// ack is an honest ACK.
func (h *hostile) ack(l *line) *wire.Segment {
	g := &wire.Segment{Flags: wire.ACK, Seq: l.iss + l.nxt, Ack: l.ourISS + l.rcv, Window: 60000}
	if !l.alien {
		g.DSS = wire.HasDataAck
		g.DataAck = h.tr.hash.IDSN(h.our) + 1 + h.dack
	}
	return g
}

// data is an honest data segment of n bytes.
func (h *hostile) data(l *line, n int) *wire.Segment {
	g := h.ack(l)
	g.Len = uint16(n)
	if !l.alien {
		g.DSS |= wire.HasMap
		g.DSN, g.SSN, g.MapLen, g.Pos = h.tr.hash.IDSN(h.key)+1+h.pos, l.nxt, g.Len, h.pos
		if h.checksum {
			summed(0)(l.flow, g)
		}
		h.pos += uint64(n)
	}
	l.nxt += uint32(n)
	l.past = append(l.past, g)
	return g
}

// syn is the SYN or SYN/ACK of l, with an honest option.
func (h *hostile) syn(l *line, opt option) *wire.Segment {
	g := &wire.Segment{Flags: wire.SYN, Seq: l.iss, Window: 60000, Opt: &wire.Options{MSS: 1460, WScale: -1, SACKPermitted: true}}
	if l.rcv > 0 {
		g.Flags |= wire.ACK
		g.Ack = l.ourISS + l.rcv
	}
	if opt != nil {
		opt(l.flow, g)
	}
	return g
}

// launch sends g on l, with what the dice change if forged is more than 0.
func (h *hostile) launch(l *line, g *wire.Segment, forged int) {
	was := *g
	if forged > 0 {
		c := *g
		if g.Opt != nil {
			o := *g.Opt
			c.Opt = &o
		}
		g = &c
		f := &h.f
		f.our, f.hash = h.our, h.tr.hash
		f.edge = h.tr.hash.IDSN(h.key) + 1 + h.pos
		f.una, f.rcv = l.ourISS+l.una, l.iss+l.nxt
		f.forge(g, forged)
		var ok bool
		if g, ok = f.encode(g); !ok {
			return
		}
	}
	h.lies = h.lies || !l.alien && lies(&was, g)
	if g.Flags.Has(wire.ACK) {
		l.una = max(l.una, g.Ack-l.ourISS)
	}
	h.sent++
	h.inject(l.route, l.port, l.ourPort, g)
}

// lies reports whether g, which was made of the honest segment was, puts bytes in a
// place where they do not belong.
func lies(was, g *wire.Segment) bool {
	if k := capable0(g); k != nil && (capable0(was) == nil || *k != *capable0(was)) {
		return true
	}
	if g.Len == 0 && g.DSS&wire.HasMap == 0 && !g.Flags.Has(wire.SYN) {
		return false
	}
	type place struct {
		seq, ssn uint32
		dsn, pos uint64
		n, len   uint16
		dss      wire.DSSFlags
		flags    wire.Flags
	}
	of := func(g *wire.Segment) place {
		return place{g.Seq, g.SSN, g.DSN, g.Pos, g.MapLen, g.Len, g.DSS, g.Flags & (wire.SYN | wire.FIN)}
	}
	return of(was) != of(g)
}

// greet goes through the handshake of the first connection, as a rule.
func (h *hostile) greet() {
	honest := func() int { return max(h.d.n(12)-10, 0) }
	if h.side == 0 {
		l := h.line(h.open(0))
		h.launch(l, h.syn(l, capable(0)), honest())
		h.run(25 * time.Millisecond)
		g := h.ack(l)
		g.DSS = 0
		capable(2)(l.flow, withOptions(g))
		h.launch(l, g, honest())
	} else {
		h.run(15 * time.Millisecond)
		l := h.lines[0]
		h.launch(l, h.syn(l, capable(1)), honest())
		h.run(25 * time.Millisecond)
		h.launch(l, h.ack(l), honest())
	}
	h.run(15 * time.Millisecond)
}

func withOptions(g *wire.Segment) *wire.Segment { options(g); return g }

// pick returns one of the lines, or nil.
func (h *hostile) pick() *line {
	if len(h.lines) == 0 {
		return nil
	}
	return h.lines[h.d.n(len(h.lines))]
}

// act does one thing.
func (h *hostile) act() {
	kind := h.d.n(16)
	l := h.pick()
	if l == nil && kind > 1 {
		kind = 1
	}
	switch kind {
	case 0:
		h.run([]time.Duration{time.Millisecond, 30 * time.Millisecond, 300 * time.Millisecond, 3 * time.Second}[h.d.n(4)])
	case 1: // a new subflow, of this connection or another
		l = h.line(h.open(h.d.n(2)))
		opt := joining(uint8(h.d.n(4)))
		if h.d.n(4) == 0 {
			l.alien, opt = true, capable(0)
		}
		h.launch(l, h.syn(l, opt), max(h.d.n(4)-2, 0))
	case 2: // the answer to a join of ours
		h.launch(l, h.syn(l, joining(uint8(h.d.n(4)))), max(h.d.n(4)-2, 0))
	case 3: // the third packet
		g := h.ack(l)
		g.DSS = 0
		joining(0)(l.flow, withOptions(g))
		h.launch(l, g, max(h.d.n(4)-2, 0))
	case 4, 5:
		h.launch(l, h.ack(l), 0)
	case 6, 7, 8:
		h.launch(l, h.data(l, 1+h.d.n(200)*7), 0)
	case 9: // again
		if len(l.past) > 0 {
			h.launch(l, l.past[h.d.n(len(l.past))], h.d.n(2))
		}
	case 10, 11, 12:
		h.launch(l, h.data(l, 1+h.d.n(200)*7), 3)
	case 13: // a burst of the same
		at := h.d
		for range 100 {
			h.d = at
			h.launch(l, h.ack(l), 2)
			h.run(100 * time.Microsecond)
		}
	case 14:
		h.raw(l)
	default:
		h.launch(l, h.ack(l), 4)
	}
	if h.d.n(3) > 0 {
		h.run(30 * time.Millisecond)
	}
}

// raw sends a segment whose TCP header is in the bytes of the case, with relative
// sequence numbers. A SYN is that of a new subflow.
func (h *hostile) raw(l *line) {
	b := make([]byte, h.d.n(61))
	for i := range b {
		b[i] = byte(h.d.bits(1))
	}
	g, ok := decode(b, &wire.Segment{Len: uint16(min(h.d.bits(2), 1<<16-200))})
	if !ok {
		return
	}
	if h.side == 0 && g.Flags&(wire.SYN|wire.ACK) == wire.SYN {
		l = h.line(h.open(h.d.n(2)))
	}
	h.lies = h.lies || lies(&wire.Segment{}, g)
	g.Pos = uint64(g.Seq) - 1
	g.Seq += l.iss
	g.Ack += l.ourISS
	h.launch(l, g, 0)
}

// judge checks that our end keeps no more than it must, and says no more.
func (h *hostile) judge() {
	h.t.Helper()
	opened := 0
	for _, c := range h.conns {
		m, ok := c.(*mptcp.Conn)
		if !ok {
			continue
		}
		opened += len(m.Subflows())
		b, buffer := m.Burden(), m.ReceiveBuffer()
		most := 2*buffer + 1<<16
		if b.Subflows > 8 || h.side == 0 && b.Subflows > hostileSubflows || b.Held > hostileSubflows*most || b.Early > buffer || b.Queued > 8*most*2 ||
			b.Mappings > b.Subflows*(int(buffer)/64+1) || b.Signals > 16*b.Subflows || b.Alarms > 64 {
			h.t.Fatalf("too much is kept: %+v", b)
		}
		if !h.lies && c == h.conns[0] && m.Stats.Corrupted > 0 {
			h.t.Fatalf("%d bytes are in a wrong place though the peer has not lied about any", m.Stats.Corrupted)
		}
	}
	if most := 300 + 12*h.sent + 60*opened; h.heard > most {
		h.t.Fatalf("%d packets answer %d, want at most %d", h.heard, h.sent, most)
	}
	if n := h.victim.Stats().Received.Packets; n > uint64(100+opened*4) {
		h.t.Fatalf("%d packets went to a third host", n)
	}
}

// silence ends it: the peer says nothing any more, our applications close, and
// all that is left must go.
func (h *hostile) silence() {
	h.t.Helper()
	for _, c := range h.conns {
		c.CloseWrite()
	}
	heard := h.heard
	h.run(48 * time.Hour)
	if h.eng.Next() != sim.Never && !h.waits() {
		h.t.Fatalf("something still goes on two days after the peer's last word: timer at %v, %d packets since", h.eng.Next(), h.heard-heard)
	}
	for _, c := range h.conns {
		if over, _ := c.Ended(); over {
			continue
		}
		switch c := c.(type) {
		case *mptcp.Conn:
			c.Abort()
		case *tcp.Stream:
			c.Abort(nil)
		}
	}
	h.run(time.Hour)
	us := h.server
	if h.side == 1 {
		us = h.client
	}
	if n := us.Host().Sockets(); n != 0 {
		h.t.Fatalf("%d endpoints are left", n)
	}
	if err := h.net.Conserved(); err != nil {
		h.t.Fatal(err)
	}
	if n := h.pool.Live(); n != 0 {
		h.t.Fatalf("%d packets are still out", n)
	}
}

// waits reports whether a connection has a subflow on which nothing is due, and may
// try for ever to open others.
func (h *hostile) waits() bool {
	for _, c := range h.conns {
		m, ok := c.(*mptcp.Conn)
		if !ok {
			continue
		}
		for _, sf := range m.Subflows() {
			if over, _ := m.Ended(); !over && sf.Up() {
				return true
			}
		}
	}
	return false
}

// hostilePeer plays one case.
func hostilePeer(t *testing.T, b []byte) {
	h := newHostile(t, b)
	defer func() {
		if e := recover(); e != nil {
			t.Log(h.tr)
			panic(e)
		}
		if t.Failed() {
			t.Log(h.tr)
		}
	}()
	h.greet()
	h.judge()
	for n := 0; len(h.d) > 0 && n < 200; n++ {
		h.act()
		h.judge()
	}
	h.silence()
	h.judge()
}

// A peer may send what it likes: we do not panic, keep no more than the buffers and
// limits allow, say little in return, place no byte wrongly that was placed
// rightly, and when the peer falls silent everything ends.
//
// Req: R8684-3-05, R8684-3.4.1-01, R8684-3.4.2-09, R8684-5-01
func FuzzHostilePeer(f *testing.F) {
	for _, b := range replays(f) {
		f.Add(b)
	}
	f.Fuzz(hostilePeer)
}

// TestHostilePeer is FuzzHostilePeer with a fixed choice of cases.
func TestHostilePeer(t *testing.T) {
	drawCases(t, 1, 1500, 400, hostilePeer)
}

// drawCases runs f on n strings of bytes, each of 40 and less than most more.
func drawCases(t *testing.T, seed uint64, n, most int, f func(t *testing.T, b []byte)) {
	r := rand.New(rand.NewPCG(seed, seed))
	for i := range n {
		b := make([]byte, 40+r.IntN(most))
		for k := range b {
			b[k] = byte(r.Uint32())
		}
		t.Run(fmt.Sprint(i), func(t *testing.T) { f(t, b) })
		if t.Failed() {
			t.Fatalf("case %x", b)
		}
	}
}
