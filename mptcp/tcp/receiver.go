package tcp

import (
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/units"
)

// receiver has the variables of the receive sequence space (RFC 9293, section 3.3.1), and what has come out
// of order.
type receiver struct {
	nxt, edge    uint32 // next in order; right edge announced
	irs          uint32
	base         uint32   // SSNs count from here: irs and the data that we took from the peer's SYN
	finSeq       uint32   // of the FIN that has come
	lastAck      uint32   // last ACK field sent
	tsRecent     uint32   // TS.Recent (RFC 7323, section 4.3)
	ackPending   int32    // segments not yet acknowledged
	quickAcks    int32    // segments that are acknowledged at once
	ackEvery     int32    // of the configuration
	bytesPending int      // of the segments not yet acknowledged
	lastData     sim.Time // when a segment with data came last
	full         uint16   // largest payload that has come
	scale        int8     // of our window
	receiving    bool     // data is being delivered; its ACK is still to come
	opened       bool     // meanwhile there is reason to send that at once: room, a DATA_FIN
	hasDSACK     bool
	dsack        wire.Block

	rtt     *receiverRTT  // nil: the buffer is fixed
	ranges  seqnum.Ranges // out of order
	buffer  units.Bytes
	ofo     []pending // what ranges has, by ascending sequence number, from ofoHead on
	ofoHead int
}

// pending is a chunk that waits for an earlier one of the subflow.
type pending struct {
	seq uint32
	Chunk
}

// acceptable is the test of RFC 9293, section 3.10.7.4.
func (r *receiver) acceptable(s *wire.Segment) bool {
	n := uint32(s.Len)
	if s.Flags.Has(wire.FIN) {
		n++
	}
	wnd := r.edge - r.nxt
	if seqnum.Before(r.edge, r.nxt) {
		wnd = 0
	}
	if n == 0 {
		return s.Seq == r.nxt || s.Seq-r.nxt < wnd
	}
	return wnd > 0 && (s.Seq-r.nxt < wnd || s.Seq+n-1-r.nxt < wnd)
}

// within returns how many bytes of the payload of s, and whether its FIN, lie in the window and, if the end
// of the stream is known, not behind it (RFC 9293, section 3.10.7.4).
func (r *receiver) within(s *wire.Segment, known bool) (n uint32, end bool) {
	n, end = uint32(s.Len), s.Flags.Has(wire.FIN)
	edge := r.edge
	if known && seqnum.Before(r.finSeq, edge) {
		edge = r.finSeq
	}
	switch {
	case !seqnum.Before(edge, s.Seq+n):
		return n, end
	case seqnum.Before(s.Seq, edge):
		return edge - s.Seq, false
	}
	return 0, false
}

// hold keeps a chunk that is out of order, and returns how many of its bytes have come for the first time.
func (r *receiver) hold(seq uint32, c Chunk) (fresh int) {
	fresh = int(r.ranges.Add(seq, seq+uint32(c.Len)))
	if fresh == 0 {
		return 0
	}
	i := len(r.ofo)
	for i > r.ofoHead && seqnum.Before(seq, r.ofo[i-1].seq) {
		i--
	}
	r.ofo = append(r.ofo, pending{})
	copy(r.ofo[i+1:], r.ofo[i:])
	r.ofo[i] = pending{seq, c}
	return fresh
}

// next takes the chunk that has become next in order from those held, without what has been taken before; ok
// is false if there is none.
func (r *receiver) next() (c Chunk, ok bool) {
	for r.ofoHead < len(r.ofo) && seqnum.BeforeEq(r.ofo[r.ofoHead].seq, r.nxt) {
		p := &r.ofo[r.ofoHead]
		r.ofoHead++
		if n := int(int32(r.nxt - p.seq)); n < p.Len {
			r.nxt += uint32(p.Len - n)
			return p.Skip(n), true
		}
	}
	return Chunk{}, false
}

// taken forgets the chunks that next has taken.
func (r *receiver) taken() {
	if k := r.ofoHead; 2*k >= len(r.ofo) { // the gap at the front is worth closing
		r.ofo = append(r.ofo[:0], r.ofo[k:]...)
		r.ofoHead = 0
	}
	r.ranges.TrimBelow(r.nxt)
}

// held returns the bytes that are out of order.
func (r *receiver) held() (n int) {
	for _, p := range r.ofo[r.ofoHead:] {
		n += p.Len
	}
	return n
}

// announce returns the window field for a window of w bytes. The right edge never moves left (RFC 9293, section
// 3.8.6), and the shift rounds the window down. With mappings the edge is that of the connection (RFC 8684,
// section 3.3.4): what other subflows have brought takes room from this one.
func (r *receiver) announce(w units.Bytes, mapped bool) uint16 {
	w = min(w, units.Bytes(65535)<<r.scale)
	edge := r.nxt + uint32(w)
	if !mapped && seqnum.Before(edge, r.edge) {
		edge = r.edge
	}
	field := uint16(min((edge-r.nxt)>>r.scale, 65535))
	if right := r.nxt + uint32(field)<<r.scale; seqnum.Before(r.edge, right) {
		r.edge = right
	}
	return field
}

// addSACK adds the SACK blocks for which there is room beside the other options
// (RFC 2018, section 3; RFC 8684, appendix A: the DATA_ACK goes first).
func (r *receiver) addSACK(s *wire.Segment) {
	room := min((wire.OptionSpace-s.OptionLen()-4)/8, wire.MaxSACK)
	if room <= 0 {
		return
	}
	n := 0
	if r.hasDSACK {
		s.SACK[0] = r.dsack
		r.hasDSACK = false
		n = 1
	}
	recent, held := r.ranges.Recent()
	for _, b := range recent[:held] {
		if n == room {
			break
		}
		s.SACK[n] = wire.Block{Left: b.From, Right: b.To}
		n++
	}
	s.NSACK = uint8(n)
}

// due notes a segment of n bytes that has come now, of at most mss, and reports whether an ACK is due:
// because the sender starts, or because there are enough of them (RFC 9293, section 3.8.6.3; RFC 5681,
// section 4.2).
func (r *receiver) due(now sim.Time, n, mss int) bool {
	r.lastData = now
	r.full = max(r.full, uint16(n))
	r.ackPending++
	r.bytesPending += n
	if r.quickAcks > 0 {
		r.quickAcks--
		return true
	}
	// Full segments are counted in bytes: 2·RMSS for the usual two. A sender whose segments
	// are smaller than they could be, for want of window, would wait for the delay.
	full := min(mss, max(int(r.full), defaultMSS))
	return r.ackPending >= r.ackEvery && r.bytesPending >= int(r.ackEvery-1)*full
}
