package sched

import (
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	const source = "Hurtig et al., IEEE/ACM ToN 27(1), 2019, section IV; when a plan has changed is our reading"
	Registry.Register("sttf", source, func() Scheduler { return &STTF{Replan: true} })
}

var replans = NewReason("replans", "the last queued on {who} would arrive in {a:ms}, elsewhere in {b:ms}")

// STTF takes the subflow of the shortest transfer time, simulating how its window
// grows, in the queue of a full one if need be. It takes a queue back when another
// subflow has become faster for what waits there.
type STTF struct {
	Replan bool `toml:"replan" doc:"take back what is queued when another subflow has become faster"`

	replanned sim.Time
}

// Traits implements Declarer.
func (s *STTF) Traits() Traits {
	if s.Replan {
		return Queues | Recalls | Measures
	}
	return Queues | Measures
}

// Next implements Scheduler.
func (s *STTF) Next(v *View) Decision {
	if d, ok := s.replan(v); ok {
		return d
	}
	if v.Job == Spare {
		return Decision{}
	}
	return soonest(v, arrival)
}

// replan takes a queue back, at most once at a time, if its last segment but one would
// be earlier at the end of another: the plan has to change by more than a segment.
func (s *STTF) replan(v *View) (Decision, bool) {
	if !s.Replan || v.Job != Fresh && v.Job != Spare || v.Now <= s.replanned {
		return Decision{}, false
	}
	for i := range v.Subflows {
		x := &v.Subflows[i]
		if x.Queued < 2*x.MSS || x.Stale {
			continue
		}
		own := transferTime(x, x.Queued-2*x.MSS)
		for k := range v.Subflows {
			y := &v.Subflows[k]
			if k == i || !y.ready(x.Backup) || y.Room <= 0 {
				continue
			}
			if other := arrival(y); other < own {
				s.replanned = v.Now
				v.Because(replans, i, float64(own), float64(other), 0)
				return Decision{Do: Recall, On: One(i)}, true
			}
		}
	}
	return Decision{}, false
}

func arrival(s *Subflow) time.Duration { return transferTime(s, s.Queued) }

// transferTime returns the time until a segment behind queued arrives. It simulates the
// rounds, where KAU's mptcp_sttf.c has closed forms that come near; both take the last
// RTT sample.
func transferTime(s *Subflow, queued units.Bytes) time.Duration {
	rtt := s.LastRTT
	q, cwnd := int(queued/s.MSS), max(int(s.Cwnd/s.MSS), 1)
	thresh := int(s.Ssthresh / s.MSS)
	free := max(cwnd-s.segments(s.InFlight), 0)
	t := rtt / 2
	for q+1 > free {
		q -= free
		t += rtt
		if cwnd <= thresh {
			cwnd *= 2
		} else {
			cwnd++
		}
		free = cwnd
	}
	return t
}
