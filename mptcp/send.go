package mptcp

import (
	"math/bits"
	"slices"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// push sends all that the windows and the scheduler allow: first what must go
// out again, then copies, then new data.
func (c *Conn) push() {
	c.changed = true
	c.pushFor(nil)
}

// pushFor is push when nothing has changed for the scheduler since the last
// one but the state of sf.
func (c *Conn) pushFor(sf *Subflow) {
	if c.pushing || c.ended || len(c.live) == 0 {
		c.changed = true
		return
	}
	if c.plain {
		c.lookPlain()
	}
	if c.room() > 0 || len(c.again) > 0 || c.copier != nil {
		c.pushing = true
		c.look(sf)
		for c.pushAgain() || c.pushCopy() || c.pushNew() {
		}
		c.await()
		c.pushing = false
	} else {
		c.changed = true
	}
	c.pushFIN()
	if len(c.milestones) > 0 {
		c.checkMilestones()
	}
	if c.ended || len(c.live) == 0 {
		return
	}
	c.armDataTimer()
	c.awaitWindow()
	if c.blocked && c.cfg.TCP.SendTuning {
		c.tuneSend()
	}
	if c.blocked && !c.writing && c.workload != nil && c.roomy() {
		c.blocked = false
		c.workload.Writable()
	}
}

// look brings the snapshot for the scheduler up to date: that of sf alone if
// nothing else has changed. What a subflow can still copy changes with others.
func (c *Conn) look(sf *Subflow) {
	v := &c.view
	v.Now = c.eng.Now()
	if !c.changed && c.copier == nil {
		for i, s := range c.live {
			if s == sf {
				c.lookAt(i)
			}
		}
		return
	}
	c.changed = false
	v.Subflows = v.Subflows[:0]
	for range c.live {
		v.Subflows = append(v.Subflows, sched.Subflow{})
	}
	for i := range c.live {
		c.lookAt(i)
	}
}

// lookAt renews the snapshot of live subflow i.
func (c *Conn) lookAt(i int) {
	sf := c.live[i]
	f := &sf.e.Flow
	s := &c.view.Subflows[i]
	c.looked |= sched.One(i)
	s.ID = sf.ID
	s.MSS = f.MSS
	s.Cwnd = units.Bytes(f.Cwnd)
	s.InFlight = sf.e.Pipe()
	s.SRTT, s.RTTVar = f.SRTT, sf.e.RTT.RTTVar
	s.Pacing = f.Pacing
	s.Backup, s.Stale = sf.Backup, sf.failed
	c.renew(s, sf)
	s.Carried = false
	if c.copier != nil {
		s.Behind = units.Bytes(c.sndNxt - sf.carried())
	}
}

// renew brings up to date whether sf can send.
func (c *Conn) renew(s *sched.Subflow, sf *Subflow) {
	s.CanSend = false
	if sf.hold = sf.e.Hold(); sf.hold != tcp.Free || sf.failed {
		return
	}
	if s.CanSend = sf.e.Takes(sf.e.MSS()); !s.CanSend && c.takesLess(sf.e) {
		s.CanSend = true
		c.changed = true // it does not hold for more
	}
}

// await has the subflows that were looked at, and hold data back, wait for what they
// need.
func (c *Conn) await() {
	for ; c.looked != 0; c.looked &= c.looked - 1 {
		if sf := c.live[c.looked.First()]; sf.hold != tcp.Free && !sf.failed {
			sf.e.Await(sf.hold)
		}
	}
}

// carried returns the position up to which sf has carried all data, or need not.
func (sf *Subflow) carried() uint64 { return max(sf.copied, sf.c.sndUna) }

// takesLess reports whether the peer's window on e, which is smaller than a segment,
// takes all that there is to send: it may never open any further (RFC 9293, section
// 3.8.6.2.1).
func (c *Conn) takesLess(e *tcp.Endpoint) bool {
	n := c.room()
	if n == 0 || n >= uint64(e.MSS()) || len(c.again) > 0 || c.copier != nil {
		return false
	}
	return e.Takes(int(n))
}

// room returns how many bytes of new data the application has written and the
// peer's data-level window takes.
func (c *Conn) room() uint64 {
	end := min(c.written, c.wndEdge)
	if end <= c.sndNxt {
		return 0
	}
	return end - c.sndNxt
}

// pushNew sends one segment of new data and reports whether it did.
func (c *Conn) pushNew() bool {
	n := c.room()
	if n == 0 {
		return false
	}
	v := &c.view
	v.Unsent = units.Bytes(c.written - c.sndNxt)
	v.SendWindow = units.Bytes(c.wndEdge - c.sndNxt)
	set := c.sched.Next(v)
	if set == sched.Wait {
		if c.waiter != nil || c.sndUna == c.sndNxt {
			c.askLater()
		}
		return false
	}
	full := 65535
	for i := range c.live {
		if set.Has(i) {
			full = min(full, c.live[i].e.MSS())
		}
	}
	size := int(min(n, uint64(full)))
	if n < c.written-c.sndNxt && size < full && c.sndUna < c.sndNxt {
		return false // silly window: wait for room for a full segment
	}
	pos := c.sndNxt
	size = c.writes.cut(pos, size)
	c.sndNxt += uint64(size)
	first := true
	for i := range c.live {
		if set.Has(i) {
			c.send(i, pos, size, !first)
			first = false
		}
	}
	return true
}

// askLater has the scheduler, which waits although a subflow can send, asked again: when it
// says, and if nothing is on its way soon.
func (c *Conn) askLater() {
	now, at := c.eng.Now(), sim.Never
	if !slices.ContainsFunc(c.view.Subflows, func(s sched.Subflow) bool { return s.CanSend }) {
		return // what keeps them from sending will pass
	}
	if c.waiter != nil {
		if at = c.waiter.Until(&c.view); at <= now {
			at = sim.Never
		}
	}
	if c.sndUna == c.sndNxt {
		at = min(at, now.Add(sched.Patience))
	}
	if at != sim.Never {
		c.ask.Arm(at)
	}
}

// send hands the bytes [pos, pos+n) to live subflow i.
func (c *Conn) send(i int, pos uint64, n int, copied bool) {
	sf := c.live[i]
	switch {
	case copied:
		c.Stats.Copies += uint64(n)
	default:
		sf.Sent += uint64(n)
	}
	c.Points.Sent.Emit(Sent{c.eng.Now(), sf.ID, pos, n})
	c.carry(sf, pos, n)
	s := &c.view.Subflows[i]
	s.InFlight = sf.e.Pipe()
	c.renew(s, sf)
	c.looked |= sched.One(i)
	if c.copier != nil {
		c.lookAt(i)
	}
}

// carry makes sf transmit the bytes [pos, pos+n) under a mapping of their own.
func (c *Conn) carry(sf *Subflow, pos uint64, n int) {
	if sf.carried() == pos {
		sf.copied = pos + uint64(n)
	}
	sf.e.Send(tcp.Chunk{Len: n, DSN: c.dsn0 + pos, Pos: pos})
}

// pushCopy sends one segment that another subflow has carried already, if the
// scheduler wants copies.
func (c *Conn) pushCopy() bool {
	if c.copier == nil {
		return false
	}
	set := c.copier.Duplicate(&c.view)
	for i := range c.live {
		if set.Has(i) {
			sf := c.live[i]
			from := sf.carried()
			n := min(int(c.sndNxt-from), sf.e.MSS())
			c.send(i, from, n, true)
		}
	}
	return set != sched.Wait
}

// pushAgain sends one segment that must go out on another subflow.
func (c *Conn) pushAgain() bool {
	for len(c.again) > 0 && c.again[0].to <= max(c.sndUna, c.again[0].from) {
		c.again = append(c.again[:0], c.again[1:]...)
	}
	if len(c.again) == 0 {
		return false
	}
	g := &c.again[0]
	g.from = max(g.from, c.sndUna)
	v := &c.view
	for i := range c.live {
		v.Subflows[i].Carried = g.carried.Has(c.live[i].slot)
	}
	c.changed = true // the marks are of this range only
	set := c.chooseAgain()
	switch {
	case len(c.live) == 1 && v.Subflows[0].Carried && c.alone(g.from):
		return false
	case set == sched.Wait && c.dataShift > 1: // the others do not take it, or swallow it
		for i := range v.Subflows {
			v.Subflows[i].Carried = false
		}
		set = c.chooseAgain()
	}
	sent := false
	for i := range c.live {
		if !set.Has(i) {
			continue
		}
		sf := c.live[i]
		n := min(int(g.to-g.from), sf.e.MSS())
		c.Stats.Reinjected += uint64(n)
		sf.Reinjected += uint64(n)
		c.Points.Reinjected.Emit(Sent{c.eng.Now(), sf.ID, g.from, n})
		c.carry(sf, g.from, n)
		c.againBy = sf
		c.lookAt(i)
		g.from += uint64(n)
		sent = true
		break
	}
	return sent
}

// chooseAgain asks the scheduler by which subflow something shall go again.
func (c *Conn) chooseAgain() sched.Set {
	if c.reinject != nil {
		return c.reinject.Reinject(&c.view)
	}
	return sched.DefaultReinject(&c.view)
}

// reinjectAll queues all that sf has carried and the peer has not acknowledged
// at the data level.
func (sf *Subflow) reinjectAll() {
	sf.e.EachOutstanding(func(ch tcp.Chunk) {
		sf.c.queueAgain(ch.Pos, ch.Pos+uint64(ch.Len), sf)
	})
}

// freeSlot returns a slot that no live subflow has. There is one: a connection has no
// more than pathmgr.MaxSubflows at a time, while IDs count all that there have been.
func (c *Conn) freeSlot() int {
	var taken sched.Set
	for _, sf := range c.live {
		taken |= sched.One(sf.slot)
	}
	return bits.TrailingZeros64(^uint64(taken))
}

// mark returns the set of sf alone; that of none if it is nil or carries nothing any more.
func (sf *Subflow) mark() sched.Set {
	if sf == nil || !sf.up {
		return 0
	}
	return sched.One(sf.slot)
}

// forget takes sf, which is no longer live, out of all marks: its slot is free.
func (c *Conn) forget(sf *Subflow) {
	for i := range c.again {
		c.again[i].carried &^= sched.One(sf.slot)
	}
	if c.againBy == sf {
		c.againBy = nil
	}
}

// queueAgain adds [from, to), which the subflow by has carried, to what must go
// out again; nil is none. What is queued already only gets the mark.
func (c *Conn) queueAgain(from, to uint64, by *Subflow) {
	from = max(from, c.sndUna)
	if from >= to {
		return
	}
	bit := by.mark()
	i := len(c.again)
	for i > 0 && c.again[i-1].from >= from {
		i--
	}
	if i < len(c.again) && c.again[i].from < to {
		c.again[i].carried |= bit
		to = c.again[i].from
	}
	if i > 0 && c.again[i-1].to > from {
		c.again[i-1].carried |= bit
		from = c.again[i-1].to
	}
	if from >= to {
		return
	}
	if i > 0 && c.again[i-1].to == from && c.again[i-1].carried == bit {
		c.again[i-1].to = to
		return
	}
	c.again = append(c.again, span{})
	copy(c.again[i+1:], c.again[i:])
	c.again[i] = span{from, to, bit}
}

// regularUp reports whether a subflow that is no backup is up: backups then carry nothing
// new (RFC 8684, section 3.3.8).
func (c *Conn) regularUp() bool {
	return slices.ContainsFunc(c.live, func(sf *Subflow) bool { return !sf.Backup && !sf.failed })
}

// Pull implements tcp.Owner.
func (sf *Subflow) Pull(e *tcp.Endpoint, most int) (tcp.Chunk, bool) {
	c := sf.c
	if !sf.up || sf.failed || c.ended || sf.Backup && c.regularUp() {
		return tcp.Chunk{}, false
	}
	pos, copied := c.sndNxt, false
	n := min(uint64(most), c.room())
	if c.copier != nil {
		if from := sf.carried(); from < c.sndNxt {
			pos, copied = from, true
			n = min(uint64(most), c.sndNxt-pos)
		}
	}
	if n == 0 {
		return tcp.Chunk{}, false
	}
	if copied {
		c.Stats.Copies += n
	} else {
		n = uint64(c.writes.cut(pos, int(n)))
		c.sndNxt += n
		sf.Sent += n
	}
	if sf.carried() == pos {
		sf.copied = pos + n
	}
	c.Points.Sent.Emit(Sent{c.eng.Now(), sf.ID, pos, int(n)})
	return tcp.Chunk{Len: int(n), DSN: c.dsn0 + pos, Pos: pos}, true
}

// takeDataAck moves the left edge to ack and the right one to at least
// ack+window (RFC 8684, sections 3.3.2 and 3.3.5).
func (c *Conn) takeDataAck(ack, window uint64) {
	end := c.sndNxt
	if c.finSent {
		end++
	}
	if ack > end {
		return // of something never sent
	}
	c.wndEdge = max(c.wndEdge, ack+window)
	if c.finSent && ack == end && !c.finAcked {
		c.finAcked = true
		ack--
		c.sndUna = max(c.sndUna, ack)
		c.dataTimer.Stop()
		c.finish()
		return
	}
	if ack > c.sndUna {
		c.sndUna = min(ack, c.sndNxt)
		c.dataShift = 0
		c.dataTimer.Stop()
	}
}

// armDataTimer runs the data-level timer while anything is not acknowledged at
// the data level.
func (c *Conn) armDataTimer() {
	if c.dataTimer.Armed() || c.ended || c.plain {
		return
	}
	if c.sndUna < c.sndNxt || c.finSent && !c.finAcked {
		c.dataTimer.ArmAfter(c.dataRTO())
	}
}

// dataRTO is twice the longest RTO of the subflows, backed off: subflows get
// the time to repair their own losses. One that has timed out counts only if all
// have: its RTO grows with each timeout, and the others must not wait for it.
func (c *Conn) dataRTO() time.Duration {
	rto, slow, timely := 200*time.Millisecond, time.Duration(0), false
	for _, sf := range c.live {
		if r := &sf.e.RTT; r.BackedOff() {
			slow = max(slow, r.RTO())
		} else {
			rto, timely = max(rto, r.RTO()), true
		}
	}
	if !timely {
		rto = max(rto, slow)
	}
	return min(2*rto<<min(c.dataShift, 10), c.cfg.TCP.RTOMax)
}

// dataTimeout sends the first byte range that is not acknowledged at the data
// level again (RFC 8684, section 3.3.6).
func (c *Conn) dataTimeout() {
	if len(c.live) == 0 || c.plain {
		return
	}
	c.Stats.DataTimeouts++
	if c.dataShift++; c.dataShift > c.cfg.TCP.Retries { // the peer's TCP lives, or has nothing to answer
		c.end(tcp.ErrTimeout)
		return
	}
	if c.sndUna < c.sndNxt {
		by, to := c.carrier(c.sndUna)
		if by == nil && c.dataShift > 1 { // in vain on the one that was chosen last
			by = c.againBy
		}
		c.queueAgain(c.sndUna, to, by)
	} else if c.finSent && !c.finAcked {
		c.sendDataFIN()
	}
	c.armDataTimer()
	c.push()
}

// alone reports whether the only subflow has the byte at pos on its way: it repeats that itself, and
// a copy behind the rest would only break the order that a fallback needs.
func (c *Conn) alone(pos uint64) bool {
	if len(c.live) != 1 {
		return false
	}
	by, _ := c.carrier(pos)
	return by != nil
}

// carrier returns the subflow that has the byte at pos outstanding or nil, and the end
// of a segment from there. If none has, a subflow has acknowledged what its
// connection does not have: then all up to the next byte on its way goes out
// again, as far as a burst goes.
func (c *Conn) carrier(pos uint64) (by *Subflow, to uint64) {
	to = min(pos+maxReplay, c.sndNxt)
	for _, sf := range c.live {
		sf.e.EachOutstanding(func(ch tcp.Chunk) {
			switch {
			case ch.Pos <= pos && pos < ch.Pos+uint64(ch.Len):
				by, to = sf, min(pos+uint64(sf.e.MSS()), c.sndNxt)
			case ch.Pos > pos && by == nil:
				to = min(to, ch.Pos)
			}
		})
	}
	return by, to
}

// maxReplay is how much goes out again at a data-level timeout.
const maxReplay = 64 << 10

// awaitWindow has a subflow probe a peer whose window is closed while nothing
// is on its way that would bring news.
func (c *Conn) awaitWindow() {
	if c.sndNxt < c.written && c.wndEdge < c.sndNxt+uint64(c.live[0].e.MSS()) && c.sndUna == c.sndNxt {
		c.live[0].e.AwaitWindow()
	}
}
