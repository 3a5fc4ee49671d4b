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
func (c *conn) Announce(id AddrID) error { c.tell("announce", id, true); return nil }
func (c *conn) Withdraw(id AddrID)       { c.tell("withdraw", id, false) }
func (c *conn) AfterBytes(n uint64)      { c.note("after %d bytes", n) }

// tell notes a call and that the peer knows an address from now on, or no more.
func (c *conn) tell(what string, id AddrID, known bool) {
	c.note("%s %d", what, id)
	for i := range c.addresses {
		if c.addresses[i].ID == id {
			c.addresses[i].Announced = known
		}
	}
}

func (c *conn) SetBackup(id int, backup bool) {
	c.note("backup #%d %v", id, backup)
	for i := range c.subflows {
		if c.subflows[i].ID == id {
			c.subflows[i].Backup = backup
		}
	}
}

func (c *conn) After(d time.Duration, tag int) { c.note("after %v: %d", d, tag) }

// at sets the time, in seconds.
func at(s float64) func(*conn) { return func(c *conn) { c.now = sim.Time(s * float64(time.Second)) } }

// gone drops a subflow at a time.
func gone(s float64, id int) func(*conn) { return func(c *conn) { at(s)(c); c.drop(id) } }

// up sets whether the interface of a path is up.
func up(path int, up bool) func(*conn) {
	return func(c *conn) { c.paths[path].Up, c.addresses[path].Up = up, up }
}

// stale sets whether a subflow is stale.
func stale(id int, is bool) func(*conn) {
	return func(c *conn) {
		for i := range c.subflows {
			if c.subflows[i].ID == id {
				c.subflows[i].Stale = is
			}
		}
	}
}

// errLost is why subflows end.
var errLost = errors.New("timed out")

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

// The parameters are found by their tags.
func TestParams(t *testing.T) {
	for name, want := range map[string]string{
		"api":         "script",
		"backup":      "primary retry_after retry_max",
		"delayed":     "bytes after both subflows",
		"fullmesh":    "backup learn announce subflows joins retry_after retry_max",
		"linux":       "endpoints subflows add_addr_accepted",
		"ndiffports":  "subflows",
		"none":        "",
		"single-path": "order bring_up revert retry_after retry_max",
	} {
		var got []string
		for _, p := range Registry.Params(name) {
			got = append(got, p.Name)
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: parameters %q, want %q", name, s, want)
		}
	}
}
