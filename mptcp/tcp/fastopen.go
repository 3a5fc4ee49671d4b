package tcp

import (
	"bytes"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// FastOpen says whether an endpoint sends and takes data in a SYN: TCP Fast Open
// (RFC 7413). The zero value is off.
type FastOpen uint8

// The modes.
const (
	FastOpenOff    FastOpen = iota
	FastOpenCookie          // with the cookie that the server gave an earlier connection
	FastOpenAlways          // without cookies (RFC 7413, section 7.3)
)

var fastOpens = []string{"off", "cookie", "always"}

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *FastOpen) UnmarshalText(b []byte) error {
	return choose((*uint8)(f), "fast_open", b, fastOpens)
}

// MarshalText implements encoding.TextMarshaler.
func (f FastOpen) MarshalText() ([]byte, error) { return []byte(fastOpens[f]), nil }

// A FastOpener is an Owner that can have data before its endpoint is established.
// Under any other Owner, Config.FastOpen has no effect.
type FastOpener interface {
	Owner
	// FillSYN returns how many bytes the SYN of e shall carry, at most max,
	// from the start of the stream. They count as sent only once
	// Endpoint.SYNData says that the peer has taken them.
	//
	// At the listener the data of a SYN comes by Deliver before Established
	// is called, in a Chunk that ends where SSN 1 begins and is not Mapped.
	FillSYN(e *Endpoint, max int) int
}

// fastOpen is the state of an endpoint that may have data in its SYN.
type fastOpen struct {
	owner       FastOpener
	sent, acked int    // bytes of data in our SYN
	tried       bool   // our SYN had data or asked for a cookie
	cookie      []byte // for the first SYN/ACK
	opening     bool   // data has been taken from a SYN whose SYN/ACK is not acknowledged yet
}

const (
	// cookieLen is the length of the cookies that a host gives, in bytes: the
	// longest that fits beside the other options of a SYN/ACK (RFC 8684,
	// appendix B.1), and even (RFC 7413, section 4.1.1).
	cookieLen = 6
	// defaultMSS bounds the data for a peer whose MSS is not known (RFC 7413,
	// section 4.1.3).
	defaultMSS = 536
	// maxOpening bounds PendingFastOpenRequests (RFC 7413, section 4.2).
	maxOpening = 1024
	// fastOpenPause is how long a host does not try again what has failed
	// (RFC 7413, section 4.1.3.1).
	fastOpenPause = time.Minute
)

// fastOpenCache is what a host knows from earlier connections.
type fastOpenCache struct {
	peers  map[addrPair]fastOpenPeer
	paused map[service]sim.Time // until when
}

type addrPair struct{ local, remote netem.Addr }

// service is what a host talks to.
type service struct {
	addrPair
	port uint16
}

type fastOpenPeer struct {
	cookie []byte
	mss    uint16
}

// pair and service are the keys of the cache: cookies hold for all ports, but
// whether they are of use depends on the remote one.
func (e *Endpoint) pair() addrPair   { return addrPair{e.tuple.Local, e.tuple.Remote} }
func (e *Endpoint) service() service { return service{e.pair(), e.tuple.RemotePort} }

// SYNData returns how many bytes of data our SYN carried, and how many of them
// the SYN/ACK has acknowledged. Subflow sequence numbers count from behind
// these (RFC 8684, appendix B.2); the others are to be sent as new data.
func (e *Endpoint) SYNData() (sent, acked int) {
	if e.fastOpen == nil {
		return 0, 0
	}
	return e.fastOpen.sent, e.fastOpen.acked
}

// CanFastOpen reports whether the SYN, if it is sent now, can carry data.
func (e *Endpoint) CanFastOpen() bool {
	c := &e.host.fastOpen
	return e.fastOpen != nil && c.paused[e.service()] <= e.eng.Now() &&
		(e.cfg.FastOpen == FastOpenAlways || c.peers[e.pair()].cookie != nil)
}

// opening reports whether e talks although its SYN/ACK is not acknowledged.
func (e *Endpoint) opening() bool { return e.fastOpen != nil && e.fastOpen.opening }

// stampFastOpen completes a SYN or SYN/ACK that has all its other options. What
// is sent again goes without option and data (RFC 7413, sections 4.2.1 and 4.2.2),
// as does what leaves no room for the option.
func (e *Endpoint) stampFastOpen(s *wire.Segment) {
	f := e.fastOpen
	if e.syns > 1 || s.Opt.Join != nil { // only the initial subflow is opened fast (RFC 8684, appendix B.2)
		return
	}
	if s.Flags.Has(wire.ACK) {
		if f.cookie != nil {
			addFastOpen(s, f.cookie)
		}
		return
	}
	c := &e.host.fastOpen
	if c.paused[e.service()] > e.eng.Now() {
		return
	}
	peer := c.peers[e.pair()]
	if e.cfg.FastOpen == FastOpenCookie {
		if !addFastOpen(s, peer.cookie) {
			return
		}
		if peer.cookie == nil {
			f.tried = true
			return
		}
	}
	if peer.mss == 0 {
		peer.mss = defaultMSS
	}
	most := min(e.cfg.MTU, int(peer.mss)+40) - 20 - s.HeaderLen()
	f.sent = f.owner.FillSYN(e, max(most, 0))
	if f.sent > 0 {
		f.tried = true
		s.Len = uint16(f.sent)
		e.snd.nxt += uint32(f.sent)
		e.Stats.DataSent++
		e.Stats.BytesSent += uint64(f.sent)
	}
}

// addFastOpen adds the option and reports whether there was room.
func addFastOpen(s *wire.Segment, cookie []byte) bool {
	s.Opt.FastOpen = &wire.FastOpen{Cookie: cookie}
	if s.OptionLen() > wire.OptionSpace {
		s.Opt.FastOpen = nil
		return false
	}
	return true
}

// takeSYNACK learns what has become of the data in our SYN, and remembers it for
// later connections. una and nxt are then behind the data that was accepted.
func (e *Endpoint) takeSYNACK(s *wire.Segment) {
	f, c := e.fastOpen, &e.host.fastOpen
	f.acked = int(s.Ack - e.iss - 1)
	e.snd.base = e.iss + uint32(f.acked)
	e.Stats.BytesAcked += uint64(f.acked)
	if c.peers == nil {
		c.peers, c.paused = make(map[addrPair]fastOpenPeer), make(map[service]sim.Time)
	}
	peer := c.peers[e.pair()]
	peer.mss = offeredMSS(s)
	cookie := offered(s).FastOpen
	given := cookie != nil && len(cookie.Cookie) > 0
	if given {
		peer.cookie = cookie.Cookie
	}
	c.peers[e.pair()] = peer
	if f.tried && f.acked == 0 && !given {
		e.pauseFastOpen()
	}
}

// pauseFastOpen notes that the path or the peer does not like what our SYN had.
func (e *Endpoint) pauseFastOpen() {
	c := &e.host.fastOpen
	if c.paused == nil {
		c.peers, c.paused = make(map[addrPair]fastOpenPeer), make(map[service]sim.Time)
	}
	c.paused[e.service()] = e.eng.Now().Add(fastOpenPause)
}

// cookie returns the Fast Open cookie of a client: a MAC of its address (RFC 7413,
// section 4.1.2).
func (h *Host) cookie(client netem.Addr) []byte {
	return h.mac(macFastOpen, uint32(client))[:cookieLen]
}

// openFast takes the data of a SYN if its cookie is valid: it goes to the owner,
// and the connection is established before the SYN/ACK is acknowledged (RFC
// 7413, section 4.2.2). It reports whether it has answered the SYN.
func (e *Endpoint) openFast(s *wire.Segment) bool {
	f, h := e.fastOpen, e.host
	opt := offered(s)
	if opt.Join != nil {
		return false
	}
	valid := e.cfg.FastOpen == FastOpenAlways
	if o := opt.FastOpen; o != nil {
		if cookie := h.cookie(e.tuple.Remote); bytes.Equal(o.Cookie, cookie) {
			valid = true
		} else {
			f.cookie = cookie
		}
	}
	n := min(int(s.Len), int(e.owner.Window(e)))
	if !valid || n <= 0 || h.opening >= maxOpening {
		return false
	}
	h.opening++
	f.opening = true
	e.rcv.nxt += uint32(n)
	e.rcv.base += uint32(n)
	c := Chunk{Len: int(s.Len), Pos: s.Pos, Odd: unmapped}
	if opt.Payload != nil {
		c.Odd = &Odd{true, opt.Payload}
	}
	e.arrived(n)
	e.owner.Deliver(e, c.First(n))
	if e.state == Closed {
		return true
	}
	// The SYN/ACK is a record like any other, so that it is sent again like
	// any other.
	e.transmit(e.out.push(0, e.iss, 0, syn), false)
	e.arm(timeRTO, e.RTT.RTO())
	e.established()
	if e.state == Established {
		e.push()
	}
	return true
}

// openedFast notes that the SYN/ACK of a fast open is acknowledged, or that e has ended.
func (e *Endpoint) openedFast() {
	if e.opening() {
		e.fastOpen.opening = false
		e.host.opening--
	}
}
