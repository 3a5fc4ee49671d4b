// Package cc holds the congestion controllers, one file each, and the contract
// between a controller and the sender that it governs.
package cc

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// A Controller is the window law of one subflow. Every subflow of a connection
// has its own instance; coupled laws read their siblings through Flow.Group.
//
// Methods run inside the event loop. They may set f.Cwnd, f.Ssthresh and
// f.Pacing of their own flow and nothing else. They get the time from their
// arguments and hold no timers, so that a Controller is a function of its
// calls and can be tested without an engine.
type Controller interface {
	// Init is called once, when the subflow is established. f.Cwnd is the
	// initial window (RFC 6928) and f.Ssthresh is +Inf.
	Init(f *Flow)

	// OnAck is called for each ACK that newly acknowledges data outside
	// loss recovery. During recovery PRR (RFC 6937) sets the window.
	OnAck(f *Flow, a Ack)

	// OnCongestion is called at the start of each congestion episode, at
	// most once a round trip: loss found by RACK or duplicate ACKs, an RTO,
	// or an ECN echo. It sets f.Ssthresh and f.Cwnd.
	OnCongestion(f *Flow, c Congestion)
}

// A controller may also implement any of these; the sender asks once, at Init.
type (
	// A SendObserver is told of every data segment sent.
	SendObserver interface{ OnSend(f *Flow, s Send) }
	// A RateController gets every delivery-rate sample, in recovery too, and
	// replaces OnAck (BBR).
	RateController interface{ OnRate(f *Flow, r RateSample) }
	// An Undoer restores the state before an episode that proved spurious
	// (RFC 3522, RFC 3708).
	Undoer interface{ Undo(f *Flow) }
	// A Leaver is told that its subflow left the connection.
	Leaver interface{ Leave(f *Flow) }
)

// Flow is what a Controller sees and sets of one subflow.
type Flow struct {
	// Set by the controller.
	Cwnd     float64         // congestion window, bytes; the sender uses its floor
	Ssthresh float64         // slow-start threshold, bytes; +Inf at first
	Pacing   units.Bandwidth // pacing rate; 0 lets the sender derive it from Cwnd

	// Set by the sender; read-only here.
	ID        int // index of the subflow in its connection
	MSS       units.Bytes
	InFlight  units.Bytes // "pipe" of RFC 6675
	SRTT      time.Duration
	MinRTT    time.Duration
	LatestRTT time.Duration
	Recovery  bool // in fast recovery or RTO recovery
	Backup    bool // B bit of MP_JOIN or MP_PRIO

	// SlowStartExit, if not nil, may end slow start before a loss (HyStart).
	SlowStartExit SlowStartExit

	Group      *Group
	Controller Controller
}

// A SlowStartExit governs the growth of slow start: RFC 9406, or Linux's HyStart.
type SlowStartExit interface {
	// Grow returns by how many bytes f.Cwnd shall grow on a, and may lower
	// f.Ssthresh to end slow start.
	Grow(f *Flow, a Ack) float64
}

// Group is the established subflows of one connection, by ascending ID. A
// single-path connection is a Group of one.
type Group struct{ Flows []*Flow }

// Ack is one ACK that newly acknowledges data.
type Ack struct {
	Now        sim.Time
	Bytes      units.Bytes   // newly acknowledged, cumulatively or by SACK
	RTT        time.Duration // sample of this ACK; 0 if there is none (Karn)
	AppLimited bool          // the window was not the limit: do not grow it (RFC 7661)
	Round      bool          // first ACK of a round: it covers data sent after the last round began
}

// Congestion is the start of a congestion episode.
type Congestion struct {
	Now      sim.Time
	Cause    Cause
	Lost     units.Bytes // found lost so far
	InFlight units.Bytes // FlightSize of RFC 5681 before the episode
}

// Cause is what revealed the congestion.
type Cause uint8

// The causes.
const (
	FastRetransmit Cause = iota
	Timeout
	ECN
)

// Send is one data segment leaving the sender.
type Send struct {
	Now        sim.Time
	Bytes      units.Bytes
	Retransmit bool
}

// RateSample is a delivery-rate sample (draft-ietf-ccwg-bbr).
type RateSample struct {
	Ack
	Delivered units.Bytes
	Interval  time.Duration
	Lost      units.Bytes
}

// Registry has every controller by name.
var Registry = plugin.NewRegistry[Controller]("congestion controller")

// SlowStart grows Cwnd by the bytes of a, up to Ssthresh, and reports whether
// the flow was in slow start (RFC 5681, section 3.1, with RFC 3465 L = inf).
func (f *Flow) SlowStart(a Ack) bool {
	if f.Cwnd >= f.Ssthresh {
		return false
	}
	f.Cwnd = min(f.Cwnd+float64(a.Bytes), f.Ssthresh)
	return true
}

// Reduce sets Ssthresh to w, at least two segments, and Cwnd to Ssthresh, or to
// one segment after a Timeout (RFC 5681, section 3.1, equation (4)).
func (f *Flow) Reduce(w float64, c Congestion) {
	f.Ssthresh = max(w, 2*float64(f.MSS))
	f.Cwnd = f.Ssthresh
	if c.Cause == Timeout {
		f.Cwnd = float64(f.MSS)
	}
}

// Rate returns Cwnd/SRTT in bytes per second: x_r of the papers.
func (f *Flow) Rate() float64 { return f.Cwnd / f.SRTT.Seconds() }

// Peer returns the controller of f as the concrete type of its siblings.
func Peer[C Controller](f *Flow) C { return f.Controller.(C) }
