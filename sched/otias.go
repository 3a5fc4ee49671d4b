package sched

import "time"

func init() {
	const source = "Yang, Wang and Amer, MILCOM 2014 (OTIAS); rounds as KAU's mptcp_otias.c counts them"
	Registry.Register("otias", source, func() Scheduler { return &OTIAS{} })
}

var earliest = NewReason("earliest", "it arrives first on {who}, in {a:ms}, behind {b} bytes")

// OTIAS takes the subflow on which a segment arrives first, in the queue of a full one
// if need be. What goes again goes as with MinRTT, where there is room.
type OTIAS struct {
	Floor bool `toml:"floor" doc:"round waits down, as MP-DCCP's sched_otias.c does; false: up, as KAU's"`
}

// Traits implements Declarer.
func (*OTIAS) Traits() Traits { return Queues }

// Next implements Scheduler.
func (o *OTIAS) Next(v *View) Decision { return soonest(v, o.arrival) }

// arrival counts the rounds until a segment leaves.
func (o *OTIAS) arrival(s *Subflow) time.Duration {
	q, cwnd := int(s.Queued/s.MSS), max(int(s.Cwnd/s.MSS), 1)
	free := max(cwnd-s.segments(s.InFlight), 0)
	if q < free {
		return s.SRTT / 2
	}
	rounds := (q - free + 1 + cwnd - 1) / cwnd
	if o.Floor {
		rounds = (q - free) / cwnd
	}
	return time.Duration(rounds)*s.SRTT + s.SRTT/2
}

// soonest queues a segment of new data where it arrives first.
func soonest(v *View, arrival func(*Subflow) time.Duration) Decision {
	if v.Job != Fresh {
		return minRTT(v)
	}
	backups := backupsServe(v)
	best, least := -1, time.Duration(0)
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if !s.ready(backups) || !s.takes() {
			continue
		}
		if t := arrival(s); best < 0 || t < least {
			best, least = i, t
		}
	}
	if best < 0 {
		return Decision{}
	}
	v.Because(earliest, best, float64(least), float64(v.Subflows[best].Backlog()), 0)
	return Decision{Do: Queue, On: One(best)}
}
