// Package sim is the discrete-event kernel: integer time, an event loop and
// timers. Events of one instant happen in the order in which they were
// scheduled, and a hash over all of them tells whether two runs took the same
// course.
package sim

import (
	"fmt"
	"math/bits"
	"sync/atomic"
)

// An Engine is the clock and the event loop of one run. Its events are the
// timers; those of one instant fire in the order in which they were armed. The
// zero Engine is at time 0 and ready to use. An Engine belongs to one goroutine.
type Engine struct {
	now     Time
	seq     uint64 // of the last Arm
	fired   uint64
	hash    uint64
	timers  []*Timer // by id
	freeIDs []uint32
	stop    atomic.Bool
	queue   wheel
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

// Fired returns the number of timers that have fired.
func (e *Engine) Fired() uint64 { return e.fired }

// Hash returns a hash of the time, sequence and identity of every timer that has
// fired and of what was noted, in order: two runs with equal hashes took the
// same course.
func (e *Engine) Hash() uint64 { return e.hash }

// Note mixes into the hash a value that no timer shows, such as a random number
// that packets carry.
func (e *Engine) Note(v uint64) { e.mix(e.now, v) }

func (e *Engine) mix(at Time, v uint64) {
	e.hash = (bits.RotateLeft64(e.hash, 23) ^ uint64(at)*0x9e3779b97f4a7c15 ^ v) * 0xd6e8feb86659fd93
}

// Run fires all timers with deadlines up to and including end, and leaves the
// clock at end. Run(Never) leaves it at the last timer.
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
				e.queue.anchor = e.now
			}
			return
		}
		e.handle(ev)
	}
	e.stop.Store(false)
}

// handle fires the timer whose entry came up, unless it was replaced, stopped or
// pushed out.
func (e *Engine) handle(ev event) {
	t := e.timers[ev.key&(1<<idBits-1)]
	seq := ev.key >> idBits
	if t == nil || t.pend != seq {
		return // replaced, or of a timer released since: seqs are unique
	}
	t.pend = 0
	switch t.seq {
	case seq:
		t.seq = 0
		e.now = ev.at
		e.fired++
		e.mix(ev.at, ev.key)
		t.owner.HandleTimer(int(t.kind))
	case 0: // stopped
	default: // pushed out; the entry keeps the rank of its Arm
		t.enqueue()
	}
}

// Stop ends Run after the current event, or the next Run before its first. It
// may be called from any goroutine.
func (e *Engine) Stop() { e.stop.Store(true) }

// Next returns the time of the next timer to fire, or Never if none is armed. It
// looks at every timer.
func (e *Engine) Next() Time {
	next := Never
	for _, t := range e.timers {
		if t != nil {
			next = min(next, t.When())
		}
	}
	return next
}

// nextSeq numbers the calls of Arm.
func (e *Engine) nextSeq() uint64 {
	e.seq++
	if e.seq > maxSeq {
		panic(fmt.Sprintf("sim: timers armed more than %d times", uint64(maxSeq)))
	}
	return e.seq
}

// register finds an id for t.
func (e *Engine) register(t *Timer) uint32 {
	if n := len(e.freeIDs); n > 0 {
		id := e.freeIDs[n-1]
		e.freeIDs = e.freeIDs[:n-1]
		e.timers[id] = t
		return id
	}
	if len(e.timers) == 1<<idBits {
		panic(fmt.Sprintf("sim: more than %d timers", 1<<idBits))
	}
	e.timers = append(e.timers, t)
	return uint32(len(e.timers) - 1)
}

// unregister gives an id back.
func (e *Engine) unregister(id uint32) {
	e.timers[id] = nil
	e.freeIDs = append(e.freeIDs, id)
}
