package experiment

import (
	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
)

// multipath watches one end of an MPTCP connection.
type multipath struct {
	o        *observer
	c        *conn
	at       side
	subflows []*subflow // by ID; nil: not usable yet
	usable   int        // of them
}

func watchMultipath(o *observer, c *conn, at side, end *mptcp.Conn) {
	w := &multipath{o: o, c: c, at: at}
	p := &end.Points
	p.Subflows.Observe(func(sf *mptcp.Subflow) { w.joined(sf, end.Client()) })
	p.Events.Observe(w.event)
	p.Ended.Observe(func(e tcp.Ended) { c.ended(at, e) })
	o.log.reading(&p.Delivered, &p.Tag, c.f.number, func(d delivery) { c.delivered(at, w.subflows[d.subflow], d) })
	p.Reinjected.Observe(w.reinjected)
	if o.m.Scenario.Explain && at == c.f.sender && c.Index == 0 {
		c.f.why = w.explain(end, o.lists)
	}
	if at == c.f.sender {
		p.Blocked.Observe(c.turns)
	}
	if at == c.f.sender && c.Index == 0 && c.f.timeline != nil {
		c.f.timeline.multipath(w, end)
	}
	if at == c.f.sender && o.draws(c) {
		p.Sent.Observe(func(x mptcp.Sent) { w.subflows[x.Subflow].note(x.Now, x.Pos, false) })
	}
}

// name returns the name of a subflow.
func (w *multipath) name(id int) string {
	if id < len(w.subflows) && w.subflows[id] != nil {
		return w.subflows[id].name
	}
	return ""
}

// joined attaches to a subflow that has become usable.
func (w *multipath) joined(sf *mptcp.Subflow, client bool) {
	now := w.o.m.Engine.Now()
	s := w.c.subflow(sf.Endpoint(), client)
	for sf.ID >= len(w.subflows) {
		w.subflows = append(w.subflows, nil)
	}
	w.subflows[sf.ID] = s
	w.usable++
	w.o.watch(w.c, w.at, s, sf.Endpoint())
	w.c.established(w.at, now)
	w.c.turn(w.at, record.SubflowUp, s.name, now, nil)
	if w.at == w.c.f.sender {
		w.c.uses(s, now, w.usable == 2)
	}
}

// event notes what becomes of subflows.
func (w *multipath) event(e pathmgr.Event) {
	kind := ""
	switch e.Kind {
	case pathmgr.SubflowDown:
		kind = record.SubflowDown
	case pathmgr.Stale:
		kind = record.Stale
	case pathmgr.Recovered:
		kind = record.Recovered
	}
	if kind != "" && e.Subflow < len(w.subflows) && w.subflows[e.Subflow] != nil {
		w.c.turn(w.at, kind, w.subflows[e.Subflow].name, e.Now, e.Err)
	}
}

// reinjected counts what a subflow sends that another one has sent.
func (w *multipath) reinjected(x mptcp.Sent) {
	s := w.subflows[x.Subflow]
	s.reinjected += uint64(x.Len)
	if w.at == w.c.f.sender && w.o.draws(w.c) {
		s.note(x.Now, x.Pos, true)
	}
}
