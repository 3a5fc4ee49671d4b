package mptcp

import (
	"errors"
	"slices"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// life is how far a subflow has come.
type life struct {
	joining bool // the handshake of the join is not over
	up      bool // usable for data
	failed  bool // stale: timed out, and nothing has come since
	probing bool // after REMOVE_ADDR, until it answers
	gone    bool
}

// Subflow is one TCP subflow of a connection: the Owner of its endpoint.
type Subflow struct {
	c *Conn
	e *tcp.Endpoint
	life
	join      bool
	passive   bool
	confirmed bool     // a DATA_ACK has come on it
	hold      tcp.Hold // what kept data back when sf was looked at last
	// Backup is the B flag in either direction (RFC 8684, section 3.3.8).
	Backup   bool
	cameAt   sim.Time // a segment has come
	ackTold  uint64   // last DATA_ACK sent; 0: none, or the peer seems to lack it
	edgeTold uint64
	waiting  []*wire.Options // signals that wait for an ACK to travel with, by urgency

	ID   int
	Path int // index into the paths of this end; -1: none of them
	// Sent counts the bytes of new data that the scheduler gave this subflow.
	Sent    uint64
	held    []piece  // bytes that wait for their mapping or for the rest of it
	heardAt sim.Time // data or a DATA_ACK has come
	behind  uint64   // c.rcvNxt when it brought last what had been delivered; 0: never

	preference Preference
	tellAt     uint32 // timestamp of the first DATA_ACK of data; 0: none has gone
	told       bool   // the peer has echoed a later one: a DATA_ACK has come to it

	alone     cc.Group    // while it is not among those that carry data
	since     sim.Time    // it is up
	timeouts  int         // in a row
	probeEnd  sim.Time    // until when it is probed; one probe a time is enough
	peerReset *wire.Reset // of the peer's
	why       uint8       // reason of our reset
	lost      bool        // what it has acknowledged may have been thrown away
	peerID    uint8       // Address ID of the other end
	run       signalRun

	maps     []mapping // of bytes not delivered yet, by ascending SSN
	unmapped int       // of the bytes held, without a mapping
	overdue  sim.Timer // while there are any

	known uint64 // position up to which the peer had acknowledged when the answer to its join was made
	nonce uint32
	peer  uint32 // the peer's nonce

	// Reinjected counts the bytes it carried because another did not deliver them.
	Reinjected uint64
	queue      []queued    // assigned and not sent yet
	queued     units.Bytes // in it
	buffer     units.Bytes // that bounds it: it grows with the window
	yielded    sim.Time    // until then nobody is penalised for it
	silent     int         // expiries of the timer of the connection since cameAt, about: see countSilent
	silentAt   sim.Time    // cameAt when silent began to count
	resend     sched.Range // what it sends again, for that timer
}

var _ tcp.FastOpener = (*Subflow)(nil)

func (c *Conn) newSubflow(path int) *Subflow {
	sf := &Subflow{ID: len(c.subflows), Path: path, c: c}
	sf.overdue.Init(c.eng, sf, 0)
	c.subflows = append(c.subflows, sf)
	c.Stats.SubflowsOpened++
	return sf
}

func (sf *Subflow) useController() {
	sf.alone.Flows = []*cc.Flow{&sf.e.Flow}
	sf.e.SetController(sf.c.cfg.Controller(), &sf.alone)
}

// Endpoint returns the TCP endpoint of sf.
func (sf *Subflow) Endpoint() *tcp.Endpoint { return sf.e }

// Up reports whether sf can carry data.
func (sf *Subflow) Up() bool { return sf.up }

// Established implements tcp.Owner.
func (sf *Subflow) Established(*tcp.Endpoint) {
	switch {
	case sf.passive && !sf.join && sf.c.synData > 0: // a fast open: the answer need not wait for the third packet
		sf.c.begin(sf)
	case sf.passive: // the third packet decides
	case sf.join: // the fourth does
	default:
		sf.c.begin(sf)
	}
}

// use makes sf carry data from now on.
func (sf *Subflow) use() {
	c := sf.c
	sf.up, sf.joining = true, false
	sf.since = c.eng.Now()
	if c.traits.Has(sched.Ages) {
		sf.e.Points.Acked.Observe(func(ch tcp.Chunk) {
			if c.ledger != nil {
				c.ledger.delivered(sched.Range{From: ch.Pos, To: ch.Pos + uint64(ch.Len)})
			}
		})
	}
	if c.cfg.Prefer != nil {
		sf.preference = c.cfg.Prefer(sf.e.Route())
	}
	c.live = append(c.live, sf)
	c.changed = true
	c.group.Flows = append(c.group.Flows, &sf.e.Flow)
	sf.e.Flow.Group = &c.group
	sf.e.Flow.ID = sf.ID
	sf.e.Flow.Backup = sf.Backup
	c.lonely.Stop()
	if sf.join && !c.joined {
		c.joined = true
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
	sf.unqueue()
	i := slices.Index(c.live, sf)
	c.forget(i)
	sf.up = false
	c.changed = true
	c.live = slices.Delete(c.live, i, i+1)
	c.group.Flows = slices.DeleteFunc(c.group.Flows, func(f *cc.Flow) bool { return f == &sf.e.Flow })
	sf.e.Flow.Group = &sf.alone // ACKs and timeouts of what it has sent are still to come
	sf.reinjectAll()
	sf.bequeath()
}

// Stamp implements tcp.Owner: every segment of an established connection
// carries a DATA_ACK, and data its mapping.
func (sf *Subflow) Stamp(_ *tcp.Endpoint, s *wire.Segment) units.Bytes {
	c := sf.c
	if s.Len > 0 && sf.e.MappingRoom() > 0 && !s.Flags.Has(wire.SYN) {
		sf.mapData(s)
	}
	if c.condition == usual && sf.life == usualSubflow && s.Flags == wire.ACK && s.Opt == nil {
		c.rcvEdge = c.edge()
		sf.stampDSS(s)
		return c.vacant()
	}
	if !s.Flags.Has(wire.RST) {
		c.rcvEdge = c.edge() // which the window of s offers
	}
	switch {
	case s.Flags.Has(wire.RST):
	case s.Flags.Has(wire.SYN):
		sf.stampSYN(s)
	case sf.joining:
		s.Opt = sf.proof()
	case c.plain:
		sf.stampPlain(s)
	case !c.full && c.client && !sf.join:
		sf.stampKeys(s)
	case c.keysKnown:
		sf.stampDSS(s)
	case c.checksum && s.DSS&wire.HasMap != 0: // the answer to a fast open, before the third packet
		s.DSS |= wire.HasSum
		s.Sum = sf.sum(s)
	}
	return c.vacant()
}

// mapData gives the data of s its mapping: of this segment alone.
func (sf *Subflow) mapData(s *wire.Segment) {
	s.DSS |= wire.HasMap
	s.DSN, s.SSN, s.MapLen = sf.c.dsn0+s.Pos, sf.e.SentSSN(s), s.Len
}

// stampDSS sets the DSS of a segment, unless an option that takes all the room
// goes alone. A mapping has priority over the signals that wait, which need a pure ACK, and a DATA_ACK
// over those that do not fit beside it; SACK blocks get what is left (RFC 8684, appendix A).
func (sf *Subflow) stampDSS(s *wire.Segment) {
	c := sf.c
	if o := s.Opt; o != nil && (o.Join != nil || o.AddAddr != nil || o.FastClose != nil) {
		return
	}
	ack, edge := c.dataAck(), c.edge()
	if s.DSS != 0 || ack != sf.ackTold || edge != sf.edgeTold || !c.sparse || !sf.told || sf.e.Repeats() || s.Flags.Has(wire.FIN) {
		s.DSS |= wire.HasDataAck
		s.DataAck = ack
		sf.ackTold, sf.edgeTold = ack, edge
		c.edgeTold = edge
		if sf.tellAt == 0 && s.HasTS && sf.e.NextSSN() > 1 {
			sf.tellAt = s.TSVal
		}
	}
	if s.DSS&wire.HasMap != 0 && (c.outgoing >= outClosing || c.checksum) {
		if s.Len > 0 {
			c.stampFIN(s)
		}
		if c.checksum {
			s.DSS |= wire.HasSum
			s.Sum = sf.sum(s)
		}
	}
	if c.shortens {
		sf.shorten(s)
	}
	if len(sf.waiting) > 0 && s.Opt == nil && s.Len == 0 {
		sf.stampWaiting(s)
	}
}

// spare learns from s what Protocol.Sparse may leave out. A sender that sees data acknowledged
// without a DATA_ACK takes the path for one that removes options (RFC 8684, section 3.7), so
// that all ACKs have one until a timestamp shows that one has come; and what comes again shows that the
// last may be lost.
func (sf *Subflow) spare(s *wire.Segment) {
	sf.told = sf.told || sf.tellAt != 0 && s.HasTS && seqnum.Before(sf.tellAt, s.TSEcr)
	if s.Len > 0 && seqnum.Before(sf.e.SSN(s), sf.e.NextSSN()) || s.DSS.Has(wire.DataFIN) {
		sf.ackTold = 0
	}
}

// edge returns the right edge of the receive window; it never moves left.
func (c *Conn) edge() uint64 { return max(c.rcvEdge, c.read+uint64(c.window)) }

// wideRate is the rate at which DSNs of 32 bits wrap within one maximum segment
// lifetime of 120 s, in bytes/s (RFC 8684, section 3.3.1).
const wideRate = (1 << 32) / 120

// short reports which numbers go in 4 bytes: DSNs where that is safe, DATA_ACKs until the peer
// has sent an 8-byte DSN, which wants 8 bytes back.
func (c *Conn) short() (dsn, ack bool) {
	p := &c.cfg.Protocol
	if p.ShortDSN {
		rate := 0.0
		for _, l := range c.live {
			rate += l.e.Flow.Rate()
		}
		dsn = rate <= wideRate
	}
	return dsn, !c.peerWide && (dsn || p.ShortDataAck)
}

// dssRoom returns the bytes of options that each data segment has for its mapping.
func (c *Conn) dssRoom() int { return c.roomOf(c.short()) }

// roomOf is dssRoom for numbers of these sizes. The first data of a client has the keys in
// place of a mapping.
func (c *Conn) roomOf(dsn, ack bool) int {
	room := wideRoom
	if dsn {
		room -= 4
	}
	if ack {
		room -= 4
	}
	if c.client && !c.full && c.profile != V0 {
		return max(room, keysRoom)
	}
	return room
}

const (
	wideRoom = 28 // a DSS with 8-byte numbers and, maybe, a checksum
	keysRoom = 24 // an MP_CAPABLE with both keys, the length of data and, maybe, a checksum
)

// shorten leaves the upper halves of sequence numbers away where short says so, and where a
// segment that was cut for them has no room for more.
func (sf *Subflow) shorten(s *wire.Segment) {
	c := sf.c
	dsn, ack := false, !c.peerWide // as short, where DSNs are long
	if c.cfg.Protocol.ShortDSN {
		dsn, ack = c.short()
	}
	if room := c.roomOf(dsn, ack); room != sf.e.MappingRoom() {
		sf.e.UseMappings(room)
	}
	if s.Len > 0 {
		left := sf.e.RoomBeside(int(s.Len))
		ack = ack || left < wideRoom
		dsn = dsn || left < wideRoom-4
	}
	if dsn && s.DSS&wire.HasMap != 0 {
		s.DSS |= wire.DSN32
		s.DSN = uint64(uint32(s.DSN))
	}
	if ack && s.DSS&wire.HasDataAck != 0 {
		s.DSS |= wire.Ack32
		s.DataAck = uint64(uint32(s.DataAck))
	}
}

// Window implements tcp.Owner: the buffer that all subflows share (RFC 8684,
// section 3.3.4).
func (sf *Subflow) Window(*tcp.Endpoint) units.Bytes { return sf.c.vacant() }

// vacant returns the room of the receive buffer beside what waits there for the application.
func (c *Conn) vacant() units.Bytes { return max(c.window-units.Bytes(c.rcvNxt-c.read), 0) }

// Ready implements tcp.Owner.
func (sf *Subflow) Ready(*tcp.Endpoint) {
	if c := sf.c; !c.idle() {
		c.pushFor(sf)
	} else {
		c.changed = true
	}
}

// heard is called when something has come on sf that was awaited.
func (sf *Subflow) heard() {
	if sf.failed {
		sf.recovered()
	}
	if sf.probing {
		sf.alive()
	}
	if len(sf.waiting) > 0 {
		sf.sendWaiting()
	}
}

// Options implements tcp.Owner.
func (sf *Subflow) Options(e *tcp.Endpoint, s *wire.Segment) bool {
	if e != sf.e { // of an attempt that was given up
		return false
	}
	if !sf.takeHandshake(e, s) {
		return false
	}
	if sf.failed || sf.probing || len(sf.waiting) > 0 {
		sf.heard()
	}
	c := sf.c
	sf.cameAt = c.eng.Now()
	if c.plain {
		return sf.takePlain(s)
	}
	if s.Opt != nil {
		sf.takeSignals(s)
	}
	if s.Flags.Has(wire.RST) { // it says nothing about data
		return true
	}
	if c.ended && s.DSS.Has(wire.HasMap|wire.DataFIN) {
		e.SendAck(nil) // our DATA_ACK of it was lost
	}
	if !c.keysKnown || c.ended || e.State() == tcp.Closed {
		return e.State() != tcp.Closed
	}
	if c.sparse {
		sf.spare(s)
	}
	if s.DSS != 0 {
		sf.takeDSS(s)
	} else if (s.Opt == nil || !s.Opt.MPTCP()) && s.Flags.Has(wire.ACK) {
		sf.takeBare(s)
	}
	return e.State() != tcp.Closed
}

// SetBackup changes the B flag and tells the peer (MP_PRIO, RFC 8684, section
// 3.3.8). As with Linux it then binds both ends, unless StrictBackup leaves this
// one free.
func (sf *Subflow) SetBackup(backup bool) {
	c := sf.c
	if !c.cfg.Protocol.StrictBackup || !sf.up {
		sf.Backup = backup
	}
	if sf.up {
		sf.e.Flow.Backup = sf.Backup
		sf.signal(&wire.Options{WScale: -1, Prio: &wire.Prio{Backup: backup}})
		c.push()
	}
}

// TimedOut implements tcp.Owner: after some timeouts in a row the subflow is
// stale, and what it carried goes out on the others.
func (sf *Subflow) TimedOut(*tcp.Endpoint) {
	c := sf.c
	if c.plain || c.ticks {
		return
	}
	if sf.timeouts++; sf.timeouts < c.cfg.Protocol.StaleAfter {
		return
	}
	sf.becomeStale()
	sf.reinjectAll()
	c.push()
}

// becomeStale takes sf out of use until something comes on it.
func (sf *Subflow) becomeStale() {
	if !sf.failed {
		sf.failed = true
		sf.c.notify(pathmgr.Event{Kind: pathmgr.Stale, Subflow: sf.ID, Path: sf.Path})
	}
}

// recovered is called when something has come on a stale subflow. What it must
// still repeat although others have delivered it can be too much (RFC 8041, section 2.2).
func (sf *Subflow) recovered() {
	c := sf.c
	sf.failed, sf.timeouts = false, 0
	if sf.gone || !sf.up {
		return
	}
	if most := c.cfg.Protocol.TooMuch; most > 0 && sf.stragglers() >= most && len(c.live) > 1 {
		sf.abort(sf.e, ReasonOutstanding)
		return
	}
	c.changed = true
	c.notify(pathmgr.Event{Kind: pathmgr.Recovered, Subflow: sf.ID, Path: sf.Path})
}

// stragglers returns the bytes outstanding on sf that the peer has already
// acknowledged at the data level.
func (sf *Subflow) stragglers() (n units.Bytes) {
	sf.e.EachOutstanding(func(ch tcp.Chunk) {
		if ch.Pos+uint64(ch.Len) <= sf.c.sndUna {
			n += units.Bytes(ch.Len)
		}
	})
	return n
}

// PeerClosed implements tcp.Owner: the peer's FIN closes this subflow alone, but
// after a fallback its stream. A peer that has closed before it sent any DSS speaks TCP.
func (sf *Subflow) PeerClosed(e *tcp.Endpoint) {
	c := sf.c
	if !c.heard && !c.joined {
		c.fallBack(Unconfirmed)
	}
	if !c.plain {
		e.Close()
		return
	}
	c.incoming, c.finPos = inFINRead, c.rcvNxt
	if c.workload != nil {
		c.workload.Readable()
	}
}

// Closed implements tcp.Owner.
func (sf *Subflow) Closed(e *tcp.Endpoint, err error) {
	c := sf.c
	if sf.gone || e != sf.e {
		return
	}
	sf.gone = true
	sf.overdue.Release()
	wasUp := sf.up
	sf.leave()
	if c.abort != nil {
		c.abortAnswered(sf)
	}
	if c.ended {
		return
	}
	if sf.lost && wasUp {
		c.replay()
	}
	if err != nil {
		c.Stats.SubflowsFailed++
		c.suspectBelow = c.rcvEdge
	}
	if c.plain && len(c.live) > 0 { // it was not the one that went on as TCP
		return
	}
	if c.plain || !c.full && len(control{c}.Subflows()) == 0 { // nobody can open another
		c.end(err)
		return
	}
	c.barAfter(sf, err, wasUp)
	c.notify(sf.down(err))
	if len(c.live) == 0 && !c.ended && !c.lonely.Armed() { // a join that fails gives no more time
		c.lonely.ArmAfter(c.cfg.Protocol.CloseTimeout)
	}
	c.push()
}

// down is the event that sf is no more.
func (sf *Subflow) down(err error) pathmgr.Event {
	e := pathmgr.Event{Kind: pathmgr.SubflowDown, Subflow: sf.ID, Path: sf.Path, Err: err, Reason: sf.why}
	if sf.peerReset != nil {
		e.Reset, e.Transient, e.Reason = true, sf.peerReset.Transient, sf.peerReset.Reason
	} else if sf.why == ReasonOutstanding {
		e.Reset, e.Transient = true, true
	}
	return e
}

// Resets without a reason, as those of version 0 and of middleboxes, bar a path if maxShortLives subflows on
// it have ended so, one after another, and none has lived for longLife: what lies there would end the next
// one as well.
const (
	maxShortLives = 3
	longLife      = 10 * time.Second
)

// barAfter notes whether the path of sf, which has ended, may be tried again: not if a join was refused or
// failed its proofs (RFC 8684, section 3.9.3), where a middlebox interferes, nor after a reset without the
// flag T (section 3.6), or again and again without a reason. A join that merely timed out bars nothing,
// because outages pass.
func (c *Conn) barAfter(sf *Subflow, err error, wasUp bool) {
	if sf.Path < 0 || err == nil || errors.Is(err, tcp.ErrTimeout) {
		return
	}
	if c.eng.Now().Sub(sf.since) >= longLife {
		c.shortLives[sf.Path] = 0
	}
	switch r := sf.peerReset; {
	case sf.why == 0 && errors.Is(err, tcp.ErrAborted): // this end wanted no more of it
	case r != nil:
		c.barred[sf.Path] = !r.Transient
	case sf.join && !wasUp, sf.why == ReasonMiddlebox:
		c.barred[sf.Path] = true
	case errors.Is(err, tcp.ErrReset):
		c.shortLives[sf.Path]++
		c.barred[sf.Path] = c.barred[sf.Path] || c.shortLives[sf.Path] >= maxShortLives
	}
}
