package tcp

import (
	"mpsim/cc"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// ECN says whether an endpoint asks its peer for explicit congestion notification, and
// how it echoes marks. The zero value is off.
type ECN uint8

// The modes. Both ends should have the same: it is not negotiated how marks are echoed.
const (
	ECNOff     ECN = iota
	ECNClassic     // ECE from a mark until CWR (RFC 3168)
	ECNDCTCP       // ECE for the marked segments alone (RFC 8257)
)

var ecns = []string{"off", "classic", "dctcp"}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *ECN) UnmarshalText(b []byte) error {
	return choose((*uint8)(m), "ecn", b, ecns)
}

// MarshalText implements encoding.TextMarshaler.
func (m ECN) MarshalText() ([]byte, error) { return []byte(ecns[m]), nil }

// ecn is explicit congestion notification at an endpoint (RFC 3168, section 6.1). There is
// none where it is off or the peer does not want it; then it costs nil checks.
type ecn struct {
	exact bool // ECNDCTCP
	ect   bool // data says that it may be marked: all our SYNs have asked

	// Receiver.
	echo bool // ACKs have ECE
	owed bool // so has the next one, whatever echo says: it acknowledges a mark

	// Sender.
	fresh  uint32 // data from here on has never been sent
	end    uint32 // snd.nxt when the window was cut last
	cut    bool   // what was out then is not all acknowledged: no mark cuts again
	byMark bool   // and a mark has cut it: no loss does so again
	cwr    bool   // the next new data will say that the window was cut
	hold   sim.Time
	held   bool   // for an echo that goes on until the peer has seen CWR
	marked uint64 // bytes acknowledged with ECE
}

// setupSYNs is how many SYNs ask for ECN. Boxes that drop those get later ones without
// (RFC 3168, section 6.1.1.1). Unlike Linux, which asks once, because one loss is no proof.
const setupSYNs = 2

// newECN returns what e begins with, or nil.
func newECN(m ECN, iss uint32) *ecn {
	if m == ECNOff {
		return nil
	}
	return &ecn{exact: m == ECNDCTCP, ect: true, fresh: iss + 1}
}

// setup reports whether s, a SYN or SYN/ACK, agrees to ECN. A peer that merely reflects
// the flags of our SYN does not (RFC 3168, section 6.1.1.2).
func setup(s *wire.Segment) bool {
	if s.Flags.Has(wire.ACK) {
		return s.Flags&(wire.ECE|wire.CWR) == wire.ECE
	}
	return s.Flags.Has(wire.ECE | wire.CWR)
}

// stamp completes s in p, which is about to leave. Data is ECT(0) when it is sent first,
// ACKs and what is sent again are not (sections 6.1.2, 6.1.4 and 6.1.5); SYNs and RSTs are
// for DCTCP alone (RFC 8257, section 3.6). Unlike Linux, whose DCTCP has ECT on all
// packets, because RFC 8257 does not lift what RFC 3168 forbids.
func (c *ecn) stamp(e *Endpoint, p *netem.Packet, s *wire.Segment) {
	ect := c.exact
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK):
		s.Flags |= wire.ECE
	case s.Flags.Has(wire.SYN):
		if e.syns > setupSYNs {
			c.ect = false
		} else {
			s.Flags |= wire.ECE | wire.CWR
		}
	case s.Flags.Has(wire.RST):
	default:
		if c.echo || c.owed {
			s.Flags |= wire.ECE
			c.owed = false
		}
		if ect = s.Len > 0 && seqnum.BeforeEq(c.fresh, s.Seq); !ect {
			break
		}
		c.fresh = s.Seq + uint32(s.Len)
		if c.cwr && c.ect {
			s.Flags |= wire.CWR
			c.cwr, c.held = false, false
		}
	}
	if ect && c.ect {
		p.ECN = netem.ECT0
	}
}

// receive takes the mark of p, whose segment s is in the window and not taken yet. Unlike
// a classic receiver one of DCTCP needs no CWR: the next segment without a mark ends the
// echo (RFC 8257, section 3.2).
func (c *ecn) receive(e *Endpoint, p *netem.Packet, s *wire.Segment) {
	ce := p.ECN == netem.CE
	if c.exact {
		if ce != c.echo {
			e.sendPendingAck() // of what came before the change
			c.echo = ce
			e.rcv.quickAcks++
		}
		return
	}
	if s.Flags.Has(wire.CWR) { // before the mark of the same segment
		c.echo = false
	}
	if ce {
		c.echo, c.owed = true, true
	}
}

// hear takes an ACK that has ECE. With a window of one segment, which cannot be cut, the
// next segment leaves only after a retransmission timeout (RFC 3168, section 6.1.2).
// Unlike the RFC, not for duplicate ACKs, because they could keep it for ever; nor again until CWR has left:
// what is sent again does not carry it, so that the echo of one mark would cost each of them a timeout.
func (c *ecn) hear(e *Endpoint, news *ackNews) {
	news.echo = true
	c.marked += uint64(news.acked)
	e.undo.marked = true
	if e.window() < 2*e.mss && news.acked > 0 && !c.held {
		c.held = true
		c.hold = e.eng.Now().Add(e.RTT.RTO())
		e.snd.nextPaced = max(e.snd.nextPaced, c.hold)
	}
}

// answer cuts the window once losses have been dealt with: their cut counts for the marks
// of the same window of data, too. Unlike Linux, which closes the window as ACKs come,
// because RFC 3168 says at once.
func (c *ecn) answer(e *Endpoint, news *ackNews) {
	if c.cut && seqnum.Before(c.end, e.snd.una) {
		c.cut = false
	}
	if !news.echo {
		return
	}
	e.undo.marked = true // also if this ACK has begun an episode
	if c.cut || e.phase != open {
		return
	}
	cwnd := e.Flow.Cwnd
	e.congestion(cc.Mark)
	e.Flow.Cwnd = min(e.Flow.Cwnd, cwnd) // floors of controllers do not raise it
}

// begin begins an episode and reports true, unless congestion is no news: what was out when
// a mark cut the window does not cut it again when it is lost.
func (c *ecn) begin(e *Endpoint, cause cc.Cause) bool {
	if c.answered(e) {
		c.cwr = c.cwr || cause == cc.Timeout
		return false
	}
	c.end, c.cut, c.byMark, c.cwr = e.snd.nxt, true, cause == cc.Mark && e.rate == nil, true
	return true
}

// answered reports whether the first segment that is out left before the window was cut
// for a mark.
func (c *ecn) answered(e *Endpoint) bool {
	return c.cut && c.byMark && seqnum.Before(e.snd.una, c.end)
}

// MarkedBytes returns the bytes that the peer has acknowledged with the echo of a mark.
func (e *Endpoint) MarkedBytes() uint64 {
	if e.ecn == nil {
		return 0
	}
	return e.ecn.marked
}
