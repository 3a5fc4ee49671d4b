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
	Paths() []Path                      // all by which subflows can be opened, in a fixed order; that of the initial subflow too
	Subflows() []Subflow                // those that live or are being opened, by ascending ID
	Open(path int, backup bool) error   // MP_JOIN; path indexes Paths
	Close(subflow int) error            // FIN, or RST if it is not established
	SetBackup(subflow int, backup bool) // MP_PRIO
	After(d time.Duration, tag int)     // asks for an Alarm with tag in d
}

// AddrID is the Address ID of RFC 8684, section 3.4.1.
type AddrID uint8

// Path is a way between an address of this end and one of the peer's.
type Path struct {
	Local, Remote AddrID
	Up            bool // the interface at this end
	Name          string
}

// Subflow is one subflow of the connection.
type Subflow struct {
	ID          int
	Path        int // index of Paths
	Established bool
	Backup      bool
}

// Event is one change of a connection.
type Event struct {
	Now     sim.Time
	Kind    Kind
	Path    int   // SubflowUp, SubflowDown, PathUp, PathDown: index of Paths
	Subflow int   // SubflowUp, SubflowDown: ID
	Tag     int   // Alarm
	Err     error // SubflowDown: why; nil if it was closed in order
}

// Kind is the kind of an Event.
type Kind uint8

// The kinds. Nothing may be opened before Established (RFC 8684, section 3.1).
const (
	Established Kind = iota // the connection, with its first subflow
	SubflowUp               // a join succeeded
	SubflowDown             // a subflow ended, or its join failed
	PathUp                  // the interface at this end of the path came up
	PathDown
	Alarm // the time asked for by Control.After is over
)

// Registry has every path manager by name.
var Registry = plugin.NewRegistry[Manager]("path manager")
