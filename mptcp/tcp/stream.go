package tcp

import (
	"fmt"

	"mpsim/cc"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/probe"
	"mpsim/sim/units"
)

// StreamEvents are the events a Stream reports.
type StreamEvents struct {
	Established probe.Point[sim.Time]
	Delivered   probe.Point[Delivery] // what has become next in order
	Ended       probe.Point[Ended]

	Tag uint32 // of who observes many: Delivery has it
}

// Ended is the end of a connection; Err is nil after an orderly close.
type Ended struct {
	Now sim.Time
	Err error
}

// Stream is a single-path TCP connection: a byte stream over one Endpoint.
type Stream struct {
	*Endpoint
	// Attach makes the workload once the connection is established.
	Attach func() app.Workload
	// Events are those that s reports, beside the Points of its Endpoint.
	Events StreamEvents

	workload app.Workload
	buffer   units.Bytes // size of the send buffer
	tune     *Autotune   // of the receive buffer; nil: it is fixed
	written  uint64
	sent     uint64 // position of the next byte to send
	received uint64 // position after the last in-order byte
	read     uint64
	closing  bool
	blocked  bool // the workload waits for room
	writing  bool // it is in Write
	ended    bool
	err      error // why, if not in order
}

var _ FastOpener = (*Stream)(nil)
var _ app.Stream = (*Stream)(nil)

// NewStream returns a Stream that is not connected yet: pass it as the Owner to
// Dial or Answer and set its Endpoint.
func NewStream(cfg *Config) *Stream {
	return &Stream{buffer: cfg.InitialSendBuffer(), tune: NewAutotune(cfg)}
}

// Connect sends the SYN. If it can carry data, the workload starts before it.
func (s *Stream) Connect() {
	if s.CanFastOpen() {
		s.start()
	}
	s.Endpoint.Connect()
}

// start makes the workload, once.
func (s *Stream) start() {
	if s.Attach != nil && s.workload == nil {
		if s.workload = s.Attach(); s.workload != nil {
			s.workload.Start(s)
		}
	}
}

// FillSYN implements FastOpener.
func (s *Stream) FillSYN(_ *Endpoint, max int) int { return int(min(uint64(max), s.written)) }

// Write implements app.Stream.
func (s *Stream) Write(n units.Bytes) units.Bytes {
	if s.closing || s.ended {
		return 0
	}
	// What is written can make the buffer grow. The rest goes in at once then: a workload that were told so,
	// in the middle of its Write, would write what it is writing again.
	s.writing = true
	written := units.Bytes(0)
	for more := true; more; more = s.blocked && s.roomy() && !s.ended {
		room := max(s.buffer-units.Bytes(s.written-s.acked()), 0)
		part := min(n-written, room)
		s.blocked = n-written > room
		if part == 0 {
			break
		}
		written += part
		s.written += uint64(part)
		s.Ready(s.Endpoint)
	}
	s.writing = false
	return written
}

func (s *Stream) acked() uint64 { return s.sent - uint64(s.dataOutstanding()) }

// dataOutstanding returns the payload bytes between snd.una and snd.nxt.
func (e *Endpoint) dataOutstanding() int {
	n := e.out.bytes
	if e.outgoing == outFINSent {
		n--
	}
	if e.opening() {
		n--
	}
	return n
}

// Read implements app.Stream.
func (s *Stream) Read(n units.Bytes) units.Bytes {
	n = min(n, units.Bytes(s.received-s.read))
	s.read += uint64(n)
	if n > 0 && !s.ended {
		if s.tune != nil && s.tune.Read(s.eng.Now(), n, s.ReceiverRTT()) {
			s.SetReceiveBuffer(s.tune.Size())
		}
		s.WindowOpened(s.Announced())
	}
	return n
}

// EOF implements app.Stream.
func (s *Stream) EOF() bool { return s.incoming == inFINRead && s.read == s.received }

// CloseWrite implements app.Stream.
func (s *Stream) CloseWrite() {
	s.closing = true
	s.Ready(s.Endpoint)
}

// Queued returns the bytes that wait in the send buffer, sent or not, and those that wait
// for the reader.
func (s *Stream) Queued() (send, receive units.Bytes) {
	return units.Bytes(s.written - s.acked()), units.Bytes(s.received - s.read)
}

// Progress returns how many bytes the application has written, and how many have
// arrived in order.
func (s *Stream) Progress() (written, received uint64) { return s.written, s.received }

// Ended reports whether the connection is over, and why; err is nil after an orderly
// close.
func (s *Stream) Ended() (over bool, err error) { return s.ended, s.err }

// Stamp implements Owner: a plain stream adds nothing.
func (s *Stream) Stamp(e *Endpoint, _ *wire.Segment) units.Bytes { return s.Window(e) }

// Options implements Owner.
func (s *Stream) Options(*Endpoint, *wire.Segment) bool { return true }

// Predicted implements Owner.
func (s *Stream) Predicted(_ *Endpoint, seg *wire.Segment) bool { return seg.DSS == 0 }

// Window implements Owner.
func (s *Stream) Window(e *Endpoint) units.Bytes {
	return max(e.rcv.buffer-units.Bytes(s.received-s.read), 0)
}

// Pull implements Owner.
func (s *Stream) Pull(_ *Endpoint, most int) (Chunk, bool) {
	n := min(uint64(most), s.written-s.sent)
	if n == 0 {
		return Chunk{}, false
	}
	c := Chunk{Len: int(n), Pos: s.sent}
	s.sent += n
	return c, true
}

// roomy reports whether the send buffer has so much room that a writer which waits for it is told.
func (s *Stream) roomy() bool { return units.Bytes(s.written-s.acked()) <= s.buffer/2 }

// Ready implements Owner: it sends what may leave, the last segment short.
func (s *Stream) Ready(e *Endpoint) {
	if e == nil || e.state != Established {
		return
	}
	for s.written > s.sent {
		n := min(int(s.written-s.sent), int(e.snd.full))
		if h := e.holds(n); h != Free {
			e.Await(h)
			if !e.Takes(n) {
				e.AwaitWindow()
			}
			break
		}
		if !e.Takes(n) {
			if n = int(e.Room()); n == 0 || !e.silly || !e.out.empty() {
				e.AwaitWindow()
				break
			}
			e.silly = false
		}
		c, _ := s.Pull(e, n)
		e.Send(c)
	}
	if s.closing && s.sent == s.written {
		e.Close()
	}
	if s.blocked && e.cfg.SendTuning {
		s.buffer = max(s.buffer, min(e.WantedSendBuffer(), e.cfg.SendBuffer))
	}
	if s.blocked && !s.writing && s.workload != nil && s.roomy() {
		s.blocked = false
		s.workload.Writable()
	}
}

// Deliver implements Owner. That the content is what position received of the
// peer's stream holds is what every run proves.
func (s *Stream) Deliver(e *Endpoint, c Chunk) {
	if c.Pos != s.received && !e.host.Network.Altered {
		panic(fmt.Sprintf("tcp: at %v the stream has byte %d where byte %d belongs", e.eng.Now(), c.Pos, s.received))
	}
	s.received += uint64(c.Len)
	if s.Events.Delivered.Enabled() {
		s.Events.Delivered.Emit(Delivery{Now: e.eng.Now(), Bytes: c.Len, Tag: s.Events.Tag})
	}
	if s.workload != nil {
		s.workload.Readable()
	}
}

// Established implements Owner.
func (s *Stream) Established(e *Endpoint) {
	s.Endpoint = e
	s.Events.Established.Emit(e.eng.Now())
	_, acked := e.SYNData()
	s.sent = uint64(acked)
	s.start()
	if s.workload != nil && s.received > s.read { // with the SYN
		s.workload.Readable()
	}
	s.Ready(e)
}

// TimedOut implements Owner.
func (s *Stream) TimedOut(*Endpoint) {}

// PeerClosed implements Owner.
func (s *Stream) PeerClosed(*Endpoint) {
	if s.workload != nil {
		s.workload.Readable()
	}
}

// Closed implements Owner.
func (s *Stream) Closed(e *Endpoint, err error) {
	if s.ended {
		return
	}
	s.ended, s.err = true, err
	s.Events.Ended.Emit(Ended{e.eng.Now(), err})
	if s.workload != nil {
		s.workload.Closed(err)
	}
}

// Use gives the stream its endpoint and its controller.
func (s *Stream) Use(e *Endpoint, c cc.Controller) {
	s.Endpoint = e
	e.SetController(c, &cc.Group{})
	e.Flow.Group.Flows = append(e.Flow.Group.Flows, &e.Flow)
}
