package mptcp

import (
	"bytes"
	"fmt"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
)

// Cause says why a connection has become plain TCP (RFC 8684, section 3.7).
type Cause uint8

// The causes.
const (
	NoFallback  Cause = iota
	NotOffered        // this end did not offer MPTCP
	NoCapable         // the SYN/ACK came without a good MP_CAPABLE
	Blackhole         // SYNs that offered it went unanswered
	NoKeys            // the third packet, or the first data, came without the keys
	BadKeys           // ... with keys or flags that were tampered with
	Unconfirmed       // data was acknowledged without a DATA_ACK
	BadChecksum       // a mapping was changed on the way
	PeerFail          // the peer says so (MP_FAIL)
	Infinite          // the peer says so (infinite mapping)
	LateLoss          // the options vanished later
	NoMapping         // the first data came without a mapping

	Causes = iota // how many there are
)

var causes = []string{
	"", "not offered", "no MP_CAPABLE in the SYN/ACK", "SYNs with MP_CAPABLE unanswered", "no keys in the third packet",
	"keys tampered with", "data acknowledged without DATA_ACK", "bad checksum", "MP_FAIL from the peer",
	"infinite mapping from the peer", "mappings lost", "first data without a mapping",
}

// String says the cause in words; it is empty for NoFallback.
func (c Cause) String() string { return causes[c] }

// fallBack makes the connection plain TCP, for ever. A peer that still believes
// in MPTCP learns of it by an infinite mapping on the next data.
func (c *Conn) fallBack(why Cause) {
	if c.plain || c.ended {
		return
	}
	c.plain = true
	c.Stats.Fallback = why
	delete(c.stack.tokens, c.token)
	c.dataTimer.Stop()
	c.reinject = c.reinject[:0]
	sf := c.subflows[0]
	if len(c.live) > 0 {
		sf = c.live[0]
		sf.unqueue()
	}
	for _, s := range c.subflows {
		if s != sf && !s.gone {
			s.e.Abort(nil)
		}
	}
	c.sndEnd = c.sndNxt // all goes on this one, in order
	if c.ledger != nil {
		*c.ledger = ledger{aged: c.ledger.aged}
		c.ledger.assign(sched.Range{From: c.sndUna, To: c.sndNxt}, sched.One(0), c.eng.Now())
	}
	switch why {
	case Unconfirmed, BadChecksum, PeerFail, LateLoss:
		c.infinite, c.infiniteFrom, c.infiniteEnd = true, c.sndUna, c.sndNxt
	default:
		sf.e.UseMappings(0)
	}
	sf.overdue.Stop()
	held := sf.held
	sf.held, sf.maps, sf.unmapped = nil, nil, 0
	if c.joined {
		c.clearOfo() // it comes again, in the order of this subflow
	}
	for _, ch := range held {
		c.deliverPlain(sf, ch.Chunk) // and with it what waited for it alone
	}
	c.clearOfo()
	c.changed = true
}

// scattered reports whether there is no falling back to TCP (RFC 8684, section 3.7): because there
// are other subflows, or because the data in flight may not be contiguous. A join under way that the
// peer cannot use yet is no other subflow: it has carried nothing, and a reset ends it.
func (c *Conn) scattered() bool {
	for _, sf := range c.subflows {
		if !sf.gone && !sf.up && !sf.unused() {
			return true
		}
	}
	return !c.contiguous()
}

// unused reports whether the peer has nothing yet by which it could use the join sf.
func (sf *Subflow) unused() bool {
	return sf.joining && (sf.passive || sf.e.State() == tcp.SYNSent)
}

// contiguous reports whether the data that is to come on the only subflow that can carry any follows what
// has been delivered, and what is out on it follows what the peer has, byte by byte. It does not
// if what a subflow has lost that is gone goes out again, or what has been thrown away above
// a subflow, or if it has just repeated something.
func (c *Conn) contiguous() bool {
	if len(c.live) != 1 || len(c.ofo) > c.ofoHead || c.rcvNxt < c.suspectBelow || c.rcvNxt > 0 && c.live[0].behind == c.rcvNxt {
		return false
	}
	if !c.joined && c.Stats.Reinjected == 0 { // all has gone on this one, once
		return true
	}
	if len(c.reinject) > 0 {
		return false
	}
	next := c.left() - uint64(c.live[0].e.Outstanding())
	order := next <= c.sndUna
	c.live[0].e.EachOutstanding(func(ch tcp.Chunk) {
		order = order && ch.Pos == next
		next = ch.Pos + uint64(ch.Len)
	})
	return order
}

// stampPlain is Stamp after a fallback: nothing but what tells the peer. The infinite
// mapping starts with the last data known to be acknowledged at the data level,
// and takes nothing but the distance of DSN and SSN from there on.
func (sf *Subflow) stampPlain(s *wire.Segment) {
	c := sf.c
	switch {
	case s.Len > 0 && c.infinite:
		back := s.DSN - c.dsn0 - c.infiniteFrom
		s.DSS = wire.HasMap
		s.DSN, s.SSN, s.MapLen = s.DSN-back, s.SSN-uint32(back), 0
		if c.checksum {
			s.DSS |= wire.HasSum
			s.Sum = 0
		}
	case s.Len == 0 && c.failing && s.Opt == nil:
		s.Opt = &wire.Options{WScale: -1, Fail: &wire.Fail{DSN: c.failDSN}}
	}
}

// takePlain is Options after a fallback: what shows that the peer knows.
func (sf *Subflow) takePlain(s *wire.Segment) bool {
	if c := sf.c; c.failing && (s.DSS == 0 && s.Len > 0 || s.DSS&wire.HasMap != 0 && s.MapLen == 0 || s.Opt != nil && s.Opt.Fail != nil) {
		c.failing = false
	}
	return true
}

// left returns the position behind what has left on the only subflow: what waits in its queue comes next.
func (c *Conn) left() uint64 { return c.sndNxt - uint64(c.live[0].queued) }

// lookPlain takes the place of the data level after a fallback: the only
// subflow's ACKs free the buffer, and its window counts (RFC 8684, section 3.7).
func (c *Conn) lookPlain() {
	e := c.live[0].e
	c.sndUna = c.left() - uint64(e.Outstanding())
	c.wndEdge = c.left() + uint64(e.Room())
	if c.ledger != nil {
		c.ledger.acknowledged(c.sndUna)
	}
	if c.infinite && c.sndUna > c.infiniteEnd {
		c.infinite = false
		e.UseMappings(0)
	}
}

// takeBare acts on s, which has no MPTCP option: if it acknowledges data without a DATA_ACK, or has a FIN,
// the peer speaks TCP or its options do not survive. A FIN ends the stream of a peer that has fallen back,
// and ours would end our stream there, before all of it has come: an end that cannot fall back answers with a
// reset.
func (sf *Subflow) takeBare(s *wire.Segment) {
	c, fin := sf.c, s.Flags.Has(wire.FIN)
	switch {
	case !sf.confirmed && (sf.e.AcksData(s) || fin && !sf.join && !c.joined),
		c.cfg.Protocol.LateFallback && (fin || sf.e.AcksNew(s)) && c.mayFallLate():
		sf.unconfirmed()
	case fin && c.heard && c.outgoing != outFINAcked:
		sf.abort(sf.e, ReasonMiddlebox)
	}
}

// unconfirmed is called when the peer has acknowledged data without a DATA_ACK, before
// any has come on this subflow or, with late_fallback, later: its options do not
// survive the path (RFC 8684, section 3.7).
func (sf *Subflow) unconfirmed() {
	c := sf.c
	switch {
	case sf.join, c.joined, !c.contiguous():
		sf.lost = true
		sf.abort(sf.e, ReasonMiddlebox)
	case sf.confirmed:
		c.fallBack(LateLoss)
	default:
		c.fallBack(Unconfirmed)
	}
}

// deliverPlain takes data of a subflow that is plain TCP: it follows what has
// been delivered, whatever it is. What a peer that does not know yet has mapped to what was delivered
// is not new; neither is the start of an infinite mapping that reaches back.
func (c *Conn) deliverPlain(sf *Subflow, ch tcp.Chunk) {
	old := c.stale
	if pos := ch.DSN - c.peerDSN0; c.keysKnown && ch.DSN != 0 && ch.Mapped() && c.rcvNxt-pos < 1<<32 {
		old = c.rcvNxt - pos
	}
	if old > 0 {
		n := min(old, uint64(ch.Len))
		c.stale -= min(n, c.stale)
		c.Stats.Duplicates += n
		if ch = ch.Skip(int(n)); ch.Len == 0 {
			return
		}
	}
	if ch.Pos != c.rcvNxt || ch.Changed() != nil {
		c.Stats.Rewritten += c.altered(sf, c.rcvNxt, ch)
	}
	c.accept(sf, uint64(ch.Len))
}

// altered returns how many bytes of ch are not those that belong at pos. If no
// middlebox can have changed them, that is a defect of the simulator.
func (c *Conn) altered(sf *Subflow, pos uint64, ch tcp.Chunk) (n uint64) {
	if !c.stack.host.Network.Altered {
		panic(fmt.Sprintf("mptcp: at %v the mapping of subflow %d places byte %d of the stream at %d", c.eng.Now(), sf.ID, ch.Pos, pos))
	}
	got := ch.Changed()
	if got == nil {
		got = wire.AppendContent(nil, ch.Pos, ch.Len)
	}
	want := wire.AppendContent(nil, pos, ch.Len)
	if bytes.Equal(got, want) {
		return 0
	}
	for i := range got {
		if got[i] != want[i] {
			n++
		}
	}
	return n
}

// mayFallLate reports whether a lone subflow whose options vanish late makes the
// connection plain TCP. That is done at once, at the first bytes without mapping, at
// the first ACK of data without DATA_ACK, and at a FIN without any, which ends the stream of a peer that
// has fallen back: data sent again meanwhile would be taken for new.
func (c *Conn) mayFallLate() bool {
	return c.cfg.Protocol.LateFallback && !c.joined && c.Stats.Reinjected == 0 && !c.scattered()
}

// HandleTimer implements sim.Handler: bytes have waited for their mapping for too long,
// something on the path removes the options (RFC 8684, section 3.7).
func (sf *Subflow) HandleTimer(int) { sf.abort(sf.e, ReasonMiddlebox) }
