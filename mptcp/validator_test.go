package mptcp_test

import (
	"fmt"
	"sort"
	"testing"

	"mpsim/mptcp"
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// A validator watches the links of a lab and judges every packet by RFC 8684. It
// knows nothing but the packets and the configuration: keys, tokens, mappings and windows
// are worked out again from what is on the wire.
type validator struct {
	t      testing.TB
	cfg    *mptcp.Config
	halves map[socket]*half
	ends   map[uint32]*end // by token
	nonces map[uint32]*half
	fails  int
	now    string
	blind  bool // packets come from the test, or have ports of its own
}

// socket identifies one direction of a subflow.
type socket struct {
	src, dst         netem.Addr
	srcPort, dstPort uint16
}

// half is one direction of a subflow, named after its sender.
type half struct {
	back  *half
	end   *end
	iss   uint32
	join  bool
	first bool // sent the SYN
	scale int8 // of the window, from its SYN
	nonce uint32
	heard uint32 // the nonce of the peer as it arrived

	offer  *wire.Capable // in the SYN, as it arrived
	fourth bool          // the joiner has got an ACK of the third packet
	maps   []placed      // by ascending SSN
	run    int           // ACKs in a row that only signal
	ack    uint32        // last acknowledgement number
	data   uint64        // ... and DATA_ACK
	nxt    uint32        // sequence number after the last that was sent
}

// placed is a mapping as its sender declared it.
type placed struct {
	ssn, n uint32
	dsn    uint64
}

// end is one end of a connection.
type end struct {
	peer  *end
	hash  wire.Hash
	key   uint64
	idsn  uint64
	addrs map[uint8]netem.Addr // by Address ID
	plain bool                 // speaks TCP from now on
	next  uint64               // DSN that the peer's data received so far runs up to
	later []placed             // received beyond it
	fin   uint64               // DSN of the peer's DATA_FIN; 0: not received
	edge  uint64               // right edge announced
	last  uint64               // DSN of its own DATA_FIN; 0: not sent
	top   uint64               // DSN after the last data sent
}

// validate makes a validator watch l. Both ends must be real.
func (l *lab) validate() {
	v := &validator{t: l.t, cfg: &l.cfg, halves: make(map[socket]*half), ends: make(map[uint32]*end), nonces: make(map[uint32]*half)}
	for _, d := range l.links {
		for _, k := range []*netem.Link{d.Up, d.Down} {
			k.Points.Offered.Observe(func(e netem.PacketEvent) { v.sent(e) })
			k.Points.Delivered.Observe(func(e netem.PacketEvent) { v.arrived(e) })
		}
	}
	l.validator = v
}

// wrong reports a violation, up to a few.
func (v *validator) wrong(format string, args ...any) {
	v.t.Helper()
	if v.fails++; v.fails <= 5 {
		v.t.Errorf("%s: %s", v.now, fmt.Sprintf(format, args...))
	}
}

func (v *validator) event(e netem.PacketEvent, s *wire.Segment) {
	p := e.Packet
	v.now = ""
	if v.fails < 5 {
		v.now = fmt.Sprintf("%v %s %v:%d seq %d flags %#x len %d", e.Now, e.Link.Name, p.Src, p.SrcPort, s.Seq, s.Flags, s.Len)
	}
}

// halfOf returns the direction in which p goes.
func (v *validator) halfOf(p *netem.Packet) *half {
	k := socket{p.Src, p.Dst, p.SrcPort, p.DstPort}
	if h := v.halves[k]; h != nil {
		return h
	}
	h, b := &half{first: true}, &half{}
	h.back, b.back = b, h
	v.halves[k], v.halves[socket{p.Dst, p.Src, p.DstPort, p.SrcPort}] = h, b
	return h
}

// key returns the key of the end that e belongs to.
func (v *validator) key(e *tcp.Endpoint) uint64 { return v.halves[socketOf(e)].end.key }

// hashOf returns the hash of a connection by the version on the wire.
func (v *validator) hashOf(version uint8) wire.Hash {
	if version == 0 || v.cfg.Protocol.Profile == mptcp.Bis97 {
		return wire.SHA1
	}
	return wire.SHA256
}

// sent judges a packet that its sender hands to the network.
func (v *validator) sent(e netem.PacketEvent) {
	if v.blind {
		return
	}
	s := e.Packet.Payload.(*wire.Segment)
	v.event(e, s)
	if n := s.OptionLen(); n > wire.OptionSpace {
		v.wrong("%d bytes of options, there is room for %d", n, wire.OptionSpace)
	}
	v.encoding(e.Packet, s)
	h := v.halfOf(e.Packet)
	if s.Flags.Has(wire.SYN) {
		h.iss = s.Seq
		if s.Opt != nil && s.Opt.WScale > 0 {
			h.scale = s.Opt.WScale
		}
	}
	if o := s.Opt; o != nil {
		if o.Capable != nil {
			v.capable(h, s, o.Capable)
		}
		if o.Join != nil {
			v.join(h, e.Packet.Src, s, o.Join)
		}
		v.signals(h, e.Packet.Src, o)
	}
	v.counts(h, s)
	if end := s.Seq + uint32(s.Len) + uint32(s.Flags&wire.FIN|s.Flags&wire.SYN>>1); int32(end-h.nxt) > 0 || s.Flags.Has(wire.SYN) {
		h.nxt = end
	}
	if h.end == nil || s.Flags.Has(wire.RST) {
		return
	}
	if s.DSS != 0 || s.Len > 0 {
		v.dss(h, s)
	}
}

// reserved are the bits of bytes 2 and 3 that are zero, by subtype and by
// whether the option is of a SYN.
var reserved = map[byte]uint16{
	0x0: 0x005e, // MP_CAPABLE: B and D to G
	0x2: 0x0fe0, // DSS
	0x3: 0x0e00, // ADD_ADDR
	0x4: 0x0f00, // REMOVE_ADDR
	0x5: 0x0e00, // MP_PRIO
	0x6: 0x0fff, // MP_FAIL
	0x7: 0x0fff, // MP_FASTCLOSE
	0x8: 0x0e00, // MP_TCPRST
}

// encoding checks the bytes of the options: at most 40, reserved bits zero, only
// known subtypes and reasons.
func (v *validator) encoding(p *netem.Packet, s *wire.Segment) {
	b := wire.AppendOptions(nil, s)
	if len(b) > wire.OptionSpace || len(b) != s.OptionLen() {
		v.wrong("%d bytes of options, counted as %d", len(b), s.OptionLen())
	}
	if p.Size != units.Bytes(40+len(b)+int(s.Len)) {
		v.wrong("the packet has %d bytes", p.Size)
	}
	if s.Flags.Has(wire.URG) {
		v.wrong("an urgent pointer")
	}
	for len(b) > 1 {
		n := 1
		if b[0] > 1 {
			n = int(b[1])
		}
		if b[0] == 30 {
			sub, bits := b[2]>>4, uint16(b[2])<<8
			if n > 3 {
				bits |= uint16(b[3])
			}
			mask, ok := reserved[sub]
			switch {
			case sub == 1 && s.Flags.Has(wire.SYN):
				mask = 0x0e00
			case sub == 1:
				mask = 0x0fff
			case sub == 3 && bits>>8&0xf >= 4: // version 0: the IP version
				mask = 0
			case !ok:
				v.wrong("subtype %#x", sub)
			}
			if bits&mask != 0 {
				v.wrong("reserved bits of % x", b[:n])
			}
			if sub == 0 && b[3]&1 == 0 {
				v.wrong("MP_CAPABLE names no algorithm: % x", b[:n])
			}
			if sub == 8 && b[3] > 6 {
				v.wrong("reason %d", b[3])
			}
		}
		b = b[n:]
	}
}

// capable judges MP_CAPABLE and learns the keys.
func (v *validator) capable(h *half, s *wire.Segment, k *wire.Capable) {
	if h.join || h.back.join {
		v.wrong("MP_CAPABLE on a subflow that joined")
	}
	if s.Flags.Has(wire.SYN | wire.ACK) {
		switch o := h.back.offer; {
		case o == nil:
			v.wrong("MP_CAPABLE answers a SYN without it")
		case k.Version > o.Version:
			v.wrong("version %d answers an offer of %d", k.Version, o.Version)
		}
	}
	want := 2
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK), s.Flags.Has(wire.SYN) && k.Version == 0:
		want = 1
	case s.Flags.Has(wire.SYN):
		want = 0
	}
	if k.NKeys != want {
		v.wrong("MP_CAPABLE with %d keys, want %d", k.NKeys, want)
	}
	if k.NKeys == 0 {
		return
	}
	if h.end == nil {
		hash := v.hashOf(k.Version)
		h.end = &end{hash: hash, key: k.SenderKey, idsn: hash.IDSN(k.SenderKey), addrs: make(map[uint8]netem.Addr)}
		h.end.top = h.end.idsn + 1
		if old := v.ends[hash.Token(k.SenderKey)]; old != nil {
			v.wrong("the token is in use")
		}
		v.ends[hash.Token(k.SenderKey)] = h.end
		if p := h.back.end; p != nil {
			h.end.peer, p.peer = p, h.end
			h.end.next, p.next = p.idsn+1, h.end.idsn+1
		}
	}
	if k.SenderKey != h.end.key {
		v.wrong("key %x, before it was %x", k.SenderKey, h.end.key)
	}
	if k.HasData {
		v.place(h, s, placed{1, uint32(k.DataLen), h.end.idsn + 1})
	}
}

// join judges MP_JOIN: who is meant, and the proofs.
func (v *validator) join(h *half, src netem.Addr, s *wire.Segment, j *wire.Join) {
	h.join, h.back.join = true, true
	switch {
	case s.Flags.Has(wire.SYN) && !s.Flags.Has(wire.ACK):
		peer := v.ends[j.Token]
		if peer == nil || peer.peer == nil {
			v.wrong("token %x is nobody's", j.Token)
			return
		}
		h.end, h.back.end = peer.peer, peer
		v.nonce(h, j.Nonce)
		v.address(h.end, j.AddrID, src)
	case s.Flags.Has(wire.SYN):
		v.nonce(h, j.Nonce)
		if h.end != nil {
			v.address(h.end, j.AddrID, src)
			v.proof(h, j.HMAC[:8])
		}
	case h.end != nil:
		v.proof(h, j.HMAC[:])
	}
}

// nonce checks that n is fresh: only a repeated SYN has the nonce of another.
func (v *validator) nonce(h *half, n uint32) {
	if old := v.nonces[n]; old != nil && old != h {
		v.wrong("nonce %x again", n)
	}
	v.nonces[n], h.nonce = h, n
}

// proof checks an HMAC: own key and nonce first.
func (v *validator) proof(h *half, mac []byte) {
	e := h.end
	if want := e.hash.HMAC(e.key, e.peer.key, h.nonce, h.heard)[:len(mac)]; string(want) != string(mac) {
		v.wrong("HMAC % x, want % x", mac, want)
	}
}

// address checks that id stands for one address.
func (v *validator) address(e *end, id uint8, a netem.Addr) {
	if old, ok := e.addrs[id]; ok && old != a {
		v.wrong("Address ID %d is %v, before it was %v", id, a, old)
	}
	e.addrs[id] = a
}

// signals judges the other options.
func (v *validator) signals(h *half, src netem.Addr, o *wire.Options) {
	e := h.end
	if a := o.AddAddr; a != nil && !a.Echo && e != nil {
		v.address(e, a.AddrID, netem.Addr(a.Addr))
		if !a.Plain && a.HMAC != e.hash.AddAddrHMAC(e.key, e.peer.key, a) {
			v.wrong("HMAC of ADD_ADDR %d", a.AddrID)
		}
	}
	if f := o.FastClose; f != nil && (e == nil || f.Key != e.peer.key) {
		v.wrong("MP_FASTCLOSE with key %x", f.Key)
	}
	if e == nil {
		return
	}
	for _, id := range o.RemoveAddr {
		delete(e.addrs, id)
	}
	if e.plain && (o.Capable != nil || o.Join != nil || o.AddAddr != nil || o.Prio != nil || o.RemoveAddr != nil) {
		v.wrong("MPTCP options after the fallback: %+v", o)
	}
}

// counts checks that no more than two ACKs in a row are only there for their
// options: a third would look like a loss.
func (v *validator) counts(h *half, s *wire.Segment) {
	o := s.Opt
	switch {
	case s.Len > 0 || s.Flags&(wire.SYN|wire.FIN|wire.RST) != 0 || h.ack != s.Ack || h.data != s.DataAck:
		h.run, h.ack, h.data = 0, s.Ack, s.DataAck
	case o == nil:
		return
	}
	if o != nil && s.Len == 0 && (o.AddAddr != nil || o.Prio != nil || o.RemoveAddr != nil) {
		if h.run++; h.run > 2 {
			v.wrong("%d ACKs in a row that only signal", h.run)
		}
	}
}

// dss judges data and what is said about it.
func (v *validator) dss(h *half, s *wire.Segment) {
	e := h.end
	if s.Len > 0 && h.join && h.first && !h.fourth {
		v.wrong("data before the fourth packet of the join")
	}
	mapped := s.DSS.Has(wire.HasMap) || s.Opt != nil && s.Opt.Capable != nil && s.Opt.Capable.HasData
	infinite := s.DSS.Has(wire.HasMap) && s.MapLen == 0
	switch {
	case infinite:
		e.plain = true
		if s.DSS.Has(wire.HasSum) && s.Sum != 0 {
			v.wrong("an infinite mapping with checksum %#x", s.Sum)
		}
		if s.DSS.Has(wire.HasDataAck) {
			v.wrong("an infinite mapping with a DATA_ACK")
		}
		return
	case s.Len > 0 && !mapped:
		e.plain = true // from now on, or it is a mistake
		return
	case e.plain && s.DSS != 0:
		v.wrong("DSS %#x after the fallback", s.DSS)
		return
	}
	if s.DSS.Has(wire.HasMap) {
		v.mapping(h, s)
	}
	if s.DSS.Has(wire.HasDataAck) {
		v.dataAck(h, s)
	}
}

// mapping judges a mapping that is not infinite.
func (v *validator) mapping(h *half, s *wire.Segment) {
	e := h.end
	dsn := s.DSN
	if s.DSS.Has(wire.DSN32) {
		dsn = seqnum.Expand(e.top, uint32(dsn))
	}
	n := uint32(s.MapLen)
	if s.DSS.Has(wire.DataFIN) {
		n--
		last := dsn + uint64(n)
		if e.last != 0 && e.last != last {
			v.wrong("DATA_FIN at %x, before it was at %x", last, e.last)
		}
		e.last = last
	}
	if s.DSS.Has(wire.HasSum) {
		if want := wire.DSSChecksum(wire.AppendContent(nil, s.Pos, int(n)), dsn, s.SSN, s.MapLen); s.Sum != want && n <= uint32(s.Len) {
			v.wrong("checksum %#x, want %#x", s.Sum, want)
		}
	}
	switch {
	case n == 0 && s.SSN != 0:
		v.wrong("a DATA_FIN alone has SSN %d", s.SSN)
	case n > 0:
		v.place(h, s, placed{s.SSN, n, dsn})
	}
}

// place notes a mapping: it covers part of its segment and contradicts none before it.
func (v *validator) place(h *half, s *wire.Segment, m placed) {
	ssn := s.Seq - h.iss
	if int32(ssn+uint32(s.Len)-m.ssn) <= 0 || int32(m.ssn+m.n-ssn) <= 0 {
		v.wrong("mapping of SSN %d+%d on a segment of SSN %d+%d", m.ssn, m.n, ssn, s.Len)
	}
	if at := m.dsn + uint64(ssn-m.ssn); s.Pos != at-h.end.idsn-1 {
		v.wrong("byte %d of the stream at DSN %x", s.Pos, at)
	}
	if end := h.end.last; end != 0 && int64(m.dsn+uint64(m.n)-end) > 0 {
		v.wrong("data beyond the DATA_FIN")
	}
	h.end.top = max(h.end.top, m.dsn+uint64(m.n))
	i := sort.Search(len(h.maps), func(i int) bool { return h.maps[i].ssn+h.maps[i].n > m.ssn })
	if i < len(h.maps) && h.maps[i].ssn < m.ssn+m.n {
		if old := h.maps[i]; old.dsn-uint64(old.ssn) != m.dsn-uint64(m.ssn) {
			v.wrong("SSN %d is DSN %x, before it was %x", m.ssn, m.dsn, old.dsn+uint64(m.ssn-old.ssn))
		}
		return
	}
	h.maps = append(h.maps, placed{})
	copy(h.maps[i+1:], h.maps[i:])
	h.maps[i] = m
}

// dataAck judges a DATA_ACK and its window.
func (v *validator) dataAck(h *half, s *wire.Segment) {
	e := h.end
	if e.peer == nil {
		v.wrong("a DATA_ACK without a key of the peer")
		return
	}
	ack := s.DataAck
	if s.DSS.Has(wire.Ack32) {
		ack = seqnum.Expand(e.next, uint32(ack))
	}
	most := e.next
	if e.fin != 0 && e.fin == e.next {
		most++
	}
	if int64(ack-most) > 0 {
		v.wrong("DATA_ACK %x of what has come up to %x", ack, most)
	}
	edge := ack + uint64(s.Window)<<h.scale
	if edge+1<<h.scale <= e.edge { // the scale rounds down (RFC 7323, section 2.4)
		v.wrong("right edge %x, before it was at %x", edge, e.edge)
	}
	if most := most + uint64(v.cfg.TCP.ReceiveBuffer); edge > most {
		v.wrong("right edge %x beyond the buffer, which ends at %x", edge, most)
	}
	e.edge = max(e.edge, edge)
}

// arrived notes what the receiver of a packet now knows.
func (v *validator) arrived(e netem.PacketEvent) {
	if v.blind {
		return
	}
	s := e.Packet.Payload.(*wire.Segment)
	v.event(e, s)
	h := v.halfOf(e.Packet)
	to := h.back
	if o := s.Opt; o != nil {
		if k := o.Capable; k != nil && s.Flags.Has(wire.SYN) && !s.Flags.Has(wire.ACK) {
			h.offer = k
		}
		if j := o.Join; j != nil && s.Flags.Has(wire.SYN) {
			to.heard = j.Nonce
		}
	}
	if !s.Flags.Has(wire.SYN) {
		to.fourth = true
	}
	if r := to.end; r != nil && h.end != nil && r.peer != nil {
		if s.Len > 0 {
			h.eachMapped(s.Seq-h.iss, uint32(s.Len), r.receive)
		}
		if s.DSS.Has(wire.HasMap | wire.DataFIN) {
			r.fin = h.end.last
		}
	}
}

// eachMapped calls f for each part of [ssn, ssn+n) that has a mapping.
func (h *half) eachMapped(ssn, n uint32, f func(placed)) {
	i := sort.Search(len(h.maps), func(i int) bool { return h.maps[i].ssn+h.maps[i].n > ssn })
	for ; i < len(h.maps) && h.maps[i].ssn < ssn+n; i++ {
		m := h.maps[i]
		from, to := max(m.ssn, ssn), min(m.ssn+m.n, ssn+n)
		f(placed{from, to - from, m.dsn + uint64(from-m.ssn)})
	}
}

// receive notes that p has come.
func (e *end) receive(p placed) {
	if int64(p.dsn-e.next) > 0 {
		i := sort.Search(len(e.later), func(i int) bool { return int64(e.later[i].dsn-p.dsn) >= 0 })
		e.later = append(e.later, placed{})
		copy(e.later[i+1:], e.later[i:])
		e.later[i] = p
		return
	}
	to := p.dsn + uint64(p.n)
	k := 0
	for ; ; k++ {
		if int64(to-e.next) > 0 {
			e.next = to
		}
		if k == len(e.later) || int64(e.later[k].dsn-e.next) > 0 {
			break
		}
		to = e.later[k].dsn + uint64(e.later[k].n)
	}
	e.later = append(e.later[:0], e.later[k:]...)
}
