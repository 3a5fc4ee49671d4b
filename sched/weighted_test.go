package sched

import "testing"

func weights(w ...int) (subs []Subflow) {
	for i, n := range w {
		s := mark(i, 10*(i+1), "s")
		s.Weight = n
		subs = append(subs, s)
	}
	return subs
}

func TestWeighted(t *testing.T) {
	order(t, "3:1", &Weighted{}, fresh(1e6, 1e6, weights(3, 1)...), 0, 0, 0, 1, 0, 0, 0, 1)
	order(t, "without weights", &Weighted{}, fresh(1e6, 1e6, weights(0, 0)...), 0, 1, 0, 1)
	order(t, "1:2:1", &Weighted{}, fresh(1e6, 1e6, weights(1, 2, 1)...), 0, 1, 1, 2, 0, 1, 1, 2)

	v := fresh(1e6, 1e6, weights(3, 1)...)
	v.Subflows[0].Limit = Full
	order(t, "one is full", &Weighted{}, v, 1, 1, 1)
	order(t, "strict: it is waited for", &Weighted{Strict: true}, v, waits, waits)
	w := new(Weighted)
	order(t, "it keeps one turn", w, v, 1, 1, 1, 1)
	v.Subflows[0].Limit = Free
	order(t, "and no more", w, v, 0, 0, 0, 1, 0, 0, 0, 1)

	v = fresh(1e6, 1e6, weights(3, 1)...)
	v.Subflows[1].Limit = Full
	order(t, "strict: on its turn", &Weighted{Strict: true}, v, 0, 0, 0, waits, waits)
	v.Subflows[1].Limit = Unready
	order(t, "nobody waits for a handshake", &Weighted{Strict: true}, v, 0, 0, 0, 0)
	v.Subflows[1].Limit, v.Subflows[1].Backup = Free, true
	order(t, "no backup beside a regular one", &Weighted{}, v, 0, 0, 0, 0)
	v.Job = Lost
	v.Subflows[0].Limit = Carried
	decides(t, "what is lost goes as with minrtt", &Weighted{}, v, 1)
	if d := new(Weighted).Next(new(View)); d != (Decision{}) {
		t.Errorf("without subflows: %+v", d)
	}
}

// Shares are of bytes: segments of 500 against 1000 bytes, of the same weight. The last
// segment counts as long as it is.
func TestWeightedBytes(t *testing.T) {
	v := fresh(1e6, 1e6, weights(2, 1)...)
	v.Subflows[0].MSS, v.Subflows[1].MSS = 500, 1000
	order(t, "2·500 : 1·1000", &Weighted{}, v, 0, 0, 1, 0, 0, 1)
	v = fresh(400, 1e6, weights(1, 1)...)
	order(t, "runts of 400 of 1000, then what is left over", &Weighted{}, v, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1)
}

// The turn is of a subflow, not of its place in the view.
func TestWeightedSubflowGone(t *testing.T) {
	w, v := new(Weighted), fresh(1e6, 1e6, weights(2, 2, 2)...)
	order(t, "three", w, v, 0, 0, 1)
	v.Subflows = v.Subflows[1:]
	order(t, "the first is gone", w, v, 0, 1, 1, 0, 0)
}
