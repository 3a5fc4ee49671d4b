package schedtest

import (
	"math/rand/v2"
	"slices"
	"time"

	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

const mss = 1000

// views are snapshots of connections whose subflows come, go and fill, the same ones each
// time. Among them are views without subflows and views in which none can send.
var views = draws()

func draws() (list []*sched.View) {
	r := rand.New(rand.NewPCG(3, 14))
	for k := range 2000 {
		list = append(list, draw(r, k))
	}
	return append(list, expired(r, list)...)
}

// expired returns those of list in which something is lost, as they are when a timer has found that.
func expired(r *rand.Rand, list []*sched.View) (late []*sched.View) {
	for _, v := range list {
		if v.Job != sched.Lost {
			continue
		}
		v = clone(v)
		v.Expired = true
		for i := range v.Subflows {
			v.Subflows[i].Idle, v.Subflows[i].Silent = r.IntN(2) == 0, r.IntN(4)
		}
		late = append(late, v)
	}
	return late
}

// draw returns the view at k ms.
func draw(r *rand.Rand, k int) *sched.View {
	yes := func(of int) bool { return r.IntN(of) == 0 }
	segments := func(n int) units.Bytes { return units.Bytes(r.IntN(n)) * mss }
	now := sim.Time(k+100) * sim.Time(time.Millisecond)
	v := &sched.View{Now: now, Una: uint64(k) * mss, Blocks: uint64(k / 20)}
	v.Window = units.Bytes(1 + r.IntN(200*mss))
	v.Edge = v.Una + uint64(v.Window)
	v.Written = v.Una + uint64(r.IntN(300*mss))
	if yes(3) {
		v.Message = sched.Range{From: v.Una, To: v.Una + uint64(segments(100))}
	}
	closed, bufferless := yes(8), yes(4)
	for id := range r.IntN(6) {
		if yes(6) {
			continue
		}
		s := sched.Subflow{
			ID: id, MSS: mss, Backup: yes(4), Stale: yes(8), Lossy: yes(8), Class: int8(r.IntN(3)),
			Opens: sim.Never, SRTT: time.Duration(r.IntN(20)) * 10 * time.Millisecond,
			RTTVar: time.Duration(r.IntN(50)) * time.Millisecond, Weight: r.IntN(4),
			Cwnd: mss + segments(40), InFlight: segments(40),
			Ssthresh: mss + segments(40), LastRTT: time.Duration(1+r.IntN(40)) * 5 * time.Millisecond,
			RTO: time.Second, Delivery: units.Bandwidth(r.IntN(4)) * units.Mbps,
			Pacing: units.Bandwidth(r.IntN(4)) * units.Mbps, Delivered: units.Bytes(k) * segments(9),
			Heard: now - sim.Time(r.IntN(100))*sim.Time(time.Millisecond),
		}
		s.MinRTT, s.MaxRTT = s.LastRTT/2, 2*s.LastRTT
		s.InFlight = min(s.InFlight, s.Cwnd)
		if yes(3) {
			s.Ssthresh = sched.Unlimited
		}
		if !bufferless {
			switch s.Room = segments(20); {
			case s.Room == 0:
				s.Limit = sched.Full
			case yes(2):
				s.Queued = segments(6)
			}
		}
		if closed && !s.Stale {
			s.Limit = sched.Recovering
		} else if s.Limit == sched.Free && yes(8) {
			s.Limit = sched.Full + sched.Limit(r.IntN(int(sched.Unready)))
		}
		v.Subflows = append(v.Subflows, s)
	}
	v.Pieces = pieces(r, v)
	v.Unsent = units.Bytes(v.Written - v.Una)
	for i := range v.Pieces {
		v.Unsent -= v.Pieces[i].Len()
	}
	v.Job = sched.Job(r.IntN(4))
	hand(r, v)
	return v
}

// pieces draws what is outstanding: runs of a few segments with holes between them.
func pieces(r *rand.Rand, v *sched.View) (list []sched.Piece) {
	pos := v.Una
	for range r.IntN(12) {
		if r.IntN(6) == 0 {
			pos += uint64(1+r.IntN(9)) * mss / 2
		}
		p := sched.Piece{Range: sched.Range{From: pos, To: pos + uint64(1+r.IntN(5))*mss/2}}
		if p.To > v.End() {
			break
		}
		for i := range v.Subflows {
			if r.IntN(3) == 0 {
				p.On |= sched.One(i)
			}
		}
		p.First = v.Now - sim.Time(r.IntN(200))*sim.Time(time.Millisecond)
		if p.Last = p.First; p.On.Len() > 1 {
			p.Last += sim.Time(time.Millisecond)
		}
		p.Acked = r.IntN(4) == 0
		list = append(list, p)
		pos = p.To
	}
	return list
}

// hand puts what the job is about at hand, and limits the subflows by it. A job that
// there is nothing for becomes another one.
func hand(r *rand.Rand, v *sched.View) {
	if v.Hand = v.Gap(v.Una); v.Job == sched.Fresh && v.Hand.Len() == 0 {
		v.Job = sched.Spare
	}
	var carried sched.Set
	switch {
	case v.Job == sched.Fresh:
	case v.Job == sched.Spare || len(v.Pieces) == 0:
		v.Job, v.Hand = sched.Spare, sched.Range{}
	default:
		p := &v.Pieces[0]
		if v.Job == sched.Lost {
			p = &v.Pieces[r.IntN(len(v.Pieces))]
		}
		v.Hand, carried = p.Range, p.On
	}
	size := units.Bytes(mss)
	if n := v.Hand.Len(); n > 0 {
		size = min(size, n)
	}
	others := slices.ContainsFunc(v.Subflows, func(s sched.Subflow) bool { return !s.Stale && !carried.Has(index(v, s.ID)) })
	for i := range v.Subflows {
		s := &v.Subflows[i]
		switch {
		case s.Stale:
			s.Limit = sched.Down
		case carried.Has(i) && (others || v.Job == sched.Blocked):
			s.Limit = sched.Carried
		case v.Job == sched.Blocked && r.IntN(4) == 0:
			s.Limit = sched.Guarded
		case s.Limit == sched.Free && s.Space() < size:
			s.Limit = sched.Full
		}
		if s.Limit == sched.Paced {
			s.Opens = v.Now.Add(time.Duration(r.IntN(20)) * time.Millisecond)
		}
	}
}

func index(v *sched.View, id int) int {
	return slices.IndexFunc(v.Subflows, func(s sched.Subflow) bool { return s.ID == id })
}

// segment returns the size of one on all of a set.
func segment(v *sched.View, on sched.Set) units.Bytes {
	size := units.Bytes(1 << 16)
	for i := range v.Subflows {
		if on.Has(i) {
			size = min(size, v.Subflows[i].MSS)
		}
	}
	return size
}

// clone returns a copy of v that shares nothing with it.
func clone(v *sched.View) *sched.View {
	c := *v
	c.Subflows, c.Pieces = slices.Clone(v.Subflows), slices.Clone(v.Pieces)
	return &c
}

// holdsPieces has the traits that need to see pieces.
const holdsPieces = sched.Copies | sched.Recalls | sched.Reorders | sched.Penalises

// trim takes out of v what a scheduler of these traits has not got.
func trim(v *sched.View, t sched.Traits) *sched.View {
	v = clone(v)
	if t&holdsPieces == 0 {
		v.Pieces = nil
	}
	if !t.Has(sched.Ages) {
		for k := range v.Pieces {
			p := &v.Pieces[k]
			p.First, p.Last, p.Acked = 0, 0, false
		}
	}
	if !t.Has(sched.Ticks) {
		v.Expired = false
		for i := range v.Subflows {
			v.Subflows[i].Idle, v.Subflows[i].Silent = false, 0
		}
	}
	if !t.Has(sched.Measures) {
		for i := range v.Subflows {
			unmeasure(&v.Subflows[i])
		}
	}
	return v
}

// unmeasure clears what only those have that Measure.
func unmeasure(s *sched.Subflow) {
	*s = sched.Subflow{
		Limit: s.Limit, Backup: s.Backup, Stale: s.Stale, Lossy: s.Lossy, Class: s.Class, ID: s.ID, Opens: s.Opens,
		SRTT: s.SRTT, MSS: s.MSS, RTTVar: s.RTTVar, Cwnd: s.Cwnd, InFlight: s.InFlight, Queued: s.Queued,
		Room: s.Room, Weight: s.Weight, Idle: s.Idle, Silent: s.Silent,
	}
}
