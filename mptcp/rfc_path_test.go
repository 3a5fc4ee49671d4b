package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// RFC 8684, section 3.4.1: advertisements are soft state: of one that never came, another for the same
// address makes good.
//
// Req: R8684-3.4.1-05, R8684-3.4.1-08, R8684-3.4.1-13, R8684-3.4.1-14
func TestAnnouncedAgain(t *testing.T) {
	l := newLab(t, 1, two...)
	l.cfg.Protocol.AddAddrRetries = 0
	l.cfg.Manager = manage(func(c pathmgr.Control, e pathmgr.Event) {
		switch {
		case e.Kind == pathmgr.Established && !c.Client():
			if err := c.Announce(2); err != nil {
				t.Error(err)
			}
			c.After(time.Second, 0)
		case e.Kind == pathmgr.Alarm:
			_ = c.Announce(2)
		case e.Kind == pathmgr.AddrAnnounced && c.Client():
			if err := c.Open(1, false); err != nil {
				t.Error(err)
			}
		}
	})
	l.links[0].Down.SetLoss(alter(func(*wire.Segment) bool { return l.eng.Now() < sim.Time(500*time.Millisecond) }, func(s *wire.Segment) {
		if s.Opt != nil {
			s.Opt.AddAddr = nil
		}
	}))
	tr := l.trace()
	a, b := &talker{left: 4e6}, &talker{}
	l.talk(a, b)
	l.ended(30*time.Second, a, b, 4e6, 0)
	syns := tr.all(func(p *seen) bool { return isSYN(&p.Segment) && hasJoin(&p.Segment) })
	if len(syns) != 1 || syns[0].at < sim.Time(time.Second) || syns[0].dstPort != 80 {
		t.Errorf("joins %+v, want one after the second advertisement, to port 80", syns)
	}
	echoes := tr.all(func(p *seen) bool { return p.up && p.Opt != nil && p.Opt.AddAddr != nil })
	if len(echoes) != 1 || !echoes[0].Opt.AddAddr.Echo || echoes[0].lengthOf(3) != 8 {
		t.Errorf("echoes %+v", echoes)
	}
}

// RFC 8684, section 3.4.1: an address may be announced that leads to another host, such as a private one: the
// join ends in a reset for its token, and nothing else comes of it.
//
// Req: R8684-3.4.1-15, R8684-3.4.1-16
func TestAddressOfAnotherHost(t *testing.T) {
	l := newLab(t, 1, two...)
	l.cfg.Manager = manager("fullmesh")
	// A host that speaks MPTCP, but has no such connection.
	l.links[1].Up.SetLoss(alter(hasJoin, func(s *wire.Segment) { j := *s.Opt.Join; j.Token ^= 1; s.Opt.Join = &j }))
	tr := l.trace()
	a, b := &talker{left: 2e6}, &talker{}
	l.talk(a, b)
	l.ended(30*time.Second, a, b, 2e6, 0)
	if n := tr.count(func(p *seen) bool { return p.path == 1 && isSYN(&p.Segment) }); n != 1 {
		t.Errorf("%d SYNs to the other host, want 1", n)
	}
	if l.down.Stats.JoinsRefused+l.down.Stats.BadHMACs > 0 || l.up.Stats.Fallback != mptcp.NoFallback {
		t.Errorf("%+v", l.down.Stats)
	}
}

// RFC 8684, section 4: addresses are told per connection: what is announced on one leads to no join of another.
//
// Req: R8684-4-07
func TestAddressesPerConnection(t *testing.T) {
	l := newLab(t, 1, two...)
	first := true
	l.cfg.Manager = func() pathmgr.Manager {
		return scripted(func(c pathmgr.Control, e pathmgr.Event) {
			switch {
			case e.Kind == pathmgr.Established && !c.Client() && first:
				first = false
				_ = c.Announce(2)
			case e.Kind == pathmgr.AddrAnnounced && c.Client():
				_ = c.Open(1, false)
			}
		})
	}
	tr := l.trace()
	var ends [2][2]*talker
	var conns [2]*mptcp.Conn
	for i := range ends {
		ends[i] = [2]*talker{{left: 2e6}, {}}
		l.talk(ends[i][0], ends[i][1])
		conns[i] = l.up
		l.eng.Run(l.eng.Now() + sim.Time(100*time.Millisecond))
	}
	l.ended(30*time.Second, ends[0][0], ends[0][1], 2e6, 0)
	l.ended(30*time.Second, ends[1][0], ends[1][1], 2e6, 0)
	if a, b := len(conns[0].Subflows()), len(conns[1].Subflows()); a != 2 || b != 1 {
		t.Errorf("%d and %d subflows, want 2 and 1", a, b)
	}
	if n := tr.count(func(p *seen) bool { return p.Opt != nil && p.Opt.AddAddr != nil && !p.up }); n != 1 {
		t.Errorf("%d advertisements, want 1", n)
	}
}

// box puts a middlebox into link i.
func (l *lab) box(i int, m middlebox.Model, d middlebox.Direction) {
	r := func(k uint64) *rand.Rand { return rand.New(rand.NewPCG(k, uint64(i))) }
	l.links[i].Insert(middlebox.New(middlebox.Config{Model: m, Direction: d, When: middlebox.When{Probability: 1}}, l.eng, r(1), r(2)))
}

// model returns a middlebox with its defaults.
func model(t *testing.T, name string) middlebox.Model {
	m, err := middlebox.Registry.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// RFC 8684, section 6: behind a NAT an address is still named by its ID, so that withdrawing it ends the
// subflow that uses it.
//
// Req: R8684-6-03, R8684-3.2-06
func TestBehindNAT(t *testing.T) {
	l := newLab(t, 1, two...)
	for i := range l.links {
		l.box(i, model(t, "nat"), "")
	}
	l.cfg.Manager = manage(func(c pathmgr.Control, e pathmgr.Event) {
		switch {
		case e.Kind == pathmgr.Established && c.Client():
			_ = c.Open(1, false)
			c.After(time.Second, 0)
		case e.Kind == pathmgr.Alarm:
			l.links[1].SetUp(false)
			_ = c.Close(1)
		}
	})
	l.transfer(4e6)
	l.validator.blind = true
	l.at(2*time.Second, func() {
		sf := l.down.Subflows()
		if len(sf) != 2 || sf[1].Up() || !sf[0].Up() {
			t.Errorf("%d subflows at the server, of which the second should be gone", len(sf))
		}
	})
	l.finish(60*time.Second, 4e6)
}

// RFC 8684, sections 1.1 and 6: segments may be split, with their options copied, or put together, with
// options lost: as long as mappings cover the data, the connection goes on.
//
// Req: R8684-6-08, R8684-1.1-01
func TestSplitAndCoalesced(t *testing.T) {
	for _, name := range []string{"split", "coalesce"} {
		for _, sums := range []mptcp.ChecksumPolicy{mptcp.ChecksumAccept, mptcp.ChecksumWant} {
			for _, where := range [][]int{{0}, {1}, {0, 1}} {
				if name == "coalesce" && len(where) > 1 {
					continue // no path has all mappings
				}
				t.Run(fmt.Sprint(name, sums, where), func(t *testing.T) {
					l := newLab(t, 1, two...)
					l.cfg.Protocol.Checksum = sums
					for _, i := range where {
						l.box(i, model(t, name), middlebox.Both)
					}
					a, b := &talker{left: 1e6}, &talker{left: 200e3}
					l.talk(a, b)
					l.ended(120*time.Second, a, b, 1e6, 200e3)
					for _, c := range []*mptcp.Conn{l.up, l.down} {
						if c.Stats.Corrupted+c.Stats.Rewritten > 0 {
							t.Errorf("%+v", c.Stats)
						}
					}
					if name == "split" && (l.up.Stats.Fallback != mptcp.NoFallback || l.up.Stats.SubflowsFailed > 0 || len(l.up.Subflows()) != 2) {
						t.Errorf("%+v", l.up.Stats)
					}
				})
			}
		}
	}
}

// RFC 8684, section 3.1: a listener without state knows its key when it comes back; if the echo is another,
// or the token is in use, the connection is TCP.
//
// Req: R8684-3.1-10, R8684-3.1-13
func TestStatelessListener(t *testing.T) {
	for _, tt := range []struct {
		name   string
		forged bool
		tcp    bool
	}{{"key known", false, false}, {"echo altered", true, true}} {
		l := newLab(t, 1, two...)
		if tt.forged {
			l.links[0].Up.SetLoss(alter(func(s *wire.Segment) bool { return isPast(s) && hasCapable(s) }, func(s *wire.Segment) {
				k := *s.Opt.Capable
				k.PeerKey++
				s.Opt.Capable = &k
			}))
		}
		a, b := &talker{left: 50e3}, &talker{left: 50e3}
		l.talk(a, b, l.own(func(p *mptcp.Protocol) { p.SYNCookies = true }))
		l.ended(30*time.Second, a, b, 50e3, 50e3)
		if (l.down == nil) != tt.tcp || (l.up.Stats.Fallback != mptcp.NoFallback) != tt.tcp {
			t.Errorf("%s: fallback of the client %q, TCP at the server %v", tt.name, l.up.Stats.Fallback, l.down == nil)
		}
	}
}

// RFC 8684, sections 3, 3.4.1 and 4: of many signals at once no more than two in a row have ACKs of their
// own; the others follow, or what has taken their place, also from an end that sends nothing but data.
//
// Req: R8684-3-02, R8684-3-04, R8684-4-04, R8684-3.4.1-21, R8684-3.3.8-03
func TestManySignals(t *testing.T) {
	for _, n := range []int{3, 6, 9} {
		l := newLab(t, 1, two...)
		l.cfg.Protocol.StrictBackup = true // data goes on where the client asks for none
		tr := l.trace()
		l.transfer(4e6)
		l.at(time.Second, func() {
			for i := range n {
				l.up.Subflows()[1].SetBackup(i%2 == 0)
			}
		})
		l.at(2*time.Second, func() {
			if got, want := l.down.Subflows()[1].Backup, n%2 == 1; got != want {
				t.Errorf("after %d requests: backup %v, want %v", n, got, want)
			}
		})
		l.finish(60*time.Second, 4e6)
		if k := tr.count(func(p *seen) bool { return p.Opt != nil && p.Opt.Prio != nil }); k < 2 || k > n {
			t.Errorf("%d ACKs for %d requests", k, n)
		}
	}
}
