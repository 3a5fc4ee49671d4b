package mptcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// teller is a scheduler that keeps what it was told of data that must go again.
type teller struct {
	sched.MinRTT
	carried, not map[int]bool // by subflow ID
}

func (m *teller) Next(v *sched.View) sched.Decision {
	if v.Job == sched.Lost {
		for _, s := range v.Subflows {
			if s.Limit == sched.Carried {
				m.carried[s.ID] = true
			} else {
				m.not[s.ID] = true
			}
		}
	}
	return m.MinRTT.Next(v)
}

// A scheduler is told which subflows have carried what must go again, whatever their IDs:
// these count all subflows that a connection has had.
func TestMarksOfManySubflows(t *testing.T) {
	for _, last := range []int{1, 62, 63, 64, 65, 127, 128} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
		m := &teller{carried: map[int]bool{}, not: map[int]bool{}}
		l.cfg.Scheduler = func() sched.Scheduler { return m }
		l.cfg.Manager = manager("none")
		l.cfg.TCP.TimeWait = 0
		l.transfer(1 << 40)
		l.eng.Run(sim.Time(time.Second))
		for {
			id, err := l.up.OpenSub(1, false)
			if err != nil {
				t.Fatal(err)
			}
			for sf := l.up.Subflows()[id]; sf.Sent < 20000; {
				l.eng.Run(l.eng.Now() + sim.Time(50*time.Millisecond))
			}
			if id == last {
				break
			}
			if err := l.up.CloseSub(id); err != nil {
				t.Fatal(err)
			}
		}
		clear(m.carried)
		clear(m.not)
		l.links[1].Up.SetLoss(&nth{from: 1}) // the last one falls silent; what it had goes over the first
		l.eng.Run(l.eng.Now() + sim.Time(2*time.Second))
		if !m.carried[last] || m.not[last] || m.carried[0] || !m.not[0] {
			t.Errorf("subflows 0 and %d: carried %v, not %v; want that of %d to be marked, and nothing else", last, m.carried, m.not, last)
		}
	}
}

// A join that its own end breaks off, as a path manager does when an interface goes down,
// says nothing against the path.
func TestBrokenOffJoinBarsNothing(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
	l.cfg.Manager = manager("none")
	l.transfer(1 << 40)
	l.eng.Run(sim.Time(time.Second))
	for round := range 3 {
		id, err := l.up.OpenSub(1, false)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		l.eng.Run(l.eng.Now() + sim.Time(15*time.Millisecond))
		if err := l.up.CloseSub(id); err != nil {
			t.Fatal(err)
		}
		l.eng.Run(l.eng.Now() + sim.Time(time.Second))
	}
}

// A host with more interfaces than an Address ID can tell has different ones for the addresses of a
// connection all the same, and that of the initial subflow alone is 0.
func TestAddressIDsOfManyInterfaces(t *testing.T) {
	many := make([]path, 520)
	for i := range many {
		many[i] = path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}
	}
	l := newLab(t, 1, many...)
	l.paths = []*netem.Route{l.paths[3], l.paths[255], l.paths[256], l.paths[259], l.paths[511]}
	l.transfer(1 << 30)
	l.eng.Run(sim.Time(time.Second))
	seen := map[pathmgr.AddrID]bool{}
	for i, p := range l.up.ManagedPaths() {
		if seen[p.Local] || (p.Local == 0) != (i == 0) {
			t.Errorf("path %d has Address ID %d", i, p.Local)
		}
		seen[p.Local] = true
	}
	if n := len(l.down.Subflows()); n != 5 {
		t.Errorf("%d subflows, want one on each path", n)
	}
}
