package sched

import (
	"testing"
	"time"

	"mpsim/sim/units"
)

// Algorithm reference, D9, and the decisions worked out beside it, in ms. Up and down are
// how KAU's and MP-DCCP's code round the wait.
func TestOTIASArrival(t *testing.T) {
	for _, x := range []struct {
		q, infl, cwnd units.Bytes
		rtt, up, down time.Duration
	}{
		{0, 5, 10, 20, 10, 10}, {0, 10, 10, 20, 30, 10}, {25, 10, 10, 20, 70, 50}, {0, 0, 10, 80, 40, 40},
		{0, 12, 12, 30, 45, 15}, {0, 3, 10, 120, 60, 60}, {14, 12, 12, 30, 75, 45},
		{4, 5, 10, 20, 10, 10}, {5, 5, 10, 20, 30, 10}, {9, 10, 10, 20, 30, 10}, {10, 10, 10, 20, 50, 30},
	} {
		s := sub(0, mss, x.q, x.infl, x.cwnd, 100, x.rtt*ms)
		if got := new(OTIAS).arrival(&s); got != x.up*ms {
			t.Errorf("%+v: %v", x, got)
		}
		if got := (&OTIAS{Floor: true}).arrival(&s); got != x.down*ms {
			t.Errorf("%+v, rounded down: %v", x, got)
		}
	}
}

func TestOTIAS(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 12, 12, 100, 30*ms), sub(1, mss, 0, 3, 10, 100, 120*ms))
	if d := decides(t, "45 against 60, though full", &OTIAS{}, v, 0); d.Do != Queue {
		t.Errorf("%+v", d)
	}
	v.Subflows[0].Queued = 14 * mss
	decides(t, "75 against 60", &OTIAS{}, v, 1)
	v.Subflows[0].Queued, v.Subflows[1].SRTT = 0, 90*ms
	decides(t, "the first of equals, 45", &OTIAS{}, v, 0)
	v.Subflows[0].Room = 0
	decides(t, "no room to queue", &OTIAS{}, v, 1)
	v.Subflows[1].Limit, v.Subflows[1].Room = Full, 0
	decides(t, "no room at all", &OTIAS{}, v, waits)
	v.Subflows[0].Limit, v.Subflows[0].Room = Unready, 1e6
	decides(t, "nothing is queued before the handshake is over", &OTIAS{}, v, waits)
	v.Subflows[0].Limit, v.Job = Full, Lost
	decides(t, "what is lost does not wait in a queue", &OTIAS{}, v, waits)
	v.Job, v.Subflows[0].Backup, v.Subflows[1].Room = Fresh, true, 1
	decides(t, "no backup beside a regular one", &OTIAS{}, v, 1)
}
