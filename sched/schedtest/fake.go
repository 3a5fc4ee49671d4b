package schedtest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// A Transfer is what a connection does with a scheduler in a test: so many bytes from a
// sender to a receiver, over a few paths. Segments are of 1000 bytes.
type Transfer struct {
	Paths  []Path
	Total  units.Bytes
	Window units.Bytes // of the receiver; 0: 1 GB
	Buffer units.Bytes // of the sender; 0: 1 GB
	Burst  units.Bytes // that the application writes each 30 ms; 0: all at once
	M1     bool        // it asks about what blocks the window
	Seed   uint64      // of losses
}

// A Path is one subflow of a Transfer and the network below it, whose queue has no end.
type Path struct {
	RTT        time.Duration // without queue
	Rate       units.Bandwidth
	Cwnd       units.Bytes // its largest window; it begins with 10 segments, or with this
	SendBuffer units.Bytes // 0: it has none, nothing can be queued
	Loss       float64     // probability; a loss takes two round-trip times
	Backup     bool
	Paced      bool     // by its rate
	New        bool     // no RTT was measured when it was opened
	Silent     sim.Time // from then on; 0: never
}

// An Outcome is what a Transfer came to.
type Outcome struct {
	Done    sim.Time      // when the receiver had all
	Carried []units.Bytes // by each path, new data and copies
	Copied  units.Bytes   // of the bytes that they were assigned, those that were not new
	Asked   int           // how often the scheduler decided
	Reasons map[string]int
}

// Play has s carry x out. The error says what s did that the contract does not allow, or
// that not all arrived.
func Play(s sched.Scheduler, x Transfer) (Outcome, error) {
	c := newFake(s, x)
	err := c.run()
	return c.outcome, err
}

// fake is a connection that carries decisions out and finds fault with those that the
// contract does not allow.
type fake struct {
	Transfer
	sched   sched.Scheduler
	traits  sched.Traits
	v       sched.View // with all that there is
	shown   sched.View // what the scheduler sees: without pieces if it may not
	paths   []*path    // as in v.Subflows
	outcome Outcome
	used    sched.Traits

	now       sim.Time
	seq       int
	events    []event
	lost      []sched.Range
	promised  sched.Set // by the last wait: those whose room it waits for
	wake      sim.Time  // the timer of waits; sim.Never if it is not armed
	penalised sim.Time
	idle      int // wakes in a row with nothing on its way
	shut      bool

	got    []sched.Range // by the receiver, from rcvNxt on
	rcvNxt uint64
	fresh  []int8 // how often each byte is assigned as new data
	err    error
	trace  uint64
	why    *sched.Why
}

type path struct {
	Path
	at     int // in Transfer.Paths
	s      sched.Subflow
	queue  []sched.Range
	flying []sched.Range
	busy   sim.Time
	paced  sim.Time // the next segment
	gone   bool
}

type event struct {
	at  sim.Time
	seq int
	do  func()
}

func newFake(s sched.Scheduler, x Transfer) *fake {
	if x.Window == 0 {
		x.Window = 1e9
	}
	if x.Buffer == 0 {
		x.Buffer = 1e9
	}
	c := &fake{Transfer: x, sched: s, traits: sched.TraitsOf(s), wake: sim.Never, why: new(sched.Why)}
	c.fresh = make([]int8, x.Total)
	c.v.Edge, c.v.Window = uint64(x.Window), x.Window
	c.outcome.Carried, c.outcome.Reasons = make([]units.Bytes, len(x.Paths)), map[string]int{}
	for i, set := range x.Paths {
		p := &path{Path: set, at: i}
		p.s = sched.Subflow{ID: i, MSS: mss, Backup: set.Backup, Cwnd: min(10*mss, set.Cwnd), Ssthresh: sched.Unlimited,
			Opens: sim.Never, RTO: time.Second, Weight: 1 + i}
		if set.Backup {
			p.s.Class = 1
		}
		if set.Paced {
			p.s.Pacing = set.Rate
		}
		if !set.New {
			c.sample(&p.s, set.RTT)
		}
		c.paths = append(c.paths, p)
		c.v.Subflows = append(c.v.Subflows, sched.Subflow{})
	}
	return c
}

// run plays the transfer and returns what is wrong with it.
func (c *fake) run() error {
	c.write()
	for c.rcvNxt < uint64(c.Total) || c.v.Una < uint64(c.Total) {
		if c.err != nil {
			return c.err
		}
		if len(c.events) == 0 {
			return fmt.Errorf("standstill: nothing will ever happen")
		}
		e := c.next()
		c.now = e.at
		if c.now > sim.Time(400*time.Second) {
			return fmt.Errorf("standstill: not done after 400 s")
		}
		e.do()
	}
	for pos, n := range c.fresh {
		if n != 1 && c.err == nil {
			c.err = fmt.Errorf("byte %d was assigned %d times as new data", pos, n)
		}
	}
	return c.err
}

func (c *fake) next() event {
	k := 0
	for i := range c.events {
		if e, f := &c.events[i], &c.events[k]; e.at < f.at || e.at == f.at && e.seq < f.seq {
			k = i
		}
	}
	e := c.events[k]
	c.events = slices.Delete(c.events, k, k+1)
	return e
}

func (c *fake) at(t sim.Time, do func()) {
	c.seq++
	c.events = append(c.events, event{t, c.seq, do})
}

// write lets the application fill the send buffer.
func (c *fake) write() {
	before := c.v.Written
	end := min(uint64(c.Total), c.v.Una+uint64(c.Buffer))
	if c.Burst > 0 {
		end = min(end, c.v.Written+uint64(c.Burst))
		if c.v.Written < uint64(c.Total) {
			c.at(c.now.Add(30*time.Millisecond), c.write)
		}
	}
	c.v.Written = max(c.v.Written, end)
	if c.v.Written > before {
		c.v.Message = sched.Range{From: before, To: c.v.Written}
	}
	c.push()
}

// push asks and carries out until nothing can be sent: what must go again, new data,
// what blocks the window, copies.
func (c *fake) push() {
	c.promised = 0
	for n := 0; c.err == nil && c.step(); n++ {
		if n > 10000 {
			c.err = fmt.Errorf("decides for ever")
		}
	}
}

// step reports whether anything was done.
func (c *fake) step() bool {
	v := &c.v
	for len(c.lost) > 0 && c.lost[0].To <= v.Una {
		c.lost = c.lost[1:]
	}
	if len(c.lost) > 0 {
		g := &c.lost[0]
		g.From = max(g.From, v.Una)
		p := v.Pieces[v.Find(g.From)]
		if c.ask(sched.Lost, sched.Range{From: g.From, To: min(g.To, p.To)}, p.On) {
			return true
		}
	}
	hand := v.Gap(v.Una)
	if hand.Len() < mss && hand.To == v.Edge && v.Edge < v.Written && len(v.Pieces) > 0 {
		hand = sched.Range{} // silly window
	}
	if hand.Len() > 0 {
		c.shut = false
		return c.ask(sched.Fresh, hand, 0)
	}
	full := v.Written-v.Una >= uint64(c.Buffer)
	if (v.Written > v.Edge || full) && len(v.Pieces) > 0 {
		if !c.shut {
			c.shut, v.Blocks = true, v.Blocks+1
		}
		if p := v.Pieces[0]; c.M1 && c.ask(sched.Blocked, p.Range, p.On) {
			return true
		}
	}
	if c.traits&(sched.Copies|sched.Recalls) != 0 && len(v.Pieces) > 0 {
		return c.ask(sched.Spare, sched.Range{}, 0)
	}
	return false
}

// ask has the scheduler decide and carries it out. It reports whether to go on.
func (c *fake) ask(job sched.Job, hand sched.Range, carried sched.Set) bool {
	c.look(job, hand, carried)
	v := &c.v
	if !slices.ContainsFunc(v.Subflows, c.acts) {
		c.await()
		return false
	}
	c.shown = *v
	if c.traits&holdsPieces == 0 {
		c.shown.Pieces = nil
	}
	*c.why = sched.Why{}
	c.shown.Reason = c.why
	d := c.sched.Next(&c.shown)
	c.outcome.Asked++
	if c.why.Code != 0 {
		c.outcome.Reasons[c.why.Code.Name()]++
	}
	c.note(uint64(c.now), uint64(job), uint64(d.Do), uint64(d.On), d.Bytes.From, d.Bytes.To, uint64(d.Until))
	a, err := judge(v, c.traits, d)
	if err != nil {
		c.err = fmt.Errorf("%w: %+v of %+v", err, d, *v)
		return false
	}
	c.used |= a.used
	if d.Until > 0 {
		c.arm(max(d.Until, c.now.Add(time.Microsecond)))
	}
	if d.Do == sched.Wait {
		if job == sched.Fresh {
			if a.used.Has(sched.Patient) {
				c.arm(c.now.Add(sched.Patience))
			}
			c.promised = d.On
		}
		c.await()
		return false
	}
	if d.Do == sched.Recall {
		c.recall(d.On)
	} else {
		c.do(job, d, a)
	}
	return c.err == nil
}

// acts reports whether the scheduler can do anything with s but wait for it.
func (c *fake) acts(s sched.Subflow) bool {
	return s.Limit == sched.Free || c.traits.Has(sched.Queues) && s.Limit.ForNow() && s.Room > 0 ||
		c.traits.Has(sched.Recalls) && s.Queued > 0
}

// note adds to the hash of all decisions (FNV-1a).
func (c *fake) note(words ...uint64) {
	for _, w := range words {
		c.trace = (c.trace ^ w) * 1099511628211
	}
}

// await has push called when pacing lets the next subflow go.
func (c *fake) await() {
	for i := range c.v.Subflows {
		if s := &c.v.Subflows[i]; s.Limit == sched.Paced {
			c.arm(s.Opens)
		}
	}
}

// arm has push called at t. A timer that runs out later is left alone.
func (c *fake) arm(t sim.Time) {
	if t >= c.wake && c.wake > c.now {
		return
	}
	c.wake = t
	c.at(t, func() {
		if c.wake != t {
			return
		}
		c.wake = sim.Never
		c.idle++
		if slices.ContainsFunc(c.paths, func(p *path) bool { return len(p.flying) > 0 }) {
			c.idle = 0
		}
		if c.idle > 20 {
			c.err = fmt.Errorf("standstill: waits with nothing on its way")
		}
		c.push()
	})
}

// look renews the snapshot.
func (c *fake) look(job sched.Job, hand sched.Range, carried sched.Set) {
	v := &c.v
	v.Now, v.Job, v.Hand = c.now, job, hand
	v.Unsent = units.Bytes(v.Written - v.Una)
	for i := range v.Pieces {
		v.Unsent -= v.Pieces[i].Len()
	}
	size := units.Bytes(mss)
	if hand.Len() > 0 {
		size = min(size, hand.Len())
	}
	others := false
	for i, p := range c.paths {
		others = others || !p.s.Stale && !carried.Has(i)
	}
	for i, p := range c.paths {
		s := &v.Subflows[i]
		*s = p.s
		s.Room = max(p.SendBuffer-p.s.InFlight-p.s.Queued, 0)
		s.Opens = sim.Never
		switch {
		case s.Stale:
			s.Limit = sched.Down
		case carried.Has(i) && (others || job == sched.Blocked):
			s.Limit = sched.Carried
		case job == sched.Blocked && !c.pays(p, carried):
			s.Limit = sched.Guarded
		case s.Space() < size || p.SendBuffer > 0 && s.Room == 0:
			s.Limit = sched.Full
		case p.Paced && p.paced > c.now:
			s.Limit, s.Opens = sched.Paced, p.paced
		}
		if !c.traits.Has(sched.Measures) {
			unmeasure(s)
		}
	}
}

// pays is the guard of M1 in v0.9x: s has a quarter of the SRTT of the carriers, or the
// window of one is small.
func (c *fake) pays(s *path, carried sched.Set) (yes bool) {
	for i, t := range c.paths {
		if t == s || !carried.Has(i) {
			continue
		}
		if t.s.Cwnd <= 4*mss {
			return true
		}
		if 4*s.s.SRTT >= t.s.SRTT {
			return false
		}
		yes = true
	}
	return yes
}

// do carries a decision out that is in order, as far as there is room.
func (c *fake) do(job sched.Job, d sched.Decision, a act) {
	n := a.Len()
	for i := range c.v.Subflows {
		if s := &c.v.Subflows[i]; d.On.Has(i) {
			room := s.Space()
			if d.Do == sched.Queue {
				room = max(s.Room, s.Space())
			}
			switch {
			case n <= room:
			case room >= mss:
				n = room / mss * mss
			case d.Do == sched.Queue:
				n = min(n, mss) // the last one may go over the bound
			default:
				n = room
			}
		}
	}
	r := a.First(n)
	if a.isNew {
		for pos := r.From; pos < r.To; pos++ {
			c.fresh[pos]++
		}
	} else {
		c.outcome.Copied += r.Len()
	}
	if job == sched.Lost && r.From == c.lost[0].From {
		if c.lost[0].From = r.To; c.lost[0].Len() <= 0 {
			c.lost = c.lost[1:]
		}
	}
	c.assign(r, d.On, a.isNew)
	for i, p := range slices.Clone(c.paths) {
		if d.On.Has(i) {
			c.outcome.Carried[p.at] += r.Len()
			for q := r; q.Len() > 0; q.From = q.First(mss).To {
				p.queue = append(p.queue, q.First(mss))
			}
			c.pump(p)
		}
	}
	if job == sched.Blocked {
		c.penalise(d)
	}
}

// penalise is M2: once in a round of the subflow that copies. The connection chooses
// the first carrier if the scheduler does not choose.
func (c *fake) penalise(d sched.Decision) {
	by := 0
	for !d.On.Has(by) {
		by++
	}
	srtt := c.paths[by].s.SRTT
	if c.now < c.penalised.Add(srtt) {
		return
	}
	set := d.Penalise
	if !c.traits.Has(sched.Penalises) {
		set = c.v.Pieces[0].On &^ d.On
		set &= -set
	}
	for i, p := range c.paths {
		if set.Has(i) && p.s.SRTT > srtt {
			p.s.Cwnd, c.penalised = max(p.s.Cwnd/2/mss*mss, mss), c.now
		}
	}
}

// cut makes a piece begin at pos, if one has it inside.
func (c *fake) cut(pos uint64) {
	k := c.v.Find(pos)
	if k < len(c.v.Pieces) && c.v.Pieces[k].From < pos {
		c.v.Pieces = slices.Insert(c.v.Pieces, k, c.v.Pieces[k])
		c.v.Pieces[k].To, c.v.Pieces[k+1].From = pos, pos
	}
}

// each calls f on the pieces in r.
func (c *fake) each(r sched.Range, f func(*sched.Piece)) {
	c.cut(r.From)
	c.cut(r.To)
	for k := c.v.Find(r.From); k < len(c.v.Pieces) && c.v.Pieces[k].From < r.To; k++ {
		f(&c.v.Pieces[k])
	}
}

func (c *fake) assign(r sched.Range, on sched.Set, isNew bool) {
	if !isNew {
		c.each(r, func(p *sched.Piece) { p.On, p.Last = p.On|on, c.now })
		return
	}
	p := sched.Piece{Range: r, On: on, First: c.now, Last: c.now}
	c.v.Pieces = slices.Insert(c.v.Pieces, c.v.Find(r.From), p)
	for i, q := range c.paths {
		if on.Has(i) {
			q.s.Sent += r.Len()
			break
		}
	}
}

// recall takes what is queued on a set back: what only they have carried is not assigned
// any more.
func (c *fake) recall(set sched.Set) {
	for i, p := range c.paths {
		if !set.Has(i) {
			continue
		}
		for _, r := range p.queue {
			c.outcome.Carried[p.at] -= r.Len()
			c.each(r, func(q *sched.Piece) { q.On &^= sched.One(i) })
		}
		p.queue, p.s.Queued = nil, 0
	}
	c.v.Pieces = slices.DeleteFunc(c.v.Pieces, func(q sched.Piece) bool {
		if q.On != 0 || q.Acked {
			return false
		}
		for pos := q.From; pos < q.To; pos++ {
			c.fresh[pos]--
		}
		c.lost = slices.DeleteFunc(c.lost, func(r sched.Range) bool { return r.From < q.To && q.From < r.To })
		return true
	})
}

// pump transmits what the window takes.
func (c *fake) pump(p *path) {
	for len(p.queue) > 0 && p.s.InFlight+p.queue[0].Len() <= p.s.Cwnd {
		r := p.queue[0]
		p.queue = p.queue[1:]
		p.flying = append(p.flying, r)
		p.s.InFlight += r.Len()
		p.busy = max(p.busy, c.now) + sim.Time(p.Rate.TxTime(r.Len()))
		p.paced = max(p.paced, c.now) + sim.Time(p.Rate.TxTime(r.Len()))
		sent, there := c.now, p.busy.Add(p.RTT/2)
		if p.Loss > 0 && rand.New(rand.NewPCG(c.Seed, uint64(c.seq))).Float64() < p.Loss {
			there = there.Add(2 * p.RTT)
			p.s.Ssthresh = max(p.s.Cwnd/2, 2*mss)
			p.s.Cwnd = p.s.Ssthresh
		}
		if p.Silent > 0 && there > p.Silent {
			c.at(c.now.Add(p.s.RTO/2), func() { c.overdue(r) })
			c.at(c.now.Add(p.s.RTO), func() { c.timeout(p) })
			continue
		}
		c.at(there, func() { c.receive(r) })
		c.at(there.Add(p.RTT/2), func() { c.ack(p, r, sent) })
	}
	p.s.Queued = 0
	for _, r := range p.queue {
		p.s.Queued += r.Len()
	}
}

func (c *fake) receive(r sched.Range) {
	c.got = append(c.got, r)
	for again := true; again; {
		again = false
		c.got = slices.DeleteFunc(c.got, func(g sched.Range) bool {
			if g.From > c.rcvNxt {
				return false
			}
			c.rcvNxt, again = max(c.rcvNxt, g.To), true
			return true
		})
	}
	if c.rcvNxt == uint64(c.Total) && c.outcome.Done == 0 {
		c.outcome.Done = c.now
	}
}

func (c *fake) ack(p *path, r sched.Range, sent sim.Time) {
	if p.gone {
		return
	}
	c.idle = 0
	s := &p.s
	k := slices.Index(p.flying, r)
	p.flying = slices.Delete(p.flying, k, k+1)
	s.InFlight -= r.Len()
	s.Delivered += r.Len()
	s.Heard = c.now
	c.sample(s, c.now.Sub(sent))
	if s.Cwnd < s.Ssthresh {
		s.Cwnd += r.Len()
	} else {
		s.Cwnd += max(mss*r.Len()/s.Cwnd, 1)
	}
	s.Cwnd = min(s.Cwnd, p.Cwnd)
	if r.To > c.v.Una {
		c.each(sched.Range{From: max(r.From, c.v.Una), To: r.To}, func(q *sched.Piece) { q.Acked = true })
	}
	moved := c.rcvNxt > c.v.Una || c.rcvNxt+uint64(c.Window) > c.v.Edge
	if moved {
		c.v.Una = c.rcvNxt
		c.v.Edge = max(c.v.Edge, c.rcvNxt+uint64(c.Window))
		c.cut(c.v.Una)
		c.v.Pieces = slices.Delete(c.v.Pieces, 0, c.v.Find(c.v.Una))
		if c.Burst == 0 {
			c.v.Written = min(uint64(c.Total), max(c.v.Written, c.v.Una+uint64(c.Buffer)))
		}
	}
	c.pump(p)
	if c.promised != 0 && !moved && !c.promised.Has(slices.Index(c.paths, p)) && len(c.lost) == 0 {
		c.hold(p)
		return
	}
	c.push()
}

// hold has the scheduler, which has promised that the ACK on p would not change its mind,
// keep the promise. Pacing has its own time.
func (c *fake) hold(p *path) {
	promised, asked := c.promised, c.outcome.Asked
	for i, q := range c.paths {
		if promised.Has(i) && q.Paced {
			c.push()
			return
		}
	}
	c.promised = 0
	if c.step(); c.err == nil && c.outcome.Asked > asked && c.promised != promised {
		c.err = fmt.Errorf("breaks a promise: it waited for %b, and an ACK on subflow %d changed its mind", promised, p.s.ID)
	}
}

func (c *fake) sample(s *sched.Subflow, rtt time.Duration) {
	if s.SRTT == 0 {
		s.SRTT, s.RTTVar, s.MinRTT = rtt, rtt/2, rtt
	}
	s.RTTVar += ((rtt - s.SRTT).Abs() - s.RTTVar) / 4
	s.SRTT += (rtt - s.SRTT) / 8
	s.LastRTT, s.MinRTT, s.MaxRTT = rtt, min(s.MinRTT, rtt), max(s.MaxRTT, rtt)
	s.RTO = max(200*time.Millisecond, s.SRTT+4*s.RTTVar)
}

// overdue has what was sent as r go again although its subflow may still answer: the
// timer of the connection has expired.
func (c *fake) overdue(r sched.Range) {
	if len(c.lost) == 0 && r.From == c.v.Una && c.v.Una < c.v.Written {
		c.lost = append(c.lost, c.v.Pieces[0].Range)
		c.push()
	}
}

// timeout takes a silent path out of use, and out of the connection a while later.
func (c *fake) timeout(p *path) {
	i := slices.Index(c.paths, p)
	if p.gone || p.s.Stale {
		return
	}
	p.s.Stale = true
	for k := range c.v.Pieces {
		if q := &c.v.Pieces[k]; q.On.Has(i) && !q.Acked {
			c.lost = append(c.lost, q.Range)
		}
	}
	slices.SortFunc(c.lost, func(a, b sched.Range) int { return cmp.Compare(a.From, b.From) })
	c.at(c.now.Add(5*p.s.RTO), func() {
		i := slices.Index(c.paths, p)
		p.gone = true
		c.paths = slices.Delete(c.paths, i, i+1)
		c.v.Subflows = slices.Delete(c.v.Subflows, i, i+1)
		for k := range c.v.Pieces {
			c.v.Pieces[k].On = c.v.Pieces[k].On.Without(i)
		}
		c.push()
	})
	c.push()
}

// transfers plays n random transfers, every tenth of them twice.
func transfers(fresh func() sched.Scheduler, used *sched.Traits, n int) error {
	for seed := range n {
		x := random(uint64(seed))
		a := newFake(fresh(), x)
		if err := a.run(); err != nil {
			return fmt.Errorf("%+v: %.2000s", x, err.Error())
		}
		*used |= a.used
		if seed%10 > 0 {
			continue
		}
		if b := newFake(fresh(), x); b.run() != nil || a.trace != b.trace {
			return fmt.Errorf("%+v: decides otherwise the second time", x)
		}
	}
	return nil
}

// random draws a transfer. One path in use stays alive.
func random(seed uint64) Transfer {
	r := rand.New(rand.NewPCG(seed, 5))
	kB := func(lo, hi int) units.Bytes { return units.Bytes(lo+r.IntN(hi-lo)) * 1000 }
	x := Transfer{Total: kB(20, 150) + units.Bytes(r.IntN(1000)), Window: kB(3, 200) + units.Bytes(r.IntN(1000)),
		Buffer: kB(20, 300), M1: r.IntN(2) == 0, Seed: seed}
	if r.IntN(3) == 0 {
		x.Burst = kB(1, 20)
	}
	buffers := r.IntN(4) > 0
	for i := range 2 + r.IntN(2) {
		p := Path{RTT: time.Duration(5+r.IntN(295)) * time.Millisecond, Rate: units.Bandwidth(1+r.IntN(50)) * units.Mbps,
			Cwnd: kB(1, 60), Paced: r.IntN(4) == 0, New: r.IntN(4) == 0, Backup: i > 0 && r.IntN(5) == 0}
		if buffers {
			p.SendBuffer = kB(10, 150)
		}
		if r.IntN(3) == 0 {
			p.Loss = 0.02
		}
		if r.IntN(5) == 0 && i != 1 {
			p.Silent = sim.Time(50+r.IntN(800)) * sim.Time(time.Millisecond)
		}
		x.Paths = append(x.Paths, p)
	}
	r.Shuffle(len(x.Paths), func(i, j int) {
		x.Paths[i], x.Paths[j] = x.Paths[j], x.Paths[i]
	})
	return x
}
