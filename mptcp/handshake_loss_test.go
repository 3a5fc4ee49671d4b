package mptcp_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
)

// drops loses the packets of a link whose numbers, from 1, are in set.
func drops(set ...int) hook {
	n := 0
	return func(*netem.Packet, *wire.Segment) bool {
		n++
		for _, k := range set {
			if n == k {
				return true
			}
		}
		return false
	}
}

// handshakes are the ways to begin a connection: what the client is told, and what the server
// is beyond that.
var handshakes = []struct {
	name   string
	client func(c *mptcp.Config)
	server func(c *mptcp.Config)
	plain  bool // the server has TCP alone
}{
	{"v1", nil, nil, false},
	{"v0", func(c *mptcp.Config) { c.Protocol.Profile = mptcp.V0 }, nil, false},
	{"bis97", func(c *mptcp.Config) { c.Protocol.Profile = mptcp.Bis97 }, nil, false},
	{"sparse", func(c *mptcp.Config) { c.Protocol.Sparse = true }, nil, false},
	{"checksum", func(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumWant }, nil, false},
	{"cookies", nil, func(c *mptcp.Config) { c.Protocol.SYNCookies = true }, false},
	{"cookies, sparse", func(c *mptcp.Config) { c.Protocol.Sparse = true }, func(c *mptcp.Config) { c.Protocol.SYNCookies = true }, false},
	{"cookies, v0", func(c *mptcp.Config) { c.Protocol.Profile = mptcp.V0 }, func(c *mptcp.Config) { c.Protocol.SYNCookies = true }, false},
	{"cookies, TCP", nil, func(c *mptcp.Config) { c.Protocol.SYNCookies = true }, true},
	{"fast open", func(c *mptcp.Config) { c.TCP.FastOpen = tcp.FastOpenAlways }, nil, false},
	{"fast open, checksum", func(c *mptcp.Config) {
		c.TCP.FastOpen, c.Protocol.Checksum = tcp.FastOpenAlways, mptcp.ChecksumWant
	}, nil, false},
	{"fast open, v0", func(c *mptcp.Config) { c.TCP.FastOpen, c.Protocol.Profile = tcp.FastOpenAlways, mptcp.V0 }, nil, false},
	{"fast open, v0, checksum", func(c *mptcp.Config) {
		c.TCP.FastOpen, c.Protocol.Profile, c.Protocol.Checksum = tcp.FastOpenAlways, mptcp.V0, mptcp.ChecksumWant
	}, nil, false},
	{"fast open, bis97", func(c *mptcp.Config) { c.TCP.FastOpen, c.Protocol.Profile = tcp.FastOpenAlways, mptcp.Bis97 }, nil, false},
	{"fast open, retry, v0", func(c *mptcp.Config) { c.TCP.FastOpen, c.Protocol.RetryV0 = tcp.FastOpenAlways, true }, func(c *mptcp.Config) { c.Protocol.Profile = mptcp.V0 }, false},
	{"fast open, cookies", func(c *mptcp.Config) { c.TCP.FastOpen = tcp.FastOpenAlways }, func(c *mptcp.Config) { c.Protocol.SYNCookies = true }, false},
	{"fast open, TCP", func(c *mptcp.Config) { c.TCP.FastOpen, c.Protocol.RetryV0 = tcp.FastOpenAlways, true }, nil, true},
	{"retry, TCP", func(c *mptcp.Config) { c.Protocol.RetryV0 = true }, nil, true},
	{"retry, v0", func(c *mptcp.Config) { c.Protocol.RetryV0 = true }, func(c *mptcp.Config) { c.Protocol.Profile = mptcp.V0 }, false},
	{"retry, v0, cookies", func(c *mptcp.Config) { c.Protocol.RetryV0 = true }, func(c *mptcp.Config) {
		c.Protocol.Profile, c.Protocol.SYNCookies = mptcp.V0, true
	}, false},
	{"retry, refused checksum", func(c *mptcp.Config) {
		c.Protocol.RetryV0, c.Protocol.Checksum = true, mptcp.ChecksumWant
	}, func(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumRefuse }, false},
	{"not offered", func(c *mptcp.Config) { c.Protocol.SYNRetries = 0 }, nil, false},
}

// refused reports whether the client was told that there is no connection: by a server that keeps
// nothing for a SYN, when the third packet and the first data are lost together. What comes next has
// another sequence number than the cookie covers (RFC 4987, section 3.6).
func refused(i int, a, b *talker) bool {
	return strings.Contains(handshakes[i].name, "cookies") && !b.opened && errors.Is(a.err, tcp.ErrReset)
}

// exchange joins a at the client and b at the server, which gives its application to the latest
// end that is established first, as a scenario does.
func exchange(l *lab, i int, a, b *talker) {
	h := &handshakes[i]
	l.cfg.TCP.TimeWait = time.Minute
	client, server := l.cfg, l.cfg
	if h.client != nil {
		h.client(&client)
		h.client(&server)
	}
	if h.server != nil {
		h.server(&server)
	}
	var latest mptcp.Connection
	served := false
	l.server.Listen(80, &mptcp.Service{Config: &server, Plain: h.plain, Paths: l.back(), Accepted: func(c mptcp.Connection) func() app.Workload {
		if !served {
			latest = c
		}
		return func() app.Workload {
			if served || latest != c {
				return nil
			}
			served = true
			return b
		}
	}})
	l.up = l.client.Dial(&client, l.paths, 80)
	l.up.Connect(func() app.Workload { return a })
}

// Whatever is lost of a handshake, both ways, is made up for: each end gets all bytes once and
// in order, whoever repeats what, and no end is made twice for one application.
func TestHandshakeLosses(t *testing.T) {
	const most = 5
	const up, down = 20_000, 6_000
	for i, h := range handshakes {
		t.Run(h.name, func(t *testing.T) {
			for k := range (most + 1) * (most + 1) * 3 {
				lost := [3]int{k % (most + 1), k / (most + 1) % (most + 1), k / (most + 1) / (most + 1)}
				l := newLab(t, 1, two...)
				l.links[0].Up.SetLoss(drops(lost[0], lost[0]+lost[2]))
				l.links[0].Down.SetLoss(drops(lost[1]))
				a, b := &talker{left: up}, &talker{left: down}
				exchange(l, i, a, b)
				l.eng.Run(sim.Time(100 * time.Second))
				if refused(i, a, b) && lost[0] > 0 && lost[2] == 1 {
					continue
				}
				if a.got != down || b.got != up || a.err != nil || b.err != nil || !a.done || !b.done {
					t.Errorf("lost %v: the client got %d of %d (%v %v), the server %d of %d (%v %v)", lost, a.got, down, a.done, a.err, b.got, up, b.done, b.err)
				}
			}
		})
	}
}

// The same for outages of the path on which the connection begins, which end.
func TestHandshakeOutages(t *testing.T) {
	const up, down = 20_000, 6_000
	for i, h := range handshakes {
		t.Run(h.name, func(t *testing.T) {
			for from := 5 * time.Millisecond; from < 120*time.Millisecond; from += 7 * time.Millisecond {
				for _, length := range []time.Duration{3, 30, 300, 3000} {
					l := newLab(t, 1, two...)
					dark := func(*netem.Packet, *wire.Segment) bool {
						now := l.eng.Now()
						return now >= sim.Time(from) && now < sim.Time(from+length*time.Millisecond)
					}
					l.links[0].Up.SetLoss(hook(dark))
					l.links[0].Down.SetLoss(hook(dark))
					a, b := &talker{left: up}, &talker{left: down}
					exchange(l, i, a, b)
					l.eng.Run(sim.Time(100 * time.Second))
					if !refused(i, a, b) && (a.got != down || b.got != up || a.err != nil || b.err != nil) {
						t.Errorf("dark from %v for %v ms: the client got %d of %d (%v %v), the server %d of %d (%v %v)", from, int(length), a.got, down, a.done, a.err, b.got, up, b.done, b.err)
					}
				}
			}
		})
	}
}
