// Package app models the applications that offer and consume data, one kind of
// traffic a file. A Pattern makes the two ends of a connection, each a Workload
// over a Stream, which TCP and MPTCP look like from above.
//
// To add one, write a file like cbr.go: a Pattern whose exported fields are its
// parameters, the workloads it makes, and its registration.
package app

import (
	"math/rand/v2"
	"time"

	"mpsim/sim"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// A Stream is one end of a reliable byte stream, as an application sees it.
// Only lengths are simulated: byte k of a stream is a function of k.
type Stream interface {
	// Write appends up to n bytes and returns how many fitted the send buffer. It does not call the
	// Workload.
	Write(n units.Bytes) units.Bytes
	// Read consumes up to n in-order bytes and returns how many there were.
	Read(n units.Bytes) units.Bytes
	// EOF reports whether the peer has closed and all it sent has been read.
	EOF() bool
	// CloseWrite ends this direction after the data written so far.
	CloseWrite()
}

// A Workload drives one end of a connection. Its methods run inside the event
// loop and return without blocking; it may own sim.Timers.
type Workload interface {
	// Start is called once, when the stream is established.
	Start(s Stream)
	// Readable is called when bytes or the end of the stream can be read.
	Readable()
	// Writable is called when the send buffer has room again.
	Writable()
	// Closed is called once, when both directions have ended or the stream
	// failed; err is nil in the first case.
	Closed(err error)
}

// Env is what a Workload may use besides its Stream.
type Env struct {
	Engine *sim.Engine
	Rand   *rand.Rand
	// Stop is when a workload that could go on for ever stops writing and
	// closes; sim.Never if it does not.
	Stop sim.Time
	// Begun, if not nil, is told of each Transfer when it begins: it has no End. Completed, if not nil, is
	// told of it when it ends.
	Begun, Completed func(Transfer)
}

// begin tells of a transfer of n bytes that begins at t.
func (e *Env) begin(t sim.Time, n units.Bytes) {
	if e.Begun != nil {
		e.Begun(Transfer{Start: t, Bytes: n})
	}
}

// complete tells of a transfer that began at t and is complete now.
func (e *Env) complete(t sim.Time, n units.Bytes) {
	if e.Completed != nil {
		e.Completed(Transfer{Start: t, End: e.Engine.Now(), Bytes: n})
	}
}

// Transfer is one unit of work: a file, or a request and its response.
type Transfer struct {
	Start, End sim.Time
	Bytes      units.Bytes
}

// Duration returns the completion time.
func (t Transfer) Duration() time.Duration { return t.End.Sub(t.Start) }

// A Pattern is a kind of traffic between two hosts: it makes the workloads of
// both ends of one connection. Its exported fields are its parameters.
type Pattern interface {
	// Pair returns the workload of the end named "from" in a scenario, which
	// sends the data (or asks the requests), and of the end named "to".
	// opened is when the application asked for the connection: transfers count from it.
	Pair(env Env, opened sim.Time) (from, to Workload)
}

// A Waker is a Pattern that acts at times of its own, however little the network
// carries.
type Waker interface {
	// Wakes returns how often a connection does so, per second in the long run.
	Wakes() float64
}

// A Source is a Pattern whose data come when a clock says, whatever becomes of them, so
// that they can go as datagrams, one a chunk.
type Source interface {
	// Offers returns the size of a chunk, and the mean rate of the data in the long run; 0:
	// there is none, and they come as fast as they are taken.
	Offers() (chunk units.Bytes, rate units.Bandwidth)
}

// Registry has every traffic pattern by name.
var Registry = plugin.NewRegistry[Pattern]("workload")

// Answers reports whether the end named "to" sends the data that p is about,
// because the other end only asks for it.
func Answers(p Pattern) bool {
	a, ok := p.(interface{ Answers() bool })
	return ok && a.Answers()
}
