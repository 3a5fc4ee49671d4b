package sched

import (
	"reflect"
	"testing"
)

// Schedulers have the defaults of the v0.9x stack: one segment in turn, on what has window.
func TestDefaults(t *testing.T) {
	for name, want := range map[string]Scheduler{ // order does not matter
		"minrtt":     &MinRTT{},
		"redundant":  &Redundant{},
		"roundrobin": &RoundRobin{NumSegments: 1, CwndLimited: true},
	} {
		if got, err := Registry.New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
}

// A subflow that lacks one byte of the data copies it.
func TestRedundantCopiesTheLastByte(t *testing.T) {
	subs := []Subflow{sub(0, 10, "s"), sub(1, 20, "s")}
	subs[1].Behind = 1
	var r Redundant
	if got := r.Duplicate(&View{Subflows: subs}); got != One(1) {
		t.Errorf("copies go to %b, want the second", got)
	}
	if got := r.Next(&View{Subflows: subs}); got != One(0) {
		t.Errorf("new data goes to %b, want the first", got)
	}
}
