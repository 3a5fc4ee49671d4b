package tcp

import (
	"reflect"
	"testing"
)

// The timers of an endpoint lie in cache lines of their own: the event queue links them, and touches their
// neighbours' lines otherwise, at a cost of several percent of all time. So do the groups of fields that are
// used together.
func TestLines(t *testing.T) {
	const line = 64
	typ := reflect.TypeFor[Endpoint]()
	for _, name := range []string{"xmit", "ackT", "paceT", "condition", "snd", "rcv", "out", "rack", "Flow", "RTT"} {
		if f, ok := typ.FieldByName(name); !ok || f.Offset%line != 0 {
			t.Errorf("%s is at %d, want a multiple of %d", name, f.Offset, line)
		}
	}
	if typ.Size() > 1280 { // the size class, which is a multiple of lines
		t.Errorf("an endpoint has %d bytes", typ.Size())
	}
}
