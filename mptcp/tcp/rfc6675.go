package tcp

import (
	"mpsim/cc"
	"mpsim/mptcp/seqnum"
)

// dupThresh is DupThresh of RFC 6675, section 2.
const dupThresh = 3

// detectBySACK marks the segments that RFC 6675's IsLost calls lost: at least
// dupThresh discontiguous SACKed ranges above, or more than (dupThresh-1)·SMSS
// bytes. IsLost holds for all below a lost one, so that the walk from the top
// ends at the first that is marked already.
func (e *Endpoint) detectBySACK() bool {
	if e.out.sacked == 0 {
		return false
	}
	found := false
	above, runs, inRun := 0, 0, false
	for i := e.out.tail; i != e.out.head; {
		i--
		r := e.out.at(i)
		if r.flags&sacked != 0 {
			above += r.size()
			if !inRun {
				runs++
			}
			inRun = true
			continue
		}
		inRun = false
		if r.flags&lost != 0 {
			break
		}
		if runs >= dupThresh || above > (dupThresh-1)*e.mss {
			if r.rtx == 0 || e.phase == open {
				e.lose(i)
				found = true
			}
		}
	}
	return found
}

// detectEarly is Early Retransmit (RFC 5827, section 3.2): with fewer than four segments outstanding and
// nothing to send there will not be three duplicate ACKs, so that a segment is lost once all others are
// SACKed.
func (e *Endpoint) detectEarly() bool {
	n, first := e.out.len(), e.out.head
	if e.cfg.Recovery != RFC6675 || n > 3 || e.out.nsacked == 0 || e.out.nsacked != n-1 || e.out.at(first).flags&sacked != 0 {
		return false
	}
	e.lose(first)
	return true
}

// newReno is loss recovery without SACK (RFC 6582, section 3.2).
func (e *Endpoint) newReno(news *ackNews) {
	f := &e.Flow
	mss := float64(e.mss)
	switch {
	case news.dup:
		e.dupAcks++
		switch {
		case e.phase == fastRecovery:
			f.Cwnd += mss
		case e.phase == open && e.dupAcks == dupThresh && seqnum.Before(e.recover, e.snd.una): // "covers more than recover"
			e.Stats.FastRecoveries++
			e.saveUndo()
			e.congestion(cc.FastRetransmit)
			e.phase = fastRecovery
			f.Recovery = true
			e.recover = e.snd.nxt
			e.transmit(e.out.head, true)
			f.Cwnd = f.Ssthresh + 3*mss
			e.arm(timeRTO, e.RTT.RTO())
		case e.phase == open:
			e.limitedTransmit(news)
		}
	case news.acked > 0 && e.phase == fastRecovery:
		e.dupAcks = 0
		if seqnum.BeforeEq(e.recover, e.snd.una) { // full acknowledgement
			e.exitRecovery()
			f.Cwnd = min(f.Ssthresh, float64(max(e.out.bytes, e.mss)+e.mss))
			break
		}
		e.transmit(e.out.head, true)
		f.Cwnd = max(f.Cwnd-float64(news.acked), mss)
		if news.acked >= e.mss {
			f.Cwnd += mss
		}
	case news.acked > 0:
		e.dupAcks = 0
		if e.phase == lossRecovery && seqnum.BeforeEq(e.recover, e.snd.una) {
			e.phase = open
		}
		// Past the last episode the guard above has done its work; it moves along, because
		// half the sequence space later it would seem to lie ahead.
		if e.phase == open && seqnum.Before(e.recover, e.snd.una) {
			e.recover = e.snd.una - 1
		}
	}
}
