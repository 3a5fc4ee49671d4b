package sched

import (
	"fmt"
	"math"

	"mpsim/sim/units"
)

func init() {
	const source = "Linux 6.6 and later, net/mptcp/protocol.c: mptcp_subflow_get_send, mptcp_subflow_get_retrans"
	Registry.Register("linux", source, func() Scheduler { return &Linux{Burst: 65428} })
}

var (
	shortestLinger = NewReason("shortest-linger", "{who} is done with its backlog first, in {a:ms}: {b} bytes")
	bufferFull     = NewReason("buffer-full", "{who} is done first, in {a:ms}, and has no room for more")
	idle           = NewReason("idle", "{who} has nothing in flight")
	noneIdle       = NewReason("none-idle", "what does not arrive goes again only on a subflow that is idle")
)

// Linux sends bursts to the subflow whose backlog goes out first, as far as its send
// buffer takes them. It does not look at windows: the subflow holds back what its
// window does not take. What is left of a burst that was cut is forgotten (since 6.6).
//
// A subflow without a backlog always is the best, and gets a whole burst. Where its window is tiny, that holds up a
// small receive window: over 14 Mb/s and 12 ms beside 11 Mb/s and 72 ms with 1 % loss, LIA leaves the second path
// 0.9 Mb/s, at which a burst takes 0.58 s, and a window of 251 kB gives 4.6 Mb/s in all, 14.1 with bursts of a
// segment; with CUBIC 10.2 and 15.4. The timer of the connection is no help, because DATA_ACKs come meanwhile.
type Linux struct {
	Burst units.Bytes `toml:"burst" doc:"bytes between two choices"`

	avg PerSubflow[float64] // pacing rate averaged over what was assigned, in B/s
}

// Validate reports a burst of nothing.
func (l *Linux) Validate() error {
	if l.Burst < 1 || l.Burst > 1<<30 {
		return fmt.Errorf("burst %v: want 1B to 1GiB", l.Burst)
	}
	return nil
}

// Traits implements Declarer: it waits for the best one, not for the second best.
func (*Linux) Traits() Traits { return Queues | Patient | Measures | Ticks }

// Next implements Scheduler. Upstream has no opportunistic retransmission; if the
// connection is set to it, it goes as with MinRTT. What a stale subflow has carried goes
// again like new data, but not ahead of the window.
func (l *Linux) Next(v *View) Decision {
	switch {
	case v.Job == Blocked:
		return minRTT(v)
	case v.Expired:
		return retransmit(v)
	}
	best, least := l.best(v)
	if best < 0 {
		return Decision{}
	}
	s := &v.Subflows[best]
	if !s.takes() || v.Job == Lost && s.Limit != Free { // the second best is not taken
		v.Because(bufferFull, best, least*1e9, 0, 0)
		return Decision{}
	}
	// The average is over a whole burst, also if less is written.
	burst := v.Hand.From + uint64(l.Burst)
	burst = min(burst, max(v.Edge, v.Hand.To)) - v.Hand.From
	if pace := s.pace(); pace > 0 {
		avg, q, n := l.avg.At(v, best), float64(s.Backlog()), float64(burst)
		*avg = (float64(*avg*q) + float64(pace*n)) / (q + n)
	}
	bytes := v.Hand.First(units.Bytes(burst))
	v.Because(shortestLinger, best, least*1e9, float64(bytes.Len()), 0)
	return Decision{Do: Queue, On: One(best), Bytes: bytes}
}

// best returns the subflow whose backlog lingers for the shortest time, and that time
// in s.
func (l *Linux) best(v *View) (best int, least float64) {
	best = -1
	backups := backupsServe(v)
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if !s.ready(backups) {
			continue
		}
		avg := l.avg.At(v, i)
		if *avg == 0 {
			*avg = s.pace()
		}
		linger := 0.0
		if q := s.Backlog(); q > 0 {
			if *avg == 0 {
				continue
			}
			linger = float64(q) / *avg
		}
		if best < 0 || linger < least {
			best, least = i, linger
		}
	}
	return best, least
}

// retransmit takes the first subflow that has nothing to do. A backup repeats only if all
// that are busy have been silent for more than one expiry (mptcp_subflow_get_retrans).
func retransmit(v *View) Decision {
	pick, backup, least := -1, -1, math.MaxInt
	for i := len(v.Subflows) - 1; i >= 0; i-- { // the first one comes last
		switch s := &v.Subflows[i]; {
		case s.Limit == Unready:
		case !s.Idle:
			least = min(least, s.Silent)
		case s.Backup:
			backup = i
		default:
			pick = i
		}
	}
	if pick < 0 && least > 1 {
		pick = backup
	}
	if pick < 0 {
		v.Because(noneIdle, 0, 0, 0, 0)
		return Decision{}
	}
	v.Because(idle, pick, 0, 0, 0)
	return Decision{Do: Send, On: One(pick), Bytes: v.Hand}
}

// pace returns the pacing rate in B/s, which Linux computes also where it does not
// pace: twice the window in a round-trip time up to half of ssthresh, else 1.2 times
// (tcp_update_pacing_rate). It is 0 before the first sample.
func (s *Subflow) pace() float64 {
	switch {
	case s.Pacing > 0:
		return float64(s.Pacing) / 8
	case s.SRTT <= 0:
		return 0
	case s.Cwnd < s.Ssthresh/2:
		return 2 * float64(max(s.Cwnd, s.InFlight)) / s.SRTT.Seconds()
	}
	return 1.2 * float64(max(s.Cwnd, s.InFlight)) / s.SRTT.Seconds()
}
