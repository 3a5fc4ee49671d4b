package netem

import (
	"reflect"
	"testing"
)

// The timers of a link lie in cache lines of their own: the event queue links them, and
// touches their neighbours' lines otherwise, at a cost of several percent of all time.
func TestTimersAligned(t *testing.T) {
	const line = 64
	typ := reflect.TypeFor[Link]()
	for _, name := range []string{"arrive", "finish"} {
		if f, ok := typ.FieldByName(name); !ok || f.Offset%line != 0 {
			t.Errorf("%s is at %d, want a multiple of %d", name, f.Offset, line)
		}
	}
	if typ.Size() > 640 { // the size class, which is a multiple of lines
		t.Errorf("a link has %d bytes", typ.Size())
	}
}
