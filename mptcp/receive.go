package mptcp

import (
	"sort"

	"mpsim/mptcp/tcp"
	"mpsim/sim/units"
)

// dataAck returns the DSN that is expected next.
func (c *Conn) dataAck() uint64 {
	ack := c.peerDSN0 + c.rcvNxt
	if c.incoming == inFINRead {
		ack++
	}
	return ack
}

// take puts a chunk of sf at its place in the order of the connection.
func (c *Conn) take(sf *Subflow, pos uint64, ch tcp.Chunk) {
	n := ch.Len
	edge := c.rcvEdge
	if c.incoming != inOpen {
		edge = min(edge, c.finPos)
	}
	if int64(pos-c.rcvNxt) > int64(edge-c.rcvNxt)-int64(n) { // beyond what was announced, or the end (RFC 8684, section 3.8)
		c.missing(pos + uint64(n))
		return
	}
	if ch.Pos != pos || ch.Changed() != nil {
		c.Stats.Corrupted += c.altered(sf, pos, ch)
	}
	if int64(pos-c.rcvNxt) < 0 {
		old := min(c.rcvNxt-pos, uint64(n))
		c.Stats.Duplicates += old
		if old == uint64(n) {
			sf.behind = c.rcvNxt
		}
		pos += old
		n -= int(old)
	}
	switch {
	case n == 0:
	case pos > c.rcvNxt:
		c.hold(pos, n, sf.ID)
	default:
		c.accept(sf, uint64(n))
	}
}

// missing notes that data up to pos has been acknowledged on a subflow, and is not here.
func (c *Conn) missing(pos uint64) {
	if pos-c.rcvNxt < 1<<32 {
		c.suspectBelow = max(c.suspectBelow, pos)
	}
}

// accept takes n bytes that are next in order, from sf.
func (c *Conn) accept(sf *Subflow, n uint64) {
	c.rcvNxt += n
	if c.Points.Delivered.Enabled() {
		c.Points.Delivered.Emit(tcp.Delivery{Now: c.eng.Now(), Bytes: int(n), Subflow: sf.ID, Tag: c.Points.Tag})
	}
	if len(c.ofo) > c.ofoHead {
		c.drain()
	}
	c.checkFIN()
	if c.workload != nil {
		c.arriving = sf
		c.workload.Readable()
		c.arriving = nil
	}
}

// hold keeps a chunk that has overtaken others. Where it overlaps what is held
// already, the copy that came first counts (RFC 8684, section 3.3.1).
func (c *Conn) hold(pos uint64, n, by int) {
	i := len(c.ofo)
	if i > c.ofoHead && c.ofo[i-1].pos > pos { // most chunks are the latest
		i = c.ofoHead + sort.Search(i-c.ofoHead, func(k int) bool { return c.ofo[c.ofoHead+k].pos > pos })
	}
	end := pos + uint64(n)
	if i > c.ofoHead {
		if held := c.ofo[i-1].pos + uint64(c.ofo[i-1].len); held > pos {
			pos = min(held, end)
		}
	}
	if i < len(c.ofo) && c.ofo[i].pos < end {
		// The later part may go beyond what is held: keep the piece before
		// it now, the rest on its own.
		next := c.ofo[i]
		if tail := next.pos + uint64(next.len); tail < end {
			c.hold(tail, int(end-tail), by)
		}
		end = max(next.pos, pos)
	}
	if kept := int(end - pos); kept > 0 {
		c.insert(i, arrival{pos, kept, c.eng.Now(), by})
		c.ofoBytes += units.Bytes(kept)
		n -= kept
	}
	c.Stats.Duplicates += uint64(max(n, 0))
}

// drain delivers held chunks that have become next in order.
func (c *Conn) drain() {
	now := c.eng.Now()
	k := c.ofoHead
	for ; k < len(c.ofo) && c.ofo[k].pos <= c.rcvNxt; k++ {
		a := &c.ofo[k]
		c.ofoBytes -= units.Bytes(a.len)
		fresh := int64(a.pos) + int64(a.len) - int64(c.rcvNxt)
		c.Stats.Duplicates += uint64(min(int64(a.len)-max(fresh, 0), int64(a.len)))
		if fresh <= 0 {
			continue
		}
		c.rcvNxt += uint64(fresh)
		if c.Points.Delivered.Enabled() {
			c.Points.Delivered.Emit(tcp.Delivery{Now: now, Bytes: int(fresh), Wait: now.Sub(a.at), Subflow: a.by, Tag: c.Points.Tag})
		}
	}
	if c.ofoHead = k; k == len(c.ofo) {
		c.ofo, c.ofoHead = c.ofo[:0], 0
	}
}

// clearOfo throws away what has overtaken others.
func (c *Conn) clearOfo() { c.ofo, c.ofoHead, c.ofoBytes = nil, 0, 0 }

// insert puts a before c.ofo[i]. The room that drain leaves at the front is used
// up before the queue grows.
func (c *Conn) insert(i int, a arrival) {
	if c.ofoHead > 0 && (i == c.ofoHead || len(c.ofo) == cap(c.ofo) || c.tight) {
		if i > c.ofoHead { // no room at the back: make it
			n := copy(c.ofo, c.ofo[c.ofoHead:])
			i -= c.ofoHead
			c.ofo, c.ofoHead = c.ofo[:n], 0
		} else {
			c.ofoHead--
			c.ofo[c.ofoHead] = a
			return
		}
	}
	c.ofo = append(c.ofo, arrival{})
	copy(c.ofo[i+1:], c.ofo[i:])
	c.ofo[i] = a
}
