package pathmgr

import (
	"slices"
	"time"
)

func init() {
	Registry.Register("single-path", "Paasch et al., CellNet 2012; RFC 8041, section 2.2", func() Manager {
		return &SinglePath{BringUp: time.Second, Revert: true, RetryAfter: 10 * time.Second, RetryMax: 5 * time.Minute}
	})
}

// SinglePath makes the client use one subflow at a time, and the next interface only
// after the last has failed: break before make, which saves the energy of a second
// radio. In between the connection has no subflow. A stale subflow is kept until another path is usable. A
// path on which the subflow failed although its interface is up is tried again only after RetryAfter, which
// doubles with each failure in a row.
type SinglePath struct {
	Order      []string      `toml:"order" doc:"names of paths, the preferred one first; others follow"`
	BringUp    time.Duration `toml:"bring_up" doc:"time that the next interface takes to be ready"`
	Revert     bool          `toml:"revert" doc:"return to a preferred path when it is back"`
	RetryAfter time.Duration `toml:"retry_after" doc:"time after which a path that failed counts as back; doubles with each failure in a row; 0: never"`
	RetryMax   time.Duration `toml:"retry_max" doc:"longest such time"`

	established bool
	waking      bool // an interface is being brought up
	current     int  // ID of the subflow in use; -1: none
	path        int  // its path; while waking: that which is brought up
	backoff     backoff
}

// wake is the tag of the Alarm at which an interface is ready; other tags are paths.
const wake = -1

// Names implements Namer.
func (m *SinglePath) Names() []Name { return namesOf("order", m.Order) }

// OnEvent implements Manager.
func (m *SinglePath) OnEvent(c Control, e Event) {
	if m.established = m.established || e.Kind == Established; !m.established || !c.Client() {
		return
	}
	switch e.Kind {
	case Established:
		m.current, m.path = -1, -1
		if s := c.Subflows(); len(s) > 0 {
			m.current, m.path = s[0].ID, s[0].Path
		}
	case SubflowDown:
		m.lost(c, e)
	case PathDown:
		if m.current >= 0 && m.path == e.Path {
			m.leave(c)
		}
	case Stale:
		if e.Subflow == m.current && e.Path >= 0 {
			m.backoff.failed(c, e.Path, m.RetryAfter, m.RetryMax)
		}
	case PathUp:
		m.backoff.forget(e.Path)
	case Recovered:
		if e.Subflow == m.current && e.Path >= 0 {
			m.backoff.forget(e.Path)
		}
	case SubflowUp:
		if e.Subflow == m.current && e.Path >= 0 {
			m.backoff.forget(e.Path)
		}
	case Alarm:
		if e.Tag == wake {
			m.open(c)
		}
	}
	m.settle(c)
}

// lost notes that a subflow has ended.
func (m *SinglePath) lost(c Control, e Event) {
	if e.Subflow != m.current {
		return
	}
	m.current = -1
	if e.Path >= 0 && c.Paths()[e.Path].Up {
		m.backoff.ended(c, e, m.RetryAfter, m.RetryMax)
		m.backoff.of(e.Path).closed = false // the peer closed it: another may be welcome
	}
}

// leave closes the subflow in use.
func (m *SinglePath) leave(c Control) {
	id := m.current
	m.current = -1
	_ = c.Close(id) // it may have ended by itself
}

// settle moves to the best path, unless that is in use already or on its way.
func (m *SinglePath) settle(c Control) {
	best := m.best(c)
	switch {
	case m.waking || best < 0:
		return
	case m.current >= 0:
		if !m.yields(c, best) {
			return
		}
		if m.leave(c); m.waking { // what it caused has settled it
			return
		}
	}
	m.waking, m.path = true, best
	c.After(m.BringUp, wake)
}

// yields reports whether the subflow in use makes room for one on best: for a path that is preferred, or for any
// other if it is stale. Without another path a stale one is all that there is.
func (m *SinglePath) yields(c Control, best int) bool {
	return m.stale(c) || m.Revert && m.rank(c.Paths(), best) < m.rank(c.Paths(), m.path)
}

// stale reports whether the subflow in use is stale.
func (m *SinglePath) stale(c Control) bool {
	return slices.ContainsFunc(c.Subflows(), func(s Subflow) bool { return s.ID == m.current && s.Stale })
}

// open opens the subflow on the interface that is ready now.
func (m *SinglePath) open(c Control) {
	m.waking = false
	if m.current >= 0 || !c.Paths()[m.path].Usable() {
		return
	}
	if c.Open(m.path, false) != nil {
		m.backoff.failed(c, m.path, m.RetryAfter, m.RetryMax)
		return
	}
	s := c.Subflows()
	m.current = s[len(s)-1].ID
}

// best returns the usable path that is preferred, or -1: not that of a stale subflow.
func (m *SinglePath) best(c Control) int {
	best, shunned := -1, -1
	if m.stale(c) {
		shunned = m.path
	}
	paths := c.Paths()
	for i, p := range paths {
		if i != shunned && p.Usable() && m.backoff.due(c.Now(), i) && (best < 0 || m.rank(paths, i) < m.rank(paths, best)) {
			best = i
		}
	}
	return best
}

// rank is the place of path i in the order; the peer's own paths come last.
func (m *SinglePath) rank(paths []Path, i int) int {
	if i < 0 {
		return len(m.Order) + len(paths)
	}
	if k := slices.Index(m.Order, paths[i].Name); k >= 0 {
		return k
	}
	return len(m.Order) + i
}
