package middlebox

import (
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("firewall", "RFC 5382, section 4.3; RFC 8684, sections 3.3.6 and 6", func() Model {
		return &Firewall{InboundSYN: "deny", WindowCheck: true}
	})
}

// Firewall lets only packets of connections pass that it has seen open, from inside
// or, if it is told so, from outside.
type Firewall struct {
	outbound
	InboundSYN        string `toml:"inbound_syn" doc:"whether hosts outside may open connections: allow or deny"`
	WindowCheck       bool   `toml:"window_check" doc:"drops data beyond the window of its receiver, and acknowledgements of what was not sent"`
	RequireContiguous bool   `toml:"require_contiguous" doc:"drops data behind a hole in the sequence numbers, until the hole is filled"`
}

// Validate reports parameters out of range.
func (m *Firewall) Validate() error { return words.Check("inbound_syn", m.InboundSYN, "allow", "deny") }

// Make implements Model.
func (m *Firewall) Make(env Env) Box {
	b := &firewall{Firewall: *m}
	if !env.Acts[0] {
		b.out = 1
	}
	return b
}

type firewall struct {
	Firewall
	out int // direction that leads outside
}

// admission is what a firewall knows of a connection, by direction.
type admission [2]struct {
	next  uint32 // all before has passed
	high  uint32 // and nothing from here on
	edge  uint32 // up to here the receiver has admitted data
	edged bool   // edge is known
	sent  bool   // next and high are known
}

// Take implements Box.
func (b *firewall) Take(x Passage) bool {
	if x.flow.state == nil && classOf(x.Seg) == syn && (x.Dir == b.out || b.InboundSYN == "allow") {
		x.flow.state = new(admission)
	}
	a, ok := x.flow.state.(*admission)
	if !ok || !b.admits(a, x) {
		x.Drop()
		return true
	}
	a.note(x)
	x.Forward()
	return false
}

// admits checks x against what its connection has come to.
func (b *firewall) admits(a *admission, x Passage) bool {
	s, h, back := x.Seg, &a[x.Dir], &a[1-x.Dir]
	if s.Flags&(wire.SYN|wire.RST) != 0 {
		return true
	}
	if b.RequireContiguous && h.sent && s.Len > 0 && seqnum.Before(h.next, s.Seq) {
		return false
	}
	if !b.WindowCheck {
		return true
	}
	if h.edged && s.Len > 0 && seqnum.Before(h.edge, s.Seq+uint32(s.Len)) && s.Len > 1 { // a probe of a closed window has 1 byte
		return false
	}
	return !s.Flags.Has(wire.ACK) || !back.sent || seqnum.BeforeEq(s.Ack, back.high)
}

// note takes down what x, which passes, tells.
func (a *admission) note(x Passage) {
	s, h, back := x.Seg, &a[x.Dir], &a[1-x.Dir]
	end := s.Seq + space(s)
	switch {
	case s.Flags.Has(wire.RST):
		return
	case !h.sent || s.Flags.Has(wire.SYN):
		h.next, h.high, h.sent = end, end, true
	case seqnum.BeforeEq(s.Seq, h.next) && seqnum.Before(h.next, end):
		h.next = end
	}
	if seqnum.Before(h.high, end) {
		h.high = end
	}
	if !s.Flags.Has(wire.ACK) {
		return
	}
	edge := s.Ack + uint32(s.Window)<<x.flow.shift(x.Dir, s)
	if !back.edged || seqnum.Before(back.edge, edge) {
		back.edge, back.edged = edge, true
	}
	if back.sent && seqnum.Before(back.next, s.Ack) {
		back.next = s.Ack // what the receiver has, has been sent
	}
}
