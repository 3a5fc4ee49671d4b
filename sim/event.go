package sim

import "fmt"

// An Owner is what events belong to.
type Owner interface {
	// HandleEvent is called when the event of the owner fires, which may be armed again at once.
	HandleEvent(now Time)
	// LookAhead is called in steps from 0 to 3 when the event is near. It reads what HandleEvent will need
	// and what the step before has led to, so that it is in the cache by then, and returns any sum of it.
	// It changes nothing, and what it returns matters to nobody.
	LookAhead(step int) uint64
}

// An Event calls its owner once at an instant. It is for what fires at nearly every instant for which it is
// armed, such as the arrivals at the end of a link: each Arm is an entry of the queue. What is pushed out
// again and again has a Timer. An Event is a field of its owner, and must not be copied after Init.
type Event struct {
	engine *Engine
	id     uint32
}

// Init makes v the event of e that calls o.HandleEvent.
func (v *Event) Init(e *Engine, o Owner) { *v = Event{e, e.register(armed{owner: o})} }

// Arm has v fire at an instant, and at no other for which it was armed before. Arming at Never stops v; an
// instant in the past panics.
func (v *Event) Arm(at Time) {
	e := v.engine
	if at < e.now {
		panic(fmt.Sprintf("sim: an event of %T armed for %v, which is before now, %v", e.armed[v.id].owner, at, e.now))
	}
	if at == Never {
		v.Stop()
		return
	}
	v.enqueue(at, e.nextSeq())
}

// Stop disarms v.
func (v *Event) Stop() { v.engine.armed[v.id].seq = 0 }

// enqueue queues the entry that counts from now on; an older one becomes void.
func (v *Event) enqueue(at Time, seq uint64) {
	e := v.engine
	e.armed[v.id].seq = seq
	e.queue.push(event{at, seq<<idBits | uint64(v.id)})
}
