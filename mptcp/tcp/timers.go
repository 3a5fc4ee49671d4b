package tcp

import (
	"time"

	"mpsim/cc"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// The timers of an Endpoint.
const (
	timerXmit = iota
	timerAck
	timerPace
)

// timerKind says what the transmission timer waits for: the kinds exclude one
// another (RFC 8985, section 8).
type timerKind uint8

const (
	timeSYN     timerKind = iota
	timeConfirm           // of a join's third packet
	timeRTO
	timeProbe   // tail loss probe
	timeReorder // RACK's wait for a reordered segment
	timePersist // zero-window probe
	timeFIN     // of an orphan: for the peer's FIN
	timeWait
)

func (e *Endpoint) arm(kind timerKind, d time.Duration) {
	if e.state == Closed {
		return
	}
	e.xmitFor = kind
	e.xmit.ArmAfter(max(d, 0))
}

// HandleTimer implements sim.Handler.
func (e *Endpoint) HandleTimer(kind int) {
	switch kind {
	case timerAck:
		e.sendPendingAck()
	case timerPace:
		e.push()
	case timerXmit:
		e.expire()
	}
	e.settle()
}

// settle reports that what has happened to e is over.
func (e *Endpoint) settle() {
	if e.Points.Settled.Enabled() {
		e.Points.Settled.Emit(e.eng.Now())
	}
}

// expire handles the transmission timer.
func (e *Endpoint) expire() {
	switch e.xmitFor {
	case timeSYN:
		if e.timeouts++; int(e.timeouts) > e.synRetries() {
			if e.fastOpen != nil && e.fastOpen.tried {
				e.pauseFastOpen()
			}
			e.end(ErrTimeout)
			return
		}
		e.backOff()
		e.sendSYN()
	case timeConfirm:
		if e.timeouts++; int(e.timeouts) > e.cfg.SYNRetries {
			e.giveUp()
			return
		}
		e.RTT.BackOff()
		e.SendAck(nil)
		e.arm(timeConfirm, e.RTT.RTO())
	case timeRTO:
		e.timeout()
	case timeProbe:
		e.tailLossProbe()
	case timeReorder:
		if e.detectLoss() {
			e.enterRecovery(&ackNews{})
		}
		e.push()
		if e.state == Established && !e.xmit.Armed() && !e.out.empty() {
			e.arm(timeRTO, e.RTT.RTO())
		}
	case timePersist:
		e.windowProbe()
	case timeFIN, timeWait:
		e.end(nil)
	}
}

// synRetries returns how often a SYN, or a SYN/ACK, is repeated: Linux counts linear
// timeouts besides.
func (e *Endpoint) synRetries() int {
	if e.state == SYNSent {
		return e.cfg.SYNRetries + e.cfg.SYNLinear
	}
	return e.cfg.SYNRetries
}

// backOff doubles the timeout, unless it is one of the linear ones of a SYN.
func (e *Endpoint) backOff() {
	if e.state != SYNSent || int(e.timeouts) > e.cfg.SYNLinear {
		e.RTT.BackOff()
	}
}

// armAfterSend arms the timer after new data has left: a tail loss probe where
// one may be of use, else the RTO (RFC 6298, section 5 (5.1)).
func (e *Endpoint) armAfterSend() {
	if e.waitsForReordering() || e.xmit.Armed() && e.xmitFor == timeRTO && e.phase != open {
		return
	}
	if e.probeAllowed() {
		e.arm(timeProbe, e.probeTimeout())
	} else if !e.xmit.Armed() || e.xmitFor != timeRTO {
		e.arm(timeRTO, e.RTT.RTO())
	}
}

// waitsForReordering reports whether RACK's timer runs: it expires before any
// other would, and then arms the RTO.
func (e *Endpoint) waitsForReordering() bool { return e.xmit.Armed() && e.xmitFor == timeReorder }

// rearm restarts the timer after an ACK (RFC 6298, section 5 (5.2), (5.3)).
func (e *Endpoint) rearm() {
	switch {
	case e.out.empty():
		e.xmit.Stop()
	case e.probeAllowed():
		e.arm(timeProbe, e.probeTimeout())
	default:
		e.arm(timeRTO, e.RTT.RTO())
	}
}

// timeout is a retransmission timeout (RFC 6298, section 5 (5.4)-(5.6); RFC
// 8985, section 6.3).
func (e *Endpoint) timeout() {
	if e.out.empty() {
		return
	}
	e.Stats.Timeouts++
	limit := e.cfg.Retries
	if e.opening() {
		limit = e.synRetries()
	}
	if e.timeouts++; int(e.timeouts) > limit {
		e.reportEpisode(cc.Timeout, e.Flow.Cwnd, true)
		e.giveUp()
		return
	}
	now := e.eng.Now()
	first := e.phase != lossRecovery || seqnum.BeforeEq(e.recover, e.snd.una)
	if first {
		if e.phase == open {
			e.saveUndo()
		}
		e.congestion(cc.Timeout)
	} else {
		e.reportEpisode(cc.Timeout, e.Flow.Cwnd, true)
	}
	if e.rate == nil {
		e.Flow.Cwnd = float64(e.mss)
	}
	e.Flow.Recovery = false
	wasRecovering := e.phase == fastRecovery
	e.phase = lossRecovery
	e.recover = e.snd.nxt
	e.dupAcks = 0
	e.probing = false
	e.backOff()
	e.frto = frtoNone
	if e.cfg.FRTO && e.sack && first && !wasRecovering {
		e.frto = frtoFirst
	}
	e.markLostOnTimeout(now)
	e.transmit(e.out.head, true)
	e.arm(timeRTO, e.RTT.RTO())
	e.owner.TimedOut(e)
}

// giveUp ends a connection whose peer does not answer any more (RFC 9293, section
// 3.8.3); a RST tells the peer, in case it still listens.
func (e *Endpoint) giveUp() {
	e.sendControl(wire.RST|wire.ACK, e.snd.nxt, nil)
	e.end(ErrTimeout)
}

// markLostOnTimeout marks the head. F-RTO looks at the rest later; else all that
// is not SACKed goes too, with RACK only where its time has run out.
func (e *Endpoint) markLostOnTimeout(now sim.Time) {
	if h := e.out.at(e.out.head); h.flags&sacked != 0 {
		e.renege()
	}
	e.lose(e.out.head)
	if e.frto != frtoNone {
		return
	}
	for i := e.out.head + 1; i != e.out.tail; i++ {
		r := e.out.at(i)
		if r.flags&sacked != 0 || r.flags&(lost|inFlight) == lost {
			continue
		}
		if !e.sack || e.cfg.Recovery != RACK || r.sent.Add(e.rack.rtt+e.reorderWindow()) <= now {
			e.lose(i)
		}
	}
}

// renege clears the SACK marks: the peer has dropped what it had reported
// (RFC 2018, section 8).
func (e *Endpoint) renege() {
	for i := e.out.head; i != e.out.tail; i++ {
		r := e.out.at(i)
		if r.flags&sacked != 0 {
			r.flags &^= sacked
			e.out.sacked -= r.size()
			e.out.nsacked--
			e.out.list(i)
		}
	}
	e.out.lastSACK = [wire.MaxSACK]wire.Block{}
}

// windowProbe asks a peer that has closed its window for news (RFC 9293, section
// 3.8.6.1). Unlike the RFC's probe it carries no data but an old sequence
// number, because the answer is the same and nothing has to be taken back. A peer that
// answers may keep its window closed for as long as it likes; one that does not is
// given up.
func (e *Endpoint) windowProbe() {
	if e.state != Established || !e.out.empty() {
		return
	}
	if e.timeouts++; int(e.timeouts) > e.cfg.Retries {
		e.giveUp()
		return
	}
	if e.Room() > 0 { // less than a segment: it goes now, small as it is (RFC 9293, section 3.8.6.2.1)
		e.silly = true
		e.owner.Ready(e)
		return
	}
	e.Stats.WindowProbes++
	e.sendControl(wire.ACK, e.snd.una-1, nil)
	e.probeShift = min(e.probeShift+1, 16)
	e.arm(timePersist, min(e.RTT.RTO()<<e.probeShift, maxProbeInterval))
}

// maxProbeInterval bounds the back-off of window probes.
const maxProbeInterval = 60 * time.Second

// AwaitWindow is called by an owner that has data but no window to send it in,
// while nothing is outstanding.
func (e *Endpoint) AwaitWindow() {
	if e.state == Established && e.out.empty() && !e.xmit.Armed() {
		e.probeShift = 0
		e.arm(timePersist, e.RTT.RTO())
	}
}

// Due returns how long it is until what e waits for by its transmission timer; 0 if it waits for nothing.
func (e *Endpoint) Due() time.Duration {
	if !e.xmit.Armed() {
		return 0
	}
	return e.xmit.When().Sub(e.eng.Now())
}
