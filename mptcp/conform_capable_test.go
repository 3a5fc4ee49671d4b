package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/wire"
)

// Active open without checksums: 4 bytes of MP_CAPABLE in the SYN, our key and
// the peer's in the third packet, without data fields. A DATA_ACK of the first
// octet, that of the SYN, confirms the keys.
//
// Req: R8684-3.1-01, R8684-3.1-15, R8684-3.1-29, R8684-3.1-44
func TestConformCapableConnect(t *testing.T) {
	s := dial(t)
	s.connect()
	a := s.meet()
	syn := a.want("SYN seq 0 MP_CAPABLE v1")
	if n := syn.Opt.Capable.NKeys; n != 0 {
		t.Errorf("the SYN has %d keys", n)
	}
	a.send("SYN ACK seq 0 ack 1", capable(1))
	third := a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
	if k := third.Opt.Capable; k.PeerKey != s.key || k.SenderKey == 0 || k.HasData {
		t.Errorf("the third packet has %+v, want both keys and no data fields", k)
	}
	a.send("ACK seq 1 ack 1 dack 0")
	s.quiet(50 * time.Millisecond)
	s.fellBack(mptcp.NoFallback)
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.send("ACK seq 1 ack 101 dack 100")
	s.end("capable-connect")
}

// Passive open: the server's key is in the SYN/ACK alone, and nothing of MPTCP is
// sent on its own account before there is a reason.
//
// Req: R8684-3.1-01, R8684-3.1-43, R8684-3.1-44
func TestConformCapableBind(t *testing.T) {
	s := serve(t)
	a := s.begin()
	s.quiet(50 * time.Millisecond)
	s.fellBack(mptcp.NoFallback)
	a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
	a.want("ACK seq 1 ack 101 dack 100")
	s.app.s.Write(100)
	a.want("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack 100")
	a.send("ACK seq 101 ack 101 dack 100")
	s.got(100)
	s.end("capable-bind")
}

// bad are the ways in which an MP_CAPABLE asks for something that we do not speak. One
// with the extensibility flag B is ignored where bytes are parsed (package wire), so
// that it is the same as none.
var bad = []struct {
	name string
	opts func(keys int) []option
}{
	{"none", func(int) []option { return nil }},
	{"flag-h", func(n int) []option { return []option{capable(n, func(k *wire.Capable) { k.SHA256 = false })} }},
	{"version", func(n int) []option { return []option{capable(n, func(k *wire.Capable) { k.Version = 0 })} }},
	{"key", func(n int) []option { return []option{capable(n, func(k *wire.Capable) { k.PeerKey++ })} }},
}

// A SYN without a good MP_CAPABLE is answered by plain TCP.
//
// Req: R8684-3.1-23, R8684-3.1-27, R8684-3.1-36, R8684-3.1-38, R8684-3.7-01
func TestConformFallbackSYN(t *testing.T) {
	for _, c := range bad[:3] {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			a := s.open(0)
			a.send("SYN seq 0", c.opts(0)...)
			a.want("SYN ACK seq 0 ack 1")
			s.plain(a)
			s.end("fallback-syn-" + c.name)
		})
	}
}

// plain shows that f is TCP: data goes both ways without any option.
func (s *script) plain(f *flow) {
	s.t.Helper()
	f.send("ACK seq 1 ack 1")
	f.send("ACK seq 1 ack 1 len 100")
	f.want("ACK seq 1 ack 101")
	s.app.s.Write(200)
	f.want("ACK seq 1 ack 101 len 200")
	f.send("ACK seq 101 ack 201")
	f.send("FIN ACK seq 101 ack 201")
	f.want("ACK seq 201 ack 102")
	s.app.s.CloseWrite()
	f.want("FIN ACK seq 201 ack 102")
	f.send("ACK seq 102 ack 202")
	s.quiet(100 * time.Millisecond)
	s.got(100)
	if !s.app.eof || !s.app.done || s.app.err != nil {
		s.t.Errorf("eof %v, done %v, error %v; want an orderly close", s.app.eof, s.app.done, s.app.err)
	}
}

// A third packet without a good MP_CAPABLE makes the server fall back after the
// handshake: stripped, with flag H cleared, another version, or a key that is
// not the one that we sent.
//
// Req: R8684-3.1-19, R8684-3.1-23, R8684-3.1-27, R8684-3.1-39
func TestConformFallbackThirdPacket(t *testing.T) {
	for _, c := range bad {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			a := s.open(0)
			a.send("SYN seq 0", capable(0))
			a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
			a.send("ACK seq 1 ack 1", c.opts(2)...)
			s.quiet(50 * time.Millisecond)
			if c.name == "none" {
				s.fellBack(mptcp.NoKeys)
			} else {
				s.fellBack(mptcp.BadKeys)
			}
			s.plain(a)
			s.end("fallback-third-" + c.name)
		})
	}
}

// A SYN/ACK without a good MP_CAPABLE: the client goes on as TCP, and its third
// packet has no option of MPTCP.
//
// Req: R8684-3.1-04, R8684-3.1-23, R8684-3.1-37, R8684-3.7-01
func TestConformFallbackSYNACK(t *testing.T) {
	for _, c := range bad[:3] {
		t.Run(c.name, func(t *testing.T) {
			s := dial(t)
			s.connect()
			a := s.meet()
			a.want("SYN seq 0 MP_CAPABLE v1")
			a.send("SYN ACK seq 0 ack 1", c.opts(1)...)
			a.want("ACK seq 1 ack 1")
			s.fellBack(mptcp.NoCapable)
			s.plain(a)
			s.end("fallback-synack-" + c.name)
		})
	}
}

// SYNs that offer MPTCP and go unanswered: after SYNRetries repetitions the SYN leaves
// it out. The peer is then taken for one behind a black hole, and the next connection starts
// as TCP, until the memory fades; with blackhole_timeout 0 each tries anew. A
// failed connection does not forget MPTCP.
//
// As in the row of the checklist the four SYNs are a second apart: Linux's first timeouts of a
// SYN are linear.
//
// Req: R8684-3.1-40, R8684-3.1-41, R8684-3.9.3-01, R8684-6-01
func TestConformDropSYN(t *testing.T) {
	for _, memory := range []time.Duration{0, time.Hour} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			s := dial(t, func(c *mptcp.Config) { c.Protocol.Blackhole, c.TCP.SYNLinear = memory, 4 })
			s.connect()
			a := s.meet()
			a.want("SYN seq 0 MP_CAPABLE v1")
			a.after(time.Second, "SYN seq 0 MP_CAPABLE v1")
			a.after(time.Second, "SYN seq 0 MP_CAPABLE v1")
			a.after(time.Second, "SYN seq 0")
			a.send("SYN ACK seq 0 ack 1")
			a.want("ACK seq 1 ack 1")
			want := mptcp.Blackhole
			if memory == 0 {
				want = mptcp.NoCapable
			}
			s.fellBack(want)
			s.plain(a)

			again := func(text string) {
				t.Helper()
				*s.app = hand{}
				s.connect()
				b := s.meet()
				b.want(text)
				b.send("SYN ACK seq 0 ack 1")
				b.want("ACK seq 1 ack 1")
				b.send("RST ACK seq 1 ack 1")
				s.quiet(50 * time.Millisecond)
			}
			if memory == 0 {
				again("SYN seq 0 MP_CAPABLE v1")
			} else {
				again("SYN seq 0")
				s.fellBack(mptcp.NotOffered)
				s.run(memory)
				again("SYN seq 0 MP_CAPABLE v1")
			}
			s.end("drop-syn-" + memory.String())
		})
	}
}

// A SYN that is refused, and the connection tried again: the second SYN still
// offers MPTCP, since a refusal says nothing about it.
func TestConformRetryAfterRefusal(t *testing.T) {
	s := dial(t)
	s.connect()
	a := s.meet()
	a.want("SYN seq 0 MP_CAPABLE v1")
	a.send("RST ACK seq 0 ack 1")
	s.quiet(50 * time.Millisecond)
	if n := s.client.Host().Sockets(); n != 0 {
		t.Errorf("%d endpoints are left of a connection that was refused", n)
	}
	s.reach()
	s.fellBack(mptcp.NoFallback)
	s.end("retry-after-refusal")
}

// "If either host requires the use of checksums, checksums MUST be used": then the
// third packet has flag A whoever asked, and all mappings have a checksum. A host that
// refuses them leaves MP_CAPABLE out, or ignores it.
//
// Req: R8684-3.1-01, R8684-3.1-16, R8684-3.1-32, R8684-3.1-33, R8684-3.1-34
func TestConformChecksumNegotiation(t *testing.T) {
	asks := func(k *wire.Capable) { k.Checksum = true }
	t.Run("client accepts", func(t *testing.T) {
		s := dial(t)
		s.connect()
		a := s.meet()
		a.want("SYN seq 0 MP_CAPABLE v1")
		a.send("SYN ACK seq 0 ack 1", capable(1, asks))
		a.want("ACK seq 1 ack 1 MP_CAPABLE v1 A 2 key(s)")
		s.app.s.Write(100)
		g := a.want("ACK seq 1 ack 1 len 100 MP_CAPABLE v1 A 2 key(s) data 100 sum")
		if want := wire.MappingSum(wire.ContentSum(0, 100), wire.SHA256.IDSN(s.our)+1, 1, 100); g.Opt.Capable.Sum != want {
			t.Errorf("checksum %#x, want %#x", g.Opt.Capable.Sum, want)
		}
		a.send("ACK seq 1 ack 101 dack 100")
		a.send("ACK seq 1 ack 101 len 100 dsn 0 ssn 1 map 100 dack 100", summed(0))
		a.want("ACK seq 101 ack 101 dack 100")
		s.got(100)
		s.end("checksum-client-accepts")
	})
	t.Run("client wants", func(t *testing.T) {
		s := dial(t, func(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumWant })
		s.connect()
		a := s.meet()
		a.want("SYN seq 0 MP_CAPABLE v1 A")
		a.send("SYN ACK seq 0 ack 1", capable(1))
		a.want("ACK seq 1 ack 1 MP_CAPABLE v1 A 2 key(s)")
		s.end("checksum-client-wants")
	})
	t.Run("client refuses", func(t *testing.T) {
		s := dial(t, func(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumRefuse })
		s.connect()
		a := s.meet()
		a.want("SYN seq 0 MP_CAPABLE v1")
		a.send("SYN ACK seq 0 ack 1", capable(1, asks))
		a.want("ACK seq 1 ack 1")
		s.plain(a)
		s.end("checksum-client-refuses")
	})
	t.Run("server accepts", func(t *testing.T) {
		s := serve(t)
		a := s.open(0)
		a.send("SYN seq 0", capable(0, asks))
		a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s)")
		a.send("ACK seq 1 ack 1", capable(2, asks))
		s.run(15 * time.Millisecond)
		s.app.s.Write(100)
		g := a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 sum dack 0")
		if want := wire.MappingSum(wire.ContentSum(0, 100), g.DSN, 1, 100); g.Sum != want {
			t.Errorf("checksum %#x, want %#x", g.Sum, want)
		}
		s.end("checksum-server-accepts")
	})
	t.Run("server wants", func(t *testing.T) {
		s := serve(t, func(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumWant })
		a := s.open(0)
		a.send("SYN seq 0", capable(0))
		a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 A 1 key(s)")
		a.send("ACK seq 1 ack 1", capable(2, asks))
		s.run(15 * time.Millisecond)
		s.app.s.Write(100)
		a.want("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 sum dack 0")
		s.end("checksum-server-wants")
	})
	t.Run("server refuses", func(t *testing.T) {
		s := serve(t, func(c *mptcp.Config) { c.Protocol.Checksum = mptcp.ChecksumRefuse })
		a := s.open(0)
		a.send("SYN seq 0", capable(0, asks))
		a.want("SYN ACK seq 0 ack 1")
		s.plain(a)
		s.end("checksum-server-refuses")
	})
}
