package cc

func init() {
	Registry.Register("olia", "Khalili et al., IEEE/ACM Transactions on Networking, 2013", func() Controller { return &OLIA{} })
}

// OLIA is the Opportunistic Linked-Increases Algorithm of Khalili, Gast,
// Popovic and Le Boudec, "MPTCP Is Not Pareto-Optimal".
type OLIA struct {
	Reno
	DraftMetric bool `toml:"draft_metric" doc:"rank paths by l²/rtt as draft-khalili-mptcp-congestion-control words it, not by l/rtt²"`

	between, since           float64 // l1, l2: bytes acknowledged between the last two losses, and since the last
	savedBetween, savedSince float64 // before the last loss, in case it was none
}

// OnAck implements Controller. For each acknowledged segment on r
//
//	w_r += w_r/rtt_r² / (Σ w_k/rtt_k)² + α_r/w_r
//
// which may be negative.
func (o *OLIA) OnAck(f *Flow, a Ack) {
	o.since += float64(a.Bytes)
	if !f.Usable() {
		o.Reno.OnAck(f, a)
		return
	}
	left := f.SlowStart(a)
	if left == 0 {
		return
	}
	mss, rtt := float64(f.MSS), f.RTT()
	var sum float64
	for _, s := range f.Group.Flows {
		if s.Usable() {
			sum += s.Rate()
		}
	}
	gain := f.Cwnd/(rtt*rtt)/(sum*sum) + o.alpha(f)/f.Cwnd
	f.Cwnd = max(f.Cwnd+float64(gain*left*mss), mss)
}

// OnCongestion implements Controller: halve, and begin a new interval.
func (o *OLIA) OnCongestion(f *Flow, c Congestion) {
	o.savedBetween, o.savedSince = o.between, o.since
	if o.since > 0 {
		o.between, o.since = o.since, 0
	}
	o.Reno.OnCongestion(f, c)
}

// Undo implements Undoer: the interval that the episode ended goes on.
func (o *OLIA) Undo(*Flow) {
	o.between, o.since = o.savedBetween, o.savedSince+o.since
	o.savedSince = 0
}

// alpha returns α_r: it moves window from the flows of largest window (M) to the
// best ones (B) that are not among them.
func (o *OLIA) alpha(f *Flow) float64 {
	var maxW, best float64
	n := 0
	for _, s := range f.Group.Flows {
		if s.Usable() {
			n++
			maxW = max(maxW, s.Window())
			best = max(best, o.metric(s))
		}
	}
	nBest, nMax := 0, 0 // |B\M| and |M|
	for _, s := range f.Group.Flows {
		switch {
		case !s.Usable():
		case s.Window() == maxW:
			nMax++
		case o.metric(s) == best:
			nBest++
		}
	}
	switch {
	case nBest == 0:
		return 0
	case f.Window() == maxW:
		return -1 / float64(n*nMax)
	case o.metric(f) == best:
		return 1 / float64(n*nBest)
	}
	return 0
}

// metric ranks the path of s by l/rtt², l being the larger of l1 and l2. A
// sibling under another law counts with nothing.
func (o *OLIA) metric(s *Flow) float64 {
	p, ok := s.Controller.(*OLIA)
	if !ok {
		return 0
	}
	l, rtt := max(p.between, p.since), s.RTT()
	if o.DraftMetric {
		return l * l / rtt
	}
	return l / (rtt * rtt)
}
