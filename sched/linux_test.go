package sched

import (
	"testing"

	"mpsim/sim/units"
)

func newLinux() *Linux { return &Linux{Burst: 65428} }

// Two subflows of which A has 120 000 bytes at 2.4 MB/s and B 30 000 at 0.75 MB/s: 50.0
// against 40.0 ms, and B is taken though its window is full and its SRTT larger.
func TestLinuxWorked(t *testing.T) {
	l := newLinux()
	a := Subflow{ID: 0, MSS: 1420, Queued: 120000, Room: 1 << 20, SRTT: 10 * ms}
	b := Subflow{ID: 1, MSS: 1420, Queued: 30000, Room: 1 << 20, SRTT: 90 * ms, Pacing: 5600 * units.Kbps, Limit: Full}
	v := fresh(2e6, 1e6, a, b)
	*l.avg.At(v, 0), *l.avg.At(v, 1) = 2.4e6, 0.75e6
	d := decides(t, "50.0 against 40.0 ms", l, v, 1)
	if d.Do != Queue || d.Bytes != (Range{0, 65428}) {
		t.Errorf("burst %+v", d)
	}
	near(t, "avg of B", *l.avg.At(v, 1), 715718, 1)
	near(t, "linger", v.Reason.A, 40e6, 1)

	v.Subflows[0].Queued, v.Subflows[1].Room = 150000, 0
	*l.avg.At(v, 1) = 0.75e6
	if d := decides(t, "62.5 against 40.0 ms, and B has no room", l, v, waits); d.On != 0 {
		t.Errorf("promises %b: an ACK on A can make it the best", d.On)
	}
	v.Subflows[1].Room = 1
	decides(t, "any room takes", l, v, 1)
}

// Algorithm reference, D2.
func TestLinuxReference(t *testing.T) {
	l := newLinux()
	v := fresh(2e6, 1e6, Subflow{ID: 0, MSS: 1420, Queued: 100000, Room: 1 << 20, Pacing: 24 * units.Mbps},
		Subflow{ID: 1, MSS: 1420, Queued: 20000, Room: 1 << 20, Pacing: 2 * units.Mbps})
	*l.avg.At(v, 0) = 2.5e6
	decides(t, "40 against 80 ms", l, v, 0)
	near(t, "avg", *l.avg.At(v, 0), 2697753, 1)
}

// The burst ends at the window; the average is over all of it, also if less is written.
func TestLinuxBurst(t *testing.T) {
	s := Subflow{MSS: 1000, Queued: 10000, Room: 1 << 20, Pacing: 16 * units.Mbps}
	for _, tt := range []struct {
		unsent, window, want units.Bytes
		avg                  float64
	}{
		{1e6, 1e6, 65428, (1e6*10000 + 2e6*65428) / 75428},
		{1e6, 30000, 30000, (1e6*10000 + 2e6*30000) / 40000},
		{500, 1e6, 500, (1e6*10000 + 2e6*65428) / 75428},
	} {
		l, v := newLinux(), fresh(tt.unsent, tt.window, s)
		*l.avg.At(v, 0) = 1e6
		if d := l.Next(v); d.Bytes.Len() != tt.want {
			t.Errorf("%+v: burst %+v", tt, d)
		}
		near(t, "avg", *l.avg.At(v, 0), tt.avg, 1)
	}
}

func TestLinuxChoice(t *testing.T) {
	s := func(id int, marks string, backlog units.Bytes) Subflow {
		x := mark(id, 10, marks)
		x.InFlight, x.Room, x.Pacing = backlog, 1e6, 8*units.Mbps
		return x
	}
	full := s(1, "", 1000)
	full.Room = 0
	late := s(1, "s", 1000)
	late.SRTT, late.Pacing = 0, 0 // no rate is known
	for _, tt := range []struct {
		name string
		subs []Subflow
		want int
	}{
		{"the first of equals", []Subflow{s(0, "s", 1000), s(1, "s", 1000)}, 0},
		{"the shorter backlog", []Subflow{s(0, "s", 1001), s(1, "s", 1000)}, 1},
		{"nothing is shortest", []Subflow{s(0, "s", 1), s(1, "s", 0)}, 1},
		{"no backup beside a regular one", []Subflow{s(0, "", 9000), s(1, "sb", 0)}, 0},
		{"backups when all regular ones are stale", []Subflow{s(0, "x", 0), s(1, "sb", 9000)}, 1},
		{"nothing is queued before the handshake is over", []Subflow{s(0, "s", 9000), s(1, "u", 0)}, 0},
		{"the best has no room", []Subflow{s(0, "s", 2000), full}, waits},
		{"one with a backlog and no rate is passed over", []Subflow{s(0, "s", 9000), late}, 0},
	} {
		decides(t, tt.name, newLinux(), fresh(1e6, 1e6, tt.subs...), tt.want)
	}
	v := fresh(1e6, 1e6, full)
	v.Subflows[0].Limit = Free // there is no send buffer
	decides(t, "without a send buffer the window decides", newLinux(), v, 0)
}

// Algorithm reference, A15: a window of 10 segments of 1448 bytes at 40 ms.
func TestLinuxPace(t *testing.T) {
	s := Subflow{Cwnd: 14480, SRTT: 40 * ms, Ssthresh: 28962}
	near(t, "slow start", s.pace(), 724000, 1e-6)
	s.Ssthresh = 28960
	near(t, "from half of ssthresh on", s.pace(), 434400, 1e-6)
	s.InFlight = 28960
	near(t, "more in flight than the window", s.pace(), 868800, 1e-6)
	s.Pacing = 8 * units.Mbps
	near(t, "paced", s.pace(), 1e6, 0)
	s = Subflow{Cwnd: 14480}
	near(t, "no sample", s.pace(), 0, 0)
}

// When the timer expires, the head goes on the first subflow that is idle (mptcp_subflow_get_retrans).
func TestLinuxExpired(t *testing.T) {
	s := func(id, silent int, idle, backup bool) Subflow {
		return Subflow{ID: id, MSS: 1420, Idle: idle, Silent: silent, Backup: backup}
	}
	for _, tt := range []struct {
		name string
		subs []Subflow
		want int
	}{
		{"the idle one", []Subflow{s(0, 1, false, false), s(1, 0, false, false), s(2, 0, true, false)}, 2},
		{"the first of two", []Subflow{s(0, 1, false, false), s(1, 0, true, false), s(2, 0, true, false)}, 1},
		{"none is idle", []Subflow{s(0, 9, false, false), s(1, 0, false, false)}, waits},
		{"no backup at the first expiry", []Subflow{s(0, 1, false, false), s(1, 0, true, true)}, waits},
		{"a backup at the second", []Subflow{s(0, 2, false, false), s(1, 0, true, true)}, 1},
		{"no backup while one that is busy answers", []Subflow{s(0, 9, false, false), s(1, 0, false, false), s(2, 0, true, true)}, waits},
		{"a regular one before a backup", []Subflow{s(0, 9, false, false), s(1, 0, true, true), s(2, 0, true, false)}, 2},
		{"a backup that alone is there", []Subflow{s(0, 0, true, true)}, 0},
	} {
		v := &View{Job: Lost, Expired: true, Written: 1e6, Edge: 1e6, Hand: Range{0, 3000}, Subflows: tt.subs}
		if d := decides(t, tt.name, newLinux(), v, tt.want); tt.want != waits && d.Bytes != v.Hand {
			t.Errorf("%s: %+v", tt.name, d)
		}
	}
}

// What a stale subflow has carried goes as if it was new, but not ahead of the window; what blocks the
// window, as with minrtt.
func TestLinuxAgain(t *testing.T) {
	busy := mark(1, 10, "s")
	busy.InFlight, busy.Pacing = 1, 8*units.Mbps
	v := &View{Job: Lost, Written: 1e6, Edge: 1e6, Hand: Range{0, 3000}, Subflows: []Subflow{mark(0, 10, "x"), busy, mark(2, 90, "")}}
	decides(t, "the shortest backlog is full: not ahead of the window", newLinux(), v, waits)
	v.Subflows[2].InFlight, v.Subflows[2].Pacing = 9000, 8*units.Mbps
	decides(t, "the shortest backlog", newLinux(), v, 1)

	v.Job = Blocked
	decides(t, "what blocks goes as with minrtt", newLinux(), v, 1)
}
