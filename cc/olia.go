package cc

import (
	"math"

	"mpsim/sim/words"
)

func init() {
	Registry.Register("olia", "Khalili et al., IEEE/ACM Transactions on Networking, 2013", func() Controller {
		return &OLIA{Metric: "l/rtt2", Floor: 2}
	})
}

// OLIA is the Opportunistic Linked-Increases Algorithm of Khalili, Gast,
// Popovic and Le Boudec, "MPTCP Is Not Pareto-Optimal".
type OLIA struct {
	Reno
	Metric string  `toml:"metric" doc:"what ranks the paths: l/rtt2, or l2/rtt as draft-khalili-mptcp-congestion-control words it; l is the bytes between losses"`
	Floor  float64 `toml:"ssthresh_floor" doc:"least ssthresh, segments"`
	Linux  bool    `toml:"linux" doc:"count in whole numbers as Linux v0.95 does"`

	parts float64 // of a segment that the window has yet to change by, 1/1024, under Linux

	between, since           float64 // l1, l2: bytes acknowledged between the last two losses, and since the last
	savedBetween, savedSince float64 // before the last loss, in case it was none
}

// Validate reports a metric that there is not, or a window of less than a segment.
func (o *OLIA) Validate() error {
	if err := words.Check("metric", o.Metric, "l/rtt2", "l2/rtt"); err != nil {
		return err
	}
	return validFloor(o.Floor)
}

// OnAck implements Controller. For each acknowledged segment on r
//
//	w_r += w_r/rtt_r² / (Σ w_k/rtt_k)² + α_r/w_r
//
// which may be negative.
func (o *OLIA) OnAck(f *Flow, a Ack) {
	o.since += float64(a.Bytes)
	if !f.Coupled() {
		o.Reno.OnAck(f, a)
		return
	}
	left := f.SlowStart(a)
	if left == 0 {
		return
	}
	if o.Linux {
		o.count(f)
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
	f.Reduce(f.Cwnd/2, o.Floor, c)
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
			maxW = max(maxW, o.window(s))
			best = max(best, o.metric(s))
		}
	}
	if o.Linux {
		n = len(f.Group.Flows) // unlike the paper, those without an RTT sample, too
	}
	nBest, nMax := 0, 0 // |B\M| and |M|
	for _, s := range f.Group.Flows {
		switch {
		case !s.Usable():
		case o.window(s) == maxW:
			nMax++
		case o.metric(s) == best:
			nBest++
		}
	}
	switch {
	case nBest == 0:
		return 0
	case o.window(f) == maxW:
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
	if o.Metric == "l2/rtt" {
		return l * l / rtt
	}
	return l / (rtt * rtt)
}

// window returns the window of s, in whole segments under Linux.
func (o *OLIA) window(s *Flow) float64 {
	if o.Linux {
		return float64(segments(s, s.Window()) * int64(s.MSS))
	}
	return s.Window()
}

// count is OnAck of Linux: an ACK of whatever size counts for a segment, its share is
// cut to 1/1024, and the window changes when 1023 of them have come together, in either
// direction. Unlike in Linux, nothing overflows.
func (o *OLIA) count(f *Flow) {
	const one = 1024
	root := 1.0 // Linux's guard against division by zero
	for _, s := range f.Group.Flows {
		if s.Usable() {
			root += math.Floor(float64(segments(s, s.Window())*one) * float64(srtt(f)) / float64(srtt(s)))
		}
	}
	w, rate := float64(segments(f, f.Cwnd)), root*root
	gain := one*one*w/rate + o.alpha(f)/w
	o.parts += math.Trunc(one * gain)
	switch mss := float64(f.MSS); {
	case o.parts >= one-1:
		f.Cwnd, o.parts = f.Cwnd+mss, 0
	case o.parts <= 1-one:
		f.Cwnd, o.parts = max(f.Cwnd-mss, mss), 0
	}
}
