package sched

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mpsim/sim"
)

func init() {
	const source = "Zheng et al., SIGCOMM 2021 (XLINK), section 4; xquic, xqc_reinj_deadline.c; defaults as a user of it has them"
	Registry.Register("deadline", source, func() Scheduler {
		return &Deadline{Base: "minrtt", Factor: 1.1, Hard: 500 * time.Millisecond, Low: 20 * time.Millisecond}
	})
}

var overdue = NewReason("overdue", "bytes from {a} are on their way for {b:ms} of {c:ms}: again on {who}")

// Deadline sends what has been on its way for too long again, once, on another subflow. All else is up to
// another scheduler, with its defaults. The time allowed is a multiple of the least SRTT, between two
// bounds. Unlike XLINK, it does not ask how much a player has buffered, because no application here says
// so.
type Deadline struct {
	Base   string        `toml:"base" doc:"the scheduler asked for all else"`
	Factor float64       `toml:"factor" doc:"time allowed, in least SRTTs"`
	Hard   time.Duration `toml:"hard" doc:"upper bound of the time allowed"`
	Low    time.Duration `toml:"low" doc:"lower bound, which wins"`

	base   Scheduler // of the name Base
	traits Traits    // of base
}

// Validate reports a base that there is not, and bounds out of range.
func (d *Deadline) Validate() error {
	names := slices.DeleteFunc(Registry.Names(), func(name string) bool { return name == "deadline" })
	switch {
	case !slices.Contains(names, d.Base):
		return fmt.Errorf("base %q: want %s", d.Base, strings.Join(names, ", "))
	case !(d.Factor >= 0 && d.Factor <= 1000):
		return fmt.Errorf("factor %g: want 0 to 1000", d.Factor)
	case d.Hard < 0 || d.Low < 0:
		return fmt.Errorf("hard %v and low %v: want both 0 or more", d.Hard, d.Low)
	}
	return nil
}

// Traits implements Declarer.
func (d *Deadline) Traits() Traits {
	d.other()
	return d.traits | Copies | Ages
}

// other returns the scheduler that Base names. It panics if there is none: Validate
// finds that before.
func (d *Deadline) other() Scheduler {
	if d.base == nil {
		s, err := Registry.New(d.Base)
		if err != nil {
			panic(err)
		}
		d.base, d.traits = s, TraitsOf(s)
	}
	return d.base
}

// Next implements Scheduler.
func (d *Deadline) Next(v *View) Decision {
	base := d.other()
	if v.Job == Lost || v.Job == Blocked {
		return base.Next(v)
	}
	again, due := d.again(v)
	if again.Do == Send {
		return again
	}
	var dec Decision
	if v.Job == Fresh || d.traits&(Copies|Recalls) != 0 {
		dec = base.Next(v)
	}
	if due > 0 && (dec.Until == 0 || due < dec.Until) {
		dec.Until = due
	}
	if dec.Do == Wait {
		dec.On = 0 // room elsewhere may take a copy
	}
	return dec
}

// again returns the decision about the first piece that is overdue, and when the next
// one will be, or 0. A piece is overdue when its time is over, and not only later, for
// that is when the connection asks.
func (d *Deadline) again(v *View) (dec Decision, due sim.Time) {
	allowed, backups := d.allowed(v), backupsServe(v)
	inOrder := !d.traits.Has(Reorders)
	for k := range v.Pieces {
		p := &v.Pieces[k]
		if p.Acked || p.First != p.Last || p.On.Len() != 1 {
			continue
		}
		if end := p.First.Add(allowed); end > v.Now {
			if due == 0 || end < due {
				due = end
			}
			if inOrder { // what is further on was sent later
				return dec, due
			}
			continue
		}
		best := -1
		for i := range v.Subflows {
			s := &v.Subflows[i]
			if s.up(backups) && s.Limit == Free && !p.On.Has(i) && (best < 0 || s.SRTT < v.Subflows[best].SRTT) {
				best = i
			}
		}
		if best >= 0 {
			v.Because(overdue, best, float64(p.From), float64(v.Now.Sub(p.First)), float64(allowed))
			return Decision{Do: Send, On: One(best), Bytes: p.Range}, 0
		}
	}
	return dec, due // what is overdue wants for room, and room makes the connection ask
}

// allowed returns how long a piece may take.
func (d *Deadline) allowed(v *View) time.Duration {
	least := time.Duration(-1)
	for i := range v.Subflows {
		if s := &v.Subflows[i]; !s.Stale && (least < 0 || s.SRTT < least) {
			least = s.SRTT
		}
	}
	return max(min(time.Duration(d.Factor*float64(max(least, 0))), d.Hard), d.Low)
}
