package tcp

import (
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/rare"
	"mpsim/sim/units"

	"mpsim/mptcp/wire"
)

// Host is the TCP layer of a host: what its endpoints have in common.
type Host struct {
	*netem.Host
	Engine *sim.Engine
	// Accept is asked for an endpoint for a SYN that none matches; nil refuses,
	// with opt in the reset.
	Accept func(p *netem.Packet, s *wire.Segment) (e *Endpoint, opt *wire.Options)
	// Stateless, if not nil, returns the listener for s in p, which no endpoint
	// matches, if it is one that answers SYNs with cookies; nil goes on to Accept.
	Stateless func(p *netem.Packet, s *wire.Segment) *Stateless
	// Secret is the key of the cookies that h gives (RFC 7413, RFC 4987).
	Secret uint64

	pool     *netem.Pool
	fastOpen fastOpenCache
	opening  int // endpoints with Endpoint.opening
}

// NewPool returns the packet pool that all hosts of an engine share. Packet and
// segment lie in one block, so that an endpoint touches one place in memory.
func NewPool() *netem.Pool {
	return netem.NewPool(func() *netem.Packet {
		b := new(struct {
			p netem.Packet
			s wire.Segment
		})
		b.p.Payload, b.p.Protocol = &b.s, netem.TCP
		return &b.p
	})
}

// NewHost makes h speak TCP.
func NewHost(h *netem.Host, pool *netem.Pool) *Host {
	t := &Host{Host: h, Engine: h.Network.Engine(), pool: pool}
	h.Handle(netem.TCP, unmatched{t})
	return t
}

// initial returns iss, or an initial sequence number that soon wraps.
func (h *Host) initial(iss uint32) uint32 {
	if f := h.Network.Force; f.Has(rare.SequenceWrap) {
		return -uint32(f.Before(rare.SequenceWrap, uint64(iss), 20_000))
	}
	return iss
}

// unmatched receives the segments that no endpoint matches.
type unmatched struct{ *Host }

// Receive implements netem.Receiver.
func (h unmatched) Receive(p *netem.Packet) {
	h.open(p, p.Payload.(*wire.Segment))
	p.Free()
}

// open handles a segment that no endpoint matches. The caller frees p.
func (h *Host) open(p *netem.Packet, s *wire.Segment) {
	if h.Stateless != nil && !s.Flags.Has(wire.RST) {
		if l := h.Stateless(p, s); l != nil && h.openStateless(l, p, s) {
			return
		}
	}
	switch {
	case s.Flags.Has(wire.RST): // not even with a SYN (RFC 9293, section 3.10.7.2)
	case s.Flags.Has(wire.SYN) && !s.Flags.Has(wire.ACK) && h.Accept != nil:
		e, opt := h.Accept(p, s)
		if e != nil {
			e.receive(p, s)
		} else {
			h.refuse(p, s, opt)
		}
	default:
		h.refuse(p, s, nil)
	}
}

// refuse answers a segment that no endpoint wants (RFC 9293, section 3.10.7.1).
func (h *Host) refuse(p *netem.Packet, s *wire.Segment, opt *wire.Options) {
	r := h.pool.Get()
	t := r.Payload.(*wire.Segment)
	*t = wire.Segment{Flags: wire.RST, Opt: opt}
	if s.Flags.Has(wire.ACK) {
		t.Seq = s.Ack
	} else {
		t.Flags |= wire.ACK
		t.Ack = s.Seq + uint32(s.Len)
		if s.Flags.Has(wire.SYN) {
			t.Ack++
		}
	}
	h.answer(p, r, t)
}

// answer sends r with t, which has no data, to where p came from.
func (h *Host) answer(p, r *netem.Packet, t *wire.Segment) {
	r.Src, r.Dst, r.SrcPort, r.DstPort = p.Dst, p.Src, p.DstPort, p.SrcPort
	r.Route, r.ECN = p.Route.Reverse, netem.NotECT
	r.Size = units.Bytes(20 + t.MustFit())
	h.Network.Launch(r, t.Fingerprint())
}
