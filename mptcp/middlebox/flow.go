package middlebox

import (
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// tuple identifies a connection as the packets that go up have it.
type tuple struct {
	src, dst         netem.Addr
	srcPort, dstPort uint16
}

// tuple returns the one of the packet's connection.
func (x Passage) tuple() tuple {
	if x.Dir == 0 {
		return tuple{x.Src, x.Dst, x.SrcPort, x.DstPort}
	}
	return tuple{x.Dst, x.Src, x.DstPort, x.SrcPort}
}

// flow is a TCP connection as a box knows it. It is kept for the rest of the run:
// middleboxes outlive connections, and so may their packets.
type flow struct {
	tuple
	chosen bool    // the conditions on connections hold
	half   [2]half // by direction, as the segments come to the box
	state  any     // of the box
}

// half is one direction of a connection. Positions are relative to the ISN, as the
// subflow sequence number of a mapping is: 1 is the first byte of payload.
type half struct {
	known bool // isn is
	syn   bool // a SYN has been seen
	isn   uint32
	high  uint64 // position after the last byte seen
	scale int8   // of the window, from the SYN; -1: none
}

// another reports whether x opens a new connection of the same tuple.
func (f *flow) another(x Passage) bool {
	h := &f.half[x.Dir]
	return x.Seg.Flags&(wire.SYN|wire.ACK) == wire.SYN && h.known && h.isn != x.Seg.Seq
}

// note takes down what x tells.
func (f *flow) note(x Passage) {
	h, s := &f.half[x.Dir], x.Seg
	switch {
	case s.Flags.Has(wire.SYN):
		h.known, h.syn, h.isn, h.scale = true, true, s.Seq, -1
		if s.Opt != nil {
			h.scale = s.Opt.WScale
		}
	case !h.known:
		h.known, h.isn, h.scale = true, s.Seq-1, -1
	}
	h.high = max(h.high, 1)
	if s.Len == 0 {
		return // a RST may have any sequence number
	}
	first := s.Seq
	if s.Flags.Has(wire.SYN) {
		first++
	}
	if p := h.pos(first); p-h.high < farthest || h.high-p < farthest {
		h.high = max(h.high, p+uint64(s.Len))
	}
}

// farthest is more than the largest window (RFC 7323, section 2.3): a position that is
// farther away is none of the connection.
const farthest = 1 << 30

// pos returns the position of a sequence number.
func (h *half) pos(seq uint32) uint64 {
	return seqnum.Expand(h.high, seq-h.isn)
}

// seen returns the payload bytes seen in both directions.
func (f *flow) seen() units.Bytes {
	n := units.Bytes(0)
	for i := range f.half {
		if f.half[i].high > 0 {
			n += units.Bytes(f.half[i].high - 1)
		}
	}
	return n
}

// shift returns by how many bits the window of a segment that goes in direction dir is
// scaled (RFC 7323, section 2.2): by none if not both ends offered it.
func (f *flow) shift(dir int, s *wire.Segment) uint {
	a, b := f.half[dir].scale, f.half[1-dir].scale
	if s.Flags.Has(wire.SYN) || a < 0 || b < 0 || !f.half[0].syn || !f.half[1].syn {
		return 0
	}
	return uint(min(a, 14))
}
