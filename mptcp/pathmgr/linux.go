package pathmgr

import (
	"errors"
	"fmt"
	"slices"
)

func init() {
	Registry.Register("linux", "Linux 6.x, net/mptcp/pm_netlink.c; ip-mptcp(8)", func() Manager { return &Linux{Subflows: 2} })
}

// Linux is the path manager in the kernel of Linux, which is told endpoints and
// limits by "ip mptcp". When the connection is established, and whenever a subflow
// came up, ended or failed to, it announces the next endpoint with the flag signal,
// one at a time, and connects from each endpoint with the flag subflow to the peer's
// initial address, or with fullmesh too to every address of the peer that it knows.
// It does so once for each endpoint: what failed is not tried again, and an interface
// that goes down changes nothing.
//
// An address that the peer announces is connected to from each endpoint with the flag
// fullmesh; if there is none, from the next endpoint with the flag laminar, each of which is used
// once (Linux 6.18); or, if there is none of these either, from where routing chooses to: the
// first usable path. That counts against both limits.
//
// Unlike in Linux a server opens nothing, whatever its endpoints say.
type Linux struct {
	Endpoints []Endpoint `toml:"endpoints" doc:"addresses to use: tables of link, flags and end"`
	Subflows  int        `toml:"subflows" doc:"limit of subflows beside the initial one"`
	Accepted  int        `toml:"add_addr_accepted" doc:"limit of announced addresses that are connected to"`

	tried    []bool // by endpoint: subflows have been opened from it
	signaled []bool // by endpoint
	inFlight bool   // an announcement has no echo yet
	accepted []AddrID
}

// Endpoint is an address of a host and what it may be used for.
type Endpoint struct {
	Link  string `toml:"link" doc:"link that the address is on"`
	Flags []Flag `toml:"flags" doc:"signal, subflow, backup, fullmesh, laminar"`
	End   End    `toml:"end" doc:"client or server; left out: both"`
}

// Flag is a flag of an Endpoint.
type Flag string

// The flags.
const (
	FlagSignal   Flag = "signal"   // announce it
	FlagSubflow  Flag = "subflow"  // open subflows from it
	FlagBackup   Flag = "backup"   // as backups
	FlagFullmesh Flag = "fullmesh" // to every address of the peer
	FlagLaminar  Flag = "laminar"  // to one address that the peer announces
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Flag) UnmarshalText(b []byte) error {
	return oneOf(f, string(b), "flag", FlagSignal, FlagSubflow, FlagBackup, FlagFullmesh, FlagLaminar)
}

const maxEndpoints, maxLimit = 8, 8

// Validate reports what the kernel refuses.
func (m *Linux) Validate() error {
	if len(m.Endpoints) > maxEndpoints {
		return fmt.Errorf("%d endpoints: want at most %d", len(m.Endpoints), maxEndpoints)
	}
	for _, x := range []struct {
		name  string
		value int
	}{{"subflows", m.Subflows}, {"add_addr_accepted", m.Accepted}} {
		if x.value < 0 || x.value > maxLimit {
			return fmt.Errorf("%s = %d: want 0 to %d", x.name, x.value, maxLimit)
		}
	}
	for i := range m.Endpoints {
		p := &m.Endpoints[i]
		if p.Link == "" {
			return fmt.Errorf("endpoints[%d]: link is missing", i)
		}
		if p.has(FlagSignal) && p.has(FlagFullmesh) {
			return errors.New("an endpoint is either signal or fullmesh")
		}
	}
	return nil
}

// Names implements Namer.
func (m *Linux) Names() []Name {
	var list []Name
	for i, p := range m.Endpoints {
		list = append(list, Name{fmt.Sprintf("endpoints[%d].link", i), p.Link, true, p.End})
	}
	return list
}

func (p *Endpoint) has(f Flag) bool { return slices.Contains(p.Flags, f) }

// address returns the address of this end that p names.
func (p *Endpoint) address(c Control) (Address, bool) {
	if !p.End.of(c) {
		return Address{}, false
	}
	list := c.Addresses()
	i := slices.IndexFunc(list, func(a Address) bool { return a.Name == p.Link })
	if i < 0 {
		return Address{}, false
	}
	return list[i], true
}

// OnEvent implements Manager.
func (m *Linux) OnEvent(c Control, e Event) {
	switch e.Kind {
	case Established:
		m.start(c)
		for _, w := range c.Paths() {
			if w.Known && w.Remote != 0 { // announced when no join was allowed yet
				m.accept(c, w.Remote)
			}
		}
	case SubflowUp, SubflowDown:
	case AddrEchoed:
		m.inFlight = false
	case AddrAnnounced:
		m.accept(c, e.Addr)
		return
	case AddrRemoved:
		m.accepted = slices.DeleteFunc(m.accepted, func(id AddrID) bool { return id == e.Addr })
		return
	default:
		return
	}
	if m.signaled == nil { // not established
		return
	}
	m.announce(c)
	m.connect(c)
}

// start marks the endpoint of the initial subflow as used.
func (m *Linux) start(c Control) {
	m.tried, m.signaled = make([]bool, len(m.Endpoints)), make([]bool, len(m.Endpoints))
	for i := range m.Endpoints {
		p := &m.Endpoints[i]
		a, ok := p.address(c)
		if !ok || a.ID != 0 {
			continue
		}
		m.tried[i], m.signaled[i] = true, true
		for _, s := range c.Subflows() {
			if p.has(FlagBackup) && c.Client() && !s.Backup {
				c.SetBackup(s.ID, true)
			}
		}
	}
}

// announce announces the next endpoint.
func (m *Linux) announce(c Control) {
	for i := range m.Endpoints {
		p := &m.Endpoints[i]
		if m.inFlight {
			return
		}
		a, ok := p.address(c)
		if !ok || m.signaled[i] || !p.has(FlagSignal) || !a.Up {
			continue
		}
		m.signaled[i] = true
		m.inFlight = c.Announce(a.ID) == nil
	}
}

// connect opens subflows from the endpoints that have not been used.
func (m *Linux) connect(c Control) {
	for i := range m.Endpoints {
		p := &m.Endpoints[i]
		a, ok := p.address(c)
		if !ok || m.tried[i] || !p.has(FlagSubflow) || !c.Client() || m.full(c) {
			continue
		}
		m.tried[i] = true
		initial := initialPath(c.Paths(), a.ID)
		for k, w := range c.Paths() {
			if w.Local == a.ID && (k == initial || p.has(FlagFullmesh) && w.Known) {
				m.open(c, k, p.has(FlagBackup))
			}
		}
	}
}

// initialPath returns the path from local to the peer's initial address, or -1.
// Unlike Linux it takes the first path from there if none leads to that address: in
// a scenario the address of a host is that of one of its links.
func initialPath(paths []Path, local AddrID) int {
	from := func(p Path) bool { return p.Local == local && p.Usable() }
	if i := slices.IndexFunc(paths, func(p Path) bool { return from(p) && p.Known && p.Remote == 0 }); i >= 0 {
		return i
	}
	return slices.IndexFunc(paths, from)
}

// accept connects to an address that the peer has announced.
func (m *Linux) accept(c Control, id AddrID) {
	paths := c.Paths()
	connected := func(s Subflow) bool { return s.Path >= 0 && paths[s.Path].Known && paths[s.Path].Remote == id }
	if !c.Client() || m.signaled == nil || len(m.accepted) >= m.Accepted || slices.ContainsFunc(c.Subflows(), connected) {
		return
	}
	opened := false
	switch {
	case m.any(c, FlagFullmesh):
		for i := range m.Endpoints {
			p := &m.Endpoints[i]
			a, ok := p.address(c)
			for k, w := range paths {
				if ok && p.has(FlagFullmesh) && w.Local == a.ID && w.Known && w.Remote == id {
					opened = m.open(c, k, p.has(FlagBackup)) || opened
				}
			}
		}
	case m.any(c, FlagLaminar):
		opened = m.openLaminar(c, id)
	default:
		for k, w := range paths {
			if !opened && w.Known && w.Remote == id {
				opened = m.open(c, k, false)
			}
		}
	}
	if opened && id != 0 {
		m.accepted = append(m.accepted, id)
	}
}

// any reports whether an endpoint of this end has the flag f.
func (m *Linux) any(c Control, f Flag) bool {
	return slices.ContainsFunc(m.Endpoints, func(p Endpoint) bool {
		_, ok := p.address(c)
		return ok && p.has(f)
	})
}

// openLaminar opens a subflow to the announced address id from the first laminar endpoint that
// has not been used. It reports whether it did.
func (m *Linux) openLaminar(c Control, id AddrID) bool {
	for i := range m.Endpoints {
		p := &m.Endpoints[i]
		a, ok := p.address(c)
		if !ok || !p.has(FlagLaminar) || m.tried[i] {
			continue
		}
		k := slices.IndexFunc(c.Paths(), func(w Path) bool { return w.Local == a.ID && w.Known && w.Remote == id })
		if k < 0 {
			continue
		}
		m.tried[i] = true
		return m.open(c, k, p.has(FlagBackup))
	}
	return false
}

// full reports whether the limit of subflows is reached.
func (m *Linux) full(c Control) bool {
	extra := 0
	for _, s := range c.Subflows() {
		if s.ID != 0 {
			extra++
		}
	}
	return extra >= m.Subflows
}

// open opens a subflow on path k if it may have one and has none.
func (m *Linux) open(c Control, k int, backup bool) bool {
	return c.Paths()[k].Usable() && len(onPath(c, k)) == 0 && !m.full(c) && c.Open(k, backup) == nil
}
