package netem

import (
	"reflect"
	"testing"
)

// The timer of a link lies in a cache line of its own: the engine touches its neighbours' lines otherwise.
func TestTimerAligned(t *testing.T) {
	const line = 64
	typ := reflect.TypeFor[Link]()
	if f, ok := typ.FieldByName("finish"); !ok || f.Offset%line != 0 {
		t.Errorf("finish is at %d, want a multiple of %d", f.Offset, line)
	}
	if typ.Size() > 640 { // the size class, which is a multiple of lines
		t.Errorf("a link has %d bytes", typ.Size())
	}
}
