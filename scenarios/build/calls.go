package build

import (
	"errors"
	"math"
	"slices"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// A Called is a call that was made, with what it returned: a value, or a text, or an
// error. A call that returns several things makes several.
type Called struct {
	Now        sim.Time
	Connection *Connection
	End        pathmgr.End
	Do         language.Function
	Subflow    int    // -1: of none
	What       string // the name of the value
	Unit       string
	Value      float64
	Text       string
	Err        error
}

// listen arranges the calls that follow what happens to an end of c.
func (m *Simulation) listen(c *Connection, end mptcp.Connection) {
	conn, ok := end.(*mptcp.Conn)
	if !ok || !slices.ContainsFunc(m.Scenario.Calls, func(x language.Call) bool { return x.Flow == c.Flow.Name && x.On != "" }) {
		return
	}
	side := pathmgr.Server
	if conn.Client() {
		side = pathmgr.Client
	}
	conn.Points.Events.Observe(func(e pathmgr.Event) {
		for _, on := range language.Moments {
			if on != language.OnConnect && on != language.OnConnected && pathmgr.Trigger(on).Kind() == e.Kind {
				m.follow(c, side, on)
			}
		}
	})
}

// follow arranges the calls of one end of c that follow a moment.
func (m *Simulation) follow(c *Connection, end pathmgr.End, on language.Moment) {
	for i := range m.Scenario.Calls {
		x := &m.Scenario.Calls[i]
		if x.Flow != c.Flow.Name || x.On != on || (x.End == pathmgr.Server) != (end == pathmgr.Server) {
			continue
		}
		if on == language.OnConnect {
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
func (m *Simulation) schedule(c *Connection, x *language.Call, t sim.Time) {
	m.Engine.At(t, func() {
		m.call(c, x)
		if next := t.Add(x.Every); x.Every > 0 && next <= sim.Time(m.Scenario.Duration) {
			m.schedule(c, x, next)
		}
	})
}

var errNoConnection = errors.New("there is no connection yet")

// call makes call x on c, and reports what it returns.
func (m *Simulation) call(c *Connection, x *language.Call) {
	r := Called{Now: m.Engine.Now(), Connection: c, End: pathmgr.Client, Do: x.Do, Subflow: -1}
	end := c.end(c.Flow.FromOpens())
	if x.End == pathmgr.Server {
		r.End, end = x.End, c.end(!c.Flow.FromOpens())
	}
	report := m.Points.Called.Emit
	conn, ok := end.(*mptcp.Conn)
	switch {
	case end == nil:
		r.Err = errNoConnection
	case !ok:
		r.Err = mptcp.ErrPlain
	case ask(x, conn, r, report):
		return
	default:
		r.Err = act(x, conn, &r, m.addresses(c, x))
	}
	report(r)
}

// addresses returns the addresses that x names by their links.
func (m *Simulation) addresses(c *Connection, x *language.Call) (list []netem.Addr) {
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

// act makes a call that changes something.
func act(x *language.Call, c *mptcp.Conn, r *Called, addresses []netem.Addr) error {
	if x.Subflow != nil {
		r.Subflow = *x.Subflow
	}
	switch x.Do {
	case language.CallEnable:
		return c.SetMultipath(*x.Enable)
	case language.CallAdd:
		return c.AddAddresses(addresses...)
	case language.CallRemove:
		return c.RemoveAddresses(addresses...)
	case language.CallOpen:
		id, err := c.OpenSub(slices.Index(r.Connection.Flow.PathNames(r.End == pathmgr.Server), x.Path), x.Backup != nil && *x.Backup)
		if err == nil {
			r.Subflow = id
		}
		return err
	case language.CallClose:
		return c.CloseSub(*x.Subflow)
	case language.CallBackup:
		return c.SetSubBackup(*x.Subflow, *x.Backup)
	}
	c.Abort()
	return nil
}

// ask makes a call that reads something. It reports false if x is none.
func ask(x *language.Call, c *mptcp.Conn, r Called, report func(Called)) bool {
	switch {
	case x.Do == language.CallEnable && x.Enable == nil:
		on, err := c.Multipath()
		r.What, r.Value, r.Err = "multipath", flag(on), err
		report(r)
	case x.Do == language.CallConnID:
		id, err := c.ConnID()
		r.What, r.Value, r.Err = "connid", float64(id), err
		report(r)
	case x.Do == language.CallSubflows:
		askPairs(c, r, report)
	case x.Do == language.CallInfo:
		askInfo(x, c, r, report)
	default:
		return false
	}
	return true
}

// askPairs reports how many subflows are established, and the pair of each.
func askPairs(c *mptcp.Conn, r Called, report func(Called)) {
	pairs, err := c.Pairs()
	r.What, r.Value, r.Err = "subflows", float64(len(pairs)), err
	report(r)
	for _, p := range pairs {
		r.What, r.Value, r.Text = "pair", 0, p.String()
		report(r)
	}
}

// askInfo reports the state of a subflow, or of all.
func askInfo(x *language.Call, c *mptcp.Conn, r Called, report func(Called)) {
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
