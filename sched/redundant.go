package sched

func init() {
	Registry.Register("redundant", "Frömmgen et al., ICC 2016", func() Scheduler { return &Redundant{} })
}

// Redundant sends all data on all regular subflows. Each walks through the data
// at its own pace and skips what has been DATA_ACKed in the meantime, so that a
// slow subflow copies only what the fast ones have not delivered yet.
type Redundant struct{}

// Next implements Scheduler. New data goes to a subflow that has no data left to
// copy; the others find it behind them. Backups carry no copies and are not held
// to that.
func (*Redundant) Next(v *View) Set {
	best, _ := fastest(v, func(s *Subflow) bool { return !s.Backup && s.Behind == 0 })
	if best != Wait {
		return best
	}
	if _, up := fastest(v, func(s *Subflow) bool { return !s.Backup }); up {
		return Wait
	}
	best, _ = fastest(v, func(s *Subflow) bool { return s.Backup })
	return best
}

// Duplicate implements Duplicator.
func (*Redundant) Duplicate(v *View) Set {
	set := Wait
	for i := range v.Subflows {
		if s := &v.Subflows[i]; s.CanSend && !s.Stale && !s.Backup && s.Behind > 0 {
			set |= One(i)
		}
	}
	return set
}
