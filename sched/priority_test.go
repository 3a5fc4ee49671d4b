package sched

import "testing"

// Wi-Fi is of class 1, full, at 40 ms; LTE of class 2 with room, at 60 ms.
func TestPriority(t *testing.T) {
	wifi, lte := sub(0, mss, 0, 20, 20, 100, 40*ms), sub(1, mss, 0, 2, 30, 100, 60*ms)
	wifi.Class, lte.Class, lte.Backup = 1, 2, true
	v := fresh(1e6, 1e6, wifi, lte)
	decides(t, "overflow", &Priority{}, v, 1)
	decides(t, "active-standby", &Priority{Standby: true}, v, waits)

	v.Subflows[0].InFlight, v.Subflows[0].SRTT, v.Subflows[0].Limit = 19*mss, 400*ms, Free
	decides(t, "a slow cheap path keeps its turn", &Priority{}, v, 0)
	decides(t, "a bound of 200 ms", &Priority{Bound: 200 * ms}, v, 1)
	decides(t, "the bound itself", &Priority{Bound: 400 * ms}, v, 0)
	decides(t, "a standby takes over from one beyond the bound", &Priority{Standby: true, Bound: 200 * ms}, v, 1)
	decides(t, "all beyond the bound: as without", &Priority{Bound: ms}, v, 0)
	v.Subflows[1].Limit = Full
	decides(t, "the one within the bound is waited for", &Priority{Bound: 200 * ms}, v, waits)

	v.Subflows[1].Limit, v.Subflows[0].Stale = Free, true
	decides(t, "standby takes over", &Priority{Standby: true}, v, 1)
}

func TestPriorityInAClass(t *testing.T) {
	a, b, c := mark(0, 50, "s"), mark(1, 20, "s"), mark(2, 20, "s")
	decides(t, "lowest SRTT, the first of equals", &Priority{}, fresh(1e6, 1e6, a, b, c), 1)
	b.Limit = Full
	c.Limit = Full
	decides(t, "within a class the next one serves", &Priority{Standby: true}, fresh(1e6, 1e6, a, b, c), 0)
	a.Class = 1
	decides(t, "another class does not", &Priority{Standby: true}, fresh(1e6, 1e6, a, b, c), waits)
	decides(t, "none is up", &Priority{}, fresh(1e6, 1e6, mark(0, 10, "x")), waits)
	decides(t, "nobody waits for a handshake", &Priority{Standby: true}, fresh(1e6, 1e6, mark(0, 10, "u"), a), 1)
}
