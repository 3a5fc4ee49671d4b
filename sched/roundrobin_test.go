package sched

import "testing"

// turns asks r again and again and returns the subflows chosen; 0 is a wait, 1 the first
// subflow.
func turns(r *RoundRobin, n int, subs ...Subflow) (s string) {
	for range n {
		c := '0'
		for i, d := 0, r.Next(&View{Subflows: subs}); i < len(subs); i++ {
			if d.Do == Send && d.On.Has(i) {
				c = rune('1' + i)
			}
		}
		s += string(c)
	}
	return s
}

func TestRoundRobin(t *testing.T) {
	open, other, full := mark(0, 10, "s"), mark(1, 90, "s"), mark(1, 90, "")
	for _, tt := range []struct {
		name string
		r    RoundRobin
		subs []Subflow
		want string
	}{
		{"one segment each", RoundRobin{NumSegments: 1, CwndLimited: true}, []Subflow{open, other}, "12121212"},
		{"three in a row", RoundRobin{NumSegments: 3, CwndLimited: true}, []Subflow{open, other}, "11122211"},
		{"a full one loses its turn", RoundRobin{NumSegments: 1, CwndLimited: true}, []Subflow{open, full}, "11111111"},
		{"strict: it is waited for", RoundRobin{NumSegments: 1}, []Subflow{open, full}, "10000000"},
		{"not when it is stale", RoundRobin{NumSegments: 1}, []Subflow{open, mark(1, 90, "x")}, "11111111"},
		{"no backup beside a regular one", RoundRobin{NumSegments: 1}, []Subflow{open, mark(1, 90, "sb")}, "11111111"},
		{"nor while that is full", RoundRobin{NumSegments: 1, CwndLimited: true}, []Subflow{mark(0, 10, ""), mark(1, 90, "sb")}, "00000000"},
		{"backups when the regular one is stale", RoundRobin{NumSegments: 1, CwndLimited: true}, []Subflow{mark(0, 10, "x"), mark(1, 90, "sb"), mark(2, 90, "sb")}, "23232323"},
		{"backups take part on request", RoundRobin{NumSegments: 1, Backups: true}, []Subflow{open, mark(1, 90, "sb")}, "12121212"},
		{"and strictly", RoundRobin{NumSegments: 1, Backups: true}, []Subflow{open, mark(1, 90, "b")}, "10000000"},
	} {
		if got := turns(&tt.r, 8, tt.subs...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Shares go by subflow, not by its place in the view.
func TestRoundRobinSubflowGone(t *testing.T) {
	r := RoundRobin{NumSegments: 2}
	a, b, c := mark(0, 10, "s"), mark(1, 10, "s"), mark(2, 10, "s")
	if got := turns(&r, 3, a, b, c); got != "112" {
		t.Fatalf("got %s", got)
	}
	if got := turns(&r, 4, b, c); got != "1221" {
		t.Errorf("got %s, want b's second segment, c's two, b's first", got)
	}
}

// A wait for the one whose turn it is promises that nothing else matters; what is lost
// takes no turn.
func TestRoundRobinElse(t *testing.T) {
	r := &RoundRobin{NumSegments: 1}
	v := fresh(1e6, 1e6, mark(0, 10, ""), mark(1, 10, "s"))
	if d := r.Next(v); d != (Decision{On: One(0)}) {
		t.Errorf("%+v", d)
	}
	v.Job, v.Subflows[0].Limit = Lost, Carried
	decides(t, "what is lost", r, v, 1)
	v.Job, v.Subflows[0].Limit = Fresh, Free
	order(t, "new data", r, v, 0, 1)
}
