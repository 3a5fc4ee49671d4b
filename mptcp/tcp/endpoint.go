package tcp

import (
	"errors"
	"math"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/probe"
	"mpsim/sim/rare"
	"mpsim/sim/units"
)

// The ways an Endpoint ends that are no orderly close.
var (
	ErrReset   = errors.New("connection reset by peer")
	ErrTimeout = errors.New("connection timed out")
	ErrAborted = errors.New("connection aborted")
	ErrRefused = errors.New("connection refused")
)

// State is where an Endpoint is in its life. How far its directions have come to their ends, which RFC 9293
// has as states, too, outbound and inbound say.
type State uint8

// The states.
const (
	SYNSent State = iota
	SYNReceived
	Established
	TimeWait
	Closed
)

// outbound is how far the sending direction has come to its end (RFC 9293, section 3.6).
type outbound uint8

const (
	outOpen     outbound = iota // the owner may send
	outClosing                  // it has closed, and the FIN waits for the handshake
	outFINSent                  // the FIN is out, behind all data
	outFINAcked                 // the peer has it
)

// inbound is the same of the receiving direction.
type inbound uint8

const (
	inOpen     inbound = iota // the end of the peer's stream is not known
	inFINKnown                // the FIN has come, and some data before it has not
	inFINRead                 // all has come
)

// phase is where the sender is in loss recovery.
type phase uint8

const (
	open         phase = iota
	fastRecovery       // RFC 6675 or RFC 6582, with PRR
	lossRecovery       // after a timeout
)

// condition is where an endpoint is in all that goes by stages. One comparison tells whether segments are
// usual ones: see predict.go.
type condition struct {
	state       State
	outgoing    outbound
	incoming    inbound
	phase       phase
	frto        frtoStep
	awaitFourth bool // the packet of a join
	probing     bool // a tail loss probe is outstanding
	general     bool // no segment is predicted
}

// habits are what each segment asks of a Config: an endpoint has them at hand.
type habits uint8

const (
	byTime habits = 1 << iota // Recovery is RACK
	paces                     // Pacing
	caps                      // CapWindow
	prompt                    // DelayedAck is 0
)

// habitsOf returns those of c.
func habitsOf(c *Config) (h habits) {
	for i, set := range [...]bool{c.Recovery == RACK, c.Pacing, c.CapWindow, c.DelayedAck == 0} {
		if set {
			h |= 1 << i
		}
	}
	return h
}

// Points are the events an Endpoint reports.
type Points struct {
	Sent     probe.Point[SegmentSent]
	RTT      probe.Point[RTTSample]
	Episodes probe.Point[Episode]
	Arrived  probe.Point[Arrival]
	Settled  probe.Point[sim.Time] // a segment or a timer has been handled: what it changed is in place
	Acked    probe.Point[Chunk]    // data that the peer has, acknowledged for the first time, in order or not

	Tag uint32 // of who observes many: RTTSample has it
}

// SegmentSent is one data segment that left.
type SegmentSent struct {
	Now        sim.Time
	Seq        uint32
	Pos        uint64 // of the first byte in the sender's stream
	Len        int
	Retransmit bool
}

// Arrival is payload that has come for the first time, in order or not.
type Arrival struct {
	Now   sim.Time
	Bytes int
}

// Delivery is data that has become next in order for the application.
type Delivery struct {
	Now     sim.Time
	Bytes   int
	Wait    time.Duration // since it arrived: the out-of-order delay
	Subflow int           // that brought it
	Tag     uint32        // of the points
}

// RTTSample is one measurement of the round-trip time.
type RTTSample struct {
	Now sim.Time
	RTT time.Duration
	Tag uint32 // of the points
}

// Episode is a sign of congestion: a fast recovery that begins, a timeout, or a mark (ECN) that is answered.
type Episode struct {
	Now   sim.Time
	Cause cc.Cause
	Cwnd  float64 // before it, bytes
	// Old tells that the window had been cut for this already: by a mark in the same window of data, or by a
	// timeout before. The controller does not hear of it.
	Old bool
}

// Stats counts what an Endpoint did.
type Stats struct {
	SegmentsSent, SegmentsReceived uint64 // of any kind
	DataSent                       uint64 // data segments, with retransmissions
	BytesSent                      uint64 // payload, with retransmissions
	BytesAcked                     uint64
	BytesArrived                   uint64 // payload that came for the first time, in order or not
	Retransmits                    uint64 // data segments
	BytesRetransmitted             uint64
	Timeouts, FastRecoveries       uint64
	SpuriousRTOs, Undos            uint64
	TailLossProbes, WindowProbes   uint64
	DuplicatesReceived             uint64 // data segments that brought nothing new
	EstablishedAt                  sim.Time
}

// Endpoint is one end of a TCP connection: a sender, a receiver, and what both are parts of. Fields that are
// used together lie in one line of the cache, of 64 bytes, and what few segments need comes last.
type Endpoint struct {
	xmit  sim.Timer // for xmitFor; each timer has a line of its own
	ackT  sim.Timer
	paceT sim.Timer

	condition
	mapped, timestamps, sack bool
	cwndLimited              bool
	xmitFor                  timerKind
	habits                   habits
	dssRoom                  int16 // for the DSS of each data segment
	owner                    Owner
	eng                      *sim.Engine
	cfg                      *Config
	route                    *netem.Route
	rate                     *meter // nil: the controller does not model the path

	snd   sender
	rcv   receiver
	host  *Host
	ecn   *ecn // nil: packets are not marked
	tuple netem.Tuple
	mss   int // payload that the path takes in a segment

	out                  scoreboard
	rack                 rack
	timeouts, probeShift int32   // timeouts back to back; back-off of window probes
	Flow                 cc.Flow // congestion control state
	roundPipe            int     // largest pipe of the last round
	recover              uint32  // snd.nxt at the start of the episode
	dupAcks              int32
	made, lastSYN        sim.Time  // when it was; when a SYN or SYN/ACK went last
	fastOpen             *fastOpen // nil: no data in SYNs
	RTT                  RTT
	Points               Points
	Stats                Stats

	// Few segments.
	prr         prr
	undo        undoState
	challengeAt sim.Time
	correctAt   sim.Time // earliest time of the next ACK for an ACK that makes no sense
	iss         uint32
	syns        int32 // SYNs or SYN/ACKs sent
	challenges  int32
	peerMSS     uint16
	synWindow   uint16
	scaled      bool // both sides sent the window scale option
	silly       bool // a segment smaller than the peer's buffer deserves may go
	orphan      bool // nobody waits for what the peer still sends
	passive     bool // the peer's FIN came before ours left
	wasReset    bool // by the peer: there is nobody to tell
}

// sender has the variables of the send sequence space (RFC 9293, section 3.3.1).
type sender struct {
	una, nxt  uint32
	edge      uint32 // right edge of the peer's window
	wl1, wl2  uint32
	base      uint32 // SSNs count from here: iss and the data that the peer took from our SYN
	maxWindow uint32 // largest window that the peer has offered
	full      int32  // payload of a full segment; less than mss if the peer's window is small
	roundEnd  uint32 // nxt when the round began
	scale     int8   // of the peer's window
	lastSend  sim.Time
	nextPaced sim.Time
	minRTTAt  sim.Time // when Flow.MinRTT was measured
}

// newEndpoint makes an endpoint for the packets between the two sockets.
func newEndpoint(h *Host, cfg *Config, owner Owner, route *netem.Route, tuple netem.Tuple) *Endpoint {
	e := &Endpoint{cfg: cfg, host: h, eng: h.Engine, owner: owner, route: route, tuple: tuple}
	e.xmit.Init(e.eng, e, timerXmit)
	e.ackT.Init(e.eng, e, timerAck)
	e.paceT.Init(e.eng, e, timerPace)
	e.out.init()
	if f := h.Network.Force; f != nil {
		e.general = f.Has(rare.Unpredicted)
		e.out.force(f, uint64(tuple.Remote)<<32|uint64(tuple.RemotePort)<<16|uint64(tuple.LocalPort))
	}
	e.RTT = RTT{Mode: cfg.RTO, Min: cfg.RTOMin, Max: cfg.RTOMax}
	e.rcv.quickAcks = int32(cfg.QuickAcks)
	e.habits, e.rcv.ackEvery = habitsOf(cfg), int32(cfg.AckEvery)
	e.rcv.buffer = cfg.InitialReceiveBuffer()
	if cfg.ReceiveTuning {
		e.rcv.rtt = new(receiverRTT)
	}
	if o, ok := owner.(FastOpener); ok && cfg.FastOpen != FastOpenOff {
		e.fastOpen = &fastOpen{owner: o}
	}
	h.Bind(tuple, e)
	return e
}

// Dial makes an endpoint and sends its SYN. iss is the initial sequence number.
func Dial(h *Host, cfg *Config, owner Owner, route *netem.Route, localPort, remotePort uint16, iss uint32) *Endpoint {
	e := newEndpoint(h, cfg, owner, route, netem.Tuple{
		Local: route.Src, Remote: route.Dst, LocalPort: localPort, RemotePort: remotePort, Protocol: netem.TCP,
	})
	e.start(h.initial(iss))
	return e
}

// Connect sends the SYN of an endpoint that Dial made.
func (e *Endpoint) Connect() { e.sendSYN() }

// Answer makes an endpoint for the SYN in p. The host then hands it p. Its addresses
// are those of p, which a NAT may have changed.
func Answer(h *Host, cfg *Config, owner Owner, p *netem.Packet, iss uint32) *Endpoint {
	e := newEndpoint(h, cfg, owner, p.Route.Reverse, netem.TupleOf(p))
	e.start(h.initial(iss))
	e.state = SYNReceived
	return e
}

func (e *Endpoint) start(iss uint32) {
	e.iss, e.snd.una, e.snd.nxt = iss, iss, iss+1
	e.snd.base = iss
	e.ecn = newECN(e.cfg.ECN, iss)
	e.recover, e.snd.roundEnd = iss, iss
	e.made = e.eng.Now()
	e.eng.Note(uint64(iss))
}

// UseMappings leaves room in every data segment for a DSS option of so many bytes, in which its owner has the
// mapping, or none from now on. What was cut before keeps its size.
func (e *Endpoint) UseMappings(room int) {
	if room == int(e.dssRoom) {
		return
	}
	e.mapped, e.dssRoom = room > 0, int16(room)
	if e.peerMSS != 0 {
		e.setMSS(e.peerMSS)
	}
}

// MappingRoom returns the bytes that the option has; 0: there is none.
func (e *Endpoint) MappingRoom() int { return int(e.dssRoom) }

// SentSSN returns the subflow sequence number of the first byte of s, which e sends.
func (e *Endpoint) SentSSN(s *wire.Segment) uint32 { return s.Seq - e.snd.base }

// RoomBeside returns the bytes that a segment with n bytes of payload has for its DSS option.
func (e *Endpoint) RoomBeside(n int) int { return e.mss + int(e.dssRoom) - n }

// setMSS sets the payload bytes of a full segment: the MTU less the headers
// and options that every data segment carries.
func (e *Endpoint) setMSS(peer uint16) {
	e.peerMSS = peer
	ip := min(e.cfg.MTU, int(peer)+40)
	mss := ip - 40
	if e.timestamps {
		mss -= 12
	}
	mss -= int(e.dssRoom)
	e.mss = max(mss, minPayload)
	e.Flow.MSS = units.Bytes(e.mss)
	e.setFull()
}

// setFull sets the payload of a full segment: what the path takes, but no more than half of
// the largest window that the peer has offered. So data goes when the window takes a half
// of that (RFC 9293, section 3.8.6.2.1, rule (3)), and two segments, which the receiver
// acknowledges at once, fill it. As in Linux, a window that is itself no more than a default
// segment is not divided.
func (e *Endpoint) setFull() {
	full, w := e.mss, int(e.snd.maxWindow)
	if w > defaultMSS {
		w /= 2
	}
	if w > 0 {
		full = min(full, max(w, minPayload))
	}
	e.snd.full = int32(full)
}

// minPayload is the least payload of a full segment: a peer that announces a smaller MSS
// than the options take must not keep us from sending (Linux: tcp_min_snd_mss).
const minPayload = 8

// State returns where the endpoint is in its life.
func (e *Endpoint) State() State { return e.state }

// Route returns the way its packets go.
func (e *Endpoint) Route() *netem.Route { return e.route }

// Local returns the address of this end.
func (e *Endpoint) Local() netem.Addr { return e.tuple.Local }

// Remote returns the address of the peer, as this end sees it.
func (e *Endpoint) Remote() netem.Addr { return e.tuple.Remote }

// Ports returns the local and the remote port.
func (e *Endpoint) Ports() (local, remote uint16) { return e.tuple.LocalPort, e.tuple.RemotePort }

// MSS returns the payload bytes of a full segment: what the path takes, or half of the
// largest window that the peer has offered.
func (e *Endpoint) MSS() int { return int(e.snd.full) }

// Pipe returns the bytes believed to be in flight.
func (e *Endpoint) Pipe() units.Bytes { return units.Bytes(e.out.pipe()) }

// established enters the state and starts congestion control.
func (e *Endpoint) established() {
	active := e.state == SYNSent
	e.state = Established
	e.Stats.EstablishedAt = e.eng.Now()
	e.timeouts = 0
	f := &e.Flow
	f.Cwnd = float64(InitialWindow(e.cfg.InitialWindow, e.mss))
	if e.syns > 2 { // RFC 6928, section 2: more than one was lost
		f.Cwnd = float64(e.mss)
	}
	f.Cwnd += float64(e.out.bytes) // the SYN/ACK of a fast open, which is still out
	f.Ssthresh = math.Inf(1)
	if n := e.cfg.InitialSsthresh; n > 0 {
		f.Ssthresh = float64(n * e.mss)
	}
	e.snd.roundEnd = e.snd.nxt
	e.snd.lastSend = e.eng.Now()
	if x, err := cc.SlowStartRegistry.New(e.cfg.SlowStart); err == nil {
		f.SlowStartExit = x
	}
	if m, ok := f.Controller.(cc.Modeler); ok {
		e.rate = newMeter(m, e)
	}
	f.Controller.Init(f)
	if active {
		// The third packet goes alone, as with Linux: were it the first data, one
		// loss would take both from a listener that keeps nothing for a SYN.
		e.SendAck(nil)
		if e.awaitFourth {
			e.arm(timeConfirm, e.RTT.RTO())
		}
	}
	e.owner.Established(e)
}

// Close ends the sending direction once all that was sent has left (RFC 9293,
// section 3.10.4).
func (e *Endpoint) Close() {
	if e.outgoing != outOpen || e.state == Closed {
		return
	}
	e.outgoing = outClosing
	switch e.state {
	case SYNSent:
		e.end(ErrAborted)
	case Established:
		e.sendFIN()
	}
}

// Orphan is Close for an owner that does not wait for what the peer still has to send:
// a peer that never closes its direction is forgotten after a minute (Linux:
// tcp_fin_timeout). RFC 9293 lets it stay for ever.
func (e *Endpoint) Orphan() {
	e.orphan = true
	e.Close()
	e.finished()
}

// awaitFIN bounds the time that an orphan waits for the peer's FIN.
func (e *Endpoint) awaitFIN() {
	if e.orphan && !e.xmit.Armed() {
		e.arm(timeFIN, finWait)
	}
}

// finWait is how long an orphan waits.
const finWait = time.Minute

// Abort sends a RST with opt and forgets the connection.
func (e *Endpoint) Abort(opt *wire.Options) {
	if e.state == Closed {
		return
	}
	nothing := e.state == SYNSent && (e.snd.una != e.snd.nxt || e.syns == 0) // in SYN-SENT, before the SYN/ACK
	if !nothing && !e.wasReset {
		e.sendControl(wire.RST|wire.ACK, e.snd.nxt, opt)
	}
	e.end(ErrAborted)
}

// end forgets the connection and tells the owner.
func (e *Endpoint) end(err error) {
	if e.state == Closed {
		return
	}
	was := e.state
	e.state = Closed
	e.openedFast()
	e.xmit.Release()
	e.ackT.Release()
	e.paceT.Release()
	e.host.Unbind(e.tuple)
	if was != TimeWait {
		e.owner.Closed(e, err)
	}
}

// finished ends the endpoint once FINs have been exchanged and acknowledged.
func (e *Endpoint) finished() {
	if e.outgoing != outFINAcked || e.state != Established {
		return
	}
	if e.incoming != inFINRead {
		e.awaitFIN()
		return
	}
	e.sendPendingAck()
	if e.passive || e.cfg.TimeWait <= 0 { // RFC 9293: LAST-ACK has no TIME-WAIT
		e.end(nil)
		return
	}
	e.state = TimeWait
	e.owner.Closed(e, nil)
	e.arm(timeWait, e.cfg.TimeWait)
}

// SetController makes c govern the window of e, which is in g.
func (e *Endpoint) SetController(c cc.Controller, g *cc.Group) {
	e.Flow.Controller, e.Flow.Group = c, g
}

// PeerRoom returns the window of s in bytes.
func (e *Endpoint) PeerRoom(s *wire.Segment) uint64 {
	if s.Flags.Has(wire.SYN) {
		return uint64(s.Window)
	}
	return uint64(s.Window) << e.snd.scale
}

// EachOutstanding calls f for every data segment that is not acknowledged yet,
// oldest first.
func (e *Endpoint) EachOutstanding(f func(Chunk)) {
	for i := e.out.head; i != e.out.tail; i++ {
		if r := e.out.at(i); r.len > 0 {
			f(r.chunk())
		}
	}
}

// InOrder returns how many bytes of payload have come in order, modulo 2^32.
func (e *Endpoint) InOrder() uint32 {
	n := e.rcv.nxt - e.rcv.irs
	if n > 0 { // the SYN has come
		n--
	}
	if e.incoming == inFINRead {
		n--
	}
	return n
}

// SYNs returns how many SYNs or SYN/ACKs have been sent.
func (e *Endpoint) SYNs() int { return int(e.syns) }

// Outstanding returns the payload bytes that are sent and not acknowledged.
func (e *Endpoint) Outstanding() int { return e.dataOutstanding() }

// KeepAlive asks the peer for a sign of life: an ACK of an old sequence number,
// which it must answer (RFC 9293, section 3.8.4).
func (e *Endpoint) KeepAlive() {
	if e.state == Established {
		e.sendControl(wire.ACK, e.snd.una-1, nil)
	}
}
