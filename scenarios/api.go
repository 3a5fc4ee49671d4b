package scenarios

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// Call is a call of an application to the interface of its MPTCP connection (RFC 6897,
// section 5.3), on every connection of a flow.
type Call struct {
	Flow  string        `toml:"flow" doc:"flow whose application calls"`
	End   pathmgr.End   `toml:"end" doc:"client or server; left out: client"`
	At    time.Duration `toml:"at" doc:"when; with on: time after the event"`
	On    Moment        `toml:"on" doc:"event that it follows, every time"`
	Every time.Duration `toml:"every" doc:"repeat it so often; left out: once"`
	Do    Function      `toml:"call" doc:"enable, add, remove, subflows, connid, info, open, close, backup, abort"`

	Enable  *bool    `toml:"enable" doc:"call = enable: what to set; left out: get"`
	Addr    []string `toml:"addr" doc:"call = add or remove: links of the addresses"`
	Path    string   `toml:"path" doc:"call = open: name of the path"`
	Backup  *bool    `toml:"backup" doc:"call = open or backup: whether it is one"`
	Subflow *int     `toml:"subflow" doc:"call = close, backup or info: ID of the subflow; of info left out: all"`
}

// Moment is an event that a Call follows. The zero value is none.
type Moment string

// The moments beside those of pathmgr.Trigger.
const (
	OnConnect   Moment = "connect"   // the client is about to connect
	OnConnected Moment = "connected" // the handshake is over, MPTCP or not
)

var moments = []Moment{
	OnConnect, OnConnected, Moment(pathmgr.OnEstablished), Moment(pathmgr.OnSubflowUp), Moment(pathmgr.OnSubflowDown),
	Moment(pathmgr.OnPathUp), Moment(pathmgr.OnPathDown), Moment(pathmgr.OnAddrAnnounced), Moment(pathmgr.OnStale), Moment(pathmgr.OnRecovered),
}

// Function is a function of the interface.
type Function string

// The functions.
const (
	CallEnable   Function = "enable"
	CallAdd      Function = "add"
	CallRemove   Function = "remove"
	CallSubflows Function = "subflows"
	CallConnID   Function = "connid"
	CallInfo     Function = "info"
	CallOpen     Function = "open"
	CallClose    Function = "close"
	CallBackup   Function = "backup"
	CallAbort    Function = "abort"
)

// signature says which arguments a function must have and may have.
type signature struct {
	name      Function
	must, may []string
}

var functions = []signature{
	{CallEnable, nil, []string{"enable"}},
	{CallAdd, []string{"addr"}, nil},
	{CallRemove, []string{"addr"}, nil},
	{CallSubflows, nil, nil},
	{CallConnID, nil, nil},
	{CallInfo, nil, []string{"subflow"}},
	{CallOpen, []string{"path"}, []string{"backup"}},
	{CallClose, []string{"subflow"}, nil},
	{CallBackup, []string{"subflow", "backup"}, nil},
	{CallAbort, nil, nil},
}

// decode implements selfDecoder.
func (m *Moment) decode(d *document, path string, v any) { decodeWord(d, path, v, m, moments) }

// decode implements selfDecoder.
func (f *Function) decode(d *document, path string, v any) {
	all := make([]Function, len(functions))
	for i := range functions {
		all[i] = functions[i].name
	}
	decodeWord(d, path, v, f, all)
}

// decodeWord reads one of some words.
func decodeWord[T ~string](d *document, path string, v any, into *T, all []T) {
	s, ok := v.(string)
	if ok && slices.Contains(all, T(s)) {
		*into = T(s)
		return
	}
	words := make([]string, len(all))
	for i, w := range all {
		words[i] = string(w)
	}
	if !ok {
		d.fail(path, "got %s; want one of %s", describe(v), strings.Join(words, ", "))
		return
	}
	d.fail(path, "there is no %q; %s", clip(s), suggest(s, words))
}

// maxCalls bounds the calls of one Call on one connection.
const maxCalls = 100_000

// checkCall checks call i.
func (s *Scenario) checkCall(d *document, i int) {
	x := &s.Calls[i]
	fail := func(key, format string, args ...any) { d.fail(at("api", i, key), format, args...) }
	t, ok := d.root["api"].([]any)[i].(map[string]any)
	if !ok {
		return
	}
	has := func(key string) bool { _, ok := t[key]; return ok }
	d.known(at("api", i, "flow"), "flow", x.Flow, &s.flows)
	switch {
	case !has("at") && !has("on"):
		fail("", `want at, a time such as "2s", or on, an event such as "established"`)
	case x.At > s.Duration && s.Duration > 0:
		fail("at", "%v is after the end of the run at %v", x.At, s.Duration)
	case x.On == OnConnect && x.End == pathmgr.Server:
		fail("on", "a server does not connect")
	case x.On == OnConnect && (x.At != 0 || x.Every != 0):
		fail("on", "what comes before the connection has no time after it: want neither at nor every")
	}
	if has("every") && (x.Every <= 0 || s.Duration/max(x.Every, 1) > maxCalls) {
		fail("every", "%v: want a time of which %v has at most %d", x.Every, s.Duration, maxCalls)
	}
	s.checkArguments(d, i, has)
	k, ok := s.flows.index[x.Flow]
	if !ok {
		return
	}
	f := &s.Flows[k]
	if !f.MPTCP() {
		fail("flow", "%q is a %s flow, which has no such interface", x.Flow, f.Protocol)
		return
	}
	end := pathmgr.Client
	if x.End != "" {
		end = x.End
	}
	if all := f.PathNames(end == pathmgr.Server); x.Path != "" && !slices.Contains(all, x.Path) {
		fail("path", "there is no path %q; %s", clip(x.Path), suggest(x.Path, all))
	}
	for k, name := range x.Addr {
		if all := f.addressLinks(end); !slices.Contains(all, name) {
			fail(fmt.Sprintf("addr[%d]", k), "there is no link of an address %q; %s", clip(name), suggest(name, all))
		}
	}
}

// checkArguments checks that call i has the arguments that its function takes.
func (s *Scenario) checkArguments(d *document, i int, has func(string) bool) {
	x := &s.Calls[i]
	if x.Do == "" {
		if !d.failed(at("api", i, "call")) {
			d.fail(at("api", i, "call"), "missing; want a function such as subflows")
		}
		return
	}
	f := functions[slices.IndexFunc(functions, func(f signature) bool { return f.name == x.Do })]
	for _, key := range []string{"enable", "addr", "path", "backup", "subflow"} {
		switch must := slices.Contains(f.must, key); {
		case must && !has(key):
			d.fail(at("api", i, key), "missing; %s takes it", x.Do)
		case has(key) && !must && !slices.Contains(f.may, key):
			d.fail(at("api", i, key), "%s takes no %s", x.Do, key)
		}
	}
}

// A Called is a call that was made, with what it returned: a value, or a text, or an
// error. A call that returns several things makes several.
type Called struct {
	Now        sim.Time
	Connection *Connection
	End        pathmgr.End
	Do         Function
	Subflow    int    // -1: of none
	What       string // the name of the value
	Unit       string
	Value      float64
	Text       string
	Err        error
}

// follower is a path manager whose events calls follow.
type follower struct {
	pathmgr.Manager
	m   *Simulation
	c   *Connection
	end pathmgr.End
}

// OnEvent implements pathmgr.Manager.
func (f *follower) OnEvent(c pathmgr.Control, e pathmgr.Event) {
	f.Manager.OnEvent(c, e)
	for _, on := range moments {
		if on != OnConnect && on != OnConnected && pathmgr.Trigger(on).Kind() == e.Kind {
			f.m.follow(f.c, f.end, on)
		}
	}
}

// watched returns a constructor of path managers whose events calls follow. A flow
// without calls has the manager itself.
func (m *Simulation) watched(c *Connection, end pathmgr.End, manager Part[PathManager]) func() pathmgr.Manager {
	if !slices.ContainsFunc(m.Scenario.Calls, func(x Call) bool { return x.Flow == c.Flow.Name && x.On != "" }) {
		return func() pathmgr.Manager { return manager.New() }
	}
	return func() pathmgr.Manager { return &follower{manager.New(), m, c, end} }
}

// follow arranges the calls of one end of c that follow a moment.
func (m *Simulation) follow(c *Connection, end pathmgr.End, on Moment) {
	for i := range m.Scenario.Calls {
		x := &m.Scenario.Calls[i]
		if x.Flow != c.Flow.Name || x.On != on || (x.End == pathmgr.Server) != (end == pathmgr.Server) {
			continue
		}
		if on == OnConnect {
			m.call(c, x)
		} else {
			m.schedule(c, x, m.Engine.Now().Add(x.At))
		}
	}
}

// scheduleCalls arranges the calls of c that come at a time of their own.
func (m *Simulation) scheduleCalls(c *Connection) {
	for i := range m.Scenario.Calls {
		if x := &m.Scenario.Calls[i]; x.Flow == c.Flow.Name && x.On == "" {
			m.schedule(c, x, sim.Time(x.At))
		}
	}
}

// schedule makes call x at a time, and again if it is to be repeated.
func (m *Simulation) schedule(c *Connection, x *Call, t sim.Time) {
	m.Engine.At(t, func() {
		m.call(c, x)
		if next := t.Add(x.Every); x.Every > 0 && next <= sim.Time(m.Scenario.Duration) {
			m.schedule(c, x, next)
		}
	})
}

var errNoConnection = errors.New("there is no connection yet")

// call makes call x on c, and reports what it returns.
func (m *Simulation) call(c *Connection, x *Call) {
	r := Called{Now: m.Engine.Now(), Connection: c, End: pathmgr.Client, Do: x.Do, Subflow: -1}
	end := c.end(c.Flow.FromOpens())
	if x.End == pathmgr.Server {
		r.End, end = x.End, c.end(!c.Flow.FromOpens())
	}
	report := func(r Called) {
		if m.Called != nil {
			m.Called(r)
		}
	}
	conn, ok := end.(*mptcp.Conn)
	switch {
	case end == nil:
		r.Err = errNoConnection
	case !ok:
		r.Err = mptcp.ErrPlain
	case x.get(conn, r, report):
		return
	default:
		r.Err = x.set(conn, &r, m.addresses(c, x))
	}
	report(r)
}

// addresses returns the addresses that x names by their links.
func (m *Simulation) addresses(c *Connection, x *Call) (list []netem.Addr) {
	for _, r := range c.routes {
		if x.End == pathmgr.Server {
			r = r.Reverse
		}
		if name := r.Links()[0].Duplex().Name; slices.Contains(x.Addr, name) && !slices.Contains(list, r.Src) {
			list = append(list, r.Src)
		}
	}
	return list
}

// set makes a call that changes something.
func (x *Call) set(c *mptcp.Conn, r *Called, addresses []netem.Addr) error {
	if x.Subflow != nil {
		r.Subflow = *x.Subflow
	}
	switch x.Do {
	case CallEnable:
		return c.SetMultipath(*x.Enable)
	case CallAdd:
		return c.AddAddresses(addresses...)
	case CallRemove:
		return c.RemoveAddresses(addresses...)
	case CallOpen:
		id, err := c.OpenSub(slices.Index(r.Connection.Flow.PathNames(r.End == pathmgr.Server), x.Path), x.Backup != nil && *x.Backup)
		if err == nil {
			r.Subflow = id
		}
		return err
	case CallClose:
		return c.CloseSub(*x.Subflow)
	case CallBackup:
		return c.SetSubBackup(*x.Subflow, *x.Backup)
	}
	c.Abort()
	return nil
}

// get makes a call that reads something. It reports false if x is none.
func (x *Call) get(c *mptcp.Conn, r Called, report func(Called)) bool {
	switch {
	case x.Do == CallEnable && x.Enable == nil:
		on, err := c.Multipath()
		r.What, r.Value, r.Err = "multipath", flag(on), err
		report(r)
	case x.Do == CallConnID:
		id, err := c.ConnID()
		r.What, r.Value, r.Err = "connid", float64(id), err
		report(r)
	case x.Do == CallSubflows:
		x.subflows(c, r, report)
	case x.Do == CallInfo:
		x.info(c, r, report)
	default:
		return false
	}
	return true
}

// subflows reports how many subflows are established, and the pair of each.
func (x *Call) subflows(c *mptcp.Conn, r Called, report func(Called)) {
	pairs, err := c.Pairs()
	r.What, r.Value, r.Err = "subflows", float64(len(pairs)), err
	report(r)
	for _, p := range pairs {
		r.What, r.Value, r.Text = "pair", 0, p.String()
		report(r)
	}
}

// info reports the state of a subflow, or of all.
func (x *Call) info(c *mptcp.Conn, r Called, report func(Called)) {
	var ids []int
	if x.Subflow != nil {
		ids = []int{*x.Subflow}
	} else {
		list, err := c.SubIDs()
		if err != nil {
			r.Err = err
			report(r)
		}
		for _, s := range list {
			ids = append(ids, s.ID)
		}
	}
	for _, id := range ids {
		r.Subflow = id
		info, err := c.SubInfo(id)
		if err != nil {
			r.Err = err
			report(r)
			continue
		}
		for _, v := range []struct {
			what, unit string
			value      float64
		}{
			{"established", "", flag(info.Established)}, {"joining", "", flag(info.Joining)}, {"low-prio", "", flag(info.LowPrio)},
			{"stale", "", flag(info.Stale)}, {"srtt", "s", info.SRTT.Seconds()}, {"rttvar", "s", info.RTTVar.Seconds()},
			{"rto", "s", info.RTO.Seconds()}, {"cwnd", "B", info.Cwnd}, {"ssthresh", "B", info.Ssthresh},
			{"inflight", "B", float64(info.InFlight)}, {"acked", "B", float64(info.Acked)}, {"sent", "B", float64(info.Sent)},
			{"retransmitted", "B", float64(info.Retransmitted)}, {"reinjected", "B", float64(info.Reinjected)},
			{"timeouts", "", float64(info.Timeouts)},
		} {
			if !math.IsInf(v.value, 0) { // no ssthresh yet
				r.What, r.Unit, r.Value = v.what, v.unit, v.value
				report(r)
			}
		}
	}
}

// flag returns a boolean as a number.
func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
