package mptcp

import (
	"time"

	"mpsim/cc"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/probe"
	"mpsim/sim/rare"
	"mpsim/sim/units"
)

// Points are the events a Conn reports.
type Points struct {
	Events     probe.Point[pathmgr.Event] // as the path manager has heard of them
	Ended      probe.Point[tcp.Ended]
	Delivered  probe.Point[tcp.Delivery]
	Subflows   probe.Point[*Subflow] // a subflow has become usable; the first one: the connection
	Sent       probe.Point[Sent]     // new data, or a redundant copy
	Reinjected probe.Point[Sent]
	Decided    probe.Point[Decided]
	Assigned   probe.Point[sched.Range] // new or again, to those of the decision before, or to the one that pulls
	Pulled     probe.Point[Sent]        // what a subflow takes without a decision, before it is assigned
	Blocked    probe.Point[Blocked]     // new data begins to be kept back, by something else than before, or no longer is

	Tag uint32 // of who observes many: tcp.Delivery has it
}

// Sent is a chunk handed to a subflow.
type Sent struct {
	Now     sim.Time
	Subflow int
	Pos     uint64 // position in the stream
	Len     int
	Copy    bool // another subflow has been given it, and the scheduler wants this one to carry it, too
}

// Decided is an answer of the scheduler, before it is carried out. The view is valid during the call only,
// and so are the indices of subflows in the decision and its reason: those of the view.
type Decided struct {
	View     *sched.View
	Decision sched.Decision
	Why      sched.Why
}

// Stats counts what a Conn did.
type Stats struct {
	Fallback        Cause  // why it is plain TCP; NoFallback while it is not
	Corrupted       uint64 // bytes delivered in a place where they do not belong, or changed on the way
	Rewritten       uint64 // the same after a fallback, where TCP could not tell either
	Unmapped        uint64 // bytes that came without a mapping
	BadChecksums    uint64
	BadHMACs        uint64
	Joins           int    // that this end began
	JoinsRefused    uint64 // that peers asked for
	AddAddrsSent    uint64
	AddAddrsGivenUp uint64
	Reinjected      uint64 // bytes sent on a second subflow because the first did not deliver
	Opportunistic   uint64 // of them, bytes that held up the window or the send buffer
	Penalised       uint64 // times a subflow had to yield because it did
	Copies          uint64 // bytes sent on a second subflow because the scheduler wanted copies
	Duplicates      uint64 // bytes that arrived again
	DataTimeouts    uint64
	SubflowsOpened  int
	SubflowsFailed  int
	EstablishedAt   sim.Time
	SecondSubflowAt sim.Time // 0: there was none
}

// condition is where a connection is in all that goes by stages. One comparison tells whether segments are
// usual ones: see predict.go.
type condition struct {
	keysKnown bool // the peer's key is known
	full      bool // the peer has shown that it knows ours
	heard     bool // a DSS has come
	checksum  bool // DSS checksums are used, both ways
	plain     bool // fallen back to TCP
	ended     bool
	outgoing  outbound
	incoming  inbound
}

// Conn is one end of an MPTCP connection. Positions count the bytes of a stream
// from 0: the byte at position p has the DSN IDSN+1+p, or less the bytes that
// came with the SYN, which have none (RFC 8684, appendix B.2).
type Conn struct {
	// Its fields lie by use: what most segments need fills the first lines of the cache, each of 64 bytes.
	condition
	pushing   bool
	changed   bool // the view is out of date as a whole
	blocked   bool // the workload waits for room
	stuck     bool // the window of the connection, or its send buffer, keeps new data back
	writing   bool // it is in Write
	repeating bool // a subflow repeats something for the timer
	queues    bool // the scheduler assigns beyond the windows
	ticks     bool // the scheduler leaves what is lost to Linux's timer

	// Sender, in positions.
	written, sndUna uint64
	sndNxt          uint64 // the first byte that is not assigned to a subflow
	sndEnd          uint64 // behind the last one that is
	wndEdge         uint64
	wndSize         units.Bytes

	eng    *sim.Engine
	cfg    *Config
	live   []*Subflow // usable ones, by ascending ID
	sched  sched.Scheduler
	ledger *ledger // of what is assigned; nil: all between sndUna and sndNxt, and nobody asks where

	// Receiver, in positions.
	rcvNxt, read, rcvEdge uint64
	edgeTold              uint64    // right edge that went out with a DATA_ACK
	ofo                   []arrival // by ascending position, from ofoHead on
	ofoHead               int

	dsn0, peerDSN0 uint64 // DSN of the byte at position 0: IDSN+1, less the data of a SYN
	buffer, window units.Bytes
	tune           *tcp.Autotune // of the window; nil: it is fixed
	workload       app.Workload
	arriving       *Subflow // whose data the workload is being told of

	reinject   []span    // to be reinjected, by ascending position
	milestones []uint64  // of AfterBytes, ascending
	looked     sched.Set // what has been renewed of the view in this push
	traits     sched.Traits
	kept       Block // what keeps new data back, as observers know
	begun      bool  // the workload runs
	client     bool
	peerWide   bool // the peer sends 8-byte DSNs
	shortens   bool // Protocol.ShortDSN or ShortDataAck
	sparse     bool // Protocol.Sparse
	tunesSend  bool // Config.SendTuning of TCP
	counted    bool // Protocol.Writes bounds how many writes a segment carries

	dataTimer sim.Timer
	view      sched.View
	decision  sched.Decision // the last one
	Points    Points
	Stats     Stats

	ask    sim.Timer // runs while the scheduler waits and no event is to come
	lonely sim.Timer // runs while there is no subflow

	// Few segments.
	writes       writeLog
	lastWrite    sched.Range
	reinjectedBy *Subflow // that has carried such bytes last; nil: none that lives
	dataShift    int
	interval     time.Duration // of dataTimer, if it is Linux's
	ofoBytes     units.Bytes
	tight        bool // the room at the back of ofo is not used: see rare.TightReorder
	finPos       uint64

	stack      *Stack
	paths      []*netem.Route
	ports      []uint16 // by path: the peer's port there if it has announced one, else 0
	barred     []bool   // by path: no subflow may be opened
	shortLives []int    // by path: subflows in a row that a reset without a reason has ended early
	port       uint16   // of the peer, on the initial subflow

	profile      Profile
	hash         wire.Hash
	key, peerKey uint64
	token        uint32 // ours: the peer's joins carry it
	offers       bool   // the client offers MPTCP
	offered      bool   // ... and has
	noJoins      bool   // the peer takes no joins at its initial address
	joined       bool   // there has been a second subflow
	infinite     bool   // plain, and the peer must be told by an infinite mapping
	failing      bool   // we have found a bad checksum, and say so until the peer knows
	infiniteFrom uint64 // position at which it starts
	infiniteEnd  uint64 // beyond which an acknowledgement shows that it has come
	failDSN      uint64
	suspectBelow uint64 // up to this position data may come again: a dead subflow has lost it, or this end thrown it away
	stale        uint64 // bytes of the infinite mapping that are still to come and have been delivered
	synData      uint64 // bytes that came with the peer's SYN

	attach   func() app.Workload
	subflows []*Subflow // by ID; closed ones stay
	group    cc.Group
	manager  pathmgr.Manager
	peers    []peerAddr // index: Address ID
	adverts  []*advert
	alarms   []*alarm
	local    []netem.Addr // that the application allows; nil: all
	leaving  []netem.Addr // that it has removed, while a subflow is opened to replace theirs
	abort    *abort       // while FASTCLOSE_WAIT lasts
	err      error        // why, if not in order
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
	timerAsk
)

// newConn returns nil if there is no unused token.
func newConn(s *Stack, cfg *Config, profile Profile, client bool) *Conn {
	if key, ok := s.newKey(cfg.Rand, profile.hash()); ok {
		return newConnWith(key, s, cfg, profile, client)
	}
	return nil
}

func newConnWith(key uint64, s *Stack, cfg *Config, profile Profile, client bool) *Conn {
	c := &Conn{
		stack: s, cfg: cfg, eng: s.host.Engine, client: client,
		sched: cfg.Scheduler(), manager: cfg.Manager(),
	}
	p := &cfg.Protocol
	c.checksum, c.shortens, c.sparse = p.Checksum == ChecksumWant, p.ShortDSN || p.ShortDataAck, p.Sparse
	c.tunesSend = cfg.TCP.SendTuning
	c.writes.most, c.counted = p.Writes, p.Writes > 0
	c.tune = tcp.NewAutotune(&cfg.TCP)
	c.tight = s.host.Network.Force.Has(rare.TightReorder)
	c.interval = linuxRTOMin
	c.buffer, c.window = cfg.TCP.InitialSendBuffer(), cfg.TCP.InitialReceiveBuffer()
	c.traits = sched.TraitsOf(c.sched)
	c.queues, c.ticks = c.traits.Has(sched.Queues), c.traits.Has(sched.Ticks)
	if c.traits&(sched.Queues|sched.Recalls|sched.Copies|sched.Reorders|sched.Penalises) != 0 || cfg.Protocol.Opportunistic || cfg.Protocol.Penalise {
		c.ledger = &ledger{aged: c.traits.Has(sched.Ages)}
	}
	c.use(profile, key)
	c.dataTimer.Init(c.eng, c, timerData)
	c.lonely.Init(c.eng, c, timerLonely)
	c.ask.Init(c.eng, c, timerAsk)
	s.host.Node.Switched.Observe(c.switched)
	return c
}

// use makes key the key of c, in the words of profile.
func (c *Conn) use(profile Profile, key uint64) {
	if c.token != 0 {
		delete(c.stack.tokens, c.token)
	}
	c.profile, c.hash = profile, profile.hash()
	c.key = key
	c.token, c.dsn0 = c.hash.Token(key), c.idsn(key)+1
	c.stack.tokens[c.token] = c
}

// idsn returns the initial DSN that a key stands for, or one that soon wraps.
func (c *Conn) idsn(key uint64) uint64 {
	n := c.hash.IDSN(key)
	f := c.stack.host.Network.Force
	if !f.Has(rare.DSNWrap) {
		return n
	}
	before := f.Before(rare.DSNWrap, key, 20_000)
	if before%2 == 0 {
		return -before
	}
	return n | (1<<32 - 1) - before
}

// Ended implements Connection.
func (c *Conn) Ended() (over bool, err error) { return c.ended, c.err }

// Client reports whether this end opened the connection.
func (c *Conn) Client() bool { return c.client }

// Subflows returns all subflows there have been, by ID.
func (c *Conn) Subflows() []*Subflow { return c.subflows }

// Write implements app.Stream.
func (c *Conn) Write(n units.Bytes) units.Bytes {
	if c.outgoing != outOpen || c.ended {
		return 0
	}
	// What is written can make the buffer grow. The rest goes in at once then: a workload that were told so,
	// in the middle of its Write, would write what it is writing again.
	c.writing = true
	written := units.Bytes(0)
	c.lastWrite = sched.Range{From: c.written, To: c.written + uint64(n)}
	for more := true; more; more = c.blocked && c.roomy() && !c.ended {
		room := max(c.buffer-units.Bytes(c.written-c.sndUna), 0)
		part := min(n-written, room)
		c.blocked = n-written > room
		if part == 0 {
			break
		}
		written += part
		c.written += uint64(part)
		c.writes.add(c.written)
		c.push()
	}
	c.writing = false
	c.tellBlocked()
	return written
}

// roomy reports whether the send buffer has so much room that a writer which waits for it is told.
func (c *Conn) roomy() bool { return units.Bytes(c.written-c.sndUna) <= c.buffer/2 }

// Read implements app.Stream.
func (c *Conn) Read(n units.Bytes) units.Bytes {
	n = min(n, units.Bytes(c.rcvNxt-c.read))
	c.read += uint64(n)
	if c.tune != nil && n > 0 {
		c.tuneReceive(n)
	}
	switch {
	case n == 0:
	case c.arriving != nil:
		c.opened(c.arriving)
	case len(c.live) > 0:
		c.opened(c.live[0])
	}
	return n
}

// opened lets sf tell the peer of the room that a read has made.
func (c *Conn) opened(sf *Subflow) {
	if c.plain {
		sf.e.WindowOpened(sf.e.Announced())
	} else {
		sf.e.WindowOpened(int64(c.edgeTold - c.rcvNxt))
	}
}

// tuneReceive lets the receive buffer follow what the application reads.
func (c *Conn) tuneReceive(n units.Bytes) {
	var rtt time.Duration
	for _, sf := range c.live {
		rtt = max(rtt, sf.e.ReceiverRTT())
	}
	if !c.tune.Read(c.eng.Now(), n, rtt) {
		return
	}
	c.window = c.tune.Size()
	for _, sf := range c.live {
		sf.e.SetReceiveBuffer(c.window)
	}
}

// tuneSend lets the send buffer follow the windows of the subflows.
func (c *Conn) tuneSend() {
	var n units.Bytes
	for _, sf := range c.live {
		n += sf.e.WantedSendBuffer()
	}
	c.buffer = max(c.buffer, min(n, c.cfg.TCP.SendBuffer))
}

// ReceiveBuffer returns the size of the receive buffer.
func (c *Conn) ReceiveBuffer() units.Bytes { return c.window }

// EOF implements app.Stream.
func (c *Conn) EOF() bool { return c.incoming == inFINRead && c.read == c.rcvNxt }

// CloseWrite implements app.Stream: a DATA_FIN follows the data (RFC 8684,
// section 3.3.3); a FIN after a fallback.
func (c *Conn) CloseWrite() {
	c.outgoing = max(c.outgoing, outClosing)
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

// HandleTimer implements sim.Handler.
func (c *Conn) HandleTimer(kind int) {
	switch kind {
	case timerData:
		c.dataTimeout()
	case timerLonely:
		c.end(errNoSubflow)
	case timerAsk:
		c.push()
	}
}
