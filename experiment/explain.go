package experiment

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"time"

	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/scenarios"
	"mpsim/sched"
	"mpsim/sim"
)

// mostDecisions is how many decisions a result has in all, before it has a sample of them: those of half a minute at
// 100 Mb/s. Flows have equal parts.
const mostDecisions = 1 << 18

// explanation takes down what the scheduler of a connection decides, and why.
type explanation struct {
	w     *multipath
	lists bool // the decisions, not their number alone
	list  record.Thin[record.Decision]
	last  record.Decision // which is under way, and not in list
	some  bool            // ... if there is one

	tallies []tally // by reason
	waits   int     // the reason for which it waits, or -1
	since   sim.Time
}

// tally counts the decisions for a reason.
type tally struct {
	decisions uint64
	waited    time.Duration
}

// explain observes the decisions of end.
func (w *multipath) explain(end *mptcp.Conn, lists bool) *explanation {
	x := &explanation{w: w, lists: lists, waits: -1}
	x.list.Limit = max(mostDecisions/deciding(w.o.m.Scenario), record.DefaultPoints)
	p := &end.Points
	p.Decided.Observe(x.decided)
	p.Pulled.Observe(x.pulled)
	p.Assigned.Observe(x.given)
	return x
}

// deciding returns how many flows have a scheduler.
func deciding(s *scenarios.Scenario) (n int) {
	for i := range s.Flows {
		if s.Flows[i].MPTCP() {
			n++
		}
	}
	return n
}

// The words for acts and jobs.
var (
	acts = [...]string{sched.Wait: record.Waits, sched.Send: record.Sends, sched.Queue: record.Queues, sched.Recall: record.Recalls}
	jobs = [...]string{sched.Fresh: record.Fresh, sched.Lost: record.Lost, sched.Blocked: record.Blocked, sched.Spare: record.Spare}
)

// decided notes an answer of the scheduler. Which bytes it is about shows when it is carried out.
func (x *explanation) decided(e mptcp.Decided) {
	v, d := e.View, &e.Decision
	x.count(e.Why.Code, v.Now, d.Do == sched.Wait, v.Job != sched.Spare)
	if !x.lists {
		return
	}
	next := record.Decision{
		T: v.Now.Seconds(), Flow: x.w.c.Flow.Name, Job: jobs[v.Job], Act: acts[d.Do], Subflows: x.names(v, d.On),
		From: v.Hand.From, To: v.Hand.From, Acked: v.Una,
		Reason: e.Why.Code.Name(), A: e.Why.A, B: e.Why.B, C: e.Why.C,
	}
	if d.Do == sched.Wait {
		next.To = v.Hand.To
	}
	if d.Until > 0 && d.Until < sim.Never {
		next.Until = d.Until.Seconds()
	}
	if e.Why.Code != 0 && e.Why.About < len(v.Subflows) {
		next.About = x.w.name(v.Subflows[e.Why.About].ID)
	}
	x.add(next)
}

// pulled notes what a subflow takes without a decision.
func (x *explanation) pulled(s mptcp.Sent) {
	x.count(sched.Pulled, s.Now, false, true)
	if !x.lists {
		return
	}
	name := x.w.name(s.Subflow)
	x.add(record.Decision{
		T: s.Now.Seconds(), Flow: x.w.c.Flow.Name, Job: record.Pull, Act: record.Sends, Subflows: name,
		From: s.Pos, To: s.Pos, Acked: x.last.Acked, Reason: sched.Pulled.Name(), About: name,
	})
}

// add begins a decision.
func (x *explanation) add(d record.Decision) {
	if x.some {
		x.list.Add(x.last)
	}
	x.last, x.some = d, true
}

// given notes bytes that subflows get by the last decision.
func (x *explanation) given(r sched.Range) {
	d := &x.last
	switch {
	case !x.some:
	case d.To == d.From:
		d.From, d.To = r.From, r.To
	default:
		d.To = r.To
	}
}

// count counts a decision. One that waits begins a wait if bytes are at hand; each ends the one before.
func (x *explanation) count(why sched.Reason, now sim.Time, waits, hand bool) {
	if n := int(why) + 1; n > len(x.tallies) {
		x.tallies = append(x.tallies, make([]tally, n-len(x.tallies))...)
	}
	x.tallies[why].decisions++
	x.awake(now)
	if waits && hand {
		x.waits, x.since = int(why), now
	}
}

// awake ends a wait.
func (x *explanation) awake(now sim.Time) {
	if x.waits >= 0 {
		x.tallies[x.waits].waited += now.Sub(x.since)
		x.waits = -1
	}
}

// names returns those of a set of the view.
func (x *explanation) names(v *sched.View, set sched.Set) string {
	if set.Len() == 1 { // most are
		if i := bits.TrailingZeros64(uint64(set)); i < len(v.Subflows) {
			return x.w.name(v.Subflows[i].ID)
		}
	}
	var list []string
	for i := range v.Subflows {
		if set.Has(i) {
			list = append(list, x.w.name(v.Subflows[i].ID))
		}
	}
	return strings.Join(list, " ")
}

// finish ends what is under way, at the end of the connection or of the run.
func (x *explanation) finish(end sim.Time) {
	if over := x.w.c.life[x.w.at].ended; over > 0 {
		end = min(end, over)
	}
	x.awake(end)
	if x.some {
		x.list.Add(x.last)
		x.some = false
	}
}

// reasons returns how often there was which, the most frequent first.
func (x *explanation) reasons() (list []record.Reason) {
	for code, t := range x.tallies {
		if t.decisions > 0 {
			list = append(list, record.Reason{Name: sched.Reason(code).Name(), Decisions: t.decisions, Waited: t.waited.Seconds()})
		}
	}
	slices.SortStableFunc(list, func(a, b record.Reason) int { return cmp.Compare(b.Decisions, a.Decisions) })
	return list
}
