package mptcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/sim"
	"mpsim/sim/units"
)

// silence is what becomes of the first of two equal paths that falls silent after two seconds.
type silence struct {
	l        *lab
	last     sim.Time      // something came on its subflow
	srtt     time.Duration // then
	due      sim.Time      // when its timer ran out, as it was set then
	again    []mptcp.Sent  // what goes again
	stale    sim.Time      // when the subflow is; 0: never
	timeouts uint64        // of it until then
}

// silent runs a transfer under scheduler linux until end.
func silent(t *testing.T, end time.Duration, change func(l *lab)) *silence {
	t.Helper()
	p := path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}
	s := &silence{l: newLab(t, 1, p, p)}
	l := s.l
	l.cfg.Scheduler = scheduler("linux")
	l.cfg.TCP.SendTuning = true
	change(l)
	l.transfer(1 << 40)
	l.eng.Run(sim.Time(2 * time.Second))
	l.links[0].Up.SetSilent(true)
	first := l.up.Subflows()[0].Endpoint()
	l.up.Points.Reinjected.Observe(func(r mptcp.Sent) { s.again = append(s.again, r) })
	l.up.Points.Events.Observe(func(e pathmgr.Event) {
		if e.Kind == pathmgr.Stale && e.Subflow == 0 {
			s.stale, s.timeouts = l.eng.Now(), uint64(first.Stats.Timeouts)
		}
	})
	received := first.Stats.SegmentsReceived
	for l.eng.Now() < sim.Time(end) {
		l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
		if n := first.Stats.SegmentsReceived; n > received {
			received, s.last, s.srtt, s.due = n, l.eng.Now(), first.Flow.SRTT, l.eng.Now().Add(first.Due())
		}
	}
	return s
}

// withBackup has the second path be a backup.
func withBackup(l *lab) { l.cfg.Manager = manager("backup") }

// Linux, mptcp_set_timeout and mptcp_subflow_get_retrans: the timer of the connection runs as long as the
// last one of its subflows, which is a tail loss probe (RFC 8985, section 7.2: two SRTT) or, in recovery, a
// timeout. A backup repeats the head at the second expiry: as much later.
func TestTimerOfTheConnectionFindsABackup(t *testing.T) {
	s := silent(t, 3*time.Second, func(l *lab) {
		withBackup(l)
		l.cfg.TCP.SendTuning, l.cfg.TCP.ReceiveBuffer = false, 50e3 // no losses, and each ACK sets the timer
	})
	if len(s.again) == 0 {
		t.Fatal("nothing goes again")
	}
	head := s.again[0]
	if want := s.due.Add(s.due.Sub(s.last)); head.Now < want || head.Now > want.Add(2*time.Millisecond) { // looked at each ms
		t.Errorf("the head goes again at %v, want it within 2 ms of %v", head.Now, want)
	}
	if head.Subflow != 1 {
		t.Errorf("the head goes again on subflow %d, want the backup", head.Subflow)
	}
}

// At an expiry one piece of memory goes again, 32 KiB at most (mptcp_data_frag), from the first byte on
// that is not acknowledged, also beyond the window of the subflow.
func TestTimerOfTheConnectionRepeatsAPiece(t *testing.T) {
	const piece = 32 << 10
	s := silent(t, 10*time.Second, withBackup)
	pieces, next := 0, uint64(0)
	for _, r := range s.again {
		switch {
		case r.Now >= s.stale:
		case pieces == 0 || r.Pos == next && next%piece == 0:
			pieces++
			next = r.Pos + uint64(r.Len)
		case r.Pos != next || (next-1)/piece != (next+uint64(r.Len)-1)/piece:
			t.Errorf("at %v bytes %d to %d go again, want them from %d on, within a piece", r.Now, r.Pos, r.Pos+uint64(r.Len), next)
		default:
			next = r.Pos + uint64(r.Len)
		}
	}
	if pieces != 3 || next%piece != 0 {
		t.Errorf("%d pieces go again, up to byte %d; want one at each expiry from the second to the fourth, whole ones", pieces, next)
	}
}

// Linux, mptcp_pm_chk_stale: a subflow is stale when it has been silent through more than stale_loss_cnt
// expiries of an SRTT to 200 ms, which begin anew when what went again is acknowledged, a round trip later.
// All that is not acknowledged then goes on the others. With 0 it never is, and the head alone goes again.
func TestSilentSubflowIsStaleAfterExpiries(t *testing.T) {
	for _, n := range []int{1, 4} {
		s := silent(t, 10*time.Second, func(l *lab) {
			withBackup(l)
			l.cfg.Protocol.StaleLoss = n
		})
		expiries := time.Duration(n + 1)
		soon, late := s.last.Add(expiries*s.srtt), s.last.Add(expiries*(200*time.Millisecond+s.srtt))
		if s.stale < soon || s.stale > late {
			t.Errorf("stale_loss_cnt %d: stale at %v, want it between %v and %v", n, s.stale, soon, late)
		}
		if got, want := mbps(s.l.sink.got, s.l.eng.Now()), 9.4*(1-late.Sub(s.last).Seconds()/10); got < want {
			t.Errorf("stale_loss_cnt %d: %.2f Mb/s, want %.2f: one path at a time, but for the time until then", n, got, want)
		}
	}
	s := silent(t, 5*time.Second, func(l *lab) { l.cfg.Protocol.StaleLoss = 0 })
	if s.stale != 0 || len(s.again) == 0 {
		t.Errorf("stale_loss_cnt 0: stale at %v, %d segments again; want never, and some", s.stale, len(s.again))
	}
}

// With scheduler linux a timeout of a subflow is its own affair. With others the first one has it be stale
// (stale_after).
func TestTimeoutOfASubflow(t *testing.T) {
	if s := silent(t, 5*time.Second, func(*lab) {}); s.timeouts < 2 {
		t.Errorf("linux: stale after %d timeouts, want more than the first", s.timeouts)
	}
	if s := silent(t, 5*time.Second, func(l *lab) { l.cfg.Scheduler = scheduler("minrtt") }); s.timeouts != 1 {
		t.Errorf("minrtt: stale after %d timeouts, want the first", s.timeouts)
	}
}
