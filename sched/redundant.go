package sched

import (
	"fmt"

	"mpsim/sim"
)

func init() {
	const source = "Frömmgen et al., ICC 2016; the variants now and idle: ProgMP, Frömmgen et al., Middleware 2017"
	Registry.Register("redundant", source, func() Scheduler { return &Redundant{Copy: "all"} })
}

var (
	copies  = NewReason("copies", "{who} has not carried bytes from {a} on")
	newData = NewReason("new-data", "{who} has nothing left to copy")
	onAll   = NewReason("on-all", "{a} subflows are free, {who} is one")
)

// Redundant sends all data on all regular subflows. Each walks through the data at its
// own pace and skips what has been DATA_ACKed in the meantime, so that a slow subflow
// copies only what the fast ones have not delivered yet.
type Redundant struct {
	Copy string `toml:"copy" doc:"all: each subflow carries all in the end; now: only those that are free when data is sent; idle: all, but only while there is nothing new to send"`

	next  PerSubflow[uint64] // all before has been carried
	round Set                // who is still to copy in this round
	at    sim.Time           // of this round
}

// Validate reports a variant that there is not.
func (r *Redundant) Validate() error {
	switch r.Copy {
	case "all", "now", "idle":
		return nil
	}
	return fmt.Errorf("copy %q: want all, now or idle", r.Copy)
}

// Traits implements Declarer.
func (*Redundant) Traits() Traits { return Copies }

// Next implements Scheduler. Subflows copy in rounds, in their order, and new data goes
// to one that has nothing left to copy; the others find it behind them. Backups carry no
// copies and are not held to that.
func (r *Redundant) Next(v *View) Decision {
	switch {
	case v.Job == Lost || v.Job == Blocked || r.Copy == "idle" && v.Job == Fresh:
		return minRTT(v)
	case r.Copy == "now":
		return onAllFree(v)
	}
	if backupsServe(v) {
		return r.fresh(v)
	}
	if v.Now != r.at { // what was left of the round is of another time
		r.round, r.at = 0, v.Now
	}
	for range 2 {
		for i := range v.Subflows {
			if !r.round.Has(i) {
				continue
			}
			r.round &^= One(i)
			if lacks := r.behind(v, i); lacks.Len() > 0 && v.duplicator(i) {
				v.Because(copies, i, float64(lacks.From), 0, 0)
				return Decision{Do: Send, On: One(i), Bytes: lacks.First(v.Subflows[i].MSS)}
			}
		}
		r.round = 0
		for i := range v.Subflows {
			if v.duplicator(i) && r.behind(v, i).Len() > 0 {
				r.round |= One(i)
			}
		}
	}
	return r.fresh(v)
}

// duplicator reports whether subflow i may copy now.
func (v *View) duplicator(i int) bool {
	s := &v.Subflows[i]
	return s.Limit == Free && s.up(false)
}

// fresh sends new data if there is any.
func (r *Redundant) fresh(v *View) Decision {
	_, free := Serve(v)
	if free < 0 || v.Job != Fresh {
		return Decision{}
	}
	v.Because(newData, free, 0, 0, 0)
	return Decision{Do: Send, On: One(free)}
}

// behind returns the first run of bytes that are assigned and that subflow i has not
// carried; it is empty if there is none.
func (r *Redundant) behind(v *View, i int) (run Range) {
	next := r.next.At(v, i)
	*next = max(*next, v.Una)
	for k := v.Find(*next); k < len(v.Pieces); k++ {
		switch p := &v.Pieces[k]; {
		case p.On.Has(i):
			if run.Len() > 0 {
				return run
			}
			*next = p.To
		case run.Len() == 0:
			run = Range{max(p.From, *next), p.To}
		case p.From > run.To:
			return run
		default:
			run.To = p.To
		}
		if run.Len() >= v.Subflows[i].MSS {
			return run
		}
	}
	return run
}

// onAllFree sends new data on all regular subflows that are Free.
func onAllFree(v *View) Decision {
	if v.Job == Spare {
		return Decision{}
	}
	if backupsServe(v) {
		return minRTT(v)
	}
	var set Set
	first := -1
	for i := range v.Subflows {
		if v.duplicator(i) {
			if set |= One(i); first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		return Decision{}
	}
	v.Because(onAll, first, float64(set.Len()), 0, 0)
	return Decision{Do: Send, On: set}
}
