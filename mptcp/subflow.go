package mptcp

import (
	"slices"

	"mpsim/cc"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// Subflow is one TCP subflow of a connection: the Owner of its endpoint.
type Subflow struct {
	ID   int
	Path int // index into the paths of the client; -1 at the server
	// Sent counts the bytes of new data that the scheduler gave this subflow.
	Sent uint64
	// Reinjected counts the bytes it carried because another did not deliver them.
	Reinjected uint64
	// Backup is the B flag in either direction (RFC 8684, section 3.3.8).
	Backup bool

	c       *Conn
	e       *tcp.Endpoint
	join    bool
	joining bool // the handshake of the join is not over
	passive bool
	up      bool // usable for data
	failed  bool // timed out, and nothing has come since
	gone    bool
	nonce   uint32
	peer    uint32 // the peer's nonce
	copied  uint64 // position up to which it has carried or skipped all data
}

var _ tcp.Owner = (*Subflow)(nil)

func (c *Conn) newSubflow(path int) *Subflow {
	sf := &Subflow{ID: len(c.subflows), Path: path, c: c}
	c.subflows = append(c.subflows, sf)
	c.Stats.SubflowsOpened++
	return sf
}

func (sf *Subflow) useController() { sf.e.SetController(sf.c.cfg.Controller(), &sf.c.group) }

// Endpoint returns the TCP endpoint of sf.
func (sf *Subflow) Endpoint() *tcp.Endpoint { return sf.e }

// Up reports whether sf can carry data.
func (sf *Subflow) Up() bool { return sf.up }

// PeerAddr returns the address of the other end.
func (sf *Subflow) peerAddr() netem.Addr { return sf.e.Route().Dst }

// Established implements tcp.Owner.
func (sf *Subflow) Established(e *tcp.Endpoint) {
	c := sf.c
	switch {
	case sf.join && sf.passive: // takeJoin decides
	case sf.join:
		e.Confirm(sf.sendJoinAck)
	default:
		c.wndEdge = uint64(e.Room())
		c.Stats.EstablishedAt = c.eng.Now()
		sf.use()
		if c.attach != nil {
			if c.workload = c.attach(); c.workload != nil {
				c.workload.Start(c)
			}
		}
	}
}

// use makes sf carry data from now on.
func (sf *Subflow) use() {
	c := sf.c
	sf.up, sf.joining = true, false
	sf.copied = c.sndUna
	c.live = append(c.live, sf)
	c.changed = true
	c.group.Flows = append(c.group.Flows, &sf.e.Flow)
	sf.e.Flow.ID = sf.ID
	sf.e.Flow.Backup = sf.Backup
	c.lonely.Stop()
	if len(c.subflows) > 1 && c.Stats.SecondSubflowAt == 0 && sf.ID > 0 {
		c.Stats.SecondSubflowAt = c.eng.Now()
	}
	c.Points.Subflows.Emit(sf)
	if sf.join {
		c.notify(pathmgr.Event{Kind: pathmgr.SubflowUp, Subflow: sf.ID, Path: sf.Path})
	}
}

// leave takes sf out of the connection; what it carried goes out on the others.
func (sf *Subflow) leave() {
	c := sf.c
	if !sf.up {
		return
	}
	sf.up = false
	if l, ok := sf.e.Flow.Controller.(cc.Leaver); ok {
		l.Leave(&sf.e.Flow)
	}
	c.changed = true
	c.live = slices.DeleteFunc(c.live, func(s *Subflow) bool { return s == sf })
	c.group.Flows = slices.DeleteFunc(c.group.Flows, func(f *cc.Flow) bool { return f == &sf.e.Flow })
	sf.reinjectAll()
}

// Stamp implements tcp.Owner: every segment of an established connection
// carries a DATA_ACK, and data its mapping.
func (sf *Subflow) Stamp(e *tcp.Endpoint, s *wire.Segment) {
	c := sf.c
	switch {
	case s.Flags.Has(wire.RST):
	case s.Flags.Has(wire.SYN):
		sf.stampSYN(s)
	case !c.full && c.client && !sf.join:
		sf.stampKeys(s)
	case c.keysKnown && (s.Opt == nil || s.Opt.Join == nil && s.Opt.AddAddr == nil):
		s.DSS |= wire.HasDataAck
		s.DataAck = c.dataAck()
		c.stampFIN(s)
	}
}

// Window implements tcp.Owner: the buffer that all subflows share (RFC 8684,
// section 3.3.4).
func (sf *Subflow) Window(*tcp.Endpoint) units.Bytes {
	c := sf.c
	w := max(c.cfg.TCP.ReceiveBuffer-units.Bytes(c.rcvNxt-c.read), 0)
	c.rcvEdge = max(c.rcvEdge, c.rcvNxt+uint64(w))
	return w
}

// Ready implements tcp.Owner.
func (sf *Subflow) Ready(*tcp.Endpoint) { sf.c.pushFor(sf) }

// Options implements tcp.Owner.
func (sf *Subflow) Options(e *tcp.Endpoint, s *wire.Segment) bool {
	if !sf.takeHandshake(e, s) {
		return false
	}
	sf.failed = false
	if s.Opt != nil {
		sf.takeSignals(s.Opt)
	}
	if s.DSS != 0 && sf.c.keysKnown {
		sf.c.takeDSS(sf, s)
	}
	return e.State() != tcp.Closed
}

// takeSignals acts on the options that change subflows.
func (sf *Subflow) takeSignals(o *wire.Options) {
	c := sf.c
	if o.Prio != nil {
		sf.Backup = o.Prio.Backup
		sf.e.Flow.Backup = sf.Backup
	}
	for _, id := range o.RemoveAddr {
		for _, s := range slices.Clone(c.live) {
			if int(id) < len(c.addrIDs) && s != sf && s.peerAddr() == c.addrIDs[id] {
				s.e.Abort(nil)
			}
		}
	}
}

// SetBackup changes the B flag and tells the peer (MP_PRIO, RFC 8684, section 3.3.8).
func (sf *Subflow) SetBackup(backup bool) {
	sf.Backup = backup
	if sf.up {
		sf.e.Flow.Backup = backup
		sf.e.SendAck(&wire.Options{WScale: -1, Prio: &wire.Prio{Backup: backup}})
		sf.c.push()
	}
}

// TimedOut implements tcp.Owner: the subflow has potentially failed, and what it
// carries goes out on the others.
func (sf *Subflow) TimedOut(*tcp.Endpoint) {
	sf.failed = true
	sf.reinjectAll()
	sf.c.push()
}

// PeerClosed implements tcp.Owner: the peer's FIN closes this subflow alone.
func (sf *Subflow) PeerClosed(e *tcp.Endpoint) { e.Close() }

// Closed implements tcp.Owner.
func (sf *Subflow) Closed(_ *tcp.Endpoint, err error) {
	c := sf.c
	if sf.gone {
		return
	}
	sf.gone = true
	sf.leave()
	if c.ended {
		return
	}
	if err != nil {
		c.Stats.SubflowsFailed++
	}
	if sf.ID == 0 && !c.keysKnown {
		c.end(err)
		return
	}
	c.notify(pathmgr.Event{Kind: pathmgr.SubflowDown, Subflow: sf.ID, Path: sf.Path, Err: err})
	if len(c.live) == 0 {
		c.lonely.ArmAfter(lonelyTimeout)
	}
	c.push()
}
