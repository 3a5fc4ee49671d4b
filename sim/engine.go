// Package sim is the discrete-event kernel: integer time, an event loop, events and
// timers. Events of one instant happen in the order in which they were
// scheduled, and a hash over all of them tells whether two runs took the same
// course.
package sim

import (
	"fmt"
	"math/bits"
	"sync/atomic"
)

// An Engine is the clock and the event loop of one run. Events and timers of one instant fire in
// the order in which they were armed. The zero Engine is at time 0 and ready to use. An Engine
// belongs to one goroutine.
type Engine struct {
	now     Time
	seq     uint64 // of the last Arm
	fired   uint64
	hash    uint64
	armed   []armed // by id
	freeIDs []uint32
	stop    atomic.Bool
	queue   queue
	owners  []Owner // of lookAhead
	looked  uint64
}

// armed is what an entry of the queue is of: an event, or a timer.
type armed struct {
	owner Owner
	timer *Timer // nil: an event
	seq   uint64 // of the entry that counts; 0: there is none
}

// A key of the queue is seq<<idBits | id.
const (
	idBits = 24
	maxSeq = 1<<(64-idBits) - 1
)

// NewEngine returns an engine at time 0.
func NewEngine() *Engine { return new(Engine) }

// Now returns the time of the event being handled or, between runs, the time up
// to which the engine has run.
func (e *Engine) Now() Time { return e.now }

// Fired returns the number of events and timers that have fired.
func (e *Engine) Fired() uint64 { return e.fired }

// Hash returns a hash of the time, sequence and identity of all that has fired and
// of what was noted, in order: two runs with equal hashes took the same course.
func (e *Engine) Hash() uint64 { return e.hash }

// Note mixes into the hash a value that no event shows, such as a random number
// that packets carry.
func (e *Engine) Note(v uint64) { e.mix(e.now, v) }

func (e *Engine) mix(at Time, v uint64) {
	e.hash = (bits.RotateLeft64(e.hash, 23) ^ uint64(at)*0x9e3779b97f4a7c15 ^ v) * 0xd6e8feb86659fd93
}

// Run fires all that is due up to and including end, and leaves the clock at end.
// Run(Never) leaves it at the last event.
func (e *Engine) Run(end Time) {
	if end < e.now {
		panic(fmt.Sprintf("sim: Run(%v) at %v", end, e.now))
	}
	for !e.stop.Load() {
		ev, ok := e.queue.pop(end)
		if !ok {
			if end != Never {
				e.now = end
			} else {
				// Entries of stopped timers may have moved the
				// anchor of the empty queue past now.
				e.queue.wheel.anchor = e.now
			}
			return
		}
		if len(e.queue.wheel.near) >= nearEvents {
			e.lookAhead()
		}
		e.handle(ev)
	}
	e.stop.Store(false)
}

// handle fires what an entry is of, unless the entry was replaced or stopped, or its timer pushed out.
func (e *Engine) handle(ev event) {
	a := &e.armed[ev.key&(1<<idBits-1)]
	seq := ev.key >> idBits
	if a.seq != seq {
		return // replaced, or of an identity given to another since: seqs are unique
	}
	a.seq = 0
	t := a.timer
	if t == nil {
		e.begin(ev)
		a.owner.HandleEvent(ev.at)
		return
	}
	t.pendAt = Never
	switch t.seq {
	case seq:
		t.seq = 0
		e.begin(ev)
		t.owner.HandleTimer(int(t.kind))
	case 0: // stopped
	default: // pushed out; the entry keeps the rank of its Arm
		t.enqueue()
	}
}

// begin sets the clock to an event that counts.
func (e *Engine) begin(ev event) {
	e.now = ev.at
	e.fired++
	e.mix(ev.at, ev.key)
}

// Stop ends Run after the current event, or the next Run before its first. It
// may be called from any goroutine.
func (e *Engine) Stop() { e.stop.Store(true) }

// Next returns the time of the next event, or Never if nothing is armed. It looks at the whole queue.
func (e *Engine) Next() Time {
	next := Never
	for ev := range e.queue.all {
		a := &e.armed[ev.key&(1<<idBits-1)]
		switch {
		case a.seq != ev.key>>idBits:
		case a.timer != nil:
			next = min(next, a.timer.When())
		default:
			next = min(next, ev.at)
		}
	}
	return next
}

// nextSeq numbers the calls of Arm.
func (e *Engine) nextSeq() uint64 {
	e.seq++
	if e.seq > maxSeq {
		panic(fmt.Sprintf("sim: events armed more than %d times", uint64(maxSeq)))
	}
	return e.seq
}

// register finds an id for a.
func (e *Engine) register(a armed) uint32 {
	if n := len(e.freeIDs); n > 0 {
		id := e.freeIDs[n-1]
		e.freeIDs = e.freeIDs[:n-1]
		e.armed[id] = a
		return id
	}
	if len(e.armed) == 1<<idBits {
		panic(fmt.Sprintf("sim: more than %d events and timers", 1<<idBits))
	}
	e.armed = append(e.armed, a)
	return uint32(len(e.armed) - 1)
}

// unregister gives an id back.
func (e *Engine) unregister(id uint32) {
	e.armed[id] = armed{}
	e.freeIDs = append(e.freeIDs, id)
}
