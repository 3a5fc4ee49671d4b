package sched

import "mpsim/sim/units"

// End returns where sending must stop now: at the end of the data or of the window.
func (v *View) End() uint64 { return min(v.Written, v.Edge) }

// Find returns the index of the first piece that ends after pos.
func (v *View) Find(pos uint64) int {
	lo, hi := 0, len(v.Pieces)
	for lo < hi {
		if m := int(uint(lo+hi) >> 1); v.Pieces[m].To > pos {
			hi = m
		} else {
			lo = m + 1
		}
	}
	return lo
}

// Gap returns the first run of bytes at or after pos that is not assigned and may
// be sent; it is empty if there is none.
func (v *View) Gap(pos uint64) Range {
	end := v.End()
	pos = max(pos, v.Una)
	i := v.Find(pos)
	for i < len(v.Pieces) && v.Pieces[i].From <= pos {
		pos = v.Pieces[i].To
		i++
	}
	if pos >= end {
		return Range{}
	}
	if i < len(v.Pieces) {
		end = min(end, v.Pieces[i].From)
	}
	return Range{pos, end}
}

// LastGap returns the last run of bytes before pos that is not assigned and may be
// sent.
func (v *View) LastGap(pos uint64) Range {
	pos = min(pos, v.End())
	for i := len(v.Pieces) - 1; i >= 0; i-- {
		p := &v.Pieces[i]
		switch {
		case p.From >= pos:
		case p.To < pos:
			return Range{p.To, pos}
		default:
			pos = p.From
		}
	}
	if pos <= v.Una {
		return Range{}
	}
	return Range{v.Una, pos}
}

// Serve returns the fastest subflow by SRTT, whatever its window, and the fastest
// that is Free, among those that may serve the job: regular ones, and backups only
// while no regular one may. It returns -1 for none, and the first of equals. A
// subflow without an RTT sample has SRTT 0 and is tried at once. One that is Unready
// keeps backups out, but is not the fastest: to wait for it may be in vain.
func Serve(v *View) (fastest, free int) {
	fastest, free = -1, -1
	backup := true
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if s.Stale || !s.Limit.ForNow() || s.Backup && !backup {
			continue
		}
		if backup && !s.Backup { // the first regular one
			backup, fastest, free = false, -1, -1
		}
		if s.Limit != Unready && (fastest < 0 || s.SRTT < v.Subflows[fastest].SRTT) {
			fastest = i
		}
		if s.Limit == Free && (free < 0 || s.SRTT < v.Subflows[free].SRTT) {
			free = i
		}
	}
	return fastest, free
}

// backupsServe reports whether backups serve the job: no regular subflow may.
func backupsServe(v *View) bool {
	for i := range v.Subflows {
		if s := &v.Subflows[i]; !s.Backup && !s.Stale && s.Limit.ForNow() {
			return false
		}
	}
	return true
}

// up reports whether s may serve the job, now or after a while, as a backup or as a
// regular subflow.
func (s *Subflow) up(backups bool) bool {
	return !s.Stale && s.Limit.ForNow() && s.Backup == backups
}

// ready reports whether s is up and sends or queues what it is given.
func (s *Subflow) ready(backups bool) bool { return s.up(backups) && s.Limit != Unready }

// takes reports whether a segment may be queued on s, which is ready, if not sent.
func (s *Subflow) takes() bool { return s.Limit == Free || s.Room > 0 }

// rate returns how fast s delivers, in bytes a second: as measured, else a window
// in a round-trip time.
func (s *Subflow) rate() float64 {
	switch {
	case s.Delivery > 0:
		return float64(s.Delivery) / 8
	case s.SRTT > 0:
		return float64(s.Cwnd) / s.SRTT.Seconds()
	}
	return 0
}

// segments returns n in whole segments of s, rounded up.
func (s *Subflow) segments(n units.Bytes) int { return int((n + s.MSS - 1) / s.MSS) }

// PerSubflow is what a scheduler remembers of each subflow. It follows subflows
// that come and go, and allocates only when there are more than ever before.
type PerSubflow[T any] struct {
	ids []int
	of  []T
}

// At returns the memory of v.Subflows[i], the zero T at first.
func (p *PerSubflow[T]) At(v *View, i int) *T {
	if i >= len(p.ids) || p.ids[i] != v.Subflows[i].ID {
		p.align(v)
	}
	return &p.of[i]
}

func (p *PerSubflow[T]) align(v *View) {
	for i := range v.Subflows {
		id := v.Subflows[i].ID
		k := i
		for k < len(p.ids) && p.ids[k] < id { // gone
			k++
		}
		p.ids = append(p.ids[:i], p.ids[k:]...)
		p.of = append(p.of[:i], p.of[k:]...)
		if i < len(p.ids) && p.ids[i] == id {
			continue
		}
		var zero T
		p.ids, p.of = append(p.ids, 0), append(p.of, zero)
		copy(p.ids[i+1:], p.ids[i:])
		copy(p.of[i+1:], p.of[i:])
		p.ids[i], p.of[i] = id, zero
	}
	p.ids, p.of = p.ids[:len(v.Subflows)], p.of[:len(v.Subflows)]
}
