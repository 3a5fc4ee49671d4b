package sched

import (
	"fmt"
	"time"
)

func init() {
	const source = "Kuhn et al., ICC 2014; plan of the paper, KAU's mptcp_daps.c realises its order of assignment only"
	Registry.Register("daps", source, func() Scheduler { return &DAPS{Grain: 4 * time.Millisecond} })
}

var (
	planned   = NewReason("planned", "the plan has bytes {a} to {b} arrive on {who} {c:ms} after its start")
	waitsPlan = NewReason("waits-plan", "the plan has nothing for those that are free; next is {who}")
)

// DAPS plans who sends which bytes, so that they arrive in order: a slow subflow gets those that come after
// what the fast ones send while they travel. A plan is for the least common multiple of the one-way delays,
// at most 64 windows, and does not follow when windows and delays change meanwhile: the paper's weakness.
// Measured over two paths of 10 Mb/s with Reno, the slow one carries 7.5 of 9.4 Mb/s at six times the
// delay. Where the delay of a path is more than 64 windows of the fastest, plans end before it has its
// turn, and it carries next to nothing (4 % at 2 and 150 ms).
type DAPS struct {
	Grain time.Duration `toml:"grain" doc:"one-way delays are rounded to multiples of it"`

	plan [64]step
	n    int
}

// step is one window of one subflow, in the order of arrival.
type step struct {
	id int // of the subflow
	at time.Duration
	Range
}

// Validate reports a grain that is out of range.
func (d *DAPS) Validate() error {
	if d.Grain < 100*time.Microsecond || d.Grain > time.Second {
		return fmt.Errorf("grain %v: want 100us to 1s", d.Grain)
	}
	return nil
}

// Traits implements Declarer.
func (*DAPS) Traits() Traits { return Patient | Reorders }

// Next implements Scheduler.
func (d *DAPS) Next(v *View) Decision {
	if v.Job != Fresh {
		return minRTT(v)
	}
	for range 2 {
		if dec, ok := d.follow(v); ok {
			return dec
		}
		d.make(v)
	}
	return minRTT(v)
}

// follow returns the first step that can be taken now. It is not ok if the plan is
// done or does not hold any more.
func (d *DAPS) follow(v *View) (Decision, bool) {
	wait, backups := -1, backupsServe(v)
	for k := range d.n {
		p := &d.plan[k]
		i := index(v, p.id)
		if i < 0 || !v.Subflows[i].ready(backups) {
			return Decision{}, false
		}
		gap := v.Gap(p.From)
		if gap.Len() == 0 || gap.From >= p.To {
			continue
		}
		gap.To = min(gap.To, p.To)
		if v.Subflows[i].Limit == Free {
			v.Because(planned, i, float64(gap.From), float64(gap.To), float64(p.at))
			return Decision{Do: Send, On: One(i), Bytes: gap.First(v.Subflows[i].MSS)}, true
		}
		if wait < 0 {
			wait = i
		}
	}
	if wait >= 0 {
		v.Because(waitsPlan, wait, 0, 0, 0)
	}
	return Decision{}, wait >= 0
}

// make plans the time until all delays have passed a whole number of times.
func (d *DAPS) make(v *View) {
	backups := backupsServe(v)
	cycle := time.Duration(1) // in grains
	for i := range v.Subflows {
		if s := &v.Subflows[i]; s.ready(backups) && cycle < 1<<20 { // far beyond what a plan holds
			cycle = lcm(cycle, d.delay(s)/d.Grain)
		}
	}
	d.n = 0
	pos := v.Hand.From
	for now := d.Grain; now <= cycle*d.Grain && d.n < len(d.plan); now += d.Grain {
		for last := time.Duration(-1); ; { // those whose window arrives now, the fastest first
			at := d.arriving(v, now, last, backups)
			if at < 0 {
				break
			}
			last = d.delay(&v.Subflows[at])
			for k := at; k < len(v.Subflows) && d.n < len(d.plan); k++ {
				s := &v.Subflows[k]
				if !s.ready(backups) || d.delay(s) != last {
					continue
				}
				to := pos + uint64(max(s.Cwnd/s.MSS, 1)*s.MSS)
				d.plan[d.n] = step{s.ID, now, Range{pos, to}}
				d.n++
				pos = to
			}
		}
	}
}

// arriving returns the first subflow of least delay, above last, that has a window
// arrive at now, or -1.
func (d *DAPS) arriving(v *View, now, last time.Duration, backups bool) int {
	at := -1
	for k := range v.Subflows {
		s := &v.Subflows[k]
		delay := d.delay(s)
		if s.ready(backups) && now%delay == 0 && delay > last && (at < 0 || delay < d.delay(&v.Subflows[at])) {
			at = k
		}
	}
	return at
}

// delay returns the one-way delay of s as planned, never 0.
func (d *DAPS) delay(s *Subflow) time.Duration {
	n := (s.SRTT/2 + d.Grain/2) / d.Grain
	return max(n, 1) * d.Grain
}

func lcm(a, b time.Duration) time.Duration {
	x, y := a, b
	for y != 0 {
		x, y = y, x%y
	}
	return a / x * b
}

// index returns the index of the subflow with the ID id, or -1.
func index(v *View, id int) int {
	for i := range v.Subflows {
		if v.Subflows[i].ID == id {
			return i
		}
	}
	return -1
}
