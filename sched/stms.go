package sched

func init() {
	const source = "Shi et al., USENIX ATC 2018: its idea; the paper's correction of the gap by feedback is left out"
	Registry.Register("stms", source, func() Scheduler { return &STMS{} })
}

var (
	ahead   = NewReason("ahead", "{who} gets bytes from {a} on, {b} ahead of the faster one")
	tooNear = NewReason("too-near", "less than {b} bytes are left, {a}: {who} sends them itself")
)

// STMS gives a slow subflow bytes so far ahead that they arrive together with those
// that the fastest one sends meanwhile. It is written from a description of the paper:
// the gap is the fast one's rate in the difference of the one-way delays.
type STMS struct{}

// Traits implements Declarer.
func (*STMS) Traits() Traits { return Patient | Reorders | Measures }

// Next implements Scheduler.
func (*STMS) Next(v *View) Decision {
	fast, free := Serve(v)
	if v.Job != Fresh || free < 0 || free == fast {
		return minRTT(v)
	}
	s := &v.Subflows[free]
	gap := lead(&v.Subflows[fast], s)
	g := v.Gap(v.Hand.From + uint64(gap/float64(s.MSS))*uint64(s.MSS))
	if g.Len() == 0 {
		v.Because(tooNear, fast, float64(v.End()-v.Hand.From), gap, 0)
		return Decision{}
	}
	v.Because(ahead, free, float64(g.From), gap, 0)
	return Decision{Do: Send, On: One(free), Bytes: g.First(s.MSS)}
}

// lead returns how much the fast subflow sends in the difference of the one-way delays.
func lead(fast, slow *Subflow) float64 {
	return (slow.SRTT - fast.SRTT).Seconds() / 2 * fast.rate()
}
