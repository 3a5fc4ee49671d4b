// Package schedtest is the battery of tests that every scheduler passes. It reads from
// the traits of a scheduler what it may do, asks it over random views, and plays it on a
// connection that carries decisions out. Play has that connection for literal tests.
package schedtest

import (
	"fmt"
	"reflect"
	"testing"

	"mpsim/sched"
)

// Run tests the contract of sched.Scheduler. fresh returns a new scheduler each time.
func Run(t *testing.T, fresh func() sched.Scheduler) {
	var used sched.Traits
	for _, p := range properties {
		t.Run(p.name, func(t *testing.T) {
			if err := p.holds(fresh, &used); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("carries transfers", func(t *testing.T) {
		if err := transfers(fresh, &used, Transfers); err != nil {
			t.Error(err)
		}
	})
	t.Run("does what it declares", func(t *testing.T) {
		if err := exact(fresh, used); err != nil {
			t.Error(err)
		}
	})
}

// Transfers is how many random transfers a scheduler carries. A long run of the tests sets more.
var Transfers = 60

// A property holds for all views; used gathers the traits that decisions need.
type property struct {
	name  string
	holds func(fresh func() sched.Scheduler, used *sched.Traits) error
}

var properties = []property{
	{"decides as the contract allows", allowed},
	{"leaves the view alone", leavesView},
	{"decides the same again", repeatable},
	{"reads only what it has declared", reads},
	{"does not allocate", allocates},
}

// asked yields the views that a scheduler of these traits is asked about.
func asked(t sched.Traits) func(yield func(*sched.View) bool) {
	return func(yield func(*sched.View) bool) {
		for _, v := range views {
			if v.Job == sched.Spare && t&(sched.Copies|sched.Recalls) == 0 || v.Expired && !t.Has(sched.Ticks) {
				continue
			}
			if !yield(v) {
				return
			}
		}
	}
}

func allowed(fresh func() sched.Scheduler, used *sched.Traits) error {
	s := fresh()
	t := sched.TraitsOf(s)
	for v := range asked(t) {
		d := s.Next(trim(v, t))
		a, err := judge(v, t, d)
		if err != nil {
			return fmt.Errorf("%w: %+v of %+v", err, d, *v)
		}
		*used |= a.used
	}
	return nil
}

func leavesView(fresh func() sched.Scheduler, _ *sched.Traits) error {
	s := fresh()
	t := sched.TraitsOf(s)
	for v := range asked(t) {
		shown := trim(v, t)
		before := clone(shown)
		if s.Next(shown); !reflect.DeepEqual(shown, before) {
			return fmt.Errorf("changes the view: %+v is %+v", *before, *shown)
		}
	}
	return nil
}

// repeatable asks two of them, one of which has to give its reasons.
func repeatable(fresh func() sched.Scheduler, _ *sched.Traits) error {
	a, b := fresh(), fresh()
	t := sched.TraitsOf(a)
	for v := range asked(t) {
		x, y := trim(v, t), trim(v, t)
		y.Reason = new(sched.Why)
		if x, y := a.Next(x), b.Next(y); x != y {
			return fmt.Errorf("decides otherwise the second time: %+v, then %+v of %+v", x, y, *v)
		}
	}
	return nil
}

// reads shows one of them what it has not declared, too, and gathers which of the data
// for declared readers change a decision.
func reads(fresh func() sched.Scheduler, used *sched.Traits) error {
	a, b := fresh(), fresh()
	t := sched.TraitsOf(a)
	for v := range asked(t) {
		if x, y := a.Next(trim(v, t)), b.Next(clone(v)); x != y {
			return fmt.Errorf("reads what it has not declared: %+v, without it %+v, of %+v", y, x, *v)
		}
	}
	for _, x := range []sched.Traits{sched.Measures, sched.Ages, sched.Ticks} {
		with, without := fresh(), fresh()
		for v := range asked(t) {
			if with.Next(trim(v, t)) != without.Next(trim(v, t&^x)) {
				*used |= x
			}
		}
	}
	return nil
}

// allocates asks about each view once before, so that it has seen all subflows.
func allocates(fresh func() sched.Scheduler, _ *sched.Traits) error {
	s := fresh()
	t := sched.TraitsOf(s)
	var list []*sched.View
	for v := range asked(t) {
		list = append(list, trim(v, t))
	}
	n := testing.AllocsPerRun(1, func() { // of all: an average would be rounded down
		for _, v := range list {
			s.Next(v)
		}
	})
	if n != 0 {
		return fmt.Errorf("allocates %v times in %d decisions", n, len(list))
	}
	return nil
}

// exact finds what is declared and was never done: the connection keeps and asks more
// for it.
func exact(fresh func() sched.Scheduler, used sched.Traits) error {
	if idle := sched.TraitsOf(fresh()) &^ used; idle != 0 {
		return fmt.Errorf("declares traits %b, of which it never uses %b", sched.TraitsOf(fresh()), idle)
	}
	return nil
}
