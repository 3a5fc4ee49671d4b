package tcp

import (
	"fmt"
	"math"
	"time"

	"mpsim/mptcp/seqnum"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// Waits says what one end of a connection waits for. It is for those who watch a run: a connection with
// something pending and no timer, of whose packets none is in the network, waits for ever.
type Waits struct {
	Pending  bool           // data, or its end, is not acknowledged
	Timer    sim.Time       // when the next timer fires; sim.Never: none is armed
	Segments uint64         // sent and received so far, on all subflows
	Acked    uint64         // bytes; the end of the data is one more
	Longest  time.Duration  // the longest time that a timer runs, as far as it is backed off by now
	RTO      time.Duration  // the longest of the subflows, without back-off: it grows with what is measured alone
	Stale    int            // timeouts after which another subflow takes over
	Routes   []*netem.Route // of the subflows that may carry data
}

// Add adds what e waits for.
func (w *Waits) Add(e *Endpoint) {
	w.Segments += e.Stats.SegmentsSent + e.Stats.SegmentsReceived
	if e.state == Closed {
		return
	}
	for _, t := range []*sim.Timer{&e.xmit, &e.ackT, &e.paceT} {
		w.AddTimer(t, e.eng.Now())
	}
	if e.state == Established {
		w.Routes = append(w.Routes, e.route)
		w.Longest = max(w.Longest, e.RTT.RTO())
		w.RTO = max(w.RTO, e.RTT.Measured())
	}
}

// AddTimer adds one timer.
func (w *Waits) AddTimer(t *sim.Timer, now sim.Time) {
	if t.Armed() {
		w.Timer = min(w.Timer, t.When())
		w.Longest = max(w.Longest, t.When().Sub(now))
	}
}

// Waits sets w to what s waits for; it takes the room of w.Routes.
func (s *Stream) Waits(w *Waits) {
	*w = Waits{Timer: sim.Never, Acked: s.acked(), Routes: w.Routes[:0]}
	if s.Endpoint == nil || s.ended {
		return
	}
	w.Pending = s.written > s.acked() || s.closing && s.outgoing != outFINAcked
	if s.outgoing == outFINAcked {
		w.Acked++
	}
	w.Add(s.Endpoint)
}

// States and timers in words.
var (
	stateNames = [...]string{SYNSent: "SYN-SENT", SYNReceived: "SYN-RECEIVED", Established: "established", TimeWait: "TIME-WAIT", Closed: "closed"}
	timerNames = [...]string{
		timeSYN: "SYN", timeConfirm: "third packet", timeRTO: "RTO", timeProbe: "tail loss probe", timeReorder: "reordering",
		timePersist: "persist", timeFIN: "peer's FIN", timeWait: "TIME-WAIT",
	}
)

// Describe says in words where e is, and what it waits for.
func (e *Endpoint) Describe() string {
	text := fmt.Sprintf("%s, cwnd %.0f, %d bytes outstanding (%d lost, %d sent again), peer's window %v, RTO %v",
		stateNames[e.state], e.Flow.Cwnd, e.out.bytes, e.out.lost, e.out.resent, e.Room(), e.RTT.RTO())
	if e.xmit.Armed() {
		text += fmt.Sprintf(", %s timer at %v", timerNames[e.xmitFor], e.xmit.When())
	} else {
		text += ", no timer of transmission"
	}
	if e.paceT.Armed() {
		text += fmt.Sprintf(", paced until %v", e.paceT.When())
	}
	for _, l := range e.route.Links() {
		if !l.Up() {
			text += ", " + l.Name + " is down"
		}
	}
	for _, l := range e.route.Reverse.Links() {
		if !l.Up() {
			text += ", " + l.Name + " is down"
		}
	}
	return text
}

// Describe says in words what s waits for.
func (s *Stream) Describe() string {
	return fmt.Sprintf("%d bytes unsent, %d unread, ", s.written-s.sent, s.received-s.read) + s.Endpoint.Describe()
}

// longDSS is the room of a DSS with a DATA_ACK and a DSN of 64 bits.
const longDSS = 28

// Check returns what is wrong with the numbers of e, or nil: a law of every run.
func (e *Endpoint) Check() error {
	if e.state != Established {
		return nil
	}
	// A segment was smaller while each had a mapping, or a longer one.
	least := max(e.mss+int(e.dssRoom)-longDSS, minPayload)
	span := 0
	if !e.out.empty() { // a record stays until all of it is acknowledged
		span = int(e.snd.nxt - e.out.at(e.out.head).seq)
	}
	f := &e.Flow
	switch {
	case !(f.Cwnd >= float64(least)) || f.Cwnd > math.MaxFloat64:
		return fmt.Errorf("cwnd is %g bytes, of segments of %d", f.Cwnd, e.mss)
	case !(f.Ssthresh >= 0): // it may be infinite
		return fmt.Errorf("ssthresh is %g bytes", f.Ssthresh)
	case e.RTT.RTO() <= 0 || f.SRTT < 0:
		return fmt.Errorf("the RTO is %v, SRTT %v", e.RTT.RTO(), f.SRTT)
	case seqnum.Before(e.snd.nxt, e.snd.una):
		return fmt.Errorf("snd.una, %d, is beyond snd.nxt, %d", e.snd.una, e.snd.nxt)
	case e.out.bytes < 0 || e.out.lost < 0 || e.out.resent < 0 || e.out.sacked < 0 || e.out.bytes > span:
		return fmt.Errorf("%d bytes are outstanding of %d, %d SACKed, %d lost, %d of them sent again", e.out.bytes, span, e.out.sacked, e.out.lost, e.out.resent)
	}
	return nil
}
