package app

import (
	"math"

	"mpsim/sim"
	"mpsim/sim/units"
)

// everything is more than any stream holds.
const everything units.Bytes = math.MaxInt64

// reader consumes what arrives at once, and closes its own direction when the
// peer has closed.
type reader struct {
	s    Stream
	read units.Bytes
	took func() // called when bytes have been read; may be nil
	done bool
}

func (r *reader) Start(s Stream) { r.s = s }
func (r *reader) Writable()      {}
func (r *reader) Closed(error)   { r.done = true }

func (r *reader) Readable() {
	n := r.s.Read(everything)
	r.read += n
	if n > 0 && r.took != nil {
		r.took()
	}
	if !r.done && r.s.EOF() {
		r.done = true
		r.s.CloseWrite()
	}
}

// writer has what the writing workloads share: it drops what the peer sends and
// closes at env.Stop.
type writer struct {
	env    Env
	s      Stream
	stop   sim.Timer
	closed bool
}

// The timers of a workload.
const (
	stopTimer = iota
	nextTimer
	periodTimer
)

// start arms the stop timer; h gets it.
func (w *writer) start(s Stream, h sim.Handler) {
	w.s = s
	if w.env.Stop != sim.Never {
		w.stop.Init(w.env.Engine, h, stopTimer)
		w.stop.Arm(max(w.env.Stop, w.env.Engine.Now()))
	}
}

func (w *writer) Readable() { w.s.Read(everything) }

// close ends the stream once.
func (w *writer) close() {
	if !w.closed {
		w.closed = true
		w.s.CloseWrite()
	}
}

// end is called when the stream has ended.
func (w *writer) end() {
	w.closed = true
	if w.env.Stop != sim.Never {
		w.stop.Release()
	}
}
