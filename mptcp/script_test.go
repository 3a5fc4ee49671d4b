package mptcp_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// The stories in conform_*_test.go follow the scripts that the authors of Linux's
// MPTCP keep for packetdrill, row by row, where they are about the protocol. Left out are those
//
//   - of the flag B of MP_CAPABLE, which the parser of package wire ignores, so that here it
//     equals a missing option;
//   - of IPv6, of which a simulated network has none;
//   - of listeners that hand half-open connections over (reqsk_clone_migration_*);
//   - of system calls and socket options: accept, poll, splice, TTL, TOS, corking, bad pointers,
//     reads of no bytes, sockets that are not connected.
//
// Where Linux and RFC 8684 differ, a story has the RFC's way and says so.

// script is a conversation between a Stack of ours and a peer that is the test,
// over two paths with one-way delays of 10 and 20 ms. Segments are written as in a
// transcript, with relative numbers: seq 1 is the first byte of a subflow, dsn
// 0 the first of the connection.
type script struct {
	*lab
	t        *testing.T
	tr       *transcript
	side     int // of the test: 0 if it is the client
	key, our uint64
	conn     mptcp.Connection // our end
	app      *hand            // our application
	pm       *steer           // our path manager
	flows    []*flow
	fresh    []*flow // opened by us, and not yet met by the test
}

// flow is a subflow as the test sees it.
type flow struct {
	s              *script
	route          *netem.Route // from the test to us
	port, ourPort  uint16
	iss, ourISS    uint32
	nonce, ourNonc uint32
	inbox          []received

	stamps, sums bool // for data: there are timestamps, checksums
	took         int  // bytes that have come, for ack and data
}

// received is a segment of ours.
type received struct {
	wire.Segment
	text string
	at   sim.Time
}

// hand is an application that does what the test says, and reads all it gets
// unless it is told to stop.
type hand struct {
	s     app.Stream
	first units.Bytes // written at the start
	got   units.Bytes
	deaf  bool
	eof   bool
	done  bool
	err   error
}

func (w *hand) Writable()        {}
func (w *hand) Closed(err error) { w.done, w.err = true, err }
func (w *hand) Start(s app.Stream) {
	w.s = s
	s.Write(w.first)
}
func (w *hand) Readable() {
	if !w.deaf {
		w.got += w.s.Read(1 << 40)
	}
	w.eof = w.eof || w.s.EOF()
}

// steer is a path manager that does what the test says.
type steer struct {
	pathmgr.Control
	events []pathmgr.Event
}

func (m *steer) OnEvent(c pathmgr.Control, e pathmgr.Event) {
	m.Control = c
	m.events = append(m.events, e)
}

// heard returns how many events of a kind there have been.
func (m *steer) heard(k pathmgr.Kind) (n int) {
	for _, e := range m.events {
		if e.Kind == k {
			n++
		}
	}
	return n
}

const (
	scriptKey = 0x0102030405060708
	scriptISS = 7000
)

func newScript(t *testing.T, side int, set []func(*mptcp.Config)) *script {
	t.Helper()
	l := newLab(t, 1, path{units.Gbps, 10 * time.Millisecond, 100, 0}, path{units.Gbps, 20 * time.Millisecond, 100, 0})
	s := &script{lab: l, t: t, tr: l.transcribe(), side: side, key: scriptKey, app: &hand{}, pm: &steer{}}
	l.cfg.TCP.ReceiveBuffer = 60000 // needs no scaling
	l.cfg.Manager = func() pathmgr.Manager { return s.pm }
	for _, f := range set {
		f(&l.cfg)
	}
	stack := l.server
	if side == 0 {
		stack = l.client
	}
	stack.Host().Node.SetReceiver(s)
	return s
}

// serve has our end listen on port 80. The test is the client.
func serve(t *testing.T, set ...func(*mptcp.Config)) *script {
	t.Helper()
	s := newScript(t, 0, set)
	var back []*netem.Route
	for _, r := range s.paths {
		back = append(back, r.Reverse)
	}
	s.server.Listen(80, &mptcp.Service{Config: &s.cfg, Paths: back, Accepted: func(c mptcp.Connection) func() app.Workload {
		s.conn = c
		return func() app.Workload { return s.app }
	}})
	return s
}

// dial has our end be the client of the test.
func dial(t *testing.T, set ...func(*mptcp.Config)) *script {
	t.Helper()
	return newScript(t, 1, set)
}

// forget makes way for another connection.
func (s *script) forget() {
	s.our = 0
	s.tr.keys = [2]uint64{}
}

// connect has our end connect.
func (s *script) connect() {
	s.forget()
	c := s.client.Dial(&s.cfg, s.paths, 80)
	s.conn = c
	c.Connect(func() app.Workload { return s.app })
}

// mp returns our end, which must be MPTCP or have begun so.
func (s *script) mp() *mptcp.Conn {
	s.t.Helper()
	c, ok := s.conn.(*mptcp.Conn)
	if !ok {
		s.t.Fatalf("our end is a %T, want MPTCP", s.conn)
	}
	return c
}

// Receive implements netem.Receiver.
func (s *script) Receive(p *netem.Packet) {
	g := p.Payload.(*wire.Segment)
	if n := g.OptionLen(); n > wire.OptionSpace {
		s.t.Errorf("%q has %d bytes of options, there is room for %d", s.tr.segment(p, g), n, wire.OptionSpace)
	}
	f := s.find(p)
	f.inbox = append(f.inbox, received{*g, s.tr.segment(p, g), s.eng.Now()})
	if g.Flags.Has(wire.SYN) {
		f.ourISS = g.Seq
	}
	if o := g.Opt; o != nil {
		if o.Capable != nil && o.Capable.NKeys > 0 {
			s.our = o.Capable.SenderKey
		}
		if o.Join != nil && g.Flags.Has(wire.SYN) {
			f.ourNonc = o.Join.Nonce
		}
	}
	p.Free()
}

// find returns the flow of a segment of ours, made if it is new.
func (s *script) find(p *netem.Packet) *flow {
	for _, f := range s.flows {
		if f.route.Src == p.Dst && f.route.Dst == p.Src && f.port == p.DstPort && f.ourPort == p.SrcPort {
			return f
		}
	}
	f := s.add(p.Route.Reverse, p.DstPort, p.SrcPort)
	s.fresh = append(s.fresh, f)
	return f
}

func (s *script) add(r *netem.Route, port, ourPort uint16) *flow {
	n := uint32(len(s.flows))
	f := &flow{s: s, route: r, port: port, ourPort: ourPort, iss: scriptISS + 1000*n, nonce: 0xa0 + n}
	s.flows = append(s.flows, f)
	return f
}

// open returns a new flow of the test's on path i.
func (s *script) open(i int) *flow {
	r := s.paths[i]
	if s.side == 1 {
		r = r.Reverse
	}
	return s.add(r, 1000+uint16(len(s.flows)), 80)
}

// meet returns the flow that we open next.
func (s *script) meet() *flow {
	s.t.Helper()
	s.until(2*time.Second, func() bool { return len(s.fresh) > 0 })
	if len(s.fresh) == 0 {
		s.t.Fatal("we open no subflow")
	}
	f := s.fresh[0]
	s.fresh = s.fresh[1:]
	return f
}

// until lets time pass until f, but not more than d.
func (s *script) until(d time.Duration, f func() bool) {
	end := s.eng.Now().Add(d)
	for !f() && s.eng.Next() <= end {
		s.eng.Run(s.eng.Next())
	}
	if !f() {
		s.eng.Run(end)
	}
}

// run lets d pass.
func (s *script) run(d time.Duration) { s.eng.Run(s.eng.Now().Add(d)) }

// want takes the next segment of ours on f, which comes soon and must read as text.
func (f *flow) want(text string) received {
	f.s.t.Helper()
	f.s.until(100*time.Millisecond, func() bool { return len(f.inbox) > 0 })
	return f.take(text)
}

// after is want for a segment that a timer sends: it comes about d from now.
func (f *flow) after(d time.Duration, text string) received {
	f.s.t.Helper()
	start := f.s.eng.Now()
	f.s.until(2*d, func() bool { return len(f.inbox) > 0 })
	g := f.take(text)
	if got := g.at.Sub(start); got < d*8/10 || got > d*12/10 {
		f.s.t.Errorf("%q came after %v, want about %v", text, got, d)
	}
	return g
}

func (f *flow) take(text string) received {
	f.s.t.Helper()
	if len(f.inbox) == 0 {
		f.s.t.Fatalf("nothing came, want %q\n%s", text, f.s.tr)
	}
	g := f.inbox[0]
	f.inbox = f.inbox[1:]
	if g.text != text {
		f.s.t.Fatalf("came %q, want %q\n%s", g.text, text, f.s.tr)
	}
	return g
}

// quiet lets d pass, in which nothing of ours may come.
func (s *script) quiet(d time.Duration) {
	s.t.Helper()
	s.run(d)
	s.read()
}

// read fails if something has come that the test has not taken.
func (s *script) read() {
	s.t.Helper()
	for i, f := range s.flows {
		for _, g := range f.inbox {
			s.t.Errorf("unexpected on flow %d at %.3f ms: %q", i, float64(g.at)/1e6, g.text)
		}
	}
	if s.t.Failed() {
		s.t.Fatalf("\n%s", s.tr)
	}
}

// end is the end of a story.
func (s *script) end(name string) {
	s.t.Helper()
	s.read()
	if err := s.net.Conserved(); err != nil {
		s.t.Error(err)
	}
	s.tr.golden(s.t, "conform/"+name)
}

// send sends a segment that reads as text, with further options. Payload is that of
// the stream at its DSN or, without one, at its sequence number; "pos" says otherwise.
func (f *flow) send(text string, opts ...option) {
	f.s.t.Helper()
	g, err := f.parse(text)
	if err != nil {
		f.s.t.Fatalf("%q: %v", text, err)
	}
	if g.Flags.Has(wire.SYN) {
		g.Opt = &wire.Options{MSS: 1460, WScale: -1, SACKPermitted: true}
	}
	for _, o := range opts {
		if g.Opt == nil {
			g.Opt = &wire.Options{WScale: -1}
		}
		o(f, g)
	}
	if n := g.OptionLen(); n > wire.OptionSpace {
		f.s.t.Fatalf("%q has %d bytes of options, want at most %d", text, n, wire.OptionSpace)
	}
	p := f.s.pool.Get()
	*p.Payload.(*wire.Segment) = *g
	p.Src, p.Dst, p.SrcPort, p.DstPort = f.route.Src, f.route.Dst, f.port, f.ourPort
	p.Route, p.Size = f.route, units.Bytes(20+g.HeaderLen()+int(g.Len))
	f.s.net.Send(p)
}

var words = map[string]wire.Flags{"FIN": wire.FIN, "SYN": wire.SYN, "RST": wire.RST, "PSH": wire.PSH, "ACK": wire.ACK}

// parse makes a segment of text.
func (f *flow) parse(text string) (*wire.Segment, error) {
	g := &wire.Segment{Window: 60000}
	hash := f.s.tr.hash
	first, ourFirst := hash.IDSN(f.s.key)+1, hash.IDSN(f.s.our)+1
	placed := false
	list := strings.Fields(text)
	for i := 0; i < len(list); i++ {
		if w := words[list[i]]; w != 0 {
			g.Flags |= w
			continue
		}
		if list[i] == "DATA_FIN" {
			g.DSS |= wire.DataFIN
			continue
		}
		if i+1 == len(list) {
			return nil, fmt.Errorf("%s wants a number", list[i])
		}
		key := list[i]
		i++
		n, err := strconv.ParseInt(list[i], 10, 64)
		if err != nil {
			return nil, err
		}
		switch key {
		case "seq":
			g.Seq = f.iss + uint32(n)
		case "ack":
			g.Ack = f.ourISS + uint32(n)
		case "len":
			g.Len = uint16(n)
		case "win":
			g.Window = uint16(n)
		case "dsn":
			g.DSS |= wire.HasMap
			g.DSN = first + uint64(n)
		case "dsn/32":
			g.DSS |= wire.HasMap | wire.DSN32
			g.DSN = uint64(uint32(first) + uint32(n))
			g.Pos, placed = uint64(n), true
		case "ssn":
			g.SSN = uint32(n)
		case "map":
			g.MapLen = uint16(n)
		case "dack":
			g.DSS |= wire.HasDataAck
			g.DataAck = ourFirst + uint64(n)
		case "dack/32":
			g.DSS |= wire.HasDataAck | wire.Ack32
			g.DataAck = uint64(uint32(ourFirst) + uint32(n))
		case "pos":
			g.Pos, placed = uint64(n), true
		default:
			return nil, fmt.Errorf("unknown word %s", key)
		}
	}
	switch {
	case placed:
	case g.DSS.Has(wire.HasMap):
		g.Pos = g.DSN - first + uint64(g.Seq-f.iss-g.SSN)
	default:
		g.Pos = uint64(g.Seq - f.iss - 1)
	}
	return g, nil
}

// option adds an option to a segment.
type option func(f *flow, g *wire.Segment)

// capable is MP_CAPABLE with n keys; change, if not nil, changes it.
func capable(n int, change ...func(*wire.Capable)) option {
	return func(f *flow, g *wire.Segment) {
		k := &wire.Capable{Version: 1, SHA256: true, NKeys: n}
		if n > 0 {
			k.SenderKey = f.s.key
		}
		if n > 1 {
			k.PeerKey = f.s.our
		}
		for _, c := range change {
			c(k)
		}
		g.Opt.Capable = k
	}
}

// joining is the MP_JOIN that belongs to the flags of the segment.
func joining(id uint8, change ...func(*wire.Join)) option {
	return func(f *flow, g *wire.Segment) {
		h := f.s.tr.hash
		j := &wire.Join{AddrID: id}
		if g.Flags.Has(wire.SYN) {
			j.Nonce, j.Token = f.nonce, h.Token(f.s.our)
		}
		if g.Flags.Has(wire.ACK) {
			copy(j.HMAC[:], h.HMAC(f.s.key, f.s.our, f.nonce, f.ourNonc))
		}
		for _, c := range change {
			c(j)
		}
		g.Opt.Join = j
	}
}

// addAddr is ADD_ADDR with its proof.
func addAddr(a wire.AddAddr) option {
	return func(f *flow, g *wire.Segment) {
		if !a.Echo {
			a.HMAC ^= f.s.tr.hash.AddAddrHMAC(f.s.key, f.s.our, &a) // as it is, unless a has something to spoil it
		}
		g.Opt.AddAddr = &a
	}
}

func removeAddr(ids ...uint8) option {
	return func(_ *flow, g *wire.Segment) { g.Opt.RemoveAddr = ids }
}

func prio(p wire.Prio) option { return func(_ *flow, g *wire.Segment) { g.Opt.Prio = &p } }

func because(reason uint8) option {
	return func(_ *flow, g *wire.Segment) { g.Opt.Reset = &wire.Reset{Reason: reason} }
}

func transient(reason uint8) option {
	return func(_ *flow, g *wire.Segment) { g.Opt.Reset = &wire.Reset{Reason: reason, Transient: true} }
}

// fastOpen is the option of TCP Fast Open: a request without a cookie.
func fastOpen(cookie []byte) option {
	return func(_ *flow, g *wire.Segment) { g.Opt.FastOpen = &wire.FastOpen{Cookie: cookie} }
}

// fastClose has our key, with the bits of flip changed.
func fastClose(flip uint64) option {
	return func(f *flow, g *wire.Segment) { g.Opt.FastClose = &wire.FastClose{Key: f.s.our ^ flip} }
}

// fail is MP_FAIL from a data sequence number of ours on.
func fail(dsn uint64) option {
	return func(f *flow, g *wire.Segment) {
		g.Opt.Fail = &wire.Fail{DSN: f.s.tr.hash.IDSN(f.s.our) + 1 + dsn}
	}
}

// summed adds the checksum of the mapping, with the bits of flip changed.
func summed(flip uint16) option {
	return func(_ *flow, g *wire.Segment) {
		g.DSS |= wire.HasSum
		payload := uint64(0)
		if g.Len > 0 {
			payload = wire.ContentSum(g.Pos, int(g.Len))
		}
		if g.Sum = flip; g.MapLen > 0 {
			g.Sum ^= wire.MappingSum(payload, g.DSN, g.SSN, g.MapLen)
		}
		g.Opt = nil
	}
}

// begin is the usual start of a connection with our server: its handshake.
func (s *script) begin() *flow {
	s.t.Helper()
	a := s.open(0)
	a.send("SYN seq 0", capable(0))
	a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
	a.send("ACK seq 1 ack 1", capable(2))
	s.run(15 * time.Millisecond)
	return a
}

// reach is the usual start of a connection of our client: its handshake, and a DSS
// that confirms the keys.
func (s *script) reach() *flow {
	s.t.Helper()
	s.connect()
	a := s.meet()
	a.want("SYN seq 0 MP_CAPABLE v1")
	a.send("SYN ACK seq 0 ack 1", capable(1))
	a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
	a.send("ACK seq 1 ack 1 dack 0")
	s.run(15 * time.Millisecond)
	return a
}

// join has the test open a second subflow to our server, on path 1. The connection has
// carried got bytes so far.
func (s *script) join(got int) *flow {
	s.t.Helper()
	b := s.open(1)
	b.send("SYN seq 0", joining(2))
	b.want("SYN ACK seq 0 ack 1 MP_JOIN id 2 HMAC/64 nonce")
	b.send("ACK seq 1 ack 1", joining(0))
	b.want(fmt.Sprintf("ACK seq 1 ack 1 dack %d", got))
	return b
}

// live returns how many of our subflows carry data.
func (s *script) live() (n int) {
	for _, sf := range s.mp().Subflows() {
		if sf.Up() {
			n++
		}
	}
	return n
}

// fellBack checks why our end is plain TCP.
func (s *script) fellBack(want mptcp.Cause) {
	s.t.Helper()
	if got := s.mp().Stats.Fallback; got != want {
		s.t.Errorf("fallback: %q, want %q", got, want)
	}
}

// got checks what our application has read.
func (s *script) got(n units.Bytes) {
	s.t.Helper()
	if s.app.got != n {
		s.t.Errorf("the application has read %d bytes, want %d\n%s", s.app.got, n, s.tr)
	}
}
