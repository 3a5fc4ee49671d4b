package tcp

import (
	"time"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// Hold is what keeps new data from leaving, besides the peer's window.
type Hold uint8

// The holds.
const (
	Free     Hold = iota // nothing does
	ByState              // the handshake is not over, or there is a FIN
	ByLosses             // what was lost goes first
	ByWindow             // the congestion window is full
	ByPacing             // it is not time yet
)

// Hold returns what holds a full segment back.
func (e *Endpoint) Hold() Hold { return e.holds(int(e.snd.full)) }

// Await is called when data waits for h to pass: a window that is full then limits the
// sender, and when pacing lets the next segment go the owner is called.
func (e *Endpoint) Await(h Hold) {
	switch h {
	case ByWindow:
		e.cwndLimited = true
	case ByPacing:
		if !e.paceT.Armed() {
			e.paceT.Arm(e.snd.nextPaced)
		}
	}
}

// Takes reports whether the peer's window takes n more bytes.
func (e *Endpoint) Takes(n int) bool { return seqnum.BeforeEq(e.snd.nxt+uint32(n), e.snd.edge) }

// holds returns what holds n bytes back.
func (e *Endpoint) holds(n int) Hold {
	switch {
	case e.state != Established || e.outgoing != outOpen || e.awaitFourth:
		return ByState
	case e.out.lost > e.out.resent || e.frto != frtoNone:
		return ByLosses
	case e.window() < e.pipe()+n:
		return ByWindow
	case e.paced():
		return ByPacing
	}
	return Free
}

// window returns the congestion window in whole bytes. A window of one segment
// always lets one segment out.
func (e *Endpoint) window() int { return max(int(e.Flow.Cwnd), e.mss) }

// pipe returns the bytes in flight that count against the congestion window.
func (e *Endpoint) pipe() int {
	if !e.sack && e.rate != nil { // each duplicate ACK tells of a segment
		return max(e.out.pipe()-int(e.dupAcks)*e.mss, 0)
	}
	return e.out.pipe()
}

// paced reports whether pacing holds the next segment back.
func (e *Endpoint) paced() bool { return e.snd.nextPaced > e.eng.Now() }

// pace notes that n bytes have left, in a packet of size bytes.
func (e *Endpoint) pace(n, size int) {
	rate := e.Flow.Pacing
	if rate == 0 {
		n = size
		if e.habits&paces == 0 || e.Flow.SRTT == 0 {
			return
		}
		rate = e.PacingRate()
	}
	e.snd.nextPaced = max(e.eng.Now(), e.snd.nextPaced).Add(rate.TxTime(units.Bytes(n)))
}

// PacingRate returns the rate at which e paces, or would if it paced: that of the controller, else as Linux
// has it (tcp_update_pacing_rate). It is 0 before there is a round-trip time.
func (e *Endpoint) PacingRate() units.Bandwidth {
	switch {
	case e.Flow.Pacing > 0:
		return e.Flow.Pacing
	case e.Flow.SRTT == 0:
		return 0
	}
	gain := 1.2
	if e.Flow.Cwnd < e.Flow.Ssthresh/2 {
		gain = 2
	}
	return units.Bandwidth(gain * e.Flow.Rate() * 8)
}

// Opens returns when pacing lets the next segment go.
func (e *Endpoint) Opens() sim.Time { return e.snd.nextPaced }

// Repairs reports whether e repairs a loss, fast or after a timeout.
func (e *Endpoint) Repairs() bool { return e.phase != open }

// DeliveryRate returns the last measurement of what the path delivers, or 0: only a controller that models
// the path has it measured.
func (e *Endpoint) DeliveryRate() units.Bandwidth {
	if e.rate == nil {
		return 0
	}
	return units.Bandwidth(e.rate.sample.Rate * 8)
}

// Yield halves the window, and the threshold of a sender that was past it, unless e repairs a loss (mechanism
// 2 of Raiciu et al., NSDI 2012, as mptcp_rcv_buf_optimization of v0.9x has it). It reports whether it did.
func (e *Endpoint) Yield() bool {
	f := &e.Flow
	if e.phase != open {
		return false
	}
	past := f.Cwnd >= f.Ssthresh
	f.Cwnd = max(f.Cwnd/2, float64(e.mss))
	if past {
		f.Ssthresh = max(f.Ssthresh/2, float64(2*e.mss))
	}
	return true
}

// Room returns how many bytes of new data the peer's window of this endpoint
// still takes.
func (e *Endpoint) Room() units.Bytes {
	if seqnum.Before(e.snd.nxt, e.snd.edge) {
		return units.Bytes(e.snd.edge - e.snd.nxt)
	}
	return 0
}

// Send puts c on the wire as one new segment. The caller has asked Hold and Takes.
func (e *Endpoint) Send(c Chunk) {
	if e.out.empty() {
		e.restartIfIdle()
	}
	i := e.out.push(c.Pos, e.snd.nxt, c.Len, 0)
	e.snd.nxt += uint32(c.Len)
	e.transmit(i, false)
	e.roundPipe = max(e.roundPipe, e.pipe())
	e.armAfterSend()
}

// restartIfIdle returns to the initial window when nothing is out, and nothing was sent for an RTO.
func (e *Endpoint) restartIfIdle() {
	now := e.eng.Now()
	if !e.cfg.IdleRestart || now.Sub(e.snd.lastSend) <= e.RTT.RTO() || e.rate != nil {
		return
	}
	// Linux halves once for each RTO that has passed; RFC 5681, section
	// 4.1, goes to the initial window at once.
	iw := float64(InitialWindow(e.cfg.InitialWindow, e.mss))
	f := &e.Flow
	f.Ssthresh = max(f.Ssthresh, 0.75*f.Cwnd)
	for idle := now.Sub(e.snd.lastSend); idle > e.RTT.RTO() && f.Cwnd > iw; idle -= e.RTT.RTO() {
		f.Cwnd = max(f.Cwnd/2, iw)
	}
}

// sendFIN queues the FIN behind all data.
func (e *Endpoint) sendFIN() {
	e.outgoing = outFINSent
	i := e.out.push(0, e.snd.nxt, 0, fin)
	e.snd.nxt++
	e.transmit(i, false)
	e.armAfterSend()
}

// transmit sends record i, for the first time or again.
func (e *Endpoint) transmit(i uint32, again bool) {
	now := e.eng.Now()
	r := e.out.at(i)
	r.sent = now
	if again {
		if r.rtx < 255 {
			r.rtx++
		}
		if r.flags&(lost|inFlight) == lost {
			r.flags |= inFlight
			e.out.resent += r.size()
		}
		e.Stats.Retransmits++
		e.Stats.BytesRetransmitted += uint64(r.len)
	}
	if again {
		e.out.list(i)
	} else if e.out.linked {
		e.out.append(i)
	}
	if e.rate != nil {
		e.rate.sent(e, i, again)
	}
	p, s := e.segment(wire.ACK, r.seq)
	s.Len, s.Pos = r.len, r.pos
	switch {
	case r.flags&(fin|syn) == 0:
	case r.flags&fin != 0:
		s.Flags |= wire.FIN
	default:
		s.Flags |= wire.SYN
		s.Opt = e.synOptions()
	}
	if r.len > 0 {
		e.Stats.DataSent++
		e.Stats.BytesSent += uint64(r.len)
		if e.Points.Sent.Enabled() {
			e.Points.Sent.Emit(SegmentSent{now, r.seq - e.iss, r.pos, int(r.len), again})
		}
	}
	n := r.size()
	if e.phase == fastRecovery {
		e.prr.out += n
	}
	e.snd.lastSend = now
	e.launch(p, s)
	e.pace(n, int(p.Size))
}

// segment takes a packet from the pool and fills in what every segment has.
func (e *Endpoint) segment(flags wire.Flags, seq uint32) (*netem.Packet, *wire.Segment) {
	p := e.host.pool.Get()
	s := p.Payload.(*wire.Segment)
	*s = wire.Segment{Flags: flags, Seq: seq}
	p.ECN = netem.NotECT
	return p, s
}

// launch completes the segment (acknowledgement, window, options) and sends it.
func (e *Endpoint) launch(p *netem.Packet, s *wire.Segment) {
	if s.Flags.Has(wire.ACK) {
		s.Ack = e.rcv.nxt
		e.rcv.lastAck = e.rcv.nxt
		if e.rcv.ackPending > 0 { // else the timer does not run
			e.rcv.ackPending, e.rcv.bytesPending = 0, 0
			e.ackT.Stop()
		}
	}
	if e.timestamps && !s.Flags.Has(wire.RST) {
		s.HasTS = true
		s.TSVal, s.TSEcr = e.clock(), e.rcv.tsRecent
	}
	if e.ecn != nil {
		e.ecn.stamp(e, p, s)
	}
	window := e.owner.Stamp(e, s)
	if e.fastOpen != nil && s.Flags.Has(wire.SYN) {
		e.stampFastOpen(s)
	}
	switch {
	case s.Flags.Has(wire.RST):
	case s.Flags.Has(wire.SYN):
		s.Window = e.announceSYN(s, window)
	default:
		s.Window = e.rcv.announce(window, e.mapped)
	}
	if e.sack && s.Len == 0 && s.Flags&(wire.SYN|wire.RST) == 0 && (e.rcv.ranges.Len() > 0 || e.rcv.hasDSACK) {
		e.rcv.addSACK(s)
	}
	p.Src, p.Dst, p.SrcPort, p.DstPort = e.tuple.Local, e.tuple.Remote, e.tuple.LocalPort, e.tuple.RemotePort
	p.Route = e.route
	p.Size = units.Bytes(20 + s.MustFit() + int(s.Len))
	e.Stats.SegmentsSent++
	e.host.Network.Launch(p, s.Fingerprint())
}

// clock is the timestamp clock.
func (e *Endpoint) clock() uint32 { return timestamp(e.eng.Now()) }

// timestamp returns the value of the timestamp clock: milliseconds (RFC 7323,
// section 5.4).
func timestamp(now sim.Time) uint32 { return uint32(now / sim.Time(time.Millisecond)) }

// announceSYN returns the window field of a SYN for a window of w bytes. It is not scaled.
func (e *Endpoint) announceSYN(s *wire.Segment, w units.Bytes) uint16 {
	e.synWindow = synWindow(w)
	if s.Flags.Has(wire.ACK) {
		e.rcv.edge = e.rcv.nxt + uint32(e.synWindow)
	}
	return e.synWindow
}

// sendControl sends a segment without data.
func (e *Endpoint) sendControl(flags wire.Flags, seq uint32, opt *wire.Options) {
	p, s := e.segment(flags, seq)
	s.Opt = opt
	e.launch(p, s)
}

// SendAck sends an ACK now, with opt or nil.
func (e *Endpoint) SendAck(opt *wire.Options) {
	if e.state == Established || e.state == TimeWait {
		e.sendControl(wire.ACK, e.snd.nxt, opt)
	}
}

// sendPendingAck sends the ACK that delaying holds back, if any.
func (e *Endpoint) sendPendingAck() {
	if e.rcv.ackPending > 0 {
		e.SendAck(nil)
	}
}

// sendSYN sends the SYN or the SYN/ACK, again if need be.
func (e *Endpoint) sendSYN() {
	flags := wire.SYN
	if e.state == SYNReceived {
		flags |= wire.ACK
	}
	p, s := e.segment(flags, e.iss)
	s.Opt = e.synOptions()
	e.launch(p, s)
	e.arm(timeSYN, e.RTT.RTO())
}

// synOptions returns the options for the next SYN or SYN/ACK.
func (e *Endpoint) synOptions() *wire.Options {
	e.lastSYN = e.eng.Now()
	e.syns++
	opt := &wire.Options{MSS: uint16(e.cfg.MTU - 40), WScale: -1}
	if e.state == SYNSent {
		e.timestamps, e.sack = e.cfg.Timestamps, e.cfg.SACK
		if e.cfg.WindowScaling {
			opt.WScale = WindowScale(e.cfg.ReceiveBuffer)
		}
	} else if e.scaled {
		opt.WScale = e.rcv.scale
	}
	opt.SACKPermitted = e.sack
	return opt
}

// AwaitFourth is called by the owner of a joining endpoint when it has seen the
// SYN/ACK: the third packet is then repeated until the peer acknowledges it, and
// data held until then (RFC 8684, section 3.2).
func (e *Endpoint) AwaitFourth() { e.awaitFourth = true }

// push retransmits what is lost and then lets the owner send new data, as far as
// the window allows.
func (e *Endpoint) push() {
	for e.state == Established && e.frto == frtoNone {
		i, ok := e.out.nextLost()
		if !ok || e.pipe()+e.out.at(i).size() > e.window() {
			break
		}
		if e.paced() {
			e.Await(ByPacing)
			break
		}
		e.transmit(i, true)
		if !e.xmit.Armed() || e.xmitFor == timeProbe {
			e.arm(timeRTO, e.RTT.RTO())
		}
	}
	if e.state == Established {
		e.owner.Ready(e)
		if e.rate == nil {
			return
		}
		if h := e.Hold(); h == Free {
			e.rate.limit(e)
		} else {
			e.Await(h)
		}
	}
}

// SendDSS sends an ACK whose DSS option set completes.
func (e *Endpoint) SendDSS(set func(s *wire.Segment)) {
	if e.state != Established {
		return
	}
	p, s := e.segment(wire.ACK, e.snd.nxt)
	set(s)
	e.launch(p, s)
}
