package mptcp_test

import (
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// The tests of the files rfc_*_test.go show the requirements of RFC 8684, section by
// section: both ends are real, and hooks on the links stand for the rest of the world.

// hook sees each packet that a link has sent; it may alter it, or return true to lose it.
type hook func(p *netem.Packet, s *wire.Segment) bool

func (f hook) Lose(_ sim.Time, p *netem.Packet) bool { return f(p, p.Payload.(*wire.Segment)) }

// alter returns a hook that gives f every segment that pick picks, with options of
// its own, and loses none.
func alter(pick func(s *wire.Segment) bool, f func(s *wire.Segment)) hook {
	return func(_ *netem.Packet, s *wire.Segment) bool {
		if pick(s) {
			if s.Opt != nil {
				o := *s.Opt
				s.Opt = &o
			}
			f(s)
		}
		return false
	}
}

// What hooks pick.
var (
	isSYN    = func(s *wire.Segment) bool { return s.Flags&(wire.SYN|wire.ACK) == wire.SYN }
	isSYNACK = func(s *wire.Segment) bool { return s.Flags.Has(wire.SYN | wire.ACK) }
	isAny    = func(*wire.Segment) bool { return true }
	isData   = func(s *wire.Segment) bool { return s.Len > 0 }
	isPast   = func(s *wire.Segment) bool { return !s.Flags.Has(wire.SYN) } // the SYNs

)

func hasCapable(s *wire.Segment) bool { return s.Opt != nil && s.Opt.Capable != nil }
func hasJoin(s *wire.Segment) bool    { return s.Opt != nil && s.Opt.Join != nil }

// dropMPTCP takes all MPTCP options from s.
func dropMPTCP(s *wire.Segment) {
	s.DSS = 0
	if o := s.Opt; o != nil {
		s.Opt = &wire.Options{MSS: o.MSS, WScale: o.WScale, SACKPermitted: o.SACKPermitted, Payload: o.Payload}
	}
}

// rewrite returns a function that alters the bytes of the MPTCP option of the given subtype.
func rewrite(subtype byte, f func(option []byte)) func(s *wire.Segment) {
	return func(s *wire.Segment) {
		b := wire.AppendOptions(nil, s)
		for i := 0; i < len(b); {
			n := 1
			if b[i] > 1 {
				n = int(b[i+1])
			}
			if b[i] == 30 && b[i+2]>>4 == subtype {
				f(b[i : i+n])
			}
			i += n
		}
		s.Opt, s.DSS, s.NSACK, s.HasTS = nil, 0, 0, false
		if err := wire.ParseOptions(b, s); err != nil {
			panic(err)
		}
	}
}

// seen is a packet as its sender gave it to a link.
type seen struct {
	wire.Segment
	at               sim.Time
	path             int
	up               bool // from the client
	srcPort, dstPort uint16
}

// mptcp reports whether p has an MPTCP option.
func (p *seen) mptcp() bool {
	o := p.Opt
	return p.DSS != 0 || o != nil && (o.Capable != nil || o.Join != nil || o.AddAddr != nil || o.RemoveAddr != nil ||
		o.Prio != nil || o.Reset != nil || o.FastClose != nil || o.Fail != nil)
}

// lengthOf returns the length of the MPTCP option of the given subtype, or 0.
func (p *seen) lengthOf(subtype byte) (n int) {
	rewrite(subtype, func(b []byte) { n = len(b) })(&wire.Segment{
		Flags: p.Flags, DSS: p.DSS, Opt: p.Opt, DSN: p.DSN, SSN: p.SSN, MapLen: p.MapLen, Sum: p.Sum, DataAck: p.DataAck,
	})
	return n
}

// trace notes all packets that the ends of a lab send.
type trace []seen

func (l *lab) trace() *trace {
	t := new(trace)
	for i, d := range l.links {
		for _, k := range []*netem.Link{d.Up, d.Down} {
			k.Points.Offered.Observe(func(e netem.PacketEvent) {
				s := seen{Segment: *e.Packet.Payload.(*wire.Segment), at: e.Now, path: i, up: k == d.Up, srcPort: e.Packet.SrcPort, dstPort: e.Packet.DstPort}
				*t = append(*t, s)
			})
		}
	}
	return t
}

// all returns the packets that pick picks.
func (t trace) all(pick func(p *seen) bool) (list []seen) {
	for i := range t {
		if pick(&t[i]) {
			list = append(list, t[i])
		}
	}
	return list
}

// count returns how many they are.
func (t trace) count(pick func(p *seen) bool) int { return len(t.all(pick)) }

// talker is one end of an application: it sends left bytes, reads all that comes, and closes.
type talker struct {
	s         app.Stream
	left, got units.Bytes
	wait      bool // until Writable is called by the test
	stay      bool // not to close
	deaf      bool // not to read
	opened    bool
	done      bool
	err       error
}

func (w *talker) Start(s app.Stream) {
	w.s, w.opened = s, true
	if !w.wait {
		w.Writable()
	}
}

func (w *talker) Readable() {
	if !w.deaf {
		w.got += w.s.Read(1 << 40)
	}
}

func (w *talker) Writable() {
	w.left -= w.s.Write(w.left)
	if w.left == 0 && !w.stay {
		w.s.CloseWrite()
	}
}

func (w *talker) Closed(err error) { w.done, w.err = true, err }

// say has w send n bytes more.
func (w *talker) say(n units.Bytes) { w.left += n; w.Writable() }

// talk joins a at the client and b at the server, whose configuration is cfg if
// it is not the client's.
func (l *lab) talk(a, b *talker, cfg ...*mptcp.Config) {
	l.validate()
	server := &l.cfg
	if len(cfg) > 0 {
		server = cfg[0]
	}
	l.server.Listen(80, &mptcp.Service{Config: server, Paths: l.back(), Accepted: func(c mptcp.Connection) func() app.Workload {
		l.down, _ = c.(*mptcp.Conn)
		return func() app.Workload { return b }
	}})
	l.up = l.client.Dial(&l.cfg, l.paths, 80)
	l.up.Connect(func() app.Workload { return a })
}

// back returns the paths of the server.
func (l *lab) back() (list []*netem.Route) {
	for _, r := range l.paths {
		list = append(list, r.Reverse)
	}
	return list
}

// ended runs until d and checks that a and b have exchanged all in good order,
// and that nothing is left.
func (l *lab) ended(d time.Duration, a, b *talker, up, down units.Bytes) {
	l.t.Helper()
	l.eng.Run(sim.Time(d))
	if !a.done || !b.done || a.err != nil || b.err != nil || a.got != down || b.got != up {
		l.t.Errorf("the client got %d of %d and ended %v %v, the server %d of %d, %v %v; %+v", a.got, down, a.done, a.err, b.got, up, b.done, b.err, l.up.Stats)
	}
	l.clean()
}

// clean checks that no packet and no endpoint is left.
func (l *lab) clean() {
	l.t.Helper()
	if err := l.net.Conserved(); err != nil {
		l.t.Error(err)
	}
	if n := l.pool.Live(); n != 0 {
		l.t.Errorf("%d packets are still out", n)
	}
	if n := l.client.Host().Sockets() + l.server.Host().Sockets(); n != 0 {
		l.t.Errorf("%d endpoints are left", n)
	}
}

// forge sends an ACK that fits the subflow of e, as if from e, but for what set changes.
func (l *lab) forge(e *tcp.Endpoint, set func(s *wire.Segment)) {
	p := l.pool.Get()
	p.Src, p.Dst = e.Local(), e.Remote()
	p.SrcPort, p.DstPort = e.Ports()
	h := l.validator.halfOf(p)
	s := p.Payload.(*wire.Segment)
	*s = wire.Segment{Flags: wire.ACK, Seq: h.nxt, Ack: h.ack, Window: 1000, HasTS: true, TSVal: uint32(l.eng.Now() / 1e6)}
	set(s)
	p.Route, p.Size = e.Route(), units.Bytes(20+s.HeaderLen()+int(s.Len))
	l.validator.blind = true
	l.net.Send(p)
	l.validator.blind = false
}

// two are paths on which little happens at the same time.
var two = []path{{10 * units.Mbps, 10 * time.Millisecond, 100, 0}, {10 * units.Mbps, 20 * time.Millisecond, 100, 0}}

// ports has subflows opened from n ports on the path of the initial one.
func ports(n int) func() pathmgr.Manager {
	return func() pathmgr.Manager { return &pathmgr.NDiffPorts{N: n} }
}

// scripted is a path manager at both ends that does what f does.
type scripted func(c pathmgr.Control, e pathmgr.Event)

func (f scripted) OnEvent(c pathmgr.Control, e pathmgr.Event) { f(c, e) }

// manage makes both ends have it.
func manage(f func(c pathmgr.Control, e pathmgr.Event)) func() pathmgr.Manager {
	return func() pathmgr.Manager { return scripted(f) }
}

// own copies the configuration of l, for an end that is not like the other.
func (l *lab) own(change func(p *mptcp.Protocol)) *mptcp.Config {
	cfg := l.cfg
	change(&cfg.Protocol)
	return &cfg
}
