package sched

import "mpsim/sim/units"

func init() {
	const source = "draft-bonaventure-iccrg-schedulers-02; Shreedhar and Varghese, SIGCOMM 1995 (deficit round robin)"
	Registry.Register("weighted", source, func() Scheduler { return &Weighted{} })
}

var (
	byWeight    = NewReason("by-weight", "it is the turn of {who}, of weight {a}, with {b} bytes left to it")
	waitsWeight = NewReason("waits-weight", "it is the turn of {who}, which has {a} bytes left to it and is full")
)

// Weighted shares the bytes of new data by the weights of the subflows (Subflow.Weight),
// in deficit round robin. The rest goes as with MinRTT.
type Weighted struct {
	Strict bool `toml:"strict" doc:"wait for a subflow that is full; false: it keeps one turn"`

	turn    int // ID of the subflow whose turn it is
	started bool
	deficit PerSubflow[units.Bytes]
}

// Traits implements Declarer.
func (w *Weighted) Traits() Traits {
	if w.Strict {
		return Patient
	}
	return 0
}

// Next implements Scheduler.
func (w *Weighted) Next(v *View) Decision {
	n := len(v.Subflows)
	if v.Job != Fresh || n == 0 {
		return minRTT(v)
	}
	backups := backupsServe(v)
	at := 0
	for at < n-1 && v.Subflows[at].ID < w.turn {
		at++
	}
	if !w.started || v.Subflows[at].ID != w.turn { // the one whose turn it was is gone
		w.started = true
		w.visit(v, at)
	}
	for range 2*n + 1 {
		s, d := &v.Subflows[at], w.deficit.At(v, at)
		size := min(s.MSS, v.Hand.Len())
		if s.ready(backups) && *d >= size {
			switch {
			case s.Limit == Free:
				*d -= size
				v.Because(byWeight, at, float64(s.weight()), float64(*d), 0)
				return Decision{Do: Send, On: One(at)}
			case w.Strict:
				v.Because(waitsWeight, at, float64(*d), 0, 0)
				return Decision{On: One(at)}
			}
		}
		at = (at + 1) % n
		w.visit(v, at)
	}
	return Decision{}
}

// visit makes it the turn of subflow i. What it did not use is lost, but for less than a
// segment.
func (w *Weighted) visit(v *View, i int) {
	s := &v.Subflows[i]
	w.turn = s.ID
	d, more := w.deficit.At(v, i), s.weight()*s.MSS
	*d = min(*d+more, more+s.MSS-1)
}

func (s *Subflow) weight() units.Bytes { return units.Bytes(max(s.Weight, 1)) }
