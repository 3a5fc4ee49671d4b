package mptcp

import (
	"testing"
	"time"

	"mpsim/sched"
	"mpsim/sim/units"
)

// Repeating what holds up the window pays if a carrier has a tiny window, else if all carriers are more than four times
// as slow (mptcp_rcv_buf_optimization of v0.95).
func TestWhenRepeatingPays(t *testing.T) {
	type carrier struct {
		srtt time.Duration
		cwnd int // segments
	}
	const ms = time.Millisecond
	for _, c := range []struct {
		carriers []carrier
		want     bool
	}{
		{nil, false},
		{[]carrier{{90 * ms, 30}}, true},
		{[]carrier{{81 * ms, 30}}, true},
		{[]carrier{{80 * ms, 30}}, false}, // 4 x 20 ms
		{[]carrier{{70 * ms, 30}}, false},
		{[]carrier{{70 * ms, 4}}, true},
		{[]carrier{{70 * ms, 5}}, false},
		{[]carrier{{90 * ms, 30}, {70 * ms, 30}}, false},
		{[]carrier{{70 * ms, 30}, {90 * ms, 30}}, false},
		{[]carrier{{90 * ms, 30}, {70 * ms, 4}}, true},
	} {
		conn := &Conn{view: sched.View{Subflows: []sched.Subflow{{MSS: 1420, SRTT: 20 * ms}}}}
		var set sched.Set
		for i, x := range c.carriers {
			set |= sched.One(i + 1)
			conn.view.Subflows = append(conn.view.Subflows, sched.Subflow{MSS: 1420, SRTT: x.srtt, Cwnd: units.Bytes(x.cwnd) * 1420})
		}
		if got := conn.pays(0, set); got != c.want {
			t.Errorf("%+v: %v, want %v", c.carriers, got, c.want)
		}
	}
}
