package mptcp

import (
	"errors"
	"fmt"
	"slices"
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
	c.Points.Events.Emit(e)
	if c.leaving != nil && (e.Kind == pathmgr.SubflowUp || e.Kind == pathmgr.SubflowDown) {
		c.settled()
	}
}

// Now implements pathmgr.Control.
func (c control) Now() sim.Time { return c.eng.Now() }

// Client implements pathmgr.Control.
func (c control) Client() bool { return c.client }

// Paths implements pathmgr.Control.
func (c control) Paths() []pathmgr.Path {
	initial := c.subflows[0].e.Remote()
	paths := make([]pathmgr.Path, len(c.paths))
	names := make([]string, len(c.paths))
	for i, r := range c.paths {
		names[i] = PathName(r)
	}
	pathmgr.Number(names)
	for i, r := range c.paths {
		id, known := c.idOf(r.Dst)
		barred := c.barred[i] || c.noJoins && r.Dst == initial && c.ports[i] == 0
		paths[i] = pathmgr.Path{
			Local: pathmgr.AddrID(c.localID(r.Src)), Remote: pathmgr.AddrID(id),
			Up: pathUp(r), Known: known || r.Dst == initial, Barred: barred || c.plain || !c.allows(r.Src), Name: names[i],
		}
	}
	return paths
}

// Addresses implements pathmgr.Control: those of the interfaces that the paths
// use.
func (c control) Addresses() (list []pathmgr.Address) {
	for _, r := range c.paths {
		id := pathmgr.AddrID(c.localID(r.Src))
		if !c.allows(r.Src) || slices.ContainsFunc(list, func(a pathmgr.Address) bool { return a.ID == id }) {
			continue
		}
		a := pathmgr.Address{ID: id, Up: pathUp(r), Announced: id == 0 || c.told(uint8(id))}
		if l := r.Links(); len(l) > 0 {
			a.Name = l[0].Duplex().Name
		}
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b pathmgr.Address) int { return int(a.ID) - int(b.ID) })
	return list
}

// told reports whether the peer has been told of address id, or has seen it.
func (c *Conn) told(id uint8) bool {
	for _, a := range c.adverts {
		if a.id == id {
			return true
		}
	}
	for _, sf := range c.live {
		if c.localID(sf.e.Local()) == id {
			return true
		}
	}
	return false
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
			list = append(list, pathmgr.Subflow{ID: sf.ID, Path: sf.Path, Established: sf.up, Backup: sf.Backup, Stale: sf.failed})
		}
	}
	return list
}

// Open implements pathmgr.Control.
func (c control) Open(path int, backup bool) error {
	switch {
	case c.plain || c.ended:
		return errors.New("the connection has no MPTCP to add a subflow to")
	case len(c.Subflows()) >= pathmgr.MaxSubflows:
		return fmt.Errorf("the connection has %d subflows already", pathmgr.MaxSubflows)
	case path < 0 || path >= len(c.paths):
		return fmt.Errorf("there is no path %d: the connection has %d", path, len(c.paths))
	case !c.full || !c.heard:
		return errors.New("no subflow may be opened before the peer's first DSS (RFC 8684, section 3.1)")
	case !pathUp(c.paths[path]):
		return fmt.Errorf("path %s is down", PathName(c.paths[path]))
	case c.Paths()[path].Barred:
		return fmt.Errorf("path %s is barred: the peer does not want it, or has refused a join", PathName(c.paths[path]))
	}
	c.openJoin(path, backup)
	return nil
}

// Announce implements pathmgr.Control.
func (c control) Announce(id pathmgr.AddrID) error {
	for _, r := range c.paths {
		if c.localID(r.Src) != uint8(id) || !c.allows(r.Src) {
			continue
		}
		switch {
		case c.plain || c.ended || !c.keysKnown:
			return errors.New("the connection has no MPTCP to announce an address by")
		case len(c.live) == 0:
			return errors.New("there is no subflow to announce an address on")
		}
		c.adverts = slices.DeleteFunc(c.adverts, func(a *advert) bool { return a.id == uint8(id) })
		a := &advert{id: uint8(id), addr: r.Src}
		c.adverts = append(c.adverts, a)
		c.advertise(a)
		return nil
	}
	return fmt.Errorf("there is no address %d", id)
}

// Withdraw implements pathmgr.Control: the option goes on a subflow that does not
// use the address.
func (c control) Withdraw(id pathmgr.AddrID) {
	for _, a := range c.adverts {
		if a.id == uint8(id) {
			a.done = true
		}
	}
	c.adverts = slices.DeleteFunc(c.adverts, func(a *advert) bool { return a.id == uint8(id) })
	for _, sf := range c.live {
		if c.localID(sf.e.Local()) != uint8(id) {
			sf.signal(&wire.Options{WScale: -1, RemoveAddr: []uint8{uint8(id)}})
			return
		}
	}
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
		sf.e.Orphan()
		c.push()
		return nil
	}
	addr := c.localID(sf.e.Local())
	sf.e.Abort(nil)
	c.Withdraw(pathmgr.AddrID(addr))
	return nil
}

// SetBackup implements pathmgr.Control.
func (c control) SetBackup(id int, backup bool) {
	if id >= 0 && id < len(c.subflows) {
		c.subflows[id].SetBackup(backup)
	}
}

// alarm is something that a connection does later.
type alarm struct {
	sim.Timer
	c *Conn
	f func()
}

// HandleTimer implements sim.Handler.
func (a *alarm) HandleTimer(int) {
	a.c.alarms = slices.DeleteFunc(a.c.alarms, func(b *alarm) bool { return a == b })
	a.Release()
	a.f()
}

// after calls f in d, unless the connection has ended by then.
func (c *Conn) after(d time.Duration, f func()) {
	a := &alarm{c: c, f: f}
	a.Init(c.eng, a, 0)
	a.ArmAfter(d)
	c.alarms = append(c.alarms, a)
}

// After implements pathmgr.Control.
func (c control) After(d time.Duration, tag int) {
	c.after(d, func() { c.notify(pathmgr.Event{Kind: pathmgr.Alarm, Tag: tag}) })
}

// AfterBytes implements pathmgr.Control.
func (c control) AfterBytes(n uint64) {
	i, _ := slices.BinarySearch(c.milestones, n)
	c.milestones = slices.Insert(c.milestones, i, n)
	c.checkMilestones()
}

// checkMilestones tells the path manager of the bytes that it waits for.
func (c *Conn) checkMilestones() {
	for len(c.milestones) > 0 && c.sndNxt+c.rcvNxt >= c.milestones[0] {
		c.milestones = c.milestones[1:]
		c.notify(pathmgr.Event{Kind: pathmgr.Transferred})
	}
}

func (c *Conn) stopAlarms() {
	for _, a := range c.alarms {
		a.Release()
	}
	c.alarms = nil
}

// switched tells the path manager of the paths over an interface that went up or down.
func (c *Conn) switched(e netem.InterfaceEvent) {
	kind := pathmgr.PathDown
	if e.Up {
		kind = pathmgr.PathUp
	}
	for i, r := range c.paths {
		if r.Src == e.Interface.Addr {
			c.notify(pathmgr.Event{Kind: kind, Path: i})
		}
	}
}
