package language

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mpsim/experiment/record"
	"mpsim/sim/netem/channel"
	"mpsim/sim/words"
	"mpsim/topology"
)

// The bounds of a scenario.
const (
	maxDuration     = 1e6 * time.Second
	maxLinks        = 1 << 16
	maxPaths        = topology.MaxPaths
	maxCount        = 1<<16 - FirstPort // each connection has a port of its own
	maxReplications = 10_000
)

// FirstPort is the port of the first connection; each has one of its own.
const FirstPort = 1024

// at returns the path of element i of an array, and of a key in it.
func at(array string, i int, key string) string {
	p := fmt.Sprintf("%s[%d]", array, i)
	if key != "" {
		p += "." + key
	}
	return p
}

// check notes what is wrong with the values of s, beyond their types, and
// completes it.
func (s *Scenario) check(d *document) {
	if !plainName(s.Name) && !d.failed("name") {
		d.fail("name", "%q is no name for a directory; want letters, digits, - and _", clip(s.Name))
	}
	for _, l := range s.Links {
		s.links.add(l.Name)
	}
	for _, f := range s.Flows {
		s.flows.add(f.Name)
	}
	s.checkTime(d)
	s.checkLinks(d)
	s.checkFlows(d)
	for i := range s.Events {
		s.checkEvent(d, i)
	}
	for i := range s.Calls {
		s.checkCall(d, i)
	}
	s.checkFigures(d)
	for i := range s.Expect {
		s.checkExpect(d, i)
	}
	if _, given := d.root["replications"]; given && !d.failed("replications") && (s.Replications < 1 || s.Replications > maxReplications) {
		d.fail("replications", "got %d; want 1 to %d", s.Replications, maxReplications)
	}
	ids := make(map[string]int)
	for i := range s.Targets {
		s.checkTarget(d, i, ids)
	}
	if len(d.problems) == 0 {
		s.checkRoom(d)
		s.checkWork(d)
		s.checkMemory(d)
		s.checkMarks(d)
		s.checkExplained(d)
		s.forget(d)
	}
}

// plainName reports whether s can be part of a file name and of a --set path.
func plainName(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
			return false
		}
	}
	return true
}

func (s *Scenario) checkTime(d *document) {
	switch _, given := d.root["duration"]; {
	case !given:
		d.fail("duration", `missing: the run would never end; want a time such as "30s"`)
	case s.Duration > maxDuration:
		d.fail("duration", "%v is too long; want at most %v", s.Duration, maxDuration)
	case s.Duration == 0 && !d.failed("duration"):
		d.fail("duration", "want more than 0s")
	case s.Warmup >= s.Duration && s.Warmup > 0 && d.behind("warmup"):
		s.warn(d, "warmup", "%v is not less than the duration of %v: it is ignored", s.Warmup, s.Duration)
		s.Warmup, d.root["warmup"] = 0, "0s"
	case s.Warmup >= s.Duration && s.Warmup > 0:
		d.fail("warmup", "%v is not less than the duration of %v", s.Warmup, s.Duration)
	}
}

// failed reports whether there is a problem with the value at path.
func (d *document) failed(path string) bool {
	return slices.ContainsFunc(d.problems, func(p Problem) bool { return p.Key == path })
}

func (s *Scenario) checkLinks(d *document) {
	if len(s.Links) == 0 && !d.failed("topology") {
		d.fail("", "there is no link; want [[link]] or [topology]")
	}
	if len(s.Links) > maxLinks {
		d.fail("link", "%d links; want at most %d", len(s.Links), maxLinks)
	}
	first := make(map[string]int)
	for i := range s.Links {
		l := &s.Links[i]
		if !d.checkName("link", i, l.Name, first) {
			continue
		}
		switch a, b := l.Between[0], l.Between[1]; {
		case a == "" || b == "":
			if !d.failed(at("link", i, "between")) {
				d.fail(at("link", i, "between"), `missing; want the two nodes, such as ["phone", "server"]`)
			}
		case a == b:
			d.fail(at("link", i, "between"), "the link joins %q to itself", clip(a))
		}
		if l.Rate.Up.IsZero() && l.Rate.Down.IsZero() && !d.failedIn(at("link", i, "rate")) {
			d.fail(at("link", i, "rate"), `missing; want a rate such as "8Mbps"`)
		}
		for _, down := range []bool{false, true} {
			if stands(l, down) {
				d.fail(d.directionKey("link", i, "rate", down), "nothing would ever leave; want more than 0bps, which is for events")
			}
		}
		if l.Up != nil && l.Silent {
			d.fail(at("link", i, "silent"), upOrSilent)
		}
		if l.Class < 0 || l.Class > 100 {
			d.fail(at("link", i, "class"), "%d; want 0 to 100", l.Class)
		}
		if l.Weight < 0 || l.Weight > 1000 {
			d.fail(at("link", i, "weight"), "%d; want 0 to 1000", l.Weight)
		}
	}
}

// stands reports whether a direction of l has no capacity.
func stands(l *Link, down bool) bool {
	part := l.Rate.Up
	if down {
		part = l.Rate.Down
	}
	rate, ok := part.Look().(*channel.Constant)
	return ok && rate.Rate == 0
}

// failedIn reports whether there is a problem at path or below, or where it was
// inherited from.
func (d *document) failedIn(path string) bool {
	_, key, _ := strings.Cut(path, "].")
	return slices.ContainsFunc(d.problems, func(p Problem) bool {
		return strings.HasPrefix(p.Key, path) || strings.HasPrefix(p.Key, "defaults.link."+key) || strings.HasPrefix(p.Key, "topology")
	})
}

// checkName checks the name of element i of an array, against those before it.
func (d *document) checkName(array string, i int, name string, first map[string]int) bool {
	key := at(array, i, "name")
	switch j, again := first[name]; {
	case d.failed(key) || d.failed(at(array, i, "")):
		return false
	case name == "":
		d.fail(key, "missing; every %s has a name", array)
	case !plainName(strings.ReplaceAll(name, ".", "_")): // a number in it may have a point
		d.fail(key, "%q is no name; want at most 64 letters, digits, -, _ and .", clip(name))
	case again:
		d.fail(key, "%q is the name of %s too", name, at(array, j, ""))
	default:
		first[name] = i
	}
	return true
}

func (s *Scenario) checkFlows(d *document) {
	if len(s.Flows) == 0 {
		d.fail("", "there is no flow; want [[flow]]")
	}
	var edges []topology.Edge
	for _, l := range s.Links {
		if l.Between[0] != l.Between[1] {
			edges = append(edges, topology.Edge{Name: l.Name, Between: l.Between, Delay: leastDelay(l)})
		} else {
			edges = append(edges, topology.Edge{})
		}
	}
	hosts := s.draw(d, topology.NewGraph(edges).Nodes())
	for _, f := range s.Flows {
		if f.Traffic.IsZero() {
			hosts = append(hosts, f.From, f.To)
		}
	}
	if s.Forwarding {
		hosts = nil
	}
	s.Graph = topology.NewGraph(edges, hosts...)
	first := make(map[string]int)
	for i := range s.Flows {
		d.checkName("flow", i, s.Flows[i].Name, first)
		s.checkFlow(d, i)
	}
}

// leastDelay returns the propagation delay of a link, upwards.
func leastDelay(l Link) time.Duration {
	if l.Delay.Up.IsZero() {
		return 0
	}
	return l.Delay.Up.Look().Min()
}

// Protocols are what a flow may speak.
var Protocols = []string{"mptcp", "tcp", "udp"}

func (s *Scenario) checkFlow(d *document, i int) {
	f := &s.Flows[i]
	fail := func(key, format string, args ...any) { d.fail(at("flow", i, key), format, args...) }
	if !slices.Contains(Protocols, f.Protocol) && !d.failed(at("flow", i, "protocol")) {
		fail("protocol", "unknown protocol %q; %s", clip(f.Protocol), words.Suggest(f.Protocol, Protocols))
	}
	if f.UDP() {
		s.checkUDP(d, i)
	}
	s.checkStarts(d, i)
	if err := f.TCP.Validate(); err != nil {
		fail("tcp", "%v", err)
	}
	if err := f.Options.Validate(); err != nil {
		fail("mptcp", "%v", err)
	}
	if err := f.Server.TCP.Validate(); err != nil && f.Server.TCP != f.TCP {
		fail("server.tcp", "%v", err)
	}
	if err := f.Server.Options.Validate(); err != nil && f.Server.Options != f.Options {
		fail("server.mptcp", "%v", err)
	}
	if p, q := f.Options.Profile, f.Server.Options.Profile; f.MPTCP() && !f.Server.Plain && !p.Understands(q) {
		fail("server.mptcp.profile", "%v meets %v of the client: both are version 1 on the wire, with another hash of the keys; want the same profile, or v0, at one end", q, p)
	}
	switch {
	case d.failedIn(at("flow", i, "traffic")):
	case !f.Traffic.IsZero():
		s.checkTraffic(d, i)
	case s.checkEnds(d, i):
		s.checkPaths(d, i)
	}
}

// checkEnds checks the nodes that flow i names.
func (s *Scenario) checkEnds(d *document, i int) bool {
	f := &s.Flows[i]
	good := true
	for _, end := range []struct{ key, node string }{{"from", f.From}, {"to", f.To}} {
		key := at("flow", i, end.key)
		switch {
		case d.failed(key):
			good = false
		case end.node == "":
			d.fail(key, "missing; %s", words.Suggest("", s.Graph.Nodes()))
			good = false
		case !s.Graph.HasNode(end.node):
			d.fail(key, "there is no node %q; %s", clip(end.node), words.Suggest(end.node, s.Graph.Nodes()))
			good = false
		}
	}
	if good && f.From == f.To {
		d.fail(at("flow", i, "to"), "the flow goes from %q to itself", f.From)
		return false
	}
	switch f.Client {
	case "", "from":
		f.Client = f.From
	case "to":
		f.Client = f.To
	case f.From, f.To:
	default:
		d.fail(at("flow", i, "client"), "%v", words.Check("end", f.Client, "from", "to", f.From, f.To))
	}
	return good
}

// checkPaths follows the paths of flow i, or finds them.
func (s *Scenario) checkPaths(d *document, i int) {
	f := &s.Flows[i]
	key := at("flow", i, "paths")
	if d.failedIn(key) {
		return
	}
	f.Pairs = []Pair{{From: f.From, To: f.To}}
	_, given := d.root["flow"].([]any)[i].(map[string]any)["paths"]
	switch {
	case !given:
		s.checkRoutes(d, i)
	case len(f.Paths) == 0:
		d.fail(key, "there are none; leave paths out to have them found")
		return
	case !f.MPTCP() && len(f.Paths) > 1:
		d.fail(key, "got %d paths; %s uses one", len(f.Paths), f.Protocol)
		return
	case !f.PathChoice.IsZero():
		d.fail(key, "want either paths or path_choice")
		return
	default:
		paths := s.trace(d, i)
		if len(paths) < len(f.Paths) || !s.setRoutes(d, i, &f.Pairs[0], paths) {
			return
		}
		f.Routes = f.Pairs[0].Of(0)
	}
	s.checkNames(d, i)
}

// trace follows the paths that flow i names.
func (s *Scenario) trace(d *document, i int) (paths [][]topology.Hop) {
	f := &s.Flows[i]
	for k, links := range f.Paths {
		hops, err := s.Graph.Trace(f.From, f.To, links)
		if err == nil {
			paths = append(paths, hops)
			continue
		}
		message := err.Error()
		if n := s.unknownLink(links); n != "" {
			message = fmt.Sprintf("there is no link %q; %s", clip(n), words.Suggest(n, s.links.list))
		} else if _, err := s.Graph.Trace(f.To, f.From, links); err == nil {
			message = fmt.Sprintf("the links lead from %s to %s; write them in the order from %s to %s", f.To, f.From, f.From, f.To)
		}
		d.fail(fmt.Sprintf("%s[%d]", at("flow", i, "paths"), k), "%s", message)
	}
	return paths
}

// nameSet is the names of the links or of the flows.
type nameSet struct {
	list  []string
	index map[string]int
}

func (n *nameSet) add(name string) {
	if n.index == nil {
		n.index = make(map[string]int)
	}
	if _, again := n.index[name]; !again {
		n.index[name] = len(n.list)
	}
	n.list = append(n.list, name)
}

func (n *nameSet) has(name string) bool { _, ok := n.index[name]; return ok }

// unknownLink returns the first of links that there is not.
func (s *Scenario) unknownLink(links []string) string {
	for _, n := range links {
		if !s.links.has(n) {
			return n
		}
	}
	return ""
}

// known checks that name is one of the links or flows.
func (d *document) known(path, what, name string, all *nameSet) {
	if !all.has(name) && !d.failed(path) {
		d.fail(path, "there is no %s %q; %s", what, clip(name), words.Suggest(name, all.list))
	}
}

func (s *Scenario) checkEvent(d *document, i int) {
	e := &s.Events[i]
	fail := func(key, format string, args ...any) { d.fail(at("event", i, key), format, args...) }
	t, ok := d.root["event"].([]any)[i].(map[string]any)
	if !ok {
		return
	}
	has := func(key string) bool { _, ok := t[key]; return ok }
	if !has("at") {
		fail("at", `missing; want a time such as "12s"`)
	} else {
		s.checkTimely(d, "event", i, e.At)
	}
	switch {
	case has("link") == has("flow"):
		fail("", "want either a link or a flow that changes")
	case has("link"):
		d.known(at("event", i, "link"), "link", e.Link, &s.links)
		if !slices.ContainsFunc(ofLinks, has) {
			fail("", "nothing changes; want %s", either(ofLinks))
		}
		for _, down := range []bool{false, true} {
			if x := e.Limit.Of(down); !x.IsZero() && x.N <= 0 {
				d.fail(d.directionKey("event", i, "limit", down), "%v lets nothing wait; want more than 0", x)
			}
		}
		if has("up") && has("silent") {
			fail("silent", upOrSilent)
		}
		if has("subflow") || has("backup") {
			fail("", "subflow and backup belong to a flow, not to a link")
		}
	default:
		d.known(at("event", i, "flow"), "flow", e.Flow, &s.flows)
		if e.Backup == nil {
			fail("backup", "missing; want true or false")
		}
		if e.Subflow < 0 || e.Subflow >= maxPaths {
			fail("subflow", "got %d; want 0 to %d", e.Subflow, maxPaths-1)
		}
		if k, ok := s.flows.index[e.Flow]; ok && !s.Flows[k].MPTCP() {
			fail("flow", "%q is a %s flow, which has no subflows", e.Flow, s.Flows[k].Protocol)
		}
		if k := slices.IndexFunc(ofLinks, has); k >= 0 {
			fail(ofLinks[k], "belongs to a link, not to a flow")
		}
	}
}

// ofLinks are the keys of an event that change a link.
var ofLinks = []string{"rate", "delay", "loss", "limit", "up", "silent"}

// either joins words as a choice.
func either(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// upOrSilent explains why the two exclude each other.
const upOrSilent = "with up in the same table; want one of them: up is of interfaces, which both ends see, silent of a path that nobody is told about"

func (s *Scenario) checkExpect(d *document, i int) {
	e := &s.Expect[i]
	fail := func(key, format string, args ...any) { d.fail(at("expect", i, key), format, args...) }
	m := record.LookUp(e.Metric)
	if m == nil {
		if all := record.MetricNames(); !d.failed(at("expect", i, "metric")) {
			fail("metric", "unknown metric %q; %s", clip(e.Metric), words.Suggest(e.Metric, all))
		}
		return
	}
	ofFlow := m.Flow != nil || m.Subflow != nil
	var lack *lack
	switch {
	case ofFlow:
		d.known(at("expect", i, "flow"), "flow", e.Flow, &s.flows)
		if k, ok := s.flows.index[e.Flow]; ok {
			lack = s.lacks(m, &s.Flows[k], e.Subflow)
		}
	case m.Link != nil:
		d.known(at("expect", i, "link"), "link", e.Link, &s.links)
		if err := words.Check("direction", e.Direction, "up", "down"); err != nil && !d.failed(at("expect", i, "direction")) {
			fail("direction", "%v", err)
		}
		if k, ok := s.links.index[e.Link]; ok {
			lack = s.lacksLink(m, k)
		}
	}
	switch {
	case lack != nil && (lack.key != "subflow" || m.Subflow != nil):
		s.without(d, "expect", i, lack.key, lack.why)
	case !ofFlow && (e.Flow != "" || e.Subflow != nil) || m.Link == nil && (e.Link != "" || e.Direction != ""):
		fail("", "%s is %s", e.Metric, map[record.Scope]string{
			record.OfFlow:    "measured of a flow: want flow, not link or direction",
			record.OfSubflow: "measured of a subflow: want flow and subflow, not link or direction",
			record.OfLink:    "measured of a link: want link and direction, not flow or subflow",
			record.OfRun:     "measured of the whole run: want neither flow nor link",
		}[m.Scope()])
	case e.Subflow != nil && m.Subflow == nil:
		fail("subflow", "%s is measured of a whole flow", e.Metric)
	case e.Subflow == nil && m.Scope() == record.OfSubflow:
		fail("subflow", "missing; %s is measured of a subflow", e.Metric)
	}
	if e.Subflow != nil && (*e.Subflow < 0 || *e.Subflow >= maxPaths) && lack == nil {
		fail("subflow", "got %d; want 0 to %d", *e.Subflow, maxPaths-1)
	}
	e.Min, e.Max = math.Inf(-1), math.Inf(1)
	for _, b := range []struct {
		key   string
		v     any
		bound *float64
	}{{"min", e.Least, &e.Min}, {"max", e.Greatest, &e.Max}} {
		if b.v == nil {
			continue
		}
		x, err := amount(m.Unit, b.v)
		if err != nil {
			fail(b.key, "%v", err)
			continue
		}
		*b.bound = x
	}
	if e.Least == nil && e.Greatest == nil {
		fail("", "want min, max or both")
	} else if e.Min > e.Max {
		fail("min", "is greater than max")
	}
}
