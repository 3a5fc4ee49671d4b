package prediction

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"mpsim/cc"
	"mpsim/cc/fluid"
	"mpsim/mptcp/pathmgr"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/netem/channel"
	"mpsim/sim/netem/qdisc"
	"mpsim/sim/units"
	"mpsim/topology"
)

// A model is the fluid network of a scenario. Capacities and queues are in bytes.
// Link 2i is the upward direction of link i of the scenario, 2i+1 the downward one.
type model struct {
	scenario *scenarios.Scenario
	network  fluid.Network
	users    [][]int    // of each flow, one for connections of the same paths; none: it is outside, or UDP
	streams  [][]stream // of each UDP flow, one for connections of the same paths
	outside  []string   // why
	names    [][]string // of the subflows of each flow
	mss      []int
	notes    []string
	problems scenarios.Problems
}

// Sizes in bytes.
const (
	fullPacket = 1500 // that a limit or threshold in packets is taken to be of
	ackSize    = 72   // of a segment without data
)

// newModel translates a scenario. The error is scenarios.Problems: all that the model has no word for.
func newModel(s *scenarios.Scenario) (*model, error) {
	m := &model{scenario: s}
	m.addLinks()
	var why reasons
	for i := range s.Flows {
		f := &s.Flows[i]
		m.users, m.names, m.mss = append(m.users, nil), append(m.names, nil), append(m.mss, mss(f))
		m.streams = append(m.streams, m.addStreams(f))
		reason := ""
		switch {
		case f.Count == 0:
			reason = "it does not run"
		case !f.UDP():
			reason = m.addFlow(i)
		}
		m.outside = append(m.outside, reason)
		if reason != "" {
			why.add(reason, f.Name)
		}
	}
	if !slices.Contains(m.outside, "") {
		for i, reason := range m.outside {
			m.fail(fmt.Sprintf("flow[%d].%s", i, m.keyOutside(i)), "the fluid model knows none of the flows; of this one %s", reason)
		}
	}
	m.checkPaths()
	if len(m.problems) > 0 {
		return nil, m.problems.Sorted()
	}
	for _, line := range why.lines() {
		m.notes = append(m.notes, "taken as absent: "+line)
	}
	if len(s.Events) > 0 {
		m.notes = append(m.notes, "the events of the scenario are left out: links are as they begin")
	}
	return m, nil
}

// fail notes what the model has no word for, once.
func (m *model) fail(path, format string, args ...any) {
	if p := m.scenario.ProblemAt(path, format, args...); !slices.Contains(m.problems, p) {
		m.problems = append(m.problems, p)
	}
}

// keyOutside returns the key of flow i, which is outside of the model, that puts it there.
func (m *model) keyOutside(i int) string {
	switch f := &m.scenario.Flows[i]; {
	case f.Count == 0:
		return "count"
	case f.Workload.Kind != "bulk":
		return "workload"
	}
	return "cc"
}

// addLinks translates the links. Of one that the model does not know only the capacity counts.
func (m *model) addLinks() {
	for i := range m.scenario.Links {
		l := &m.scenario.Links[i]
		if l.Silent {
			m.fail(fmt.Sprintf("link[%d].silent", i), "the fluid model has links as they begin: this one carries nothing")
		}
		if l.Up != nil && !*l.Up {
			m.fail(fmt.Sprintf("link[%d].up", i), "the fluid model has links as they begin: this one carries nothing")
		}
		rtt := l.Delay.Up.Look().Min() + l.Delay.Down.Look().Min()
		for d, x := range []struct {
			rate  language.Part[language.Rate]
			queue language.Part[language.Queue]
			loss  language.Part[language.Loss]
		}{{l.Rate.Up, l.Queue.Up, l.Loss.Up}, {l.Rate.Down, l.Queue.Down, l.Loss.Down}} {
			rate := x.rate.Look().Mean()
			link := fluid.Link{Capacity: float64(rate) / 8}
			var err error
			if link.Queue, err = queueOf(x.queue.Look(), qdisc.Link{Rate: rate, RTT: rtt}); err == nil {
				err = link.Validate()
			}
			if err != nil {
				m.fail(m.scenario.DirectionKey(i, "queue", d == 1), "%s: %v", x.queue.Kind, err)
				link.Queue = fluid.Queue{}
			}
			if link.Loss, err = lossOf(x.loss); err == nil {
				err = link.Validate()
			}
			if err != nil {
				m.fail(m.scenario.DirectionKey(i, "loss", d == 1), "%s: %v", x.loss.Kind, err)
			}
			if x.rate.Kind != "constant" {
				m.notes = append(m.notes, fmt.Sprintf("link %s %s: its mean rate of %v stands for the varying one", l.Name, directions[d], rate))
			}
			m.network.Links = append(m.network.Links, link)
		}
		if len(l.Middleboxes) > 0 {
			m.notes = append(m.notes, fmt.Sprintf("link %s: its middleboxes are left out", l.Name))
		}
	}
}

// checkPaths notes the links at which a path has nothing that limits it: no loss, no limit of a queue.
func (m *model) checkPaths() {
	if len(m.problems) > 0 {
		return
	}
	for i := range m.users {
		for _, user := range m.users[i] {
			u := &m.network.Users[user]
			if _, delay := u.Law.(fluid.WVegas); delay {
				continue
			}
			for _, p := range u.Paths {
				if !slices.ContainsFunc(p.Links, func(l int) bool { return m.network.Links[l].Limits() }) {
					l := p.Links[0]
					m.fail(m.scenario.DirectionKey(l/2, "queue", l%2 == 1), "nothing limits flow %s in the fluid model: no link of a path loses packets, and their queues have no limit", m.scenario.Flows[i].Name)
				}
			}
		}
	}
}

// fillOfDropTail is how full a drop-tail queue of a few flows is on average while it is the
// bottleneck. A single Reno whose queue holds one bandwidth-delay product has a half, and many flows that
// lose independently nearly all.
const fillOfDropTail = 0.75

// queueOf translates a queue.
func queueOf(model language.Queue, l qdisc.Link) (fluid.Queue, error) {
	limit := func(q units.Quantity) float64 {
		packets, bytes := q.Limit(l.Rate, l.RTT)
		switch {
		case packets > 0:
			return float64(packets) * fullPacket
		case bytes > 0:
			return float64(bytes)
		}
		return math.Inf(1)
	}
	switch q := model.(type) {
	case *qdisc.DropTail:
		return fluid.Queue{Limit: limit(q.Limit), Fill: fillOfDropTail}, nil
	case *qdisc.Random:
		return fluid.Queue{Limit: limit(q.Limit), Fill: fillOfDropTail}, nil
	case *qdisc.PIE:
		// It keeps the delay about its target, with what losses that takes.
		return fluid.Queue{Limit: min(limit(q.Limit), q.Target.Seconds()*float64(l.Rate)/8)}, nil
	case *qdisc.RED:
		end := q.Max
		if q.Gentle {
			end = 2 * q.Max
		}
		early := fluid.Early{Min: q.Min * fullPacket, Mid: q.Max * fullPacket, Max: end * fullPacket, P: q.MaxP, Spread: true}
		return fluid.Queue{Limit: limit(q.Limit), Early: &early}, nil
	case *qdisc.KhaliliRED:
		scale := float64(l.Rate) / float64(q.Per) * fullPacket
		early := fluid.Early{Min: q.Min * scale, Mid: q.Mid * scale, Max: q.Max * scale, P: q.MidP}
		return fluid.Queue{Limit: limit(q.Limit), Early: &early}, nil
	case *qdisc.CoDel:
		// As PIE.
		return fluid.Queue{Limit: min(limit(q.Limit), q.Target.Seconds()*float64(l.Rate)/8)}, nil
	}
	return fluid.Queue{}, errors.New("the fluid model knows the queues codel, droptail, khalili-red, pie, random and red only")
}

// lossOf returns the mean loss of a channel.
func lossOf(p language.Part[language.Loss]) (float64, error) {
	switch l := p.Look().(type) {
	case channel.None:
		return 0, nil
	case *channel.Bernoulli:
		return l.P, nil
	case *channel.GilbertElliott:
		bad := 0.0
		if l.P > 0 {
			bad = l.P / (l.P + l.R)
		}
		return float64(bad*l.LossBad) + float64((1-bad)*l.LossGood), nil
	case *channel.List:
		if l.Every > 0 {
			return 1 / float64(l.Every), nil
		}
		return 0, nil
	}
	return 0, errors.New("the fluid model knows the losses none, bernoulli, gilbert-elliott and list only")
}

// mss returns the payload of a full segment of f.
func mss(f *scenarios.Flow) int {
	n := min(f.TCP.MTU, f.Server.TCP.MTU) - 40
	if f.TCP.Timestamps && f.Server.TCP.Timestamps {
		n -= 12
	}
	if f.MPTCP() && !f.Server.Plain {
		sender := &f.Options
		if !f.FromOpens() {
			sender = &f.Server.Options
		}
		n -= sender.MappingRoom()
	}
	return max(n, 8)
}

// addFlow makes flow i a user of the network, or says why the model does not know it.
func (m *model) addFlow(i int) (outside string) {
	f := &m.scenario.Flows[i]
	if f.Workload.Kind != "bulk" {
		return fmt.Sprintf("its workload %s is not endless", f.Workload.Kind)
	}
	law, floor := lawOf(f.CC.New())
	if law == nil {
		return fmt.Sprintf("the model knows the controllers reno, cubic, ewtcp, coupled, semicoupled, epsilon, lia, olia, balia and wvegas, not %s", f.CC.Kind)
	}
	for k := range f.Pairs {
		pair := &f.Pairs[k]
		n := len(pair.Routes)
		for j, routes := range pair.Routes {
			count := (f.Count - j + n - 1) / n // connections j, j+n, ...
			if count <= 0 {
				break
			}
			user := fluid.User{Law: law, Count: count, Size: float64(min(f.TCP.MTU, f.Server.TCP.MTU)), Floor: floor}
			for _, route := range m.subflows(f, routes) {
				user.Paths = append(user.Paths, m.path(f, route))
			}
			m.users[i] = append(m.users[i], len(m.network.Users))
			m.network.Users = append(m.network.Users, user)
		}
	}
	for _, user := range m.users[i] {
		for k := len(m.names[i]); k < len(m.network.Users[user].Paths); k++ {
			m.names[i] = append(m.names[i], m.name(f, k))
		}
	}
	return ""
}

// lawOf returns the fluid limit of a controller and its least window, or nil.
func lawOf(c language.Controller) (law fluid.Law, floor float64) {
	floor = 2 // RFC 5681, equation (4)
	if v := reflect.ValueOf(c).Elem().FieldByName("Floor"); v.IsValid() {
		floor = v.Float()
	}
	switch c := c.(type) {
	case *cc.Reno:
		return fluid.Reno{}, floor
	case *cc.CUBIC:
		return fluid.Cubic{C: c.C, Beta: c.Beta}, floor
	case *cc.EWTCP:
		return fluid.EWTCP{A: c.Gain}, floor
	case *cc.SemiCoupled:
		return fluid.SemiCoupled{A: c.Gain}, floor
	case *cc.Coupled:
		return fluid.Coupled{}, 1
	case *cc.Epsilon:
		return fluid.Epsilon{Epsilon: c.Epsilon}, floor
	case *cc.LIA:
		return fluid.LIA{}, floor
	case *cc.OLIA:
		return fluid.OLIA{}, floor
	case *cc.BALIA:
		return fluid.BALIA{}, floor
	case *cc.WVegas:
		return fluid.WVegas{Alpha: c.Alpha, Total: c.Total}, floor
	}
	return nil, 0
}

// subflows returns the ways of the subflows of a connection of f, from the sender of the data: what its
// path manager opens once all paths are up.
func (m *model) subflows(f *scenarios.Flow, routes [][]topology.Hop) [][]topology.Hop {
	if !f.MPTCP() || f.Server.Plain {
		routes = routes[:1]
	} else {
		switch p := f.PathManager.New().(type) {
		case *pathmgr.None, *pathmgr.SinglePath:
			routes = routes[:1]
		case *pathmgr.NDiffPorts:
			all := make([][]topology.Hop, p.N)
			for i := range all {
				all[i] = routes[0]
			}
			routes = all
		case *pathmgr.FullMesh:
			routes = routes[:min(len(routes), p.Subflows)]
		default:
			if note := fmt.Sprintf("flow %s: the path manager %s is taken to open one subflow on each path", f.Name, f.PathManager.Kind); !slices.Contains(m.notes, note) {
				m.notes = append(m.notes, note)
			}
		}
	}
	if f.FromOpens() {
		return routes
	}
	back := make([][]topology.Hop, len(routes))
	for i, r := range routes {
		for k := range r {
			h := r[len(r)-1-k]
			back[i] = append(back[i], topology.Hop{Link: h.Link, Down: !h.Down})
		}
	}
	return back
}

// path translates the way of a subflow. Its RTT without queueing has the propagation and
// the transmission of a full segment and of its ACK.
func (m *model) path(f *scenarios.Flow, route []topology.Hop) fluid.Path {
	var p fluid.Path
	size := float64(min(f.TCP.MTU, f.Server.TCP.MTU))
	for _, h := range route {
		there, back := 2*h.Link, 2*h.Link+1
		if h.Down {
			there, back = back, there
		}
		l := &m.scenario.Links[h.Link]
		p.Links, p.Back = append(p.Links, there), append(p.Back, back)
		p.RTT += (l.Delay.Up.Look().Min() + l.Delay.Down.Look().Min()).Seconds()
		p.RTT += size/m.network.Links[there].Capacity + ackSize/m.network.Links[back].Capacity
	}
	return p
}

// name returns what legends call the subflow k of f.
func (m *model) name(f *scenarios.Flow, k int) string {
	paths := f.PathNames(false)
	if len(paths) == 0 { // the pairs of a traffic matrix have paths of their own
		return strconv.Itoa(k + 1)
	}
	if f.PathManager.Kind != "ndiffports" {
		return paths[k]
	}
	if k == 0 {
		return paths[0]
	}
	return fmt.Sprintf("%s#%d", paths[0], k+1)
}

// explain names what the network numbers.
func (m *model) explain(err error) error {
	var e *fluid.UserError
	if !errors.As(err, &e) {
		return err
	}
	for i, users := range m.users {
		if slices.Contains(users, e.User) {
			return fmt.Errorf("flow %s: %w", m.scenario.Flows[i].Name, e.Err)
		}
	}
	return err
}
