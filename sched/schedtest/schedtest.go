// Package schedtest is the battery of tests that every scheduler passes.
package schedtest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// Run tests the contract of sched.Scheduler, and of sched.Reinjector and
// sched.Duplicator if the scheduler is one. patient schedulers may wait although
// a regular subflow can send; the others must use it.
func Run(t *testing.T, fresh func() sched.Scheduler, patient bool) {
	t.Run("picks only subflows that can send", func(t *testing.T) {
		each(t, fresh, func(v *sched.View, a answer) {
			for i := range 64 {
				if !(a.next | a.reinject | a.duplicate).Has(i) {
					continue
				}
				if i >= len(v.Subflows) || !v.Subflows[i].CanSend {
					t.Fatalf("%+v of %+v", a, *v)
				}
				if a.duplicate.Has(i) && v.Subflows[i].Behind == 0 {
					t.Fatalf("subflow %d has nothing to copy: %+v", i, *v)
				}
			}
		})
	})
	t.Run("uses a regular subflow that can send", func(t *testing.T) {
		if patient {
			t.Skip("it may wait")
		}
		each(t, fresh, func(v *sched.View, a answer) {
			usable := func(s sched.Subflow) bool { return s.CanSend && !s.Stale && !s.Backup }
			if slices.ContainsFunc(v.Subflows, usable) && a.next|a.duplicate == sched.Wait {
				t.Fatalf("waits at %+v", *v)
			}
		})
	})
	t.Run("uses backups only while no regular subflow is up", func(t *testing.T) {
		// RFC 8684, section 3.3.8. What must go again may also take a backup if all
		// regular ones that are up have carried it in vain.
		regular := func(s sched.Subflow) bool { return !s.Backup && !s.Stale }
		spare := func(s sched.Subflow) bool { return regular(s) && !s.Carried }
		each(t, fresh, func(v *sched.View, a answer) {
			for i, s := range v.Subflows {
				first := (a.next | a.duplicate).Has(i) && slices.ContainsFunc(v.Subflows, regular)
				again := a.reinject.Has(i) && slices.ContainsFunc(v.Subflows, spare)
				if s.Backup && (first || again) {
					t.Fatalf("%+v: backup %d at %+v", a, s.ID, *v)
				}
			}
		})
	})
	t.Run("leaves the view alone", func(t *testing.T) {
		s := fresh()
		for v := range views() {
			before, subflows := *v, slices.Clone(v.Subflows)
			ask(s, v)
			if !slices.Equal(v.Subflows, subflows) || v.Now != before.Now || v.Unsent != before.Unsent || v.SendWindow != before.SendWindow {
				t.Fatalf("changed %+v", before)
			}
		}
	})
	t.Run("decides the same again", func(t *testing.T) {
		a, b := fresh(), fresh()
		for v := range views() {
			if x, y := ask(a, v), ask(b, v); x != y {
				t.Fatalf("%+v, then %+v of %+v", x, y, *v)
			}
		}
	})
	t.Run("does not allocate", func(t *testing.T) {
		s := fresh()
		for v := range views() {
			ask(s, v)
			if n := testing.AllocsPerRun(1, func() { ask(s, v) }); n != 0 {
				t.Fatalf("%v allocations at %+v", n, *v)
			}
		}
	})
}

// answer is all that a scheduler decides on a View.
type answer struct{ next, reinject, duplicate sched.Set }

func ask(s sched.Scheduler, v *sched.View) (a answer) {
	a.reinject = sched.DefaultReinject(v)
	if r, ok := s.(sched.Reinjector); ok {
		a.reinject = r.Reinject(v)
	}
	if d, ok := s.(sched.Duplicator); ok {
		a.duplicate = d.Duplicate(v)
	}
	a.next = s.Next(v)
	return a
}

func each(t *testing.T, fresh func() sched.Scheduler, check func(*sched.View, answer)) {
	t.Helper()
	s := fresh()
	for v := range views() {
		check(v, ask(s, v))
	}
}

// views yields snapshots of a connection whose subflows come, go and fill, the
// same ones each time. Among them are views without subflows and views in which
// none can send.
func views() func(yield func(*sched.View) bool) {
	return func(yield func(*sched.View) bool) {
		r := rand.New(rand.NewPCG(3, 14))
		var v sched.View
		for k := range 2000 {
			v.Now = sim.Time(k) * sim.Time(time.Millisecond)
			v.Unsent = units.Bytes(1 + r.IntN(1<<20))
			v.SendWindow = units.Bytes(1 + r.IntN(1<<20))
			v.Subflows = v.Subflows[:0]
			closed := r.IntN(8) == 0
			for id := range r.IntN(6) {
				if r.IntN(6) > 0 {
					v.Subflows = append(v.Subflows, subflow(r, id, closed))
				}
			}
			if !yield(&v) {
				return
			}
		}
	}
}

func subflow(r *rand.Rand, id int, closed bool) sched.Subflow {
	const mss = 1448
	cwnd := units.Bytes(1+r.IntN(100)) * mss
	s := sched.Subflow{
		ID:       id,
		MSS:      mss,
		Cwnd:     cwnd,
		InFlight: min(units.Bytes(r.IntN(120))*mss, cwnd),
		SRTT:     time.Duration(r.IntN(20)) * 10 * time.Millisecond,
		RTTVar:   time.Duration(r.IntN(50)) * time.Millisecond,
		Backup:   r.IntN(4) == 0,
		Stale:    r.IntN(8) == 0,
		Behind:   units.Bytes(r.IntN(3)) * mss,
		Carried:  r.IntN(2) == 0,
	}
	s.CanSend = !closed && !s.Stale && s.InFlight+mss <= cwnd
	return s
}
