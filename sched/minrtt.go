package sched

func init() {
	Registry.Register("minrtt", "Raiciu et al., NSDI 2012", func() Scheduler { return &MinRTT{} })
}

// MinRTT sends on the subflow of lowest SRTT that has window. Backup subflows
// serve only while no regular one is up: a regular subflow whose window is full
// is waited for, until it is found stale.
type MinRTT struct{}

// Next implements Scheduler.
func (*MinRTT) Next(v *View) Set {
	best, up := fastest(v, func(s *Subflow) bool { return !s.Backup })
	if !up {
		best, _ = fastest(v, func(s *Subflow) bool { return s.Backup })
	}
	return best
}

// DefaultReinject chooses for data that must be sent again what MinRTT would,
// among the subflows that have not carried it. If all that are up have, it may
// go to any of them.
func DefaultReinject(v *View) Set {
	for _, carried := range []bool{false, true} {
		for _, backup := range []bool{false, true} {
			best, up := fastest(v, func(s *Subflow) bool { return s.Carried == carried && s.Backup == backup })
			if up {
				return best
			}
		}
	}
	return Wait
}

// fastest returns the subflow of lowest SRTT, the first of equals, among those in
// the class that can send now. up reports whether any of the class is up: a full
// window closes a subflow for the moment, only a stale one is down. A subflow
// without an RTT sample has SRTT 0 and so is tried at once.
func fastest(v *View, class func(*Subflow) bool) (best Set, up bool) {
	at := -1
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if s.Stale || !class(s) {
			continue
		}
		up = true
		if s.CanSend && (at < 0 || s.SRTT < v.Subflows[at].SRTT) {
			at = i
		}
	}
	if at < 0 {
		return Wait, up
	}
	return One(at), up
}
