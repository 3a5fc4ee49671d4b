// Package cc holds the congestion controllers, one file each, and the contract
// between a controller and the sender that it governs.
//
// To add one, write a file like reno.go: a struct whose exported fields are its
// parameters, the two methods of Controller, and its registration. The
// conformance battery (cctest), scenarios, and "mpsim list" find it by that.
package cc

import (
	"math/rand/v2"
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
//
// After each call f.Cwnd and f.Ssthresh are at least a segment and f.Cwnd is finite,
// whatever the siblings are. A sibling may have no RTT sample. A subflow that has left the
// connection is still called until what it has sent is acknowledged or given up:
// see Group and Coupled.
type Controller interface {
	// Init is called once, when the subflow is established. f.Cwnd is the
	// initial window (RFC 6928) and f.Ssthresh is +Inf.
	Init(f *Flow)

	// OnAck is called for each ACK that newly acknowledges data outside
	// fast recovery, during which PRR (RFC 9937) sets the window.
	OnAck(f *Flow, a Ack)

	// OnCongestion is called at the start of each congestion episode, at
	// most once a round trip: a loss found by RACK or duplicate ACKs, an
	// RTO, or the echo of a mark. It sets f.Ssthresh and f.Cwnd.
	OnCongestion(f *Flow, c Congestion)
}

// A Controller may also implement any of these.
type (
	// An Undoer restores its own state from before an episode that proved
	// spurious (RFC 3522, RFC 5682). The sender restores Cwnd and Ssthresh.
	Undoer interface{ Undo(f *Flow) }

	// A Modeler sends by a model of the path, and not by what is lost (BBR). The
	// sender measures for it: each Ack has a Sample, those of recoveries
	// too. In return it sets the window alone: neither PRR, nor ssthresh,
	// nor a timeout, nor idle time does. It leaves f.Ssthresh at +Inf.
	Modeler interface {
		// OnLost is called for each segment of n bytes that is presumed lost,
		// before the OnAck of the ACK that told. s is of that segment, with
		// itself in Lost; it has no Rate.
		OnLost(f *Flow, n units.Bytes, s Sample)
		// OnRestart is called when the first segment leaves after there was
		// nothing to send and nothing in flight.
		OnRestart(f *Flow, now sim.Time)
	}

	// A Randomizer draws random numbers, from r. Who makes it gives it a stream of
	// its own before Init, so that no two flows walk in step.
	Randomizer interface{ Randomize(r *rand.Rand) }
)

// Flow is what a Controller sees and sets of one subflow.
type Flow struct {
	// Set by the controller, as is Pacing.
	Cwnd     float64 // congestion window, bytes; the sender uses its floor
	Ssthresh float64 // slow-start threshold, bytes; +Inf at first

	// Set by the sender; read-only here.
	SRTT     time.Duration
	Recovery bool // in fast recovery
	Backup   bool // B bit of MP_JOIN or MP_PRIO
	TimedOut bool // for a Modeler: repairing what a timeout has shown

	kept quotients // up to here is one line of the cache, and all that siblings read

	Pacing units.Bandwidth // rate of payload at which to send; 0: the sender's own rule, if it paces

	ID        int // of the subflow in its connection
	MSS       units.Bytes
	InFlight  units.Bytes // "pipe" of RFC 6675
	MinRTT    time.Duration
	LatestRTT time.Duration

	// SlowStartExit, if not nil, may end slow start before a loss (HyStart).
	SlowStartExit SlowStartExit

	Group      *Group
	Controller Controller
}

// A SlowStartExit governs the growth of slow start and may end it early.
type SlowStartExit interface {
	// Grow returns by how many bytes f.Cwnd shall grow on a, and may lower
	// f.Ssthresh to end slow start.
	Grow(f *Flow, a Ack) float64
}

// Group is the subflows of one connection that carry its data, in the order in which they
// came up. A single-path connection is a Group of one. A flow is always in its Group:
// before it carries data, and after it has left, it is in one of its own.
type Group struct{ Flows []*Flow }

// Ack is one ACK that newly acknowledges data.
type Ack struct {
	Now        sim.Time
	Bytes      units.Bytes   // newly acknowledged, cumulatively or by SACK
	RTT        time.Duration // sample of this ACK; 0 if there is none (Karn)
	AppLimited bool          // the window was not the limit (RFC 7661), or a mark is echoed (RFC 3168): it must not grow
	Round      bool          // it covers data sent after the last round began: a new round begins
	Marked     units.Bytes   // of Bytes, those whose ACK echoes a congestion mark (RFC 8257, section 3.3)
	Sample     *Sample       // for a Modeler, valid during the call; nil: no measurement
}

// Sample is a measurement of what the path delivers, from the sending of one segment to
// its ACK: of those that the ACK newly acknowledges, the one sent last
// (draft-cheng-iccrg-delivery-rate-estimation, section 3).
type Sample struct {
	Rate       float64     // bytes/s; 0: the time was too short to tell
	Total      units.Bytes // delivered by the flow up to now
	Prior      units.Bytes // of Total, when the segment was sent
	InFlight   units.Bytes // when the segment was sent, with it
	Lost       units.Bytes // presumed lost since it was sent
	AppLimited bool        // Rate is no more than what there was to send
}

// Delivered returns what was delivered while the segment was on its way.
func (s *Sample) Delivered() units.Bytes { return s.Total - s.Prior }

// Congestion is the start of a congestion episode.
type Congestion struct {
	Now      sim.Time
	Cause    Cause
	Lost     units.Bytes // found lost so far
	InFlight units.Bytes // FlightSize of RFC 5681: sent and not cumulatively acknowledged
}

// Cause is what revealed the congestion.
type Cause uint8

// The causes.
const (
	FastRetransmit Cause = iota
	Timeout
	Mark // echoed by the peer; nothing is lost (RFC 3168, section 6.1.2)

	Causes // how many there are
)

// String names c.
func (c Cause) String() string { return [...]string{"loss", "timeout", "mark"}[c] }

// Registry has every controller by name.
var Registry = plugin.NewRegistry[Controller]("congestion controller")

// SlowStartRegistry has every way to end slow start early. "none" is not in it.
var SlowStartRegistry = plugin.NewRegistry[SlowStartExit]("slow-start exit")

// SlowStart grows Cwnd up to Ssthresh by the bytes of a (RFC 5681, section 3.1,
// with RFC 3465's L unlimited) and returns how many bytes are left for
// congestion avoidance: none while the flow stays in slow start, and none if
// the window was not the limit.
func (f *Flow) SlowStart(a Ack) (left float64) {
	acked := float64(a.Bytes)
	grow, slow := acked, f.Cwnd < f.Ssthresh
	if slow && f.SlowStartExit != nil {
		grow = f.SlowStartExit.Grow(f, a) // which measures whatever limits the window
	}
	switch {
	case a.AppLimited:
		return 0
	case !slow:
		return acked
	}
	room := f.Ssthresh - f.Cwnd
	if grow <= room {
		f.Cwnd += max(grow, 0)
		return 0
	}
	f.Cwnd = max(f.Cwnd, f.Ssthresh)
	return min(grow-max(room, 0), acked)
}

// Reduce sets Ssthresh to w, at least floor segments, and Cwnd to Ssthresh, or to
// one segment after a Timeout (RFC 5681, section 3.1).
func (f *Flow) Reduce(w, floor float64, c Congestion) {
	f.Ssthresh = max(w, floor*float64(f.MSS))
	f.Cwnd = f.Ssthresh
	if c.Cause == Timeout {
		f.Cwnd = float64(f.MSS)
	}
}

// Window returns the window that siblings count with: Ssthresh in recovery,
// when Cwnd follows PRR (RFC 6356, section 3), else Cwnd.
func (f *Flow) Window() float64 {
	if f.Recovery {
		return f.Ssthresh
	}
	return f.Cwnd
}

// RTT returns SRTT in seconds: rtt_r of the papers.
func (f *Flow) RTT() float64 { return float64(f.SRTT) / 1e9 }

// Rate returns Window/SRTT in bytes per second: x_r of the papers.
func (f *Flow) Rate() float64 { return f.quotients().rate }

// perRTT returns Rate/SRTT, in bytes per second squared.
func (f *Flow) perRTT() float64 { return f.quotients().perRTT }

// quotients are those of the window of a flow that coupled laws ask for: each ACK for those of all
// siblings, of which one has changed.
type quotients struct {
	window       float64
	srtt         time.Duration
	rate, perRTT float64
}

// quotients returns those of f.
func (f *Flow) quotients() *quotients {
	q := &f.kept
	if w := f.Window(); q.window != w || q.srtt != f.SRTT {
		rtt := f.RTT()
		x := w / rtt
		*q = quotients{w, f.SRTT, x, x / rtt}
	}
	return q
}

// Usable reports whether f counts in coupled laws: it has an RTT sample.
func (f *Flow) Usable() bool { return f.SRTT > 0 }

// Coupled reports whether f counts in its group: it is in it and usable. If not, every
// coupled law is Reno's for f, since f would be missing in the sums that it divides by.
func (f *Flow) Coupled() bool {
	if !f.Usable() {
		return false
	}
	for _, s := range f.Group.Flows {
		if s == f {
			return true
		}
	}
	return false
}

// Alone reports whether f is the only usable flow of its group: then every
// coupled law is Reno's.
func (f *Flow) Alone() bool {
	for _, s := range f.Group.Flows {
		if s != f && s.Usable() {
			return false
		}
	}
	return true
}
