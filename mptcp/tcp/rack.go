package tcp

import (
	"time"

	"mpsim/cc"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// rack is the state of RACK-TLP (RFC 8985, section 5).
type rack struct {
	sent    sim.Time // of the most recently sent segment that was delivered
	rtt     time.Duration
	end     uint32 // its end
	fack    uint32 // highest end delivered
	valid   bool
	hasFack bool
	probed  bool // nothing was delivered since the last probe

	reordering  bool
	dsackSeen   bool
	probeRetran bool   // the probe was a retransmission
	probeEnd    uint32 // snd.nxt after it
	dsackRound  uint32 // end of the round of the last D-SACK
	mult        int    // reo_wnd_mult - 1
	persist     int    // episodes until mult is forgotten
}

// reoWndPersist is reo_wnd_persist of RFC 8985, section 5.2.
const reoWndPersist = 16

// delivered takes in a segment that was delivered (RFC 8985, section 6.2, step
// 2). Unlike the RFC, it leaves minRTT a margin, because a FIN that is sent again
// may be shorter, and so faster, than the segment that minRTT is from.
func (k *rack) delivered(r *record, rtt, minRTT time.Duration) {
	k.probed = false
	if r.rtx > 0 && rtt < minRTT-minRTT/32 {
		return // the original was delivered, not the retransmission
	}
	k.rtt = rtt
	if end := r.end(); !k.valid || r.sent > k.sent || r.sent == k.sent && seqnum.Before(k.end, end) {
		k.valid, k.sent, k.end = true, r.sent, end
	}
}

// reordered notes a segment that was delivered after a later one, and was never
// sent again (step 3).
func (k *rack) reordered(r *record) {
	end := r.end()
	switch {
	case !k.hasFack || seqnum.Before(k.fack, end):
		k.fack, k.hasFack = end, true
	case r.rtx == 0 && seqnum.Before(end, k.fack):
		k.reordering = true
	}
}

// episodeEnded counts the episodes after which a wide window is forgotten.
func (k *rack) episodeEnded() {
	if k.persist > 0 {
		if k.persist--; k.persist == 0 {
			k.mult = 0
		}
	}
}

// receiveDSACK widens RACK's window, once a round (step 4).
func (e *Endpoint) receiveDSACK(b wire.Block) {
	k := &e.rack
	if e.probing && k.probeRetran && b.Right == k.probeEnd {
		e.probing = false
	}
	if k.dsackSeen && seqnum.Before(e.snd.una, k.dsackRound) {
		return
	}
	k.dsackSeen, k.dsackRound = true, e.snd.nxt
	k.mult++
	k.persist = reoWndPersist
}

// reorderWindow is reo_wnd (step 4).
func (e *Endpoint) reorderWindow() time.Duration {
	k := &e.rack
	if !k.reordering && (e.phase != open || e.out.nsacked >= 3) {
		return 0
	}
	return min(time.Duration(k.mult+1)*e.Flow.MinRTT/4, e.RTT.SRTT)
}

// detectLoss marks what is lost now and reports whether that is news.
func (e *Endpoint) detectLoss() bool {
	if e.cfg.Recovery == RFC6675 {
		return e.detectBySACK()
	}
	return e.detectByTime()
}

// detectByTime is step 5 of RACK: a segment is lost if one sent after it was delivered
// and its time has run out.
func (e *Endpoint) detectByTime() bool {
	k := &e.rack
	first := e.out.earliest()
	if !k.valid || first == noRecord {
		return false
	}
	now := e.eng.Now()
	wnd := e.reorderWindow()
	found := false
	var wait time.Duration
	for i := first; i != noRecord; {
		r := e.out.at(i)
		if r.sent > k.sent {
			break
		}
		next := e.out.later(i)
		if r.sent < k.sent || seqnum.Before(r.end(), k.end) {
			if left := r.sent.Add(k.rtt + wnd).Sub(now); left <= 0 {
				e.lose(i)
				found = true
			} else {
				wait = max(wait, left)
			}
		}
		i = next
	}
	if wait > 0 {
		e.arm(timeReorder, wait)
	} else if e.xmitFor == timeReorder && !e.out.empty() {
		e.arm(timeRTO, e.RTT.RTO())
	}
	return found
}

// probeAllowed reports whether a tail loss probe may be scheduled (RFC 8985,
// section 7.2).
func (e *Endpoint) probeAllowed() bool {
	return e.sack && e.habits&byTime != 0 && e.phase == open && e.out.nsacked == 0 &&
		!e.probing && !e.rack.probed && e.state == Established && !e.out.empty() && !e.opening()
}

// maxAckDelay is what a peer may add to the RTT of a lone segment: Linux's
// largest delayed ACK.
const maxAckDelay = 200 * time.Millisecond

// probeTimeout is PTO, never beyond the RTO.
func (e *Endpoint) probeTimeout() time.Duration {
	pto := time.Second
	if e.RTT.SRTT > 0 {
		pto = 2 * e.RTT.SRTT
		if e.out.len() == 1 {
			pto += maxAckDelay
		}
	}
	return min(pto, e.RTT.RTO())
}

// tailLossProbe sends one segment to draw a SACK (RFC 8985, section 7.3).
func (e *Endpoint) tailLossProbe() {
	k := &e.rack
	if e.out.empty() {
		return
	}
	if !e.probing && !k.probed {
		e.Stats.TailLossProbes++
		k.probed, e.probing = true, true
		k.probeRetran = !e.pull()
		if k.probeRetran {
			e.transmit(e.out.tail-1, true)
		}
		k.probeEnd = e.snd.nxt
	}
	e.arm(timeRTO, e.RTT.RTO())
}

// checkProbe decides what an ACK says about an outstanding probe (RFC 8985,
// section 7.4).
func (e *Endpoint) checkProbe(s *wire.Segment, news *ackNews) {
	k := &e.rack
	if !e.probing || seqnum.Before(s.Ack, k.probeEnd) {
		return
	}
	switch {
	case !k.probeRetran:
		e.probing = false
	case seqnum.Before(k.probeEnd, s.Ack):
		e.probing = false
		if e.phase == open { // the probe repaired a loss: respond to it once
			e.congestion(cc.FastRetransmit)
		}
	case news.acked == 0 && s.NSACK == 0:
		e.probing = false // both copies arrived
	}
}
