package tcp

import (
	"cmp"
	"time"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
)

// Receive implements netem.Receiver.
func (e *Endpoint) Receive(p *netem.Packet) {
	if s := p.Payload.(*wire.Segment); !e.predicted(s) {
		e.receive(p, s)
	}
	e.settle()
	p.Free()
}

// receive handles one segment in the order of RFC 9293, section 3.10.7: sequence
// number, RST, SYN, ACK, data, FIN. The caller frees p.
func (e *Endpoint) receive(p *netem.Packet, s *wire.Segment) {
	e.Stats.SegmentsReceived++
	if e.state != Established && e.receiveElsewhere(p, s) {
		return
	}
	if !e.rcv.acceptable(s) {
		if e.ecn != nil && s.Len > 0 && s.Seq == e.rcv.nxt { // a window probe (RFC 3168, section 6.1.6)
			e.ecn.receive(e, p, s)
		}
		if !s.Flags.Has(wire.RST) {
			e.answerUnacceptable(s)
		}
		return
	}
	if s.Flags.Has(wire.RST) {
		e.receiveRST(s)
		return
	}
	if s.Flags.Has(wire.SYN) { // RFC 5961, section 4.2
		e.challenge()
		return
	}
	if !s.Flags.Has(wire.ACK) {
		return
	}
	if s.HasTS && e.timestamps {
		if seqnum.Before(s.TSVal, e.rcv.tsRecent) {
			if e.outdated(s) {
				e.SendAck(nil)
				return
			}
		} else if seqnum.BeforeEq(s.Seq, e.rcv.lastAck) {
			e.rcv.tsRecent = s.TSVal // RFC 7323, section 4.3
		}
	}
	if e.state == SYNReceived && !e.completeHandshake(s) {
		return
	}
	if s.Ack-e.snd.una > e.snd.nxt-e.snd.una && !e.recent(s.Ack) {
		e.correct(s)
		return
	}
	if !e.owner.Options(e, s) || e.state == Closed {
		return
	}
	if e.awaitFourth {
		e.awaitFourth = false
		e.timeouts = 0
		if e.xmitFor == timeConfirm { // and not for the FIN of an owner that has closed e
			e.xmit.Stop()
		}
	}
	e.receiveAck(s, int(s.Len))
	if e.state == Closed {
		return
	}
	if s.Len > 0 || s.Flags.Has(wire.FIN) {
		if e.ecn != nil {
			e.ecn.receive(e, p, s)
		}
		e.receiveData(s)
	}
	if e.state == Established {
		e.finished()
	}
	if e.state == Established {
		e.push()
	}
}

// receiveElsewhere handles s outside ESTABLISHED, and reports whether that was all.
func (e *Endpoint) receiveElsewhere(p *netem.Packet, s *wire.Segment) bool {
	switch e.state {
	case SYNSent:
		e.receiveSYNACK(s)
		return true
	case SYNReceived:
		if s.Flags.Has(wire.SYN) {
			e.receiveSYN(s)
			return true
		}
	case TimeWait:
		if e.reopens(s) {
			e.end(nil)
			e.host.open(p, s)
			return true
		}
	case Closed:
		return true
	}
	return false
}

// recent reports whether ack, which acknowledges nothing that is outstanding, is only
// late. Else it is of something not sent yet, or older than any window (RFC 5961,
// section 5).
func (e *Endpoint) recent(ack uint32) bool { return e.snd.una-ack <= maxWindow<<e.snd.scale }

// outdated reports whether s, whose timestamp is older than the peer's latest, is
// a stray from before the sequence numbers wrapped: PAWS (RFC 7323, section 5.3).
// Unlike the RFC it spares what brings no data, because the network may reorder
// ACKs, and an old one does no harm.
func (e *Endpoint) outdated(s *wire.Segment) bool { return s.Len > 0 || s.Flags.Has(wire.FIN) }

// reopens reports whether s starts a new connection in place of one in TIME-WAIT: a
// SYN beyond all that the old one had (RFC 9293, section 3.6). Unlike the RFC our
// own sequence numbers need not be beyond the old ones, because the listener
// draws them at random.
func (e *Endpoint) reopens(s *wire.Segment) bool {
	return s.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN && seqnum.Before(e.rcv.nxt-1, s.Seq)
}

// maxWindow is the largest window field.
const maxWindow uint32 = 1<<16 - 1

// receiveSYNACK handles a segment in SYN-SENT.
func (e *Endpoint) receiveSYNACK(s *wire.Segment) {
	if !s.Flags.Has(wire.ACK) || seqnum.BeforeEq(s.Ack, e.iss) || seqnum.Before(e.snd.nxt, s.Ack) {
		return
	}
	if s.Flags.Has(wire.RST) {
		if e.owner.Options(e, s); e.state != Closed {
			e.end(ErrRefused)
		}
		return
	}
	if !s.Flags.Has(wire.SYN) {
		return
	}
	e.snd.nxt = s.Ack // data of the SYN that was not accepted is new again
	e.negotiate(s)
	e.snd.una = s.Ack
	if e.fastOpen != nil {
		e.takeSYNACK(s)
	}
	e.sampleHandshake(s)
	e.xmit.Stop()
	if !e.owner.Options(e, s) || e.state == Closed {
		return
	}
	e.setMSS(offeredMSS(s))
	e.established()
	if e.state == Established {
		e.push()
	}
}

// receiveSYN handles the SYN that made this endpoint, and its repetitions.
func (e *Endpoint) receiveSYN(s *wire.Segment) {
	first := !e.xmit.Armed()
	if s.Flags.Has(wire.ACK) || !first && s.Seq != e.rcv.irs { // not a repetition
		return
	}
	e.negotiate(s)
	if first && (!e.owner.Options(e, s) || e.state == Closed) {
		return
	}
	e.setMSS(offeredMSS(s))
	if first && e.fastOpen != nil && e.openFast(s) {
		return
	}
	e.sendSYN()
}

// negotiate takes the peer's initial sequence number, window and options.
func (e *Endpoint) negotiate(s *wire.Segment) {
	opt := offered(s)
	e.rcv.irs, e.rcv.nxt, e.rcv.base = s.Seq, s.Seq+1, s.Seq
	e.rcv.edge = e.rcv.nxt + uint32(e.synWindow)
	e.timestamps = e.cfg.Timestamps && s.HasTS
	e.rcv.tsRecent = s.TSVal
	e.sack = e.cfg.SACK && opt.SACKPermitted
	e.snd.scale, e.rcv.scale = 0, 0
	if opt.WScale >= 0 && e.cfg.WindowScaling {
		e.snd.scale, e.rcv.scale = min(opt.WScale, 14), WindowScale(e.cfg.ReceiveBuffer)
	}
	e.scaled = opt.WScale >= 0 && e.cfg.WindowScaling
	if e.ecn != nil && !setup(s) {
		e.ecn = nil
	}
	e.snd.wl1, e.snd.wl2 = s.Seq, s.Ack
	e.snd.edge = e.snd.nxt + uint32(s.Window)
	e.snd.maxWindow = uint32(s.Window) >> e.snd.scale << e.snd.scale // as a scaled field will have it
}

// offered returns the options of a SYN. They are not to be changed.
func offered(s *wire.Segment) *wire.Options {
	if s.Opt == nil {
		return &noOptions
	}
	return s.Opt
}

var noOptions = wire.Options{WScale: -1}

// offeredMSS returns the MSS of a SYN, or the default (RFC 9293, section 3.7.1).
func offeredMSS(s *wire.Segment) uint16 { return cmp.Or(offered(s).MSS, defaultMSS) }

// completeHandshake handles the ACK of our SYN/ACK.
func (e *Endpoint) completeHandshake(s *wire.Segment) bool {
	if s.Ack != e.snd.nxt {
		return false
	}
	e.snd.una = s.Ack
	e.xmit.Stop()
	e.sampleHandshake(s)
	e.updateWindow(s)
	e.established()
	return e.state == Established
}

// answerUnacceptable acknowledges a segment outside the window; a repeated one is reported
// by D-SACK (RFC 2883, section 4).
func (e *Endpoint) answerUnacceptable(s *wire.Segment) {
	if e.opening() && s.Flags.Has(wire.SYN) { // as in SYN-RECEIVED
		e.transmit(e.out.head, true)
		return
	}
	if s.Len > 0 && seqnum.BeforeEq(s.Seq+uint32(s.Len), e.rcv.nxt) {
		e.Stats.DuplicatesReceived++
		e.rcv.dsack, e.rcv.hasDSACK = wire.Block{Left: s.Seq, Right: s.Seq + uint32(s.Len)}, e.sack
	}
	if s.Seq == e.rcv.nxt && s.Flags.Has(wire.ACK) && e.state == Established && s.Ack-e.snd.una <= e.snd.nxt-e.snd.una {
		// RFC 9293, section 3.10.7.4: while the window is closed, an ACK is
		// valid even where the data is not.
		if e.owner.Options(e, s) && e.state == Established {
			e.receiveAck(s, 0)
		}
	}
	switch e.state {
	case Established:
		e.correct(s)
		e.push()
	case TimeWait:
		e.correct(s)
		e.arm(timeWait, e.cfg.TimeWait)
	}
}

// receiveRST applies RFC 5961, section 3.2.
func (e *Endpoint) receiveRST(s *wire.Segment) {
	if s.Seq != e.rcv.nxt {
		e.challenge()
		return
	}
	e.wasReset = true
	e.owner.Options(e, s)
	if e.state == TimeWait || e.outgoing == outFINAcked && e.incoming == inFINRead {
		e.end(nil)
		return
	}
	e.end(ErrReset)
}

// correct sends an ACK to a peer whose s makes no sense here. What has no data gets one
// at a limited rate, lower than that of challenges: two ends that disagree would
// answer each other's ACKs for ever (RFC 5961, section 7; Linux:
// tcp_invalid_ratelimit).
func (e *Endpoint) correct(s *wire.Segment) {
	if now := e.eng.Now(); s.Len == 0 && s.Flags&(wire.SYN|wire.FIN) == 0 {
		if e.correctAt > now {
			return
		}
		e.correctAt = now.Add(500 * time.Millisecond)
	}
	e.SendAck(nil)
}

// challenge sends a challenge ACK, at a limited rate (RFC 5961, section 7).
func (e *Endpoint) challenge() {
	now := e.eng.Now()
	if now.Sub(e.challengeAt) >= time.Second {
		e.challengeAt, e.challenges = now, 0
	}
	if e.challenges++; int(e.challenges) <= e.cfg.ChallengeLimit {
		e.SendAck(nil)
	}
}

// receiveData takes the payload and the FIN of an acceptable segment.
func (e *Endpoint) receiveData(s *wire.Segment) {
	seq, n, end := s.Seq, uint32(s.Len), s.Flags.Has(wire.FIN)
	if e.incoming != inOpen || seqnum.Before(e.rcv.edge, seq+n) {
		n, end = e.rcv.within(s, e.incoming != inOpen)
	}
	if end && e.incoming == inOpen {
		e.incoming, e.rcv.finSeq = inFINKnown, seq+n
	}
	if e.rcv.rtt != nil {
		e.rcv.rtt.take(e, s, int(n))
	}
	inOrder, hole := seqnum.BeforeEq(seq, e.rcv.nxt), e.rcv.ranges.Len() > 0
	e.rcv.receiving, e.rcv.opened = true, false
	switch {
	case n == 0:
	case seqnum.BeforeEq(seq+n, e.rcv.nxt):
		e.duplicate(seq, seq+n)
	case inOrder:
		e.deliver(seq, e.chunk(s, n), hole)
	default:
		e.hold(seq, e.chunk(s, n))
	}
	e.rcv.receiving = false
	if e.state == Closed {
		return
	}
	if e.incoming == inFINKnown && e.rcv.nxt == e.rcv.finSeq {
		e.receiveFIN()
		return
	}
	if end && e.incoming != inFINRead { // out of order, and SACKed like data
		e.rcv.ranges.Add(e.rcv.finSeq, e.rcv.finSeq+1)
	}
	e.acknowledge(int(n), !inOrder || hole || e.rcv.opened || end)
}

// receiveFIN takes the FIN, which is next in sequence.
func (e *Endpoint) receiveFIN() {
	e.rcv.nxt++
	e.rcv.ranges.TrimBelow(e.rcv.nxt)
	e.incoming = inFINRead
	e.passive = e.outgoing < outFINSent
	e.SendAck(nil)
	e.owner.PeerClosed(e)
}

// arrived counts and reports n bytes that have come for the first time.
func (e *Endpoint) arrived(n int) {
	e.Stats.BytesArrived += uint64(n)
	if n > 0 && e.Points.Arrived.Enabled() {
		e.Points.Arrived.Emit(Arrival{e.eng.Now(), n})
	}
}

// duplicate notes a segment that brings nothing new.
func (e *Endpoint) duplicate(from, to uint32) {
	e.Stats.DuplicatesReceived++
	e.rcv.dsack, e.rcv.hasDSACK = wire.Block{Left: from, Right: to}, e.sack
}

// deliver hands on a chunk that is next in sequence, from some byte of it on, and what was held behind it.
func (e *Endpoint) deliver(seq uint32, c Chunk, hole bool) {
	end := seq + uint32(c.Len)
	if seq != e.rcv.nxt {
		c = c.Skip(int(e.rcv.nxt - seq))
	}
	fresh := c.Len
	if hole {
		fresh -= int(e.rcv.ranges.Within(e.rcv.nxt, end))
	}
	e.arrived(fresh)
	e.rcv.nxt = end
	e.owner.Deliver(e, c)
	if hole {
		e.drain()
	}
}

// drain delivers held chunks that have become next in sequence.
func (e *Endpoint) drain() {
	was := e.rcv.ofoHead
	for e.state != Closed {
		c, ok := e.rcv.next()
		if !ok {
			break
		}
		e.owner.Deliver(e, c)
	}
	if e.rcv.ofoHead != was { // else the hole is not filled yet
		e.rcv.taken()
	}
}

// chunk returns the first n bytes of s with their mapping.
func (e *Endpoint) chunk(s *wire.Segment, n uint32) Chunk {
	c := Chunk{Len: int(n), Pos: s.Pos}
	if off := s.Seq - e.rcv.base - s.SSN; s.DSS&wire.HasMap != 0 && off+n <= uint32(s.MapLen) && off <= uint32(s.MapLen) {
		c.DSN = s.DSN + uint64(off)
	} else if e.mapped {
		c.Odd = unmapped
	}
	if s.Opt != nil && s.Opt.Payload != nil {
		c.Odd = &Odd{!c.Mapped(), s.Opt.Payload[:n]}
	}
	return c
}

// hold keeps a chunk that is out of order.
func (e *Endpoint) hold(seq uint32, c Chunk) {
	if fresh := e.rcv.hold(seq, c); fresh > 0 {
		e.arrived(fresh)
	} else {
		e.duplicate(seq, seq+uint32(c.Len))
	}
}

// acknowledge sends an ACK for n bytes that have come now or arms the delay.
func (e *Endpoint) acknowledge(n int, atOnce bool) {
	now := e.eng.Now()
	if now.Sub(e.rcv.lastData) > e.RTT.RTO() { // the sender starts slowly again
		e.rcv.quickAcks = max(e.rcv.quickAcks, int32(e.cfg.QuickAcks))
	}
	if e.rcv.due(now, n, e.mss) || atOnce || e.habits&prompt != 0 {
		e.SendAck(nil)
		return
	}
	if !e.ackT.Armed() {
		e.ackT.ArmAfter(e.cfg.DelayedAck)
	}
}

// Announced returns how many bytes of the window that was announced are left.
func (e *Endpoint) Announced() int64 { return int64(int32(e.rcv.edge - e.rcv.nxt)) }

// WindowOpened is called by an owner whose application has read: the peer
// learns of the room when it is worth a segment (RFC 9293, section 3.8.6.2.2). left
// is what it knows of already.
func (e *Endpoint) WindowOpened(left int64) {
	if e.state != Established {
		return
	}
	w := int64(e.owner.Window(e))
	if w-left < min(int64(e.mss)*2, int64(e.rcv.buffer)/2) || left >= int64(e.rcv.buffer)/2 {
		return
	}
	if e.rcv.receiving { // the ACK of the data will say it
		e.rcv.opened = true
		return
	}
	e.SendAck(nil)
}

// AckNow sends an ACK now: that of the data, if some is being delivered, because the
// SACK blocks are right only then.
func (e *Endpoint) AckNow() {
	if e.rcv.receiving {
		e.rcv.opened = true
		return
	}
	e.SendAck(nil)
}

// ReceiveQueue returns the bytes held out of order on this subflow.
func (e *Endpoint) ReceiveQueue() int {
	return e.rcv.held()
}

// sampleRTT takes one measurement of the round-trip time.
func (e *Endpoint) sampleRTT(d time.Duration, round bool) {
	e.RTT.Sample(d, round)
	f := &e.Flow
	f.SRTT, f.LatestRTT = e.RTT.SRTT, d
	now := e.eng.Now()
	if f.MinRTT == 0 || d <= f.MinRTT || now.Sub(e.snd.minRTTAt) > minRTTWindow {
		f.MinRTT, e.snd.minRTTAt = d, now
	}
	if e.Points.RTT.Enabled() {
		e.Points.RTT.Emit(RTTSample{now, d, e.Points.Tag})
	}
}

// sampleHandshake takes the RTT of the SYN or SYN/ACK that s acknowledges. If it was
// sent more than once, only the timestamp tells which; without one, the
// timeout is 3 s until there is a sample (RFC 6298, section 5 (5.7)).
func (e *Endpoint) sampleHandshake(s *wire.Segment) {
	switch {
	case e.syns == 0: // a SYN cookie: when it was sent is not known
	case e.syns == 1:
		e.sampleRTT(e.eng.Now().Sub(e.lastSYN), true)
	case e.timestamps:
		e.sampleStamp(s, true)
	default:
		e.RTT.Restart()
	}
}

// sampleStamp measures the RTT by the timestamp that s echoes, to a tick: too
// coarse for Flow.MinRTT. An echo of what was sent before the endpoint was made is none.
func (e *Endpoint) sampleStamp(s *wire.Segment, round bool) {
	if e.clock()-s.TSEcr > e.clock()-timestamp(e.made) {
		return
	}
	e.RTT.Sample(max(time.Duration(e.clock()-s.TSEcr)*time.Millisecond, time.Millisecond), round)
	e.Flow.SRTT = e.RTT.SRTT
}

// minRTTWindow is how long a minimum counts (Linux: tcp_min_rtt_wlen).
const minRTTWindow = 300 * time.Second
