package mptcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// "B: ... the sender of this option wants to set up a subflow as a backup"
// (RFC 8684, section 3.2): it carries nothing while a regular one works, and all
// once that has failed. MP_PRIO changes the flag (section 3.3.8).
//
// Req: R8684-3.3.8-01, R8684-3.3.8-02
func TestBackup(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
	l.cfg.Manager = func() pathmgr.Manager {
		m, err := pathmgr.Registry.New("fullmesh")
		if err != nil {
			t.Fatal(err)
		}
		m.(*pathmgr.FullMesh).Backup = []string{"p1"}
		return m
	}
	l.transfer(1 << 40)
	l.eng.Run(3e9)
	second := l.up.Subflows()[1]
	if !second.Up() || !second.Backup {
		t.Fatalf("the second subflow: up %v, backup %v", second.Up(), second.Backup)
	}
	if second.Sent != 0 {
		t.Errorf("a backup carried %d bytes beside a subflow that works", second.Sent)
	}
	if d := l.down.Subflows()[1]; !d.Backup {
		t.Error("the peer does not know that the subflow is a backup")
	}
	second.SetBackup(false)
	l.eng.Run(4e9)
	if second.Sent == 0 {
		t.Error("the subflow carries nothing although it is no backup any more")
	}
	if d := l.down.Subflows()[1]; d.Backup {
		t.Error("MP_PRIO did not reach the peer")
	}
	second.SetBackup(true)
	before := second.Sent
	l.eng.Run(5e9)
	if second.Sent != before {
		t.Errorf("a backup carried %d bytes", second.Sent-before)
	}
	l.links[0].Up.SetLoss(&nth{from: 1})
	got := l.sink.got
	l.eng.Run(8e9)
	if mb := l.sink.got - got; mb < 2e6 {
		t.Errorf("%d bytes in the 3 s after the regular subflow failed, want the backup's rate", mb)
	}
}

// A connection whose last subflow has gone waits for a new one (break before
// make), and ends in time if none comes (RFC 8684, section 3.3.3).
func TestBreakBeforeMake(t *testing.T) {
	for _, back := range []bool{true, false} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
		l.transfer(5e6)
		l.at(2*time.Second, func() { l.links[0].SetUp(false) })
		if back {
			l.at(10*time.Second, func() { l.links[0].SetUp(true) })
			l.finish(60*time.Second, 5e6)
			continue
		}
		l.eng.Run(90e9)
		if l.source.err == nil || l.sink.got == 5e6 {
			t.Errorf("the connection goes on without a subflow: error %v, %d bytes", l.source.err, l.sink.got)
		}
	}
}

// closer opens a subflow on each path, and closes subflow id after d.
type closer struct {
	pathmgr.FullMesh
	id int
	d  time.Duration
}

func (m *closer) OnEvent(c pathmgr.Control, e pathmgr.Event) {
	switch e.Kind {
	case pathmgr.Established:
		m.FullMesh.OnEvent(c, e)
		if c.Client() {
			c.After(m.d, 99)
		}
	case pathmgr.Alarm:
		if err := c.Close(m.id); err != nil {
			panic(err)
		}
	}
}

// A path manager may close a subflow that works: its FIN closes that subflow alone
// (RFC 8684, section 3.3.3), what it has outstanding still arrives, and it carries nothing
// afterwards.
//
// Req: R8684-3.3.3-01, R8684-3.4.2-12
func TestCloseSubflow(t *testing.T) {
	for id := range 2 {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 20 * time.Millisecond, 50, 0})
		l.cfg.Manager = func() pathmgr.Manager {
			return &closer{FullMesh: pathmgr.FullMesh{Subflows: 8, Joins: 8}, id: id, d: time.Second}
		}
		l.transfer(10e6)
		l.eng.Run(1.5e9)
		sf := l.up.Subflows()[id]
		if sf.Up() {
			t.Errorf("subflow %d is up after it was closed", id)
		}
		before := sf.Sent + sf.Reinjected
		l.finish(30*time.Second, 10e6)
		if after := sf.Sent + sf.Reinjected; after != before {
			t.Errorf("subflow %d carried %d bytes after it was closed", id, after-before)
		}
		if l.up.Stats.SubflowsFailed+l.down.Stats.SubflowsFailed > 0 {
			t.Errorf("subflow %d failed instead of closing", id)
		}
	}
}

// A backup path is "to use only in the event of failure of other working subflows" (RFC 8684, section
// 3.3.8), whatever the scheduler, unless it declares that it knows better, and though losses keep the window of the primary small.
func TestNoSchedulerUsesBackups(t *testing.T) {
	for _, name := range sched.Registry.Names() {
		if s, _ := sched.Registry.New(name); sched.TraitsOf(s).Has(sched.Backups) {
			continue
		}
		for _, loss := range []float64{0, 0.01} {
			l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, loss}, path{10 * units.Mbps, 5 * time.Millisecond, 50, 0})
			l.cfg.Manager = manager("backup")
			l.cfg.Scheduler = func() sched.Scheduler {
				s, err := sched.Registry.New(name)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
			l.transfer(1 << 40)
			l.eng.Run(sim.Time(10 * time.Second))
			second := l.up.Subflows()[1]
			if !second.Up() || !second.Backup || l.sink.got < 1e6 {
				t.Fatalf("%s: the second subflow: up %v, backup %v; %v came", name, second.Up(), second.Backup, l.sink.got)
			}
			if n := second.Sent + second.Reinjected; n > 0 {
				t.Errorf("%s, loss %v: the backup carried %d bytes", name, loss, n)
			}
		}
	}
}
