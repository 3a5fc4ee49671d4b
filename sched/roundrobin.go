package sched

import "fmt"

func init() {
	const source = "Paasch et al., CSWS 2014; v0.9x, mptcp_rr.c, which goes through the subflows in another order"
	Registry.Register("roundrobin", source, func() Scheduler { return &RoundRobin{NumSegments: 1, CwndLimited: true} })
}

var (
	itsTurn   = NewReason("its-turn", "it is the turn of {who}, with {a} of {b} segments")
	waitsTurn = NewReason("waits-turn", "it is the turn of {who}, which is full")
)

// RoundRobin gives every subflow the same number of segments in turn, in the order of
// their IDs. Backups take part only while no regular subflow is up (RFC 8684, section
// 3.3.8). What goes again goes as with MinRTT.
type RoundRobin struct {
	NumSegments int  `toml:"num_segments" doc:"segments in a row on one subflow"`
	CwndLimited bool `toml:"cwnd_limited" doc:"skip a subflow whose window is full; false waits for it, in strict alternation"`
	Backups     bool `toml:"backups" doc:"backups take part all the time, as in the v0.9x stack"`

	sent PerSubflow[int] // of this round, in segments
}

// Validate reports a share of nothing.
func (r *RoundRobin) Validate() error {
	if r.NumSegments < 1 || r.NumSegments > 1e6 {
		return fmt.Errorf("num_segments %d: want 1 to 1000000", r.NumSegments)
	}
	return nil
}

// Traits implements Declarer.
func (r *RoundRobin) Traits() (t Traits) {
	if !r.CwndLimited {
		t |= Patient
	}
	if r.Backups {
		t |= Backups
	}
	return t
}

// Next implements Scheduler.
func (r *RoundRobin) Next(v *View) Decision {
	if v.Job != Fresh {
		return minRTT(v)
	}
	backups := backupsServe(v)
	turn := r.turn(v, backups)
	if turn < 0 { // all have had their share: the next round
		for i := range v.Subflows {
			if r.considers(&v.Subflows[i], backups) {
				*r.sent.At(v, i) = 0
			}
		}
		turn = r.turn(v, backups)
	}
	if turn < 0 {
		return Decision{}
	}
	if v.Subflows[turn].Limit != Free {
		v.Because(waitsTurn, turn, 0, 0, 0)
		return Decision{On: One(turn)}
	}
	n := r.sent.At(v, turn)
	*n++
	v.Because(itsTurn, turn, float64(*n), float64(r.NumSegments), 0)
	return Decision{Do: Send, On: One(turn)}
}

// turn returns whose turn it is in this round, or -1: a subflow that has begun its share
// goes on, else the first that has not.
func (r *RoundRobin) turn(v *View, backups bool) int {
	fresh := -1
	for i := range v.Subflows {
		if !r.considers(&v.Subflows[i], backups) {
			continue
		}
		switch n := *r.sent.At(v, i); {
		case 0 < n && n < r.NumSegments:
			return i
		case n == 0 && fresh < 0:
			fresh = i
		}
	}
	return fresh
}

// considers reports whether s takes part in the round.
func (r *RoundRobin) considers(s *Subflow, backups bool) bool {
	return (s.up(backups) || r.Backups && s.up(true)) && (s.Limit == Free || !r.CwndLimited)
}
