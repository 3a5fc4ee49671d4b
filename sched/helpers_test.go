package sched

import (
	"math"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

const (
	ms  = time.Millisecond
	mss = 1000
)

// sub returns subflow id as the worked decisions give one: in segments of size bytes.
func sub(id int, size, queued, inflight, cwnd, ssthresh units.Bytes, rtt time.Duration) Subflow {
	s := Subflow{
		ID: id, MSS: size, Cwnd: cwnd * size, Ssthresh: ssthresh * size, InFlight: inflight * size, Queued: queued * size,
		Room: 1 << 20, SRTT: rtt, LastRTT: rtt, MinRTT: rtt, MaxRTT: rtt, Opens: sim.Never,
	}
	if s.Space() < size {
		s.Limit = Full
	}
	return s
}

// mark returns a subflow with an SRTT in milliseconds and these marks: "s" is free, "b" a
// backup, "x" stale, "c" has carried the data, "u" is not ready; without one it is full.
func mark(id, rtt int, marks string) Subflow {
	s := Subflow{ID: id, SRTT: time.Duration(rtt) * ms, MSS: mss, Limit: Full, Opens: sim.Never}
	for _, m := range marks {
		switch m {
		case 's':
			s.Limit = Free
		case 'b':
			s.Backup = true
		case 'x':
			s.Stale, s.Limit = true, Down
		case 'c':
			s.Limit = Carried
		case 'u':
			s.Limit = Unready
		}
	}
	return s
}

// fresh returns a view with unsent bytes at hand, and left bytes of window.
func fresh(unsent, left units.Bytes, subs ...Subflow) *View {
	v := &View{Now: sim.Time(time.Second), Written: uint64(unsent), Edge: uint64(left), Window: left, Unsent: unsent,
		Subflows: subs, Reason: new(Why)}
	v.Hand = v.Gap(0)
	return v
}

const waits = -1

// decides fails unless s decides for the subflow want, alone.
func decides(t *testing.T, name string, s Scheduler, v *View, want int) Decision {
	t.Helper()
	d := s.Next(v)
	switch {
	case want == waits && d.Do != Wait:
		t.Errorf("%s: %+v, want a wait", name, d)
	case want != waits && (d.Do != Send && d.Do != Queue || d.On != One(want)):
		t.Errorf("%s: %+v, want subflow %d", name, d, want)
	}
	return d
}

// order asks s again and again, about the same.
func order(t *testing.T, name string, s Scheduler, v *View, want ...int) {
	t.Helper()
	for k, i := range want {
		decides(t, name+", "+string(rune('1'+k)), s, v, i)
	}
}

func near(t *testing.T, name string, got, want, within float64) {
	t.Helper()
	if math.Abs(got-want) > within {
		t.Errorf("%s: got %v, want %v", name, got, want)
	}
}
