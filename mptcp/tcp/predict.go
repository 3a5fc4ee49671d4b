package tcp

import (
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
)

// Most segments bring the data that is next, or acknowledge the oldest data that is out, and nothing else has
// happened. They take a way of their own past the questions to which the answer is no, as header
// prediction has it (Jacobson, "4BSD TCP header prediction", CCR 20(2), 1990; Linux: tcp_rcv_established).
// All others take receive, which would do the same to these: a test runs both.

// usual is the condition of an endpoint that may predict: established, and not in recovery.
var usual = condition{state: Established}

// predicted handles s if it is what e expects, and reports whether it was. Nothing changes before the last
// question is answered.
func (e *Endpoint) predicted(s *wire.Segment) bool {
	if e.condition != usual || s.Flags != wire.ACK || s.Seq != e.rcv.nxt || s.NSACK > 0 || s.Opt != nil ||
		s.HasTS != e.timestamps || s.HasTS && seqnum.Before(s.TSVal, e.rcv.tsRecent) ||
		e.out.linked || e.rate != nil || e.ecn != nil {
		return false
	}
	if s.Len == 0 {
		return e.predictedAck(s)
	}
	return e.predictedData(s)
}

// predictedAck is predicted for an ACK without data: of whole segments that were sent once, and in order.
func (e *Endpoint) predictedAck(s *wire.Segment) bool {
	n := s.Ack - e.snd.una
	if n == 0 || n > e.snd.nxt-e.snd.una || e.xmitFor == timeReorder || e.out.empty() {
		return false
	}
	r, k := e.out.at(e.out.head), &e.rack
	if seqnum.Before(s.Ack, r.end()) || r.flags&syn != 0 {
		return false
	}
	if k.hasFack && seqnum.Before(e.snd.una, k.fack) || r.sent < k.sent { // RACK may find losses or reordering
		return false
	}
	if !e.owner.Predicted(e, s) {
		return false
	}
	e.stamped(s)
	e.updateWindow(s)
	news := ackNews{original: true}
	e.popAcked(s.Ack, &news)
	round := seqnum.BeforeEq(e.snd.roundEnd, e.snd.una)
	if news.rtt > 0 {
		e.sampleRTT(news.rtt, round)
	} else if s.HasTS {
		e.sampleStamp(s, round)
	}
	if e.sack {
		e.dupAcks = 0
	} else {
		e.newReno(&news)
	}
	e.inform(&news)
	e.timeouts, e.probeShift = 0, 0
	e.rearm()
	e.owner.Ready(e)
	return true
}

// popAcked takes the records that ack covers from the scoreboard, and measures the round-trip time of the
// last.
func (e *Endpoint) popAcked(ack uint32, news *ackNews) {
	b, k := &e.out, &e.rack
	for {
		r := b.at(b.head)
		end := r.seq + uint32(r.len)
		if seqnum.Before(ack, end) {
			break
		}
		if e.Points.Acked.Enabled() {
			e.Points.Acked.Emit(r.chunk())
		}
		news.acked += int(r.len)
		k.sent, k.end = r.sent, end
		if b.head++; b.head == b.tail {
			break
		}
	}
	b.bytes -= news.acked
	b.rtxHint = b.head
	now := e.eng.Now()
	k.rtt, k.valid, k.probed = now.Sub(k.sent), true, false
	k.fack, k.hasFack = k.end, true
	e.Stats.BytesAcked += uint64(news.acked)
	e.snd.una = ack
	news.delivered, news.rtt = news.acked, k.rtt
}

// stamped counts s, and keeps its timestamp (RFC 7323, section 4.3).
func (e *Endpoint) stamped(s *wire.Segment) {
	e.Stats.SegmentsReceived++
	if s.HasTS && seqnum.BeforeEq(s.Seq, e.rcv.lastAck) {
		e.rcv.tsRecent = s.TSVal
	}
}

// predictedData is predicted for data, at an end that has nothing out.
func (e *Endpoint) predictedData(s *wire.Segment) bool {
	n := uint32(s.Len)
	if s.Ack != e.snd.una || !e.out.empty() || e.xmitFor == timePersist ||
		seqnum.Before(e.rcv.edge, s.Seq+n) || e.rcv.ranges.Len() > 0 || !e.owner.Predicted(e, s) {
		return false
	}
	e.stamped(s)
	e.updateWindow(s)
	e.timeouts = 0
	if e.rcv.rtt != nil {
		e.rcv.rtt.take(e, s, int(n))
	}
	e.rcv.receiving, e.rcv.opened = true, false
	e.arrived(int(n))
	e.rcv.nxt += n
	e.owner.Deliver(e, Chunk{Len: int(n), DSN: s.DSN, Pos: s.Pos})
	e.rcv.receiving = false
	if e.state == Closed {
		return true
	}
	e.acknowledge(int(n), e.rcv.opened)
	if e.state == Established {
		e.finished()
	}
	if e.state == Established {
		e.push()
	}
	return true
}
