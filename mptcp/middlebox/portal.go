package middlebox

import (
	"fmt"
	"math/rand/v2"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
)

func init() {
	Registry.Register("captive-portal", "RFC 8952, section 1", func() Model { return &Portal{Login: 30 * time.Second} })
}

// Portal answers connections itself, in place of every server, until the user has
// logged in: it takes the request, redirects to the page of the login, and closes.
// Connections that it has taken stay with it.
type Portal struct {
	entire
	Login time.Duration `toml:"login" doc:"time of the run from which new connections pass; 0: never" time:"run"`
}

// Validate reports parameters out of range.
func (m *Portal) Validate() error {
	if m.Login < 0 {
		return fmt.Errorf("login %v: want 0 or more", m.Login)
	}
	return nil
}

func (*Portal) altersPayload() {}

// Make implements Model.
func (m *Portal) Make(env Env) Box {
	login := sim.Time(m.Login)
	if m.Login == 0 {
		login = sim.Never
	}
	return &portal{login: login, rand: env.Rand, acts: env.Acts}
}

type portal struct {
	login sim.Time
	rand  *rand.Rand
	acts  [2]bool
}

// captive is a connection that a portal has taken.
type captive struct {
	dir    int    // of the client's packets
	iss    uint32 // of the portal
	rcvNxt uint32
	asked  bool // data has come
}

// redirect is the answer to whatever is asked.
const redirect = "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// Take implements Box.
func (b *portal) Take(x Passage) bool {
	c, ok := x.flow.state.(*captive)
	if !ok && b.acts[x.Dir] && classOf(x.Seg) == syn && x.Now < b.login {
		c = &captive{dir: x.Dir, iss: b.rand.Uint32(), rcvNxt: x.Seg.Seq + 1}
		x.flow.state = c
	}
	if c == nil || x.Dir != c.dir {
		x.Forward()
		return false
	}
	c.receive(x)
	x.Absorb()
	return true
}

// receive does what a server would.
func (c *captive) receive(x Passage) {
	s := x.Seg
	switch {
	case s.Flags.Has(wire.RST):
		return
	case s.Flags.Has(wire.SYN):
		x.reply(wire.Segment{
			Flags: wire.SYN | wire.ACK, Seq: c.iss, Ack: c.rcvNxt, Window: 65535,
			Opt: &wire.Options{MSS: 1460, WScale: -1},
		})
		return
	case space(s) == 0:
		return
	}
	if s.Seq == c.rcvNxt {
		c.rcvNxt += space(s)
	}
	c.asked = c.asked || s.Len > 0
	if c.asked && s.Ack == c.iss+1 {
		t := wire.Segment{Flags: wire.ACK | wire.PSH | wire.FIN, Seq: c.iss + 1, Ack: c.rcvNxt, Window: 65535}
		setPayload(&t, []byte(redirect))
		x.reply(t)
		return
	}
	next := c.iss + 1
	if c.asked {
		next += uint32(len(redirect)) + 1
	}
	x.reply(wire.Segment{Flags: wire.ACK, Seq: next, Ack: c.rcvNxt, Window: 65535})
}
