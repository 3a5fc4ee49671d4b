package sched

import (
	"testing"
	"time"
)

// sub returns a subflow with an SRTT in milliseconds and these marks: "s" can
// send, "b" is a backup, "x" is stale, "c" has carried the data, "-" is behind.
func sub(id, rtt int, marks string) Subflow {
	s := Subflow{ID: id, SRTT: time.Duration(rtt) * time.Millisecond, MSS: 1000}
	for _, m := range marks {
		switch m {
		case 's':
			s.CanSend = true
		case 'b':
			s.Backup = true
		case 'x':
			s.Stale = true
		case 'c':
			s.Carried = true
		case '-':
			s.Behind = 1000
		}
	}
	return s
}

func TestMinRTT(t *testing.T) {
	for _, tt := range []struct {
		name string
		subs []Subflow
		want Set
	}{
		{"nothing is up", nil, Wait},
		{"lowest SRTT", []Subflow{sub(0, 30, "s"), sub(1, 10, "s")}, One(1)},
		{"the first of equals", []Subflow{sub(0, 10, "s"), sub(1, 10, "s")}, One(0)},
		{"no sample yet", []Subflow{sub(0, 10, "s"), sub(1, 0, "s")}, One(1)},
		{"the fast one is full", []Subflow{sub(0, 20, ""), sub(1, 50, "s")}, One(1)},
		{"all are full", []Subflow{sub(0, 20, ""), sub(1, 50, "")}, Wait},
		{"a full regular subflow blocks the backup", []Subflow{sub(0, 30, ""), sub(1, 10, "sb")}, Wait},
		{"until it is stale", []Subflow{sub(0, 30, "x"), sub(1, 10, "sb")}, One(1)},
		{"a backup alone", []Subflow{sub(0, 10, "sb")}, One(0)},
		{"the fastest backup", []Subflow{sub(0, 30, "sb"), sub(1, 10, "sb")}, One(1)},
	} {
		if got := new(MinRTT).Next(&View{Subflows: tt.subs}); got != tt.want {
			t.Errorf("%s: got %b, want %b", tt.name, got, tt.want)
		}
	}
}

func TestDefaultReinject(t *testing.T) {
	for _, tt := range []struct {
		name string
		subs []Subflow
		want Set
	}{
		{"not where it was", []Subflow{sub(0, 10, "sc"), sub(1, 90, "s")}, One(1)},
		{"lowest SRTT of the others", []Subflow{sub(0, 10, "sc"), sub(1, 90, "s"), sub(2, 80, "s")}, One(2)},
		{"waits for a full one", []Subflow{sub(0, 10, "sc"), sub(1, 90, "")}, Wait},
		{"a backup when all regular ones have carried it", []Subflow{sub(0, 10, "sc"), sub(1, 90, "sb")}, One(1)},
		{"a backup when the regular one is stale", []Subflow{sub(0, 10, "x"), sub(1, 90, "sb")}, One(1)},
		{"no backup while a regular one is left", []Subflow{sub(0, 10, "sc"), sub(1, 50, "sb"), sub(2, 90, "s")}, One(2)},
		{"any when all have carried it", []Subflow{sub(0, 90, "sc"), sub(1, 10, "sc")}, One(1)},
		{"then regular ones first", []Subflow{sub(0, 90, "sc"), sub(1, 10, "sbc")}, One(0)},
	} {
		if got := DefaultReinject(&View{Subflows: tt.subs}); got != tt.want {
			t.Errorf("%s: got %b, want %b", tt.name, got, tt.want)
		}
	}
}
