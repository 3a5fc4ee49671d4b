package schedtest

import (
	"fmt"

	"mpsim/sched"
)

// act is what a decision comes to: which bytes, and whether they are new.
type act struct {
	sched.Range
	isNew bool
	used  sched.Traits // of those declared, which it needs
}

// judge holds a decision against the contract. It returns what is wrong with it; v has
// all pieces, whether or not the scheduler could see them.
func judge(v *sched.View, traits sched.Traits, d sched.Decision) (a act, err error) {
	a = effect(v, d)
	for _, x := range []struct {
		trait sched.Traits
		does  string
	}{
		{sched.Patient, "waits although a regular subflow is free"},
		{sched.Queues, "queues"},
		{sched.Recalls, "recalls"},
		{sched.Copies, "copies"},
		{sched.Reorders, "sends out of order"},
		{sched.Penalises, "penalises"},
		{sched.Backups, "uses a backup although a regular subflow may serve"},
	} {
		if a.used.Has(x.trait) && !traits.Has(x.trait) {
			return a, fmt.Errorf("%s, which it has not declared", x.does)
		}
	}
	switch {
	case d.On>>len(v.Subflows) != 0:
		return a, fmt.Errorf("names a subflow that is not there")
	case d.Penalise != 0 && v.Job != sched.Blocked:
		return a, fmt.Errorf("penalises although nothing is blocked")
	case d.Do == sched.Wait:
		return a, nil
	case d.Do > sched.Recall:
		return a, fmt.Errorf("does what there is not")
	case d.On == 0:
		return a, fmt.Errorf("acts on no subflow")
	case d.Do == sched.Recall:
		return a, nil
	}
	for i := range v.Subflows {
		switch s := &v.Subflows[i]; {
		case !d.On.Has(i) || s.Limit == sched.Free:
		case v.Expired && s.Limit != sched.Unready: // it goes when the window takes it
		case !s.Limit.ForNow() || s.Limit == sched.Unready:
			return a, fmt.Errorf("uses subflow %d, which is not for it", s.ID)
		case d.Do == sched.Send || s.Room <= 0:
			return a, fmt.Errorf("uses subflow %d, which is full", s.ID)
		}
	}
	switch {
	case outside(v, requested(v, d)):
		return a, fmt.Errorf("sends outside the window, or nothing")
	case a.isNew && v.Job != sched.Fresh:
		return a, fmt.Errorf("sends new data when it is asked for other")
	case a.Len() == 0:
		return a, fmt.Errorf("copies to where it has been")
	}
	return a, nil
}

// effect returns what d does and needs.
func effect(v *sched.View, d sched.Decision) (a act) {
	need := func(t sched.Traits, yes bool) {
		if yes {
			a.used |= t
		}
	}
	regular, free := false, false
	for i := range v.Subflows {
		if s := &v.Subflows[i]; !s.Backup && !s.Stale {
			regular = regular || s.Limit.ForNow()
			free = free || s.Limit == sched.Free
		}
	}
	need(sched.Patient, d.Do == sched.Wait && free && v.Job != sched.Spare)
	need(sched.Penalises, d.Penalise != 0)
	need(sched.Queues, d.Do == sched.Queue)
	need(sched.Recalls, d.Do == sched.Recall)
	if d.Do != sched.Send && d.Do != sched.Queue {
		return a
	}
	for i := range v.Subflows {
		need(sched.Backups, d.On.Has(i) && v.Subflows[i].Backup && regular && !v.Expired)
	}
	a.Range = requested(v, d)
	if outside(v, a.Range) {
		return a
	}
	if g := v.Gap(a.From); g.From == a.From && g.Len() > 0 {
		a.isNew, a.To = true, min(a.To, g.To)
	} else {
		a.To = uncarried(v, d.On, a.Range)
	}
	need(sched.Reorders, a.isNew && a.From != v.Hand.From)
	again := v.Job == sched.Lost || v.Job == sched.Blocked
	need(sched.Copies, a.isNew && d.On.Len() > 1 || !a.isNew && (!again || a.From != v.Hand.From))
	return a
}

// requested returns the bytes that d names.
func requested(v *sched.View, d sched.Decision) sched.Range {
	if d.Bytes == (sched.Range{}) {
		return v.Hand.First(segment(v, d.On))
	}
	return d.Bytes
}

// outside reports whether r begins where nothing may be sent, or is empty.
func outside(v *sched.View, r sched.Range) bool {
	return r.From < v.Una || r.From >= v.End() || r.To <= r.From
}

// uncarried returns the end of what may be copied in one go on all of a set.
func uncarried(v *sched.View, on sched.Set, r sched.Range) uint64 {
	to := r.From
	for k := v.Find(r.From); k < len(v.Pieces) && to < r.To; k++ {
		p := &v.Pieces[k]
		if p.From > to || v.Job != sched.Lost && p.On&on != 0 {
			break
		}
		to = min(p.To, r.To)
	}
	return to
}
