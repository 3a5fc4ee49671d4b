package experiment

import (
	"cmp"
	"slices"

	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/sched"
	"mpsim/sim"
)

// mostSegments is how many segments a result has in all, before it has a sample of them. Flows have equal
// parts.
const mostSegments = 1 << 18

// timeline takes down what the first connection of a flow sends, segment for segment, what becomes of it,
// and what keeps new data back, for the figures that show that.
type timeline struct {
	flow        string
	from, until sim.Time // the part of the run that is asked for
	segments    record.Thin[record.Segment]
	pauses      record.Thin[record.Pause]

	way    []record.Segment // that may still arrive, by ascending position
	read   uint64           // position up to which all is in order at the other end
	why    why              // of the decision under way
	grants []grant          // as they were decided
	wait   record.Pause     // of the last decision to wait with new data: Reason and About
	pause  record.Pause     // under way, unless By is ""
	since  sim.Time         // that it is
}

// why is the reason of a decision, which is about new data, with its copies, or about what goes again.
type why struct {
	reason sched.Reason
	again  bool
}

// grant is bytes that a decision gave to subflows.
type grant struct {
	sched.Range
	why
}

// timelines gives flows that figures show segment for segment a timeline.
func timelines(s *scenarios.Scenario, flows []*flow) {
	n := 0
	for _, f := range flows {
		for i := range s.Figures {
			names, from, until, ok := figure.SegmentsOf(s.Figures[i].Model.Look())
			if !ok || f.UDP() || len(names) > 0 && !slices.Contains(names, f.Name) {
				continue
			}
			if until == 0 {
				until = s.Duration
			}
			if f.timeline == nil {
				f.timeline = &timeline{flow: f.Name, from: sim.Time(from)}
				n++
			}
			t := f.timeline
			t.from, t.until = min(t.from, sim.Time(from)), max(t.until, sim.Time(until))
		}
	}
	for _, f := range flows {
		if t := f.timeline; t != nil {
			t.segments.Limit = max(mostSegments/n, record.DefaultPoints)
			t.pauses.Limit = t.segments.Limit
		}
	}
}

// multipath observes the end of an MPTCP connection that sends.
func (t *timeline) multipath(w *multipath, end *mptcp.Conn) {
	p := &end.Points
	p.Decided.Observe(func(e mptcp.Decided) { t.decided(w, &e) })
	p.Pulled.Observe(func(mptcp.Sent) { t.why = why{reason: sched.Pulled} })
	p.Assigned.Observe(func(r sched.Range) { t.grants = append(t.grants, grant{r, t.why}) })
	p.Sent.Observe(func(x mptcp.Sent) {
		kind := record.New
		if x.Copy {
			kind = record.Copy
		}
		t.sent(x.Now, w.name(x.Subflow), kind, x.Pos, x.Len, t.reason(x.Pos, false))
	})
	p.Reinjected.Observe(func(x mptcp.Sent) {
		t.sent(x.Now, w.name(x.Subflow), record.Reinjected, x.Pos, x.Len, t.reason(x.Pos, true))
	})
	p.Blocked.Observe(func(x mptcp.Blocked) { t.blocked(x.Now, x.By) })
}

// subflow observes an endpoint that sends: of TCP all, of MPTCP what the connection does not hear of.
func (t *timeline) subflow(name string, p *tcp.Points, alone bool) {
	p.Sent.Observe(func(x tcp.SegmentSent) {
		switch {
		case x.Retransmit:
			t.sent(x.Now, name, record.Retransmitted, x.Pos, x.Len, 0)
		case alone:
			t.sent(x.Now, name, record.New, x.Pos, x.Len, 0)
		}
	})
}

// decided notes an answer of the scheduler.
func (t *timeline) decided(w *multipath, e *mptcp.Decided) {
	t.why = why{e.Why.Code, e.View.Job == sched.Lost || e.View.Job == sched.Blocked}
	if e.Decision.Do != sched.Wait || e.View.Job != sched.Fresh {
		return
	}
	t.wait.Reason, t.wait.About = word(e.Why.Code), ""
	if e.Why.Code != 0 && e.Why.About < len(e.View.Subflows) {
		t.wait.About = w.name(e.View.Subflows[e.Why.About].ID)
	}
	if p := &t.pause; p.By == record.ByScheduler && (p.Reason != t.wait.Reason || p.About != t.wait.About) {
		t.blocked(e.View.Now, mptcp.SchedulerBlock)
	}
}

// word names a reason; "" if there is none.
func word(r sched.Reason) string {
	if r == 0 {
		return ""
	}
	return r.Name()
}

// reason returns that for which the byte at pos was given to a subflow last, as new or again. What waits in
// the queue of a subflow as new may be given to another one again before it is sent.
func (t *timeline) reason(pos uint64, again bool) sched.Reason {
	for i := len(t.grants) - 1; i >= 0; i-- {
		if g := &t.grants[i]; g.again == again && g.From <= pos && pos < g.To {
			return g.reason
		}
	}
	return 0
}

// sent notes that a subflow sends n bytes from pos on.
func (t *timeline) sent(now sim.Time, subflow, kind string, pos uint64, n int, why sched.Reason) {
	if now > t.until {
		return
	}
	i := len(t.way)
	for i > 0 && t.way[i-1].From > pos {
		i--
	}
	t.way = slices.Insert(t.way, i, record.Segment{
		T: now.Seconds(), Flow: t.flow, Subflow: subflow, Kind: kind, From: pos, To: pos + uint64(n), Reason: word(why),
	})
}

// delivered notes what has become next in order, which a subflow had brought first.
func (t *timeline) delivered(subflow string, d delivery) {
	from := t.read
	t.read += uint64(d.bytes)
	now, arrived := d.now.Seconds(), d.now.Add(-d.wait).Seconds()
	n := 0 // of those that it concerns
	for n < len(t.way) && t.way[n].From < t.read {
		n++
	}
	rest := n
	for i := n - 1; i >= 0; i-- {
		g := &t.way[i]
		if g.From >= from && g.Subflow == subflow && arrived >= g.T {
			g.Arrived = arrived
		}
		if g.To > t.read {
			rest--
			t.way[rest] = *g
			continue
		}
		if g.To > from && now >= g.T {
			g.Read = now
		}
		t.keep(g)
	}
	t.way = t.way[rest:]
	if k := slices.IndexFunc(t.grants, func(g grant) bool { return g.To > t.read }); k > len(t.grants)/2 {
		t.grants = slices.Delete(t.grants, 0, k)
	}
}

// keep keeps a segment of which nothing more is to come, if any of it is in the part that is asked for.
func (t *timeline) keep(g *record.Segment) {
	if max(g.T, g.Read) >= t.from.Seconds() {
		t.segments.Add(*g)
	}
}

// blocked notes that something else keeps new data back from now on.
func (t *timeline) blocked(now sim.Time, by mptcp.Block) {
	if p := &t.pause; p.By != "" && now > t.since && now >= t.from && t.since <= t.until {
		p.From, p.Until, p.Flow = t.since.Seconds(), now.Seconds(), t.flow
		t.pauses.Add(*p)
	}
	t.since, t.pause = now, record.Pause{}
	switch by {
	case mptcp.WindowBlock:
		t.pause.By = record.ByWindow
	case mptcp.BufferBlock:
		t.pause.By = record.ByBuffer
	case mptcp.SchedulerBlock:
		t.pause = t.wait
		t.pause.By = record.ByScheduler
	}
}

// result adds what there is to a result of a run that has come to end.
func (t *timeline) result(res *record.Result, end sim.Time) {
	t.blocked(end, mptcp.NoBlock)
	for _, g := range t.way { // which is still to arrive
		t.segments.Add(g)
	}
	t.way = nil
	list := slices.Clone(t.segments.Items())
	slices.SortStableFunc(list, func(a, b record.Segment) int { return cmp.Or(cmp.Compare(a.T, b.T), cmp.Compare(a.From, b.From)) })
	res.Segments = append(res.Segments, list...)
	res.Thin("timeline", t.flow, t.segments.Thinned())
	res.Pauses = append(res.Pauses, t.pauses.Items()...)
	res.Thin("pauses", t.flow, t.pauses.Thinned())
}
