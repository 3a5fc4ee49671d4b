package pathmgr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/sim"
)

// conn is a Control that notes what is asked of it.
type conn struct {
	now       sim.Time
	server    bool
	paths     []Path
	subflows  []Subflow
	addresses []Address
	refuse    bool // Open fails
	log       []string
	nextID    int
}

// newConn returns a connection with its initial subflow on the first of paths.
func newConn(paths ...string) *conn {
	c := &conn{nextID: 1, subflows: []Subflow{{Established: true}}}
	for i, name := range paths {
		c.addresses = append(c.addresses, Address{ID: AddrID(i), Name: name, Up: true, Announced: i == 0})
		c.paths = append(c.paths, Path{Local: AddrID(i), Name: name, Up: true, Known: true})
	}
	return c
}

func (c *conn) note(format string, args ...any) { c.log = append(c.log, fmt.Sprintf(format, args...)) }

// did returns what was noted since the last call.
func (c *conn) did() string {
	s := strings.Join(c.log, "; ")
	c.log = nil
	return s
}

func (c *conn) Now() sim.Time       { return c.now }
func (c *conn) Client() bool        { return !c.server }
func (c *conn) Paths() []Path       { return c.paths }
func (c *conn) Subflows() []Subflow { return slices.Clone(c.subflows) }

func (c *conn) Open(path int, backup bool) error {
	if c.refuse {
		c.note("refused %d", path)
		return errors.New("refused")
	}
	c.subflows = append(c.subflows, Subflow{ID: c.nextID, Path: path, Backup: backup})
	c.nextID++
	if backup {
		c.note("open %d as backup", path)
	} else {
		c.note("open %d", path)
	}
	return nil
}

func (c *conn) Close(id int) error {
	c.note("close #%d", id)
	c.drop(id)
	return nil
}

func (c *conn) drop(id int) {
	c.subflows = slices.DeleteFunc(c.subflows, func(s Subflow) bool { return s.ID == id })
}

func (c *conn) Addresses() []Address     { return slices.Clone(c.addresses) }
func (c *conn) Announce(id AddrID) error { c.note("announce %d", id); return nil }
func (c *conn) Withdraw(id AddrID)       { c.note("withdraw %d", id) }
func (c *conn) AfterBytes(n uint64)      { c.note("after %d bytes", n) }

func (c *conn) SetBackup(id int, backup bool)  { c.note("backup #%d %v", id, backup) }
func (c *conn) After(d time.Duration, tag int) { c.note("after %v: %d", d, tag) }

// step is an event, what the manager does on it, and before it what changes.
type step struct {
	change func(c *conn)
	event  Event
	want   string
}

func play(t *testing.T, m Manager, c *conn, steps ...step) {
	t.Helper()
	for i, s := range steps {
		if s.change != nil {
			s.change(c)
		}
		s.event.Now = c.now
		m.OnEvent(c, s.event)
		if got := c.did(); got != s.want {
			t.Fatalf("step %d, %+v: %q, want %q", i, s.event, got, s.want)
		}
	}
}

// All registered managers leave the server passive.
func TestServerOpensNothing(t *testing.T) {
	for _, name := range Registry.Names() {
		m, err := Registry.New(name)
		if err != nil {
			t.Fatal(err)
		}
		c := newConn("wifi", "lte")
		c.server = true
		for _, k := range []Kind{Established, SubflowUp, SubflowDown, PathDown, PathUp, Alarm} {
			play(t, m, c, step{nil, Event{Kind: k, Err: errors.New("lost")}, ""})
		}
	}
}

func TestNone(t *testing.T) {
	play(t, new(None), newConn("wifi", "lte"), step{nil, Event{Kind: Established}, ""})
}

func TestNDiffPorts(t *testing.T) {
	for n, want := range map[int]string{1: "", 2: "open 0", 4: "open 0; open 0; open 0"} {
		play(t, &NDiffPorts{N: n}, newConn("core", "other"), step{nil, Event{Kind: Established}, want},
			step{nil, Event{Kind: SubflowUp, Subflow: 1}, ""})
	}
	c := newConn("core")
	c.refuse = true
	play(t, &NDiffPorts{N: 4}, c, step{nil, Event{Kind: Established}, "refused 0"})
}

func TestManual(t *testing.T) {
	m := &Manual{Open: []Opening{{At: time.Second, Path: 1}, {At: 3 * time.Second, Path: 2, Backup: true}, {At: 0, Path: 0}}}
	play(t, m, newConn("wifi", "lte", "dsl"),
		step{nil, Event{Kind: Established}, "after 1s: 0; after 3s: 1; after 0s: 2"},
		step{nil, Event{Kind: Alarm, Tag: 2}, "open 0"},
		step{nil, Event{Kind: Alarm, Tag: 0}, "open 1"},
		step{func(c *conn) { c.paths[2].Up = false }, Event{Kind: Alarm, Tag: 1}, ""},
		step{func(c *conn) { c.paths[2].Up = true }, Event{Kind: Alarm, Tag: 1}, "open 2 as backup"},
	)
}

func TestManualUnknownPath(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("path 2 of 2 must not pass")
		}
	}()
	m := &Manual{Open: []Opening{{Path: 2}}}
	m.OnEvent(newConn("wifi", "lte"), Event{Kind: Established})
}

func TestFullMesh(t *testing.T) {
	lost := errors.New("timed out")
	at := func(s int) func(*conn) { return func(c *conn) { c.now = sim.Time(s) * sim.Time(time.Second) } }
	fail := func(s, id int) func(*conn) { return func(c *conn) { at(s)(c); c.drop(id) } }

	t.Run("a subflow on every path", func(t *testing.T) {
		play(t, &FullMesh{Backup: []string{"lte"}}, newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, "open 1 as backup; open 2"},
			step{nil, Event{Kind: SubflowUp, Subflow: 1, Path: 1}, ""})
	})
	t.Run("the initial path is a backup", func(t *testing.T) {
		play(t, &FullMesh{Backup: []string{"lte"}}, newConn("lte", "wifi"),
			step{nil, Event{Kind: Established}, "backup #0 true; open 1"})
	})
	t.Run("a path goes down and up", func(t *testing.T) {
		play(t, &FullMesh{RetryAfter: time.Second, RetryMax: time.Minute}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{func(c *conn) { c.paths[1].Up = false }, Event{Kind: PathDown, Path: 1}, "close #1"},
			step{nil, Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: lost}, ""},
			step{func(c *conn) { c.paths[1].Up = true }, Event{Kind: PathUp, Path: 1}, "open 1"})
	})
	t.Run("the initial path goes down before the connection is established", func(t *testing.T) {
		play(t, new(FullMesh), newConn("wifi", "lte"),
			step{func(c *conn) { c.paths[0].Up = false }, Event{Kind: PathDown, Path: 0}, ""},
			step{func(c *conn) { c.paths[0].Up = true }, Event{Kind: PathUp, Path: 0}, ""},
			step{nil, Event{Kind: Established}, "open 1"})
	})
	t.Run("a failed subflow is opened again, later each time", func(t *testing.T) {
		play(t, &FullMesh{RetryAfter: time.Second, RetryMax: 3 * time.Second}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{fail(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: lost}, "after 1s: 1"},
			step{at(2), Event{Kind: Alarm, Tag: 1}, "open 1"},
			step{fail(3, 2), Event{Kind: SubflowDown, Path: 1, Subflow: 2, Err: lost}, "after 2s: 1"},
			step{at(5), Event{Kind: Alarm, Tag: 1}, "open 1"},
			step{fail(6, 3), Event{Kind: SubflowDown, Path: 1, Subflow: 3, Err: lost}, "after 3s: 1"},
			step{at(9), Event{Kind: Alarm, Tag: 1}, "open 1"},
			step{nil, Event{Kind: SubflowUp, Path: 1, Subflow: 4}, ""},
			step{fail(10, 4), Event{Kind: SubflowDown, Path: 1, Subflow: 4, Err: lost}, "after 1s: 1"})
	})
	t.Run("a subflow that cannot be opened counts as failed", func(t *testing.T) {
		c := newConn("wifi", "lte")
		c.refuse = true
		play(t, &FullMesh{RetryAfter: time.Second, RetryMax: time.Minute}, c,
			step{nil, Event{Kind: Established}, "refused 1; after 1s: 1"},
			step{at(1), Event{Kind: Alarm, Tag: 1}, "refused 1; after 2s: 1"})
	})
	t.Run("a path that comes up does not wait", func(t *testing.T) {
		play(t, &FullMesh{RetryAfter: 8 * time.Second, RetryMax: time.Minute}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{fail(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: lost}, "after 8s: 1"},
			step{at(2), Event{Kind: PathUp, Path: 1}, "open 1"},
			step{at(9), Event{Kind: Alarm, Tag: 1}, ""})
	})
	t.Run("a subflow closed in order stays closed", func(t *testing.T) {
		play(t, &FullMesh{RetryAfter: time.Second, RetryMax: time.Minute}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{fail(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1}, ""})
	})
	t.Run("no retries", func(t *testing.T) {
		play(t, &FullMesh{}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{fail(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: lost}, ""})
	})
}

// The parameters are found by their tags.
func TestParams(t *testing.T) {
	for name, want := range map[string]string{"fullmesh": "backup retry_after retry_max", "ndiffports": "subflows", "manual": "open", "none": ""} {
		var got []string
		for _, p := range Registry.Params(name) {
			got = append(got, p.Name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: parameters %q, want %q", name, s, want)
		}
	}
}
