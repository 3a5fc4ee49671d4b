package mptcp_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/sim"
	"mpsim/sim/units"
)

// behind puts a middlebox on link i of l.
func behind(t *testing.T, l *lab, i int, box middlebox.Config) {
	t.Helper()
	l.net.Altered = true
	r := func(k uint64) *rand.Rand { return rand.New(rand.NewPCG(k, uint64(i))) }
	l.links[i].Insert(middlebox.New(box, l.eng, r(1), r(2)))
}

// On the only path a box that joins segments leaves bytes without a mapping (RFC 8684, sections
// 3.3.1 and 6). An end that may fall back late goes on as TCP, and loses no time; one that may not
// resets the subflow, and does not join again and again on that path.
func TestCoalesceOnTheOnlyPath(t *testing.T) {
	for _, profile := range []mptcp.Profile{mptcp.V1, mptcp.V0, mptcp.Bis97} {
		for _, late := range []bool{true, false} {
			const n = 600_000
			l := newLab(t, 1, path{8 * units.Mbps, 10 * time.Millisecond, 100, 0})
			behind(t, l, 0, middlebox.Config{Model: model(t, "coalesce"), Direction: "both", When: middlebox.When{Probability: 1}})
			l.cfg.Protocol.Profile, l.cfg.Protocol.LateFallback = profile, late
			a, b := &talker{left: n}, &talker{}
			l.talk(a, b)
			l.validator.blind = true
			l.eng.Run(sim.Time(2 * time.Second)) // TCP needs 0.69 s
			if late && (b.got != n || !a.done || a.err != nil || l.up.Stats.Fallback == mptcp.NoFallback || l.down.Stats.Fallback != mptcp.LateLoss) {
				t.Errorf("%v: the server has %d of %d; client: %v %v, fallbacks %q and %q", profile, b.got, n, a.done, a.err, l.up.Stats.Fallback, l.down.Stats.Fallback)
			}
			l.eng.Run(sim.Time(5 * time.Minute))
			if got := l.up.Stats.Joins + l.down.Stats.Joins; !late && (got > 2 || !a.done || a.err == nil) {
				t.Errorf("%v: %d joins, and the client ended %v %v; want 2 joins at most, and an error", profile, got, a.done, a.err)
			}
		}
	}
}

// A subflow that is reset without a reason, as a NAT does that has forgotten it, may be opened again
// for as long as each lives for some time.
func TestResetsOfLongLives(t *testing.T) {
	l := newLab(t, 1, two...)
	a, b := &talker{left: 1e9}, &talker{}
	l.talk(a, b)
	const times = 6
	resets := 0
	for range times {
		l.eng.Run(l.eng.Now().Add(20 * time.Second))
		for _, sf := range l.down.Subflows() {
			if sf.Up() && sf.ID > 0 {
				sf.Endpoint().Abort(nil)
				resets++
			}
		}
	}
	l.eng.Run(l.eng.Now().Add(20 * time.Second))
	if live := l.up.Subflows(); resets != times || !live[len(live)-1].Up() {
		t.Errorf("%d of %d subflows were reset; the last one is up: %v", resets, times, live[len(live)-1].Up())
	}
}
