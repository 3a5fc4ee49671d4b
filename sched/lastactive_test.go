package sched

import "testing"

// Wi-Fi at 20 ms is silent for 900 ms and not yet stale; LTE at 60 ms has brought data 5 ms
// ago.
func TestLastActive(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 0, 10, 100, 20*ms), sub(1, mss, 0, 0, 10, 100, 60*ms))
	decides(t, "nobody was heard", &LastActive{}, v, 0)
	v.Subflows[0].Heard, v.Subflows[1].Heard = v.Now.Add(-900*ms), v.Now.Add(-5*ms)
	decides(t, "answers where the peer was heard", &LastActive{}, v, 1)
	decides(t, "minrtt does not", &MinRTT{}, v, 0)
	v.Job = Lost
	decides(t, "whatever it is about", &LastActive{}, v, 1)
	v.Subflows[1].Limit = Full
	decides(t, "no room", &LastActive{}, v, 0)
	v.Subflows[1].Stale, v.Subflows[1].Limit = true, Free
	decides(t, "never a stale one", &LastActive{}, v, 0)
	v.Subflows[1].Stale, v.Subflows[1].Backup = false, true
	decides(t, "nor a backup", &LastActive{}, v, 0)
	v.Subflows[1].Backup, v.Subflows[1].SRTT = false, 10*ms
	v.Subflows[0].Heard = v.Subflows[1].Heard
	decides(t, "the first of equals", &LastActive{}, v, 0)
}
