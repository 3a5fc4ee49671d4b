package sched

import "testing"

// order asks r again and again and returns the subflows chosen; 0 is Wait, 1
// the first subflow.
func order(r *RoundRobin, n int, subs ...Subflow) string {
	var s []byte
	for range n {
		set, c := r.Next(&View{Subflows: subs}), byte('0')
		for i := range subs {
			if set.Has(i) {
				c = byte('1' + i)
			}
		}
		s = append(s, c)
	}
	return string(s)
}

func TestRoundRobin(t *testing.T) {
	open, other, full := sub(0, 10, "s"), sub(1, 90, "s"), sub(1, 90, "")
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
		{"not when it is stale", RoundRobin{NumSegments: 1}, []Subflow{open, sub(1, 90, "x")}, "11111111"},
		{"no backup beside a regular one", RoundRobin{NumSegments: 1}, []Subflow{open, sub(1, 90, "sb")}, "11111111"},
		{"nor while that is full", RoundRobin{NumSegments: 1, CwndLimited: true}, []Subflow{sub(0, 10, ""), sub(1, 90, "sb")}, "00000000"},
		{"backups when the regular one is stale", RoundRobin{NumSegments: 1, CwndLimited: true}, []Subflow{sub(0, 10, "x"), sub(1, 90, "sb"), sub(2, 90, "sb")}, "23232323"},
		{"backups take part on request", RoundRobin{NumSegments: 1, Backups: true}, []Subflow{open, sub(1, 90, "sb")}, "12121212"},
	} {
		if got := order(&tt.r, 8, tt.subs...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Shares go by subflow, not by its place in the view.
func TestRoundRobinSubflowGone(t *testing.T) {
	r := RoundRobin{NumSegments: 2}
	a, b, c := sub(0, 10, "s"), sub(1, 10, "s"), sub(2, 10, "s")
	if got := order(&r, 3, a, b, c); got != "112" {
		t.Fatalf("got %s", got)
	}
	if got := order(&r, 4, b, c); got != "1221" {
		t.Errorf("got %s, want b's second segment, c's two, b's first", got)
	}
}
