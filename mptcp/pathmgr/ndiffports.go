package pathmgr

import "fmt"

func init() {
	Registry.Register("ndiffports", "Raiciu et al., SIGCOMM 2011", func() Manager { return &NDiffPorts{N: 2} })
}

// NDiffPorts makes the client open subflows from different ports on the path of
// the initial subflow, for networks that spread flows over paths by their ports.
// One that fails is not opened again.
type NDiffPorts struct {
	N int `toml:"subflows" doc:"subflows in all, with the initial one"`
}

// Validate reports a number of subflows that a connection cannot have.
func (m *NDiffPorts) Validate() error {
	if m.N < 1 || m.N > MaxSubflows {
		return fmt.Errorf("subflows = %d: want 1 to %d", m.N, MaxSubflows)
	}
	return nil
}

// Most implements Limited.
func (m *NDiffPorts) Most() int { return m.N }

// OnEvent implements Manager.
func (m *NDiffPorts) OnEvent(c Control, e Event) {
	subflows := c.Subflows()
	if e.Kind != Established || !c.Client() || len(subflows) == 0 {
		return
	}
	path := subflows[0].Path
	if path < 0 || !c.Paths()[path].Usable() {
		return
	}
	for n := len(subflows); n < m.N; n++ {
		if c.Open(path, false) != nil {
			return
		}
	}
}
