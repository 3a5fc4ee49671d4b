package mptcp

import (
	"slices"

	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/app"
	"mpsim/sim/netem"
)

// accepts returns the profile in which a listener answers the offer k, if any.
func (p *Protocol) accepts(k *wire.Capable) (Profile, bool) {
	switch {
	case !k.SHA256: // no algorithm in common (in version 0 the bit means SHA-1)
		return 0, false
	case k.Checksum && p.Checksum == ChecksumRefuse:
		return 0, false
	case k.Version == 0 && k.NKeys == 1:
		return V0, p.Profile == V0 || p.AcceptV0
	}
	return p.Profile, k.Version >= 1 && k.NKeys == 0 && p.Profile != V0
}

func capable(s *wire.Segment) *wire.Capable {
	if s.Opt == nil {
		return nil
	}
	return s.Opt.Capable
}

// dial makes the endpoint of the initial subflow at the client.
func (c *Conn) dial(sf *Subflow) {
	h := c.stack.host
	sf.e = tcp.Dial(h, &c.cfg.TCP, sf, c.paths[sf.Path], h.EphemeralPort(netem.TCP, c.paths[sf.Path], c.port), c.port, c.cfg.Rand.Uint32())
	sf.useController()
}

// answer makes the initial subflow for the SYN in p.
func (c *Conn) answer(p *netem.Packet, paths []*netem.Route) *tcp.Endpoint {
	sf := c.passiveSubflow(p, paths)
	sf.e = tcp.Answer(c.stack.host, &c.cfg.TCP, sf, p, c.cfg.Rand.Uint32())
	sf.useController()
	return sf.e
}

// passiveSubflow makes the initial subflow at the listener, for p of the client.
func (c *Conn) passiveSubflow(p *netem.Packet, paths []*netem.Route) *Subflow {
	c.paths = paths
	c.ports = make([]uint16, len(paths))
	c.barred = make([]bool, len(paths))
	c.shortLives = make([]int, len(paths))
	c.port = p.SrcPort
	sf := c.newSubflow(c.pathOf(p))
	sf.passive = true
	c.learn(0, p.Src)
	return sf
}

// begin starts the workload, once it is decided whether the connection is MPTCP.
func (c *Conn) begin(sf *Subflow) {
	if c.begun {
		return
	}
	c.begun = true
	_, taken := sf.e.SYNData()
	c.sndUna = uint64(taken)
	c.sndNxt, c.sndEnd = c.sndUna, c.sndUna
	c.dsn0 -= c.sndUna
	c.wndEdge, c.wndSize = c.sndNxt+uint64(sf.e.Room()), sf.e.Room()
	c.edgeTold = uint64(sf.e.Announced())
	c.rcvEdge = max(c.rcvEdge, c.edgeTold) // a stateless SYN/ACK has told it before there was a connection
	c.Stats.EstablishedAt = c.eng.Now()
	sf.use()
	c.start()
	if c.synData > 0 {
		if c.keysKnown { // version 0: the key in the SYN was taken before its data
			c.learnKey(c.peerKey)
		}
		c.accept(sf, c.synData)
	}
	c.push()
}

// start starts the workload, once.
func (c *Conn) start() {
	if c.attach == nil || c.workload != nil {
		return
	}
	if c.workload = c.attach(); c.workload != nil {
		c.workload.Start(c)
	}
}

// FillSYN implements tcp.FastOpener: only the initial subflow has data in its SYN.
func (sf *Subflow) FillSYN(_ *tcp.Endpoint, max int) int {
	if sf.join {
		return 0
	}
	return int(min(uint64(max), sf.c.written))
}

// capable returns the MP_CAPABLE that this end sends, with nKeys keys.
func (c *Conn) capable(nKeys int) *wire.Capable {
	p := &c.cfg.Protocol
	k := &wire.Capable{
		Version: c.profile.version(), SHA256: true, NKeys: nKeys,
		Checksum: p.Checksum == ChecksumWant || nKeys == 2 && c.checksum,
		NoJoins:  p.NoJoins && c.profile != V0,
	}
	if nKeys >= 1 {
		k.SenderKey = c.key
	}
	if nKeys == 2 {
		k.PeerKey = c.peerKey
	}
	return k
}

// stampSYN sets the MPTCP option of a SYN or SYN/ACK.
func (sf *Subflow) stampSYN(s *wire.Segment) {
	c := sf.c
	switch {
	case sf.join:
		sf.stampJoin(s)
	case c.plain:
	case sf.passive:
		s.Opt.Capable = c.capable(1)
	case c.offers && sf.e.SYNs() <= 1+c.cfg.Protocol.SYNRetries:
		n := 0
		if c.profile == V0 {
			n = 1
		}
		s.Opt.Capable = c.capable(n)
		c.offered = true
		sf.e.UseMappings(c.dssRoom())
	}
}

// stampKeys repeats both keys until the peer has shown that it knows ours; the
// first data segment carries them with its length, in place of a mapping. In
// version 0 only the third packet carries them.
func (sf *Subflow) stampKeys(s *wire.Segment) {
	c := sf.c
	mapped := s.DSS&wire.HasMap != 0
	switch {
	case mapped && (s.SSN != 1 || c.profile == V0):
		sf.stampDSS(s)
	case mapped:
		k := c.capable(2)
		k.DataLen, k.HasData = s.MapLen, true
		if k.HasSum = c.checksum; k.HasSum {
			k.Sum = sf.sum(s)
		}
		s.Opt = &wire.Options{WScale: -1, Capable: k}
		s.DSS = 0
	case s.Opt != nil:
		sf.stampDSS(s)
	default:
		s.Opt = &wire.Options{WScale: -1, Capable: c.capable(2)}
	}
}

// takeHandshake acts on the options of the handshakes. It reports whether the
// segment may go on.
func (sf *Subflow) takeHandshake(e *tcp.Endpoint, s *wire.Segment) bool {
	c := sf.c
	switch {
	case c.plain || s.Flags.Has(wire.RST):
		return true
	case sf.joining:
		return sf.takeJoin(e, s)
	case s.Flags.Has(wire.SYN) && sf.passive:
		sf.takeOffer(e, capable(s))
		return true
	case s.Flags.Has(wire.SYN):
		return sf.takeAnswer(e, capable(s))
	case sf.passive && !sf.join:
		return c.full && s.Opt == nil || sf.takeKeys(s)
	case sf.passive && s.Opt != nil && s.Opt.Join != nil: // the fourth packet was lost
		e.SendAck(nil)
	}
	return true
}

// takeOffer is the listener's look at the SYN; accept has found it good.
func (sf *Subflow) takeOffer(e *tcp.Endpoint, k *wire.Capable) {
	c := sf.c
	if k == nil { // a repeated SYN that does without: the third packet decides
		return
	}
	e.UseMappings(c.dssRoom())
	c.checksum = c.checksum || k.Checksum
	c.noJoins = k.NoJoins && c.profile != V0
	if c.profile == V0 {
		c.learnKey(k.SenderKey)
	}
}

// takeAnswer is the client's look at the SYN/ACK: without a good MP_CAPABLE it
// is the answer of a host that speaks TCP (RFC 8684, section 3.1).
func (sf *Subflow) takeAnswer(e *tcp.Endpoint, k *wire.Capable) bool {
	c := sf.c
	p := &c.cfg.Protocol
	m := c.stack.memory(e.Remote())
	_, taken := e.SYNData()
	good := k != nil && c.offered && k.NKeys == 1 && k.SHA256 && k.Version == c.profile.version() &&
		!(k.Checksum && p.Checksum == ChecksumRefuse)
	switch {
	case good:
		c.checksum = c.checksum || k.Checksum
		c.noJoins = k.NoJoins && c.profile != V0
		c.learnKey(k.SenderKey)
		c.learn(0, e.Remote())
		m.silentTime = 0
	case !c.offered:
		c.fallBack(NotOffered)
	case e.SYNs() > 1+p.SYNRetries && p.Blackhole > 0: // only a SYN without it got through
		m.silentTime = min(max(2*m.silentTime, p.Blackhole), 64*p.Blackhole)
		m.silent = c.eng.Now().Add(m.silentTime)
		c.fallBack(Blackhole)
	case p.RetryV0 && c.profile != V0 && taken == 0: // else the peer's application has begun to read
		m.v0 = true
		c.retry(e)
		return false
	default:
		c.fallBack(NoCapable)
	}
	return true
}

// retry begins again with version 0.
func (c *Conn) retry(old *tcp.Endpoint) {
	sf := c.subflows[0]
	if key, ok := c.stack.newKey(c.cfg.Rand, V0.hash()); ok {
		c.use(V0, key)
	}
	c.dial(sf)
	old.Abort(nil)
	sf.e.Connect()
}

// takeKeys is the listener's look at what follows its SYN/ACK: the keys, which are
// on the third packet and the first data until the client knows that they have
// come (RFC 8684, section 3.1).
func (sf *Subflow) takeKeys(s *wire.Segment) bool {
	c := sf.c
	k := capable(s)
	switch {
	case k == nil && c.keysKnown && c.begun:
		if c.profile == V0 && s.DSS != 0 { // after a fast open the third packet may be lost
			c.established()
		}
	case k == nil:
		first := s.SSN == 1 && s.DSS&wire.HasMap != 0
		switch {
		case c.profile == V0 && s.DSS != 0:
			c.begin(sf) // the third packet was lost, and the SYN had the key
			c.established()
		case s.DSS != 0 && !first:
			return false // it overtook the keys, cannot be placed, and will come again
		default:
			c.fallBack(NoKeys)
			c.begin(sf)
		}
	case k.NKeys != 2 || k.Version != c.profile.version() || !k.SHA256 || k.PeerKey != c.key ||
		c.keysKnown && k.SenderKey != c.peerKey:
		if !c.full { // tampered with: no MPTCP (RFC 8684, section 3.1)
			c.fallBack(BadKeys)
			c.begin(sf)
		}
	default:
		if !c.full {
			c.checksum = c.checksum || k.Checksum
			c.learnKey(k.SenderKey)
			c.begin(sf)
			c.established()
		}
		if k.HasData { // as good as a DSS
			s.DSS |= wire.HasMap
			s.DSN, s.SSN, s.MapLen = c.peerDSN0+c.synData, 1, k.DataLen
			if k.HasSum {
				s.DSS |= wire.HasSum
				s.Sum = k.Sum
			}
		}
	}
	return true
}

// learnKey takes the peer's key and what follows from it.
func (c *Conn) learnKey(key uint64) {
	c.peerKey, c.keysKnown = key, true
	c.peerDSN0 = c.idsn(key) + 1 - c.synData
}

// established is called when the peer has shown that it knows our key, or we
// know its: the path manager may act.
func (c *Conn) established() {
	if c.full {
		return
	}
	c.full = true
	c.notify(pathmgr.Event{Kind: pathmgr.Established})
	for _, sf := range slices.Clone(c.live) {
		sf.sendWaiting()
	}
}

// Connect sends the first SYN of a connection that Dial made. attach is called
// once it is established and returns its workload.
func (c *Conn) Connect(attach func() app.Workload) {
	c.attach = attach
	e := c.subflows[0].e
	if e.CanFastOpen() { // the first data can travel with the SYN
		c.start()
	}
	e.Connect()
}
