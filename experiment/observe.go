package experiment

import (
	"slices"
	"strings"
	"time"

	"mpsim/cc"
	"mpsim/experiment/record"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/udp"
	"mpsim/scenarios"
	"mpsim/scenarios/build"
	"mpsim/scenarios/language"
	"mpsim/sim"
)

// observer looks at a run and keeps what its result needs. All that happens it hears of from points of the model
// (package probe); what there is at a time it looks at from sample to sample.
//
// An end of a connection is watched by what fits its transport: watchMultipath, watchSinglePath or watchDatagrams.
type observer struct {
	slow      time.Duration // see roundTrips
	m         *scenarios.Simulation
	keeps     bool              // series over time
	lists     bool              // decisions of schedulers, if the scenario asks for reasons
	flows     []*flow           // as the flows of the scenario
	links     []*link           // up and down of each
	incidents []record.Incident // of the events of the scenario
	calls     []record.Call
	log       *log

	senders []sender
	ends    []*lively
	waits   tcp.Waits // of the end that is looked at
	samples int
	found   []Violation
}

func observe(m *scenarios.Simulation, keeps bool) *observer {
	o := &observer{m: m, keeps: keeps, slow: roundTrips(m.Scenario), log: newLog(sim.Time(m.Scenario.Warmup))}
	for i := range m.Scenario.Flows {
		f := newFlow(&m.Scenario.Flows[i], m.Scenario, keeps)
		f.number = i
		o.flows = append(o.flows, f)
	}
	if keeps {
		timelines(m.Scenario, o.flows)
	}
	for _, c := range m.Connections {
		f := o.flows[slices.IndexFunc(o.flows, func(f *flow) bool { return f.Flow == c.Flow })]
		f.conns = append(f.conns, &conn{Connection: c, f: f})
	}
	for i, d := range m.Links {
		both := keeps && keepsSeries(m.Scenario, i)
		o.links = append(o.links, o.watchLink(d.Up, d.Name, "up", both), o.watchLink(d.Down, d.Name, "down", both))
	}
	m.Points.Opened.Observe(o.opened)
	m.Points.Begun.Observe(func(t build.Transfer) { o.find(t.Connection).begins(t.Transfer) })
	m.Points.Completed.Observe(func(t build.Transfer) { o.find(t.Connection).completes(t.Transfer) })
	m.Points.Called.Observe(o.called)
	m.Points.Changed.Observe(o.changed)
	return o
}

func (o *observer) find(c *scenarios.Connection) *conn {
	for _, f := range o.flows {
		if f.Flow == c.Flow {
			return f.conns[c.Index]
		}
	}
	panic("experiment: a connection without a flow")
}

// changed notes what an event of the scenario has changed.
func (o *observer) changed(e *language.Event) {
	i := record.Incident{T: e.At.Seconds(), Kind: record.Change, Link: e.Link, Flow: e.Flow}
	switch {
	case e.Up != nil && *e.Up:
		i.Kind = record.LinkUp
	case e.Up != nil:
		i.Kind = record.LinkDown
	case e.Silent != nil && *e.Silent:
		i.Kind = record.Silent
	case e.Silent != nil:
		i.Kind = record.Heard
	default:
		i.Text = strings.Join(e.Changes(), ", ")
	}
	o.incidents = append(o.incidents, i)
}

// called notes what a call of an application returned.
func (o *observer) called(r build.Called) {
	x := record.Call{
		T: r.Now.Seconds(), Flow: r.Connection.Flow.Name, Connection: r.Connection.Index, End: string(r.End), Call: string(r.Do),
		Subflow: r.Subflow, What: r.What, Unit: r.Unit, Value: r.Value, Text: r.Text,
	}
	if r.Err != nil {
		x.Error = r.Err.Error()
		o.find(r.Connection).f.failures++
	}
	o.calls = append(o.calls, x)
}

// opened watches an end of a connection that now exists.
func (o *observer) opened(x build.Opened) {
	c := o.find(x.Connection)
	at := c.side(x.End)
	if w, ok := x.End.(mptcp.Waiter); ok {
		now := o.m.Engine.Now()
		peer := func() mptcp.Connection { return c.end(at.other()) }
		o.ends = append(o.ends, &lively{end: w, c: c, since: now, idle: now, peer: peer})
	}
	switch e := x.End.(type) {
	case *mptcp.Conn:
		watchMultipath(o, c, at, e)
	case *tcp.Stream:
		watchSinglePath(o, c, at, e)
	case *udp.Socket:
		watchDatagrams(c, at, e)
	}
}

// watch looks at the end of a subflow: of the end that sends the data of the flow also at its window and its
// measurements, of the other one at what arrives.
func (o *observer) watch(c *conn, at side, s *subflow, e *tcp.Endpoint) {
	s.endpoints[at] = append(s.endpoints[at], e)
	if o.keeps {
		e.Points.Settled.Observe(c.sample)
	}
	if at != c.f.sender {
		if o.keeps {
			s.follows(e, o.m.Engine.Now())
		}
		return
	}
	o.senders = append(o.senders, sender{e, c, s.name})
	if c.Index == 0 {
		s.current = e
	}
	if t := c.f.timeline; t != nil && c.Index == 0 {
		t.subflow(s.name, &e.Points, !c.Flow.MPTCP())
	}
	if o.draws(c) {
		e.Points.Settled.Observe(s.sample)
		e.Points.Sent.Observe(func(x tcp.SegmentSent) { s.inflight.Add(x.Now, float64(e.Pipe())) })
		e.Points.Episodes.Observe(func(x tcp.Episode) { s.cwnd.Add(x.Now, x.Cwnd) })
	}
	o.log.roundTrips(&e.Points, &s.rtt)
	e.Points.Episodes.Observe(func(x tcp.Episode) {
		s.episodes[x.Cause]++
		if c.Index == 0 {
			c.f.losses.Add(record.Incident{
				T: x.Now.Seconds(), Kind: kinds[x.Cause], Flow: c.Flow.Name, Subflow: s.name, Value: x.Cwnd,
			})
		}
	})
}

// kinds are those of congestion episodes.
var kinds = [cc.Causes]string{cc.FastRetransmit: record.Loss, cc.Timeout: record.Timeout, cc.Mark: record.ECN}

// draws reports whether what c sends is kept, segment for segment, for the sequence plot.
func (o *observer) draws(c *conn) bool { return o.keeps && c.Index == 0 }

// warm is called at the end of the warm-up.
func (o *observer) warm() {
	o.log.settle()
	for _, f := range o.flows {
		f.warm()
	}
	for _, l := range o.links {
		l.startsMeasuring()
	}
}

// sample looks at the state of the model.
func (o *observer) sample(t sim.Time) {
	o.checkEndpoints(t)
	if o.samples%samplesOfLife == 0 {
		o.checkLiveness(t)
	}
	o.samples++
	for _, f := range o.flows {
		if o.keeps {
			f.sample(t)
		}
		if t >= f.warmed {
			f.sampleWindows()
		}
	}
	for _, l := range o.links {
		l.sample(t)
	}
}
