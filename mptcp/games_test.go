package mptcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// What the fuzz tests look for at random, aimed: each game of a peer would have cost a
// panic, a wrong byte or a connection that never ends.
func TestGames(t *testing.T) {
	impatient := func(c *mptcp.Config) { c.TCP.Retries = 3 }
	for _, g := range []struct {
		name string
		play func(t *testing.T, s *script)
	}{
		{"an MSS that leaves no room for data", func(t *testing.T, s *script) {
			a := s.open(0)
			a.send("SYN seq 0", capable(0), func(_ *flow, g *wire.Segment) { g.Opt.MSS = 1 })
			s.run(25 * time.Millisecond)
			a.send("ACK seq 1 ack 1", capable(2))
			s.run(15 * time.Millisecond)
			s.app.s.Write(100)
			s.run(15 * time.Millisecond)
			if n := a.inbox[len(a.inbox)-1].Len; n < 1 || n > 100 {
				t.Errorf("a segment of %d bytes", n)
			}
		}},
		{"a DSN before the first, that wraps", func(t *testing.T, s *script) {
			a := s.begin()
			a.send("ACK seq 1 ack 1 len 10 dsn -5 ssn 1 map 10 dack 0 pos 0")
			s.run(50 * time.Millisecond)
			if b := s.mp().Burden(); b.Early != 0 {
				t.Errorf("kept: %+v", b)
			}
			s.got(5) // those from the first on
		}},
		{"the end of the stream where it has been already", func(t *testing.T, s *script) {
			a := s.begin()
			a.send("ACK seq 1 ack 1 len 100 dsn 0 ssn 1 map 100 dack 0")
			a.send("ACK seq 101 ack 1 dsn 50 ssn 0 map 1 DATA_FIN dack 0")
			a.send("ACK seq 101 ack 1 len 100 dsn 100 ssn 101 map 100 dack 0")
			s.run(50 * time.Millisecond)
			s.got(200)
		}},
		{"the end of the stream without room for itself", func(t *testing.T, s *script) {
			a := s.begin()
			a.send("ACK seq 1 ack 1 dsn 0 ssn 5 map 0 DATA_FIN dack 0")
			s.run(50 * time.Millisecond)
			if b := s.mp().Burden(); b.Mappings != 0 {
				t.Errorf("kept: %+v", b)
			}
		}},
		{"mappings without data", func(t *testing.T, s *script) {
			a := s.begin()
			for i := range 3000 {
				a.send("ACK seq 1 ack 1 dsn 0 ssn 1 map 10 dack 0", func(_ *flow, g *wire.Segment) { g.SSN += uint32(10 * i) })
				s.run(time.Millisecond)
			}
			if b := s.mp().Burden(); b.Mappings > 60000/64+1 {
				t.Errorf("kept: %+v", b)
			}
		}},
		{"data behind the FIN of a subflow", func(t *testing.T, s *script) {
			a := s.begin()
			b := s.join(0)
			b.send("FIN ACK seq 101 ack 1 dack 0")
			b.send("ACK seq 1 ack 1 len 200 dsn 0 ssn 1 map 200 dack 0")
			s.run(time.Second)
			if s.got(100); !b.inbox[len(b.inbox)-1].Flags.Has(wire.FIN) {
				t.Error("the FIN was lost sight of")
			}
			a.send("ACK seq 1 ack 1 len 100 dsn 100 ssn 1 map 100 dack 0")
			s.run(50 * time.Millisecond)
			s.got(200)
		}},
		{"a closed window and silence", func(t *testing.T, s *script) {
			a := s.begin()
			s.app.s.Write(60000)
			s.run(15 * time.Millisecond)
			a.send("ACK seq 1 ack 14281 win 0 dack 14280")
			s.run(30 * time.Millisecond)
			s.run(time.Hour)
			if over, err := s.mp().Ended(); s.live() != 0 || !over {
				t.Errorf("%d subflows live, ended %v with %v", s.live(), over, err)
			}
		}},
		{"silence before the end is acknowledged", func(t *testing.T, s *script) {
			s.begin()
			s.app.s.CloseWrite()
			s.run(time.Hour)
			if over, err := s.mp().Ended(); !over || err != tcp.ErrTimeout {
				t.Errorf("ended %v with %v", over, err)
			}
		}},
		{"a SYN that is also a RST", func(t *testing.T, s *script) {
			s.open(0).send("SYN RST seq 0", capable(0))
			s.quiet(time.Second)
		}},
	} {
		t.Run(g.name, func(t *testing.T) {
			s := serve(t, impatient)
			s.net.Altered = true
			g.play(t, s)
			if s.eng.Run(s.eng.Now().Add(48 * time.Hour)); s.eng.Next() != sim.Never {
				t.Errorf("a timer still runs: %v", s.eng.Next())
			}
		})
	}
}
