package mptcp

import (
	"slices"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
	"mpsim/sim/units"
)

// mapping is a DSS mapping whose bytes have not all been delivered.
type mapping struct {
	ssn    uint32
	n      uint32 // payload bytes
	dsn    uint64
	length uint16 // as on the wire, with a DATA_FIN
	sum    uint16
}

// minMapping bounds how many mappings a receive window may have: as if none had fewer
// bytes.
const minMapping = 64

func (m *mapping) end() uint32 { return m.ssn + m.n }

// sum returns the DSS checksum of s, whose mapping is its payload.
func (sf *Subflow) sum(s *wire.Segment) uint16 {
	return wire.MappingSum(wire.ContentSum(s.Pos, int(s.Len)), s.DSN, s.SSN, s.MapLen)
}

// takeDSS acts on a DSS option.
func (sf *Subflow) takeDSS(s *wire.Segment) {
	c := sf.c
	c.heard = true
	if c.traits.Has(sched.Measures) {
		sf.heardAt = c.eng.Now()
	}
	if s.DSS&wire.HasDataAck != 0 {
		if s.DSS&wire.Ack32 != 0 {
			s.DataAck = seqnum.Expand(c.dsn0+c.sndUna, uint32(s.DataAck))
		}
		sf.confirmed = sf.confirmed || sf.e.AcksData(s)
		if c.client && !c.full {
			c.established()
		}
		c.takeDataAck(s.DataAck-c.dsn0, sf.e.PeerRoom(s))
	}
	if s.DSS&wire.HasMap == 0 || c.ended {
		return
	}
	if s.DSS&^wire.HasDataAck == wire.HasMap && !c.checksum && len(sf.held) == 0 &&
		s.MapLen == s.Len && s.Len > 0 && s.SSN == sf.e.SSN(s) { // the mapping of its own data, and no more
		c.peerWide = true
		return
	}
	if s.DSS&wire.DSN32 != 0 {
		s.DSN = seqnum.Expand(c.peerDSN0+c.rcvNxt, uint32(s.DSN))
	} else {
		c.peerWide = true
	}
	if c.checksum != s.DSS.Has(wire.HasSum) && (c.checksum || c.profile != V0) {
		sf.abort(sf.e, ReasonMPTCP) // RFC 8684, section 3.3
		return
	}
	fin, n := s.DSS.Has(wire.DataFIN), uint32(s.MapLen)
	switch {
	case n == 0 && !fin:
		sf.takeInfinite(s)
		return
	case n == 0: // no room for the DATA_FIN itself
		return
	case fin:
		n--
	}
	if fin && n == 0 && c.checksum && s.Sum != wire.MappingSum(0, s.DSN, s.SSN, s.MapLen) {
		c.Stats.BadChecksums++ // of a DATA_FIN alone: it will come again
		return
	}
	// Under a checksum a DATA_FIN behind data counts when that has been checked.
	if fin && (n == 0 || !c.checksum || sf.repeats(s)) {
		c.takeDataFIN(s.DSN + uint64(n) - c.peerDSN0)
	}
	if n > 0 && s.SSN != 0 && !c.ended {
		sf.takeMapping(s, n)
	}
}

// repeats reports whether s has a mapping of its own, with the right checksum, and
// nothing that has not been delivered.
func (sf *Subflow) repeats(s *wire.Segment) bool {
	return s.SSN == sf.e.SSN(s) && int(s.MapLen) == int(s.Len)+1 &&
		!seqnum.Before(sf.e.NextSSN(), s.SSN+uint32(s.Len)) && s.Sum == sf.sum(s)
}

// takeMapping remembers the mapping of s if its bytes are not all in s, or must be
// checked. A mapping that is known does not change (RFC 8684, section 3.3.1). n is its
// payload. What a receive window cannot hold is not remembered.
func (sf *Subflow) takeMapping(s *wire.Segment, n uint32) {
	ssn := sf.e.SSN(s)
	if !sf.c.checksum && len(sf.held) == 0 && s.SSN == ssn && n == uint32(s.Len) { // with a DATA_FIN
		return
	}
	if !seqnum.Before(sf.e.NextSSN(), s.SSN+n) && len(sf.held) == 0 { // all delivered
		return
	}
	i := len(sf.maps)
	if window := uint32(sf.c.window); s.SSN-sf.e.NextSSN()+1<<16 > window+1<<17 || i > int(window)/minMapping {
		return
	}
	for i > 0 && seqnum.BeforeEq(s.SSN, sf.maps[i-1].ssn) {
		i--
	}
	if len(sf.c.live) > 1 && sf.contradicts(i, s, n) {
		sf.abort(sf.e, ReasonMiddlebox)
		return
	}
	if i < len(sf.maps) && sf.maps[i].ssn == s.SSN {
		if old := &sf.maps[i]; n == old.n { // perhaps with a DATA_FIN now
			old.length, old.sum = s.MapLen, s.Sum
		}
		return
	}
	sf.maps = slices.Insert(sf.maps, i, mapping{s.SSN, n, s.DSN, s.MapLen, s.Sum})
	if len(sf.held) > 0 {
		sf.resolve()
	}
}

// contradicts reports whether the mapping of s, of n bytes, which belongs at i, has bytes of one beside it
// and places them elsewhere, or sums them otherwise. As a mapping does not change, one of the two is not the
// peer's. Bytes wait for a false one until its checksum can be wrong, which may take 64 kB that all are sent
// in vain.
func (sf *Subflow) contradicts(i int, s *wire.Segment, n uint32) bool {
	for _, m := range sf.maps[max(i-1, 0):min(i+1, len(sf.maps))] {
		overlap := seqnum.Before(m.ssn, s.SSN+n) && seqnum.Before(s.SSN, m.end())
		apart := s.DSN-m.dsn != uint64(int64(int32(s.SSN-m.ssn)))
		if overlap && (apart || sf.c.checksum && (m.ssn != s.SSN || m.n != n)) {
			return true
		}
	}
	return false
}

// Deliver implements tcp.Owner: it takes a chunk of one subflow.
func (sf *Subflow) Deliver(e *tcp.Endpoint, ch tcp.Chunk) {
	c := sf.c
	switch {
	case c.ended, sf.gone:
	case c.plain:
		c.deliverPlain(sf, ch)
	case !c.begun: // with the SYN; begin takes it
		c.synData += uint64(ch.Len)
	case !c.checksum && ch.Mapped():
		if pos := ch.DSN - c.peerDSN0; pos != c.rcvNxt || !c.plainly(pos, &ch) {
			c.take(sf, pos, ch)
		} else {
			c.accept(sf, uint64(ch.Len))
		}
	default:
		sf.place(piece{e.NextSSN() - uint32(ch.Len), ch})
	}
}

// piece is a chunk and its subflow sequence number.
type piece struct {
	ssn uint32
	tcp.Chunk
}

// place delivers p by a mapping that is remembered, or has it wait for one.
func (sf *Subflow) place(p piece) {
	if sf.c.checksum && len(sf.held) == 0 && len(sf.maps) > 0 && sf.maps[0].ssn == p.ssn && sf.maps[0].n == uint32(p.Len) {
		m := sf.maps[0]
		sf.maps = append(sf.maps[:0], sf.maps[1:]...)
		sf.check(m, p)
		return
	}
	sf.held = append(sf.held, p)
	sf.resolve()
}

// plainly reports whether there is nothing about ch, which belongs at pos, that take
// would have to look into.
func (c *Conn) plainly(pos uint64, ch *tcp.Chunk) bool {
	return ch.Pos == pos && ch.Odd == nil && c.incoming == inOpen && int64(c.rcvEdge-pos) >= int64(ch.Len)
}

// check delivers the bytes of m, which are complete in parts, if their checksum is
// right.
func (sf *Subflow) check(m mapping, parts ...piece) {
	c := sf.c
	if c.checksum {
		var total uint64
		odd := false
		for _, ch := range parts {
			part := wire.ContentSum(ch.Pos, ch.Len)
			if content := ch.Changed(); content != nil {
				part = wire.Sum(content)
			}
			if odd { // its bytes are the other halves of the words
				part <<= 8
			}
			total += part
			odd = odd != (ch.Len%2 == 1)
		}
		if wire.MappingSum(total, m.dsn, m.ssn, m.length) != m.sum {
			sf.checksumFailed(m, parts)
			return
		}
	}
	for _, ch := range parts {
		c.take(sf, m.dsn-c.peerDSN0+uint64(ch.ssn-m.ssn), ch.Chunk)
		if c.ended || c.plain {
			return
		}
	}
	if c.checksum && uint32(m.length) > m.n { // with a DATA_FIN
		c.takeDataFIN(m.dsn + uint64(m.n) - c.peerDSN0)
	}
}

// resolve delivers what has its mapping, and what its mapping's checksum allows.
// The rest stays in held.
func (sf *Subflow) resolve() {
	sf.split()
	held := sf.held
	sf.held = nil
	sf.unmapped = 0
	var kept []piece
	var done []uint32
	for len(held) > 0 {
		m := sf.mappingOf(held[0].ssn)
		if m == nil {
			sf.unmapped += held[0].Len
			kept = append(kept, held[0])
			held = held[1:]
			continue
		}
		k, n := 0, uint32(0)
		for k < len(held) && seqnum.BeforeEq(m.ssn, held[k].ssn) && seqnum.Before(held[k].ssn, m.end()) {
			n += uint32(held[k].Len)
			k++
		}
		parts := held[:k]
		held = held[k:]
		switch whole := held == nil || n == m.n; {
		case !sf.c.checksum || whole:
			if n == m.n || seqnum.BeforeEq(m.end(), parts[k-1].ssn+uint32(parts[k-1].Len)) {
				done = append(done, m.ssn)
			}
			sf.check(*m, parts...)
			if sf.c.plain || sf.gone || sf.c.ended {
				for _, ch := range held {
					if sf.c.plain && !sf.c.ended {
						sf.c.deliverPlain(sf, ch.Chunk)
					}
				}
				return
			}
		default:
			kept = append(kept, parts...)
		}
	}
	sf.maps = slices.DeleteFunc(sf.maps, func(m mapping) bool { return slices.Contains(done, m.ssn) })
	sf.held = kept
	sf.watchUnmapped()
}

// watchUnmapped gives bytes without mapping a while (RFC 8684, section 3.3.1: one
// receive window). A peer whose first data has none, and that has sent no DSS at all, speaks
// TCP (section 3.1).
func (sf *Subflow) watchUnmapped() {
	switch {
	case sf.unmapped == 0:
		sf.overdue.Stop()
	case !sf.c.heard && !sf.c.joined:
		sf.c.fallBack(NoMapping)
	case sf.c.mayFallLate():
		sf.c.Stats.Unmapped += uint64(sf.unmapped)
		sf.c.fallBack(LateLoss)
	case units.Bytes(sf.unmapped) > sf.c.window:
		sf.c.Stats.Unmapped += uint64(sf.unmapped)
		sf.abort(sf.e, ReasonMiddlebox)
	case !sf.overdue.Armed():
		sf.c.Stats.Unmapped += uint64(sf.unmapped)
		sf.overdue.ArmAfter(max(sf.c.cfg.Protocol.FailTimeout, sf.e.RTT.RTO()))
	}
}

// split cuts the held chunks where mappings begin or end.
func (sf *Subflow) split() {
	cut := func(at uint32) {
		for i, ch := range sf.held {
			if off := at - ch.ssn; off > 0 && off < uint32(ch.Len) {
				sf.held = slices.Insert(sf.held, i+1, piece{at, ch.Skip(int(off))})
				sf.held[i].Chunk = ch.First(int(off))
				return
			}
		}
	}
	for _, m := range sf.maps {
		cut(m.ssn)
		cut(m.end())
	}
}

// mappingOf returns the mapping of the byte at ssn, or nil.
func (sf *Subflow) mappingOf(ssn uint32) *mapping {
	for i := range sf.maps {
		if m := &sf.maps[i]; ssn-m.ssn < m.n {
			return m
		}
	}
	return nil
}

// checksumFailed acts on a mapping that was changed on the way. With other
// subflows, or with data missing, this one is reset; else the connection falls
// back, and its bytes are delivered as they came (RFC 8684, section 3.7).
func (sf *Subflow) checksumFailed(m mapping, parts []piece) {
	c := sf.c
	c.Stats.BadChecksums++
	if m.dsn-c.peerDSN0 != c.rcvNxt || c.scattered() {
		sf.why = ReasonMiddlebox
		sf.held, sf.maps = nil, nil
		sf.e.Abort(c.fails(m.dsn))
		return
	}
	c.failing, c.failDSN = true, m.dsn
	c.fallBack(BadChecksum)
	for _, ch := range parts {
		c.deliverPlain(sf, ch.Chunk)
	}
}

// takeInfinite acts on the infinite mapping of s: the peer has fallen back. Only the
// first subflow that there is can have one. It may reach back to what has been delivered; if it
// leaves something out, that is lost, and so is the subflow.
func (sf *Subflow) takeInfinite(s *wire.Segment) {
	c := sf.c
	if c.joined {
		return
	}
	next := sf.e.NextSSN() // of the first byte that has no place yet
	if len(sf.held) > 0 {
		next = sf.held[0].ssn
	}
	at := s.DSN - c.peerDSN0 + uint64(int64(int32(next-s.SSN)))
	if c.rcvNxt-at >= 1<<32 && !c.stack.host.Network.Altered {
		sf.abort(sf.e, ReasonMiddlebox)
		return
	}
	if c.stale = c.rcvNxt - at; c.stale >= 1<<32 { // what a middlebox has added or removed
		c.stale = 0
	}
	c.fallBack(Infinite)
}
