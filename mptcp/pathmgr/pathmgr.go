// Package pathmgr holds the path managers, one file each, and the contract
// between a manager and its end of a connection: it is told what happens to
// subflows, addresses and paths, and opens and closes subflows.
//
// To add one, write a file like ndiffports.go: a struct whose exported fields
// are its parameters, the method OnEvent, and its registration.
package pathmgr

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/plugin"
)

// A Manager decides which subflows one end of a connection opens and closes.
// OnEvent may be called while it runs: what it asks of c can cause events.
type Manager interface {
	OnEvent(c Control, e Event)
}

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

// Registry has every path manager by name.
var Registry = plugin.NewRegistry[Manager]("path manager")
