package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/netem"
)

func isRST(p *seen) bool { return p.Flags.Has(wire.RST) }

// RFC 8684, section 3.2: the SYN of a join has the token of its receiver, a nonce and an Address ID; the
// answer a nonce and 64 bits of an HMAC, the ACK 160 bits. Reserved bits are zero; the
// address of the initial subflow is 0. (The validator works the HMACs out again.)
//
// Req: R8684-3.2-02, R8684-3.2-04, R8684-3.2-05, R8684-3.2-07, R8684-3.2-08, R8684-3.2-10, R8684-3.2-14, R8684-3.1-45
func TestJoinForms(t *testing.T) {
	l := newLab(t, 1, two...)
	tr := l.trace()
	l.transfer(50e3)
	l.finish(10*time.Second, 50e3)
	joins := tr.all(func(p *seen) bool { return hasJoin(&p.Segment) })
	if len(joins) != 3 {
		t.Fatalf("%d packets with MP_JOIN, want 3", len(joins))
	}
	for i, want := range []struct {
		n  int
		b2 byte
	}{{12, 0x10}, {16, 0x10}, {24, 0x10}} {
		rewrite(1, func(b []byte) {
			if len(b) != want.n || b[2] != want.b2 || i < 2 && b[3] != 2 || i == 2 && b[3] != 0 {
				t.Errorf("packet %d: % x", i, b)
			}
		})(&joins[i].Segment)
	}
	if n := tr.count(func(p *seen) bool { return p.path == 1 && hasCapable(&p.Segment) }); n > 0 {
		t.Errorf("%d MP_CAPABLE on the second subflow", n)
	}
}

// RFC 8684, section 3.2: either host may open a subflow; token and proofs are those of who sends the SYN.
//
// Req: R8684-3.2-01, R8684-3.2-10
func TestServerJoins(t *testing.T) {
	l := newLab(t, 1, two...)
	l.cfg.Manager = manage(func(c pathmgr.Control, e pathmgr.Event) {
		if e.Kind == pathmgr.Established && !c.Client() {
			c.After(100*time.Millisecond, 0)
		}
		if e.Kind == pathmgr.Alarm {
			if err := c.Open(1, false); err != nil {
				t.Error(err)
			}
		}
	})
	tr := l.trace()
	a, b := &talker{left: 500e3}, &talker{left: 500e3}
	l.talk(a, b)
	l.ended(10*time.Second, a, b, 500e3, 500e3)
	syn := tr.all(func(p *seen) bool { return isSYN(&p.Segment) && hasJoin(&p.Segment) })
	if len(syn) != 1 || syn[0].up {
		t.Fatalf("%d joins", len(syn))
	}
	for _, up := range []bool{false, true} {
		if tr.count(func(p *seen) bool { return p.path == 1 && p.up == up && p.Len > 0 }) == 0 {
			t.Errorf("no data on the subflow of the server, upwards %v", up)
		}
	}
}

// RFC 8684, section 3.2: the third packet of a join triggers an ACK, each time that it comes, and is repeated
// with back-off until that arrives; until then no data is sent on the subflow, nor an ACK that lacks the
// proof.
//
// Req: R8684-3.2-11, R8684-3.2-12, R8684-3.2-13
func TestJoinIsReliable(t *testing.T) {
	for third := range 4 {
		for fourth := range 3 {
			t.Run(fmt.Sprintf("%d third, %d fourth packets lost", third, fourth), func(t *testing.T) {
				l := newLab(t, 1, two...)
				n, m := 0, 0
				l.links[1].Up.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
					if isPast(s) {
						n++
					}
					return isPast(s) && n <= third
				}))
				l.links[1].Down.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
					if isPast(s) {
						m++
					}
					return isPast(s) && m <= fourth
				}))
				tr := l.trace()
				l.transfer(8e6)
				l.finish(30*time.Second, 8e6)
				proofs := tr.all(func(p *seen) bool { return p.path == 1 && p.up && hasJoin(&p.Segment) && isPast(&p.Segment) })
				if len(proofs) < 1+third+fourth || len(l.up.Subflows()) != 2 {
					t.Errorf("%d third packets on %d subflows, want at least %d on 2", len(proofs), len(l.up.Subflows()), 1+third+fourth)
				}
				if tr.count(func(p *seen) bool { return p.path == 1 && p.up && p.Len > 0 }) == 0 {
					t.Error("the subflow was not used")
				}
				acks := tr.all(func(p *seen) bool { return p.path == 1 && !p.up && isPast(&p.Segment) })
				if first := acks[0].at; first < proofs[third].at || first > proofs[third].at+sim.Time(25*time.Millisecond) {
					t.Errorf("the fourth packet at %v answers the third at %v", first, proofs[third].at)
				}
			})
		}
	}
}

// RFC 8684, sections 3.2, 3.8 and 3.9.3: a join whose proof or option is damaged on the way ends in a RST
// that says "MPTCP-specific error"; the connection goes on, and is not troubled with the same address again.
//
// Req: R8684-3.2-09, R8684-3.2-15, R8684-3.2-17, R8684-3.2-18, R8684-3.2-19, R8684-3.2-20, R8684-3.2-21, R8684-3.8-01, R8684-3.9.3-02, R8684-3.9.3-03, R8684-3.6-01, R8684-6-02, R8684-3.4.1-16
func TestBrokenJoins(t *testing.T) {
	join := func(f func(j *wire.Join)) func(s *wire.Segment) {
		return func(s *wire.Segment) { j := *s.Opt.Join; f(&j); s.Opt.Join = &j }
	}
	third := func(s *wire.Segment) bool { return isPast(s) && hasJoin(s) }
	for _, tt := range []struct {
		name   string
		pick   func(*wire.Segment) bool
		f      func(*wire.Segment)
		client bool // who resets
		silent bool // without a reason: it is no MPTCP to whoever resets
	}{
		{"wrong token", isSYN, join(func(j *wire.Join) { j.Token++ }), false, false},
		{"SYN stripped", isSYN, dropMPTCP, true, false},
		{"SYN/ACK stripped", isSYNACK, dropMPTCP, true, false},
		{"HMAC in the SYN/ACK", isSYNACK, join(func(j *wire.Join) { j.HMAC[7] ^= 1 }), true, false},
		{"nonce in the SYN", isSYN, join(func(j *wire.Join) { j.Nonce ^= 1 }), true, false},
		{"ACK stripped", third, dropMPTCP, false, false},
		{"HMAC in the ACK", third, join(func(j *wire.Join) { j.HMAC[19] ^= 1 }), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, 1, two...)
			l.links[1].Up.SetLoss(alter(func(s *wire.Segment) bool { return !isSYNACK(s) && tt.pick(s) }, tt.f))
			l.links[1].Down.SetLoss(alter(func(s *wire.Segment) bool { return isSYNACK(s) && tt.pick(s) }, tt.f))
			tr := l.trace()
			l.transfer(500e3)
			l.finish(10*time.Second, 500e3)
			resets := tr.all(func(p *seen) bool { return p.path == 1 && isRST(p) && p.Opt != nil })
			if len(resets) == 0 || resets[0].up != tt.client || resets[0].Opt.Reset == nil || resets[0].Opt.Reset.Reason != mptcp.ReasonMPTCP {
				t.Errorf("resets %+v, want one of the client (%v) with reason 1", resets, tt.client)
			}
			if n := tr.count(func(p *seen) bool { return p.path == 1 && isSYN(&p.Segment) }); n != 1 {
				t.Errorf("%d SYNs on the path, want 1", n)
			}
			if n := tr.count(func(p *seen) bool { return p.path == 1 && p.Len > 0 && hasJoin(&p.Segment) }); n > 0 {
				t.Errorf("%d data segments on the broken path", n)
			}
			if l.up.Stats.Fallback != mptcp.NoFallback {
				t.Errorf("fell back: %v", l.up.Stats.Fallback)
			}
		})
	}
}

// RFC 8684, section 3.2: a host whose policy is against further subflows refuses them with a RST that says so.
//
// Req: R8684-3.2-09, R8684-3.2-15, R8684-3.2-16, R8684-3.6-09
func TestJoinsRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		refuse func(p *mptcp.Protocol)
		reason uint8
	}{
		{"limit", func(p *mptcp.Protocol) { p.MaxSubflows = 1 }, mptcp.ReasonProhibited},
		{"prohibited", func(p *mptcp.Protocol) {
			p.Refuse = mptcp.Refusal{Until: time.Hour, Reason: mptcp.ReasonProhibited}
		}, mptcp.ReasonProhibited},
		{"resources", func(p *mptcp.Protocol) {
			p.Refuse = mptcp.Refusal{Until: time.Hour, Reason: mptcp.ReasonResources}
		}, mptcp.ReasonResources},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, 1, two...)
			tr := l.trace()
			a, b := &talker{left: 100e3}, &talker{}
			l.talk(a, b, l.own(tt.refuse))
			l.ended(10*time.Second, a, b, 100e3, 0)
			r := tr.all(isRST)
			if len(r) == 0 || r[0].up || !r[0].Flags.Has(wire.ACK) || r[0].Opt.Reset.Reason != tt.reason {
				t.Errorf("resets %+v, want one of the server with reason %d", r, tt.reason)
			}
			if l.down.Stats.JoinsRefused == 0 {
				t.Error("the refusal is not counted")
			}
		})
	}
}

// RFC 8684, section 3.2: a join is for the connection with its token, whatever the port: no listener need be
// there. Then packets are told apart by their addresses and ports.
//
// Req: R8684-3.2-22, R8684-3.2-23, R8684-3.1-12
func TestJoinByToken(t *testing.T) {
	for _, listen := range []bool{false, true} {
		l := newLab(t, 1, two...)
		if listen {
			l.server.Listen(8080, &mptcp.Service{Config: &l.cfg, Accepted: func(mptcp.Connection) func() app.Workload {
				t.Error("the listener got a connection")
				return nil
			}})
		}
		l.links[1].Up.SetLoss(hook(func(p *netem.Packet, _ *wire.Segment) bool { p.DstPort = 8080; return false }))
		l.links[1].Down.SetLoss(hook(func(p *netem.Packet, _ *wire.Segment) bool { p.SrcPort = 80; return false }))
		tr := l.trace()
		l.transfer(500e3)
		l.validator.blind = true
		l.eng.Run(sim.Time(10 * time.Second))
		if l.sink.got != 500e3 {
			t.Errorf("got %d of 500000 bytes", l.sink.got)
		}
		if tr.count(func(p *seen) bool { return p.path == 1 && p.up && p.Len > 0 }) == 0 {
			t.Error("the subflow to the other port was not used")
		}
	}
}

// RFC 8684, section 3.2: nonces are fresh, so that the third packet of an earlier join proves nothing.
//
// Req: R8684-3.2-03
func TestJoinReplayed(t *testing.T) {
	l := newLab(t, 1, two[0], two[1], two[1])
	var old [20]byte
	l.links[1].Up.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
		if isPast(s) && hasJoin(s) {
			old = s.Opt.Join.HMAC
		}
		return false
	}))
	l.links[2].Up.SetLoss(alter(func(s *wire.Segment) bool { return isPast(s) && hasJoin(s) }, func(s *wire.Segment) {
		s.Opt.Join = &wire.Join{HMAC: old}
	}))
	l.cfg.Manager = manage(func(c pathmgr.Control, e pathmgr.Event) {
		if e.Kind == pathmgr.Established && c.Client() {
			_ = c.Open(1, false)
			c.After(500*time.Millisecond, 0)
		}
		if e.Kind == pathmgr.Alarm {
			_ = c.Open(2, false)
		}
	})
	tr := l.trace()
	l.transfer(2e6)
	l.finish(20*time.Second, 2e6)
	if n := tr.count(func(p *seen) bool { return p.path == 2 && !p.up && isRST(p) && p.Opt != nil }); n != 1 || l.down.Stats.BadHMACs != 1 {
		t.Errorf("%d resets of the replayed join, %d bad HMACs", n, l.down.Stats.BadHMACs)
	}
}

// RFC 8684, sections 3.4 and 3.9.1: joins go to the port of the initial subflow.
//
// Req: R8684-3.4-01, R8684-3.9.1-01, R8684-3.9.1-02
func TestJoinPorts(t *testing.T) {
	l := newLab(t, 1, two[0], two[1], two[1])
	tr := l.trace()
	l.transfer(50e3)
	l.finish(10*time.Second, 50e3)
	syns := tr.all(func(p *seen) bool { return isSYN(&p.Segment) })
	for _, p := range syns {
		if p.dstPort != 80 {
			t.Errorf("a SYN to port %d", p.dstPort)
		}
	}
	if len(syns) != 3 {
		t.Errorf("%d subflows, want 3", len(syns))
	}
}

// RFC 8684, section 3: what an option says is done only if the sequence number and the ACK of its segment are
// acceptable.
//
// Req: R8684-3-05, R8684-3.4.1-01, R8684-3.4.2-09
func TestOptionsOfUnacceptableSegments(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    func(s *wire.Segment)
	}{
		{"SEQ before the window", func(s *wire.Segment) { s.Seq -= 1 << 20 }},
		{"SEQ behind the window", func(s *wire.Segment) { s.Seq += 1 << 30 }},
		{"ACK of what was not sent", func(s *wire.Segment) { s.Ack += 1 << 20 }},
	} {
		for _, o := range []struct {
			name string
			opt  func(l *lab) *wire.Options
		}{
			{"MP_PRIO", func(*lab) *wire.Options { return &wire.Options{Prio: &wire.Prio{Backup: true}} }},
			{"REMOVE_ADDR", func(*lab) *wire.Options { return &wire.Options{RemoveAddr: []uint8{2}} }},
			{"MP_FASTCLOSE", func(l *lab) *wire.Options {
				return &wire.Options{FastClose: &wire.FastClose{Key: l.validator.key(l.up.Subflows()[0].Endpoint())}}
			}},
			{"DATA_ACK", func(*lab) *wire.Options { return nil }},
		} {
			t.Run(tt.name+" "+o.name, func(t *testing.T) {
				l := newLab(t, 1, two...)
				a, b := &talker{left: 300e3, stay: true}, &talker{}
				l.talk(a, b)
				l.at(2*time.Second, func() {
					e := l.down.Subflows()[0].Endpoint()
					l.forge(e, func(s *wire.Segment) {
						s.Opt = o.opt(l)
						if o.opt(l) == nil {
							s.DSS, s.DataAck = wire.HasDataAck, l.validator.halves[socketOf(e)].end.peer.top
						}
						tt.f(s)
					})
				})
				l.at(3*time.Second, func() {
					for _, sf := range l.up.Subflows() {
						if over, _ := l.up.Ended(); sf.Backup || !sf.Up() || over {
							t.Errorf("subflow %d: backup %v, up %v, ended %v", sf.ID, sf.Backup, sf.Up(), over)
						}
					}
					a.stay = false
					a.Writable()
				})
				l.ended(20*time.Second, a, b, 300e3, 0)
			})
		}
	}
}

func socketOf(e *tcp.Endpoint) socket {
	local, remote := e.Ports()
	return socket{e.Local(), e.Remote(), local, remote}
}
