package mptcp

import (
	"slices"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
)

// maxSignalRun is how many ACKs in a row may do nothing but carry MPTCP options:
// a sender that does not know them takes a third for a sign of loss (RFC 8684,
// section 3).
const maxSignalRun = 2

// maxWaiting bounds the signals that wait: a peer that repeats an ADD_ADDR gets its
// echo another time.
const maxWaiting = 16

// signalRun counts the ACKs in a row that carried nothing but options.
type signalRun struct {
	ack  uint32 // their acknowledgement number
	data uint64 // data segments sent before them
	n    int
}

// urgency orders the signals that wait, the most urgent first: what tells of subflows and addresses
// that are in use before what tells of new ones. MP_FAIL and MP_FASTCLOSE never wait.
func urgency(o *wire.Options) int {
	switch {
	case o.Prio != nil:
		return 0
	case len(o.RemoveAddr) > 0:
		return 1
	case o.AddAddr.Echo:
		return 2
	}
	return 3
}

// signal sends o on an ACK of its own or, if too many in a row have gone that
// way, with the next ACK that there is a reason for and that has room for it, or once data has been
// sent or come. Of a priority that waits the latest counts, and of an address its withdrawal. What
// is too much to wait is an ADD_ADDR or an echo, which come again.
func (sf *Subflow) signal(o *wire.Options) {
	sf.waiting = slices.DeleteFunc(sf.waiting, func(w *wire.Options) bool {
		switch {
		case w.Prio != nil:
			return o.Prio != nil
		case w.AddAddr != nil:
			return !w.AddAddr.Echo && slices.Contains(o.RemoveAddr, w.AddAddr.AddrID)
		}
		return slices.Equal(w.RemoveAddr, o.RemoveAddr)
	})
	rank := urgency(o)
	i := len(sf.waiting)
	for i > 0 && urgency(sf.waiting[i-1]) > rank {
		i--
	}
	if len(sf.waiting) < maxWaiting || rank < 2 {
		sf.waiting = slices.Insert(sf.waiting, i, o)
	}
	sf.sendWaiting()
}

// bequeath hands what waits on sf, which has ended, and is not about sf alone to another subflow.
func (sf *Subflow) bequeath() {
	waiting := sf.waiting
	sf.waiting = nil
	for _, o := range waiting {
		if len(sf.c.live) > 0 && len(o.RemoveAddr) > 0 {
			sf.c.live[0].signal(o)
		}
	}
}

// sendWaiting sends the signals that wait, the first first, as far as they may have ACKs of
// their own. Until the peer has shown that it has both keys an ACK carries those (RFC 8684, section
// 3.1): without them it would take a listener out of SYN-RECEIVED that then never learns them.
func (sf *Subflow) sendWaiting() {
	if sf.c.client && !sf.c.full {
		return
	}
	for len(sf.waiting) > 0 {
		run := signalRun{ack: sf.e.AckNumber(), data: sf.e.Stats.DataSent}
		if sf.run.ack == run.ack && sf.run.data == run.data {
			run.n = sf.run.n
		}
		if run.n == maxSignalRun {
			return
		}
		run.n++
		sf.run = run
		o := sf.waiting[0]
		sf.waiting = sf.waiting[1:]
		sf.e.SendAck(o)
	}
}

// stampWaiting lets the first signal that waits travel with s, an ACK that goes anyway and has all
// else that it must have, if there is room.
func (sf *Subflow) stampWaiting(s *wire.Segment) {
	s.Opt = sf.waiting[0]
	if s.OptionLen() > wire.OptionSpace {
		s.Opt = nil
		return
	}
	sf.waiting = sf.waiting[1:]
}

// takeSignals acts on the options that change subflows and the connection. Some
// end sf.
func (sf *Subflow) takeSignals(s *wire.Segment) {
	c, o := sf.c, s.Opt
	if s.Flags.Has(wire.RST) && o.Reset != nil && c.profile != V0 { // without RST it means nothing
		sf.peerReset = o.Reset
		sf.lost = o.Reset.Reason == ReasonMiddlebox || o.Reset.Reason == ReasonMPTCP
	}
	if o.FastClose != nil {
		c.takeFastClose(o.FastClose)
	}
	if c.ended {
		return
	}
	if o.Fail != nil {
		sf.takeFail(s)
	}
	if s.Flags.Has(wire.RST) || sf.joining { // the last word of sf, or not proved yet to be of the peer
		return
	}
	if o.Prio != nil {
		sf.takePrio(o.Prio)
	}
	if o.AddAddr != nil && c.keysKnown {
		sf.takeAddAddr(o.AddAddr)
	}
	for _, id := range o.RemoveAddr {
		c.takeRemoveAddr(id)
	}
}

// takePrio acts on MP_PRIO (RFC 8684, section 3.3.8). In version 0 it may be about
// all subflows of an address.
func (sf *Subflow) takePrio(p *wire.Prio) {
	c := sf.c
	switch {
	case !p.HasAddrID:
		sf.Backup = p.Backup
		sf.e.Flow.Backup = p.Backup
	case c.profile != V1:
		for _, s := range c.live {
			if s.peerID == p.AddrID {
				s.Backup = p.Backup
				s.e.Flow.Backup = p.Backup
			}
		}
	}
	c.changed = true
}

// peerAddr is what is known of an address of the peer (RFC 8684, section 3.4.1).
type peerAddr struct {
	addr      netem.Addr
	known     bool
	withdrawn bool
}

// learn notes that id stands for a. An id keeps its address until it is withdrawn.
func (c *Conn) learn(id uint8, a netem.Addr) bool {
	for int(id) >= len(c.peers) {
		c.peers = append(c.peers, peerAddr{})
	}
	p := &c.peers[id]
	if p.known && !p.withdrawn && p.addr != a {
		return false
	}
	p.addr, p.known, p.withdrawn = a, true, false
	return true
}

// idOf returns the Address ID of a, an address of the peer.
func (c *Conn) idOf(a netem.Addr) (uint8, bool) {
	for id, p := range c.peers {
		if p.known && !p.withdrawn && p.addr == a {
			return uint8(id), true
		}
	}
	return 0, false
}

// advert is an ADD_ADDR of ours, repeated until the peer echoes it.
type advert struct {
	id    uint8
	addr  netem.Addr
	tries int
	done  bool // echoed or given up
}

// maxAddAddrRTO bounds the time to the first repetition of an ADD_ADDR (Linux:
// add_addr_timeout).
const maxAddAddrRTO = 120 * time.Second

// advertise sends a, and again until it is echoed. Version 0 and its successor
// drafts have no echo, and send it once.
func (c *Conn) advertise(a *advert) {
	if c.ended || c.plain || a.done || len(c.live) == 0 {
		return
	}
	p := &c.cfg.Protocol
	if a.tries > p.AddAddrRetries {
		a.done = true
		c.Stats.AddAddrsGivenUp++
		c.notify(pathmgr.Event{Kind: pathmgr.AddrEchoed, Addr: pathmgr.AddrID(a.id)})
		return
	}
	o := &wire.AddAddr{AddrID: a.id, Addr: uint32(a.addr), Plain: c.profile == V0}
	if !o.Plain {
		o.HMAC = c.hash.AddAddrHMAC(c.key, c.peerKey, o)
	}
	c.Stats.AddAddrsSent++
	c.live[0].signal(&wire.Options{WScale: -1, AddAddr: o})
	if c.profile != V1 {
		a.done = true
		return
	}
	rto := p.AddAddrRTO
	if rto == 0 {
		for _, sf := range c.live {
			rto = max(rto, sf.e.RTT.RTO())
		}
		rto = min(rto, maxAddAddrRTO)
	}
	c.after(rto<<a.tries, func() { c.advertise(a) })
	a.tries++
}

// takeAddAddr acts on ADD_ADDR: a proof that fails is ignored, an echo ends our
// repetitions, a new address is echoed and the path manager told (RFC 8684,
// section 3.4.1).
func (sf *Subflow) takeAddAddr(a *wire.AddAddr) {
	c := sf.c
	switch {
	case a.Echo && c.profile == V1:
		for _, own := range c.adverts {
			if own.id == a.AddrID && !own.done {
				own.done = true
				c.notify(pathmgr.Event{Kind: pathmgr.AddrEchoed, Addr: pathmgr.AddrID(a.AddrID)})
			}
		}
		return
	case a.Echo, a.Plain != (c.profile == V0):
		return
	case !a.Plain && a.HMAC != c.hash.AddAddrHMAC(c.peerKey, c.key, a):
		c.Stats.BadHMACs++
		return
	}
	if a.Addr6.IsValid() || !c.learn(a.AddrID, netem.Addr(a.Addr)) {
		return // of another family, or a different address under the same id
	}
	if c.profile == V1 {
		echo := &wire.AddAddr{Echo: true, AddrID: a.AddrID, Addr: a.Addr, Port: a.Port}
		sf.signal(&wire.Options{WScale: -1, AddAddr: echo})
	}
	// Without a port it is that of the subflow that brought the option.
	_, port := sf.e.Ports()
	if a.Port != 0 {
		port = a.Port
	}
	for i, r := range c.paths {
		if r.Dst == netem.Addr(a.Addr) {
			c.ports[i], c.barred[i] = port, false
		}
	}
	c.notify(pathmgr.Event{Kind: pathmgr.AddrAnnounced, Addr: pathmgr.AddrID(a.AddrID), Path: -1})
}

// takeRemoveAddr acts on the withdrawal of an address of the peer: subflows that
// use it must show that they still live, or are reset (RFC 8684, section 3.4.2).
func (c *Conn) takeRemoveAddr(id uint8) {
	if int(id) >= len(c.peers) || !c.peers[id].known {
		return
	}
	p := &c.peers[id]
	p.withdrawn = true
	for i, r := range c.paths {
		if r.Dst == p.addr {
			c.barred[i] = true
		}
	}
	for _, sf := range slices.Clone(c.live) {
		if sf.peerID != id || c.eng.Now() < sf.probeEnd {
			continue
		}
		if !c.cfg.Protocol.RemoveCheck {
			sf.e.Abort(nil)
			continue
		}
		rto := sf.e.RTT.RTO()
		sf.probing, sf.probeEnd = true, c.eng.Now().Add(rto)
		sf.e.KeepAlive()
		c.after(rto, func() {
			if sf.probing && !sf.gone {
				sf.e.Abort(nil)
			}
		})
	}
	c.notify(pathmgr.Event{Kind: pathmgr.AddrRemoved, Addr: pathmgr.AddrID(id), Path: -1})
}

// alive is called when a subflow that was to be removed has answered: it stays,
// and whoever withdrew its address must close it.
func (sf *Subflow) alive() { sf.probing = false }

// takeFail acts on MP_FAIL (RFC 8684, section 3.7). With a reset it is about that
// subflow alone: what it carried must go out again. On the only subflow it is answered, and
// the connection falls back, unless data are in flight that do not follow one another.
func (sf *Subflow) takeFail(s *wire.Segment) {
	c := sf.c
	switch {
	case s.Flags.Has(wire.RST):
		sf.lost = true
	case len(c.live) != 1 || !sf.up:
	case c.scattered():
		sf.lost = true
		sf.abort(sf.e, ReasonMiddlebox)
	default:
		c.fallBack(PeerFail)
		sf.e.SendAck(&wire.Options{WScale: -1, Fail: &wire.Fail{DSN: c.dataAck()}})
	}
}

// fails returns the option of a reset because of a bad checksum.
func (c *Conn) fails(dsn uint64) *wire.Options {
	o := &wire.Options{WScale: -1, Fail: &wire.Fail{DSN: dsn}}
	if c.profile != V0 {
		o.Reset = &wire.Reset{Reason: ReasonMiddlebox}
	}
	return o
}

// replay queues all that the peer has not acknowledged at the data level and no
// live subflow has on its way: a subflow has acknowledged bytes that its
// connection then threw away.
func (c *Conn) replay() {
	at := c.sndUna
	type part struct{ from, to uint64 }
	var flying []part
	for _, sf := range c.live {
		sf.e.EachOutstanding(func(ch tcp.Chunk) {
			flying = append(flying, part{ch.Pos, ch.Pos + uint64(ch.Len)})
		})
	}
	slices.SortFunc(flying, func(a, b part) int { return int(int64(a.from - b.from)) })
	for _, f := range append(flying, part{c.sndNxt, c.sndNxt}) {
		if at < f.from {
			c.queueReinject(at, f.from, nil)
		}
		at = max(at, f.to)
	}
}
