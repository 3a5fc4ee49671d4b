package pathmgr

import "testing"

// flags returns an endpoint.
func endpoint(link string, flags ...Flag) Endpoint { return Endpoint{Link: link, Flags: flags} }

// grid returns a connection from each of the client's addresses to each of n of the
// peer's. The paths to the first are known.
func grid(n int, links ...string) *conn {
	c := newConn(links...)
	c.paths = nil
	for i, l := range links {
		for r := range n {
			c.paths = append(c.paths, Path{Local: AddrID(i), Remote: AddrID(r), Name: l, Up: true, Known: r == 0})
		}
	}
	return c
}

// learn makes the client know an address of the peer.
func learn(id AddrID) func(*conn) {
	return func(c *conn) {
		for i := range c.paths {
			c.paths[i].Known = c.paths[i].Known || c.paths[i].Remote == id
		}
	}
}

// Req: R8684-3.4.1-04
func TestLinux(t *testing.T) {
	t.Run("without endpoints nothing happens", func(t *testing.T) {
		play(t, &Linux{Subflows: 2}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{nil, Event{Kind: AddrAnnounced, Addr: 1}, ""})
	})
	t.Run("signal: one announcement at a time", func(t *testing.T) {
		m := &Linux{Subflows: 2, Endpoints: []Endpoint{endpoint("wifi", FlagSignal), endpoint("lte", FlagSignal), endpoint("dsl", FlagSignal)}}
		c := newConn("wifi", "lte", "dsl")
		c.server = true
		play(t, m, c,
			step{nil, Event{Kind: Established}, "announce 1"}, // the peer knows wifi
			step{nil, Event{Kind: SubflowUp, Path: -1, Subflow: 1}, ""},
			step{nil, Event{Kind: AddrEchoed, Addr: 1}, "announce 2"},
			step{nil, Event{Kind: AddrEchoed, Addr: 2}, ""})
	})
	t.Run("subflow: to the initial address of the peer", func(t *testing.T) {
		m := &Linux{Subflows: 2, Endpoints: []Endpoint{endpoint("wifi", FlagSubflow), endpoint("lte", FlagSubflow, FlagBackup)}}
		play(t, m, grid(2, "wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 2 as backup"},
			step{nil, Event{Kind: SubflowUp, Path: 2, Subflow: 1}, ""})
	})
	t.Run("subflow and fullmesh: to all known addresses", func(t *testing.T) {
		m := &Linux{Subflows: 8, Endpoints: []Endpoint{endpoint("lte", FlagSubflow, FlagFullmesh)}}
		c := grid(3, "wifi", "lte")
		learn(1)(c)
		play(t, m, c, step{nil, Event{Kind: Established}, "open 3; open 4"})
	})
	t.Run("the limit of subflows", func(t *testing.T) {
		m := &Linux{Subflows: 1, Endpoints: []Endpoint{endpoint("lte", FlagSubflow), endpoint("dsl", FlagSubflow)}}
		play(t, m, newConn("wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{gone(1, 1), Event{Kind: SubflowDown, Path: 1, Subflow: 1, Err: errLost}, "open 2"},
			step{gone(2, 2), Event{Kind: SubflowDown, Path: 2, Subflow: 2, Err: errLost}, ""}) // each endpoint once
	})
	t.Run("ADD_ADDR is not accepted by default", func(t *testing.T) {
		play(t, &Linux{Subflows: 2}, grid(2, "wifi"),
			step{nil, Event{Kind: Established}, ""},
			step{learn(1), Event{Kind: AddrAnnounced, Addr: 1}, ""})
	})
	t.Run("ADD_ADDR, by the path that routing chooses", func(t *testing.T) {
		play(t, &Linux{Subflows: 8, Accepted: 1}, grid(3, "wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{learn(1), Event{Kind: AddrAnnounced, Addr: 1}, "open 1"},
			step{nil, Event{Kind: AddrAnnounced, Addr: 1}, ""}, // connected
			step{learn(2), Event{Kind: AddrAnnounced, Addr: 2}, ""},
			step{nil, Event{Kind: AddrRemoved, Addr: 1}, ""},
			step{nil, Event{Kind: AddrAnnounced, Addr: 2}, "open 2"})
	})
	t.Run("ADD_ADDR, from the next laminar endpoint", func(t *testing.T) {
		m := &Linux{Subflows: 8, Accepted: 8, Endpoints: []Endpoint{
			endpoint("wifi", FlagLaminar), endpoint("lte", FlagLaminar), endpoint("dsl", FlagLaminar, FlagBackup)}}
		play(t, m, grid(4, "wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, ""}, // the initial subflow uses wifi
			step{learn(1), Event{Kind: AddrAnnounced, Addr: 1}, "open 5"},
			step{learn(2), Event{Kind: AddrAnnounced, Addr: 2}, "open 10 as backup"},
			step{learn(3), Event{Kind: AddrAnnounced, Addr: 3}, ""}) // all are used
	})
	t.Run("ADD_ADDR, fullmesh before laminar", func(t *testing.T) {
		m := &Linux{Subflows: 8, Accepted: 8, Endpoints: []Endpoint{endpoint("lte", FlagLaminar), endpoint("dsl", FlagFullmesh)}}
		play(t, m, grid(2, "wifi", "lte", "dsl"),
			step{nil, Event{Kind: Established}, ""},
			step{learn(1), Event{Kind: AddrAnnounced, Addr: 1}, "open 5"})
	})
	t.Run("ADD_ADDR, a laminar endpoint of the other end", func(t *testing.T) {
		m := &Linux{Subflows: 8, Accepted: 8, Endpoints: []Endpoint{{Link: "lte", Flags: []Flag{FlagLaminar}, End: Server}}}
		play(t, m, grid(2, "wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{learn(1), Event{Kind: AddrAnnounced, Addr: 1}, "open 1"})
	})
	t.Run("ADD_ADDR, from each endpoint with fullmesh", func(t *testing.T) {
		m := &Linux{Subflows: 8, Accepted: 1, Endpoints: []Endpoint{endpoint("wifi", FlagFullmesh), endpoint("lte", FlagFullmesh)}}
		play(t, m, grid(2, "wifi", "lte"),
			step{nil, Event{Kind: Established}, ""},
			step{learn(1), Event{Kind: AddrAnnounced, Addr: 1}, "open 1; open 3"})
	})
	t.Run("an interface that goes down changes nothing", func(t *testing.T) {
		play(t, &Linux{Subflows: 2, Endpoints: []Endpoint{endpoint("lte", FlagSubflow)}}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "open 1"},
			step{up(1, false), Event{Kind: PathDown, Path: 1}, ""},
			step{up(1, true), Event{Kind: PathUp, Path: 1}, ""})
	})
	t.Run("an endpoint of one end", func(t *testing.T) {
		m := &Linux{Endpoints: []Endpoint{{Link: "lte", Flags: []Flag{FlagSignal}, End: Server}}}
		play(t, m, newConn("wifi", "lte"), step{nil, Event{Kind: Established}, ""})
		c := newConn("wifi", "lte")
		c.server = true
		play(t, m, c, step{nil, Event{Kind: Established}, "announce 1"})
	})
	t.Run("the initial subflow from a backup endpoint", func(t *testing.T) {
		play(t, &Linux{Endpoints: []Endpoint{endpoint("wifi", FlagBackup)}}, newConn("wifi", "lte"),
			step{nil, Event{Kind: Established}, "backup #0 true"})
	})
	for _, m := range []Linux{
		{Subflows: 9}, {Subflows: -1}, {Accepted: 9}, {Endpoints: make([]Endpoint, 9)}, {Endpoints: []Endpoint{{}}},
		{Endpoints: []Endpoint{endpoint("wifi", FlagSignal, FlagFullmesh)}},
	} {
		if m.Validate() == nil {
			t.Errorf("%+v must not pass", m)
		}
	}
}
