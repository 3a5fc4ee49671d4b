package experiment

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A batch gives back all that was added since it was emptied, those of a group together and in their order;
// with few groups all in order. What has been ready once is not allocated again.
func TestBatch(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, groups := range []int{1, 3, fewGroups - 1, fewGroups, fewGroups + 1, 1000, mostBatch} {
		var b batch[int]
		of := make(map[uint32]int)
		for range 2 * groups { // two tags a group, in no order
			g := r.IntN(groups)
			of[b.tag(g)] = g
		}
		var want []event[int]
		flush := func() {
			got := b.take()
			if len(b.starts)-1 >= fewGroups {
				slices.SortStableFunc(want, func(x, y event[int]) int { return of[x.tag] - of[y.tag] })
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%d groups: %d events, want %d, or in another order", groups, len(got), len(want))
			}
			want = want[:0]
		}
		ready := 0
		for i := range 300_000 {
			x := event[int]{uint32(r.IntN(len(of))), i}
			full := b.add(x.tag, x.value)
			if want = append(want, x); full {
				ready++
				flush()
			}
		}
		flush()
		flush() // nothing
		if most := 3 + 300_000/min(max(eventsOfGroup*groups/2, leastBatch), mostBatch); ready > most {
			t.Errorf("%d groups: ready %d times, want at most %d", groups, ready, most)
		}
		add := func() {
			if b.add(0, 0) {
				b.take()
			}
		}
		for range 2 * mostBatch {
			add()
		}
		if n := testing.AllocsPerRun(2*mostBatch, add); n != 0 {
			t.Errorf("%d groups: %v allocations an event", groups, n)
		}
	}
}
