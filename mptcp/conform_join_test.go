package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
)

// announce is ADD_ADDR for the peer's address on path 1, with id 2.
func (s *script) announce(port uint16) wire.AddAddr {
	a := s.links[1].B.Addr
	if s.side == 0 {
		a = s.links[1].A.Addr
	}
	return wire.AddAddr{AddrID: 2, Addr: uint32(a), Port: port}
}

// joined has our client join on path 1 until the third packet has come.
func (s *script) joined() *flow {
	s.t.Helper()
	if err := s.pm.Open(1, false); err != nil {
		s.t.Fatal(err)
	}
	b := s.meet()
	b.want("SYN seq 0 MP_JOIN id 2 token nonce")
	b.send("SYN ACK seq 0 ack 1", joining(2))
	b.want("ACK seq 1 ack 1 MP_JOIN HMAC/160")
	return b
}

// The client is told of an address, echoes it and joins there: token in the SYN, 64 bits
// of the peer's proof in the SYN/ACK, 160 bits of ours in the third packet. Data
// waits for the fourth; the new subflow then carries it both ways, and the DATA_FIN goes on both.
//
// Req: R8684-3.1-28, R8684-3.2-02, R8684-3.2-06, R8684-3.2-10, R8684-3.2-13, R8684-3.4.1-08, R8684-3.4.1-13, R8684-3.4-01, R8684-3.9.1-02
func TestConformJoinClient(t *testing.T) {
	s := dial(t)
	a := s.reach()
	addr := s.announce(0)
	a.send("ACK seq 1 ack 1", addAddr(addr))
	a.want(fmt.Sprintf("ACK seq 1 ack 1 ADD_ADDR id 2 %v echo", s.links[1].B.Addr))
	if s.pm.heard(pathmgr.AddrAnnounced) != 1 {
		t.Errorf("the path manager has not heard of the address: %+v", s.pm.events)
	}
	a.send("ACK seq 1 ack 1", prio(wire.Prio{Backup: true})) // so that data prefers the other
	s.run(15 * time.Millisecond)
	b := s.joined()
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 1 ack 101 dack 100")
	s.quiet(30 * time.Millisecond)
	b.send("ACK seq 1 ack 1 dack 100")
	s.run(30 * time.Millisecond)
	s.app.s.Write(100)
	b.want("ACK seq 1 ack 1 len 100 dsn 100 ssn 1 map 100 dack 0")
	b.send("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack 200")
	b.want("ACK seq 101 ack 101 dack 100")
	s.got(100)
	s.app.s.CloseWrite()
	a.want("ACK seq 101 ack 1 dsn 200 ssn 0 map 1 DATA_FIN dack 100")
	b.want("ACK seq 101 ack 101 dsn 200 ssn 0 map 1 DATA_FIN dack 100")
	a.send("ACK seq 1 ack 101 dsn 100 ssn 0 map 1 DATA_FIN dack 201")
	a.want("ACK seq 101 ack 1 dack 101")
	a.want("FIN ACK seq 101 ack 1 dack 101")
	b.want("FIN ACK seq 101 ack 101 dack 101")
	s.end("join-client")
}

// The server takes a join by its token, whatever the port; it may open one itself.
//
// Req: R8684-3.2-08, R8684-3.2-10, R8684-3.2-11, R8684-3.2-12, R8684-3.2-22, R8684-3.8-01, R8684-4-06
func TestConformJoinServer(t *testing.T) {
	for _, port := range []uint16{80, 81} { // nobody listens on the second
		s := serve(t)
		a := s.begin()
		b := s.open(1)
		b.ourPort = port
		b.send("SYN seq 0", joining(2))
		b.want("SYN ACK seq 0 ack 1 MP_JOIN id 2 HMAC/64 nonce")
		b.send("ACK seq 1 ack 1", joining(0))
		b.want("ACK seq 1 ack 1 dack 0")
		b.send("ACK seq 1 ack 1", joining(0)) // the fourth packet was lost
		b.want("ACK seq 1 ack 1 dack 0")
		b.send("ACK seq 1 ack 1 len 100 dsn 100 ssn 1 map 100 dack 0")
		b.want("ACK seq 1 ack 101 dack 0")
		a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
		a.want("ACK seq 1 ack 101 dack 200")
		s.got(200)
		s.end(fmt.Sprintf("join-server-%d", port))
	}
}

// The server opens the subflow: it sends the token, and its proof comes third.
//
// Req: R8684-3.2-01, R8684-3.2-10, R8684-3.1-20
func TestConformJoinByServer(t *testing.T) {
	s := serve(t)
	a := s.begin()
	if err := s.pm.Open(1, true); err == nil {
		t.Error("a subflow was opened before the peer's first DSS")
	}
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	if err := s.pm.Open(1, true); err != nil {
		t.Fatal(err)
	}
	b := s.meet()
	b.want("SYN seq 0 MP_JOIN id 2 backup token nonce")
	b.send("SYN ACK seq 0 ack 1", joining(2))
	b.want("ACK seq 1 ack 1 MP_JOIN HMAC/160")
	b.send("ACK seq 1 ack 1 dack 0")
	s.quiet(50 * time.Millisecond)
	if s.live() != 2 {
		t.Errorf("%d subflows are live, want 2", s.live())
	}
	s.end("join-by-server")
}

// A join that cannot be: RST with the reason, nothing left behind, and the connection unharmed.
//
// Req: R8684-3.2-09, R8684-3.2-15, R8684-3.2-16, R8684-3.2-18, R8684-3.2-19, R8684-3.8-01, R8684-3.9.3-02
func TestConformJoinRefused(t *testing.T) {
	badMAC := func(j *wire.Join) { j.HMAC[0] ^= 1 }
	for _, c := range []struct {
		name  string
		set   func(*mptcp.Config)
		syn   option
		third []option
		reset string // of the SYN, or else of the third packet
	}{
		{"token", nil, joining(2, func(j *wire.Join) { j.Token ^= 1 }), nil, "RST ACK seq 0 ack 1 MP_TCPRST 1"},
		{"limit", func(c *mptcp.Config) { c.Protocol.MaxSubflows = 1 }, joining(2), nil, "RST ACK seq 0 ack 1 MP_TCPRST 3"},
		{"policy", func(c *mptcp.Config) { c.Protocol.Refuse = mptcp.Refusal{Until: time.Hour, Reason: 2, Transient: true} }, joining(2), nil, "RST ACK seq 0 ack 1 MP_TCPRST 2 transient"},
		{"hmac", nil, joining(2), []option{joining(0, badMAC)}, "RST ACK seq 1 ack 1 MP_TCPRST 1"},
		{"stripped", nil, joining(2), []option{}, "RST ACK seq 1 ack 1 MP_TCPRST 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := c.set
			if set == nil {
				set = func(*mptcp.Config) {}
			}
			s := serve(t, set)
			a := s.begin()
			b := s.open(1)
			b.send("SYN seq 0", c.syn)
			if c.third != nil {
				b.want("SYN ACK seq 0 ack 1 MP_JOIN id 2 HMAC/64 nonce")
				b.send("ACK seq 1 ack 1", c.third...)
			}
			b.want(c.reset)
			s.quiet(time.Second)
			if n := s.server.Host().Sockets(); n != 1 {
				t.Errorf("%d endpoints, want that of the connection", n)
			}
			a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
			a.want("ACK seq 1 ack 101 dack 100")
			s.end("join-refused-" + c.name)
		})
	}
}

// A SYN/ACK with a wrong proof, or none, which a listener that knows nothing of the
// connection would send: RST, and no other attempt there.
//
// Req: R8684-3.2-17, R8684-3.2-18, R8684-3.2-20, R8684-3.2-21, R8684-3.8-01, R8684-3.9.3-02, R8684-3.9.3-03
func TestConformJoinAnswer(t *testing.T) {
	for name, opts := range map[string][]option{ // order does not matter
		"hmac":     {joining(2, func(j *wire.Join) { j.HMAC[7] ^= 1 })},
		"stripped": nil,
		"capable":  {capable(1)},
	} {
		t.Run(name, func(t *testing.T) {
			s := dial(t)
			a := s.reach()
			if err := s.pm.Open(1, false); err != nil {
				t.Fatal(err)
			}
			b := s.meet()
			b.want("SYN seq 0 MP_JOIN id 2 token nonce")
			b.send("SYN ACK seq 0 ack 1", opts...)
			b.want("RST ACK seq 1 ack 1 MP_TCPRST 1")
			if err := s.pm.Open(1, false); err == nil {
				t.Error("a second attempt at the same address was allowed")
			}
			s.quiet(time.Second)
			s.app.s.Write(100)
			a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
			s.end("join-answer-" + name)
		})
	}
}

// The third packet is repeated at the RTO, with back-off, until the fourth comes;
// no data goes before that, although the first subflow is a backup.
//
// Req: R8684-3.2-12, R8684-3.2-13
func TestConformJoinThirdRepeated(t *testing.T) {
	s := dial(t)
	a := s.reach()
	a.send("ACK seq 1 ack 1", prio(wire.Prio{Backup: true}))
	s.run(15 * time.Millisecond)
	b := s.joined()
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 1 ack 101 dack 100")
	const third = "ACK seq 1 ack 1 MP_JOIN HMAC/160"
	b.after(200*time.Millisecond, third)
	b.after(480*time.Millisecond, third)
	b.after(960*time.Millisecond, third)
	b.send("ACK seq 1 ack 1 dack 100")
	s.quiet(2 * time.Second)
	s.app.s.Write(100)
	b.want("ACK seq 1 ack 1 len 100 dsn 100 ssn 1 map 100 dack 0")
	s.end("join-third-repeated")
}

// The options do not survive on the joined path: data acknowledged there without
// a DATA_ACK means nothing for the connection, the subflow is reset because of a middlebox, and
// its data goes out on the other.
//
// Req: R8684-3.7-03, R8684-3.7-04, R8684-4-02
func TestConformJoinDSSVanishes(t *testing.T) {
	s := dial(t)
	a := s.reach()
	a.send("ACK seq 1 ack 1", prio(wire.Prio{Backup: true}))
	s.run(15 * time.Millisecond)
	b := s.joined()
	b.send("ACK seq 1 ack 1") // the fourth packet, stripped
	s.run(30 * time.Millisecond)
	s.app.s.Write(100)
	b.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	b.send("ACK seq 1 ack 101")
	b.want("RST ACK seq 101 ack 1 MP_TCPRST 6")
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 1 ack 101 dack 100")
	s.quiet(time.Second)
	s.fellBack(mptcp.NoFallback)
	s.end("join-dss-vanishes")
}

// Data without mappings on a joined subflow: acknowledged there, never at the data level, and
// the subflow is reset because of a middlebox. Unlike Linux, which resets at the first
// such segment, we wait for a mapping that may be late (RFC 8684, section 3.3.1).
//
// Req: R8684-3.3.1-09, R8684-3.3.1-10, R8684-3.7-07, R8684-3.7-08
func TestConformJoinUnmapped(t *testing.T) {
	s := serve(t)
	a := s.begin()
	b := s.join(0)
	b.send("ACK seq 1 ack 1 len 100")
	b.want("ACK seq 1 ack 101 dack 0")
	b.after(time.Second, "RST ACK seq 1 ack 101 MP_TCPRST 6")
	s.got(0)
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	s.got(100)
	s.end("join-unmapped")
}

// The peer's flag C: no subflow to its initial address and port, but to one that it announces.
//
// Req: R8684-3.1-24
func TestConformNoJoins(t *testing.T) {
	s := dial(t)
	s.connect()
	a := s.meet()
	a.want("SYN seq 0 MP_CAPABLE v1")
	a.send("SYN ACK seq 0 ack 1", capable(1, func(k *wire.Capable) { k.NoJoins = true }))
	a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
	a.send("ACK seq 1 ack 1 dack 0")
	s.run(15 * time.Millisecond)
	if err := s.pm.Open(0, false); err == nil {
		t.Error("a second subflow to the initial address was opened")
	}
	if err := s.pm.Open(1, false); err != nil {
		t.Errorf("a subflow to another address: %v", err)
	}
	s.meet().want("SYN seq 0 MP_JOIN id 2 token nonce")
	s.end("no-joins")
}

// The third packet of a join has no room for a DATA_ACK, and a client that only receives sends nothing
// after it: its window counts all the same, from what the client had acknowledged when the SYN/ACK left.
// Else the server would keep to the 500 bytes that the first path offers.
//
// Req: R8684-3.3.5-02
func TestConformJoinWindow(t *testing.T) {
	s := serve(t)
	a := s.open(0)
	a.send("SYN seq 0 win 500", capable(0))
	a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
	a.send("ACK seq 1 ack 1 win 500", capable(2))
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 win 500 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	s.app.s.Write(4000)
	a.want("ACK seq 1 ack 101 len 500 dsn 0 ssn 1 map 500 dack 100")
	a.send("ACK seq 101 ack 501 win 500 dack 500")
	b := s.open(1)
	b.send("SYN seq 0 win 3000", joining(2))
	a.want("ACK seq 501 ack 101 len 500 dsn 500 ssn 501 map 500 dack 100")
	b.want("SYN ACK seq 0 ack 1 MP_JOIN id 2 HMAC/64 nonce")
	b.send("ACK seq 1 ack 1 win 3000", joining(0))
	b.want("ACK seq 1 ack 1 dack 100")
	b.want("ACK seq 1 ack 1 len 1432 dsn 1000 ssn 1 map 1432 dack 100")
	s.quiet(20 * time.Millisecond) // another segment would go beyond 500+3000
	s.end("join-window")
}
