package sim

// With thousands of links no event finds in a cache what it needs: one event after the other waits for memory.
// When the wheel spreads a slot of 4 us, all its events are near. Their owners load in short loops what they
// will need, so that many loads wait at once. It changes no result.

const (
	nearLevel  = 2 // of the wheel: its slots are of 4 us
	nearEvents = 4 // at least so many are worth it
	nearSteps  = 4 // each owner reads what the step before has loaded for all
)

// lookAhead has the owners of the events that are near load what they will need.
func (e *Engine) lookAhead() {
	owners := e.owners[:0]
	for _, key := range e.queue.wheel.near {
		if a := &e.armed[key&(1<<idBits-1)]; a.timer == nil && a.seq == key>>idBits {
			owners = append(owners, a.owner)
		}
	}
	for step := range nearSteps {
		for _, o := range owners {
			e.looked += o.LookAhead(step) // else the compiler would leave the loads out
		}
	}
	e.owners = owners
	e.queue.wheel.near = e.queue.wheel.near[:0]
}
