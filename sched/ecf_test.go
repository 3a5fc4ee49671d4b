package sched

import (
	"testing"
	"time"

	"mpsim/sim/units"
)

// Lim et al., with k segments left; the kernel counts a window at least.
func TestECF(t *testing.T) {
	for _, x := range []struct {
		name              string
		cwndF, cwndS      units.Bytes
		rttF, rttS, delta time.Duration
		k                 units.Bytes // in bytes
		kernel, waiting   bool
		want              int
		after             bool
	}{
		{"k 3, paper: 36 < 68", 12, 10, 30 * ms, 120 * ms, 8 * ms, 3000, false, false, 1, false},
		{"k 3, kernel: 60 < 128, 120 ≥ 68", 12, 10, 30 * ms, 120 * ms, 8 * ms, 3000, true, false, waits, true},
		{"k 15: 67.5 < 128, 180 ≥ 68", 12, 10, 30 * ms, 120 * ms, 8 * ms, 15000, false, false, waits, true},
		{"k 40: 130 ≥ 128", 12, 10, 30 * ms, 120 * ms, 8 * ms, 40000, false, false, 1, false},
		{"k 40, waiting: 130 < 160", 12, 10, 30 * ms, 120 * ms, 8 * ms, 40000, false, true, waits, true},
		{"D7: k 10: 40 < 110, 100 ≥ 50", 10, 10, 20 * ms, 100 * ms, 10 * ms, 10000, false, false, waits, true},
		{"D7: k 60: 140 ≥ 110", 10, 10, 20 * ms, 100 * ms, 10 * ms, 60000, false, false, 1, false},
		{"D7: k 60, waiting: 140 ≥ 137.5", 10, 10, 20 * ms, 100 * ms, 10 * ms, 60000, false, true, 1, false},
		{"D7: k 1: 10 < 50, and waiting stays", 10, 10, 20 * ms, 100 * ms, 10 * ms, 1000, false, true, 1, true},
		{"D7: k 1, kernel", 10, 10, 20 * ms, 100 * ms, 10 * ms, 1000, true, false, waits, true},
		{"as early: 110 ≥ 110", 10, 10, 20 * ms, 100 * ms, 10 * ms, 45000, false, true, waits, true},
		{"as early: 110 ≥ 110", 10, 10, 20 * ms, 100 * ms, 10 * ms, 45000, false, false, 1, false},
		{"a byte earlier", 10, 10, 20 * ms, 100 * ms, 10 * ms, 44999, false, false, waits, true},
		{"long enough: 50 ≥ 50", 10, 10, 20 * ms, 100 * ms, 10 * ms, 5000, false, false, waits, true},
		{"a byte shorter", 10, 10, 20 * ms, 100 * ms, 10 * ms, 4999, false, false, 1, false},
	} {
		for _, sigma := range [][2]time.Duration{{2 * ms, x.delta}, {x.delta, 2 * ms}} { // the larger counts
			v := fresh(x.k, 1e6, sub(0, mss, 0, x.cwndF, x.cwndF, 100, x.rttF), sub(1, mss, 0, 2, x.cwndS, 100, x.rttS))
			v.Subflows[0].RTTVar, v.Subflows[1].RTTVar = sigma[0], sigma[1]
			e := &ECF{Beta: 0.25, Kernel: x.kernel, waiting: x.waiting}
			decides(t, x.name, e, v, x.want)
			if e.waiting != x.after {
				t.Errorf("%s: waiting %v", x.name, e.waiting)
			}
		}
	}
}

// The rule is about new data and a fast subflow that is full.
func TestECFElse(t *testing.T) {
	v := fresh(15000, 1e6, sub(0, mss, 0, 12, 12, 100, 30*ms), sub(1, mss, 0, 2, 10, 100, 120*ms))
	e := &ECF{Beta: 0.25}
	decides(t, "new data", e, v, waits)
	v.Job = Lost
	decides(t, "what is lost", e, v, 1)
	v.Job, v.Subflows[0] = Fresh, sub(0, mss, 0, 11, 12, 100, 30*ms)
	decides(t, "room on the fast one", e, v, 0)
}

// Reasons tell what was compared.
func TestWhy(t *testing.T) {
	v := fresh(15*mss, 1e6, sub(0, mss, 0, 12, 12, 100, 30*ms), sub(1, mss, 0, 2, 10, 100, 120*ms))
	(&ECF{Beta: 0.25}).Next(v)
	if got, want := v.Reason.Text("wifi"), "waits for wifi: it is done in 67.5 ms, the other in 120 ms or more"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := v.Reason.Code.Name(); got != "ecf-waits" {
		t.Errorf("%q", got)
	}
}
