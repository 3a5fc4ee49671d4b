package mptcp

import (
	"fmt"
	"math/bits"
	"slices"

	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// push sends all that the windows and the scheduler allow: first what must go out again, then new data, then
// what holds up the rest, then copies.
func (c *Conn) push() {
	c.changed = true
	c.pushFor(nil)
}

// pushFor is push when nothing has changed for the scheduler since the last one but the state of sf.
func (c *Conn) pushFor(sf *Subflow) {
	if c.pushing || c.ended || len(c.live) == 0 {
		c.changed = true
		return
	}
	if c.plain {
		c.lookPlain()
	}
	if c.room() > 0 || len(c.reinject) > 0 || c.ledger != nil || c.repeating {
		c.pushing = true
		c.look(sf)
		if c.repeating {
			c.repeatHeads()
		}
		if c.queues {
			for len(c.reinject) > 0 && c.pushReinject() { // ahead of what waits for its subflow
			}
			c.flushAll()
		}
		for n := 0; c.step(); n++ {
			if n == mostDecisions {
				panic(c.fault(&sched.Decision{}, "decides for ever"))
			}
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
	if c.blocked && c.tunesSend {
		c.tuneSend()
	}
	if c.blocked && !c.writing && c.workload != nil && c.roomy() {
		c.blocked = false
		c.workload.Writable()
	}
	c.tellBlocked()
}

// mostDecisions is how many decisions an event may have. Each sends a segment or takes a queue back: a send
// buffer of 4 GiB has fewer segments.
const mostDecisions = 1 << 22

// await has the subflows that were looked at, and hold data back, wait for what they need.
func (c *Conn) await() {
	for ; c.looked != 0; c.looked &= c.looked - 1 {
		if sf := c.live[bits.TrailingZeros64(uint64(c.looked))]; sf.hold != tcp.Free && !sf.failed {
			sf.e.Await(sf.hold)
		}
	}
}

// room returns how many bytes the application has written that are not assigned, and the peer's data-level
// window takes, in a row.
func (c *Conn) room() uint64 {
	end := min(c.written, c.wndEdge)
	if end <= c.sndNxt {
		return 0
	}
	if c.sndEnd > c.sndNxt {
		end = min(end, c.ledger.gap(c.sndNxt).To)
	}
	return end - c.sndNxt
}

// step asks the scheduler once, or twice if it leaves what must go again for later. It reports whether
// anything was done.
func (c *Conn) step() bool {
	if len(c.reinject) > 0 && c.pushReinject() {
		return true
	}
	if n := c.room(); n > 0 && !c.silly(n) {
		c.stuck = false
		if c.ticks {
			c.setInterval()
		}
		return c.pushNew(sched.Range{From: c.sndNxt, To: c.sndNxt + n})
	}
	return c.ledger != nil && (c.pushBlocked() || c.pushSpare())
}

// silly reports whether n bytes of new data are silly for all subflows.
func (c *Conn) silly(n uint64) bool {
	if n >= longest {
		return false
	}
	for _, sf := range c.live {
		if !c.sillyFor(units.Bytes(n), units.Bytes(sf.e.MSS()), c.sndNxt) {
			return false
		}
	}
	return true
}

// decide has the scheduler decide about hand. The answer holds until the next one: a copy would cost more
// than it.
func (c *Conn) decide(job sched.Job, hand sched.Range) *sched.Decision {
	v := &c.view
	v.Job, v.Hand = job, hand
	v.Unsent = units.Bytes(c.written - c.sndNxt)
	if c.ledger != nil {
		c.lend(hand)
	}
	if c.Points.Decided.Enabled() {
		c.decision = c.decideAloud()
	} else {
		c.decision = c.sched.Next(v)
	}
	return &c.decision
}

// decideAloud has the scheduler give its reason, and reports the decision.
func (c *Conn) decideAloud() sched.Decision {
	var why sched.Why
	c.view.Reason = &why
	d := c.sched.Next(&c.view)
	c.view.Reason = nil
	c.Points.Decided.Emit(Decided{&c.view, d, why})
	return d
}

// lend lets the scheduler look into the ledger.
func (c *Conn) lend(hand sched.Range) {
	v := &c.view
	v.Pieces = c.ledger.pieces()
	for i := len(v.Pieces) - 1; i >= 0 && v.Pieces[i].From > c.sndNxt; i-- {
		v.Unsent -= v.Pieces[i].Len()
	}
	v.Message = sched.Range{}
	if c.lastWrite.From <= hand.From && hand.From < c.lastWrite.To {
		v.Message = c.lastWrite
	}
}

// able reports whether the scheduler can do anything but wait.
func (c *Conn) able() bool {
	for i := range c.view.Subflows {
		s := &c.view.Subflows[i]
		if s.Limit == sched.Free || s.Room > 0 && queueable(s.Limit) || s.Queued > 0 && c.traits.Has(sched.Recalls) {
			return true
		}
	}
	return false
}

// anyFree reports whether a subflow takes a segment now.
func (c *Conn) anyFree() bool {
	for i := range c.view.Subflows {
		if c.view.Subflows[i].Limit == sched.Free {
			return true
		}
	}
	return false
}

// queueable reports whether what a subflow of limit l does not take now may wait there.
func queueable(l sched.Limit) bool { return l.ForNow() && l != sched.Unready }

// pushNew has new data go where the scheduler says.
func (c *Conn) pushNew(hand sched.Range) bool {
	if !c.able() {
		return false
	}
	d := c.decide(sched.Fresh, hand)
	switch {
	case d.Do == sched.Wait:
		c.askLater(d)
		return false
	case d.Do == sched.Send && d.Bytes.From|d.Bytes.To == 0 && d.On.Len() == 1:
		return c.sendNext(d, hand)
	}
	return c.act(d)
}

// sendNext carries most decisions out: the next segment on one subflow.
func (c *Conn) sendNext(d *sched.Decision, hand sched.Range) bool {
	i := bits.TrailingZeros64(uint64(d.On))
	if i >= len(c.live) || c.view.Subflows[i].Limit != sched.Free {
		panic(c.fault(d, "uses a subflow that takes nothing"))
	}
	full := units.Bytes(c.live[i].e.MSS())
	n := min(hand.Len(), full)
	if c.sillyFor(n, full, hand.From) {
		return false
	}
	if c.counted {
		n = units.Bytes(c.writes.cut(hand.From, int(n)))
	}
	part := hand.First(n)
	c.assign(part, d.On)
	sf := c.live[i]
	sf.Sent += uint64(part.Len())
	c.transmit(sf, part, false)
	c.sentOn(i)
	return true
}

// sillyFor reports whether n bytes of new data from pos on are what the window leaves of a segment of full
// bytes, while something is on its way that will open it further (RFC 9293, section 3.8.6.2.1).
func (c *Conn) sillyFor(n, full units.Bytes, pos uint64) bool {
	return n < full && pos+uint64(n) < c.written && c.sndUna < c.sndEnd && pos+uint64(n) == c.wndEdge
}

// pushSpare asks a scheduler that copies or recalls, when there is nothing else.
func (c *Conn) pushSpare() bool {
	if c.traits&(sched.Copies|sched.Recalls) == 0 || c.sndUna == c.sndEnd || !c.able() {
		return false
	}
	d := c.decide(sched.Spare, sched.Range{})
	if d.Do == sched.Wait {
		c.askAt(d.Until)
		return false
	}
	return c.act(d)
}

// askLater has the scheduler, which waits although a subflow can send, asked again: when it says, and if
// nothing is on its way soon.
func (c *Conn) askLater(d *sched.Decision) {
	c.askAt(d.Until)
	if c.sndUna == c.sndEnd && c.anyFree() {
		c.askAt(c.eng.Now().Add(sched.Patience))
	}
}

// askAt has the scheduler asked again at t, unless it will be before. A time that is not to come is none.
func (c *Conn) askAt(t sim.Time) {
	if now := c.eng.Now(); t > now && t != sim.Never && (!c.ask.Armed() || c.ask.When() > t || c.ask.When() <= now) {
		c.ask.Arm(t)
	}
}

// act carries a decision about other bytes than those that must go again out. It reports whether it did
// anything.
func (c *Conn) act(d *sched.Decision) bool {
	v := &c.view
	if d.Do == sched.Recall {
		return c.recall(d)
	}
	if d.On == 0 || int(d.On>>len(c.live)) != 0 {
		panic(c.fault(d, "acts on no subflow, or on one that is not there"))
	}
	if d.On.Len() > 1 && !c.traits.Has(sched.Copies) {
		panic(c.fault(d, "copies, which it has not declared"))
	}
	full := 65535
	for set := d.On; set != 0; set &= set - 1 {
		i := bits.TrailingZeros64(uint64(set))
		full = min(full, c.live[i].e.MSS())
		if s := &v.Subflows[i]; s.Limit != sched.Free && !(d.Do == sched.Queue && s.Room > 0 && queueable(s.Limit)) {
			panic(c.fault(d, "uses a subflow that takes nothing"))
		}
	}
	r, isNew := d.Bytes, true
	if r == (sched.Range{}) {
		r = v.Hand.First(units.Bytes(full))
	} else if r, isNew = c.cut(d); r.Len() == 0 {
		return false
	}
	switch {
	case isNew && v.Job != sched.Fresh:
		panic(c.fault(d, "sends new data when it is asked for something else"))
	case !isNew && !c.traits.Has(sched.Copies):
		panic(c.fault(d, "copies, which it has not declared"))
	case isNew && r.From != v.Hand.From && !c.traits.Has(sched.Reorders):
		panic(c.fault(d, "sends out of order, which it has not declared"))
	}
	if d.Do == sched.Queue {
		return c.queue(d, r, isNew)
	}
	return c.sendAll(d.On, r, full, isNew)
}

// cut returns the part of the bytes of a decision that can go as one: new data, or a copy of what none of
// those that shall send it has carried.
func (c *Conn) cut(d *sched.Decision) (r sched.Range, isNew bool) {
	r = d.Bytes
	if len(c.live) == 1 && r.From > c.sndNxt { // a lone subflow keeps the order, which a fallback needs
		r = sched.Range{From: c.sndNxt, To: c.sndNxt + uint64(r.Len())}
	}
	end := min(c.written, c.wndEdge)
	if c.ledger == nil {
		if r.From != c.sndNxt {
			panic(c.fault(d, "sends out of order, which it has not declared"))
		}
		return sched.Range{From: r.From, To: min(r.To, end)}, true
	}
	if r.From < c.sndUna || r.From >= end {
		panic(c.fault(d, "sends outside the window"))
	}
	if g := c.ledger.gap(r.From); g.From == r.From {
		return sched.Range{From: r.From, To: min(r.To, g.To, end)}, true
	}
	to := r.From
	for k := c.ledger.find(r.From); k < len(c.ledger.all) && to < r.To; k++ {
		p := &c.ledger.all[k]
		if p.From > to || p.On&d.On != 0 {
			break
		}
		to = min(p.To, r.To)
	}
	if to == r.From {
		panic(c.fault(d, "copies bytes to a subflow that has carried them"))
	}
	return sched.Range{From: r.From, To: to}, false
}

// sendAll sends r on all of on, segment for segment, as long as these are free.
func (c *Conn) sendAll(on sched.Set, r sched.Range, full int, isNew bool) (sent bool) {
	for r.From < r.To {
		if sent && !c.free(on) {
			break
		}
		n := min(r.Len(), units.Bytes(full))
		if isNew {
			if c.sillyFor(n, units.Bytes(full), r.From) {
				break
			}
			n = units.Bytes(c.writes.cut(r.From, int(n)))
		}
		part := r.First(n)
		c.assign(part, on)
		copied := !isNew
		for set := on; set != 0; set &= set - 1 {
			c.send(bits.TrailingZeros64(uint64(set)), part, copied)
			copied = true
		}
		r.From = part.To
		sent = true
	}
	return sent
}

// free reports whether all of a set are.
func (c *Conn) free(on sched.Set) bool {
	for ; on != 0; on &= on - 1 {
		if c.view.Subflows[bits.TrailingZeros64(uint64(on))].Limit != sched.Free {
			return false
		}
	}
	return true
}

// assign notes that those in on carry r.
func (c *Conn) assign(r sched.Range, on sched.Set) {
	c.Points.Assigned.Emit(r)
	c.sndEnd = max(c.sndEnd, r.To)
	if c.ledger != nil {
		c.ledger.assign(r, on, c.eng.Now())
	}
	if r.From <= c.sndNxt && c.sndNxt < r.To {
		c.sndNxt = r.To
		if c.sndEnd > r.To {
			c.sndNxt = c.ledger.gap(r.To).From
		}
	}
}

// send hands a segment of the bytes r to live subflow i.
func (c *Conn) send(i int, r sched.Range, copied bool) {
	sf := c.live[i]
	if copied {
		c.Stats.Copies += uint64(r.Len())
	} else {
		sf.Sent += uint64(r.Len())
	}
	c.transmit(sf, r, copied)
	c.sentOn(i)
}

// transmit makes sf send r as a segment under a mapping of its own.
func (c *Conn) transmit(sf *Subflow, r sched.Range, copied bool) {
	if c.Points.Sent.Enabled() {
		c.Points.Sent.Emit(Sent{c.eng.Now(), sf.ID, r.From, int(r.Len()), copied})
	}
	c.carry(sf, r)
}

// carry has sf send r, under a mapping of its own: see mapData.
func (c *Conn) carry(sf *Subflow, r sched.Range) {
	sf.e.Send(tcp.Chunk{Len: int(r.Len()), Pos: r.From})
}

// pushReinject sends one segment that must go out on another subflow.
func (c *Conn) pushReinject() bool {
	for len(c.reinject) > 0 && c.reinject[0].to <= max(c.sndUna, c.reinject[0].from) {
		c.reinject = append(c.reinject[:0], c.reinject[1:]...)
	}
	if len(c.reinject) == 0 {
		return false
	}
	g := &c.reinject[0]
	g.from = max(g.from, c.sndUna)
	hand := sched.Range{From: g.from, To: g.to}
	c.changed = true // the marks are of this range only
	marked := c.mark(g.carried)
	d := c.decideReinject(hand)
	switch {
	case len(c.live) == 1 && g.carried.Has(0) && c.alone(g.from):
		c.decision = sched.Decision{}
	case d.Do == sched.Wait && c.dataShift > 1 && marked != 0: // the others do not take it, or swallow it
		c.unmark(marked)
		d = c.decideReinject(hand)
	}
	c.unmark(marked)
	if d.Do == sched.Wait {
		c.askAt(d.Until)
		return false
	}
	i := bits.TrailingZeros64(uint64(d.On))
	if d.On == 0 || i >= len(c.live) || c.view.Subflows[i].Limit != sched.Free {
		panic(c.fault(d, "sends again on a subflow that takes nothing"))
	}
	sf := c.live[i]
	end := hand.From + uint64(sf.e.MSS())
	if d.Bytes.From == hand.From {
		end = max(d.Bytes.To, end)
	}
	for hand.To = min(hand.To, end); hand.Len() > 0 && c.view.Subflows[i].Limit == sched.Free; {
		part := hand.First(units.Bytes(sf.e.MSS()))
		c.Points.Assigned.Emit(part)
		c.repeat(i, part)
		hand.From = part.To
	}
	c.reinjectedBy = sf
	g.from = hand.From
	return true
}

// decideReinject asks about what must go again, if any subflow can take it.
func (c *Conn) decideReinject(hand sched.Range) *sched.Decision {
	if !c.able() {
		c.decision = sched.Decision{}
		return &c.decision
	}
	return c.decide(sched.Lost, hand)
}

// repeat sends r, which has been sent before, on live subflow i.
func (c *Conn) repeat(i int, r sched.Range) {
	sf := c.live[i]
	c.Stats.Reinjected += uint64(r.Len())
	sf.Reinjected += uint64(r.Len())
	c.Points.Reinjected.Emit(Sent{c.eng.Now(), sf.ID, r.From, int(r.Len()), false})
	if c.ledger != nil {
		c.ledger.assign(r, sched.One(i), c.eng.Now())
	}
	c.carry(sf, r)
	c.sentOn(i)
}

// fault says what a scheduler has done that its contract does not allow: a defect of it.
func (c *Conn) fault(d *sched.Decision, what string) string {
	return fmt.Sprintf("mptcp: scheduler %T %s: %+v of %+v", c.sched, what, *d, c.view)
}

// regularUp reports whether a subflow that is no backup is up: backups then carry nothing
// new (RFC 8684, section 3.3.8).
func (c *Conn) regularUp() bool {
	return slices.ContainsFunc(c.live, func(sf *Subflow) bool { return !sf.Backup && !sf.failed })
}

// Pull implements tcp.Owner: what waits for sf, what it lacks if the scheduler copies, or new data.
func (sf *Subflow) Pull(e *tcp.Endpoint, most int) (tcp.Chunk, bool) {
	c := sf.c
	if !sf.up || sf.failed || c.ended || sf.Backup && c.regularUp() {
		return tcp.Chunk{}, false
	}
	if r, copied := sf.take(units.Bytes(most)); r.Len() > 0 {
		return c.pulled(sf, r, copied), true
	}
	i := slices.Index(c.live, sf)
	if c.traits.Has(sched.Copies) && c.ledger != nil {
		if r := c.ledger.lacks(i).First(units.Bytes(most)); r.Len() > 0 {
			c.Stats.Copies += uint64(r.Len())
			return c.pull(sf, i, r, true), true
		}
	}
	n := min(uint64(most), c.room())
	if n == 0 {
		return tcp.Chunk{}, false
	}
	n = uint64(c.writes.cut(c.sndNxt, int(n)))
	r := sched.Range{From: c.sndNxt, To: c.sndNxt + n}
	sf.Sent += n
	return c.pull(sf, i, r, false), true
}

// pull assigns r to live subflow i, which takes it without a decision.
func (c *Conn) pull(sf *Subflow, i int, r sched.Range, copied bool) tcp.Chunk {
	c.Points.Pulled.Emit(Sent{c.eng.Now(), sf.ID, r.From, int(r.Len()), copied})
	c.assign(r, sched.One(i))
	return c.pulled(sf, r, copied)
}

// pulled is the chunk of r, which sf sends.
func (c *Conn) pulled(sf *Subflow, r sched.Range, copied bool) tcp.Chunk {
	c.Points.Sent.Emit(Sent{c.eng.Now(), sf.ID, r.From, int(r.Len()), copied})
	return tcp.Chunk{Len: int(r.Len()), Pos: r.From}
}
