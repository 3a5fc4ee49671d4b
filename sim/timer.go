package sim

import (
	"fmt"
	"time"
)

// A Handler owns timers; kind tells them apart.
type Handler interface{ HandleTimer(kind int) }

// A Timer calls its handler once at an instant. It is a field of its owner, so
// that arming allocates nothing, and must not be copied after Init.
//
// Arming is lazy: a timer that is pushed out again and again, like a
// retransmission timer, has one entry in the queue, which is queued anew only
// when it comes up too early. The order of firing is as if every Arm had
// replaced the entry: by time, then by the sequence of the Arm calls.
type Timer struct {
	pend   Event
	owner  Handler
	kind   int32
	at     Time   // deadline, if armed
	seq    uint64 // of the last Arm; 0 if not armed
	pendAt Time   // time of the entry of pend; Never if there is none
}

// Init makes t a timer of e that calls h.HandleTimer(kind). A timer in use must
// be released first.
func (t *Timer) Init(e *Engine, h Handler, kind int) {
	*t = Timer{pend: Event{e, e.register(armed{timer: t})}, owner: h, kind: int32(kind), pendAt: Never}
}

// Arm sets the deadline, whether t is armed or not. Arming at Never stops t; a
// deadline in the past panics.
func (t *Timer) Arm(at Time) {
	e := t.pend.engine
	if at < e.now {
		panic(fmt.Sprintf("sim: timer %d of %T armed for %v, which is before now, %v", t.kind, t.owner, at, e.now))
	}
	if at == Never {
		t.seq = 0
		return
	}
	t.at, t.seq = at, e.nextSeq()
	// The earlier case matters: left to the queued entry, the timer would
	// fire late, in the past of events already handled.
	if at < t.pendAt {
		t.enqueue()
	}
}

// ArmAfter arms t for d after now.
func (t *Timer) ArmAfter(d time.Duration) {
	at := t.pend.engine.now.Add(d)
	if d > 0 && at < 0 {
		at = Never
	}
	t.Arm(at)
}

// Stop disarms t and reports whether it was armed.
func (t *Timer) Stop() bool {
	armed := t.seq != 0
	t.seq = 0
	return armed
}

// Armed reports whether t will fire.
func (t *Timer) Armed() bool { return t.seq != 0 }

// When returns the deadline, or Never if t is not armed.
func (t *Timer) When() Time {
	if t.seq == 0 {
		return Never
	}
	return t.at
}

// Release stops t and gives its identity back to the engine. Owners that die
// before the run ends release their timers; t may be initialised again.
func (t *Timer) Release() {
	if e := t.pend.engine; e != nil {
		e.unregister(t.pend.id)
	}
	*t = Timer{}
}

// enqueue queues the entry of the last Arm.
func (t *Timer) enqueue() {
	t.pendAt = t.at
	t.pend.enqueue(t.at, t.seq)
}
