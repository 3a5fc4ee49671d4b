package mptcp

import (
	"math"
	"slices"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// answerJoin makes a subflow for the join in p, or says why not.
func (c *Conn) answerJoin(p *netem.Packet, j *wire.Join) (*tcp.Endpoint, *wire.Options) {
	proto := &c.cfg.Protocol
	switch r := proto.Refuse; {
	case c.ended || c.plain || !c.keysKnown:
		return nil, c.refuseJoin(ReasonMPTCP, false)
	case !c.allows(p.Dst):
		return nil, c.refuseJoin(ReasonProhibited, false)
	case c.eng.Now() < sim.Time(r.Until):
		return nil, c.refuseJoin(r.Reason, r.Transient)
	case len(control{c}.Subflows()) >= proto.MaxSubflows:
		return nil, c.refuseJoin(ReasonProhibited, false)
	}
	sf := c.newSubflow(c.pathOf(p))
	sf.passive, sf.join, sf.joining = true, true, true
	sf.Backup = j.Backup
	sf.peerID = j.AddrID
	sf.nonce = c.cfg.Rand.Uint32()
	sf.known = c.sndUna
	sf.e = tcp.Answer(c.stack.host, &c.cfg.TCP, sf, p, c.cfg.Rand.Uint32())
	sf.useController()
	return sf.e, nil
}

func (c *Conn) refuseJoin(reason uint8, transient bool) *wire.Options {
	c.Stats.JoinsRefused++
	if c.profile == V0 {
		return nil
	}
	return reset(reason, transient)
}

// openJoin sends the SYN of a new subflow over path. Unlike RFC 8684, section
// 3.9.1, which would rather see the local port of the initial subflow, each has
// an ephemeral port, as with Linux, because subflows can then share a path.
func (c *Conn) openJoin(path int, backup bool) {
	c.Stats.Joins++
	sf := c.newSubflow(path)
	sf.join, sf.joining = true, true
	sf.Backup = backup
	sf.nonce = c.cfg.Rand.Uint32()
	r, h := c.paths[path], c.stack.host
	port := c.port
	if c.ports[path] != 0 {
		port = c.ports[path]
	}
	if id, ok := c.idOf(r.Dst); ok {
		sf.peerID = id
	}
	sf.e = tcp.Dial(h, &c.cfg.TCP, sf, r, h.EphemeralPort(netem.TCP, r, port), port, c.cfg.Rand.Uint32())
	sf.useController()
	sf.e.Connect()
}

// pathOf returns the path back to where p has come from, or -1: the way that p has taken or,
// if a middlebox has changed that, the first one between its addresses.
func (c *Conn) pathOf(p *netem.Packet) int {
	if i := slices.Index(c.paths, p.Route.Reverse); i >= 0 {
		return i
	}
	return slices.IndexFunc(c.paths, func(r *netem.Route) bool { return r.Src == p.Dst && r.Dst == p.Src })
}

// localID returns the Address ID of one of our addresses; that of the initial
// subflow is 0. Interfaces are numbered or, where a host has more than an ID can tell, the addresses
// of the connection: those of its paths, and of subflows in the order in which they were opened.
func (c *Conn) localID(a netem.Addr) uint8 {
	if a == c.subflows[0].e.Local() {
		return 0
	}
	interfaces := c.stack.host.Node.Interfaces
	if len(interfaces) > math.MaxUint8 {
		return uint8(slices.Index(c.localAddrs(), a) + 1)
	}
	return uint8(slices.IndexFunc(interfaces, func(f *netem.Interface) bool { return f.Addr == a }) + 1)
}

// localAddrs returns our addresses that the connection can use, or has used, each once.
func (c *Conn) localAddrs() (list []netem.Addr) {
	for _, r := range c.paths {
		if !slices.Contains(list, r.Src) {
			list = append(list, r.Src)
		}
	}
	for _, sf := range c.subflows {
		if sf.e != nil && !slices.Contains(list, sf.e.Local()) {
			list = append(list, sf.e.Local())
		}
	}
	return list
}

// stampJoin sets the MP_JOIN of a SYN or SYN/ACK.
func (sf *Subflow) stampJoin(s *wire.Segment) {
	c := sf.c
	s.Opt.Join = &wire.Join{Nonce: sf.nonce, Backup: sf.Backup, AddrID: c.localID(sf.e.Local())}
	if sf.passive {
		copy(s.Opt.Join.HMAC[:8], c.hash.HMAC(c.key, c.peerKey, sf.nonce, sf.peer))
		return
	}
	s.Opt.Join.Token = c.hash.Token(c.peerKey)
	sf.e.UseMappings(c.dssRoom())
}

// takeJoin acts on the segments of the handshake of a join. It reports whether
// the segment may go on.
func (sf *Subflow) takeJoin(e *tcp.Endpoint, s *wire.Segment) bool {
	var j *wire.Join
	if s.Opt != nil {
		j = s.Opt.Join
	}
	switch {
	case s.Flags.Has(wire.SYN) && sf.passive:
		sf.peer = j.Nonce // accept has seen that there is one
		e.UseMappings(sf.c.dssRoom())
	case s.Flags.Has(wire.SYN):
		return sf.takeJoinAnswer(e, j)
	case sf.passive:
		return sf.takeJoinAck(e, s, j)
	default: // the fourth packet
		sf.use()
	}
	return true
}

// takeJoinAnswer checks the SYN/ACK of a join.
func (sf *Subflow) takeJoinAnswer(e *tcp.Endpoint, j *wire.Join) bool {
	c := sf.c
	if j == nil {
		sf.abort(e, ReasonMPTCP)
		return false
	}
	sf.peer = j.Nonce
	if [8]byte(c.hash.HMAC(c.peerKey, c.key, sf.peer, sf.nonce)) != [8]byte(j.HMAC[:8]) {
		c.Stats.BadHMACs++
		sf.abort(e, ReasonMPTCP)
		return false
	}
	sf.Backup = sf.Backup || j.Backup
	sf.peerID = j.AddrID
	e.AwaitFourth()
	return true
}

// takeJoinAck checks the third packet of a join, and sends the fourth.
func (sf *Subflow) takeJoinAck(e *tcp.Endpoint, s *wire.Segment, j *wire.Join) bool {
	c := sf.c
	if j == nil {
		sf.abort(e, ReasonMPTCP)
		return false
	}
	if [20]byte(c.hash.HMAC(c.peerKey, c.key, sf.peer, sf.nonce)) != j.HMAC {
		c.Stats.BadHMACs++
		sf.abort(e, ReasonMPTCP)
		return false
	}
	c.learn(sf.peerID, e.Remote()) // only now: before, anybody can say so
	// Unlike RFC 8684, section 3.3.5, which has a window count on the receipt of a DATA_ACK, that of the
	// third packet counts, because there is no room for a DATA_ACK in it, and its sender, if it only
	// receives, would send none before data has come on the subflow. It is relative to what the peer has
	// acknowledged by then: what we knew of when the SYN/ACK left, or more.
	c.wndEdge = max(c.wndEdge, sf.known+e.PeerRoom(s))
	sf.use()
	e.SendAck(nil)
	return true
}

// proof returns the MP_JOIN of the third packet, which every ACK carries until the
// fourth comes: an ACK without it would end the join.
func (sf *Subflow) proof() *wire.Options {
	mac := [20]byte(sf.c.hash.HMAC(sf.c.key, sf.c.peerKey, sf.nonce, sf.peer))
	return &wire.Options{WScale: -1, Join: &wire.Join{HMAC: mac}}
}

// reset returns the MP_TCPRST with a reason (RFC 8684, section 3.6).
func reset(reason uint8, transient bool) *wire.Options {
	return &wire.Options{WScale: -1, Reset: &wire.Reset{Reason: reason, Transient: transient}}
}

// abort resets sf for a reason, which version 0 cannot tell.
func (sf *Subflow) abort(e *tcp.Endpoint, reason uint8) {
	var opt *wire.Options
	if sf.c.profile != V0 {
		opt = reset(reason, reason == ReasonOutstanding || reason == ReasonPerformance)
	}
	sf.why = reason
	e.Abort(opt)
}
