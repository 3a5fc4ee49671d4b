package wire

import (
	"math/rand/v2"
	"testing"
)

// The sum in constant time is that of the bytes, at all parities and across the
// end of a period.
func TestContentSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 20000 {
		pos, n := r.Uint64N(3*contentPeriod), r.IntN(3000)
		if r.IntN(10) == 0 {
			pos, n = contentPeriod-r.Uint64N(5), r.IntN(3*contentPeriod)
		}
		b := AppendContent(nil, pos, n)
		for i := 0; i < n; i += 1 + n/7 {
			if b[i] != Content(pos+uint64(i)) {
				t.Fatalf("byte %d of [%d, +%d) is %x, want %x", i, pos, n, b[i], Content(pos+uint64(i)))
			}
		}
		if got, want := fold(ContentSum(pos, n)), fold(sum(b)); got != want {
			t.Fatalf("[%d, +%d): sum %#04x, want %#04x", pos, n, got, want)
		}
	}
}

func BenchmarkContentSum(b *testing.B) {
	for i := range b.N {
		ContentSum(uint64(i)*1420, 1420)
	}
}
