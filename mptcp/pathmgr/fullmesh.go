package pathmgr

import (
	"slices"
	"time"

	"mpsim/sim"
)

func init() {
	Registry.Register("fullmesh", "RFC 8684, section 3.9.2; Linux", func() Manager {
		return &FullMesh{RetryAfter: time.Second, RetryMax: time.Minute}
	})
}

// FullMesh makes the client keep one subflow on every path that is up. It opens
// them when the connection is established and when a path comes up, and closes
// those of a path that goes down. A subflow that failed is opened again after a
// delay that doubles with each failure in a row (RFC 8684, section 3.9.3). The
// initial subflow is left alone until the connection is established: its
// repeated SYN is all that can still make one.
type FullMesh struct {
	Backup     []string      `toml:"backup" doc:"names of the paths whose subflows are backups"`
	RetryAfter time.Duration `toml:"retry_after" doc:"time from a failure to the next attempt; doubles with each failure in a row; 0: never again"`
	RetryMax   time.Duration `toml:"retry_max" doc:"longest time to the next attempt"`

	retries     []retry // by path
	established bool
}

// retry is the state of a path on which subflows fail.
type retry struct {
	failures int // in a row
	next     sim.Time
}

// OnEvent implements Manager.
func (m *FullMesh) OnEvent(c Control, e Event) {
	if !c.Client() {
		return
	}
	if m.established = m.established || e.Kind == Established; !m.established {
		return
	}
	paths := c.Paths()
	for len(m.retries) < len(paths) {
		m.retries = append(m.retries, retry{})
	}
	switch e.Kind {
	case Established:
		m.markInitial(c, paths)
		m.mesh(c, paths)
	case SubflowUp:
		m.retries[e.Path] = retry{}
	case SubflowDown:
		// One closed in order is not wanted any more. One whose path is
		// down comes back with it.
		if e.Err != nil && paths[e.Path].Up {
			m.failed(c, e.Path)
		}
	case PathUp:
		m.retries[e.Path] = retry{}
		m.mesh(c, paths)
	case PathDown:
		for _, s := range c.Subflows() {
			if s.Path == e.Path {
				_ = c.Close(s.ID) // it may have ended by itself
			}
		}
	case Alarm:
		m.open(c, paths, e.Tag)
	}
}

// markInitial makes the initial subflow a backup if its path is one.
func (m *FullMesh) markInitial(c Control, paths []Path) {
	for _, s := range c.Subflows() {
		if m.backup(paths[s.Path]) && !s.Backup {
			c.SetBackup(s.ID, true)
		}
	}
}

// mesh opens a subflow on each path that lacks one.
func (m *FullMesh) mesh(c Control, paths []Path) {
	for i := range paths {
		m.open(c, paths, i)
	}
}

// open opens a subflow on path i if it is up, has none and is due.
func (m *FullMesh) open(c Control, paths []Path, i int) {
	onPath := func(s Subflow) bool { return s.Path == i }
	if !paths[i].Up || c.Now() < m.retries[i].next || slices.ContainsFunc(c.Subflows(), onPath) {
		return
	}
	if c.Open(i, m.backup(paths[i])) != nil {
		m.failed(c, i)
	}
}

// failed sets the time of the next attempt on path i.
func (m *FullMesh) failed(c Control, i int) {
	r := &m.retries[i]
	if m.RetryAfter <= 0 {
		r.next = sim.Never
		return
	}
	d := m.RetryAfter
	for range r.failures {
		d = min(2*d, m.RetryMax)
	}
	r.failures++
	r.next = c.Now().Add(d)
	c.After(d, i)
}

func (m *FullMesh) backup(p Path) bool { return slices.Contains(m.Backup, p.Name) }
