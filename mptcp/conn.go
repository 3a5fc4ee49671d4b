package mptcp

import (
	"mpsim/cc"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/probe"
	"mpsim/sim/units"
)

// Points are the events a Conn reports.
type Points struct {
	Delivered  probe.Point[tcp.Delivery]
	Subflows   probe.Point[*Subflow] // a subflow has become usable
	Sent       probe.Point[Sent]     // new data, or a redundant copy
	Reinjected probe.Point[Sent]
}

// Sent is a chunk handed to a subflow.
type Sent struct {
	Now     sim.Time
	Subflow int
	Pos     uint64 // position in the stream
	Len     int
}

// Stats counts what a Conn did.
type Stats struct {
	Reinjected      uint64 // bytes sent on a second subflow because the first did not deliver
	Copies          uint64 // bytes sent on a second subflow because the scheduler wanted copies
	Duplicates      uint64 // bytes that arrived again
	DataTimeouts    uint64
	SubflowsOpened  int
	SubflowsFailed  int
	EstablishedAt   sim.Time
	SecondSubflowAt sim.Time // 0: there was none
}

// Conn is one end of an MPTCP connection. Positions count the bytes of a stream
// from 0: the byte at position p has the DSN IDSN+1+p.
type Conn struct {
	Stats  Stats
	Points Points

	stack  *Stack
	cfg    *Config
	eng    *sim.Engine
	client bool
	paths  []*netem.Route
	port   uint16

	key, peerKey   uint64
	idsn, peerIDSN uint64
	token          uint32 // ours: the peer's joins carry it
	keysKnown      bool   // the peer's key is known
	full           bool   // the peer has shown that it knows ours

	attach   func() app.Workload
	workload app.Workload

	subflows []*Subflow // by ID; closed ones stay
	live     []*Subflow // usable ones, by ascending ID
	group    cc.Group
	sched    sched.Scheduler
	reinject sched.Reinjector
	copier   sched.Duplicator
	manager  pathmgr.Manager
	addrIDs  []netem.Addr // index: Address ID; 0 is that of the initial subflow
	view     sched.View
	changed  bool // the view is out of date as a whole

	// Sender, in positions.
	written, sndNxt, sndUna uint64
	wndEdge                 uint64
	again                   []span // to be reinjected, by ascending position
	closing                 bool
	finSent, finAcked       bool
	blocked                 bool // the workload waits for room
	pushing                 bool
	dataTimer               sim.Timer
	dataShift               int

	// Receiver, in positions.
	rcvNxt, read, rcvEdge uint64
	ofo                   []arrival // by ascending position, from ofoHead on
	ofoHead               int
	arriving              *Subflow // whose data the workload is being told of
	ofoBytes              units.Bytes
	finPos                uint64
	finKnown, finRead     bool

	lonely sim.Timer // runs while there is no subflow
	alarms []*alarm
	ended  bool
}

// span is a part of the stream that must go out again, and the subflows that
// have carried it.
type span struct {
	from, to uint64
	carried  sched.Set
}

// arrival is a chunk that waits for an earlier one of the connection.
type arrival struct {
	pos uint64
	len int
	at  sim.Time
	by  int // subflow
}

// The timers of a Conn.
const (
	timerData = iota
	timerLonely
)

func newConn(s *Stack, cfg *Config, client bool) *Conn {
	c := &Conn{
		stack: s, cfg: cfg, eng: s.host.Engine, client: client,
		sched: cfg.Scheduler(), manager: cfg.Manager(),
	}
	c.reinject, _ = c.sched.(sched.Reinjector)
	c.copier, _ = c.sched.(sched.Duplicator)
	c.key = s.newKey(cfg.Rand)
	c.token, c.idsn = wire.SHA256.Token(c.key), wire.SHA256.IDSN(c.key)
	s.tokens[c.token] = c
	c.dataTimer.Init(c.eng, c, timerData)
	c.lonely.Init(c.eng, c, timerLonely)
	return c
}

// Connect sends the first SYN of a connection that Dial made. attach is called
// once it is established and returns its workload.
func (c *Conn) Connect(attach func() app.Workload) {
	c.attach = attach
	c.subflows[0].e.Connect()
}

// Client reports whether this end opened the connection.
func (c *Conn) Client() bool { return c.client }

// Subflows returns all subflows there have been, by ID.
func (c *Conn) Subflows() []*Subflow { return c.subflows }

// Write implements app.Stream.
func (c *Conn) Write(n units.Bytes) units.Bytes {
	if c.closing || c.ended {
		return 0
	}
	room := c.cfg.TCP.SendBuffer - units.Bytes(c.written-c.sndUna)
	c.blocked = n > room
	n = max(min(n, room), 0)
	c.written += uint64(n)
	if n > 0 {
		c.push()
	}
	return n
}

// Read implements app.Stream.
func (c *Conn) Read(n units.Bytes) units.Bytes {
	n = min(n, units.Bytes(c.rcvNxt-c.read))
	c.read += uint64(n)
	switch {
	case n == 0:
	case c.arriving != nil:
		c.arriving.e.WindowOpened()
	case len(c.live) > 0:
		c.live[0].e.WindowOpened()
	}
	return n
}

// EOF implements app.Stream.
func (c *Conn) EOF() bool { return c.finRead && c.read == c.rcvNxt }

// CloseWrite implements app.Stream: a DATA_FIN follows the data (RFC 8684,
// section 3.3.3).
func (c *Conn) CloseWrite() {
	c.closing = true
	c.push()
}

// Queued implements Connection.
func (c *Conn) Queued() (send, receive units.Bytes) {
	return units.Bytes(c.written - c.sndUna), units.Bytes(c.rcvNxt-c.read) + c.ofoBytes
}

// OutOfOrder returns the bytes that wait for an earlier one of the connection.
func (c *Conn) OutOfOrder() units.Bytes { return c.ofoBytes }

// Progress implements Connection.
func (c *Conn) Progress() (written, received uint64) { return c.written, c.rcvNxt }

// established is called when the peer has shown that it knows our key: from
// now on joins are possible.
func (c *Conn) established() {
	c.full = true
	c.notify(pathmgr.Event{Kind: pathmgr.Established})
}

// HandleTimer implements sim.Handler.
func (c *Conn) HandleTimer(kind int) {
	switch kind {
	case timerData:
		c.dataTimeout()
	case timerLonely:
		c.end(errNoSubflow)
	}
}
