package record

// Thin keeps items as they come until there are Limit of them, then every
// second, every fourth and so on: a bounded sample, evenly spread over the
// items, that no random number decides. The zero Thin is ready to use.
type Thin[T any] struct {
	Limit int // greatest number of items; 0 means DefaultPoints

	seen   int // items ever added
	stride int // one of so many is kept
	items  []T
}

// Add adds an item.
func (t *Thin[T]) Add(item T) {
	if t.stride == 0 {
		t.stride = 1
	}
	if t.seen%t.stride == 0 {
		limit := t.Limit
		if limit == 0 {
			limit = DefaultPoints
		}
		if len(t.items) == limit {
			t.halve()
		}
		if t.seen%t.stride == 0 {
			t.items = append(t.items, item)
		}
	}
	t.seen++
}

// halve drops every second item.
func (t *Thin[T]) halve() {
	for i := 0; i < len(t.items); i += 2 {
		t.items[i/2] = t.items[i]
	}
	t.items = t.items[:(len(t.items)+1)/2]
	t.stride *= 2
}

// Items returns what was kept, in the order of adding.
func (t *Thin[T]) Items() []T { return t.items }

// Thinned says how Items was chosen; nil if it has all items.
func (t *Thin[T]) Thinned() *Thinning {
	if t.stride <= 1 {
		return nil
	}
	return &Thinning{Samples: t.seen, Kept: len(t.items)}
}
