package sched

func init() {
	Registry.Register("roundrobin", "Paasch et al., CSWS 2014", func() Scheduler {
		return &RoundRobin{NumSegments: 1, CwndLimited: true}
	})
}

// RoundRobin gives every subflow the same number of segments in turn, in the
// order of their IDs. Backups take part only while no regular subflow is up
// (RFC 8684, section 3.3.8).
type RoundRobin struct {
	NumSegments int  `toml:"num_segments" doc:"segments in a row on one subflow"`
	CwndLimited bool `toml:"cwnd_limited" doc:"skip a subflow whose window is full; false waits for it, in strict alternation"`
	Backups     bool `toml:"backups" doc:"backups take part all the time, as in the v0.9x stack"`

	sent   []int // of this round, in segments, by subflow ID
	backup bool  // what serves now are backups
}

// Next implements Scheduler.
func (r *RoundRobin) Next(v *View) Set {
	_, up := fastest(v, func(s *Subflow) bool { return !s.Backup })
	r.backup = !up
	turn := r.turn(v)
	if turn < 0 { // all have had their share: the next round
		for i := range v.Subflows {
			if s := &v.Subflows[i]; r.considers(s) {
				r.sent[s.ID] = 0
			}
		}
		turn = r.turn(v)
	}
	if turn < 0 || !v.Subflows[turn].CanSend {
		return Wait
	}
	r.sent[v.Subflows[turn].ID]++
	return One(turn)
}

// turn returns whose turn it is in this round, or -1: a subflow that has begun
// its share goes on, else the first that has not.
func (r *RoundRobin) turn(v *View) int {
	fresh := -1
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if s.ID >= len(r.sent) {
			r.sent = append(r.sent, make([]int, s.ID+1-len(r.sent))...)
		}
		if !r.considers(s) {
			continue
		}
		switch n := r.sent[s.ID]; {
		case 0 < n && n < r.NumSegments:
			return i
		case n == 0 && fresh < 0:
			fresh = i
		}
	}
	return fresh
}

// considers reports whether s takes part in the round.
func (r *RoundRobin) considers(s *Subflow) bool {
	return !s.Stale && (r.Backups || s.Backup == r.backup) && (s.CanSend || !r.CwndLimited)
}
