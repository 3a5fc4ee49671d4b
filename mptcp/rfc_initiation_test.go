package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// RFC 8684, section 3.1: what MP_CAPABLE holds depends on the packet: nothing in the SYN,
// the key of the sender in the SYN/ACK, both keys in the ACK, and the length of
// the data, with the checksum if those are in use, on the first data.
//
// Req: R8684-3.1-01, R8684-3.1-02, R8684-3.1-15, R8684-3.1-16
func TestCapableForms(t *testing.T) {
	for _, sums := range []bool{false, true} {
		l := newLab(t, 1, two[0])
		if sums {
			l.cfg.Protocol.Checksum = mptcp.ChecksumWant
		}
		tr := l.trace()
		a, b := &talker{wait: true}, &talker{wait: true}
		l.talk(a, b)
		l.at(100*time.Millisecond, func() { a.say(5000) })
		l.at(time.Second, func() { b.say(0) })
		l.ended(10*time.Second, a, b, 5000, 0)
		lengths := []int{4, 12, 20, 22}
		if sums {
			lengths[3] = 24
		}
		got := tr.all(func(p *seen) bool { return hasCapable(&p.Segment) })
		if len(got) != len(lengths) {
			t.Fatalf("%d packets with MP_CAPABLE, want %d", len(got), len(lengths))
		}
		for i, p := range got {
			if n := p.lengthOf(0); n != lengths[i] {
				t.Errorf("MP_CAPABLE %d has %d bytes, want %d", i, n, lengths[i])
			}
			if v := p.Opt.Capable.Version; v != 1 {
				t.Errorf("version %d", v)
			}
		}
		if k := got[3].Opt.Capable; got[3].DSS != 0 || int(k.DataLen) != int(got[3].Len) {
			t.Errorf("first data: %+v with a DSS of %#x", k, got[3].DSS)
		}
	}
}

// RFC 8684, section 3.1: the key of the client arrives although the third packet is
// lost, whether the client is silent, speaks at once or later, or the server
// speaks first.
//
// Req: R8684-3.1-14, R8684-3.1-18
func TestKeysArrive(t *testing.T) {
	for _, tt := range []struct {
		name     string
		up, down units.Bytes
		wait     bool
	}{{"client speaks", 5000, 0, false}, {"client speaks later", 5000, 0, true}, {"server speaks", 0, 5000, true}, {"both speak", 5000, 5000, false}} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, 1, two...)
			l.links[0].Up.SetLoss(&nth{lose: 2})
			tr := l.trace()
			a, b := &talker{left: tt.up, wait: tt.wait}, &talker{left: tt.down}
			l.talk(a, b)
			l.at(3*time.Second, func() {
				a.wait = false
				if a.opened {
					a.Writable()
				}
			})
			l.ended(20*time.Second, a, b, tt.up, tt.down)
			if l.up.Stats.Fallback != mptcp.NoFallback || l.down == nil || l.down.Stats.Fallback != mptcp.NoFallback {
				t.Errorf("fell back: %v", l.up.Stats.Fallback)
			}
			// Once the client has heard that its key has come, it does not send it again.
			acks := tr.all(func(p *seen) bool { return !p.up && p.DSS.Has(wire.HasDataAck) })
			known := acks[0].at + sim.Time(15*time.Millisecond)
			if n := tr.count(func(p *seen) bool { return p.up && p.at > known && hasCapable(&p.Segment) }); n > 0 {
				t.Errorf("MP_CAPABLE %d times after the DATA_ACK", n)
			}
		})
	}
}

// RFC 8684, section 3.1: the version of the answer is not above that of the offer; a client whose version the
// server does not speak goes on as TCP, or tries version 0, and remembers what worked.
//
// Req: R8684-3.1-03, R8684-3.1-04, R8684-3.1-05, R8684-3.1-06
func TestVersions(t *testing.T) {
	for _, tt := range []struct {
		name           string
		client, server func(p *mptcp.Protocol)
		version        int // that both speak; -1: TCP
	}{
		{"1 and 1", func(*mptcp.Protocol) {}, func(*mptcp.Protocol) {}, 1},
		{"0 to 1", func(p *mptcp.Protocol) { p.Profile = mptcp.V0 }, func(*mptcp.Protocol) {}, -1},
		{"0 to 1 that accepts 0", func(p *mptcp.Protocol) { p.Profile = mptcp.V0 }, func(p *mptcp.Protocol) { p.AcceptV0 = true }, 0},
		{"1 to 0", func(*mptcp.Protocol) {}, func(p *mptcp.Protocol) { p.Profile = mptcp.V0 }, -1},
		{"1 to 0, tried again", func(p *mptcp.Protocol) { p.RetryV0, p.Remember = true, true }, func(p *mptcp.Protocol) { p.Profile = mptcp.V0 }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, 1, two...)
			tt.client(&l.cfg.Protocol)
			server := l.own(func(p *mptcp.Protocol) { *p = mptcp.DefaultProtocol(); tt.server(p) })
			for n := range 2 {
				tr := l.trace()
				a, b := &talker{left: 50e3}, &talker{}
				l.talk(a, b, server)
				l.eng.Run(l.eng.Now() + sim.Time(10*time.Second))
				l.ended(time.Duration(l.eng.Now()), a, b, 50e3, 0)
				if got := l.up.Stats.Fallback; (got == mptcp.NoFallback) != (tt.version >= 0) {
					t.Errorf("fallback %v", got)
				}
				for _, p := range tr.all(func(p *seen) bool { return isSYNACK(&p.Segment) && hasCapable(&p.Segment) }) {
					if int(p.Opt.Capable.Version) != tt.version {
						t.Errorf("SYN/ACK of version %d, want %d", p.Opt.Capable.Version, tt.version)
					}
				}
				if tt.version < 0 {
					if k := tr.count(func(p *seen) bool { return p.mptcp() && isPast(&p.Segment) }); k > 0 {
						t.Errorf("%d segments with MPTCP options", k)
					}
				}
				syns := tr.all(func(p *seen) bool { return isSYN(&p.Segment) && hasCapable(&p.Segment) })
				if l.cfg.Protocol.RetryV0 {
					if want := 2 - n; len(syns) != want || syns[len(syns)-1].Opt.Capable.Version != 0 {
						t.Errorf("connection %d: %d SYNs, want %d, the last of version 0", n, len(syns), want)
					}
				}
			}
		})
	}
}

// drawn gives the numbers of a list, and the last one for ever.
type drawn []uint64

func (d *drawn) Uint64() uint64 {
	n := (*d)[0]
	if len(*d) > 1 {
		*d = (*d)[1:]
	}
	return n
}

// RFC 8684, section 3.1: no two connections of a host have the same key or token. A key that is in
// use is drawn again; if there is no other, the connection is TCP.
//
// Req: R8684-3.1-08, R8684-3.1-09, R8684-3.1-11, R8684-3.1-12
func TestKeysAreUnique(t *testing.T) {
	for _, tt := range []struct {
		name  string
		draws drawn
		keys  int
	}{{"drawn again", drawn{7, 1, 7, 7, 8, 1}, 2}, {"exhausted", drawn{7}, 1}} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, 1, two[0])
			server := l.own(func(*mptcp.Protocol) {})
			server.Rand = rand.New(&tt.draws)
			tr := l.trace()
			var ends [2][2]*talker
			for i := range ends {
				ends[i] = [2]*talker{{left: 5000}, {stay: true}}
				l.talk(ends[i][0], ends[i][1], server)
				l.eng.Run(l.eng.Now() + sim.Time(time.Second))
			}
			for _, e := range ends {
				if e[1].got != 5000 {
					t.Errorf("got %d of 5000 bytes", e[1].got)
				}
			}
			keys := make(map[uint64]bool)
			for _, p := range tr.all(func(p *seen) bool { return isSYNACK(&p.Segment) && hasCapable(&p.Segment) }) {
				keys[p.Opt.Capable.SenderKey] = true
			}
			if len(keys) != tt.keys || l.up.Stats.Fallback != []mptcp.Cause{mptcp.NoCapable, mptcp.NoFallback}[tt.keys-1] {
				t.Errorf("keys %v, fallback %q; want %d keys", keys, l.up.Stats.Fallback, tt.keys)
			}
		})
	}
}

// RFC 8684, sections 3 and 3.1: keys and initial sequence numbers cannot be guessed: they are
// drawn, without a step from one to the next.
//
// Req: R8684-3.1-07, R8684-3-06
func TestKeysAreDrawn(t *testing.T) {
	l := newLab(t, 1, two[0])
	tr := l.trace()
	for range 40 {
		a, b := &talker{left: 100}, &talker{}
		l.talk(a, b)
		l.eng.Run(l.eng.Now() + sim.Time(3*time.Second))
	}
	var keys, seqs []uint64
	for _, p := range tr.all(func(p *seen) bool { return isSYNACK(&p.Segment) }) {
		keys, seqs = append(keys, p.Opt.Capable.SenderKey), append(seqs, uint64(p.Seq))
	}
	for what, list := range map[string][]uint64{"key": keys, "sequence number": seqs} {
		steps := make(map[uint64]bool)
		for i := range list[1:] {
			steps[list[i+1]-list[i]] = true
		}
		if len(list) != 40 || len(steps) != 39 {
			t.Errorf("%d %ss with %d different steps", len(list), what, len(steps))
		}
	}
}

// RFC 8684, section 3.1: checksums are used both ways if either host asks for them, and then
// the third packet says so, too; the peer of a host that refuses them gets TCP.
//
// Req: R8684-3.1-32, R8684-3.1-33, R8684-3.1-34
func TestChecksumNegotiation(t *testing.T) {
	type policy = mptcp.ChecksumPolicy
	for _, tt := range []struct {
		client, server policy
		flags          [3]bool // A in the SYN, SYN/ACK, ACK
		tcp            bool
	}{
		{mptcp.ChecksumAccept, mptcp.ChecksumAccept, [3]bool{}, false},
		{mptcp.ChecksumAccept, mptcp.ChecksumWant, [3]bool{false, true, true}, false},
		{mptcp.ChecksumWant, mptcp.ChecksumAccept, [3]bool{true, false, true}, false},
		{mptcp.ChecksumWant, mptcp.ChecksumWant, [3]bool{true, true, true}, false},
		{mptcp.ChecksumWant, mptcp.ChecksumRefuse, [3]bool{true}, true},
		{mptcp.ChecksumRefuse, mptcp.ChecksumWant, [3]bool{false, true}, true},
		{mptcp.ChecksumRefuse, mptcp.ChecksumRefuse, [3]bool{}, false},
	} {
		t.Run(fmt.Sprint(tt.client, tt.server), func(t *testing.T) {
			l := newLab(t, 1, two...)
			l.cfg.Protocol.Checksum = tt.client
			tr := l.trace()
			a, b := &talker{left: 50e3}, &talker{left: 50e3}
			l.talk(a, b, l.own(func(p *mptcp.Protocol) { p.Checksum = tt.server }))
			l.ended(10*time.Second, a, b, 50e3, 50e3)
			if got := l.up.Stats.Fallback != mptcp.NoFallback; got != tt.tcp {
				t.Errorf("fell back: %v", l.up.Stats.Fallback)
			}
			for i, p := range tr.all(func(p *seen) bool { return hasCapable(&p.Segment) })[:min(3, tr.count(func(p *seen) bool { return hasCapable(&p.Segment) }))] {
				if got := p.Opt.Capable.Checksum; got != tt.flags[i] {
					t.Errorf("A in packet %d: %v, want %v", i, got, tt.flags[i])
				}
			}
			used := tt.flags != [3]bool{} && !tt.tcp
			for _, p := range tr.all(func(p *seen) bool { return p.DSS.Has(wire.HasMap) }) {
				if p.DSS.Has(wire.HasSum) != used {
					t.Fatalf("checksum on a mapping: %v, want %v", p.DSS.Has(wire.HasSum), used)
				}
			}
		})
	}
}

// RFC 8684, section 3.1: with MP_CAPABLE missing or invalid in any packet of the handshake the
// connection is plain TCP: all bytes arrive, and neither end sends another MPTCP option.
//
// Req: R8684-3.1-19, R8684-3.1-23, R8684-3.1-27, R8684-3.1-35, R8684-3.1-36, R8684-3.1-37, R8684-3.1-38, R8684-3.1-39, R8684-3.7-01, R8684-3.7-22, R8684-1.1-02
func TestHandshakeFallsBack(t *testing.T) {
	flags := func(f func(b byte) byte) func(*wire.Segment) {
		return rewrite(0, func(b []byte) { b[3] = f(b[3]) })
	}
	bitB := flags(func(b byte) byte { return b | 0x40 })
	noHash := flags(func(b byte) byte { return b &^ 0x1f })
	onlyD := flags(func(b byte) byte { return b&^0x1f | 0x10 })
	key := rewrite(0, func(b []byte) { b[len(b)-1] ^= 1 })
	third := func(s *wire.Segment) bool { return isPast(s) && hasCapable(s) }
	for _, tt := range []struct {
		name string
		pick func(*wire.Segment) bool
		f    func(*wire.Segment)
	}{
		{"SYN stripped", isSYN, dropMPTCP},
		{"SYN with B", isSYN, bitB},
		{"SYN without algorithm", isSYN, noHash},
		{"SYN with an unknown algorithm", isSYN, onlyD},
		{"SYN/ACK stripped", isSYNACK, dropMPTCP},
		{"SYN/ACK with B", isSYNACK, bitB},
		{"SYN/ACK without algorithm", isSYNACK, noHash},
		{"SYN/ACK of version 2", isSYNACK, rewrite(0, func(b []byte) { b[2]++ })},
		{"ACK stripped", third, dropMPTCP},
		{"ACK with B", third, bitB},
		{"ACK without algorithm", third, noHash},
		{"ACK with another key of the server", third, func(s *wire.Segment) { k := *s.Opt.Capable; k.PeerKey++; s.Opt.Capable = &k }},
		{"all stripped behind the SYNs", isPast, dropMPTCP},
		{"SYN/ACK with another key", isSYNACK, key},
	} {
		for _, n := range [][2]units.Bytes{{50e3, 0}, {0, 50e3}, {50e3, 50e3}} {
			t.Run(fmt.Sprint(tt.name, n), func(t *testing.T) {
				l := newLab(t, 1, two...)
				l.links[0].Up.SetLoss(alter(func(s *wire.Segment) bool { return !isSYNACK(s) && tt.pick(s) }, tt.f))
				l.links[0].Down.SetLoss(alter(func(s *wire.Segment) bool { return isSYNACK(s) && tt.pick(s) }, tt.f))
				tr := l.trace()
				a, b := &talker{left: n[0]}, &talker{left: n[1]}
				l.talk(a, b)
				l.ended(20*time.Second, a, b, n[0], n[1])
				if l.up.Stats.Fallback == mptcp.NoFallback {
					t.Error("the client takes it for MPTCP")
				}
				if k := tr.count(func(p *seen) bool { return hasJoin(&p.Segment) }); k > 0 {
					t.Errorf("%d MP_JOINs", k)
				}
				// One round trip, and the client has heard of it.
				if k := tr.count(func(p *seen) bool { return p.mptcp() && p.at > sim.Time(200*time.Millisecond) }); k > 0 {
					t.Errorf("%d segments with MPTCP options after the fallback", k)
				}
			})
		}
	}
}

// RFC 8684, section 3.1: of the algorithms that are offered one is chosen, and both ends name SHA-256 alone.
//
// Req: R8684-3.1-22, R8684-3.1-25, R8684-3.1-26, R8684-3.1-35
func TestOfferOfMoreAlgorithms(t *testing.T) {
	l := newLab(t, 1, two...)
	l.links[0].Up.SetLoss(alter(isSYN, rewrite(0, func(b []byte) { b[3] |= 0x1f })))
	tr := l.trace()
	l.transfer(20e3)
	l.finish(10*time.Second, 20e3)
	for _, p := range tr.all(func(p *seen) bool { return hasCapable(&p.Segment) }) {
		rewrite(0, func(b []byte) {
			if b[3]&0x5f != 0x01 {
				t.Errorf("flags %#x, want H alone", b[3])
			}
		})(&p.Segment)
	}
}

// RFC 8684, section 3.1: no subflow is opened before a DSS has been received on the path.
//
// Req: R8684-3.1-20
func TestNoJoinBeforeDSS(t *testing.T) {
	for _, n := range [][2]units.Bytes{{5000, 0}, {0, 5000}} {
		l := newLab(t, 1, two...)
		var first sim.Time
		l.links[0].Down.Points.Delivered.Observe(func(e netem.PacketEvent) {
			if first == 0 && e.Packet.Payload.(*wire.Segment).DSS != 0 {
				first = e.Now
			}
		})
		tr := l.trace()
		a, b := &talker{left: n[0]}, &talker{left: n[1]}
		l.talk(a, b)
		l.ended(10*time.Second, a, b, n[0], n[1])
		joins := tr.all(func(p *seen) bool { return hasJoin(&p.Segment) })
		if len(joins) == 0 || first == 0 || joins[0].at < first {
			t.Errorf("%d joins, the first DSS at %v", len(joins), first)
		}
	}
}

// RFC 8684, section 3.1: a host that sets C gets no subflow to the address and port of the initial one.
//
// Req: R8684-3.1-24
func TestNoJoinsToInitialAddress(t *testing.T) {
	l := newLab(t, 1, two[0])
	l.cfg.Manager = ports(3)
	tr := l.trace()
	a, b := &talker{left: 50e3}, &talker{}
	l.talk(a, b, l.own(func(p *mptcp.Protocol) { p.NoJoins = true }))
	l.ended(10*time.Second, a, b, 50e3, 0)
	if n := tr.count(func(p *seen) bool { return hasJoin(&p.Segment) }); n > 0 {
		t.Errorf("%d packets with MP_JOIN", n)
	}
}

// RFC 8684, section 3.1: the SYN takes the first octet of the data sequence space, so that
// the first byte of data has IDSN+1, and a DATA_ACK before it says as much; IDSNs are
// those of the keys.
//
// Req: R8684-3.1-28, R8684-3.1-29, R8684-3.1-30, R8684-3.1-31, R8684-3.1-43, R8684-3.1-44, R8684-4-01
func TestFirstDSN(t *testing.T) {
	l := newLab(t, 1, two...)
	tr := l.trace()
	a, b := &talker{left: 5000, wait: true}, &talker{left: 5000}
	l.talk(a, b)
	l.at(time.Second, func() { a.Writable() })
	l.ended(10*time.Second, a, b, 5000, 5000)
	capables := tr.all(func(p *seen) bool { return hasCapable(&p.Segment) })
	keyB, keyA := capables[1].Opt.Capable.SenderKey, capables[2].Opt.Capable.SenderKey
	down := tr.all(func(p *seen) bool { return !p.up && p.DSS.Has(wire.HasMap) })[0]
	if want := wire.SHA256.IDSN(keyB) + 1; down.DSN != want || down.SSN != 1 {
		t.Errorf("first data of the server: DSN %x SSN %d, want %x and 1", down.DSN, down.SSN, want)
	}
	acks := tr.all(func(p *seen) bool { return p.DSS.Has(wire.HasDataAck) && !p.up })
	if want := wire.SHA256.IDSN(keyA) + 1; acks[0].DataAck != want {
		t.Errorf("first DATA_ACK of the server: %x, want %x", acks[0].DataAck, want)
	}
	joins := tr.all(func(p *seen) bool { return hasJoin(&p.Segment) && isSYN(&p.Segment) })
	if len(joins) == 0 || joins[0].Opt.Join.Token != wire.SHA256.Token(keyB) {
		t.Errorf("joins %v, want one with the token of the server", joins)
	}
}

// RFC 8684, section 3.1: the data of an MP_CAPABLE may come again and cross with a DSS: it is delivered once.
//
// Req: R8684-3.1-17
func TestCapableAsMapping(t *testing.T) {
	for _, sums := range []mptcp.ChecksumPolicy{mptcp.ChecksumAccept, mptcp.ChecksumWant} {
		l := newLab(t, 1, two[0])
		l.cfg.Protocol.Checksum = sums
		// What the server says is lost, so that the client repeats its keys.
		l.links[0].Down.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
			return isPast(s) && l.eng.Now() < sim.Time(time.Second)
		}))
		tr := l.trace()
		a, b := &talker{left: 3000}, &talker{left: 3000, wait: true}
		l.talk(a, b)
		l.at(5*time.Second, func() { b.Writable() })
		l.ended(20*time.Second, a, b, 3000, 3000)
		if k := tr.count(func(p *seen) bool { return p.up && hasCapable(&p.Segment) && p.Opt.Capable.HasData }); k < 2 {
			t.Errorf("%d segments with keys and data, want some", k)
		}
		if l.up.Stats.Fallback != mptcp.NoFallback || l.down.Stats.Fallback != mptcp.NoFallback {
			t.Errorf("fell back: %v %v", l.up.Stats.Fallback, l.down.Stats.Fallback)
		}
	}
}

// RFC 8684, section 3.1: a client may try several SYNs with MP_CAPABLE; then it leaves it out, and the
// connection is TCP, also where the answer to an earlier SYN comes late.
//
// Req: R8684-3.1-40, R8684-3.1-41, R8684-3.9.3-01, R8684-6-01
func TestSYNsUnanswered(t *testing.T) {
	for retries := range 3 {
		l := newLab(t, 1, two...)
		l.cfg.Protocol.SYNRetries = retries
		l.links[0].Up.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool { return isSYN(s) && hasCapable(s) }))
		tr := l.trace()
		a, b := &talker{left: 5000}, &talker{}
		l.talk(a, b)
		l.ended(60*time.Second, a, b, 5000, 0)
		if n := tr.count(func(p *seen) bool { return hasCapable(&p.Segment) }); n != 1+retries {
			t.Errorf("%d SYNs with MP_CAPABLE, want %d", n, 1+retries)
		}
		if n := tr.count(func(p *seen) bool { return isPast(&p.Segment) && p.mptcp() }); n > 0 || l.up.Stats.Fallback != mptcp.Blackhole {
			t.Errorf("%d later options, fallback %v", n, l.up.Stats.Fallback)
		}
	}
}

// RFC 8684, section 3.1: where SYNs with and without MP_CAPABLE cross, the third packet
// decides, so that both ends agree.
//
// Req: R8684-3.1-41, R8684-3.1-42
func TestMixedSYNs(t *testing.T) {
	for lost := range 4 {
		l := newLab(t, 1, two...)
		l.cfg.Protocol.SYNRetries = 0
		// SYN/ACKs are lost, so that SYNs of both kinds reach the server.
		n := 0
		l.links[0].Down.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
			if isSYNACK(s) {
				n++
			}
			return isSYNACK(s) && n <= lost
		}))
		a, b := &talker{left: 50e3}, &talker{left: 50e3}
		l.talk(a, b)
		l.ended(120*time.Second, a, b, 50e3, 50e3)
		if l.down != nil && (l.up.Stats.Fallback == mptcp.NoFallback) != (l.down.Stats.Fallback == mptcp.NoFallback) {
			t.Errorf("%d SYN/ACKs lost: the ends are at odds: %q and %q", lost, l.up.Stats.Fallback, l.down.Stats.Fallback)
		}
	}
}
