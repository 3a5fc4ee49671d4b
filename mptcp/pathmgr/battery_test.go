package pathmgr

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
)

// managers returns constructors of what the battery tries: every registered manager
// with its defaults, and those that do nothing without parameters with some.
func managers(t *testing.T) map[string]func() Manager {
	list := make(map[string]func() Manager)
	for _, name := range Registry.Names() {
		list[name] = func() Manager {
			m, err := Registry.New(name)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	list["fullmesh that learns and announces"] = func() Manager {
		return mesh(func(m *FullMesh) { m.Learn, m.Announce, m.Subflows, m.Joins = true, true, 3, 2 })
	}
	list["linux with endpoints"] = func() Manager {
		return &Linux{Subflows: 3, Accepted: 2, Endpoints: []Endpoint{
			endpoint("b", FlagSubflow, FlagFullmesh), endpoint("c", FlagSubflow, FlagSignal), endpoint("d", FlagSignal),
		}}
	}
	list["api with a script"] = func() Manager {
		return &API{Script: []Step{
			{On: OnSubflowDown, Do: DoOpen, Path: "b"}, {On: OnPathUp, At: time.Millisecond, Do: DoOpen, Path: "c"},
			{On: OnPathDown, Do: DoClose, Path: "c"}, {On: OnBytes, Bytes: 9, Do: DoBackup, Path: "b"},
		}}
	}
	return list
}

// limit returns how many subflows m may have at a time.
func limit(m Manager) int {
	switch m := m.(type) {
	case *FullMesh:
		return m.Subflows
	case *Delayed:
		return m.Subflows
	case *Linux:
		return m.Subflows + 1
	case *NDiffPorts:
		return m.N
	case *None, *SinglePath:
		return 1
	}
	return MaxSubflows
}

// adversary is a Control whose network does what is worst, at random.
type adversary struct {
	*conn
	t       *testing.T
	m       Manager
	rand    *rand.Rand
	alarms  []alarm
	bytes   int // how often AfterBytes was asked for
	history []string
	depth   int
}

type alarm struct {
	at  sim.Time
	tag int
}

func newAdversary(t *testing.T, m Manager, seed uint64) *adversary {
	c := newConn("a", "b", "c", "d", "e", "f")
	return &adversary{conn: c, t: t, m: m, rand: rand.New(rand.NewPCG(seed, 1))}
}

func (a *adversary) Open(path int, backup bool) error {
	switch p := a.paths[path]; {
	case !p.Up || p.Barred:
		a.t.Errorf("opens path %d, which is %+v", path, p)
	case a.server:
		a.t.Error("the server opens a subflow")
	}
	if a.rand.IntN(8) == 0 || len(a.subflows) >= MaxSubflows {
		return errors.New("refused")
	}
	if err := a.conn.Open(path, backup); err != nil {
		return err
	}
	if n := limit(a.m); len(a.subflows) > n {
		a.t.Errorf("%d subflows; the limit is %d", len(a.subflows), n)
	}
	return nil
}

// Close tells the manager at once, as a connection does that resets a subflow.
func (a *adversary) Close(id int) error {
	i := slices.IndexFunc(a.subflows, func(s Subflow) bool { return s.ID == id })
	if i < 0 {
		return errors.New("there is none")
	}
	path := a.subflows[i].Path
	_ = a.conn.Close(id)
	a.event(Event{Kind: SubflowDown, Subflow: id, Path: path})
	return nil
}

func (a *adversary) After(d time.Duration, tag int) {
	a.note("after %v: %d", d, tag)
	a.alarms = append(a.alarms, alarm{a.now.Add(d), tag})
}

func (a *adversary) AfterBytes(uint64) { a.bytes++ }

func (a *adversary) event(e Event) {
	if a.depth++; a.depth > 100 {
		a.t.Fatal("the manager answers an event by causing the same again")
	}
	e.Now = a.now
	a.m.OnEvent(a, e)
	a.depth--
	a.history = append(a.history, fmt.Sprintf("%+v: %s", e, a.did()))
}

// act does one thing that can happen to a connection.
func (a *adversary) act() {
	path := a.rand.IntN(len(a.paths))
	switch a.rand.IntN(10) {
	case 0:
		up := !a.paths[path].Up
		a.paths[path].Up, a.addresses[path].Up = up, up
		a.event(Event{Kind: map[bool]Kind{true: PathUp, false: PathDown}[up], Path: path})
	case 1:
		a.paths[path].Barred = a.rand.IntN(2) == 0
	case 2:
		a.paths[path].Known, a.paths[path].Barred, a.paths[path].Remote = true, false, AddrID(path)
		a.event(Event{Kind: AddrAnnounced, Addr: AddrID(path)})
	case 3:
		a.paths[path].Barred = true
		a.event(Event{Kind: AddrRemoved, Addr: AddrID(path)})
	case 4:
		a.event(Event{Kind: AddrEchoed, Addr: AddrID(path)})
	case 5:
		if a.bytes > 0 {
			a.bytes--
			a.event(Event{Kind: Transferred})
		}
	case 6:
		a.alarm()
	default:
		a.trouble()
	}
}

// alarm lets the time come for which the next alarm was asked.
func (a *adversary) alarm() {
	if len(a.alarms) == 0 {
		return
	}
	next := slices.MinFunc(a.alarms, func(x, y alarm) int { return int(x.at - y.at) })
	a.alarms = slices.DeleteFunc(a.alarms, func(x alarm) bool { return x == next })
	a.now = max(a.now, next.at)
	a.event(Event{Kind: Alarm, Tag: next.tag})
}

// trouble lets something happen to a subflow.
func (a *adversary) trouble() {
	if len(a.subflows) == 0 {
		return
	}
	s := &a.subflows[a.rand.IntN(len(a.subflows))]
	e := Event{Subflow: s.ID, Path: s.Path}
	switch a.rand.IntN(5) {
	case 0:
		if !s.Established {
			s.Established = true
			e.Kind = SubflowUp
			a.event(e)
		}
	case 1:
		s.Stale = !s.Stale
		e.Kind = map[bool]Kind{true: Stale, false: Recovered}[s.Stale]
		a.event(e)
	default:
		e.Kind = SubflowDown
		if a.rand.IntN(3) > 0 {
			e.Err, e.Reset, e.Transient, e.Reason = errLost, a.rand.IntN(2) == 0, a.rand.IntN(2) == 0, uint8(a.rand.IntN(9))
		}
		a.drop(s.ID)
		a.event(e)
	}
}

// Whatever happens, no manager opens a subflow on a path that is down or barred, or
// more subflows than its limit; the server opens none; and the same events lead to
// the same calls.
func TestAdversary(t *testing.T) {
	play := func(t *testing.T, make func() Manager, seed uint64, server bool) string {
		a := newAdversary(t, make(), seed)
		a.server = server
		for i := range 300 {
			if i == 5 {
				a.event(Event{Kind: Established})
			}
			if i >= 5 {
				a.act()
			} else { // only interfaces change before a connection is established
				a.event(Event{Kind: PathUp, Path: i % len(a.paths)})
			}
			a.now = a.now.Add(time.Duration(a.rand.IntN(int(time.Second))))
			a.alarms = slices.DeleteFunc(a.alarms, func(x alarm) bool { return x.at < a.now && a.rand.IntN(50) == 0 })
		}
		return strings.Join(a.history, "\n")
	}
	for name, make := range managers(t) {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(30) {
				once, again := play(t, make, seed, false), play(t, make, seed, false)
				if once != again {
					t.Fatalf("seed %d: the same events lead to different calls", seed)
				}
				play(t, make, seed, true)
			}
		})
	}
}
