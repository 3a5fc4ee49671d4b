package mptcp

import (
	"math/rand/v2"
	"testing"

	"mpsim/sched"
	"mpsim/sim"
)

// The ledger says of each byte what a table of bytes says, whatever is assigned, taken back, delivered, acknowledged,
// and whoever goes.
func TestLedgerIsATableOfBytes(t *testing.T) {
	const size = 200
	type row struct {
		on          sched.Set
		first, last sim.Time
		acked       bool
	}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		l := &ledger{aged: seed%2 == 0}
		var twin [size]row
		una := 0
		for step := range 60 {
			now := sim.Time(step + 1)
			a := una + r.IntN(size-una)
			part := sched.Range{From: uint64(a), To: uint64(a + 1 + r.IntN(size-a))}
			i := r.IntN(3)
			switch r.IntN(12) {
			case 0:
				l.release(part, i)
				for k := part.From; k < part.To; k++ {
					if b := &twin[k]; b.on&^sched.One(i) == 0 && !b.acked {
						*b = row{}
					} else {
						b.on &^= sched.One(i)
					}
				}
			case 1:
				l.delivered(part)
				for k := part.From; k < part.To; k++ {
					if twin[k].first > 0 {
						twin[k].acked = true
					}
				}
			case 2:
				if una += r.IntN(20); una >= size-1 {
					una = size - 1
				}
				l.acknowledged(uint64(una))
				clear(twin[:una])
			case 3:
				l.without(i)
				for k := range twin {
					twin[k].on = twin[k].on.Without(i)
				}
			default:
				l.assign(part, sched.One(i), now)
				for k := part.From; k < part.To; k++ {
					b := &twin[k]
					if b.first == 0 {
						b.first = now
					}
					b.on, b.last = b.on|sched.One(i), now
				}
			}
			var got [size]row
			for k, p := range l.pieces() {
				if p.From >= p.To || k > 0 && l.pieces()[k-1].To > p.From {
					t.Fatalf("seed %d, step %d: pieces %+v", seed, step, l.pieces())
				}
				for b := p.From; b < p.To; b++ {
					got[b] = row{p.On, p.First, p.Last, p.Acked}
				}
			}
			want := twin
			for k := range want {
				if !l.aged { // times are those of any part of a piece
					got[k].first, got[k].last, want[k].first, want[k].last = 0, 0, 0, 0
				}
				if got[k] != want[k] {
					t.Fatalf("seed %d, step %d: byte %d is %+v, want %+v; pieces %+v", seed, step, k, got[k], want[k], l.pieces())
				}
			}
			gap := una
			for gap < size && twin[gap].first > 0 {
				gap++
			}
			if g := l.gap(uint64(una)).From; g != uint64(gap) {
				t.Fatalf("seed %d, step %d: the first gap is at %d, want %d", seed, step, g, gap)
			}
			lacks := l.lacks(i)
			from := una
			for from < size && (twin[from].first == 0 || twin[from].on.Has(i)) {
				from++
			}
			to := from
			for to < size && twin[to].first > 0 && !twin[to].on.Has(i) {
				to++
			}
			if from < size && lacks != (sched.Range{From: uint64(from), To: uint64(to)}) || from == size && lacks.Len() > 0 {
				t.Fatalf("seed %d, step %d: subflow %d lacks %v, want %d to %d", seed, step, i, lacks, from, to)
			}
		}
	}
}

// What one subflow carries in order is one piece, however many segments it is: the ledger of a bulk transfer stays short.
func TestLedgerStaysShort(t *testing.T) {
	l := &ledger{}
	for k := range uint64(10_000) {
		l.assign(sched.Range{From: k * 1420, To: (k + 1) * 1420}, sched.One(0), sim.Time(k))
	}
	if n := len(l.pieces()); n != 1 {
		t.Errorf("%d pieces, want 1", n)
	}
	for k := range uint64(10_000) { // a second one copies
		l.assign(sched.Range{From: k * 1420, To: (k + 1) * 1420}, sched.One(1), sim.Time(k))
		if n := len(l.pieces()); n > 2 {
			t.Fatalf("%d pieces, want two at most", n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { l.assign(sched.Range{From: 0, To: 1420}, sched.One(2), 0) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
