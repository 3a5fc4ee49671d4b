package tcp

import (
	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/rare"
)

// record is one segment between snd.una and snd.nxt, as it was first sent;
// retransmissions keep its boundaries and its mapping.
type record struct {
	sent       sim.Time // of the last transmission
	pos        uint64   // of its first byte in the stream: see Chunk
	seq        uint32
	prev, next uint32 // neighbours in the order of transmission; noRecord at the ends
	len        uint16
	flags      recordFlags
	rtx        uint8 // transmissions but the first, saturating
}

type recordFlags uint8

const (
	sacked   recordFlags = 1 << iota
	lost                 // presumed lost; stays set after the retransmission
	inFlight             // retransmitted after it was lost, and out again
	fin                  // occupies the sequence number after its bytes
	syn                  // is the SYN/ACK of a fast open, before the first byte
	listed               // in the list in the order of transmission, where there is one
)

// chunk returns the data of r.
func (r *record) chunk() Chunk {
	return Chunk{Len: int(r.len), Pos: r.pos}
}

const noRecord = ^uint32(0)

func (r *record) end() uint32 {
	n := r.seq + uint32(r.len)
	if r.flags&(fin|syn) != 0 {
		n++
	}
	return n
}

func (r *record) size() int { return int(r.end() - r.seq) }

// scoreboard is the ring of the outstanding records, with the sums that make up
// "pipe" and the order of transmission that RACK needs. That is the order of the ring
// until something is SACKed, lost or sent again; then it is a list, until all that is has gone.
type scoreboard struct {
	ring       []record // power of two
	head, tail uint32   // absolute indices, head the oldest
	rtxHint    uint32
	linked     bool // the order of transmission is a list

	bytes   int // outstanding
	sacked  int // of them: selectively acknowledged
	lost    int // of them: marked lost, whether sent again or not
	resent  int // of them: lost and in flight again
	nsacked int // records

	until       uint32                   // index behind the last record that was sent again
	first, last uint32                   // ends of the list
	lastSACK    [wire.MaxSACK]wire.Block // what the previous ACK reported: done already
}

func (b *scoreboard) init() {
	*b = scoreboard{ring: make([]record, 16), first: noRecord, last: noRecord}
}

func (b *scoreboard) at(i uint32) *record { return &b.ring[i&uint32(len(b.ring)-1)] }
func (b *scoreboard) empty() bool         { return b.head == b.tail }
func (b *scoreboard) len() int            { return int(b.tail - b.head) }

// pipe returns the bytes believed to be in flight (RFC 6675, section 2).
func (b *scoreboard) pipe() int { return b.bytes - b.sacked - b.lost + b.resent }

// push appends a record of n bytes of payload, from pos of the stream and seq on, and returns its index. Its
// fields are set one by one: to copy them would wait for each.
func (b *scoreboard) push(pos uint64, seq uint32, n int, flags recordFlags) uint32 {
	if b.tail == noRecord {
		b.renumber()
	}
	if b.len() == len(b.ring) {
		grown := make([]record, 2*len(b.ring))
		for i := b.head; i != b.tail; i++ {
			grown[i&uint32(len(grown)-1)] = *b.at(i)
		}
		b.ring = grown
	}
	i := b.tail
	b.tail++
	r := b.at(i)
	r.pos, r.seq, r.len, r.flags, r.rtx = pos, seq, uint16(n), flags, 0
	b.bytes += n
	if flags != 0 {
		b.bytes++
	}
	return i
}

// renumber takes as much off all indices as leaves the records in their places, here and in what is kept
// beside them: the greatest number is none.
func (b *scoreboard) renumber() {
	off := b.head &^ uint32(max(len(b.ring), 1<<24)-1)
	less := func(i *uint32) {
		if *i != noRecord {
			*i -= off
		}
	}
	for i := b.head; i != b.tail; i++ {
		r := b.at(i)
		less(&r.prev)
		less(&r.next)
	}
	less(&b.first)
	less(&b.last)
	b.head, b.tail, b.rtxHint, b.until = b.head-off, b.tail-off, b.rtxHint-off, b.until-off
}

// force makes b, which is empty, start as f says.
func (b *scoreboard) force(f *rare.Force, key uint64) {
	if f.Has(rare.ScoreboardWrap) {
		b.head = noRecord - uint32(f.Before(rare.ScoreboardWrap, key, 100))
		b.tail, b.rtxHint, b.until = b.head, b.head, b.head
	}
	if f.Has(rare.SmallRings) {
		b.ring = make([]record, 1)
	}
}

// pop removes the oldest record.
func (b *scoreboard) pop() {
	r := b.at(b.head)
	n := r.size()
	b.bytes -= n
	if !b.linked {
		b.head++
		b.rtxHint = b.head
		return
	}
	b.unlist(b.head)
	b.forget(r, n)
	if r.flags&sacked != 0 {
		b.sacked -= n
		b.nsacked--
	}
	b.head++
	b.unlink()
	if b.rtxHint-b.head > b.tail-b.head {
		b.rtxHint = b.head
	}
}

// forget takes r out of the sums of what is lost.
func (b *scoreboard) forget(r *record, n int) {
	if r.flags&inFlight != 0 {
		b.resent -= n
	}
	if r.flags&lost != 0 {
		b.lost -= n
	}
	r.flags &^= lost | inFlight
}

// link makes the order of transmission, which is that of the ring so far, a list.
func (b *scoreboard) link() {
	if b.linked {
		return
	}
	b.linked = true
	b.first, b.last = noRecord, noRecord
	for i := b.head; i != b.tail; i++ {
		b.at(i).flags &^= listed
		b.append(i)
	}
}

// unlink lets go of the list if it is the ring.
func (b *scoreboard) unlink() {
	if b.nsacked == 0 && b.lost == 0 && b.until-b.head-1 >= b.tail-b.head {
		b.linked = false
	}
}

// earliest returns the record that was sent first of those that are neither SACKed nor presumed lost, or
// noRecord.
func (b *scoreboard) earliest() uint32 {
	switch {
	case b.linked:
		return b.first
	case b.empty():
		return noRecord
	}
	return b.head
}

// later returns the record that was sent after record i, or noRecord.
func (b *scoreboard) later(i uint32) uint32 {
	switch {
	case b.linked:
		return b.at(i).next
	case i+1 == b.tail:
		return noRecord
	}
	return i + 1
}

// list moves record i, which is sent again or no longer SACKed or lost, to the end of the order of
// transmission.
func (b *scoreboard) list(i uint32) {
	b.link()
	if b.until-b.head-1 >= b.tail-b.head || b.until-b.head < i+1-b.head {
		b.until = i + 1
	}
	b.append(i)
}

// append is list for a record that is sent for the first time, where there is a list.
func (b *scoreboard) append(i uint32) {
	b.unlist(i)
	r := b.at(i)
	r.prev, r.next = b.last, noRecord
	if b.last == noRecord {
		b.first = i
	} else {
		b.at(b.last).next = i
	}
	b.last = i
	r.flags |= listed
}

// unlist takes record i out of the order of transmission.
func (b *scoreboard) unlist(i uint32) {
	r := b.at(i)
	if r.flags&listed == 0 {
		return
	}
	r.flags &^= listed
	if r.prev == noRecord {
		b.first = r.next
	} else {
		b.at(r.prev).next = r.next
	}
	if r.next == noRecord {
		b.last = r.prev
	} else {
		b.at(r.next).prev = r.prev
	}
}

// markSACKed marks record i, which must not be marked yet.
func (b *scoreboard) markSACKed(i uint32) {
	b.link()
	r := b.at(i)
	n := r.size()
	b.forget(r, n)
	r.flags |= sacked
	b.sacked += n
	b.nsacked++
	b.unlist(i)
}

// markLost marks record i as to be sent again.
func (b *scoreboard) markLost(i uint32) {
	b.link()
	r := b.at(i)
	n := r.size()
	if r.flags&inFlight != 0 {
		r.flags &^= inFlight
		b.resent -= n
	}
	if r.flags&lost == 0 {
		r.flags |= lost
		b.lost += n
	}
	b.unlist(i)
	if b.rtxHint-b.head > i-b.head {
		b.rtxHint = i
	}
}

// nextLost returns the first record that is lost and not in flight again.
func (b *scoreboard) nextLost() (uint32, bool) {
	if b.lost == b.resent {
		return 0, false
	}
	for i := b.rtxHint; i != b.tail; i++ {
		if b.at(i).flags&(lost|inFlight) == lost {
			b.rtxHint = i
			return i, true
		}
	}
	panic("tcp: the scoreboard counts a lost segment that it does not hold")
}

// find returns the index of the first record that ends after seq.
func (b *scoreboard) find(seq uint32) uint32 {
	lo, hi := b.head, b.tail
	for lo != hi {
		mid := lo + (hi-lo)/2
		if seqnum.Before(seq, b.at(mid).end()) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// fresh returns the part of blk that the previous ACK did not report already.
// Blocks grow to the right as a rule, so that an ACK costs what it adds.
func (b *scoreboard) fresh(blk wire.Block) wire.Block {
	for _, old := range b.lastSACK {
		if old.Left != old.Right && seqnum.BeforeEq(old.Left, blk.Left) && seqnum.Before(blk.Left, old.Right) {
			blk.Left = old.Right
		}
	}
	return blk
}
