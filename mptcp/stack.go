// Package mptcp is a host that speaks Multipath TCP, version 1 (RFC 8684) or 0
// (RFC 6824): connections of several TCP subflows with one data sequence space,
// one scheduler, and one path manager.
//
// The initial subflow negotiates (handshake.go), others join (join.go). Options
// that concern subflows and addresses are in signal.go, what ends a subflow or
// the connection in close.go and fastclose.go, and what becomes of a connection
// whose options do not survive the path in fallback.go.
//
// The way of the data: the application writes (Conn.Write), push asks the
// scheduler for subflows (send.go) and hands each a mapped chunk; the subflow's
// TCP carries it (package tcp); the peer's subflow delivers it (receive.go) and
// the connection puts the chunks of all subflows in order; its DATA_ACK comes
// back on any subflow (takeDSS) and opens the way for more.
package mptcp

import (
	"math/rand/v2"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// Config has the parameters of a connection. A Config is not changed by its
// connections, but for the state of Rand.
type Config struct {
	TCP        tcp.Config
	Protocol   Protocol
	Controller func() cc.Controller          // one for each subflow
	Scheduler  func() sched.Scheduler        // one for each end of a connection
	Manager    func() pathmgr.Manager        // one for each end of a connection
	Prefer     func(*netem.Route) Preference // what this end prefers of a subflow on a route; nil: nothing
	Rand       *rand.Rand                    // gives keys, nonces and initial sequence numbers
}

// Connection is what a Conn and a tcp.Stream have in common for who looks on.
type Connection interface {
	app.Stream
	// Queued returns the bytes that wait in the send buffer, sent or not, and those
	// that wait for the reader, in order or not.
	Queued() (send, receive units.Bytes)
	// Progress returns how many bytes the application has written, and how
	// many have arrived in order.
	Progress() (written, received uint64)
	// Ended reports whether the connection is over, and why; err is nil after an
	// orderly close.
	Ended() (over bool, err error)
}

// A Waiter is a Connection that says what it waits for.
type Waiter interface {
	Connection
	// Waits sets w to what the end waits for; it takes the room of w.Routes.
	Waits(w *tcp.Waits)
	Describe() string
}

var (
	_ Waiter = (*Conn)(nil)
	_ Waiter = (*tcp.Stream)(nil)
)

// Service is what a host offers on a port.
type Service struct {
	Config *Config
	// Plain refuses MP_CAPABLE: the service speaks TCP alone.
	Plain bool
	// Paths are the routes to the client by which the server could open
	// subflows itself.
	Paths []*netem.Route
	// Accepted is called with the connection of each SYN; it returns what is
	// called once that is established, to make its workload.
	Accepted func(c Connection) func() app.Workload
}

// Stack is the transport layer of one host.
type Stack struct {
	host     *tcp.Host
	services map[uint16]*Service
	tokens   map[uint32]*Conn
	peers    map[netem.Addr]*memory
}

// memory is what a host remembers of a peer from one connection to the next.
type memory struct {
	v0         bool          // it speaks version 0 alone
	silent     sim.Time      // until then MPTCP is not offered
	silentTime time.Duration // the last such time
}

// NewStack makes h speak MPTCP.
func NewStack(h *tcp.Host) *Stack {
	s := &Stack{
		host: h, services: make(map[uint16]*Service), tokens: make(map[uint32]*Conn), peers: make(map[netem.Addr]*memory),
	}
	h.Accept, h.Stateless = s.accept, s.stateless
	return s
}

// Host returns the TCP layer of s.
func (s *Stack) Host() *tcp.Host { return s.host }

// Listen offers a service on port.
func (s *Stack) Listen(port uint16, svc *Service) { s.services[port] = svc }

// memory returns what is remembered of the peer at a.
func (s *Stack) memory(a netem.Addr) *memory {
	m := s.peers[a]
	if m == nil {
		m = new(memory)
		s.peers[a] = m
	}
	return m
}

// accept answers a SYN: a join by its token, whatever the port (RFC 8684,
// section 3.2), else the service on its port.
func (s *Stack) accept(p *netem.Packet, seg *wire.Segment) (*tcp.Endpoint, *wire.Options) {
	if j := seg.Opt; j != nil && j.Join != nil {
		c := s.tokens[j.Join.Token]
		if c == nil {
			return nil, reset(ReasonMPTCP, false)
		}
		return c.answerJoin(p, j.Join)
	}
	svc := s.services[p.DstPort]
	if svc == nil {
		return nil, nil
	}
	if k := capable(seg); k != nil && !svc.Plain {
		if profile, ok := svc.Config.Protocol.accepts(k); ok {
			if c := newConn(s, svc.Config, profile, false); c != nil {
				c.attach = svc.Accepted(c)
				return c.answer(p, svc.Paths), nil
			}
		}
	}
	return s.answerPlain(p, svc), nil
}

func (s *Stack) answerPlain(p *netem.Packet, svc *Service) *tcp.Endpoint {
	st := tcp.NewStream(&svc.Config.TCP)
	e := tcp.Answer(s.host, &svc.Config.TCP, st, p, svc.Config.Rand.Uint32())
	st.Use(e, svc.Config.Controller())
	st.Attach = svc.Accepted(st)
	return e
}

// DialPlain opens a single-path TCP connection over route.
func (s *Stack) DialPlain(cfg *Config, route *netem.Route, port uint16) *tcp.Stream {
	st := tcp.NewStream(&cfg.TCP)
	e := tcp.Dial(s.host, &cfg.TCP, st, route, s.host.EphemeralPort(netem.TCP, route, port), port, cfg.Rand.Uint32())
	st.Use(e, cfg.Controller())
	return st
}

// Dial prepares a connection over paths, the first of which carries the initial
// subflow. Connect opens it.
func (s *Stack) Dial(cfg *Config, paths []*netem.Route, port uint16) *Conn {
	profile := cfg.Protocol.Profile
	m := s.memory(paths[0].Dst)
	if m.v0 && cfg.Protocol.Remember {
		profile = V0
	}
	c := newConn(s, cfg, profile, true)
	if c == nil {
		panic("mptcp: every key that was drawn has a token in use")
	}
	c.paths = paths
	c.ports = make([]uint16, len(paths))
	c.port = port
	c.barred = make([]bool, len(paths))
	c.shortLives = make([]int, len(paths))
	c.offers = s.host.Engine.Now() >= m.silent
	c.dial(c.newSubflow(0))
	return c
}

// keyDraws is how many keys are drawn at most in search of an unused token.
const keyDraws = 4

// newKey draws a key whose token is unused on this host (RFC 8684, section 3.1).
func (s *Stack) newKey(r *rand.Rand, h wire.Hash) (key uint64, ok bool) {
	for range keyDraws {
		key = r.Uint64()
		if _, used := s.tokens[h.Token(key)]; !used {
			return key, true
		}
	}
	return 0, false
}
