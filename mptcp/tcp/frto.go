package tcp

import (
	"mpsim/cc"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
)

// frtoStep is how far the detection of a spurious timeout has come (RFC 5682,
// section 3.1).
type frtoStep uint8

const (
	frtoNone   frtoStep = iota
	frtoFirst           // the head was sent again: wait for the first ACK
	frtoSecond          // new data was sent: wait for the second
)

// checkTimeout takes the next step of F-RTO on an ACK.
func (e *Endpoint) checkTimeout(news *ackNews) {
	switch e.frto {
	case frtoFirst:
		switch {
		case news.acked == 0: // a duplicate ACK updates the scoreboard only
		case seqnum.BeforeEq(e.recover, e.snd.una):
			e.frto = frtoNone
		case e.pull():
			e.frto = frtoSecond
			e.pull()
		default: // no new data to send
			e.conventional()
		}
	case frtoSecond:
		if news.acked == 0 && !news.sackedNew {
			return
		}
		if news.original && news.onlyOld {
			e.Stats.SpuriousRTOs++
			e.frto = frtoNone
			e.phase = open
			e.recover = e.snd.una
			e.unmarkLost()
			e.restore()
			return
		}
		e.conventional()
	}
}

// conventional ends F-RTO: the timeout was genuine, and all that was out then
// and is not SACKed is lost.
func (e *Endpoint) conventional() {
	e.frto = frtoNone
	for i := e.out.head; i != e.out.tail; i++ {
		r := e.out.at(i)
		if !seqnum.Before(r.seq, e.recover) {
			break
		}
		if r.flags&(sacked|lost) == 0 {
			e.lose(i)
		}
	}
}

// undoState is what brings a window back after an episode that proved spurious.
type undoState struct {
	cwnd, ssthresh float64
	valid          bool
	marked         bool // a mark told of the congestion, too: the window stays cut
	una            uint32
	stamp          uint32 // timestamp clock at the first retransmission
}

// saveUndo keeps the window of before an episode.
func (e *Endpoint) saveUndo() {
	f := &e.Flow
	e.undo = undoState{cwnd: f.Cwnd, ssthresh: f.Ssthresh, valid: true, una: e.snd.una, stamp: e.clock()}
	e.undo.marked = e.ecn != nil && e.ecn.answered(e)
}

// checkUndo ends a fast recovery whose first retransmission was not needed: the
// ACK echoes a timestamp from before it (Eifel, RFC 3522).
func (e *Endpoint) checkUndo(s *wire.Segment) {
	if !e.undo.valid || !s.HasTS || !e.timestamps || s.TSEcr == 0 {
		return
	}
	if !seqnum.Before(s.TSEcr, e.undo.stamp) || !seqnum.Before(e.undo.una, e.snd.una) {
		return
	}
	if !e.sack && e.rate == nil {
		e.Flow.Cwnd = e.Flow.Ssthresh // NewReno's inflation ends
	}
	e.phase = open
	e.dupAcks = 0
	e.unmarkLost()
	e.restore()
	e.Flow.Recovery = false
}

// restore brings back the window of before the episode, or what a mark has left of it.
func (e *Endpoint) restore() {
	if !e.undo.valid {
		return
	}
	e.undo.valid = false
	f := &e.Flow
	if e.undo.marked && e.rate == nil {
		f.Cwnd = f.Ssthresh
		return
	}
	if e.ecn != nil {
		e.ecn.cut = false // a mark that is still to come finds the whole window
	}
	e.Stats.Undos++
	if u, ok := f.Controller.(cc.Undoer); ok {
		u.Undo(f)
	}
	f.Cwnd = max(f.Cwnd, e.undo.cwnd)
	f.Ssthresh = max(f.Ssthresh, e.undo.ssthresh)
}

// unmarkLost takes back what was presumed lost.
func (e *Endpoint) unmarkLost() {
	for i := e.out.head; i != e.out.tail; i++ {
		r := e.out.at(i)
		if r.flags&lost == 0 {
			continue
		}
		e.out.forget(r, r.size())
		if r.flags&listed == 0 {
			e.out.list(i)
		}
	}
}
