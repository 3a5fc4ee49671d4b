package probe

import (
	"slices"
	"testing"
)

func TestPoint(t *testing.T) {
	var p Point[int]
	if p.Enabled() {
		t.Error("the zero Point is observed")
	}
	p.Emit(1) // nobody listens
	var got []int
	p.Observe(func(v int) { got = append(got, v) })
	if !p.Enabled() {
		t.Error("one observer is none")
	}
	p.Observe(func(v int) { got = append(got, 10*v) })
	p.Emit(2)
	if len(got) != 2 || got[0] != 2 || got[1] != 20 {
		t.Errorf("observers got %v, want 2 and 20 in this order", got)
	}
	if n := testing.AllocsPerRun(100, func() { new(Point[int]).Emit(1) }); n != 0 {
		t.Errorf("emitting to nobody allocates %v times", n)
	}
}

// An Observer of many Points hears of each; one that is added to a Point later hears of that Point alone, after it.
func TestAttach(t *testing.T) {
	var a, b, c Point[int]
	var got []int
	shared := NewObserver(func(v int) { got = append(got, v) })
	c.Observe(func(v int) { got = append(got, 100*v) })
	for _, p := range []*Point[int]{&a, &b, &c} {
		p.Attach(shared)
	}
	b.Observe(func(v int) { got = append(got, 10*v) })
	a.Emit(1)
	b.Emit(2)
	c.Emit(3)
	if want := []int{1, 2, 20, 300, 3}; !slices.Equal(got, want) {
		t.Errorf("observers got %v, want %v", got, want)
	}
}
