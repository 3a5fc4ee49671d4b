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
	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// side is an end of a flow, as the scenario names it.
type side int

const (
	from side = iota
	to
	sides
)

// String returns the name.
func (s side) String() string { return [...]string{"from", "to"}[s] }

// other returns the other one.
func (s side) other() side { return 1 - s }

// flow is what is kept of the connections of one flow.
type flow struct {
	*scenarios.Flow
	number    int           // among the flows
	sender    side          // that of the data which the flow is about
	step      time.Duration // between samples
	warmed    sim.Time      // the end of the warm-up
	keeps     bool          // series over time
	reorders  bool          // its data can come out of order at the connection's level: MPTCP
	conns     []*conn
	subflows  []*subflow // by name, in the order of appearance
	ooo       record.Quantiles
	transfers record.Quantiles
	done      record.Thin[transfer]
	losses    record.Thin[record.Incident] // and timeouts and marks, of the first connection
	turns     record.Thin[record.Incident] // of its life
	bins      record.Bins                  // what the application could read
	last      sim.Time
	gap       time.Duration // longest time without a new byte
	window    moments
	second    time.Duration // sum over the connections
	seconds   int
	failures  int          // calls of applications
	why       *explanation // of the first connection; nil: nobody asks
	timeline  *timeline    // of the first connection; nil: no figure shows it

	buffers buffers           // of all connections
	open    int               // connections that have both ends
	blocked [mptcp.Blocks]int // connections whose new data each keeps back

	sndbuf, rcvbuf, held, limit, wait record.Decimator
	blocks                            [mptcp.Blocks]record.Decimator // of blocked
}

// buffers are what the ends of a connection hold of the data that its flow is about.
type buffers struct {
	sent     units.Bytes // written and not acknowledged
	received units.Bytes // arrived and not read
	waiting  units.Bytes // of it, what is not next in order
}

// reading is what the applications at one end of a flow could read.
type reading struct {
	received uint64
	warm     uint64 // of it, until the end of the warm-up
}

// since returns what came after the warm-up.
func (r reading) since() uint64 { return r.received - r.warm }

// conn is one connection.
type conn struct {
	*scenarios.Connection
	f        *flow
	subflows []connSubflow
	ends     [sides]reading
	life     [sides]life
	pending  app.Transfer // begun and not completed
	begun    bool         // ... if there is one
	finished bool         // a transfer has been completed
	last     sim.Time     // when the application could last read something new
	blocks   blocks       // of the end that sends
	buffers  buffers      // as they were looked at last
	isOpen   bool         // they have been
}

// life is when an end of a connection began and ended; 0: it did not.
type life struct {
	established, ended sim.Time
	err                error
}

// connSubflow is a subflow of a connection, known by the client's port.
type connSubflow struct {
	port uint16
	*subflow
	e *tcp.Endpoint // at the end that was seen first
}

// transfer is a transfer of a connection.
type transfer struct {
	c *conn
	app.Transfer
}

// subflow is the subflows of one name of all connections of a flow.
type subflow struct {
	rtt        record.Quantiles
	f          *flow
	name, path string
	endpoints  [sides][]*tcp.Endpoint
	sockets    [sides][]*udp.Socket
	current    *tcp.Endpoint // of the first connection, where the data is sent: its window is drawn
	last       sim.Time      // when something has arrived
	received   uint64        // that the application could read
	warm       uint64        // arrived at the end of the warm-up
	warmRead   uint64        // received then
	bins       record.Bins   // of arrived
	reinjected uint64
	episodes   [cc.Causes]uint64 // by cause
	up         time.Duration     // since the first SYN
	isUp       bool
	window     moments

	cwnd, ssthresh, srtt, rto, inflight record.Decimator
	sent, again                         record.Thin[[2]float64]
}

func newFlow(f *language.Flow, s *scenarios.Scenario, keeps bool) *flow {
	k := &flow{Flow: f, step: sampling(s.Duration), warmed: sim.Time(s.Warmup), keeps: keeps, reorders: f.MPTCP()}
	if app.Answers(f.Workload.New()) {
		k.sender = to
	}
	k.bins.Width = binWidth(k)
	return k
}

// side returns which end of c is end.
func (c *conn) side(end mptcp.Connection) side {
	if end == c.From {
		return from
	}
	return to
}

// end returns the end of c at a side, or nil while it does not exist.
func (c *conn) end(s side) mptcp.Connection {
	if s == from {
		return c.From
	}
	return c.To
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
		c.f.subflows = append(c.f.subflows, &subflow{f: c.f, name: name, path: text, bins: record.Bins{Width: binWidth(c.f)}})
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

// begins notes a transfer.
func (c *conn) begins(t app.Transfer) { c.pending, c.begun = t, true }

// completes notes that a transfer is complete.
func (c *conn) completes(t app.Transfer) {
	c.begun, c.finished = false, true
	c.f.transfers.Add(t.Duration())
	c.f.done.Add(transfer{c, t})
}

// delivered counts what the application at one end of c can read. If it is the data that the flow is about, s has
// brought it.
func (c *conn) delivered(at side, s *subflow, d delivery) {
	f := c.f
	c.ends[at].received += uint64(d.bytes)
	if at == f.sender {
		return
	}
	c.last = d.now
	if f.last > 0 && d.now >= f.warmed {
		f.gap = max(f.gap, d.now.Sub(max(f.last, f.warmed)))
	}
	if f.keeps {
		spread(&f.bins, f.last, d.now, int(d.bytes))
		if !f.UDP() {
			f.wait.Add(d.now, d.wait.Seconds())
		}
	}
	if f.timeline != nil && c.Index == 0 {
		f.timeline.delivered(s.name, d)
	}
	f.last = d.now
	s.received += uint64(d.bytes)
	if d.now >= f.warmed && f.reorders {
		f.ooo.Add(d.wait)
	}
}

// established notes that an end of c can send.
func (c *conn) established(at side, now sim.Time) {
	if c.life[at].established == 0 {
		c.life[at].established = now
		c.turn(at, record.Established, "", now, nil)
	}
}

// ended notes that an end of c is over.
func (c *conn) ended(at side, e tcp.Ended) {
	c.life[at].ended, c.life[at].err = e.Now, e.Err
	c.turn(at, record.Ended, "", e.Now, e.Err)
}

// turn notes what happens to the first connection of a flow, as the end sees it that sends.
func (c *conn) turn(at side, kind, subflow string, now sim.Time, why error) {
	if c.Index > 0 || at != c.f.sender {
		return
	}
	i := record.Incident{T: now.Seconds(), Kind: kind, Flow: c.Flow.Name, Subflow: subflow}
	if why != nil {
		i.Text = why.Error()
	}
	c.f.turns.Add(i)
}

// uses notes when a subflow can first carry data of the flow; more tells that it is not the first of c.
func (c *conn) uses(s *subflow, now sim.Time, more bool) {
	since := now.Sub(c.Opened)
	if !s.isUp {
		s.up, s.isUp = since, true
	}
	if more {
		c.f.second += since
		c.f.seconds++
	}
}

// follows keeps the course of what arrives at e, with what has come before now, in the SYN.
func (s *subflow) follows(e *tcp.Endpoint, now sim.Time) {
	s.bins.Add(now, int64(e.Stats.BytesArrived))
	e.Points.Arrived.Observe(func(x tcp.Arrival) { s.arrives(x.Now, x.Bytes) })
}

// arrives keeps the course of what arrives.
func (s *subflow) arrives(now sim.Time, bytes int) {
	spread(&s.bins, s.last, now, bytes)
	s.last = now
}

// spread counts bytes as having come since those before them, which came at last, or in the width of a bin. So no bin
// has more than the link could carry, as it would if the whole of a packet fell into the bin of its last bit.
func spread(b *record.Bins, last, now sim.Time, bytes int) {
	if last == 0 {
		last = now
	}
	b.Spread(max(last, now-sim.Time(b.Width)), now, int64(bytes))
}

// arrived returns the payload that has come for the first time.
func (s *subflow) arrived() (n uint64) {
	at := s.f.sender.other()
	for _, e := range s.endpoints[at] {
		n += e.Stats.BytesArrived
	}
	for _, e := range s.sockets[at] {
		_, received := e.Progress()
		n += received
	}
	return n
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

// binWidth is the interval over which throughput is averaged.
func binWidth(f *flow) time.Duration { return 10 * f.step }

// warm is called at the end of the warm-up.
func (f *flow) warm() {
	for _, c := range f.conns {
		for s := range c.ends {
			c.ends[s].warm = c.ends[s].received
		}
	}
	for _, s := range f.subflows {
		s.warm, s.warmRead = s.arrived(), s.received
	}
}

// sample looks at what no event tells of: subflows that others have closed, and what applications write and read of
// their own accord.
func (f *flow) sample(t sim.Time) {
	for _, s := range f.subflows {
		s.sample(t)
	}
	for _, c := range f.conns {
		c.sample(t)
	}
}

// sample looks at the window and the measurements.
func (s *subflow) sample(t sim.Time) {
	e := s.current
	switch {
	case e == nil || e.State() < tcp.Established:
	case e.State() > tcp.Established: // gone: it has no window
		s.cwnd.Add(t, 0)
		s.inflight.Add(t, 0)
	default:
		s.cwnd.Add(t, e.Flow.Cwnd)
		s.ssthresh.Add(t, e.Flow.Ssthresh)
		s.srtt.Add(t, e.RTT.SRTT.Seconds())
		s.rto.Add(t, e.RTT.RTO().Seconds())
		s.inflight.Add(t, float64(e.Pipe()))
	}
}

// sample looks at the buffers. Datagrams have none.
func (c *conn) sample(t sim.Time) {
	if c.From == nil || c.To == nil || c.Flow.UDP() {
		return
	}
	f := c.f
	if !c.isOpen {
		c.isOpen = true
		f.open++
		f.limit.Add(t, float64(units.Bytes(f.open)*f.TCP.ReceiveBuffer))
	}
	var now buffers
	reader := c.end(f.sender.other())
	now.sent, _ = c.end(f.sender).Queued()
	_, now.received = reader.Queued()
	if m, ok := reader.(*mptcp.Conn); ok {
		now.waiting = m.OutOfOrder()
	}
	all := &f.buffers
	all.sent += now.sent - c.buffers.sent
	all.received += now.received - c.buffers.received
	all.waiting += now.waiting - c.buffers.waiting
	c.buffers = now
	f.sndbuf.Add(t, float64(all.sent))
	f.rcvbuf.Add(t, float64(all.received))
	f.held.Add(t, float64(all.waiting))
}
