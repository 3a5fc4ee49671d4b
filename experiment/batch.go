package experiment

// A batch holds events until there are enough of them, and gives them back by group: in the order of
// groups, and those of a group in the order in which they came. The zero batch has no tags.
type batch[T any] struct {
	events, sorted []event[T]
	groups         []uint32 // by tag
	starts         []uint32 // by group: where in sorted its next event goes; one more than groups
}

// event is a value, and the tag of whom it is of.
type event[T any] struct {
	tag   uint32
	value T
}

// A batch is ready with some events a group, so that what is kept of a group is fetched once for them. With
// few groups all of it stays in the cache, and their order is left alone.
const (
	eventsOfGroup = 8
	leastBatch    = 256
	mostBatch     = 1 << 16
	fewGroups     = 64
)

// tag returns a new tag, of a group.
func (b *batch[T]) tag(group int) uint32 {
	for len(b.starts) < group+2 {
		b.starts = append(b.starts, 0)
	}
	b.groups = append(b.groups, uint32(group))
	return uint32(len(b.groups) - 1)
}

// add takes an event down, and reports whether it is time to take all.
func (b *batch[T]) add(tag uint32, value T) (ready bool) {
	b.events = append(b.events, event[T]{tag, value})
	return len(b.events) == cap(b.events)
}

// take returns all events, and forgets them. They are valid until the next one is added.
func (b *batch[T]) take() []event[T] {
	all := b.events
	if want := min(max(eventsOfGroup*len(b.starts), leastBatch), mostBatch); cap(b.events) < want {
		b.events = make([]event[T], 0, want)
	}
	b.events = b.events[:0]
	if len(b.starts) > fewGroups {
		return b.sort(all)
	}
	return all
}

// sort puts events in the order of their groups (counting sort).
func (b *batch[T]) sort(events []event[T]) []event[T] {
	clear(b.starts)
	for i := range events {
		b.starts[b.groups[events[i].tag]+1]++
	}
	for g := 1; g < len(b.starts); g++ {
		b.starts[g] += b.starts[g-1]
	}
	if cap(b.sorted) < len(events) {
		b.sorted = make([]event[T], cap(events))
	}
	sorted := b.sorted[:len(events)]
	for i := range events {
		at := &b.starts[b.groups[events[i].tag]]
		sorted[*at] = events[i]
		*at++
	}
	return sorted
}
