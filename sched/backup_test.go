package sched

import "testing"

func TestBackup(t *testing.T) {
	for _, tt := range []struct {
		name string
		subs []Subflow
		want int
	}{
		{"the first carries all", []Subflow{mark(0, 90, "s"), mark(1, 10, "s")}, 0},
		{"it is waited for", []Subflow{mark(0, 90, ""), mark(1, 10, "s")}, waits},
		{"the next one when it is stale", []Subflow{mark(0, 90, "x"), mark(1, 10, "s")}, 1},
		{"or closes", []Subflow{mark(0, 90, "u"), mark(1, 10, "s")}, 1},
		{"or has carried what is lost", []Subflow{mark(0, 90, "c"), mark(1, 10, "s")}, 1},
		{"the first that is no backup", []Subflow{mark(0, 10, "sb"), mark(1, 90, "s")}, 1},
		{"a backup when all are stale", []Subflow{mark(0, 10, "sb"), mark(1, 90, "x")}, 0},
		{"none is up", []Subflow{mark(0, 10, "x")}, waits},
	} {
		decides(t, tt.name, new(Backup), &View{Subflows: tt.subs}, tt.want)
	}
	v := &View{Subflows: []Subflow{mark(0, 90, ""), mark(1, 10, "s")}}
	if d := new(Backup).Next(v); d.On != One(0) {
		t.Errorf("%+v, want a promise that only the first matters", d)
	}
	v.Job, v.Subflows[0].Limit = Blocked, Carried
	decides(t, "what blocks stays where it is", new(Backup), v, waits)
}
