package sched

import "testing"

// Algorithm reference, D1: P1 has 20 ms and a window of 10, P2 50 ms and 3 of 10 in flight.
func TestMinRTTWorked(t *testing.T) {
	p2 := sub(1, mss, 0, 3, 10, 100, 50*ms)
	decides(t, "P1 is full", &MinRTT{}, fresh(1e6, 1e6, sub(0, mss, 0, 10, 10, 100, 20*ms), p2), 1)
	decides(t, "P1 has a slot", &MinRTT{}, fresh(1e6, 1e6, sub(0, mss, 0, 9, 10, 100, 20*ms), p2), 0)
}

func TestMinRTT(t *testing.T) {
	for _, tt := range []struct {
		name string
		subs []Subflow
		want int
	}{
		{"nothing is up", nil, waits},
		{"lowest SRTT", []Subflow{mark(0, 30, "s"), mark(1, 10, "s")}, 1},
		{"the first of equals", []Subflow{mark(0, 10, "s"), mark(1, 10, "s")}, 0},
		{"no sample yet", []Subflow{mark(0, 10, "s"), mark(1, 0, "s")}, 1},
		{"the fast one is full", []Subflow{mark(0, 20, ""), mark(1, 50, "s")}, 1},
		{"all are full", []Subflow{mark(0, 20, ""), mark(1, 50, "")}, waits},
		{"a full regular subflow blocks the backup", []Subflow{mark(0, 30, ""), mark(1, 10, "sb")}, waits},
		{"in any order", []Subflow{mark(0, 10, "sb"), mark(1, 30, "")}, waits},
		{"until it is stale", []Subflow{mark(0, 30, "x"), mark(1, 10, "sb")}, 1},
		{"one that is not ready blocks it, too", []Subflow{mark(0, 30, "u"), mark(1, 10, "sb")}, waits},
		{"a backup alone", []Subflow{mark(0, 10, "sb")}, 0},
		{"the fastest backup", []Subflow{mark(0, 30, "sb"), mark(1, 10, "sb")}, 1},
	} {
		decides(t, tt.name, new(MinRTT), &View{Subflows: tt.subs}, tt.want)
	}
}

// What must go again goes where it has not been, to a backup if need be; where it has been
// only when no other is up.
func TestMinRTTAgain(t *testing.T) {
	for _, tt := range []struct {
		name string
		subs []Subflow
		want int
	}{
		{"not where it was", []Subflow{mark(0, 10, "c"), mark(1, 90, "s")}, 1},
		{"lowest SRTT of the others", []Subflow{mark(0, 10, "c"), mark(1, 90, "s"), mark(2, 80, "s")}, 2},
		{"waits for a full one", []Subflow{mark(0, 10, "c"), mark(1, 90, "")}, waits},
		{"a backup when all regular ones have carried it", []Subflow{mark(0, 10, "c"), mark(1, 90, "sb")}, 1},
		{"a backup when the regular one is stale", []Subflow{mark(0, 10, "x"), mark(1, 90, "sb")}, 1},
		{"no backup while a regular one is left", []Subflow{mark(0, 10, "c"), mark(1, 50, "sb"), mark(2, 90, "s")}, 2},
		{"any when all have carried it", []Subflow{mark(0, 90, "s"), mark(1, 10, "s")}, 1},
		{"then regular ones first", []Subflow{mark(0, 90, "s"), mark(1, 10, "sb")}, 0},
	} {
		decides(t, tt.name, new(MinRTT), &View{Job: Lost, Subflows: tt.subs}, tt.want)
	}
}

// Of those that may serve, which is the fastest, and which the fastest that is free?
func TestServe(t *testing.T) {
	for _, tt := range []struct {
		name          string
		subs          []Subflow
		fastest, free int
	}{
		{"none", nil, -1, -1},
		{"the fast one is full", []Subflow{mark(0, 50, "s"), mark(1, 10, "")}, 1, 0},
		{"the first of equals", []Subflow{mark(0, 10, "s"), mark(1, 10, "s")}, 0, 0},
		{"the first of equals that are full", []Subflow{mark(0, 10, ""), mark(1, 10, "")}, 0, -1},
		{"nobody waits for a handshake", []Subflow{mark(0, 10, "u"), mark(1, 50, "s")}, 1, 1},
		{"a backup before the first regular one", []Subflow{mark(0, 10, "sb"), mark(1, 50, "")}, 1, -1},
		{"a stale one is no regular one", []Subflow{mark(0, 10, "sb"), mark(1, 50, "x")}, 0, 0},
	} {
		if fastest, free := Serve(&View{Subflows: tt.subs}); fastest != tt.fastest || free != tt.free {
			t.Errorf("%s: %d and %d, want %d and %d", tt.name, fastest, free, tt.fastest, tt.free)
		}
	}
}
