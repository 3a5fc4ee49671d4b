// Package build makes simulations of scenarios: the network, the hosts, what flows between them, and what
// happens meanwhile. It knows the engine, and the language knows nothing of it.
package build

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/udp"
	"mpsim/scenarios/language"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/probe"
	"mpsim/sim/rare"
	"mpsim/sim/rng"
	"mpsim/sim/units"
	"mpsim/topology"
)

// A Simulation is a scenario that is ready to run.
type Simulation struct {
	Scenario    *language.Scenario
	Engine      *sim.Engine
	Network     *netem.Network
	Pool        *netem.Pool
	Links       []*netem.Duplex // as Scenario.Links
	Connections []*Connection   // all of the first flow, then those of the next
	// Middleboxes are those of each link, as Scenario.Links has them.
	Middleboxes [][]*middlebox.Element
	Points      Points

	root      rng.Root
	datagrams *netem.Pool // of all UDP flows
	nodes     map[string]*netem.Node
	streams   []stream
	hosts     map[string]*host
}

// Points are the events that a Simulation reports; those of the parts of the model are theirs.
type Points struct {
	Opened    probe.Point[Opened] // an end of a connection exists: who watches it attaches then
	Begun     probe.Point[Transfer]
	Completed probe.Point[Transfer]
	Called    probe.Point[Called]          // what a call of an application returned
	Changed   probe.Point[*language.Event] // an event of the scenario has been applied
}

// Opened is an end of a connection that now exists.
type Opened struct {
	Connection *Connection
	End        mptcp.Connection
}

// Transfer is a transfer of a connection.
type Transfer struct {
	Connection *Connection
	app.Transfer
}

// A stream is the random numbers of what a name says.
type stream struct {
	name string
	rand *rand.Rand
}

// A Connection is one connection of a flow.
type Connection struct {
	Flow   *language.Flow
	Index  int // among the connections of the flow
	Opened sim.Time
	// From and To are its ends, named as in the flow; nil until the end exists.
	From, To mptcp.Connection

	pair   *language.Pair
	routes []*netem.Route
	port   uint16
}

// Paths returns how many paths the connection has.
func (c *Connection) Paths() int { return len(c.routes) }

// PathNames returns the names of the paths, with a space between two.
func (c *Connection) PathNames() string {
	names := make([]string, len(c.routes))
	for i, r := range c.routes {
		names[i] = mptcp.PathName(r)
	}
	return strings.Join(names, " ")
}

// Hosts returns the pair of hosts that the connection joins.
func (c *Connection) Hosts() *language.Pair { return c.pair }

// ends returns the names of the hosts of the client and of the server.
func (c *Connection) ends() (client, server string) {
	if c.Flow.FromOpens() {
		return c.pair.From, c.pair.To
	}
	return c.pair.To, c.pair.From
}

// New makes the network, the hosts and the flows of a scenario. What language.Parse accepted can be built.
func New(s *language.Scenario) (*Simulation, error) {
	m := &Simulation{
		Scenario: s, Engine: sim.NewEngine(), Pool: tcp.NewPool(), datagrams: udp.NewPool(),
		root: rng.New(s.Seed, 0), nodes: make(map[string]*netem.Node), hosts: make(map[string]*host),
	}
	m.Network = netem.NewNetwork(m.Engine)
	m.Network.Force = s.Force
	for _, name := range s.Graph.Nodes() {
		m.nodes[name] = m.Network.AddNode(name)
	}
	for i := range s.Links {
		l := &s.Links[i]
		d := m.Network.Connect(l.Name, m.nodes[l.Between[0]], m.nodes[l.Between[1]],
			m.direction(l, "up", l.Rate.Up, l.Delay.Up, l.Queue.Up, l.Loss.Up),
			m.direction(l, "down", l.Rate.Down, l.Delay.Down, l.Queue.Down, l.Loss.Down))
		d.SetUp(l.Up == nil || *l.Up)
		d.SetSilent(l.Silent)
		m.Links = append(m.Links, d)
		m.Middleboxes = append(m.Middleboxes, m.insert(l, d))
	}
	for i := range s.Flows {
		for _, p := range s.Flows[i].Pairs {
			m.addHost(p.From)
			m.addHost(p.To)
		}
	}
	for i := range s.Flows {
		if err := m.addFlow(&s.Flows[i]); err != nil {
			return nil, err
		}
	}
	for i := range s.Events {
		e := &s.Events[i]
		m.Engine.At(sim.Time(e.At), func() {
			m.change(e)
			m.Points.Changed.Emit(e)
		})
	}
	return m, nil
}

// Discard lets go of the packets of a simulation that is over. All counts stay as they are.
func (m *Simulation) Discard() {
	m.Network.Discard()
	m.Pool.Trim()
	m.datagrams.Trim()
}

// addHost makes a node a host, unless it is one.
func (m *Simulation) addHost(name string) {
	if m.hosts[name] != nil {
		return
	}
	h := netem.NewHost(m.Network, m.nodes[name])
	t := tcp.NewHost(h, m.Pool)
	t.Secret = m.secret("host/%s/secret", name).Uint64()
	m.hosts[name] = &host{mptcp.NewStack(t), udp.NewHost(h, m.datagrams)}
}

// host is the transport layers of a host.
type host struct {
	mptcp *mptcp.Stack
	udp   *udp.Host
}

// insert puts the middleboxes of l into d.
func (m *Simulation) insert(l *language.Link, d *netem.Duplex) []*middlebox.Element {
	var boxes []*middlebox.Element
	for i := range l.Middleboxes {
		c := l.Middleboxes[i].Config()
		b := middlebox.New(c, m.Engine, m.stream("link/%s/middlebox/%d/connections", l.Name, i), m.stream("link/%s/middlebox/%d", l.Name, i))
		d.Insert(b)
		m.Network.Altered = m.Network.Altered || middlebox.AltersPayload(c.Model)
		boxes = append(boxes, b)
	}
	return boxes
}

// stream returns the random stream of what a name of several parts names.
func (m *Simulation) stream(format string, args ...any) *rand.Rand {
	s := m.secret(format, args...)
	m.streams = append(m.streams, stream{fmt.Sprintf(format, args...), s})
	return s
}

// secret returns the same, for keys and the like: every run draws them.
func (m *Simulation) secret(format string, args ...any) *rand.Rand {
	return m.root.Stream(fmt.Sprintf(format, args...))
}

// Random reports, after the run, whether anything but keys and the like was drawn at
// random. It draws, too: the simulation must not go on.
func (m *Simulation) Random() bool {
	return slices.ContainsFunc(m.streams, func(s stream) bool { return s.rand.Uint64() != m.root.Stream(s.name).Uint64() })
}

// addFlow prepares the connections of f.
func (m *Simulation) addFlow(f *language.Flow) error {
	draws := m.stream("flow/%s/starts", f.Name)
	index := 0
	for i := range f.Pairs {
		routes := make([][]*netem.Route, len(f.Pairs[i].Routes))
		for j, opened := range starts(f, draws, m.Scenario.Duration) {
			c := &Connection{Flow: f, Index: index, Opened: opened, pair: &f.Pairs[i], port: uint16(language.FirstPort + len(m.Connections))}
			k := j % len(routes)
			if routes[k] == nil {
				var err error
				if routes[k], err = m.routes(c, f.Pairs[i].Of(j)); err != nil {
					return fmt.Errorf("flow %s: %w", f.Name, err)
				}
			}
			c.routes = routes[k]
			index++
			m.Connections = append(m.Connections, c)
			if s := m.Scenario; s.Force.Has(rare.Ties) {
				c.Opened -= c.Opened % sim.Time(tie)
			}
			m.Engine.At(c.Opened, func() { m.open(c) })
			m.scheduleCalls(c)
		}
	}
	return nil
}

// routes enters paths of c into the network.
func (m *Simulation) routes(c *Connection, paths [][]topology.Hop) (list []*netem.Route, err error) {
	client, server := c.ends()
	for _, hops := range paths {
		r, err := m.Network.Via(m.nodes[client], m.nodes[server], m.Scenario.Graph.Names(hops))
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// config returns the parameters of one end of c.
func (m *Simulation) config(c *Connection, end pathmgr.End) *mptcp.Config {
	f := c.Flow
	proto, conf, manager := f.Options, f.TCP, f.PathManager
	if end == pathmgr.Server {
		proto, conf, manager = f.Server.Options, f.Server.TCP, f.Server.PathManager
	}
	return &mptcp.Config{
		TCP:        conf,
		Protocol:   proto,
		Controller: m.controllers(c, end),
		Scheduler:  func() sched.Scheduler { return f.Scheduler.New() },
		Manager:    func() pathmgr.Manager { return manager.New() },
		Prefer:     m.prefer,
		Rand:       m.secret("flow/%s/%d/%s", f.Name, c.Index, end),
	}
}

// prefer returns what the links of a route say of it: the last class of priority, and the smallest weight.
func (m *Simulation) prefer(r *netem.Route) (p mptcp.Preference) {
	for _, hop := range r.Links() {
		i := slices.Index(m.Links, hop.Duplex())
		if i < 0 {
			continue
		}
		l := &m.Scenario.Links[i]
		p.Class = max(p.Class, int8(l.Class))
		if l.Weight > 0 && (p.Weight == 0 || l.Weight < p.Weight) {
			p.Weight = l.Weight
		}
	}
	return p
}

// controllers returns what makes the controllers of one end of c, each with a random stream
// of its own if it draws.
func (m *Simulation) controllers(c *Connection, end pathmgr.End) func() cc.Controller {
	part, made := c.Flow.CC, 0
	if end == pathmgr.Server {
		part = c.Flow.Server.CC
	}
	return func() cc.Controller {
		law := part.New()
		if r, ok := law.(cc.Randomizer); ok {
			r.Randomize(m.stream("flow/%s/%d/%s/cc/%d", c.Flow.Name, c.Index, end, made))
		}
		made++
		return law
	}
}

// open lets the server listen for c and the client connect.
func (m *Simulation) open(c *Connection) {
	f := c.Flow
	if f.UDP() {
		m.openUDP(c)
		return
	}
	from, to := m.workloads(c)
	clientName, serverName := c.ends()
	clientLoad, serverLoad := from, to
	if !f.FromOpens() {
		clientLoad, serverLoad = to, from
	}
	var back []*netem.Route
	for _, r := range c.routes {
		back = append(back, r.Reverse)
	}
	m.hosts[serverName].mptcp.Listen(c.port, &mptcp.Service{
		Config: m.config(c, pathmgr.Server), Plain: !f.MPTCP() || f.Server.Plain, Paths: back,
		Accepted: m.accepted(c, serverName, serverLoad),
	})
	stack, cfg := m.hosts[clientName].mptcp, m.config(c, pathmgr.Client)
	attach := func() app.Workload {
		m.follow(c, pathmgr.Client, language.OnConnected)
		return clientLoad
	}
	if f.MPTCP() {
		conn := stack.Dial(cfg, c.routes, c.port)
		m.set(c, conn, f.FromOpens())
		m.follow(c, pathmgr.Client, language.OnConnect)
		conn.Connect(attach)
		return
	}
	s := stack.DialPlain(cfg, c.routes[0], c.port)
	s.Attach = attach
	m.set(c, s, f.FromOpens())
	s.Connect()
}

// accepted returns what the server's listener calls with each end that a SYN makes. The
// application gets the latest one, which the client still wants, once it is established. What
// comes after that looks like a new connection and is none, such as a join that has lost its option.
func (m *Simulation) accepted(c *Connection, server string, load app.Workload) func(end mptcp.Connection) func() app.Workload {
	f := c.Flow
	served := false
	return func(end mptcp.Connection) func() app.Workload {
		if !served {
			m.set(c, end, !f.FromOpens())
		}
		return func() app.Workload {
			if served || c.end(!f.FromOpens()) != end {
				return nil
			}
			served = true
			m.follow(c, pathmgr.Server, language.OnConnected)
			return load
		}
	}
}

// end returns one end of c, or nil.
func (c *Connection) end(from bool) mptcp.Connection {
	if from {
		return c.From
	}
	return c.To
}

// set notes an end of c.
func (m *Simulation) set(c *Connection, end mptcp.Connection, from bool) {
	if from {
		c.From = end
	} else {
		c.To = end
	}
	m.listen(c, end)
	m.Points.Opened.Emit(Opened{c, end})
}

// workloads makes the applications of both ends.
func (m *Simulation) workloads(c *Connection) (from, to app.Workload) {
	f := c.Flow
	env := app.Env{Engine: m.Engine, Rand: m.stream("flow/%s/%d/workload", f.Name, c.Index), Stop: sim.Never}
	if f.Stop > 0 {
		env.Stop = sim.Time(f.Stop)
	}
	env.Begun = func(t app.Transfer) { m.Points.Begun.Emit(Transfer{c, t}) }
	env.Completed = func(t app.Transfer) { m.Points.Completed.Emit(Transfer{c, t}) }
	return f.Workload.New().Pair(env, c.Opened)
}

// change applies an event.
func (m *Simulation) change(e *language.Event) {
	if e.Flow != "" {
		m.changeSubflow(e)
		return
	}
	s := m.Scenario
	i := slices.IndexFunc(s.Links, func(l language.Link) bool { return l.Name == e.Link })
	l, d := &s.Links[i], m.Links[i]
	for _, x := range []struct {
		name  string
		link  *netem.Link
		rate  language.Part[language.Rate]
		delay language.Part[language.Delay]
		loss  language.Part[language.Loss]
		limit units.Quantity
	}{
		{"up", d.Up, e.Rate.Up, e.Delay.Up, e.Loss.Up, e.Limit.Up},
		{"down", d.Down, e.Rate.Down, e.Delay.Down, e.Loss.Down, e.Limit.Down},
	} {
		if !x.rate.IsZero() {
			x.link.SetRate(m.rate(l, x.name, x.rate))
		}
		if !x.delay.IsZero() {
			x.link.SetDelay(m.delay(l, x.name, x.delay))
		}
		if !x.loss.IsZero() {
			x.link.SetLoss(m.loss(l, x.name, x.loss))
		}
		if !x.limit.IsZero() {
			x.link.SetLimit(l.QueueLink(x.name == "down").Limit(x.limit))
		}
	}
	if e.Up != nil {
		d.SetUp(*e.Up)
	}
	if e.Silent != nil {
		d.SetSilent(*e.Silent)
	}
}

// changeSubflow sets the backup flag of a subflow, on each connection of a flow.
func (m *Simulation) changeSubflow(e *language.Event) {
	for _, c := range m.Connections {
		if c.Flow.Name != e.Flow {
			continue
		}
		for _, end := range []mptcp.Connection{c.From, c.To} {
			if conn, ok := end.(*mptcp.Conn); ok && conn.Client() && e.Subflow < len(conn.Subflows()) {
				conn.Subflows()[e.Subflow].SetBackup(*e.Backup)
			}
		}
	}
}

// direction makes one direction of a link.
func (m *Simulation) direction(
	l *language.Link, name string, rate language.Part[language.Rate], delay language.Part[language.Delay],
	queue language.Part[language.Queue], loss language.Part[language.Loss],
) netem.LinkConfig {
	c := netem.LinkConfig{Rate: m.rate(l, name, rate), Delay: m.delay(l, name, delay), Loss: m.loss(l, name, loss)}
	draws := m.stream("link/%s/%s/queue", l.Name, name)
	c.Queue = queue.New().Make(qdisc.Link{Rate: rate.Look().Mean(), RTT: l.BaseRTT(), Rand: draws})
	return c
}

func (m *Simulation) rate(l *language.Link, name string, p language.Part[language.Rate]) netem.Rate {
	return p.Look().Make(m.stream("link/%s/%s/rate", l.Name, name)) // a trace is read once
}

func (m *Simulation) delay(l *language.Link, name string, p language.Part[language.Delay]) netem.Delay {
	d := p.New().Make(m.stream("link/%s/%s/delay", l.Name, name))
	if c, ok := d.(netem.ConstantDelay); ok && m.Scenario.Force.Has(rare.Ties) {
		return netem.ConstantDelay((time.Duration(c) / tie) * tie)
	}
	return d
}

// tie is the grid of times in a run with forced ties.
const tie = 10 * time.Millisecond

func (m *Simulation) loss(l *language.Link, name string, p language.Part[language.Loss]) netem.Loss {
	return p.New().Make(m.stream("link/%s/%s/loss", l.Name, name))
}
