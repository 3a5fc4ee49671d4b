package mptcp_test

import (
	"bytes"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
)

// tfo sets the mode of TCP Fast Open.
func tfo(mode tcp.FastOpen) func(*mptcp.Config) {
	return func(c *mptcp.Config) { c.TCP.FastOpen = mode }
}

// The client asks for a cookie (figure 18 of RFC 8684), and the next SYN has data with it. What
// the SYN/ACK acknowledges is outside the data sequence space: the byte after it has the first
// DSN and SSN 1 (figure 19). What it does not acknowledge is sent again, under a mapping (figures
// 20 and 21).
//
// Req: R8684-B-01, R8684-B-02, R8684-B-04
func TestConformFastOpenClient(t *testing.T) {
	cookie := []byte{1, 2, 3, 4, 5, 6}
	for _, mode := range []tcp.FastOpen{tcp.FastOpenCookie, tcp.FastOpenAlways} {
		for _, c := range []struct {
			name, synack, third, next string
		}{
			{"all", "SYN ACK seq 0 ack 21", "ACK seq 21 ack 1 MP_CAPABLE v1 2 key(s)", ""},
			{"part", "SYN ACK seq 0 ack 6", "ACK seq 6 ack 1 MP_CAPABLE v1 2 key(s)", "ACK seq 6 ack 1 len 15 MP_CAPABLE v1 2 key(s) data 15"},
			{"none", "SYN ACK seq 0 ack 1", "ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)", "ACK seq 1 ack 1 len 20 MP_CAPABLE v1 2 key(s) data 20"},
		} {
			text, _ := mode.MarshalText()
			t.Run(string(text)+" "+c.name, func(t *testing.T) {
				s := dial(t, tfo(mode))
				syn := "SYN seq 0 len 20 MP_CAPABLE v1"
				if mode == tcp.FastOpenCookie {
					syn += " TFO cookie"
					s.connect()
					a := s.meet()
					a.want("SYN seq 0 MP_CAPABLE v1 TFO request")
					a.send("SYN ACK seq 0 ack 1", capable(1), fastOpen(cookie))
					a.want("ACK seq 1 ack 1 MP_CAPABLE v1 2 key(s)")
					a.send("RST ACK seq 1 ack 1", fastClose(0))
					s.quiet(50 * time.Millisecond)
				}
				*s.app = hand{first: 20}
				s.connect()
				a := s.meet()
				if g := a.want(syn); mode == tcp.FastOpenCookie && !bytes.Equal(g.Opt.FastOpen.Cookie, cookie) {
					t.Errorf("the cookie is %x, want %x", g.Opt.FastOpen.Cookie, cookie)
				}
				a.send(c.synack, capable(1))
				a.want(c.third)
				if c.next != "" {
					a.want(c.next)
				} else {
					a.send("ACK seq 1 ack 21 len 100 dsn 0 ssn 1 map 100 dack 0")
					a.want("ACK seq 21 ack 101 dack 100")
					s.app.s.Write(20)
					a.want("ACK seq 21 ack 101 len 20 dsn 0 ssn 1 map 20 dack 100")
					s.got(100)
				}
				s.fellBack(mptcp.NoFallback)
				s.end("fastopen-client-" + string(text) + "-" + c.name)
			})
		}
	}
}

// The server gives a cookie that leaves room for all options, and takes data with it, or without
// one if it may. That is delivered at once, and not counted at the data level; our answer, before
// the keys, has a mapping without DATA_ACK. Data with a wrong cookie waits to be sent again.
//
// Req: R8684-B-01, R8684-B-02, R8684-B-03
func TestConformFastOpenServer(t *testing.T) {
	usual := func(_ *flow, g *wire.Segment) { g.HasTS, g.Opt.WScale = true, 7 }
	for _, mode := range []tcp.FastOpen{tcp.FastOpenCookie, tcp.FastOpenAlways} {
		text, _ := mode.MarshalText()
		t.Run(string(text), func(t *testing.T) {
			s := serve(t, tfo(mode))
			opts := []option{capable(0)}
			if mode == tcp.FastOpenCookie {
				a := s.open(1)
				a.send("SYN seq 0", capable(0), fastOpen(nil), usual)
				g := a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s) TFO cookie")
				if n := g.OptionLen(); n > wire.OptionSpace {
					t.Errorf("%d bytes of options", n)
				}
				a.send("RST ACK seq 1 ack 1")
				s.quiet(50 * time.Millisecond)
				opts = append(opts, fastOpen(g.Opt.FastOpen.Cookie))
				s.forget()
			}
			b := s.open(1)
			b.send("SYN seq 0 len 20 pos 0", opts...)
			b.want("SYN ACK seq 0 ack 21 MP_CAPABLE v1 1 key(s)")
			s.got(20)
			s.app.s.Write(100)
			b.want("ACK seq 1 ack 21 len 100 dsn 0 ssn 1 map 100")
			b.send("ACK seq 21 ack 1", capable(2))
			b.send("ACK seq 21 ack 101 len 20 dsn 0 ssn 1 map 20 dack 100 pos 20")
			b.want("ACK seq 101 ack 41 dack 20")
			s.got(40)
			s.fellBack(mptcp.NoFallback)
			s.end("fastopen-server-" + string(text))
		})
	}
	t.Run("wrong cookie", func(t *testing.T) {
		s := serve(t, tfo(tcp.FastOpenCookie))
		a := s.open(0)
		a.send("SYN seq 0 len 20 pos 0", capable(0), fastOpen([]byte{1, 2, 3, 4}))
		a.want("SYN ACK seq 0 ack 1 MP_CAPABLE v1 1 key(s) TFO cookie")
		a.send("ACK seq 1 ack 1 len 20", withData(20))
		a.want("ACK seq 1 ack 21 dack 20")
		s.got(20)
		s.end("fastopen-server-wrong-cookie")
	})
}
