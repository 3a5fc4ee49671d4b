package language

import (
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/tcp"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/rare"
	"mpsim/sim/units"
	"mpsim/topology"
)

// A Scenario is one experiment: a network, what flows through it, what happens
// meanwhile, what to draw, and what must hold in the end. Load and Parse make
// valid ones.
type Scenario struct {
	Name        string        `toml:"name" doc:"name of the scenario and of its result directory"`
	Description string        `toml:"description" doc:"what it shows"`
	Duration    time.Duration `toml:"duration" doc:"simulated time" time:"run"`
	Warmup      time.Duration `toml:"warmup" doc:"time at the start that means and percentiles leave out" time:"run"`
	Seed        uint64        `toml:"seed" doc:"origin of all randomness"`

	Replications int      `toml:"replications" doc:"runs, each with a seed of its own, that targets are judged by"`
	Quick        []string `toml:"quick" doc:"key=value overrides that make a short form of it"`

	Fluid      bool     `toml:"fluid" doc:"compare with what the fluid model predicts"`
	Explain    bool     `toml:"explain" doc:"record each decision of schedulers, and its reason"`
	Forwarding bool     `toml:"forwarding" doc:"hosts forward packets for others"`
	Links      []Link   `toml:"link"`
	Flows      []Flow   `toml:"flow"`
	Events     []Event  `toml:"event"`
	Calls      []Call   `toml:"api"`
	Figures    []Figure `toml:"figure"`
	Expect     []Expect `toml:"expect"`
	Targets    []Target `toml:"target"`

	// Graph is the network of the links; an index of a topology.Hop is one of Links.
	Graph *topology.Graph `toml:"-"`
	// Overrides are the --set options, in the order in which they were given.
	Overrides []string `toml:"-"`
	// Warnings say what of the scenario has no effect that its writer may want.
	Warnings Problems `toml:"-"`
	// Force, if not nil, forces rare cases in the run: for tests, and no part of the language.
	Force *rare.Force `toml:"-"`

	document     *document
	links, flows nameSet
	late         []string // paths of what an option has left behind: the run goes without
}

// Duplex has a value for each direction of a link. A scenario gives one for
// both, or a table with up and down.
type Duplex[T any] struct {
	Up   Part[T] // from the first node to the second
	Down Part[T] // from the second to the first
}

// Limit is what may wait in the queue of each direction of a link. A scenario gives one amount for both, or a table
// with up and down. Zero is no amount.
type Limit struct{ Up, Down units.Quantity }

// Of returns the amount of a direction.
func (x Limit) Of(down bool) units.Quantity {
	if down {
		return x.Down
	}
	return x.Up
}

// Link is a link between two nodes, which exist because links name them.
type Link struct {
	Name    string        `toml:"name" doc:"unique name"`
	Between [2]string     `toml:"between" doc:"the nodes at both ends; from the first to the second is up"`
	Rate    Duplex[Rate]  `toml:"rate" doc:"capacity"`
	Delay   Duplex[Delay] `toml:"delay" doc:"propagation delay, one way"`
	Queue   Duplex[Queue] `toml:"queue" doc:"queue at the sending end"`
	Loss    Duplex[Loss]  `toml:"loss" doc:"loss process"`
	Up      *bool         `toml:"up" doc:"false: its interfaces are down at first, and both ends see that"`
	Silent  bool          `toml:"silent" doc:"it loses everything at first, and nobody is told"`
	Class   int           `toml:"class" doc:"of priority, for schedulers by class, the lowest first; 0: 1, or 2 of a backup"`
	Weight  int           `toml:"weight" doc:"share of the bytes, for schedulers by weight; 0: 1"`

	Middleboxes []Middlebox `toml:"middlebox" doc:"what looks into segments on their way, from the first node to the second"`
}

// BaseRTT returns the least round-trip time over l alone: limits in BDP are multiples of rate times this.
func (l *Link) BaseRTT() time.Duration { return l.Delay.Up.Look().Min() + l.Delay.Down.Look().Min() }

// QueueLink returns what the queue of a direction of l knows of it, but for its random stream: limits in time or BDP
// are of this, those of events, too.
func (l *Link) QueueLink(down bool) qdisc.Link {
	rate := l.Rate.Up
	if down {
		rate = l.Rate.Down
	}
	return qdisc.Link{Rate: rate.Look().Mean(), RTT: l.BaseRTT()}
}

// Middlebox stands in the way of a link, before its queues. In a scenario the
// parameters of its kind are beside the keys that all kinds have.
type Middlebox struct {
	Model     Part[middlebox.Model]
	Direction middlebox.Direction `toml:"direction" doc:"up, down or both: the packets it acts on; of a box with an inside the way out, left out: up"`
	When      middlebox.When      `toml:"when" doc:"conditions under which it acts"`
}

// Config returns a fresh model with its conditions.
func (m *Middlebox) Config() middlebox.Config {
	return middlebox.Config{Model: m.Model.New(), Direction: m.Direction, When: m.When}
}

// Flow is a connection, or several alike, that carries a workload. Of a UDP flow a connection is a
// sender and a receiver, and client, Host, CC, Scheduler, PathManager, TCP, Options and Server mean nothing.
type Flow struct {
	Name        string            `toml:"name" doc:"unique name"`
	From        string            `toml:"from" doc:"node that sends the data, or the requests"`
	To          string            `toml:"to" doc:"node at the other end"`
	Client      string            `toml:"client" doc:"node that opens the connection"`
	Protocol    string            `toml:"protocol" doc:"mptcp, tcp or udp"`
	Host        string            `toml:"host" doc:"what both ends are: the defaults of tcp, mptcp and of parameters of cc"`
	Paths       [][]string        `toml:"paths" doc:"links of each path from from to to; left out: all that routing finds"`
	PathChoice  Part[PathChoice]  `toml:"path_choice" doc:"how the path of each subflow is selected"`
	Traffic     Traffic           `toml:"traffic" doc:"many pairs of hosts in place of from and to"`
	CC          Part[Controller]  `toml:"cc" doc:"congestion controller of each subflow"`
	Scheduler   Part[Scheduler]   `toml:"scheduler" doc:"packet scheduler"`
	PathManager Part[PathManager] `toml:"path_manager" doc:"path manager"`
	Workload    Part[Workload]    `toml:"workload" doc:"what is carried"`
	Start       time.Duration     `toml:"start" doc:"when the first connection opens" time:"run"`
	Stop        time.Duration     `toml:"stop" doc:"when workloads that could go on for ever stop; 0: at the end" time:"run"`
	Labels      []string          `toml:"labels" doc:"axis=value for each axis of [vary] that the flow stands for"`
	Drawn       []string          `toml:"drawn" doc:"axis.quantity=value for what was drawn for a value of an axis"`
	Count       int               `toml:"count" doc:"number of connections alike; 0: it does not run"`
	Stagger     time.Duration     `toml:"stagger" doc:"time from the start of one connection to that of the next"`
	Spread      time.Duration     `toml:"spread" doc:"each connection starts later by a time drawn uniformly up to this" time:"run"`
	Gap         time.Duration     `toml:"gap" doc:"mean of exponential times between starts: arrivals of a Poisson process"`
	TCP         tcp.Config        `toml:"tcp" doc:"parameters of the TCP endpoints"`
	Options     mptcp.Protocol    `toml:"mptcp" doc:"parameters of MPTCP"`
	Server      Server            `toml:"server" doc:"what differs at the end that does not open the connection"`

	// Pairs are the pairs of hosts with connections, Count each: From and To, or those of
	// Traffic.
	Pairs []Pair `toml:"-"`
	// Routes are the paths of the first connection of the first pair.
	Routes [][]topology.Hop `toml:"-"`

	pathNames [2][]string // as the client and as the server sees them
}

// MPTCP reports whether the flow speaks Multipath TCP.
func (f *Flow) MPTCP() bool { return f.Protocol == "mptcp" }

// FromOpens reports whether the end called "from" opens the connection.
func (f *Flow) FromOpens() bool { return f.Client == f.From || f.Client == "from" }

// Server is what differs at the end of a flow that listens. What is left out is as at
// the client.
type Server struct {
	Host        string            `toml:"host" doc:"what that end is: the defaults of tcp and mptcp"`
	Plain       bool              `toml:"plain" doc:"it speaks TCP alone"`
	Options     mptcp.Protocol    `toml:"mptcp" doc:"parameters of MPTCP"`
	PathManager Part[PathManager] `toml:"path_manager" doc:"path manager"`
	TCP         tcp.Config        `toml:"tcp" doc:"parameters of the TCP endpoint"`

	// CC is that of the flow, with the parameters that it leaves to this host.
	CC Part[Controller] `toml:"-"`
}

// Event is a change at a time: of a link, or of a subflow's priority.
type Event struct {
	At     time.Duration `toml:"at" doc:"when" time:"run"`
	Link   string        `toml:"link" doc:"link that changes"`
	Rate   Duplex[Rate]  `toml:"rate" doc:"new capacity; 0bps: nothing leaves until the next event"`
	Delay  Duplex[Delay] `toml:"delay" doc:"new propagation delay"`
	Loss   Duplex[Loss]  `toml:"loss" doc:"new loss process"`
	Limit  Limit         `toml:"limit" doc:"new limit of the queue, whatever its kind"`
	Up     *bool         `toml:"up" doc:"false takes its interfaces down, true up; both ends see that"`
	Silent *bool         `toml:"silent" doc:"true: it loses everything from now on, and nobody is told; false ends that"`

	Flow    string `toml:"flow" doc:"flow whose subflow changes"`
	Subflow int    `toml:"subflow" doc:"index of the subflow, from 0"`
	Backup  *bool  `toml:"backup" doc:"sets or clears the backup flag (MP_PRIO)"`
}

// Changes returns the keys by which e changes a link or a subflow.
func (e *Event) Changes() (keys []string) {
	for _, x := range []struct {
		key string
		set bool
	}{
		{"rate", !e.Rate.Up.IsZero() || !e.Rate.Down.IsZero()},
		{"delay", !e.Delay.Up.IsZero() || !e.Delay.Down.IsZero()},
		{"loss", !e.Loss.Up.IsZero() || !e.Loss.Down.IsZero()},
		{"limit", e.Limit != Limit{}}, {"up", e.Up != nil}, {"silent", e.Silent != nil}, {"backup", e.Backup != nil},
	} {
		if x.set {
			keys = append(keys, x.key)
		}
	}
	return keys
}

// Figure is a picture to draw. In a scenario the keys that its kind takes are beside those that all take.
type Figure struct {
	Model Part[FigureKind]
	Title string `toml:"title" doc:"title above the axes; none if left out"`
	Width Width  `toml:"width" doc:"width in inches, or where it is to be printed"`
}

// Expect is a bound that must hold for the run to succeed.
type Expect struct {
	Metric    string `toml:"metric" doc:"what is measured; see mpsim list"`
	Flow      string `toml:"flow" doc:"flow that is measured"`
	Subflow   *int   `toml:"subflow" doc:"subflow of it, from 0; left out: the whole connection"`
	Link      string `toml:"link" doc:"link that is measured"`
	Direction string `toml:"direction" doc:"up or down"`
	Least     any    `toml:"min" doc:"least value, in the unit of the metric"`
	Greatest  any    `toml:"max" doc:"greatest value, in the unit of the metric"`

	// Min and Max are the bounds in the SI unit of the metric; -Inf and +Inf if
	// left out.
	Min, Max float64 `toml:"-"`
}
