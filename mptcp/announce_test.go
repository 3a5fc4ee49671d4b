package mptcp_test

import (
	"slices"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/sim/app"
	"mpsim/sim/units"
)

// RFC 8684, section 3.4: an address that a host has announced and joined from is one
// address, so that nobody opens a second subflow for it.
//
// Req: R8684-3.4-02
func TestAnnouncedAndJoined(t *testing.T) {
	l := newLab(t, 1, slices.Repeat([]path{{10 * units.Mbps, 10 * time.Millisecond, 50, 0}}, 3)...)
	l.cfg.Manager = func() pathmgr.Manager {
		m := manager("fullmesh")().(*pathmgr.FullMesh)
		m.Announce = true
		return m
	}
	l.transfer(1 << 40)
	svc := &mptcp.Service{Config: &l.cfg, Accepted: func(c mptcp.Connection) func() app.Workload {
		l.down = c.(*mptcp.Conn)
		return func() app.Workload { return l.sink }
	}}
	for _, r := range l.paths {
		svc.Paths = append(svc.Paths, r.Reverse)
	}
	l.server.Listen(80, svc)
	l.eng.Run(3e9)
	for _, c := range []struct {
		name   string
		opened int
		sent   uint64
	}{
		{"client", l.up.Stats.SubflowsOpened, l.up.Stats.AddAddrsSent},
		{"server", l.down.Stats.SubflowsOpened, l.down.Stats.AddAddrsSent},
	} {
		if c.opened != 3 || c.sent == 0 {
			t.Errorf("at the %s: %d subflows, want 3; %d announcements, want some", c.name, c.opened, c.sent)
		}
	}
}
