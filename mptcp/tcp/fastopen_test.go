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
	"mpsim/sim/units"
)

// asker is a client that writes a request of n bytes and waits for the answer, which
// is all that comes until the peer closes.
type asker struct {
	source
	lab      *lab
	answered sim.Time // when the first byte of the answer came
}

func (w *asker) Start(s app.Stream) { w.source.Start(s) }
func (w *asker) Readable() {
	w.source.Readable()
	if w.got > 0 && w.answered == 0 {
		w.answered = w.lab.eng.Now()
	}
}

// answerer is a server that answers the first bytes with n bytes, and closes.
type answerer struct {
	sink
	n units.Bytes
}

func (w *answerer) Readable() {
	w.got += w.s.Read(1 << 40)
	if w.got > 0 && w.n > 0 {
		w.s.Write(w.n)
		w.n = 0
		w.s.CloseWrite()
	}
}

// exchange is one connection of a fast-open lab.
type exchange struct {
	client  *asker
	server  *answerer
	stream  *tcp.Stream // of the client
	opened  sim.Time
	packets []*captured
	delays  struct{ answer time.Duration } // from the SYN to the first byte of the answer
}

// fastLab is a lab whose client asks for n bytes, once in each call of ask.
type fastLab struct {
	*lab
	t      *testing.T
	log    *capture
	route  *netem.Route
	port   uint16
	server tcp.Config // of the listener
}

func newFastLab(t *testing.T, mode tcp.FastOpen, loss netem.Loss) *fastLab {
	t.Helper()
	l := &fastLab{lab: newLab(t, wide(loss)), t: t, port: 1000}
	l.cfg.FastOpen = mode
	l.lab.cfg.TimeWait = 0
	l.server = l.cfg
	l.b.Secret = 42
	l.log = l.capture()
	var err error
	if l.route, err = l.net.Route(l.a.Node.Interfaces[0].Addr, l.b.Node.Interfaces[0].Addr); err != nil {
		t.Fatal(err)
	}
	return l
}

// ask runs one connection with a request and an answer of the given sizes.
func (l *fastLab) ask(request, answer units.Bytes) *exchange {
	l.t.Helper()
	x := &exchange{
		client: &asker{source: source{left: request}, lab: l.lab},
		server: &answerer{sink: sink{lab: l.lab}, n: answer}, opened: l.eng.Now(),
	}
	l.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
		s := tcp.NewStream(&l.server)
		s.Attach = func() app.Workload { return x.server }
		s.Use(tcp.Answer(l.b, &l.server, s, p, peerISS), reno())
		return s.Endpoint, nil
	}
	l.log.packets = nil
	l.port++
	x.stream = tcp.NewStream(&l.cfg)
	x.stream.Attach = func() app.Workload { return x.client }
	x.stream.Use(tcp.Dial(l.a, &l.cfg, x.stream, l.route, l.port, 80, testISS), reno())
	x.stream.Connect()
	l.eng.Run(l.eng.Now() + sim.Time(20*time.Second))
	if x.server.got != request || x.client.got != answer || x.client.err != nil || x.server.err != nil {
		l.t.Fatalf("got %d of %d and %d of %d bytes, errors %v and %v\n%v", x.server.got, request, x.client.got, answer, x.client.err, x.server.err, l.log)
	}
	x.delays.answer = x.client.answered.Sub(x.opened)
	x.packets = l.log.packets
	l.clean(l.t)
	return x
}

func (x *exchange) syn() *captured { return x.packets[0] }

// synacked returns what the first SYN/ACK acknowledges.
func (x *exchange) synack() *captured {
	for _, p := range x.packets {
		if p.Flags.Has(wire.SYN | wire.ACK) {
			return p
		}
	}
	return nil
}

// The first connection asks for a cookie, in a SYN with an empty option; the next
// has it and its data in the SYN, and is answered one RTT earlier, before the
// third packet (RFC 7413, section 3). The cookie is of an even length, and leaves
// room for MP_CAPABLE (RFC 8684, appendix B.1).
//
// Req: R8684-B-03
func TestFastOpen(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenCookie, nil)
	first := l.ask(1000, 3000)
	if o := first.syn().Opt.FastOpen; o == nil || len(o.Cookie) != 0 || first.syn().Len != 0 {
		t.Errorf("the first SYN has option %v and %d bytes, want a request for a cookie", o, first.syn().Len)
	}
	o := first.synack().Opt.FastOpen
	if o == nil || len(o.Cookie) < 4 || len(o.Cookie)%2 != 0 {
		t.Fatalf("the SYN/ACK has option %v, want a cookie of even length", o)
	}
	if n := first.synack().OptionLen() + 12; n > wire.OptionSpace {
		t.Errorf("with MP_CAPABLE the SYN/ACK has %d bytes of options", n)
	}
	second := l.ask(1000, 3000)
	syn := second.syn()
	if syn.Len != 1000 || string(syn.Opt.FastOpen.Cookie) != string(o.Cookie) {
		t.Errorf("the second SYN has %d bytes and option %v, want the request and the cookie", syn.Len, syn.Opt.FastOpen)
	}
	if a := second.synack(); a.Ack != 1001 {
		t.Errorf("the SYN/ACK acknowledges %d, want 1001", a.Ack)
	}
	if sent, acked := second.stream.SYNData(); sent != 1000 || acked != 1000 {
		t.Errorf("SYN data: %d sent, %d accepted, want 1000", sent, acked)
	}
	for i, x := range []*exchange{first, second} {
		if want := time.Duration(2-i) * 100 * time.Millisecond; !near(x.delays.answer, want, time.Millisecond) {
			t.Errorf("connection %d was answered after %v, want %v", i+1, x.delays.answer, want)
		}
	}
}

// "Include any data up to the cached server MSS" (RFC 7413, section 4.2.2): the rest
// follows after the handshake, and SYN and options fit the MTU.
func TestFastOpenLongRequest(t *testing.T) {
	for _, mtu := range []int{1500, 1000} { // of the server
		l := newFastLab(t, tcp.FastOpenCookie, nil)
		l.server.MTU = mtu
		l.ask(1000, 3000)
		x := l.ask(10000, 3000)
		if size := x.syn().size; size != units.Bytes(mtu) {
			t.Errorf("MTU %d: the SYN has %d bytes, want it full", mtu, size)
		}
	}
}

// "the amount of data in the SYN packet is limited to the default MSS of 536 bytes"
// where the server's is not known (RFC 7413, section 4.1.3). Without cookies
// already the first connection has data in its SYN, and no option (section 7.3).
func TestFastOpenAlways(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenAlways, nil)
	x := l.ask(10000, 3000)
	if s := x.syn(); s.Opt.FastOpen != nil || s.size != 536+40 {
		t.Errorf("the SYN has option %v and %d bytes, want none and 576", s.Opt.FastOpen, s.size)
	}
	if x = l.ask(10000, 3000); x.syn().size != 1500 {
		t.Errorf("the second SYN has %d bytes, want 1500", x.syn().size)
	}
}

// What the server does not accept is sent again after the handshake: "there is no
// latency penalty" (RFC 7413, section 4.2.2). An invalid cookie is answered with a
// valid one, which the next connection uses.
func TestFastOpenRefused(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenCookie, nil)
	l.ask(1000, 3000)
	l.b.Secret++
	stale := l.ask(1000, 3000)
	if a := stale.synack(); stale.syn().Len != 1000 || a.Ack != 1 || a.Opt.FastOpen == nil {
		t.Errorf("%d bytes in the SYN, ack %d, option %v; want 1000, only the SYN, and a new cookie", stale.syn().Len, a.Ack, a.Opt.FastOpen)
	}
	if !near(stale.delays.answer, 200*time.Millisecond, time.Millisecond) {
		t.Errorf("answered after %v, want two RTTs", stale.delays.answer)
	}
	if sent, acked := stale.stream.SYNData(); sent != 1000 || acked != 0 {
		t.Errorf("SYN data: %d sent, %d accepted, want 1000 and 0", sent, acked)
	}
	if again := l.ask(1000, 3000); again.synack().Ack != 1001 {
		t.Errorf("with the new cookie the SYN/ACK acknowledges %d", again.synack().Ack)
	}
}

// "It is also possible that the listener acknowledges only part of the TFO data": the
// rest is sent after the handshake (RFC 8684, figure 21).
func TestFastOpenPartly(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenAlways, nil)
	l.ask(1000, 3000)
	l.server.MTU, l.server.ReceiveBuffer = 700, 700
	x := l.ask(1000, 3000)
	if x.syn().Len != 1000 || x.synack().Ack != 701 {
		t.Errorf("%d bytes in the SYN, %d acknowledged; want 1000 and the 700 that the window allows", x.syn().Len, x.synack().Ack-1)
	}
	for _, p := range x.packets[1:] {
		if p.up && p.Len > 0 && p.Seq != 701 {
			t.Errorf("%v, want the rest from 701 on", p)
		}
	}
}

// "When this flag is off, the server does not perform any TFO-related operations"
// (RFC 7413, section 4.2). Its silence is remembered: "the client SHOULD disable
// Fast Open on the specific path ... at least temporarily" (section 4.1.3.1).
func TestFastOpenPaused(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenCookie, nil)
	l.server.FastOpen = tcp.FastOpenOff
	if x := l.ask(1000, 3000); x.synack().Opt.FastOpen != nil {
		t.Errorf("the SYN/ACK has a cookie")
	}
	if x := l.ask(1000, 3000); x.syn().Opt.FastOpen != nil {
		t.Errorf("the client asks again at once")
	}
	l.eng.Run(l.eng.Now() + sim.Time(time.Minute))
	if x := l.ask(1000, 3000); x.syn().Opt.FastOpen == nil {
		t.Errorf("a minute later it does not ask")
	}
}

// "when the SYN timer fires, the client SHOULD retransmit a SYN packet without data
// and Fast Open options" (RFC 7413, section 4.2.2): a path that swallows such SYNs
// costs one timeout, and the next connection does without.
func TestFastOpenBlackHole(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenCookie, lose(func(s *wire.Segment) bool { return s.Flags.Has(wire.SYN) && s.Len > 0 }))
	l.ask(1000, 3000)
	x := l.ask(1000, 3000)
	var syns []*captured
	for _, p := range x.packets {
		if p.up && p.Flags.Has(wire.SYN) {
			syns = append(syns, p)
		}
	}
	if len(syns) != 2 || syns[1].Len != 0 || syns[1].Opt.FastOpen != nil || syns[1].Seq != 0 {
		t.Errorf("SYNs %v, want the second without data and option", syns)
	}
	if x = l.ask(1000, 3000); x.syn().Len != 0 || !near(x.delays.answer, 200*time.Millisecond, time.Millisecond) {
		t.Errorf("the next SYN has %d bytes, the answer takes %v; want a plain handshake", x.syn().Len, x.delays.answer)
	}
}

// The SYN/ACK of a fast open is repeated like other segments until it is
// acknowledged, by timeout or for a repeated SYN, and the data is delivered once.
func TestFastOpenSYNACKLost(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenCookie, nil)
	l.ask(1000, 3000)
	for _, lost := range [][]int{{1}, {1, 2}, {1, 2, 3, 4}} {
		l.link.Down.SetLoss(nth(isAny, lost...))
		x := l.ask(1000, 3000)
		if last := x.synack(); last.Ack != 1001 || !last.lost {
			t.Errorf("%v: ack %d, lost %v; want 1001, lost", lost, last.Ack, last.lost)
		}
		l.link.Down.SetLoss(nil)
		l.eng.Run(l.eng.Now() + sim.Time(2*time.Minute))
	}
}

// A host opens at most so many connections fast at a time (RFC 7413, section
// 4.2); when their handshakes are over, or given up, it does so again.
func TestFastOpenPending(t *testing.T) {
	s := newScript(t, func(c *tcp.Config) { c.FastOpen, c.SYNRetries = tcp.FastOpenAlways, 2 })
	open := func(port uint16) {
		o := offer()
		g := wire.Segment{Flags: wire.SYN, Seq: testISS, Len: 10, Window: 65535, HasTS: true, Opt: &o}
		p := s.pool.Get()
		*p.Payload.(*wire.Segment) = g
		p.Src, p.Dst, p.SrcPort, p.DstPort = s.route.Src, s.route.Dst, port, 80
		p.Route, p.Size = s.route, units.Bytes(20+g.HeaderLen()+10)
		s.net.Send(p)
	}
	accepted := func() (n int) {
		for _, a := range s.take(20 * time.Millisecond) {
			if a.Flags.Has(wire.SYN) && a.Ack == 11 {
				n++
			}
		}
		return n
	}
	for i := range 1025 {
		open(uint16(2000 + i))
		s.run(10 * time.Microsecond)
	}
	if n := accepted(); n != 1024 {
		t.Errorf("data of %d SYNs was accepted, want 1024", n)
	}
	s.take(time.Minute)
	if n := s.b.Sockets(); n != 0 {
		t.Errorf("%d endpoints are left", n)
	}
	open(1999)
	if n := accepted(); n != 1 {
		t.Errorf("afterwards data of %d SYNs was accepted, want 1", n)
	}
}

// placed is a chunk and its subflow sequence number.
type placed struct {
	ssn uint32
	tcp.Chunk
}

// mappedOwner is a Stream whose segments carry mappings, as those of a subflow do. It
// keeps the chunks that it is given.
type mappedOwner struct {
	*tcp.Stream
	chunks []placed
}

func (o *mappedOwner) Stamp(e *tcp.Endpoint, s *wire.Segment) units.Bytes {
	if s.Len > 0 && !s.Flags.Has(wire.SYN) {
		s.DSS |= wire.HasMap
		s.DSN, s.SSN, s.MapLen = s.Pos, e.SentSSN(s), s.Len
	}
	return o.Stream.Stamp(e, s)
}

func (o *mappedOwner) Deliver(e *tcp.Endpoint, c tcp.Chunk) {
	o.chunks = append(o.chunks, placed{e.NextSSN() - uint32(c.Len), c})
	o.Stream.Deliver(e, c)
}

// "the TFO data must not be considered part of the data sequence number space": the
// subflow sequence number of the first byte behind what the SYN/ACK acknowledged
// is 1, in mappings and where they are received (RFC 8684, appendix B.2). What it left
// out is sent again under a mapping.
//
// Req: R8684-B-02 R8684-B-04
func TestFastOpenSubflowSequence(t *testing.T) {
	for _, c := range []struct {
		name     string
		request  units.Bytes
		set      func(listener *tcp.Config)
		accepted uint32
	}{
		{"all", 300, func(*tcp.Config) {}, 300},                                          // figure 19
		{"none", 300, func(l *tcp.Config) { l.FastOpen = tcp.FastOpenOff }, 0},           // figure 20
		{"partly", 2000, func(l *tcp.Config) { l.MTU, l.ReceiveBuffer = 400, 400 }, 400}, // figure 21
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newFastLab(t, tcp.FastOpenAlways, nil)
			c.set(&l.server)
			var in *mappedOwner
			l.b.Accept = func(p *netem.Packet, _ *wire.Segment) (*tcp.Endpoint, *wire.Options) {
				in = &mappedOwner{Stream: tcp.NewStream(&l.server)}
				in.Attach = func() app.Workload { return &sink{lab: l.lab} }
				e := tcp.Answer(l.b, &l.server, in, p, peerISS)
				e.UseMappings(28)
				in.Use(e, reno())
				return e, nil
			}
			out := &mappedOwner{Stream: tcp.NewStream(&l.cfg)}
			w := &source{left: c.request, open: true}
			out.Attach = func() app.Workload { return w }
			e := tcp.Dial(l.a, &l.cfg, out, l.route, 1000, 80, testISS)
			e.UseMappings(28)
			out.Use(e, reno())
			out.Connect()
			l.at(time.Second, func() { w.left = 1000; w.Writable() })
			l.eng.Run(sim.Time(5 * time.Second))
			for _, p := range l.log.data() {
				if !p.Flags.Has(wire.SYN) && p.SSN != p.Seq-c.accepted {
					t.Errorf("seq %d is mapped from SSN %d, want %d", p.Seq, p.SSN, p.Seq-c.accepted)
				}
			}
			next := 1 - c.accepted
			for _, k := range in.chunks {
				if k.ssn != next || k.Mapped() != (int32(k.ssn) >= 1) {
					t.Errorf("the chunk at %d has SSN %d, mapped %v; want SSN %d", k.Pos, int32(k.ssn), k.Mapped(), int32(next))
				}
				next += uint32(k.Len)
			}
			if want := uint32(c.request) + 1000 + 1 - c.accepted; next != want {
				t.Errorf("the chunks end at SSN %d, want %d", next, want)
			}
		})
	}
}

// A client whose SYN is never answered reports the time-out to its application,
// although that has started before.
func TestFastOpenGivesUp(t *testing.T) {
	l := newFastLab(t, tcp.FastOpenAlways, lose(isSYN))
	l.cfg.SYNRetries = 1
	w := &source{left: 100}
	s := tcp.NewStream(&l.cfg)
	s.Attach = func() app.Workload { return w }
	s.Use(tcp.Dial(l.a, &l.cfg, s, l.route, 1000, 80, testISS), reno())
	s.Connect()
	l.eng.Run(sim.Time(time.Minute))
	if !errors.Is(w.err, tcp.ErrTimeout) {
		t.Errorf("the application is told %v, want %v", w.err, tcp.ErrTimeout)
	}
	if s.CanFastOpen() {
		t.Error("the next connection would try again")
	}
}
