package mptcp

import (
	"sort"

	"mpsim/sched"
	"mpsim/sim"
)

// ledger is what a connection has assigned to its subflows and the peer has not acknowledged at the data
// level, with those that carry it: indices of live subflows. Assignment out of order leaves gaps, and a copy,
// of what is lost or not, adds a carrier. A connection keeps one only for those who read it.
type ledger struct {
	all  []sched.Piece // by ascending position, from head on
	head int
	aged bool // pieces of different ages are kept apart
}

// pieces lends what there is, until the next change.
func (l *ledger) pieces() []sched.Piece { return l.all[l.head:] }

// find returns the index in l.all of the first piece that ends after pos.
func (l *ledger) find(pos uint64) int {
	if n := len(l.all); n > l.head && l.all[n-1].To <= pos { // most of what is asked lies behind all of them
		return n
	}
	return l.head + sort.Search(len(l.all)-l.head, func(k int) bool { return l.all[l.head+k].To > pos })
}

// gap returns the first position from pos on that is not assigned, and where the next piece begins: far away
// if there is none.
func (l *ledger) gap(pos uint64) sched.Range {
	k := l.find(pos)
	for ; k < len(l.all) && l.all[k].From <= pos; k++ {
		pos = l.all[k].To
	}
	if k < len(l.all) {
		return sched.Range{From: pos, To: l.all[k].From}
	}
	return sched.Range{From: pos, To: 1<<64 - 1}
}

// assign notes that those in on carry r from now on.
func (l *ledger) assign(r sched.Range, on sched.Set, now sim.Time) {
	for r.From < r.To {
		k := l.find(r.From)
		if k == len(l.all) || l.all[k].From >= r.To {
			l.insert(k, sched.Piece{Range: r, On: on, First: now, Last: now})
			return
		}
		if p := l.all[k]; r.From < p.From {
			l.insert(k, sched.Piece{Range: sched.Range{From: r.From, To: p.From}, On: on, First: now, Last: now})
			r.From = p.From
			continue
		}
		r.From = l.change(k, r, edit{carry: on, now: now})
	}
}

// insert puts p before l.all[k], or makes it a part of a neighbour that is like it.
func (l *ledger) insert(k int, p sched.Piece) {
	switch {
	case k > l.head && l.continues(&l.all[k-1], &p):
		l.all[k-1].To = p.To
		return
	case k < len(l.all) && l.continues(&p, &l.all[k]):
		l.all[k].From = p.From
		return
	}
	l.all = append(l.all, sched.Piece{})
	copy(l.all[k+1:], l.all[k:])
	l.all[k] = p
}

// continues reports whether q goes on where p ends, with the same history.
func (l *ledger) continues(p, q *sched.Piece) bool {
	return p.To == q.From && p.On == q.On && p.Acked == q.Acked && (!l.aged || p.First == q.First && p.Last == q.Last)
}

// edit is what becomes of a piece.
type edit struct {
	carry, drop sched.Set
	acked       bool
	now         sim.Time // of carry
}

func (e edit) apply(p *sched.Piece) {
	p.On = (p.On | e.carry) &^ e.drop
	p.Acked = p.Acked || e.acked
	if e.carry != 0 {
		p.Last = e.now
	}
}

// change applies e to the part of l.all[k] in r, which begins in it. It returns where that part ends. What
// nobody carries after that, and nobody has delivered, is not assigned any more.
func (l *ledger) change(k int, r sched.Range, e edit) uint64 {
	old := l.all[k]
	part := old
	part.Range = sched.Range{From: max(r.From, old.From), To: min(r.To, old.To)}
	e.apply(&part)
	l.remove(k)
	if part.To < old.To {
		rest := old
		rest.From = part.To
		l.insert(k, rest)
	}
	if part.On != 0 || part.Acked {
		l.insert(k, part)
	}
	if old.From < part.From {
		old.To = part.From
		l.insert(l.find(old.From), old)
	}
	return part.To
}

func (l *ledger) remove(k int) { l.all = append(l.all[:k], l.all[k+1:]...) }

// release notes that live subflow i does not carry r after all. Which bytes nobody carries is then not
// assigned.
func (l *ledger) release(r sched.Range, i int) {
	l.each(r, edit{drop: sched.One(i)})
}

// delivered notes that a subflow has delivered r, if anybody asks for that.
func (l *ledger) delivered(r sched.Range) {
	l.each(r, edit{acked: true})
}

// each changes what is assigned of r.
func (l *ledger) each(r sched.Range, e edit) {
	for r.From < r.To {
		k := l.find(r.From)
		if k == len(l.all) || l.all[k].From >= r.To {
			return
		}
		r.From = max(r.From, l.all[k].From)
		r.From = l.change(k, r, e)
	}
}

// acknowledged forgets what lies before una.
func (l *ledger) acknowledged(una uint64) {
	for l.head < len(l.all) && l.all[l.head].To <= una {
		l.head++
	}
	if l.head == len(l.all) || l.head > 64 && l.head > len(l.all)/2 {
		l.all, l.head = append(l.all[:0], l.all[l.head:]...), 0
	}
	if l.head < len(l.all) {
		p := &l.all[l.head]
		p.From = max(p.From, una)
	}
}

// without takes out live subflow i, which is gone: what was above moves down.
func (l *ledger) without(i int) {
	for k := range l.pieces() {
		p := &l.all[l.head+k]
		p.On = p.On.Without(i)
	}
}

// lacks returns the first bytes that live subflow i does not carry and another does, as one run; empty if
// there are none.
func (l *ledger) lacks(i int) (r sched.Range) {
	for _, p := range l.pieces() {
		switch {
		case p.On.Has(i):
			if r.Len() > 0 {
				return r
			}
		case r.Len() == 0:
			r = p.Range
		case r.To == p.From:
			r.To = p.To
		default:
			return r
		}
	}
	return r
}
