package sched

import (
	"testing"
	"time"

	"mpsim/sim/units"
)

// Algorithm reference, D10, and the decisions worked out beside it, in ms.
func TestSTTFTime(t *testing.T) {
	for _, x := range []struct {
		q, infl, cwnd, ssthresh units.Bytes
		rtt, want               time.Duration
	}{
		{0, 4, 10, 100, 20, 10}, {0, 10, 10, 100, 20, 30}, {40, 10, 10, 100, 20, 50}, {40, 10, 10, 5, 20, 90},
		{0, 0, 10, 100, 60, 30}, {0, 10, 10, 100, 30, 45}, {0, 4, 10, 100, 80, 40}, {25, 10, 10, 100, 30, 75},
		{25, 10, 10, 5, 30, 105},
		{5, 4, 10, 100, 20, 10}, {6, 4, 10, 100, 20, 30}, // just fits, and does not
		{15, 10, 10, 10, 20, 30}, {15, 10, 10, 9, 20, 50}, // doubles at ssthresh, not above
		{10, 10, 10, 5, 20, 30}, {11, 10, 10, 5, 20, 50}, {22, 10, 10, 5, 20, 50}, {23, 10, 10, 5, 20, 70}, // 11, then 12 more
	} {
		s := sub(0, mss, x.q, x.infl, x.cwnd, x.ssthresh, x.rtt*ms)
		s.SRTT = time.Hour // it is the last sample that counts
		if got := arrival(&s); got != x.want*ms {
			t.Errorf("%+v: %v", x, got)
		}
	}
}

func TestSTTF(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 10, 10, 100, 30*ms), sub(1, mss, 0, 4, 10, 100, 80*ms))
	decides(t, "45 against 40", &STTF{}, v, 1)
	v.Subflows[1].LastRTT = 100 * ms
	if d := decides(t, "45 against 50, though full", &STTF{}, v, 0); d.Do != Queue {
		t.Errorf("%+v", d)
	}
}

// 25 segments wait on a path of 30 ms, whose window grows by one in a round: the last but
// one arrives after 105 ms, on the other path after 40 ms.
func TestSTTFReplans(t *testing.T) {
	other := sub(1, mss, 0, 0, 10, 100, 80*ms)
	view := func() *View { return fresh(1e6, 1e6, sub(0, mss, 25, 10, 10, 5, 30*ms), other) }
	v, s := view(), &STTF{Replan: true}
	if d := s.Next(v); d.Do != Recall || d.On != One(0) {
		t.Errorf("%+v, want subflow 0 to be recalled", d)
	}
	decides(t, "once at a time", s, v, 1)
	v.Now++
	if d := s.Next(v); d.Do != Recall {
		t.Errorf("%+v, later", d)
	}
	decides(t, "if it may", &STTF{}, view(), 1)

	for _, x := range []struct {
		name   string
		recall bool
		change func(v *View)
	}{
		{"what is lost goes first", false, func(v *View) { v.Job = Lost }},
		{"when nothing is at hand", true, func(v *View) { v.Job, v.Hand = Spare, Range{} }},
		{"of two queued the first is no later", false, func(v *View) { v.Subflows[0].Queued = 2 * mss; v.Subflows[1].LastRTT = 90 * ms }},
		{"but if it is later", true, func(v *View) { v.Subflows[0].Queued = 2 * mss; v.Subflows[1].LastRTT = 90*ms - 2 }},
		{"less than two are no plan", false, func(v *View) { v.Subflows[0].Queued = 2*mss - 1 }},
		{"no room there", false, func(v *View) { v.Subflows[1].Room = 0 }},
		{"a stale one has its queue taken by the connection", false, func(v *View) { v.Subflows[0].Stale = true }},
		{"backups are another matter", false, func(v *View) { v.Subflows[1].Backup = true }},
		{"nobody waits for a handshake", false, func(v *View) { v.Subflows[1].Limit = Unready }},
	} {
		v := view()
		x.change(v)
		if d := (&STTF{Replan: true}).Next(v); (d.Do == Recall) != x.recall {
			t.Errorf("%s: %+v", x.name, d)
		}
	}
	v = view()
	v.Job, v.Hand, v.Subflows[0].Queued = Spare, Range{}, 0
	if d := (&STTF{Replan: true}).Next(v); d != (Decision{}) {
		t.Errorf("nothing to do: %+v", d)
	}
}
