package rare

import "testing"

// Nothing is forced without a Force; a seed chooses some of the cases, and each is chosen by some.
func TestForce(t *testing.T) {
	for _, c := range Cases {
		if (*Force)(nil).Has(c) {
			t.Errorf("%s is forced by nobody", c)
		}
		if !Only(c).Has(c) {
			t.Errorf("%s alone is not forced", c)
		}
		n := 0
		for seed := range uint64(1000) {
			if a, b := New(seed), New(seed); a.Has(c) != b.Has(c) {
				t.Fatal("the choice is not a function of the seed")
			}
			if New(seed).Has(c) {
				n++
			}
		}
		if n < 400 || n > 600 {
			t.Errorf("%d of 1000 seeds force %s", n, c)
		}
		for key := range uint64(1000) {
			if b := New(7).Before(c, key, 100); b < 1 || b > 100 {
				t.Fatalf("%s starts %d before its end, want 1 to 100", c, b)
			}
		}
	}
	f, none := New(3), (*Force)(nil)
	if g := f.With(Ties); !g.Has(Ties) || g.Has(RingWrap) != f.Has(RingWrap) || !none.With(Ties).Has(Ties) {
		t.Error("With forces other cases than it should")
	}
	if Only(RingWrap).Has(Ties) {
		t.Error("another case is forced than the only one")
	}
}
