package pathmgr

import (
	"fmt"
	"slices"
	"time"

	"mpsim/sim"
)

func init() {
	Registry.Register("fullmesh", "RFC 8684, section 3.9.2; Linux v0.9x", func() Manager {
		return &FullMesh{RetryAfter: time.Second, RetryMax: time.Minute, Subflows: 8, Joins: 8}
	})
}

// FullMesh makes the client keep one subflow on every path that is up. It opens
// them when the connection is established, when a path comes up and when the peer
// announces an address, and closes those of a path that goes down. A subflow that
// failed is opened again after a delay that doubles with each failure in a row and
// depends on the reason, if the peer gave one (RFC 8684, sections 3.6 and 3.9.3);
// one that was closed in order is not. The initial subflow is left alone until the
// connection is established: its repeated SYN is all that can still make one.
//
// Subflows and Joins keep a peer from aiming the client at third hosts by
// announcing their addresses (RFC 8684, section 5).
type FullMesh struct {
	Backup     []string      `toml:"backup" doc:"names of the paths whose subflows are backups"`
	Learn      bool          `toml:"learn" doc:"use only addresses of the peer that it has announced or used; false: all are known from the start, as from DNS"`
	Announce   bool          `toml:"announce" doc:"both ends announce their own addresses"`
	Subflows   int           `toml:"subflows" doc:"most subflows at a time, with the initial one"`
	Joins      int           `toml:"joins" doc:"most joins attempted within a second"`
	RetryAfter time.Duration `toml:"retry_after" doc:"time from a failure to the next attempt; doubles with each failure in a row; 0: never again"`
	RetryMax   time.Duration `toml:"retry_max" doc:"longest time to the next attempt"`

	backoff     backoff
	recent      []sim.Time // of the last joins, at most Joins
	established bool
}

// Validate reports limits that leave nothing to do or exceed what a connection can have.
func (m *FullMesh) Validate() error {
	if m.Subflows < 1 || m.Subflows > MaxSubflows {
		return fmt.Errorf("subflows = %d: want 1 to %d", m.Subflows, MaxSubflows)
	}
	if m.Joins < 1 {
		return fmt.Errorf("joins = %d: want at least 1", m.Joins)
	}
	return nil
}

// Names implements Namer.
func (m *FullMesh) Names() []Name { return namesOf("backup", m.Backup) }

// OnEvent implements Manager.
func (m *FullMesh) OnEvent(c Control, e Event) {
	if m.established = m.established || e.Kind == Established; !m.established {
		return
	}
	if m.Announce {
		m.announce(c, e)
	}
	if c.Client() {
		m.keep(c, e)
	}
}

// keep keeps the subflows of the client.
func (m *FullMesh) keep(c Control, e Event) {
	paths := c.Paths()
	switch e.Kind {
	case Established:
		m.markInitial(c, paths)
	case SubflowUp:
		if e.Path >= 0 {
			m.backoff.forget(e.Path)
		}
		return
	case SubflowDown:
		// One whose path is down comes back with it.
		if e.Path >= 0 && paths[e.Path].Up {
			m.backoff.ended(c, e, m.RetryAfter, m.RetryMax)
		}
	case PathUp:
		m.backoff.forget(e.Path)
	case PathDown:
		closePath(c, e.Path)
		return
	case AddrAnnounced:
		for i, p := range paths {
			if p.Known && p.Remote == e.Addr {
				m.backoff.of(i).closed = false
			}
		}
	case Alarm:
	default:
		return
	}
	m.mesh(c, paths)
}

// announce announces the addresses of this end that the peer does not know, and
// withdraws those of an interface that has gone down.
func (m *FullMesh) announce(c Control, e Event) {
	for _, a := range c.Addresses() {
		switch {
		case (e.Kind == Established || e.Kind == PathUp) && a.Up && !a.Announced:
			_ = c.Announce(a.ID) // the connection may be closing
		case e.Kind == PathDown && !a.Up && a.Announced:
			c.Withdraw(a.ID)
		}
	}
}

// markInitial makes the initial subflow a backup if its path is one.
func (m *FullMesh) markInitial(c Control, paths []Path) {
	for _, s := range c.Subflows() {
		if s.Path >= 0 && m.backup(paths[s.Path]) && !s.Backup {
			c.SetBackup(s.ID, true)
		}
	}
}

// mesh opens a subflow on each path that may have one, has none and is due.
func (m *FullMesh) mesh(c Control, paths []Path) {
	for i, p := range paths {
		if !p.Usable() || m.Learn && !p.Known || !m.backoff.due(c.Now(), i) || len(onPath(c, i)) > 0 {
			continue
		}
		if len(c.Subflows()) >= m.Subflows || !m.claim(c, i) {
			return
		}
		if c.Open(i, m.backup(p)) != nil {
			m.backoff.failed(c, i, m.RetryAfter, m.RetryMax)
		}
	}
}

// claim counts a join and reports true, unless there have been too many within the last second. An
// Alarm then tells when the next is allowed.
func (m *FullMesh) claim(c Control, path int) bool {
	if len(m.recent) == m.Joins {
		if next := m.recent[0].Add(time.Second); c.Now() < next {
			c.After(next.Sub(c.Now()), path)
			return false
		}
		m.recent = slices.Delete(m.recent, 0, 1)
	}
	m.recent = append(m.recent, c.Now())
	return true
}

func (m *FullMesh) backup(p Path) bool { return slices.Contains(m.Backup, p.Name) }
