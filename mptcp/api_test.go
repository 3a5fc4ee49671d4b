package mptcp_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// apiLab has n equal paths and a bulk transfer, whose client calls before and then
// connects.
func apiLab(t *testing.T, n int, managerName string, before func(c *mptcp.Conn)) *lab {
	t.Helper()
	l := newLab(t, 1, slices.Repeat([]path{{10 * units.Mbps, 10 * time.Millisecond, 50, 0}}, n)...)
	l.cfg.Manager = manager(managerName)
	l.source, l.sink = &source{left: 1 << 40}, &sink{eng: l.eng}
	l.server.Listen(80, &mptcp.Service{Config: &l.cfg, Accepted: func(c mptcp.Connection) func() app.Workload {
		l.down, _ = c.(*mptcp.Conn)
		return func() app.Workload { return l.sink }
	}})
	l.up = l.client.Dial(&l.cfg, l.paths, 80)
	if before != nil {
		before(l.up)
	}
	l.up.Connect(func() app.Workload { return l.source })
	return l
}

// local returns the client's addresses of the established subflows.
func local(t *testing.T, c *mptcp.Conn) (list []netem.Addr) {
	t.Helper()
	pairs, err := c.Pairs()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		list = append(list, p.Local)
	}
	return list
}

// tap calls f with every segment on the first link.
func (l *lab) tap(link int, f func(s *wire.Segment)) {
	l.links[link].Up.SetLoss(observer(f))
}

// observer loses nothing.
type observer func(s *wire.Segment)

func (f observer) Lose(_ sim.Time, p *netem.Packet) bool {
	f(p.Payload.(*wire.Segment))
	return false
}

// RFC 6897, section 5.3.1: what may be read only after the connection is established
// is refused before, and what may be set only before is refused after.
func TestAPITooEarlyTooLate(t *testing.T) {
	get := func(c *mptcp.Conn) map[string]error {
		errs := make(map[string]error)
		_, errs["Multipath"] = c.Multipath()
		_, errs["Pairs"] = c.Pairs()
		_, errs["ConnID"] = c.ConnID()
		_, errs["SubIDs"] = c.SubIDs()
		_, errs["SubTuple"] = c.SubTuple(0)
		_, errs["SubInfo"] = c.SubInfo(0)
		_, errs["OpenSub"] = c.OpenSub(1, false)
		errs["SetSubBackup"] = c.SetSubBackup(0, false)
		return errs
	}
	l := apiLab(t, 2, "none", func(c *mptcp.Conn) {
		for name, err := range get(c) {
			if !errors.Is(err, mptcp.ErrTooEarly) {
				t.Errorf("%s before Connect: error %v", name, err)
			}
		}
		if err := c.CloseSub(0); !errors.Is(err, mptcp.ErrTooEarly) {
			t.Errorf("CloseSub before Connect: error %v", err)
		}
	})
	l.eng.Run(1e9)
	for name, err := range get(l.up) {
		if err != nil {
			t.Errorf("%s afterwards: error %v", name, err)
		}
	}
	if err := l.up.SetMultipath(false); !errors.Is(err, mptcp.ErrTooLate) {
		t.Errorf("SetMultipath afterwards: error %v", err)
	}
	if err := l.down.SetMultipath(false); !errors.Is(err, mptcp.ErrTooLate) {
		t.Errorf("SetMultipath at the server: error %v", err)
	}
	l.up.Abort()
	if err := l.up.CloseSub(0); !errors.Is(err, mptcp.ErrEnded) {
		t.Errorf("CloseSub after Abort: error %v", err)
	}
}

// RFC 6897, section 5.3.2: with TCP_MULTIPATH_ENABLE false MPTCP must not be used;
// read afterwards, it tells whether there is MPTCP.
func TestAPIEnable(t *testing.T) {
	for _, on := range []bool{true, false} {
		capables := 0
		l := apiLab(t, 2, "fullmesh", func(c *mptcp.Conn) {
			if err := c.SetMultipath(on); err != nil {
				t.Error(err)
			}
		})
		for i := range l.links {
			l.tap(i, func(s *wire.Segment) {
				if s.Opt != nil && (s.Opt.Capable != nil || s.Opt.Join != nil) {
					capables++
				}
			})
		}
		l.eng.Run(1e9)
		if got, err := l.up.Multipath(); got != on || err != nil {
			t.Errorf("set to %v, got %v, %v", on, got, err)
		}
		if l.sink.got == 0 {
			t.Errorf("set to %v: nothing arrives", on)
		}
		if !on && capables > 0 {
			t.Errorf("%d segments with MPTCP's options for keys and joins", capables)
		}
		if _, err := l.up.ConnID(); !on && !errors.Is(err, mptcp.ErrPlain) {
			t.Errorf("ConnID of plain TCP: error %v", err)
		}
	}
}

// RFC 6897, section 5.3.3: before the connection, TCP_MULTIPATH_ADD lists the only
// local addresses that it may use; during it, it adds to them. TCP_MULTIPATH_REMOVE
// closes the subflows of an address and tells the peer, although it is still valid.
//
// Req: R8684-3.4.2-03
func TestAPIAddresses(t *testing.T) {
	var all []netem.Addr
	l := apiLab(t, 3, "fullmesh", func(c *mptcp.Conn) {
		all = []netem.Addr{c.Tuple().Local}
	})
	for _, r := range l.paths[1:] {
		all = append(all, r.Src)
	}
	l.eng.Run(1e9)
	if got := local(t, l.up); len(got) != 3 {
		t.Errorf("without a restriction: %v, want all three", got)
	}

	l = newBound(t, 1, 2)
	if got, want := local(t, l.up), all[1:]; !slices.Equal(got, want) {
		t.Errorf("bound to two addresses: %v, want %v", got, want)
	}
	if err := l.up.AddAddresses(all[0]); err != nil {
		t.Fatal(err)
	}
	l.eng.Run(2e9)
	if got, want := local(t, l.up), []netem.Addr{all[1], all[2], all[0]}; !slices.Equal(got, want) {
		t.Errorf("with one more: %v, want %v", got, want)
	}
	removed := 0
	for i := range l.links {
		l.tap(i, func(s *wire.Segment) {
			if s.Opt != nil {
				removed += len(s.Opt.RemoveAddr)
			}
		})
	}
	if err := l.up.RemoveAddresses(all[1]); err != nil {
		t.Fatal(err)
	}
	l.eng.Run(4e9)
	if removed != 1 {
		t.Errorf("%d addresses in REMOVE_ADDR, want 1", removed)
	}
	if got, want := local(t, l.up), []netem.Addr{all[2], all[0]}; !slices.Equal(got, want) {
		t.Errorf("with one less: %v, want %v", got, want)
	}
	if pairs, _ := l.down.Pairs(); len(pairs) != 2 {
		t.Errorf("the server has %d subflows, want 2", len(pairs))
	}
	if l.up.Stats.SubflowsFailed > 0 {
		t.Error("a subflow that works is to be closed by a FIN")
	}
	if err := l.up.AddAddresses(l.paths[0].Dst); err == nil {
		t.Error("an address of the server must not pass")
	}
}

// newBound returns a lab of three paths after 1 s, of a connection that is bound to
// the addresses of some.
func newBound(t *testing.T, paths ...int) *lab {
	l := apiLab(t, 3, "fullmesh", func(c *mptcp.Conn) {
		for i, a := range ownAddresses(c) {
			if slices.Contains(paths, i) {
				if err := c.AddAddresses(a); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	l.eng.Run(1e9)
	return l
}

// ownAddresses returns the addresses of the client, of which labs have one a path.
func ownAddresses(c *mptcp.Conn) (list []netem.Addr) {
	for _, f := range c.Subflows()[0].Endpoint().Route().Links()[0].From().Interfaces {
		list = append(list, f.Addr)
	}
	return list
}

// Bound to an address, a connection names no other to its peer (RFC 6897, section
// 5.3.2: "only use addresses that are explicitly provided").
func TestAPIBound(t *testing.T) {
	l := newBound(t, 1)
	if got, want := local(t, l.up), ownAddresses(l.up)[1:2]; !slices.Equal(got, want) {
		t.Errorf("bound to %v, got %v", want, got)
	}
	if _, err := l.up.OpenSub(2, false); err == nil {
		t.Error("a subflow from another address must not pass")
	}
	for _, i := range []int{0, 2} {
		if n := l.links[i].Up.Stats().Sent.Packets; n > 0 {
			t.Errorf("%d packets on link %d", n, i)
		}
	}
}

// RFC 6897, section 5.3.3: before the last address in use is removed, an alternative
// subflow is established.
func TestAPIRemoveLast(t *testing.T) {
	l := apiLab(t, 2, "none", nil)
	l.eng.Run(1e9)
	if err := l.up.RemoveAddresses(ownAddresses(l.up)[0]); err != nil {
		t.Fatal(err)
	}
	if got := local(t, l.up); len(got) != 1 {
		t.Fatalf("the subflow was closed before there is another: %v", got)
	}
	for range 200 {
		l.eng.Run(l.eng.Now().Add(time.Millisecond))
		if got := local(t, l.up); len(got) == 0 {
			t.Fatalf("no subflow at %v", l.eng.Now())
		}
	}
	if got, want := local(t, l.up), ownAddresses(l.up)[1:]; !slices.Equal(got, want) {
		t.Errorf("left: %v, want %v", got, want)
	}
	if l.up.Tuple().Local != ownAddresses(l.up)[0] {
		t.Error("the name of the connection has changed")
	}

	l = apiLab(t, 1, "none", nil) // without an alternative
	l.eng.Run(1e9)
	if err := l.up.RemoveAddresses(ownAddresses(l.up)...); err != nil {
		t.Fatal(err)
	}
	l.eng.Run(3e9)
	if got := local(t, l.up); len(got) != 0 {
		t.Errorf("left: %v, want none", got)
	}
}

// RFC 6897, section 4.2.2, and RFC 8684, section 4: the application sees the addresses
// and ports of the first subflow, even after that has gone.
//
// Req: R8684-4-08
func TestAPITuple(t *testing.T) {
	l := apiLab(t, 2, "fullmesh", nil)
	l.eng.Run(1e9)
	before := l.up.Tuple()
	peer := l.down.Tuple()
	if (mptcp.Pair{Local: peer.Remote, Remote: peer.Local, LocalPort: peer.RemotePort, RemotePort: peer.LocalPort}) != before {
		t.Errorf("client %v, server %v", before, peer)
	}
	if err := l.up.CloseSub(0); err != nil {
		t.Fatal(err)
	}
	l.eng.Run(3e9)
	if ids, _ := l.up.SubIDs(); len(ids) != 1 || ids[0].ID != 1 {
		t.Errorf("subflows %+v, want the second alone", ids)
	}
	if l.up.Tuple() != before || l.down.Tuple() != peer {
		t.Errorf("%v has become %v", before, l.up.Tuple())
	}
}

// Subflows can be opened, looked at, made backups and closed one by one.
func TestAPISubflows(t *testing.T) {
	l := apiLab(t, 2, "none", nil)
	l.eng.Run(1e9)
	id, err := l.up.OpenSub(1, true)
	if err != nil || id != 1 {
		t.Fatalf("OpenSub: %d, %v", id, err)
	}
	want := []mptcp.SubID{{ID: 0, Established: true}, {ID: 1, Joining: true, LowPrio: true}}
	if got, _ := l.up.SubIDs(); !slices.Equal(got, want) {
		t.Errorf("at once: %+v, want %+v", got, want)
	}
	if err := l.up.SetSubBackup(1, false); err == nil {
		t.Error("a subflow that is not established has no priority to change")
	}
	l.eng.Run(1.5e9)
	want[1] = mptcp.SubID{ID: 1, Established: true, LowPrio: true}
	if got, _ := l.up.SubIDs(); !slices.Equal(got, want) {
		t.Errorf("then: %+v, want %+v", got, want)
	}
	if info, err := l.up.SubInfo(1); err != nil || info.Acked != 0 || info.SRTT < 20*time.Millisecond || info.Path != 1 {
		t.Errorf("the backup: %+v, %v", info, err)
	}
	if err := l.up.SetSubBackup(1, false); err != nil {
		t.Error(err)
	}
	l.eng.Run(2e9)
	info, err := l.up.SubInfo(1)
	e := l.up.Subflows()[1].Endpoint()
	if err != nil || info.Acked == 0 || info.Cwnd != e.Flow.Cwnd || info.Sent != e.Stats.BytesSent || info.InFlight != e.Pipe() {
		t.Errorf("in use: %+v, %v", info, err)
	}
	pair, err := l.up.SubTuple(1)
	if err != nil || pair.Local != l.paths[1].Src || pair.Remote != l.paths[1].Dst || pair.RemotePort != 80 {
		t.Errorf("SubTuple: %v, %v", pair, err)
	}
	if err := l.up.CloseSub(1); err != nil {
		t.Error(err)
	}
	l.eng.Run(4e9)
	if _, err := l.up.SubInfo(1); err == nil {
		t.Error("a closed subflow has no state")
	}
	for _, id := range []int{-1, 1, 2} {
		if l.up.CloseSub(id) == nil {
			t.Errorf("there is no subflow %d to close", id)
		}
	}
	if _, err := l.up.OpenSub(2, false); err == nil {
		t.Error("there is no path 2")
	}
}

// "This SHOULD be an integer number and SHOULD be locally unique" (RFC 6897, section
// 5.3.5).
func TestAPIConnID(t *testing.T) {
	l := apiLab(t, 1, "none", nil)
	other := l.client.Dial(&l.cfg, l.paths, 80)
	other.Connect(func() app.Workload { return &source{left: 1 << 40} })
	l.eng.Run(100e6)
	a, err1 := l.up.ConnID()
	b, err2 := other.ConnID()
	if err1 != nil || err2 != nil || a == b {
		t.Errorf("identifiers %x and %x, %v, %v", a, b, err1, err2)
	}
}

// Abort ends both ends at once.
func TestAPIAbort(t *testing.T) {
	l := apiLab(t, 2, "fullmesh", nil)
	l.eng.Run(1e9)
	l.up.Abort()
	l.eng.Run(1.1e9)
	if !errors.Is(l.source.err, tcp.ErrAborted) || l.sink.err == nil {
		t.Errorf("client: %v, server: %v", l.source.err, l.sink.err)
	}
}
