package sched

import "testing"

func TestRedundantNewData(t *testing.T) {
	for _, tt := range []struct {
		name string
		subs []Subflow
		want Set
	}{
		{"lowest SRTT of those up to date", []Subflow{sub(0, 10, "s-"), sub(1, 50, "s"), sub(2, 40, "s")}, One(2)},
		{"none is up to date", []Subflow{sub(0, 10, "s-"), sub(1, 50, "")}, Wait},
		{"the backup waits", []Subflow{sub(0, 10, ""), sub(1, 50, "sb")}, Wait},
		{"the backup serves alone", []Subflow{sub(0, 10, "x"), sub(1, 50, "sb-")}, One(1)},
	} {
		if got := new(Redundant).Next(&View{Subflows: tt.subs}); got != tt.want {
			t.Errorf("%s: got %b, want %b", tt.name, got, tt.want)
		}
	}
}

func TestRedundantCopies(t *testing.T) {
	subs := []Subflow{sub(0, 10, "s"), sub(1, 20, "s-"), sub(2, 30, "-"), sub(3, 40, "sb-"), sub(4, 50, "sx-"), sub(5, 60, "s-")}
	if got := new(Redundant).Duplicate(&View{Subflows: subs}); got != One(1)|One(5) {
		t.Errorf("got %b", got)
	}
}

// Two paths of 10 and 50 ms, both with a window of 10 segments: each carries all
// 10 segments, the data is sent as fast as by the fast path alone.
func TestRedundantCarriesAllOnEachPath(t *testing.T) {
	const segments = 10
	subs := []Subflow{sub(0, 10, "s"), sub(1, 50, "s")}
	v := View{Subflows: subs}
	var carried [2]int
	sent := 0
	for range 2 * segments {
		var r Redundant
		set := r.Duplicate(&v)
		if set == Wait && sent < segments {
			set = r.Next(&v)
			sent++
		}
		for i := range subs {
			if set.Has(i) {
				carried[i]++
			}
			subs[i].Behind = 0
			if carried[i] < sent {
				subs[i].Behind = 1000
			}
		}
	}
	if carried != [2]int{segments, segments} {
		t.Errorf("carried %v", carried)
	}
}
