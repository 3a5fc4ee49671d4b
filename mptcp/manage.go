package mptcp

import (
	"fmt"
	"strings"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// control is a Conn as its path manager sees it.
type control struct{ *Conn }

var _ pathmgr.Control = control{}

// notify tells the path manager of e.
func (c *Conn) notify(e pathmgr.Event) {
	if c.ended {
		return
	}
	e.Now = c.eng.Now()
	c.manager.OnEvent(control{c}, e)
}

// Now implements pathmgr.Control.
func (c control) Now() sim.Time { return c.eng.Now() }

// Client implements pathmgr.Control.
func (c control) Client() bool { return c.client }

// Paths implements pathmgr.Control.
func (c control) Paths() []pathmgr.Path {
	paths := make([]pathmgr.Path, len(c.paths))
	for i, r := range c.paths {
		paths[i] = pathmgr.Path{Local: pathmgr.AddrID(c.localID(r.Src)), Up: pathUp(r), Name: PathName(r)}
	}
	return paths
}

// pathUp reports whether the interface at our end of r is up.
func pathUp(r *netem.Route) bool {
	links := r.Links()
	return len(links) == 0 || links[0].Up()
}

// PathName names a route by its links, as a scenario does.
func PathName(r *netem.Route) string {
	var names []string
	for _, l := range r.Links() {
		names = append(names, l.Duplex().Name)
	}
	return strings.Join(names, "+")
}

// Subflows implements pathmgr.Control.
func (c control) Subflows() []pathmgr.Subflow {
	var list []pathmgr.Subflow
	for _, sf := range c.subflows {
		if !sf.gone {
			list = append(list, pathmgr.Subflow{ID: sf.ID, Path: sf.Path, Established: sf.up, Backup: sf.Backup})
		}
	}
	return list
}

// Open implements pathmgr.Control.
func (c control) Open(path int, backup bool) error {
	switch {
	case len(c.Subflows()) >= pathmgr.MaxSubflows:
		return fmt.Errorf("the connection has %d subflows already", pathmgr.MaxSubflows)
	case path < 0 || path >= len(c.paths):
		return fmt.Errorf("there is no path %d: the connection has %d", path, len(c.paths))
	case !c.full:
		return fmt.Errorf("no subflow may be opened before the peer's first DSS (RFC 8684, section 3.1)")
	case !pathUp(c.paths[path]):
		return fmt.Errorf("path %s is down", PathName(c.paths[path]))
	}
	c.openJoin(path, backup)
	return nil
}

// Close implements pathmgr.Control. A subflow whose interface is gone cannot say
// goodbye: it is dropped, and the peer is told by REMOVE_ADDR on another (RFC
// 8684, section 3.4.2).
func (c control) Close(id int) error {
	if id < 0 || id >= len(c.subflows) || c.subflows[id].gone {
		return fmt.Errorf("there is no subflow %d", id)
	}
	sf := c.subflows[id]
	if sf.e.State() == tcp.Established && pathUp(sf.e.Route()) {
		sf.leave()
		sf.e.Close()
		c.push()
		return nil
	}
	addr := sf.e.Route().Src
	sf.e.Abort(nil)
	for _, other := range c.live {
		if other.e.Route().Src != addr {
			other.e.SendAck(&wire.Options{WScale: -1, RemoveAddr: []uint8{c.localID(addr)}})
			break
		}
	}
	return nil
}

// SetBackup implements pathmgr.Control.
func (c control) SetBackup(id int, backup bool) {
	if id >= 0 && id < len(c.subflows) {
		c.subflows[id].SetBackup(backup)
	}
}

// alarm is a timer of a path manager.
type alarm struct {
	sim.Timer
	c *Conn
}

// HandleTimer implements sim.Handler.
func (a *alarm) HandleTimer(tag int) { a.c.notify(pathmgr.Event{Kind: pathmgr.Alarm, Tag: tag}) }

// After implements pathmgr.Control.
func (c control) After(d time.Duration, tag int) {
	a := &alarm{c: c.Conn}
	a.Init(c.eng, a, tag)
	a.ArmAfter(d)
	c.alarms = append(c.alarms, a)
}

func (c *Conn) stopAlarms() {
	for _, a := range c.alarms {
		a.Release()
	}
	c.alarms = nil
}

// PathChanged tells the path manager that the interface at our end of the paths over
// f went up or down.
func (c *Conn) PathChanged(f *netem.Interface, up bool) {
	kind := pathmgr.PathDown
	if up {
		kind = pathmgr.PathUp
	}
	for i, r := range c.paths {
		if r.Src == f.Addr {
			c.notify(pathmgr.Event{Kind: kind, Path: i})
		}
	}
}

// Addresses implements pathmgr.Control.
func (c control) Addresses() []pathmgr.Address { return nil }

// Announce implements pathmgr.Control.
func (c control) Announce(id pathmgr.AddrID) error { return nil }

// Withdraw implements pathmgr.Control.
func (c control) Withdraw(id pathmgr.AddrID) {}

// AfterBytes implements pathmgr.Control.
func (c control) AfterBytes(n uint64) {}
