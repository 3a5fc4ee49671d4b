package tcp

import (
	"time"

	"mpsim/cc"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/units"
)

// ackNews is what one ACK has told the sender.
type ackNews struct {
	acked     int           // bytes, cumulatively
	delivered int           // bytes, cumulatively or by SACK, not known before
	rtt       time.Duration // sample from a segment sent once; 0: none
	sackedNew bool          // it SACKed something new
	resent    bool          // it (s)acked data that was sent again: no sample (Karn)
	original  bool          // it (s)acked data that was never sent again
	onlyOld   bool          // ... and none above recover (F-RTO)
	newLoss   bool
	echo      bool // of a mark: ECE
	dup       bool // without SACK: a duplicate ACK of RFC 5681, section 2
}

// receiveAck handles the acknowledgement of a segment of which n bytes of payload are acceptable.
func (e *Endpoint) receiveAck(s *wire.Segment, n int) {
	if seqnum.Before(s.Ack, e.snd.una) {
		return // old
	}
	news := ackNews{onlyOld: true}
	sackBytes := e.out.sacked
	news.dup = s.Ack == e.snd.una && n == 0 && !s.Flags.Has(wire.FIN) && !e.out.empty() && e.sameWindow(s) && !signalling(s)
	e.updateWindow(s)
	e.takeCumulative(s.Ack, &news)
	if e.sack && s.NSACK > 0 {
		e.takeSACK(s, &news)
	}
	// The signed change: pop takes what had been SACKed out of the sum.
	news.delivered = news.acked + e.out.sacked - sackBytes
	if e.out.empty() && news.acked == 0 {
		e.probeAnswered()
		return
	}
	round := seqnum.BeforeEq(e.snd.roundEnd, e.snd.una)
	if news.resent {
		// What was sent once may have arrived long before the ACK of the
		// retransmission told.
		news.rtt = 0
	}
	switch {
	case news.rtt > 0:
		e.sampleRTT(news.rtt, round)
	case news.acked > 0 && s.HasTS && e.timestamps:
		// Only retransmissions: the timestamp tells, to a tick, which one
		// was acknowledged (RFC 7323, section 4.1), and so ends the back-off.
		e.sampleStamp(s, round)
	}
	if e.ecn != nil && s.Flags.Has(wire.ECE) {
		e.ecn.hear(e, &news)
	}
	e.recoverLosses(s, &news)
	if e.rate != nil {
		e.inform(&news)
	}
	if e.ecn != nil {
		e.ecn.answer(e, &news)
	}
	if news.acked > 0 {
		e.timeouts = 0
		e.probeShift = 0
	}
	if news.acked > 0 || news.sackedNew {
		e.rearmAfter(&news)
	}
}

// signalling reports whether s carries an MPTCP option that is not DSS: then it
// is no sign of loss (RFC 8684, sections 3.4.1 and 4).
func signalling(s *wire.Segment) bool { return s.Opt != nil && s.Opt.MPTCP() }

// sameWindow reports whether s leaves the right edge of the window where it is.
func (e *Endpoint) sameWindow(s *wire.Segment) bool {
	return s.Ack+uint32(s.Window)<<e.snd.scale == e.snd.edge
}

// updateWindow takes the peer's window (RFC 9293, section 3.10.7.4).
func (e *Endpoint) updateWindow(s *wire.Segment) {
	if seqnum.Before(s.Seq, e.snd.wl1) || s.Seq == e.snd.wl1 && seqnum.Before(s.Ack, e.snd.wl2) {
		return
	}
	w := uint32(s.Window) << e.snd.scale
	if w > e.snd.maxWindow {
		e.snd.maxWindow = w
		e.setFull()
	}
	e.snd.wl1, e.snd.wl2 = s.Seq, s.Ack
	if edge := s.Ack + w; seqnum.Before(e.snd.edge, edge) {
		e.snd.edge = edge // what an earlier ACK allowed stays allowed (RFC 7323, section 2.4)
	}
}

// probeAnswered is called when an ACK brings nothing while nothing is outstanding: a
// window update or the answer to a probe.
func (e *Endpoint) probeAnswered() {
	e.timeouts = 0
	if e.xmitFor == timePersist && seqnum.BeforeEq(e.snd.nxt+uint32(e.snd.full), e.snd.edge) {
		e.xmit.Stop()
		e.probeShift = 0
	}
}

// takeCumulative removes what ack covers from the scoreboard.
func (e *Endpoint) takeCumulative(ack uint32, news *ackNews) {
	now := e.eng.Now()
	for !e.out.empty() {
		i := e.out.head
		r := e.out.at(i)
		end := r.end()
		if seqnum.Before(ack, end) {
			break
		}
		news.acked += r.size()
		if r.flags&sacked == 0 {
			e.noteDelivered(i, now, news)
		}
		if r.flags&(fin|syn) != 0 {
			e.controlAcked(r)
		}
		e.Stats.BytesAcked += uint64(r.len)
		e.out.pop()
	}
	e.snd.una = ack
}

// controlAcked notes that the FIN, or the SYN/ACK of a fast open, is acknowledged.
func (e *Endpoint) controlAcked(r *record) {
	if r.flags&fin != 0 {
		e.outgoing = outFINAcked
	} else {
		e.openedFast()
	}
}

// noteDelivered takes what RACK, F-RTO and the RTT estimator learn from the
// first acknowledgement of record i.
func (e *Endpoint) noteDelivered(i uint32, now sim.Time, news *ackNews) {
	r := e.out.at(i)
	if e.Points.Acked.Enabled() && r.len > 0 {
		e.Points.Acked.Emit(r.chunk())
	}
	rtt := now.Sub(r.sent)
	if r.rtx > 0 {
		news.resent = true
	} else {
		news.original = true
		news.rtt = rtt // of the latest segment: records come in ascending order
		if e.phase == lossRecovery && seqnum.Before(e.recover, r.end()) {
			news.onlyOld = false
		}
	}
	e.rack.delivered(r, rtt, e.Flow.MinRTT)
	e.rack.reordered(r)
	if e.rate != nil {
		e.rate.take(i, r, now)
	}
}

// takeSACK marks what the SACK blocks of s report.
func (e *Endpoint) takeSACK(s *wire.Segment, news *ackNews) {
	now := e.eng.Now()
	blocks := s.SACK[:s.NSACK]
	if d := blocks[0]; seqnum.BeforeEq(d.Right, s.Ack) ||
		len(blocks) > 1 && seqnum.BeforeEq(blocks[1].Left, d.Left) && seqnum.BeforeEq(d.Right, blocks[1].Right) {
		e.receiveDSACK(d)
		blocks = blocks[1:]
	}
	for _, b := range blocks {
		if !seqnum.Before(b.Left, b.Right) || seqnum.Before(b.Left, e.snd.una) || seqnum.Before(e.snd.nxt, b.Right) {
			continue
		}
		b = e.out.fresh(b)
		if !seqnum.Before(b.Left, b.Right) {
			continue
		}
		for i := e.out.find(b.Left); i != e.out.tail; i++ {
			r := e.out.at(i)
			if seqnum.Before(b.Right, r.end()) {
				break
			}
			if r.flags&sacked != 0 || seqnum.Before(r.seq, b.Left) {
				continue
			}
			news.sackedNew = true
			e.noteDelivered(i, now, news)
			e.out.markSACKed(i)
		}
	}
	e.out.lastSACK = [wire.MaxSACK]wire.Block{}
	copy(e.out.lastSACK[:], blocks)
}

// recoverLosses is the state machine of loss recovery; it ends with the
// congestion window that the ACK leaves.
func (e *Endpoint) recoverLosses(s *wire.Segment, news *ackNews) {
	e.checkProbe(s, news)
	if !e.sack {
		if e.phase == fastRecovery {
			e.checkUndo(s)
		}
		cwnd := e.Flow.Cwnd
		if e.phase == lossRecovery && !e.sack && e.rate == nil {
			// One ACK may cover what has come long before, which SACK would have told then: growth by all
			// of it would be a burst of as much (RFC 3465, section 2.3).
			news.delivered = min(news.delivered, e.mss)
		}
		e.newReno(news)
		if e.rate != nil {
			e.Flow.Cwnd = cwnd // pipe counts duplicate ACKs instead
		}
		e.grow(news)
		return
	}
	if e.frto != frtoNone {
		e.checkTimeout(news)
	}
	if news.acked > 0 {
		e.dupAcks = 0
	}
	if news.sackedNew {
		e.dupAcks++
	}
	news.newLoss = e.frto == frtoNone && e.detectLoss()
	switch e.phase {
	case open:
		// Early Retransmit is for a sender that has no more to send (RFC 5827, section 3.2 (3.b)).
		if news.newLoss || e.limitedTransmit(news) && e.detectEarly() {
			e.enterRecovery(news)
			return
		}
		e.grow(news)
	case fastRecovery:
		e.checkUndo(s)
		if e.phase != fastRecovery {
			return
		}
		if seqnum.BeforeEq(e.recover, e.snd.una) {
			e.exitRecovery()
			return
		}
		e.reduce(news)
	case lossRecovery:
		if seqnum.BeforeEq(e.recover, e.snd.una) {
			e.phase = open
			e.frto = frtoNone
			e.rack.episodeEnded()
		}
		e.grow(news)
	}
}

// enterRecovery starts a fast recovery: the controller decides the window, PRR
// how to get there.
func (e *Endpoint) enterRecovery(news *ackNews) {
	if e.phase != open {
		return
	}
	e.Stats.FastRecoveries++
	e.saveUndo()
	e.congestion(cc.FastRetransmit)
	e.phase = fastRecovery
	e.recover = e.snd.nxt
	e.probing = false
	e.Flow.Recovery = true
	if e.rate != nil {
		return
	}
	// RecoverFS: without what earlier ACKs had SACKed, with what this one acknowledged.
	sackedBefore := e.out.sacked - (news.delivered - news.acked)
	e.prr.start(e.out.bytes-sackedBefore+news.acked, int(e.Flow.Ssthresh))
	news.newLoss = true
	e.reduce(news)
}

// congestion tells the controller of a new episode.
func (e *Endpoint) congestion(cause cc.Cause) {
	f := &e.Flow
	cwnd := f.Cwnd
	if e.ecn != nil && !e.ecn.begin(e, cause) {
		e.reportEpisode(cause, cwnd, true)
		return
	}
	f.InFlight = units.Bytes(e.out.pipe())
	f.Controller.OnCongestion(f, cc.Congestion{
		Now: e.eng.Now(), Cause: cause, Lost: units.Bytes(e.out.lost), InFlight: units.Bytes(e.out.bytes),
	})
	e.reportEpisode(cause, cwnd, false)
}

func (e *Endpoint) reportEpisode(cause cc.Cause, cwnd float64, old bool) {
	if e.Points.Episodes.Enabled() {
		e.Points.Episodes.Emit(Episode{e.eng.Now(), cause, cwnd, old})
	}
}

// reduce sets the window during a fast recovery (RFC 9937, section 6.2). As
// everywhere, it is at least a segment.
func (e *Endpoint) reduce(news *ackNews) {
	if news.delivered <= 0 && e.prr.out > 0 || e.rate != nil {
		return
	}
	pipe := e.out.pipe()
	safe := news.acked > 0 && !news.newLoss
	e.Flow.Cwnd = float64(max(pipe+e.prr.onAck(max(news.delivered, 0), pipe, e.mss, safe), e.mss))
}

// exitRecovery ends a fast recovery.
func (e *Endpoint) exitRecovery() {
	e.phase = open
	e.dupAcks = 0
	e.Flow.Recovery = false
	if e.rate == nil {
		e.Flow.Cwnd = e.Flow.Ssthresh
	}
	e.rack.episodeEnded()
}

// grow lets the controller open the window. Unlike RFC 5681, section 3.2, it does
// so for what a duplicate ACK SACKs too, until a loss is found: the data has left
// the network, and no later ACK would count it.
func (e *Endpoint) grow(news *ackNews) {
	if e.phase != fastRecovery && e.rate == nil {
		e.inform(news)
	}
}

// inform tells the controller what an ACK has brought.
func (e *Endpoint) inform(news *ackNews) {
	if news.delivered <= 0 {
		return
	}
	now := e.eng.Now()
	round := seqnum.BeforeEq(e.snd.roundEnd, e.snd.una)
	f := &e.Flow
	f.InFlight = units.Bytes(e.pipe())
	limited := e.cwndLimited || f.Cwnd < f.Ssthresh && int(f.Cwnd) < 2*e.roundPipe
	a := cc.Ack{Now: now, Bytes: units.Bytes(news.delivered), RTT: news.rtt, AppLimited: !limited || news.echo, Round: round}
	if news.echo {
		a.Marked = a.Bytes
	}
	if e.rate != nil {
		f.TimedOut = e.phase == lossRecovery
		a.AppLimited = !e.cwndLimited
		a.Sample = e.rate.measure(f)
	}
	cwnd := f.Cwnd
	f.Controller.OnAck(f, a)
	if e.habits&caps != 0 {
		e.capWindow(cwnd)
	}
	if round {
		e.snd.roundEnd = e.snd.nxt
		e.roundPipe = e.pipe()
		e.cwndLimited = false
	}
}

// capWindow keeps the window from growing beyond what it was, and ends slow start, while the queue of the
// path holds more than a BDP: the smoothed RTT is then more than twice the least one (mechanism 4 of Raiciu
// et al., NSDI 2012, section 4.2).
func (e *Endpoint) capWindow(was float64) {
	f := &e.Flow
	if f.SRTT > 2*f.MinRTT {
		f.Cwnd = min(f.Cwnd, was)
		f.Ssthresh = min(f.Ssthresh, f.Cwnd)
	}
}

// limitedTransmit lets a segment of new data out on each of the first two
// duplicate ACKs (RFC 3042), although the window is full. It reports whether one was due
// and there was none, or no room for it in the peer's window.
func (e *Endpoint) limitedTransmit(news *ackNews) (exhausted bool) {
	if !news.sackedNew && !news.dup || news.acked > 0 || e.dupAcks == 0 || e.dupAcks > 2 {
		return false
	}
	if e.out.bytes+e.mss > e.window()+2*e.mss {
		return false
	}
	return !e.pull()
}

// pull sends one segment of new data beyond the window and reports whether
// there was one.
func (e *Endpoint) pull() bool {
	room := int(e.snd.full)
	if !e.Takes(room) || e.outgoing != outOpen || e.state != Established || e.ecn != nil && e.ecn.hold > e.eng.Now() {
		return false
	}
	c, ok := e.owner.Pull(e, room)
	if ok {
		e.Send(c)
	}
	return ok
}

// rearmAfter restarts the timer after an ACK that brought something.
func (e *Endpoint) rearmAfter(news *ackNews) {
	if e.waitsForReordering() && !e.out.empty() {
		return
	}
	if news.acked > 0 || e.xmitFor == timeProbe {
		e.rearm()
	}
}

// AcksData reports whether s acknowledges data, and not only the SYN and what it carried.
func (e *Endpoint) AcksData(s *wire.Segment) bool { return seqnum.Before(e.snd.base+1, s.Ack) }

// AcksNew reports whether s acknowledges something for the first time.
func (e *Endpoint) AcksNew(s *wire.Segment) bool { return seqnum.Before(e.snd.una, s.Ack) }

// AckNumber returns the acknowledgement number that goes out now.
func (e *Endpoint) AckNumber() uint32 { return e.rcv.nxt }

// SSN returns the subflow sequence number of the first byte of s, which the peer
// sent.
func (e *Endpoint) SSN(s *wire.Segment) uint32 { return s.Seq - e.rcv.base }

// Repeats reports whether the next ACK tells that something has come twice (RFC 2883).
func (e *Endpoint) Repeats() bool { return e.rcv.hasDSACK }

// NextSSN returns the subflow sequence number that is expected next.
func (e *Endpoint) NextSSN() uint32 { return e.rcv.nxt - e.rcv.base }
