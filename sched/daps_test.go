package sched

import (
	"testing"
	"time"
)

// The plan of the algorithm reference, D8: delays of 10 and 40 ms, windows of 5 and 8. P1
// takes segments 1 to 15, P1 and P2 what arrives after 40 ms, the fast one first.
func TestDAPS(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 0, 5, 100, 20*ms), sub(1, mss, 0, 0, 8, 100, 80*ms))
	d := &DAPS{Grain: 2 * ms} // 10 ms is no multiple of 4
	d.make(v)
	want := []struct {
		id       int
		at       time.Duration
		from, to uint64
	}{{0, 10 * ms, 0, 5}, {0, 20 * ms, 5, 10}, {0, 30 * ms, 10, 15}, {0, 40 * ms, 15, 20}, {1, 40 * ms, 20, 28}}
	if d.n != len(want) {
		t.Fatalf("%d steps, want %d", d.n, len(want))
	}
	for k, w := range want {
		if got := d.plan[k]; got != (step{w.id, w.at, Range{w.from * mss, w.to * mss}}) {
			t.Errorf("step %d: %+v, want %+v", k, got, w)
		}
	}
	take := func(name string, on int, from uint64) {
		t.Helper()
		if dec := decides(t, name, d, v, on); dec.Bytes != (Range{from * mss, (from + 1) * mss}) {
			t.Errorf("%s: %+v", name, dec)
		}
	}
	take("in order", 0, 0)
	v.Subflows[0].Limit = Full
	take("ahead of what the fast one will send", 1, 20)
	v.Pieces = []Piece{{Range: Range{20 * mss, 28 * mss}, On: One(1)}}
	decides(t, "its share is sent", d, v, waits)
	v.Subflows[0].Limit = Free
	take("the fast one goes on", 0, 0)
	v.Pieces = []Piece{{Range: Range{0, 28 * mss}, On: One(1)}}
	v.Hand = v.Gap(0)
	take("a new plan", 0, 28)
	v.Subflows = v.Subflows[1:]
	take("that does not hold any more", 0, 28)
	if d.n != 1 || d.plan[0].id != 1 {
		t.Errorf("a plan of %d steps: %+v", d.n, d.plan[:d.n])
	}
	v.Job, v.Subflows[0].Limit = Lost, Full
	decides(t, "what is lost", d, v, waits)
}

// Delays are rounded to multiples of the grain, and are never 0.
func TestDAPSDelay(t *testing.T) {
	d := &DAPS{Grain: 4 * ms}
	for srtt, want := range map[time.Duration]time.Duration{0: 4, 11: 4, 12: 8, 19: 8, 20: 12, 80: 40} { // order does not matter
		if got := d.delay(&Subflow{SRTT: srtt * ms}); got != want*ms {
			t.Errorf("SRTT %d ms: %v, want %d ms", srtt, got, want)
		}
	}
	for _, x := range []struct{ a, b, want time.Duration }{{10, 40, 40}, {4, 6, 12}, {1, 7, 7}} {
		if got := lcm(x.a, x.b); got != x.want {
			t.Errorf("%d, %d: %d", x.a, x.b, got)
		}
	}
}

// Subflows of one delay follow each other by ID; a plan is of 64 windows at most.
func TestDAPSLimits(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 0, 5, 100, 994*ms), sub(1, mss, 0, 0, 8, 100, 8*ms), sub(2, mss, 0, 0, 3, 100, 8*ms))
	d := &DAPS{Grain: 4 * ms}
	d.make(v)
	if d.n != 64 || d.plan[0].id != 1 || d.plan[1].id != 2 || d.plan[63].at != 128*ms || d.plan[63].To != 352*mss {
		t.Errorf("%d steps, to %+v", d.n, d.plan[63])
	}
	d.make(&View{})
	if d.n != 0 {
		t.Errorf("%d steps without a subflow", d.n)
	}
}
