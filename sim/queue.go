package sim

// A queue is a monotone priority queue of events. As long as they are few, as those of some links and
// timers, they are in a list in order, where an event near its end costs a few comparisons; else in a wheel,
// which costs the same however many there are. The zero queue is empty and ready.
type queue struct {
	few   []event // the next one last
	wheel wheel
}

// The list goes into the wheel when it is longer than most, the wheel into the list when it has fewest.
const (
	most   = 24
	fewest = 8
)

// push adds an event; it must not be before the last one popped.
func (q *queue) push(ev event) {
	if q.wheel.length > 0 {
		q.wheel.push(ev)
		return
	}
	f := append(q.few, ev)
	i := len(f) - 1
	for ; i > 0 && f[i-1].before(ev); i-- {
		f[i] = f[i-1]
	}
	f[i] = ev
	q.few = f
	if len(f) > most {
		for _, ev := range f {
			q.wheel.push(ev)
		}
		q.few = f[:0]
	}
}

// pop removes the least event in order of (at, key) if it is no later than end. Otherwise it changes nothing.
func (q *queue) pop(end Time) (ev event, ok bool) {
	last := len(q.few) - 1
	if last < 0 {
		ev, ok = q.wheel.pop(end)
		if q.wheel.length == fewest && ok {
			q.shorten()
			q.wheel.anchor = ev.at
		}
		return ev, ok
	}
	if ev = q.few[last]; ev.at > end {
		return event{}, false
	}
	q.few = q.few[:last]
	q.wheel.anchor = ev.at
	return ev, true
}

// shorten moves all events from the wheel to the list.
func (q *queue) shorten() {
	q.few = q.few[:q.wheel.length]
	for i := len(q.few) - 1; i >= 0; i-- {
		q.few[i], _ = q.wheel.pop(Never)
	}
}

// all yields the events, in no order.
func (q *queue) all(yield func(event) bool) {
	for _, ev := range q.few {
		if !yield(ev) {
			return
		}
	}
	q.wheel.all(yield)
}
