package sched

import (
	"fmt"
	"time"
)

func init() {
	const source = "3GPP TS 23.501, 5.32.8 (ATSSS steering modes); draft-bonaventure-iccrg-schedulers-02"
	Registry.Register("priority", source, func() Scheduler { return &Priority{} })
}

var (
	bestClass = NewReason("best-class", "{who} is of class {a}, the first with room, at {b:ms}")
	standby   = NewReason("standby", "class {a} is up and full: {who} is waited for")
)

// Priority uses subflows by class, and by SRTT in a class. By default what the first
// class does not take overflows into the next. A cheap path keeps its turn however long
// its queue is, unless a bound is set.
type Priority struct {
	Standby bool          `toml:"standby" doc:"serve a class only while all before it are down"`
	Bound   time.Duration `toml:"bound" doc:"SRTT beyond which a subflow counts as down; 0: none"`
}

// Validate reports a bound below 0.
func (p *Priority) Validate() error {
	if p.Bound < 0 {
		return fmt.Errorf("bound %v: want 0 or more", p.Bound)
	}
	return nil
}

// Traits implements Declarer: classes are not the regular subflows and the backups, and
// one beyond the bound is left alone though it is Free.
func (p *Priority) Traits() Traits {
	if p.Standby || p.Bound > 0 {
		return Patient | Backups
	}
	return Backups
}

// Next implements Scheduler.
func (p *Priority) Next(v *View) Decision {
	free, first := pick(v, p.Bound)
	if first < 0 { // all are beyond the bound
		free, first = pick(v, 0)
	}
	switch {
	case first < 0:
		return Decision{}
	case free < 0 || p.Standby && v.Subflows[free].Class > v.Subflows[first].Class:
		v.Because(standby, first, float64(v.Subflows[first].Class), 0, 0)
		return Decision{}
	}
	s := &v.Subflows[free]
	v.Because(bestClass, free, float64(s.Class), float64(s.SRTT), 0)
	return Decision{Do: Send, On: One(free)}
}

// pick returns the best that is Free and the best that is up, within the bound.
func pick(v *View, bound time.Duration) (free, up int) {
	free, up = -1, -1
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if !s.ready(s.Backup) || bound > 0 && s.SRTT > bound {
			continue
		}
		if up < 0 || s.before(&v.Subflows[up]) {
			up = i
		}
		if s.Limit == Free && (free < 0 || s.before(&v.Subflows[free])) {
			free = i
		}
	}
	return free, up
}

func (s *Subflow) before(t *Subflow) bool {
	return s.Class < t.Class || s.Class == t.Class && s.SRTT < t.SRTT
}
