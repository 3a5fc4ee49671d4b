// Package pathmgr holds the path managers, one file each, and the contract
// between a manager and its end of a connection: it is told what happens to
// subflows, addresses and paths, and opens and closes subflows.
//
// Both ends of a connection have a manager of the same kind. The server's
// announces addresses, but opens subflows only if a script says so: clients are
// often behind a NAT or a firewall that lets no SYN in (RFC 8684, section 3.2).
//
// There is no manager that pins subflows to routes, as Linux's binder does with
// loose source routing: nearly all of the Internet drops packets with that IP
// option, and a scenario names the links of each path anyway.
//
// To add one, write a file like ndiffports.go: a struct whose exported fields
// are its parameters, the method OnEvent, and its registration.
package pathmgr

import (
	"fmt"
	"slices"
	"time"

	"mpsim/sim"
	"mpsim/sim/plugin"
	"mpsim/sim/words"
)

// A Manager decides which subflows one end of a connection opens and closes.
// OnEvent may be called while it runs: what it asks of c can cause events.
type Manager interface {
	OnEvent(c Control, e Event)
}

// A Limited manager has at most so many subflows at a time, however many paths there are. Others have no more than
// one on each path.
type Limited interface{ Most() int }

// MaxSubflows is how many subflows a connection may have at a time: a sched.Set
// has room for as many.
const MaxSubflows = 64

// Control is what a Manager sees of its connection and may do to it.
type Control interface {
	Now() sim.Time
	Client() bool                       // this end opened the connection
	Paths() []Path                      // all by which subflows could be opened, in a fixed order; that of the initial subflow too
	Subflows() []Subflow                // those that live or are being opened, by ascending ID
	Addresses() []Address               // those of this end, by ascending ID
	Open(path int, backup bool) error   // MP_JOIN; path indexes Paths
	Close(subflow int) error            // FIN, or RST if it is not established or its interface is down
	SetBackup(subflow int, backup bool) // MP_PRIO
	Announce(id AddrID) error           // ADD_ADDR, repeated until the peer echoes it
	Withdraw(id AddrID)                 // REMOVE_ADDR
	After(d time.Duration, tag int)     // asks for an Alarm with tag in d
	AfterBytes(n uint64)                // asks for Transferred once n bytes have been sent or received
}

// AddrID is the Address ID of RFC 8684, section 3.4.1. That of the initial
// subflow is 0.
type AddrID uint8

// Address is an address of this end.
type Address struct {
	ID        AddrID
	Name      string // that of its link
	Up        bool   // its interface
	Announced bool   // the peer has been told, or has seen it
}

// Path is a way between an address of this end and one of the peer's.
type Path struct {
	Local, Remote AddrID // Remote is valid with Known
	Up            bool   // the interface at this end
	// Known tells that this end has learned the remote address: from the
	// initial subflow, ADD_ADDR or MP_JOIN.
	Known bool
	// Barred tells that no subflow may be opened: the peer said so (flag C of
	// MP_CAPABLE, REMOVE_ADDR, MP_TCPRST without T), or a join failed and the
	// address has not been announced again (RFC 8684, section 3.9.3).
	Barred bool
	Name   string
}

// Usable reports whether a subflow may be opened on p.
func (p Path) Usable() bool { return p.Up && !p.Barred }

// Subflow is one subflow of the connection.
type Subflow struct {
	ID          int
	Path        int // index of Paths; -1: none of them
	Established bool
	Backup      bool
	Stale       bool // nothing has come on it for several data-level timeouts
}

// Event is one change of a connection.
type Event struct {
	Now     sim.Time
	Kind    Kind
	Path    int    // SubflowUp, SubflowDown, PathUp, PathDown, Stale, Recovered: index of Paths, or -1
	Subflow int    // SubflowUp, SubflowDown, Stale, Recovered: ID
	Addr    AddrID // AddrAnnounced, AddrRemoved: of the peer; AddrEchoed: ours
	Tag     int    // Alarm
	Err     error  // SubflowDown: why; nil if it was closed in order
	// Reset tells of SubflowDown that the peer gave a reason (MP_TCPRST), and
	// Transient that it invites another attempt (flag T; RFC 8684, section 3.6).
	Reset, Transient bool
	Reason           uint8
}

// Kind is the kind of an Event.
type Kind uint8

// The kinds. Nothing may be opened before Established (RFC 8684, section 3.1).
const (
	Established   Kind = iota // the connection, with its first subflow
	SubflowUp                 // a join succeeded
	SubflowDown               // a subflow ended, or its join failed
	PathUp                    // the interface at this end of the path came up
	PathDown                  // it went down
	Alarm                     // the time asked for by Control.After is over
	AddrAnnounced             // the peer has announced an address, perhaps again
	AddrRemoved               // the peer has withdrawn an address
	AddrEchoed                // the peer has confirmed one of our addresses, or we gave up repeating it
	Transferred               // the bytes asked for by Control.AfterBytes have been exchanged
	Stale                     // a subflow has become stale
	Recovered                 // a stale subflow works again
)

// End says which end of a connection is meant. The zero value is both.
type End string

// The ends.
const (
	Client End = "client"
	Server End = "server"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *End) UnmarshalText(b []byte) error { return oneOf(e, string(b), "end", Client, Server) }

// of reports whether e means this end.
func (e End) of(c Control) bool { return e == "" || (e == Client) == c.Client() }

// oneOf sets p to s if that is one of all.
func oneOf[T ~string](p *T, s, what string, all ...T) error {
	list := make([]string, len(all))
	for i, x := range all {
		list[i] = string(x)
	}
	i, err := words.Choose(what, s, list)
	if err == nil {
		*p = all[i]
	}
	return err
}

// A Namer is a Manager whose parameters name paths or links. They can be checked
// before there is a connection.
type Namer interface{ Names() []Name }

// Name is a name among the parameters of a Manager.
type Name struct {
	Key  string // of the parameter, such as order[0]
	Name string
	Link bool // of the link of an address; else that of a path
	End  End  // that names it: the links of a path are named from there
}

// namesOf returns the elements of the list called key as names of paths.
func namesOf(key string, paths []string) []Name {
	list := make([]Name, len(paths))
	for i, p := range paths {
		list[i] = Name{fmt.Sprintf("%s[%d]", key, i), p, false, Client}
	}
	return list
}

// pathNamed returns the index of the path called name, or -1.
func pathNamed(paths []Path, name string) int {
	return slices.IndexFunc(paths, func(p Path) bool { return p.Name == name })
}

// onPath returns the subflows on path i.
func onPath(c Control, i int) []Subflow {
	return slices.DeleteFunc(c.Subflows(), func(s Subflow) bool { return s.Path != i })
}

// closePath closes all subflows on path i.
func closePath(c Control, i int) {
	for _, s := range onPath(c, i) {
		_ = c.Close(s.ID) // it may have ended by itself
	}
}

// Registry has every path manager by name.
var Registry = plugin.NewRegistry[Manager]("path manager")
