package middlebox

import (
	"fmt"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("nat", "RFC 5382; RFC 8684, section 3.4.1", func() Model {
		return &NAT{
			TimeoutEstablished: 2*time.Hour + 4*time.Minute, TimeoutTransitory: 4 * time.Minute,
			PortPreserve: true, OnExpire: "drop",
		}
	})
}

// NAT translates the addresses and ports of the hosts inside to one address of its own, 254 in
// the network of the link, and back. What comes from outside and belongs to no connection that
// was opened from inside is dropped. Addresses in options are not touched. Unlike RFC 5382,
// REQ-1, each connection has a port of its own, because no two of a host share one here.
type NAT struct {
	outbound
	TimeoutEstablished time.Duration `toml:"timeout_established" doc:"idle time after which an established connection is forgotten"`
	TimeoutTransitory  time.Duration `toml:"timeout_transitory" doc:"the same of one that is not established, or closing"`
	PortPreserve       bool          `toml:"port_preserve" doc:"keeps the port of the host inside if it is free"`
	OnExpire           string        `toml:"on_expire" doc:"what becomes of packets of a forgotten connection: drop, or rst, which answers them with a reset"`
}

// Validate reports parameters out of range.
func (m *NAT) Validate() error {
	switch {
	case m.TimeoutEstablished <= 0:
		return fmt.Errorf("timeout_established %v: want more than 0", m.TimeoutEstablished)
	case m.TimeoutTransitory <= 0:
		return fmt.Errorf("timeout_transitory %v: want more than 0", m.TimeoutTransitory)
	}
	return words.Check("on_expire", m.OnExpire, "drop", "rst")
}

// Make implements Model.
func (m *NAT) Make(env Env) Box {
	b := &nat{NAT: *m, ports: make(map[uint16]*flow), next: firstPort}
	if !env.Acts[0] {
		b.out = 1
	}
	return b
}

// firstPort is the first port that is not a system port (RFC 6335, section 6).
const firstPort = 1024

type nat struct {
	NAT
	out        int              // direction that leads outside
	ports      map[uint16]*flow // by outer port
	next       uint16
	translated [2]uint64 // packets, out and in
	expired    uint64    // connections
}

// session is a connection that a NAT translates.
type session struct {
	inner, outer uint16 // ports
	innerAddr    netem.Addr
	expires      sim.Time
	confirmed    bool    // a SYN/ACK has come
	established  bool    // and been acknowledged
	fin          [2]bool // by direction
	over         bool    // forgotten
}

// address returns the outer address.
func (b *nat) address(t *netem.Tap) netem.Addr { return t.Link.Duplex().A.Addr&^0xff | 254 }

// translate implements translator.
func (b *nat) translate(p *netem.Packet, t *netem.Tap) (*flow, bool) {
	if p.Dst != b.address(t) || t.Up() == (b.out == 0) {
		return nil, false
	}
	f := b.ports[p.DstPort]
	if f == nil {
		return nil, true
	}
	remote, port := f.dst, f.dstPort
	if b.out == 1 {
		remote, port = f.src, f.srcPort
	}
	if p.Src != remote || p.SrcPort != port {
		return nil, true
	}
	return f, true
}

// Take implements Box.
func (b *nat) Take(x Passage) bool {
	s, _ := x.flow.state.(*session)
	if s != nil && !s.over && x.Now >= s.expires {
		s.over = true
		b.expired++
	}
	switch outwards := x.Dir == b.out; {
	case outwards && classOf(x.Seg) == syn && (s == nil || s.over):
		if s = b.open(x); s == nil {
			x.Drop()
			return true
		}
	case s == nil, !outwards && x.Dst != b.address(x.Tap):
		x.Drop()
		return true
	case s.over:
		if b.OnExpire == "rst" {
			x.reset()
		}
		x.Drop()
		return true
	}
	b.watch(s, x)
	if x.Dir == b.out {
		x.Src, x.SrcPort = b.address(x.Tap), s.outer
		b.translated[0]++
	} else {
		x.Dst, x.DstPort = s.innerAddr, s.inner
		b.translated[1]++
	}
	x.Forward()
	return true
}

// open makes a session for the SYN x, or returns nil if all ports are in use.
func (b *nat) open(x Passage) *session {
	port, ok := b.port(x)
	if !ok {
		return nil
	}
	s := &session{inner: x.SrcPort, innerAddr: x.Src, outer: port}
	x.flow.state = s
	b.ports[port] = x.flow
	return s
}

// port chooses the outer port of a new session.
func (b *nat) port(x Passage) (uint16, bool) {
	if b.PortPreserve && b.free(x.SrcPort, x) {
		return x.SrcPort, true
	}
	for range 1<<16 - firstPort {
		p := b.next
		if b.next++; b.next == 0 {
			b.next = firstPort
		}
		if b.free(p, x) {
			return p, true
		}
	}
	return 0, false
}

// free reports whether an outer port is not in use, or only by an earlier connection of
// the same ends.
func (b *nat) free(port uint16, x Passage) bool {
	f := b.ports[port]
	if f == nil || f.tuple == x.flow.tuple {
		return true
	}
	s := f.state.(*session)
	return s.over || x.Now >= s.expires
}

// watch follows the state of a session and lets it live on.
func (b *nat) watch(s *session, x Passage) {
	flags := x.Seg.Flags
	switch {
	case flags.Has(wire.RST):
		s.fin = [2]bool{true, true}
	case flags.Has(wire.SYN | wire.ACK):
		s.confirmed = true
	case s.confirmed && flags.Has(wire.ACK):
		s.established = true
	}
	if flags.Has(wire.FIN) {
		s.fin[x.Dir] = true
	}
	idle := b.TimeoutTransitory
	if s.established && !(s.fin[0] && s.fin[1]) {
		idle = b.TimeoutEstablished
	}
	s.expires = x.Now.Add(idle)
}

func (b *nat) counters() []Counter {
	return []Counter{{"translated_out", b.translated[0]}, {"translated_in", b.translated[1]}, {"expired", b.expired}}
}
