package pathmgr

import "time"

func init() {
	Registry.Register("backup", "RFC 8684, section 3.3.8; Paasch et al., CellNet 2012", func() Manager {
		return &Backup{RetryAfter: time.Second, RetryMax: time.Minute}
	})
}

// Backup makes the client keep a subflow on every path, those beside the primary
// one as backups, so that a handover finds its subflow ready: make before break.
// While the primary subflow is stale the others are no backups: MP_PRIO travels on
// the subflow that it is about, so that the peer could not be told that the stale
// one is not to be used. A primary subflow that is lost is opened again as soon as
// that is possible.
type Backup struct {
	Primary    string        `toml:"primary" doc:"name of the path that is no backup; left out: that of the initial subflow"`
	RetryAfter time.Duration `toml:"retry_after" doc:"time from a failure to the next attempt; doubles with each failure in a row; 0: never again"`
	RetryMax   time.Duration `toml:"retry_max" doc:"longest time to the next attempt"`

	primary     int // index; -1: there is no such path
	stale       bool
	established bool
	backoff     backoff
}

// Names implements Namer.
func (m *Backup) Names() []Name {
	if m.Primary == "" {
		return nil
	}
	return []Name{{"primary", m.Primary, false, Client}}
}

// OnEvent implements Manager.
func (m *Backup) OnEvent(c Control, e Event) {
	if m.established = m.established || e.Kind == Established; !m.established || !c.Client() {
		return
	}
	switch e.Kind {
	case Established:
		m.start(c)
	case SubflowUp:
		if e.Path >= 0 {
			m.backoff.forget(e.Path)
		}
		m.trouble(c, e, false)
		return
	case Recovered:
		m.trouble(c, e, false)
		return
	case Stale:
		m.trouble(c, e, true)
		return
	case SubflowDown:
		if e.Path >= 0 && c.Paths()[e.Path].Up {
			m.backoff.ended(c, e, m.RetryAfter, m.RetryMax)
		}
	case PathUp:
		m.backoff.forget(e.Path)
	case PathDown:
		closePath(c, e.Path)
		return
	case AddrAnnounced, Alarm:
	default:
		return
	}
	m.open(c)
}

// start finds the primary path and gives the initial subflow its part.
func (m *Backup) start(c Control) {
	subflows := c.Subflows()
	if m.primary = pathNamed(c.Paths(), m.Primary); m.Primary == "" && len(subflows) > 0 {
		m.primary = subflows[0].Path
	}
	m.assign(c)
}

// assign sets the backup flag of every subflow that has the wrong one.
func (m *Backup) assign(c Control) {
	for _, s := range c.Subflows() {
		if want := s.Path != m.primary && !m.stale; s.Backup != want {
			c.SetBackup(s.ID, want)
		}
	}
}

// trouble notes whether the primary subflow is stale.
func (m *Backup) trouble(c Control, e Event, stale bool) {
	if e.Path == m.primary && m.stale != stale {
		m.stale = stale
		m.assign(c)
	}
}

// open opens a subflow on each path that may have one, has none and is due.
func (m *Backup) open(c Control) {
	for i, p := range c.Paths() {
		if !p.Usable() || !m.backoff.due(c.Now(), i) || len(onPath(c, i)) > 0 {
			continue
		}
		if c.Open(i, i != m.primary && !m.stale) != nil {
			m.backoff.failed(c, i, m.RetryAfter, m.RetryMax)
		}
	}
}
