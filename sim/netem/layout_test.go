package netem

import (
	"reflect"
	"testing"
)

// What a packet needs of a link that takes the fast path lies in four cache lines, which begin where the
// link does: with thousands of links none is in a cache.
func TestLinkLayout(t *testing.T) {
	const line = 64
	typ := reflect.TypeFor[Link]()
	for i, names := range [][]string{
		{"pipe", "arrive", "propagation", "dep", "fast", "tapped", "lossy"},
		{"free", "bytes", "serializer", "course"},
		{"Points", "started"},
		{"net", "to", "limit"},
	} {
		for _, name := range names {
			f, ok := typ.FieldByName(name)
			if first, last := f.Offset/line, (f.Offset+f.Type.Size()-1)/line; !ok || int(first) != i || last != first {
				t.Errorf("%s is in the lines %d to %d, want %d", name, first, last, i)
			}
		}
	}
	counts, _ := typ.FieldByName("stats")
	delivered, _ := reflect.TypeFor[LinkCounts]().FieldByName("Delivered")
	if last := counts.Offset + delivered.Offset + delivered.Type.Size(); last > 4*line {
		t.Errorf("the counts of packets sent and delivered end at %d, want at most %d", last, 4*line)
	}
	if n := typ.Size(); n > 640 || n <= 576 { // the size class, a multiple of lines
		t.Errorf("a link has %d bytes", n)
	}
}

// A packet and a route are a cache line each, which begins where an object of that size does.
func TestLayout(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Packet](), reflect.TypeFor[Route](), reflect.TypeFor[Host]()} {
		if typ.Size() != 64 {
			t.Errorf("%v has %d bytes, want 64", typ, typ.Size())
		}
	}
}
