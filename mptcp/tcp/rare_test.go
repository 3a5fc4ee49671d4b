package tcp

import (
	"math/rand/v2"
	"testing"

	"mpsim/sim/rare"
)

// Indices of records that come to their end are numbered anew, and a ring grows from one record: sums,
// and the order of transmission, are those of a scoreboard that starts at 0.
func TestForcedScoreboard(t *testing.T) {
	for _, c := range []rare.Case{rare.ScoreboardWrap, rare.SmallRings} {
		var a, b scoreboard
		a.init()
		b.init()
		b.force(rare.Only(c), 1)
		start := b.tail
		r := rand.New(rand.NewPCG(1, 2))
		seq := uint32(0)
		for range 5000 {
			switch n := a.len(); {
			case n == 0 || r.IntN(3) > 0 && n < 60:
				x := record{seq: seq, len: uint16(1 + r.IntN(1400))}
				seq += uint32(x.len)
				if i, j := a.push(0, x.seq, int(x.len), 0), b.push(0, x.seq, int(x.len), 0); a.linked {
					a.append(i)
					b.append(j)
				}
			case r.IntN(2) == 0:
				k := uint32(r.IntN(n))
				a.list(a.head + k)
				b.list(b.head + k)
			default:
				a.pop()
				b.pop()
			}
			if a.len() != b.len() || a.bytes != b.bytes {
				t.Fatalf("%s: %d records of %d bytes, want %d of %d", c, b.len(), b.bytes, a.len(), a.bytes)
			}
			i, j := a.earliest(), b.earliest()
			for ; i != noRecord && j != noRecord; i, j = a.later(i), b.later(j) {
				if a.at(i).seq != b.at(j).seq {
					t.Fatalf("%s: record %d is where %d was sent", c, b.at(j).seq, a.at(i).seq)
				}
			}
			if i != j {
				t.Fatalf("%s: one list ends before the other", c)
			}
		}
		if c == rare.ScoreboardWrap && b.tail >= start {
			t.Errorf("the indices have gone from %d to %d, and were not numbered anew", start, b.tail)
		}
	}
}
