package tcp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// A Stateless listener keeps nothing for a SYN: the SYN/ACK's sequence number is a
// cookie, and the endpoint is made when it comes back (RFC 4987, section 3.6). Data
// in the SYN is left for the client to send again.
//
// What the SYN offered survives only as far as the cookie and, with timestamps,
// the low bits of the SYN/ACK's TSval hold it: the MSS from a small table, the
// window scale, SACK, ECN. If the first data segment is lost together with the ACK
// before it, the next is refused, because the cookie covers the client's
// initial sequence number.
type Stateless struct {
	Config *Config
	// Stamp, if not nil, adds the options of the layer above to answer, the
	// SYN/ACK for the SYN in p.
	Stamp func(p *netem.Packet, syn, answer *wire.Segment)
	// Accept makes the endpoint with Resume when s in p has brought the
	// cookie back; nil refuses.
	Accept func(p *netem.Packet, s *wire.Segment) *Endpoint
}

const (
	cookieTick   = 64 * time.Second // of the coarse time in a cookie
	cookieMaxAge = 1                // ticks
	cookieMAC    = 1<<24 - 1        // the bits of a cookie that are a MAC
)

// cookieMSS are the values of the peer's MSS that a cookie can hold.
var cookieMSS = [8]uint16{160, 536, 1220, 1300, 1400, 1440, 1460, 8960}

// The low bits of the TSval in a stateless SYN/ACK.
const (
	stampScale = 0xf // the peer's window scale
	stampSACK  = 0x10
	stampECN   = 0x20
	stampBits  = 0x3f
	noScale    = 0xf
)

// The uses of a host's MAC.
const (
	macFastOpen = iota
	macSYN
)

// mac returns the HMAC-SHA256 of words under the secret of h.
func (h *Host) mac(words ...uint32) []byte {
	m := hmac.New(sha256.New, binary.BigEndian.AppendUint64(nil, h.Secret))
	var b [4]byte
	for _, w := range words {
		binary.BigEndian.PutUint32(b[:], w)
		m.Write(b[:])
	}
	return m.Sum(nil)
}

// cookieISS returns the sequence number that tells the host, when the client of p
// acknowledges it, that it has answered a SYN with number irs: five bits of time,
// three of MSS, 24 of a MAC over all.
func (h *Host) cookieISS(p *netem.Packet, irs, tick, mss uint32) uint32 {
	top := tick<<27 | mss<<24
	sum := h.mac(macSYN, uint32(p.Src), uint32(p.Dst), uint32(p.SrcPort)<<16|uint32(p.DstPort), irs, top)
	return top | binary.BigEndian.Uint32(sum)&cookieMAC
}

// tick is the coarse time.
func (h *Host) tick() uint32 { return uint32(h.Engine.Now() / sim.Time(cookieTick)) }

// validCookie reports whether s acknowledges a cookie.
func (h *Host) validCookie(p *netem.Packet, s *wire.Segment) bool {
	iss := s.Ack - 1
	tick := iss >> 27
	return (h.tick()-tick)&31 <= cookieMaxAge && iss == h.cookieISS(p, s.Seq-1, tick, iss>>24&7)
}

// openStateless handles a segment for l, and reports whether it did: a SYN, or what
// brings a cookie back.
func (h *Host) openStateless(l *Stateless, p *netem.Packet, s *wire.Segment) bool {
	switch {
	case s.Flags&(wire.SYN|wire.ACK) == wire.SYN:
		h.answerStateless(l, p, s)
	case s.Flags&(wire.SYN|wire.ACK) == wire.ACK && h.validCookie(p, s):
		e := l.Accept(p, s)
		if e == nil {
			return false
		}
		e.receive(p, s)
	default:
		return false
	}
	return true
}

// answerStateless sends the SYN/ACK for the SYN in p.
func (h *Host) answerStateless(l *Stateless, p *netem.Packet, syn *wire.Segment) {
	cfg := l.Config
	offer := syn.Opt
	if offer == nil {
		offer = &wire.Options{WScale: -1}
	}
	offered := offer.MSS
	if offered == 0 {
		offered = defaultMSS
	}
	mss := 0
	for mss < len(cookieMSS)-1 && cookieMSS[mss+1] <= offered {
		mss++
	}
	r := h.pool.Get()
	s := r.Payload.(*wire.Segment)
	*s = wire.Segment{
		Flags: wire.SYN | wire.ACK, Ack: syn.Seq + 1, Seq: h.cookieISS(p, syn.Seq, h.tick(), uint32(mss)),
		Window: synWindow(cfg.InitialReceiveBuffer()),
		Opt:    &wire.Options{MSS: uint16(cfg.MTU - 40), WScale: -1},
	}
	if cfg.Timestamps && syn.HasTS {
		bits := uint32(noScale)
		if cfg.WindowScaling && offer.WScale >= 0 {
			bits = uint32(min(offer.WScale, 14))
			s.Opt.WScale = WindowScale(cfg.ReceiveBuffer)
		}
		if cfg.SACK && offer.SACKPermitted {
			bits |= stampSACK
			s.Opt.SACKPermitted = true
		}
		if cfg.ECN != ECNOff && setup(syn) {
			bits |= stampECN
			s.Flags |= wire.ECE
		}
		s.HasTS, s.TSEcr = true, syn.TSVal
		now := timestamp(h.Engine.Now())
		s.TSVal = now&^stampBits | bits
		if seqnum.Before(now, s.TSVal) { // the clock must not run backwards afterwards
			s.TSVal -= stampBits + 1
		}
	}
	if l.Stamp != nil {
		l.Stamp(p, syn, s)
	}
	h.answer(p, r, s)
}

// Resume makes the endpoint of a connection whose SYN a Stateless listener has
// answered, from s in p, which brings the cookie. The host then hands it p.
func Resume(h *Host, cfg *Config, owner Owner, p *netem.Packet, s *wire.Segment) *Endpoint {
	e := newEndpoint(h, cfg, owner, p.Route.Reverse, netem.TupleOf(p))
	e.start(s.Ack - 1)
	e.state = SYNReceived
	e.synWindow = synWindow(cfg.InitialReceiveBuffer())
	syn := wire.Segment{Flags: wire.SYN, Seq: s.Seq - 1, HasTS: s.HasTS, TSVal: s.TSVal, Opt: &wire.Options{MSS: cookieMSS[e.iss>>24&7], WScale: -1}}
	if cfg.Timestamps && s.HasTS {
		if scale := s.TSEcr & stampScale; scale != noScale {
			syn.Opt.WScale = int8(scale)
		}
		syn.Opt.SACKPermitted = s.TSEcr&stampSACK != 0
		if s.TSEcr&stampECN != 0 {
			syn.Flags |= wire.ECE | wire.CWR
		}
	}
	e.negotiate(&syn)
	e.rcv.lastAck = e.rcv.nxt
	e.setMSS(syn.Opt.MSS)
	return e
}

// synWindow returns the window field of a SYN, which is never scaled (RFC 7323,
// section 2.2).
func synWindow(w units.Bytes) uint16 { return uint16(min(w, 65535)) }
