package mptcp

import (
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
)

// version is the MPTCP version that a Conn speaks (RFC 8684, section 3.1).
const version = 1

// answer makes the initial subflow for the SYN in p.
func (c *Conn) answer(p *netem.Packet) *tcp.Endpoint {
	sf := c.newSubflow(-1)
	sf.passive = true
	c.learnAddr(0, p.Src)
	sf.e = tcp.Answer(c.stack.host, &c.cfg.TCP, sf, p, c.cfg.Rand.Uint32())
	sf.useController()
	return sf.e
}

// answerJoin makes a subflow for the join in p.
func (c *Conn) answerJoin(p *netem.Packet, j *wire.Join) *tcp.Endpoint {
	if c.ended || !c.full || len(control{c}.Subflows()) >= pathmgr.MaxSubflows {
		return nil
	}
	sf := c.newSubflow(-1)
	sf.passive, sf.join, sf.joining = true, true, true
	sf.Backup = j.Backup
	sf.nonce = c.cfg.Rand.Uint32()
	sf.e = tcp.Answer(c.stack.host, &c.cfg.TCP, sf, p, c.cfg.Rand.Uint32())
	sf.useController()
	c.learnAddr(j.AddrID, p.Src)
	return sf.e
}

// openJoin sends the SYN of a new subflow over path.
func (c *Conn) openJoin(path int, backup bool) {
	sf := c.newSubflow(path)
	sf.join, sf.joining = true, true
	sf.Backup = backup
	sf.nonce = c.cfg.Rand.Uint32()
	h := c.stack.host
	sf.e = tcp.Dial(h, &c.cfg.TCP, sf, c.paths[path], h.EphemeralPort(c.paths[path], c.port), c.port, c.cfg.Rand.Uint32())
	sf.useController()
	sf.e.Connect()
}

// learnAddr stores the address of id (RFC 8684, section 3.2).
func (c *Conn) learnAddr(id uint8, a netem.Addr) {
	for int(id) >= len(c.addrIDs) {
		c.addrIDs = append(c.addrIDs, 0)
	}
	c.addrIDs[id] = a
}

// localID returns the Address ID of one of our addresses; that of the initial
// subflow is 0.
func (c *Conn) localID(a netem.Addr) uint8 {
	if a == c.subflows[0].e.Route().Src {
		return 0
	}
	for i, f := range c.stack.host.Node.Interfaces {
		if f.Addr == a {
			return uint8(i + 1)
		}
	}
	return 0
}

// stampSYN sets the MPTCP option of a SYN or SYN/ACK.
func (sf *Subflow) stampSYN(s *wire.Segment) {
	c := sf.c
	switch {
	case sf.join && sf.passive:
		mac := wire.SHA256.HMAC(c.key, c.peerKey, sf.nonce, sf.peer)
		s.Opt.Join = &wire.Join{Nonce: sf.nonce, Backup: sf.Backup, AddrID: c.localID(sf.e.Route().Src)}
		copy(s.Opt.Join.HMAC[:8], mac)
	case sf.join:
		s.Opt.Join = &wire.Join{
			Token: wire.SHA256.Token(c.peerKey), Nonce: sf.nonce, Backup: sf.Backup,
			AddrID: c.localID(sf.e.Route().Src),
		}
		sf.e.UseMappings(true)
	case sf.passive:
		s.Opt.Capable = &wire.Capable{Version: version, SHA256: true, NKeys: 1, SenderKey: c.key}
	default:
		s.Opt.Capable = &wire.Capable{Version: version, SHA256: true}
		sf.e.UseMappings(true)
	}
}

// stampKeys repeats both keys until the peer has shown that it knows ours; the
// first data segment carries them with its length, in place of a mapping.
func (sf *Subflow) stampKeys(s *wire.Segment) {
	c := sf.c
	k := &wire.Capable{Version: version, SHA256: true, NKeys: 2, SenderKey: c.key, PeerKey: c.peerKey}
	switch {
	case s.DSS&wire.HasMap == 0:
		s.Opt = &wire.Options{WScale: -1, Capable: k}
	case s.SSN == 1:
		k.DataLen, k.HasData = s.MapLen, true
		s.Opt = &wire.Options{WScale: -1, Capable: k}
		s.DSS = 0
	default:
		s.DSS |= wire.HasDataAck
		s.DataAck = c.dataAck()
	}
}

// takeHandshake acts on the options of the handshakes. It reports whether the
// segment may go on.
func (sf *Subflow) takeHandshake(e *tcp.Endpoint, s *wire.Segment) bool {
	c := sf.c
	if s.Flags.Has(wire.RST) {
		return true
	}
	switch {
	case sf.joining && sf.passive:
		return sf.takeJoin(e, s)
	case sf.joining && s.Flags.Has(wire.SYN):
		return sf.takeJoinAnswer(e, s)
	case sf.joining: // the fourth packet
		sf.use()
		return true
	case s.Flags.Has(wire.SYN):
		if s.Opt == nil || s.Opt.Capable == nil {
			return true
		}
		e.UseMappings(true)
		if !sf.passive {
			c.learnKey(s.Opt.Capable.SenderKey)
		}
		return true
	}
	if k := capable(s); k != nil && k.NKeys == 2 && sf.passive {
		if k.PeerKey != c.key { // tampered with: no MPTCP (RFC 8684, section 3.1)
			e.Abort(nil)
			return false
		}
		if !c.keysKnown {
			c.learnKey(k.SenderKey)
			c.established()
		}
		if k.HasData { // as good as a DSS
			s.DSS |= wire.HasMap
			s.DSN, s.SSN, s.MapLen = c.peerIDSN+1, 1, k.DataLen
		}
	}
	// Data that overtook the keys cannot be placed; it will come again.
	return c.keysKnown || s.Len == 0
}

func capable(s *wire.Segment) *wire.Capable {
	if s.Opt == nil {
		return nil
	}
	return s.Opt.Capable
}

// learnKey takes the peer's key and what follows from it.
func (c *Conn) learnKey(key uint64) {
	c.peerKey, c.keysKnown = key, true
	c.peerIDSN = wire.SHA256.IDSN(key)
}

// takeJoin is the listener's side of MP_JOIN (RFC 8684, section 3.2).
func (sf *Subflow) takeJoin(e *tcp.Endpoint, s *wire.Segment) bool {
	c := sf.c
	if s.Opt == nil || s.Opt.Join == nil {
		sf.refuse(e)
		return false
	}
	j := s.Opt.Join
	if s.Flags.Has(wire.SYN) {
		sf.peer = j.Nonce
		e.UseMappings(true)
		return true
	}
	want := wire.SHA256.HMAC(c.peerKey, c.key, sf.peer, sf.nonce)
	if [20]byte(want) != j.HMAC {
		sf.refuse(e)
		return false
	}
	sf.use()
	e.SendAck(nil) // the fourth packet
	return true
}

// takeJoinAnswer checks the SYN/ACK of a join.
func (sf *Subflow) takeJoinAnswer(e *tcp.Endpoint, s *wire.Segment) bool {
	c := sf.c
	if s.Opt == nil || s.Opt.Join == nil {
		sf.refuse(e)
		return false
	}
	j := s.Opt.Join
	sf.peer = j.Nonce
	want := wire.SHA256.HMAC(c.peerKey, c.key, sf.peer, sf.nonce)
	if [8]byte(want) != [8]byte(j.HMAC[:8]) {
		sf.refuse(e)
		return false
	}
	sf.Backup = sf.Backup || j.Backup
	return true
}

// sendJoinAck sends the third packet.
func (sf *Subflow) sendJoinAck() {
	mac := wire.SHA256.HMAC(sf.c.key, sf.c.peerKey, sf.nonce, sf.peer)
	sf.e.SendAck(&wire.Options{WScale: -1, Join: &wire.Join{HMAC: [20]byte(mac)}})
}

// refuse resets a join with reason 1, an MPTCP-specific error (RFC 8684,
// section 3.6).
func (sf *Subflow) refuse(e *tcp.Endpoint) {
	e.Abort(&wire.Options{WScale: -1, Reset: &wire.Reset{Reason: 1}})
}
