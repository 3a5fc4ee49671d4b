package sched

func init() {
	const source = "Guo et al., MobiCom 2017: its idea; the split is derived here, redundancy at the end left out"
	Registry.Register("dems", source, func() Scheduler { return &DEMS{} })
}

var (
	fromFront = NewReason("from-front", "{who} sends the {a} bytes left from the front")
	fromBack  = NewReason("from-back", "{who} sends from the back; its share of the {a} bytes left is {b}")
	frontEnds = NewReason("front-ends", "{who} sends the {a} bytes left no later than the other would")
)

// DEMS sends a chunk from both ends, split so that both parts arrive completely at the
// same time: the fastest subflow from the front, the others from the back. The chunk is
// a message of the application; if that names none, all that is written. It is written
// from the abstract of the paper.
type DEMS struct{}

// Traits implements Declarer.
func (*DEMS) Traits() Traits { return Patient | Reorders | Measures }

// Next implements Scheduler.
func (*DEMS) Next(v *View) Decision {
	fast, free := Serve(v)
	if v.Job != Fresh || free < 0 {
		return minRTT(v)
	}
	end := v.End()
	if v.Message.Len() > 0 {
		end = min(end, v.Message.To)
	}
	s := &v.Subflows[free]
	back := v.LastGap(end)
	if back.Len() == 0 { // all of the message is assigned: hand is the next one
		return minRTT(v)
	}
	left := float64(back.To - v.Hand.From)
	if free == fast {
		v.Because(fromFront, free, left, 0, 0)
		return Decision{Do: Send, On: One(free)}
	}
	f := &v.Subflows[fast]
	_, share := split(left, f.rate(), f.SRTT.Seconds()/2, s.rate(), s.SRTT.Seconds()/2)
	if share < float64(s.MSS)/2 {
		v.Because(frontEnds, fast, left, share, 0)
		return Decision{}
	}
	from := max(back.From, back.To-min(back.To, uint64(s.MSS)))
	v.Because(fromBack, free, left, share, 0)
	return Decision{Do: Send, On: One(free), Bytes: Range{from, back.To}}
}

// split divides n bytes between rates b1, b2 in B/s behind delays d1, d2 in s so that
// both parts end together: x/b1 + d1 = (n − x)/b2 + d2. One without a rate gets none.
func split(n, b1, d1, b2, d2 float64) (front, back float64) {
	if b1 <= 0 || b2 <= 0 {
		if b1 <= 0 && b2 > 0 {
			return 0, n
		}
		return n, 0
	}
	front = min(max((n/b2+d2-d1)*b1*b2/(b1+b2), 0), n)
	return front, n - front
}
