package sim

import "math/bits"

// An event is a time and a key; keys order the events of one instant. It has no
// pointers, so that the collector never scans the queue.
type event struct {
	at  Time
	key uint64
}

func (e event) before(f event) bool { return e.at < f.at || e.at == f.at && e.key < f.key }

// A wheel is a monotone priority queue of many events: a hierarchical timing wheel
// (Varghese and Lauck, 1987) on absolute time with digits of 6 bits. An event
// stays at the level of the highest digit in which its time differs from the
// anchor, in the slot of that digit; 11 levels hold every Time, so that nothing
// overflows and no tick has to be chosen. The zero wheel is empty and ready.
type wheel struct {
	anchor Time           // no later than any event, now or pushed later
	levels uint64         // bit l is set if level l has events
	slots  [levels]uint64 // bit s of level l is set if its slot s has events
	lists  [levels << digitBits]list
	nodes  []node // nodes[0] is no node
	free   int32  // list of unused nodes
	length int
	near   []uint64 // keys of the events that were spread last, if from a slot of nearLevel or below
}

const (
	digitBits = 6
	levels    = (63 + digitBits - 1) / digitBits
)

type node struct {
	event
	next int32
}

type list struct{ head, tail int32 }

// push adds an event; at must not be before the anchor.
func (w *wheel) push(ev event) {
	n := w.free
	if n != 0 {
		w.free = w.nodes[n].next
		w.nodes[n].event = ev
	} else {
		if len(w.nodes) == 0 {
			w.nodes = append(w.nodes, node{})
		}
		n = int32(len(w.nodes))
		w.nodes = append(w.nodes, node{event: ev})
	}
	w.length++
	w.insert(n)
}

// pop removes the least event in order of (at, key) if it is no later than end,
// and anchors the wheel there. Otherwise it changes nothing: the anchor must not
// overtake the clock, before which events may still be pushed.
func (w *wheel) pop(end Time) (ev event, ok bool) {
	if w.levels == 0 {
		return event{}, false
	}
	level := bits.TrailingZeros64(w.levels)
	slot := bits.TrailingZeros64(w.slots[level])
	l := &w.lists[level<<digitBits|slot]
	first := l.head
	ev = w.nodes[first].event
	if level > 0 && first != l.tail {
		least := w.least(first)
		if least > end {
			return event{}, false
		}
		w.remove(level, slot)
		w.anchor = least
		w.near = w.near[:0]
		for n := first; n != 0; {
			next := w.nodes[n].next
			if level <= nearLevel {
				w.near = append(w.near, w.nodes[n].key)
			}
			w.insert(n)
			n = next
		}
		level, slot = 0, int(least)&(1<<digitBits-1)
		l = &w.lists[slot]
		first = l.head
		ev = w.nodes[first].event
	} else if ev.at > end {
		return event{}, false
	}
	w.anchor = ev.at
	nd := &w.nodes[first]
	if l.head = nd.next; l.head == 0 {
		w.remove(level, slot)
	}
	nd.next, w.free = w.free, first
	w.length--
	return ev, true
}

// insert links node n where its time belongs. Slots of level 0 hold one instant
// each and are kept in order of keys; the others keep no order.
func (w *wheel) insert(n int32) {
	nd := &w.nodes[n]
	level := 0
	if x := uint64(nd.at ^ w.anchor); x != 0 {
		level = (bits.Len64(x) - 1) / digitBits
	}
	slot := int(nd.at>>(level*digitBits)) & (1<<digitBits - 1)
	l := &w.lists[level<<digitBits|slot]
	switch {
	case l.head == 0:
		nd.next = 0
		*l = list{n, n}
		w.levels |= 1 << level
		w.slots[level] |= 1 << slot
	case level == 0 && nd.key < w.nodes[l.tail].key:
		// Only an entry queued again under an old key gets here.
		prev := &l.head
		for w.nodes[*prev].key < nd.key {
			prev = &w.nodes[*prev].next
		}
		nd.next, *prev = *prev, n
	default:
		nd.next = 0
		w.nodes[l.tail].next = n
		l.tail = n
	}
}

// remove empties a slot; its nodes are the caller's.
func (w *wheel) remove(level, slot int) {
	w.lists[level<<digitBits|slot] = list{}
	if w.slots[level] &^= 1 << slot; w.slots[level] == 0 {
		w.levels &^= 1 << level
	}
}

// least returns the least time in the list that begins at n.
func (w *wheel) least(n int32) Time {
	t := Never
	for ; n != 0; n = w.nodes[n].next {
		t = min(t, w.nodes[n].at)
	}
	return t
}

// all yields the events, in no order.
func (w *wheel) all(yield func(event) bool) {
	for _, l := range w.lists {
		for n := l.head; n != 0; n = w.nodes[n].next {
			if !yield(w.nodes[n].event) {
				return
			}
		}
	}
}
