package tcp

import (
	"math/rand/v2"
	"testing"

	"mpsim/sim/units"
)

// Whatever overlaps, in any order and across the end of the sequence space: each byte is fresh once, is taken
// once and in order, and what is held is what has come and not been taken. The twin marks bytes in an array.
func TestReceiverHolds(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		first := uint32(rnd.Uint64())
		if seed%2 == 0 {
			first = -uint32(rnd.IntN(300))
		}
		const size = 400
		var come [size]bool
		r := &receiver{nxt: first}
		taken := 0
		for taken < size {
			from := rnd.IntN(size)
			n := 1 + rnd.IntN(min(40, size-from))
			if from <= taken { // as deliver takes what is next
				n = max(n, 1)
				if from+n <= taken {
					continue
				}
				for i := taken; i < from+n; i++ {
					come[i] = true
				}
				taken = from + n
				r.nxt = first + uint32(taken)
			} else {
				want := 0
				for i := from; i < from+n; i++ {
					if !come[i] {
						want++
					}
					come[i] = true
				}
				if got := r.hold(first+uint32(from), Chunk{Len: n, Pos: uint64(from)}); got != want {
					t.Fatalf("seed %d: %d bytes of [%d, %d) are fresh, want %d", seed, got, from, from+n, want)
				}
			}
			for {
				c, ok := r.next()
				if !ok {
					break
				}
				if c.Pos != uint64(taken) {
					t.Fatalf("seed %d: byte %d is next, want %d", seed, c.Pos, taken)
				}
				taken += c.Len
			}
			r.taken()
			if r.nxt != first+uint32(taken) || taken < size && come[taken] {
				t.Fatalf("seed %d: next is byte %d, taken are %d, and the next has come: %v",
					seed, r.nxt-first, taken, come[min(taken, size-1)])
			}
		}
		if n := r.held(); n != 0 || r.ranges.Len() != 0 {
			t.Errorf("seed %d: %d bytes are held in the end", seed, n)
		}
	}
}

// The window never moves its right edge left, and the shift rounds it down: what the field says is never more
// than was offered (RFC 9293, section 3.8.6; RFC 7323, section 2.3).
func TestReceiverAnnounces(t *testing.T) {
	for _, tt := range []struct {
		scale  int8
		edge   uint32 // before, less nxt
		window int
		mapped bool
		field  uint16
		after  uint32
	}{
		{0, 0, 1000, false, 1000, 1000},
		{3, 0, 1007, false, 125, 1000},
		{3, 1000, 500, false, 125, 1000}, // shrinking is not said
		{3, 1000, 500, true, 62, 1000},   // but with mappings it is that of the connection, and the edge stays
		{0, 0, 70000, false, 65535, 65535},
		{2, 0, 1 << 20, false, 65535, 65535 << 2},
	} {
		r := &receiver{nxt: 1 << 31, edge: 1<<31 + tt.edge, scale: tt.scale}
		if got := r.announce(units.Bytes(tt.window), tt.mapped); got != tt.field || r.edge-r.nxt != tt.after {
			t.Errorf("%+v: the field is %d and the edge %d", tt, got, r.edge-r.nxt)
		}
	}
}
