package pathmgr

import (
	"strings"
	"testing"
	"time"
)

// mesh returns a FullMesh with the defaults, but for what change changes.
func mesh(change func(m *FullMesh)) *FullMesh {
	p, err := Registry.New("fullmesh")
	if err != nil {
		panic(err)
	}
	m := p.(*FullMesh)
	if change != nil {
		change(m)
	}
	return m
}

func TestFullMesh(t *testing.T) {
	t.Run("a subflow on every path", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.Backup = []string{"lte"} }), newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, "open 1 as backup; open 2"},
			step{nil, Event{Kind: SubflowUp, Subflow: 1, Path: 1}, ""})
	})
	t.Run("the initial path is a backup", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.Backup = []string{"lte"} }), newConn("lte", "wifi"),
			step{nil, Event{Kind: Established}, "backup #0 true; open 1"})
	})
	t.Run("a path goes down and up", func(t *testing.T) {
		play(t, mesh(nil), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{func(c *conn) { c.paths[1].Up = false }, Event{Kind: PathDown, Path: 1}, "close #1"},
			step{nil, Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, ""},
			step{func(c *conn) { c.paths[1].Up = true }, Event{Kind: PathUp, Path: 1}, "open 1"})
	})
	t.Run("the initial path goes down before the connection is established", func(t *testing.T) {
		play(t, mesh(nil), newConn("wifi", "lte"),
			step{func(c *conn) { c.paths[0].Up = false }, Event{Kind: PathDown, Path: 0}, ""},
			step{func(c *conn) { c.paths[0].Up = true }, Event{Kind: PathUp, Path: 0}, ""},
			step{nil, Event{Kind: Established}, "open 1"})
	})
	t.Run("a failed subflow is opened again, later each time", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.RetryMax = 3 * time.Second }), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, "after 1s: 1"},
			step{at(2), Event{Kind: Alarm, Tag: 1}, "open 1"},
			step{gone(3, 2), Event{Kind: SubflowDown, Path: 1, Subflow: 2, Err: errLost}, "after 2s: 1"},
			step{at(5), Event{Kind: Alarm, Tag: 1}, "open 1"},
			step{gone(6, 3), Event{Kind: SubflowDown, Path: 1, Subflow: 3, Err: errLost}, "after 3s: 1"},
			step{at(9), Event{Kind: Alarm, Tag: 1}, "open 1"},
			step{nil, Event{Kind: SubflowUp, Path: 1, Subflow: 4}, ""},
			step{gone(10, 4), Event{Kind: SubflowDown, Path: 1, Subflow: 4, Err: errLost}, "after 1s: 1"})
	})
	t.Run("a subflow that cannot be opened counts as failed", func(t *testing.T) {
		c := newConn("wifi", "lte")
		c.refuse = true
		play(t, mesh(nil), c,
			step{nil, Event{Kind: Established}, "refused 1; after 1s: 1"},
			step{at(1), Event{Kind: Alarm, Tag: 1}, "refused 1; after 2s: 1"})
	})
	t.Run("a path that comes up does not wait", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.RetryAfter = 8 * time.Second }), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, "after 8s: 1"},
			step{at(2), Event{Kind: PathUp, Path: 1}, "open 1"},
			step{at(9), Event{Kind: Alarm, Tag: 1}, ""})
	})
	t.Run("a subflow closed in order stays closed", func(t *testing.T) {
		play(t, mesh(nil), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1}, ""})
	})
	t.Run("no retries", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.RetryAfter = 0 }), newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, ""})
	})
}

// RFC 8684, section 3.6: after a transient error another subflow may be tried, at a
// time that depends on the reason; after a permanent one it should not.
//
// Req: R8684-3.6-02, R8684-3.6-03, R8684-3.6-04, R8684-3.6-05, R8684-3.6-06
func TestFullMeshReset(t *testing.T) {
	for _, tt := range []struct {
		name      string
		transient bool
		reason    uint8
		want      string
	}{
		{"unspecified", true, 0, "after 1s: 1"},
		{"MPTCP-specific", true, 1, "after 4s: 1"},
		{"lack of resources", true, 2, "after 4s: 1"},
		{"prohibited", true, 3, "after 16s: 1"},
		{"too much outstanding data", true, 4, "after 100ms: 1"},
		{"unacceptable performance", true, 5, "after 8s: 1"},
		{"middlebox", true, 6, "after 16s: 1"},
		{"unknown reason", true, 200, "after 1s: 1"},
		{"permanent", false, 0, ""},
		{"permanent, of a kind that passes", false, 2, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			down := Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost, Reset: true, Transient: tt.transient, Reason: tt.reason}
			play(t, mesh(nil), newConn("wifi", "lte"),
				step{nil, Event{Kind: Established}, "open 1"},
				step{func(c *conn) { gone(1, 1)(c); c.paths[1].Barred = !tt.transient }, down, tt.want},
				step{at(100), Event{Kind: Alarm, Tag: 1}, map[bool]string{true: "open 1"}[tt.transient]},
			)
		})
	}
}

// RFC 8684, section 3.9.3: no new attempt on a path where a join failed, unless its
// address is announced again.
func TestFullMeshBarred(t *testing.T) {
	bar := func(b bool) func(*conn) { return func(c *conn) { at(100)(c); c.paths[1].Barred = b } }
	play(t, mesh(nil), newConn("wifi", "lte"),
		step{nil, Event{Kind: Established}, "open 1"},
		step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, "after 1s: 1"},
		step{bar(true), Event{Kind: Alarm, Tag: 1}, ""},
		step{nil, Event{Kind: PathUp, Path: 1}, ""},
		step{bar(false), Event{Kind: AddrAnnounced, Addr: 1}, "open 1"})
}

// RFC 8684, section 3.4.1: an address that is of no use now may be of use later, when
// the interface that leads there is up.
//
// Req: R8684-3.4.1-07
func TestFullMeshRemembersAddresses(t *testing.T) {
	c := newConn("wifi", "lte")
	up(1, false)(c)
	c.paths[1].Known = false
	play(t, mesh(func(m *FullMesh) { m.Learn = true }), c,
		step{nil, Event{Kind: Established}, ""},
		step{func(c *conn) { c.paths[1].Known = true }, Event{Kind: AddrAnnounced, Addr: 1}, ""},
		step{up(1, true), Event{Kind: PathUp, Path: 1}, "open 1"})
}

func TestFullMeshLearns(t *testing.T) {
	know := func(c *conn) { c.paths[1].Known, c.paths[1].Remote = true, 7 }
	c := newConn("wifi", "lte")
	c.paths[1].Known = false
	play(t, mesh(func(m *FullMesh) { m.Learn = true }), c,
		step{nil, Event{Kind: Established}, ""},
		step{nil, Event{Kind: PathUp, Path: 1}, ""},
		step{know, Event{Kind: AddrAnnounced, Addr: 7}, "open 1"},
		step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1}, ""},
		step{nil, Event{Kind: PathUp, Path: 0}, ""}, // closed in order
		step{nil, Event{Kind: AddrAnnounced, Addr: 7}, "open 1"})
}

// Either end tells the other its addresses, and when one is gone.
func TestFullMeshAnnounces(t *testing.T) {
	for _, server := range []bool{false, true} {
		c := newConn("wifi", "lte", "dsl")
		c.server = server
		c.paths[1].Barred, c.paths[2].Barred = true, true // nothing to open
		c.addresses[2].Up = false
		play(t, mesh(func(m *FullMesh) { m.Announce = true }), c,
			step{nil, Event{Kind: Established}, "announce 1"},
			step{up(2, true), Event{Kind: PathUp, Path: 2}, "announce 2"},
			step{up(1, false), Event{Kind: PathDown, Path: 1}, "withdraw 1"},
			step{nil, Event{Kind: PathDown, Path: 1}, ""},
			step{up(1, true), Event{Kind: PathUp, Path: 1}, "announce 1"})
	}
}

// RFC 8684, section 5: limits, so that announced addresses cannot be used to flood
// other hosts with SYNs.
//
// Req: R8684-5-01
func TestFullMeshLimits(t *testing.T) {
	names := strings.Fields("a b c d e f")
	t.Run("at a time", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.Subflows = 3 }), newConn(names...),
			step{nil, Event{Kind: Established}, "open 1; open 2"},
			step{nil, Event{Kind: AddrAnnounced, Addr: 5}, ""},
			step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, "after 1s: 1; open 3"})
	})
	t.Run("in a second", func(t *testing.T) {
		play(t, mesh(func(m *FullMesh) { m.Joins = 2 }), newConn(names...),
			step{nil, Event{Kind: Established}, "open 1; open 2; after 1s: 3"},
			step{at(0.25), Event{Kind: AddrAnnounced, Addr: 5}, "after 750ms: 3"},
			step{at(1), Event{Kind: Alarm, Tag: 3}, "open 3; open 4; after 1s: 5"},
			step{at(2), Event{Kind: Alarm, Tag: 5}, "open 5"})
	})
	for _, m := range []*FullMesh{{Subflows: 0, Joins: 1}, {Subflows: MaxSubflows + 1, Joins: 1}, {Subflows: 1}} {
		if m.Validate() == nil {
			t.Errorf("subflows = %d, joins = %d must not pass", m.Subflows, m.Joins)
		}
	}
}
