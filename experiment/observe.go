package experiment

import (
	"fmt"
	"slices"
	"strconv"
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
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// observer looks at a run and keeps what its result needs.
type observer struct {
	slow      time.Duration // see roundTrips
	m         *scenarios.Simulation
	keeps     bool              // series over time
	flows     []*flow           // as the flows of the scenario
	links     []*link           // up and down of each
	incidents []record.Incident // of the events of the scenario
	calls     []record.Call
	warmA     sim.Time

	senders []sender
	ends    []*lively
	found   []Violation
}

// flow is what is kept of the connections of one flow.
type flow struct {
	*scenarios.Flow
	step      time.Duration // between samples
	keeps     bool          // series over time
	answers   bool          // the end called "to" sends the data
	conns     []*conn
	subflows  []*subflow // by name, in the order of appearance
	ooo       record.Quantiles
	transfers record.Quantiles
	list      record.Thin[record.Transfer]
	incidents record.Thin[record.Incident]
	received  uint64
	warm      uint64      // received at the end of the warm-up
	bins      record.Bins // what applications could read
	last      sim.Time
	gap       time.Duration // longest time without a new byte
	window    moments
	second    time.Duration // sum over the connections
	seconds   int
	failures  int // calls of applications

	sndbuf, rcvbuf, held, limit, wait record.Decimator
	maxWait                           time.Duration // since the last sample
}

// conn is one connection.
type conn struct {
	*scenarios.Connection
	f        *flow
	subflows []connSubflow
	second   bool // a second subflow has become usable

	completed bool // a transfer
	received  uint64
	warm      uint64   // received at the end of the warm-up
	last      sim.Time // when the application could last read something new
}

// connSubflow is a subflow of a connection, known by the client's port.
type connSubflow struct {
	port uint16
	*subflow
	e *tcp.Endpoint // at the end that was seen first
}

// subflow is the subflows of one name of all connections of a flow.
type subflow struct {
	name, path string
	endpoints  []*tcp.Endpoint // at the end that sends the data
	sockets    []*udp.Socket   // of UDP, that send
	current    *tcp.Endpoint   // of the first connection: its window is drawn
	rtt        record.Quantiles
	received   uint64      // that the application could read
	arrived    uint64      // payload that came here for the first time
	warm       uint64      // arrived at the end of the warm-up
	warmRead   uint64      // received then
	keeps      bool        // series over time
	bins       record.Bins // of arrived
	reinjected uint64
	up         time.Duration // since the first SYN
	isUp       bool
	window     moments

	cwnd, ssthresh, srtt, rto, inflight record.Decimator
	sent, again                         record.Thin[[2]float64]
}

func observe(m *scenarios.Simulation, keeps bool) *observer {
	o := &observer{m: m, keeps: keeps, slow: roundTrips(m.Scenario), warmA: sim.Time(m.Scenario.Warmup)}
	for i := range m.Scenario.Flows {
		f := &m.Scenario.Flows[i]
		o.flows = append(o.flows, newFlow(f, sampling(m.Scenario.Duration), keeps))
	}
	for _, c := range m.Connections {
		f := o.flows[slices.IndexFunc(o.flows, func(f *flow) bool { return f.Flow == c.Flow })]
		f.conns = append(f.conns, &conn{Connection: c, f: f})
	}
	for i, d := range m.Links {
		both := keeps && keepsSeries(m.Scenario, i)
		o.links = append(o.links, watchLink(d.Up, d.Name, "up", both, o.warmA), watchLink(d.Down, d.Name, "down", both, o.warmA))
	}
	m.Opened = func(c *scenarios.Connection, end mptcp.Connection) { o.opened(o.find(c), end) }
	m.Called = o.called
	m.Completed = func(c *scenarios.Connection, t app.Transfer) {
		conn := o.find(c)
		conn.completed = true
		conn.f.completed(t)
	}
	for i := range m.Scenario.Events {
		o.markEvent(&m.Scenario.Events[i])
	}
	return o
}

func newFlow(f *language.Flow, step time.Duration, keeps bool) *flow {
	k := &flow{Flow: f, step: step, keeps: keeps, answers: app.Answers(f.Workload.New())}
	k.bins.Width = binWidth(k)
	return k
}

func (o *observer) find(c *scenarios.Connection) *conn {
	for _, f := range o.flows {
		if f.Flow == c.Flow {
			return f.conns[c.Index]
		}
	}
	panic("experiment: a connection without a flow")
}

// markEvent notes what the scenario changes.
func (o *observer) markEvent(e *language.Event) {
	m := record.Incident{T: e.At.Seconds(), Kind: record.Change, Link: e.Link, Flow: e.Flow}
	switch {
	case e.Up != nil && *e.Up:
		m.Kind = record.LinkUp
	case e.Up != nil:
		m.Kind = record.LinkDown
	case e.Silent != nil && *e.Silent:
		m.Kind = record.Silent
	case e.Silent != nil:
		m.Kind = record.Heard
	}
	if e.At < o.m.Scenario.Duration {
		o.incidents = append(o.incidents, m)
	}
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

// opened attaches the observer to an end of a connection that now exists.
func (o *observer) opened(c *conn, end mptcp.Connection) {
	sender := c.sender(end)
	if w, ok := end.(mptcp.Waiter); ok {
		from := c.side(end)
		now := o.m.Engine.Now()
		o.ends = append(o.ends, &lively{end: w, c: c, since: now, idle: now, peer: func() mptcp.Connection { return c.other(from) }})
	}
	switch e := end.(type) {
	case *udp.Socket:
		if !sender { // it exists first
			s := c.add(e.Port(), e.Route().Reverse, nil)
			e.Delivered.Observe(func(x udp.Arrival) {
				s.arrives(x.Now, int(x.Bytes))
				o.delivered(c, s, tcp.Delivery{Now: x.Now, Bytes: int(x.Bytes)})
			})
			return
		}
		s := c.subflows[0].subflow
		s.sockets = append(s.sockets, e)
	case *tcp.Stream:
		s := c.subflow(e.Endpoint, c.Client() == c.side(end))
		if sender {
			o.watch(c, s, e.Endpoint)
			if o.keeps && c.Index == 0 {
				e.Endpoint.Points.Sent.Observe(func(x tcp.SegmentSent) { s.note(x.Now, uint64(x.Seq-1), x.Retransmit) })
			}
		} else {
			s.counts(e.Endpoint, o.m.Engine.Now())
			e.Delivered.Observe(func(d tcp.Delivery) { o.delivered(c, s, d) })
		}
	case *mptcp.Conn:
		byID := make(map[int]*subflow)
		e.Points.Subflows.Observe(func(sf *mptcp.Subflow) {
			s := c.subflow(sf.Endpoint(), e.Client())
			byID[sf.ID] = s
			if sender {
				o.watch(c, s, sf.Endpoint())
				o.up(c, s, sf)
			} else {
				s.counts(sf.Endpoint(), o.m.Engine.Now())
			}
		})
		if !sender {
			e.Points.Delivered.Observe(func(d tcp.Delivery) { o.delivered(c, byID[d.Subflow], d) })
			return
		}
		note := o.keeps && c.Index == 0
		if note {
			e.Points.Sent.Observe(func(x mptcp.Sent) { byID[x.Subflow].note(x.Now, x.Pos, false) })
		}
		e.Points.Reinjected.Observe(func(x mptcp.Sent) {
			byID[x.Subflow].reinjected += uint64(x.Len)
			if note {
				byID[x.Subflow].note(x.Now, x.Pos, true)
			}
		})
	}
}

// Client reports whether the end called "from" opened the connection.
func (c *conn) Client() bool { return c.Flow.FromOpens() }

// side reports whether end is the one called "from".
func (c *conn) side(end mptcp.Connection) bool { return end == c.From }

// other returns the end that is not the one called "from", or that, or nil while it does not exist.
func (c *conn) other(from bool) mptcp.Connection {
	if from {
		return c.To
	}
	return c.From
}

// sender reports whether end sends the data that the flow is about: "from", but
// for workloads in which that end asks and the other answers.
func (c *conn) sender(end mptcp.Connection) bool {
	return c.side(end) != c.f.answers
}

// subflow returns what is kept of the subflow of e. Both ends find it by the
// client's port.
func (c *conn) subflow(e *tcp.Endpoint, client bool) *subflow {
	port, remote := e.Ports()
	route := e.Route()
	if !client {
		port, route = remote, route.Reverse
	}
	for _, s := range c.subflows {
		if s.port == port {
			return s.subflow
		}
	}
	return c.add(port, route, e)
}

// add begins to keep a subflow of c from port over route; of UDP e is nil.
func (c *conn) add(port uint16, route *netem.Route, e *tcp.Endpoint) *subflow {
	path, text := mptcp.PathName(route), pathText(route)
	if c.f.many() {
		path, text = "", "" // of each connection another
	}
	name := c.freeName(path)
	i := slices.IndexFunc(c.f.subflows, func(s *subflow) bool { return s.name == name })
	if i < 0 {
		i = len(c.f.subflows)
		c.f.subflows = append(c.f.subflows, &subflow{name: name, path: text, keeps: c.f.keeps, bins: record.Bins{Width: binWidth(c.f)}})
	}
	c.subflows = append(c.subflows, connSubflow{port, c.f.subflows[i], e})
	return c.f.subflows[i]
}

// many reports whether the connections of f have paths of their own. Its subflows are then
// known by a number instead of the path: 1, 2, ...
func (f *flow) many() bool { return !f.Traffic.IsZero() || !f.PathChoice.IsZero() && f.Count > 1 }

// freeName returns path, or path#2 and so on while another subflow of the
// connection has the name: a subflow that follows one on the same path takes over its name.
// Without a path the names are 1, 2, ...
func (c *conn) freeName(path string) string {
	for k := 1; ; k++ {
		name := path
		switch {
		case path == "":
			name = strconv.Itoa(k)
		case k > 1:
			name = fmt.Sprintf("%s#%d", path, k)
		}
		if !slices.ContainsFunc(c.subflows, func(s connSubflow) bool { return s.name == name && s.e.State() <= tcp.Established }) {
			return name
		}
	}
}

// pathText names the nodes and links of a route in order.
func pathText(r *netem.Route) string {
	links := r.Links()
	text := links[0].From().Name
	for _, l := range links {
		text += " -" + l.Duplex().Name + "- " + l.To().Name
	}
	return text
}

// watch attaches the observer to an endpoint that sends data.
func (o *observer) watch(c *conn, s *subflow, e *tcp.Endpoint) {
	s.endpoints = append(s.endpoints, e)
	o.senders = append(o.senders, sender{e, c, s.name})
	if c.Index == 0 {
		s.current = e
	}
	e.Points.RTT.Observe(func(x tcp.RTTSample) {
		if x.Now >= o.warmA {
			s.rtt.Add(x.RTT)
		}
	})
	if c.Index > 0 {
		return
	}
	e.Points.Episodes.Observe(func(x tcp.Episode) {
		c.f.incidents.Add(record.Incident{T: x.Now.Seconds(), Kind: kinds[x.Cause], Flow: c.Flow.Name, Subflow: s.name, Value: x.Cwnd})
	})
}

// kinds are those of congestion episodes.
var kinds = map[cc.Cause]string{cc.FastRetransmit: record.Loss, cc.Timeout: record.Timeout, cc.Mark: record.ECN}

// counts makes s count what arrives at e, with what has come before now, in the SYN.
func (s *subflow) counts(e *tcp.Endpoint, now sim.Time) {
	s.arrives(now, int(e.InOrder()))
	e.Points.Arrived.Observe(func(x tcp.Arrival) { s.arrives(x.Now, x.Bytes) })
}

// arrives counts n bytes that have come.
func (s *subflow) arrives(now sim.Time, n int) {
	s.arrived += uint64(n)
	if s.keeps {
		s.bins.Add(now, int64(n))
	}
}

// up notes when a subflow can first carry data of the flow.
func (o *observer) up(c *conn, s *subflow, sf *mptcp.Subflow) {
	since := o.m.Engine.Now().Sub(c.Opened)
	if !s.isUp {
		s.up, s.isUp = since, true
	}
	if sf.ID > 0 && !c.second {
		c.second = true
		c.f.second += since
		c.f.seconds++
	}
}

// note keeps a point of the sequence plot.
func (s *subflow) note(now sim.Time, pos uint64, again bool) {
	p := [2]float64{now.Seconds(), float64(pos)}
	if again {
		s.again.Add(p)
	} else {
		s.sent.Add(p)
	}
}

// delivered counts what an application can read.
func (o *observer) delivered(c *conn, s *subflow, d tcp.Delivery) {
	f := c.f
	c.received += uint64(d.Bytes)
	c.last = d.Now
	f.received += uint64(d.Bytes)
	if f.last > 0 && d.Now >= o.warmA {
		f.gap = max(f.gap, d.Now.Sub(max(f.last, o.warmA)))
	}
	f.last = d.Now
	s.received += uint64(d.Bytes)
	if f.keeps {
		f.bins.Add(d.Now, int64(d.Bytes))
	}
	f.maxWait = max(f.maxWait, d.Wait)
	if d.Now >= o.warmA && f.MPTCP() {
		f.ooo.Add(d.Wait)
	}
}

// completed notes a transfer.
func (f *flow) completed(t app.Transfer) {
	f.transfers.Add(t.Duration())
	f.list.Add(record.Transfer{Flow: f.Name, Start: t.Start.Seconds(), FCT: t.Duration().Seconds(), Bytes: uint64(t.Bytes)})
}

// binWidth is the interval over which throughput is averaged.
func binWidth(f *flow) time.Duration { return 10 * f.step }

// warm is called at the end of the warm-up.
func (o *observer) warm() {
	for _, f := range o.flows {
		f.warm = f.received
		for _, c := range f.conns {
			c.warm = c.received
		}
		for _, s := range f.subflows {
			s.warm, s.warmRead = s.arrived, s.received
		}
	}
	for _, l := range o.links {
		l.startsMeasuring()
	}
}

// sample looks at the state of the model.
func (o *observer) sample(t sim.Time) {
	o.checkEndpoints(t)
	o.checkLiveness(t)
	for _, f := range o.flows {
		if o.keeps {
			f.sample(t)
		}
		if t >= o.warmA {
			f.sampleWindows()
		}
	}
	for _, l := range o.links {
		l.sample(t)
	}
}

func (f *flow) sample(t sim.Time) {
	for _, s := range f.subflows {
		e := s.current
		switch {
		case e == nil || e.State() < tcp.Established:
			continue
		case e.State() > tcp.Established: // gone: it has no window
			s.cwnd.Add(t, 0)
			s.inflight.Add(t, 0)
			continue
		}
		s.cwnd.Add(t, e.Flow.Cwnd)
		s.ssthresh.Add(t, e.Flow.Ssthresh)
		s.srtt.Add(t, e.RTT.SRTT.Seconds())
		s.rto.Add(t, e.RTT.RTO().Seconds())
		s.inflight.Add(t, float64(e.Pipe()))
	}
	var snd, rcv, ooo units.Bytes
	open := 0
	for _, c := range f.conns {
		if c.From == nil || c.To == nil {
			continue
		}
		open++
		from, to := c.From, c.To
		if !c.sender(from) {
			from, to = to, from
		}
		s, _ := from.Queued()
		_, r := to.Queued()
		snd += s
		rcv += r
		if m, ok := to.(*mptcp.Conn); ok {
			ooo += m.OutOfOrder()
		}
	}
	if open == 0 || f.UDP() { // it has no buffers
		return
	}
	f.sndbuf.Add(t, float64(snd))
	f.rcvbuf.Add(t, float64(rcv))
	f.held.Add(t, float64(ooo))
	f.limit.Add(t, float64(units.Bytes(open)*f.TCP.ReceiveBuffer))
	f.wait.Add(t, f.maxWait.Seconds())
	f.maxWait = 0
}
