package mptcp

import (
	"testing"

	"mpsim/sim"
)

// A tight reorder queue moves to its front for each chunk that comes last, although there is room at the
// back; one that is not grows. Both hold the same.
func TestTightReorder(t *testing.T) {
	queue := func(tight bool) *Conn {
		c := &Conn{eng: sim.NewEngine(), tight: tight}
		for i := range uint64(5) {
			c.hold(100+10*i, 5, 0)
		}
		c.rcvNxt = 105
		c.drain()
		c.hold(200, 5, 0)
		return c
	}
	loose, tight := queue(false), queue(true)
	if loose.ofoHead == 0 || tight.ofoHead != 0 {
		t.Errorf("the queues begin at %d and, tight, at %d; want more than 0, and 0", loose.ofoHead, tight.ofoHead)
	}
	a, b := loose.ofo[loose.ofoHead:], tight.ofo[tight.ofoHead:]
	if len(a) != 5 || len(b) != 5 || loose.ofoBytes != tight.ofoBytes {
		t.Fatalf("%d chunks of %v and %d of %v, want 5 of 25B", len(a), loose.ofoBytes, len(b), tight.ofoBytes)
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("chunk %d is %+v, tight %+v", i, a[i], b[i])
		}
	}
}
