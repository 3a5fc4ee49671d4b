package pathmgr

import (
	"errors"
	"fmt"
	"time"

	"mpsim/sim/units"
)

func init() {
	Registry.Register("delayed", "RFC 8684, section 3.9.2", func() Manager {
		return &Delayed{Bytes: 10 * 1460, Subflows: 8}
	})
}

// Delayed makes the client open further subflows only once the connection has shown
// that it is worth them: short transfers end before a second subflow is of use. RFC
// 8684, section 3.9.2, proposes one initial window of data, or a time. Then there is
// one subflow on every path. One that fails is not opened again before its path goes
// down and comes up.
type Delayed struct {
	Bytes    units.Bytes   `toml:"bytes" doc:"bytes sent or received before more subflows; 0: they do not matter"`
	After    time.Duration `toml:"after" doc:"time since the connection was established before more subflows; 0: it does not matter"`
	Both     bool          `toml:"both" doc:"wait for bytes and after both; false: for what comes first"`
	Subflows int           `toml:"subflows" doc:"most subflows at a time, with the initial one"`

	waiting int // conditions that are not met
	ready   bool
}

// Validate reports parameters that have nothing to wait for.
func (m *Delayed) Validate() error {
	switch {
	case m.Bytes < 0 || m.After < 0:
		return errors.New("bytes and after cannot be negative")
	case m.Bytes == 0 && m.After == 0:
		return errors.New("there is nothing to wait for: want bytes, after or both")
	case m.Both && (m.Bytes == 0 || m.After == 0):
		return errors.New("both = true: want bytes and after")
	case m.Subflows < 1 || m.Subflows > MaxSubflows:
		return fmt.Errorf("subflows = %d: want 1 to %d", m.Subflows, MaxSubflows)
	}
	return nil
}

// OnEvent implements Manager.
func (m *Delayed) OnEvent(c Control, e Event) {
	if !c.Client() {
		return
	}
	switch e.Kind {
	case Established:
		m.wait(c)
		return
	case Transferred, Alarm:
		m.waiting--
		m.ready = m.ready || !m.Both || m.waiting == 0
	case PathDown:
		if m.ready {
			closePath(c, e.Path)
		}
		return
	case PathUp, AddrAnnounced:
	default:
		return
	}
	if m.ready {
		m.open(c)
	}
}

// wait asks to be told when the conditions are met.
func (m *Delayed) wait(c Control) {
	if m.After > 0 {
		m.waiting++
		c.After(m.After, 0)
	}
	if m.Bytes > 0 {
		m.waiting++
		c.AfterBytes(uint64(m.Bytes))
	}
}

// open opens a subflow on each usable path that has none.
func (m *Delayed) open(c Control) {
	for i, p := range c.Paths() {
		if len(c.Subflows()) >= m.Subflows {
			return
		}
		if p.Usable() && len(onPath(c, i)) == 0 && c.Open(i, false) != nil {
			return
		}
	}
}
