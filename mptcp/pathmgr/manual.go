package pathmgr

import (
	"fmt"
	"time"
)

func init() {
	Registry.Register("manual", "RFC 6897, section 4.2", func() Manager { return &Manual{} })
}

// Manual makes the client open the subflows that it is told to, when it is told
// to. A path that is down at that time is left out.
type Manual struct {
	Open []Opening `toml:"open" doc:"subflows to open: tables of at, path and backup"`
}

// Opening is one subflow to open.
type Opening struct {
	At     time.Duration `toml:"at" doc:"time after the connection is established"`
	Path   int           `toml:"path" doc:"path of the connection, from 0"`
	Backup bool          `toml:"backup" doc:"open it as a backup"`
}

// OnEvent implements Manager. It panics if there is no such path.
func (m *Manual) OnEvent(c Control, e Event) {
	switch {
	case !c.Client():
	case e.Kind == Established:
		paths := len(c.Paths())
		for i, o := range m.Open {
			if o.Path < 0 || o.Path >= paths {
				panic(fmt.Sprintf("path manager manual: open[%d] wants path %d, the connection has %d", i, o.Path, paths))
			}
			c.After(o.At, i)
		}
	case e.Kind == Alarm:
		o := m.Open[e.Tag]
		if c.Paths()[o.Path].Up {
			_ = c.Open(o.Path, o.Backup) // the connection may be closing
		}
	}
}
