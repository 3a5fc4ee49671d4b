package mptcp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// What every run must show, the validator judges: reserved bits are zero; no mapping is changed, and each covers
// data of its segment; no more is acknowledged than has come, in the data sequence
// space or, by ACKs that only signal, more than twice in a row; the right edge does not move left;
// an Address ID keeps its address; options take at most 40 bytes; no urgent pointer is sent.
//
// Req: R8684-3.3-02, R8684-3.3.1-01, R8684-3.3.1-07, R8684-3.3.1-19, R8684-3.3.2-01, R8684-3.3.4-02, R8684-3.4.1-02, R8684-3.4.1-11, R8684-3.4.1-17, R8684-3.6-07, R8684-3.7-02, R8684-A-01, R8684-6-05
func TestEveryRunIsValid(t *testing.T) {
	for _, profile := range []mptcp.Profile{mptcp.V1, mptcp.V0, mptcp.Bis97} {
		for _, sums := range []mptcp.ChecksumPolicy{mptcp.ChecksumAccept, mptcp.ChecksumWant} {
			for _, less := range []bool{false, true} {
				l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.02}, path{4 * units.Mbps, 40 * time.Millisecond, 50, 0.02})
				l.cfg.Protocol.Profile, l.cfg.Protocol.Checksum = profile, sums
				l.cfg.Protocol.ShortDSN, l.cfg.Protocol.Sparse = less, less
				l.cfg.Manager = manage(func(c pathmgr.Control, e pathmgr.Event) {
					switch e.Kind {
					case pathmgr.Established:
						for _, a := range c.Addresses() {
							_ = c.Announce(a.ID)
						}
						if c.Client() {
							_ = c.Open(1, false)
							c.After(time.Second, 0)
						}
					case pathmgr.Alarm:
						c.SetBackup(1, true)
						c.Withdraw(2)
						_ = c.Announce(2)
						c.SetBackup(1, false)
					}
				})
				l.transfer(1e6)
				l.finish(300*time.Second, 1e6)
			}
		}
	}
}

// recorder takes the complaints of a validator.
type recorder struct {
	testing.TB
	said []string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.said = append(r.said, fmt.Sprintf(format, args...))
}

// The validator sees what is wrong.
func TestValidatorSees(t *testing.T) {
	for _, tt := range []struct {
		name string
		pick func(s *wire.Segment) bool
		f    func(s *wire.Segment)
	}{
		{"mapping moved", isMapped, func(s *wire.Segment) { s.DSN += 1420; s.Pos += 1420 }},
		{"mapping beside its data", isMapped, func(s *wire.Segment) { s.SSN += 3000 }},
		{"byte elsewhere", isMapped, func(s *wire.Segment) { s.Pos++ }},
		{"DATA_ACK too high", hasDataAck, func(s *wire.Segment) { s.DataAck += 1 << 20 }},
		{"right edge to the left", hasDataAck, func(s *wire.Segment) { s.Window /= 2 }},
		{"too much room", hasDataAck, func(s *wire.Segment) { s.Window = 65535 }},
		{"unmapped, then mapped", isMapped, func(s *wire.Segment) { s.DSS = 0 }},
		{"MP_CAPABLE on a join", func(s *wire.Segment) bool { return hasJoin(s) && isSYN(s) }, func(s *wire.Segment) { s.Opt.Capable = &wire.Capable{Version: 1, SHA256: true} }},
		{"token", func(s *wire.Segment) bool { return hasJoin(s) && isSYN(s) }, func(s *wire.Segment) { s.Opt.Join.Token++ }},
		{"HMAC", func(s *wire.Segment) bool { return hasJoin(s) && isPast(s) }, func(s *wire.Segment) { s.Opt.Join.HMAC[19]++ }},
		{"reason", isMapped, func(s *wire.Segment) { s.DSS, s.Opt = 0, &wire.Options{WScale: -1, Reset: &wire.Reset{Reason: 7}} }},
		{"fast close of nobody", isMapped, func(s *wire.Segment) { s.DSS, s.Opt = 0, &wire.Options{WScale: -1, FastClose: &wire.FastClose{Key: 1}} }},
		{"ADD_ADDR without proof", isMapped, func(s *wire.Segment) { s.DSS, s.Opt = 0, &wire.Options{WScale: -1, AddAddr: &wire.AddAddr{AddrID: 9}} }},
		{"too many options", isMapped, func(s *wire.Segment) { s.NSACK = 1 }},
		{"urgent", isMapped, func(s *wire.Segment) { s.Flags |= wire.URG }},
	} {
		r := &recorder{TB: t}
		l := newLab(t, 1, two...)
		l.transfer(300e3)
		l.validator.t = r
		n := 0
		watch := func(e netem.PacketEvent) {
			s := e.Packet.Payload.(*wire.Segment)
			if tt.pick(s) {
				if n++; n == 1 || n == 60 {
					was := *s
					if s.Opt != nil {
						o := *s.Opt
						if o.Join != nil {
							j := *o.Join
							o.Join = &j
						}
						s.Opt = &o
					}
					tt.f(s)
					l.validator.sent(e)
					*s = was
				}
			}
		}
		for _, d := range l.links {
			d.Up.Points.Enqueued.Observe(watch)
			d.Down.Points.Enqueued.Observe(watch)
		}
		l.eng.Run(sim.Time(5 * time.Second))
		if len(r.said) == 0 || n == 0 {
			t.Errorf("%s: seen %d times, and nothing said", tt.name, n)
		}
	}
}

func isMapped(s *wire.Segment) bool   { return s.DSS.Has(wire.HasMap) && s.Len > 0 }
func hasDataAck(s *wire.Segment) bool { return s.DSS.Has(wire.HasDataAck) && s.Len == 0 }

// RFC 8684, section 3.3: a connection ends by DATA_FINs, MP_FASTCLOSE or a timeout alone. With all its
// subflows closed or reset it is open, and a new subflow carries on.
//
// Req: R8684-3.3-03, R8684-3.3.3-01, R8684-3.3.3-12, R8684-4-06
func TestOutlivesSubflows(t *testing.T) {
	for _, reset := range []bool{false, true} {
		l := newLab(t, 1, two...)
		l.cfg.Manager = manage(func(c pathmgr.Control, e pathmgr.Event) {
			if !c.Client() {
				return
			}
			switch e.Kind {
			case pathmgr.Established:
				_ = c.Open(1, false)
				c.After(300*time.Millisecond, 0)
			case pathmgr.Alarm:
				if e.Tag == 1 {
					if err := c.Open(1, false); err != nil {
						t.Error(err)
					}
					return
				}
				for _, sf := range l.up.Subflows() {
					if reset {
						sf.Endpoint().Abort(nil)
					} else {
						_ = c.Close(sf.ID)
					}
				}
				c.After(2*time.Second, 1)
			}
		})
		l.transfer(4e6)
		l.at(2*time.Second, func() {
			if over, _ := l.up.Ended(); over || l.sink.got == 4e6 {
				t.Errorf("ended %v, got %d", over, l.sink.got)
			}
		})
		l.finish(30*time.Second, 4e6)
		if n := len(l.up.Subflows()); n != 3 {
			t.Errorf("reset %v: %d subflows, want 3", reset, n)
		}
	}
}

// RFC 8684, section 3.3.1: data that comes without a mapping is not delivered; when one receive window of it
// has come the subflow is reset for "middlebox interference", and others carry the data.
//
// Req: R8684-3.3.1-12, R8684-3.7-07, R8684-3.7-08, R8684-3.3.2-08
func TestMappingsVanish(t *testing.T) {
	l := newLab(t, 1, two...)
	l.cfg.TCP.ReceiveBuffer = 64e3
	l.cfg.Scheduler = scheduler("roundrobin")
	l.cfg.Protocol.FailTimeout = time.Hour // what counts is the window
	l.at(time.Second, func() {
		l.links[1].Up.SetLoss(alter(isPast, dropMPTCP))
	})
	tr := l.trace()
	l.transfer(4e6)
	l.finish(60*time.Second, 4e6)
	r := tr.all(func(p *seen) bool { return isRST(p) && !p.up && p.path == 1 })
	if len(r) == 0 || r[0].Opt == nil || r[0].Opt.Reset.Reason != mptcp.ReasonMiddlebox {
		t.Fatalf("resets %+v, want one with reason 6", r)
	}
	if n := l.down.Stats.Unmapped; n < 64e3 || n > 70e3 {
		t.Errorf("reset after %d bytes without mapping, want a window of 64000", n)
	}
}

// near gives a first number of choice, then random ones.
type near struct {
	rand.Source
	first uint64
}

func (n *near) Uint64() uint64 {
	if k := n.first; k != 0 {
		n.first = 0
		return k
	}
	return n.Source.Uint64()
}

// keyBefore returns a key whose IDSN is less than n before a multiple of 2^32.
func keyBefore(n uint32) uint64 {
	for k := uint64(1); ; k++ {
		if -uint32(wire.SHA256.IDSN(k)) < n {
			return k
		}
	}
}

// RFC 8684, section 3.3.1: sequence numbers of data have 64 bits, whether or not all are on the wire: 4-byte
// DSNs and DATA_ACKs that wrap are understood, though two paths reorder what is around the wrap.
//
// Req: R8684-3.3.1-13, R8684-3.3.1-14, R8684-3.3.1-15, R8684-3.3.1-17, R8684-3.3.1-18, R8684-3.3.2-03
func TestShortNumbersWrap(t *testing.T) {
	key := keyBefore(200e3)
	for _, sums := range []mptcp.ChecksumPolicy{mptcp.ChecksumAccept, mptcp.ChecksumWant} {
		for _, ends := range [][2]bool{{true, true}, {true, false}, {false, true}} {
			l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.01}, path{4 * units.Mbps, 60 * time.Millisecond, 50, 0.01})
			l.cfg.Rand = rand.New(&near{rand.NewPCG(1, 2), key})
			l.cfg.Protocol.ShortDSN, l.cfg.Protocol.Checksum = ends[0], sums
			tr := l.trace()
			a, b := &talker{left: 500e3}, &talker{left: 100e3}
			l.talk(a, b, l.own(func(p *mptcp.Protocol) { p.ShortDSN = ends[1] }))
			l.ended(60*time.Second, a, b, 500e3, 100e3)
			short := tr.count(func(p *seen) bool { return p.up && p.DSS.Has(wire.HasMap|wire.DSN32) })
			if (short > 0) != ends[0] {
				t.Errorf("%v: %d mappings of the client with 4-byte DSN", ends, short)
			}
			if l.up.Stats.Fallback != mptcp.NoFallback {
				t.Errorf("%v: fell back: %v", ends, l.up.Stats.Fallback)
			}
		}
	}
}

// largest returns the payload of the largest segment of the client.
func (t *trace) largest() (n uint16) {
	for _, p := range *t {
		if p.up {
			n = max(n, p.Len)
		}
	}
	return n
}

// What a mapping takes of a segment is left to the payload: with the numbers of Linux 6.18
// segments carry 1424 bytes one way and 1420 once the peer has sent data (its captures), with 4-byte numbers
// 1428 (v0.9x), and with 8-byte ones 1420. No packet is larger than the MTU for that, one that was cut
// earlier and goes again included.
func TestSegmentSizes(t *testing.T) {
	for _, tt := range []struct {
		name        string
		set         func(p *mptcp.Protocol)
		first, last uint16 // payload of full segments before the peer sends data, and after
	}{
		{"wide", func(*mptcp.Protocol) {}, 1420, 1420},
		{"Linux", func(p *mptcp.Protocol) { p.ShortDataAck = true }, 1424, 1420},
		{"Linux, checksums", func(p *mptcp.Protocol) { p.ShortDataAck, p.Checksum = true, mptcp.ChecksumWant }, 1424, 1420},
		{"v0.9x", func(p *mptcp.Protocol) { p.Profile, p.ShortDSN, p.Checksum = mptcp.V0, true, mptcp.ChecksumWant }, 1428, 1428},
		{"short DSN, version 1", func(p *mptcp.Protocol) { p.ShortDSN = true }, 1428, 1428},
	} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 30, 0.02}, path{4 * units.Mbps, 30 * time.Millisecond, 30, 0.02})
		tt.set(&l.cfg.Protocol)
		for _, d := range l.links {
			d.Up.Points.Enqueued.Observe(func(e netem.PacketEvent) {
				if e.Packet.Size > 1500 {
					t.Fatalf("%s: a packet of %d bytes at %v", tt.name, e.Packet.Size, e.Now)
				}
			})
		}
		tr := l.trace()
		a, b := &talker{left: 1000e3}, &talker{wait: true}
		l.talk(a, b)
		l.eng.Run(sim.Time(400 * time.Millisecond))
		early := tr.largest()
		b.left = 100e3
		b.Writable()
		l.eng.Run(sim.Time(600 * time.Millisecond))
		before := len(*tr)
		l.ended(60*time.Second, a, b, 1000e3, 100e3)
		late := (*tr)[before:]
		if last := late.largest(); early != tt.first || last != tt.last {
			t.Errorf("%s: segments of %d bytes, then %d; want %d and %d", tt.name, early, last, tt.first, tt.last)
		}
	}
}

// RFC 8684, section 3.3.1: where 2^32 bytes could go within one segment lifetime, at more than 286 Mb/s, DSNs
// have 8 bytes; an 8-byte DSN is answered with an 8-byte DATA_ACK.
//
// Req: R8684-3.3.1-16, R8684-3.3.2-02
func TestFastPathsUseLongDSN(t *testing.T) {
	l := newLab(t, 1, path{units.Gbps, 5 * time.Millisecond, 1000, 0})
	l.cfg.Protocol.ShortDSN = true
	tr := l.trace()
	l.transfer(60e6)
	l.finish(20*time.Second, 60e6)
	var fast, long, before int
	for _, p := range *tr {
		switch {
		case p.up && p.DSS.Has(wire.HasMap) && p.at > sim.Time(300*time.Millisecond):
			fast++
			if !p.DSS.Has(wire.DSN32) {
				long++
			}
		case p.up && p.DSS.Has(wire.HasMap|wire.DSN32):
			before++
		case !p.up && p.at > sim.Time(300*time.Millisecond) && p.DSS.Has(wire.HasDataAck|wire.Ack32):
			t.Fatal("a 4-byte DATA_ACK for 8-byte DSNs")
		}
	}
	if fast == 0 || long != fast || before == 0 {
		t.Errorf("%d of %d mappings of the fast part are long, %d before are short", long, fast, before)
	}
}

// RFC 8684, section 3.3.2: a receiver may leave DATA_ACKs out that say nothing new, and the sender takes that
// for no fault.
//
// Req: R8684-3.3.2-06, R8684-3.3.2-07, R8684-3.3.2-08
func TestSparseDataAcks(t *testing.T) {
	var count [2]int
	for i, sparse := range []bool{false, true} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.01}, path{4 * units.Mbps, 60 * time.Millisecond, 50, 0.01})
		l.cfg.Protocol.Sparse = sparse
		tr := l.trace()
		l.transfer(2e6)
		l.finish(60*time.Second, 2e6)
		acks := tr.count(func(p *seen) bool { return !p.up && isPast(&p.Segment) && p.Len == 0 && p.Opt == nil })
		count[i] = tr.count(func(p *seen) bool { return !p.up && hasDataAck(&p.Segment) })
		if !sparse && count[0] != acks {
			t.Errorf("%d of %d ACKs have a DATA_ACK, want all", count[0], acks)
		}
		if l.up.Stats.SubflowsFailed > 0 {
			t.Errorf("sparse %v: %d subflows failed", sparse, l.up.Stats.SubflowsFailed)
		}
	}
	if count[1] >= count[0] {
		t.Errorf("%d DATA_ACKs, and %d when they are sparse", count[0], count[1])
	}
}

// RFC 8684, section 3.3.6: what a second subflow has repeated is retransmitted on the first all the same, and
// is kept until both have been acknowledged: a hole in a subflow would stop it for ever.
//
// Req: R8684-3.3.2-05, R8684-3.3.6-01, R8684-3.3.6-02, R8684-3.3.6-04, R8684-3.3.1-03
func TestRepeatedOnBoth(t *testing.T) {
	l := newLab(t, 1, two...)
	tr := l.trace()
	l.transfer(8e6)
	l.at(time.Second, func() { l.links[1].Up.SetLoss(hook(func(*netem.Packet, *wire.Segment) bool { return true })) })
	l.at(2500*time.Millisecond, func() {
		sf := l.up.Subflows()[1]
		if l.up.Stats.Reinjected == 0 || sf.Endpoint().Outstanding() == 0 {
			t.Errorf("reinjected %d, kept on the subflow %d", l.up.Stats.Reinjected, sf.Endpoint().Outstanding())
		}
		l.links[1].Up.SetLoss(nil)
	})
	l.finish(60*time.Second, 8e6)
	// Every sequence number of the subflow has arrived in the end, under its first mapping (or the validator
	// complains).
	sent, acked := uint32(0), uint32(0)
	for _, p := range *tr {
		switch {
		case p.path == 1 && p.up && p.Len > 0:
			sent = max(sent, p.SSN+uint32(p.Len))
		case p.path == 1 && !p.up && isPast(&p.Segment):
			acked = p.Ack
		}
	}
	syn := tr.all(func(p *seen) bool { return p.path == 1 && isSYN(&p.Segment) })[0]
	if got := acked - syn.Seq; got < sent {
		t.Errorf("acknowledged up to %d of %d", got, sent)
	}
	if n := len(l.up.Subflows()); n != 2 {
		t.Errorf("%d subflows, want 2", n)
	}
}

// RFC 8684, section 3.3.4: all subflows share one receive window, relative to the DATA_ACK: of a reader that
// stops, no more is asked on two paths than the buffer holds.
//
// Req: R8684-3.3.4-01, R8684-3.3.4-02, R8684-3.3.5-01, R8684-3.3.5-04, R8684-3.3.4-05
func TestSharedWindow(t *testing.T) {
	for _, buffer := range []units.Bytes{20e3, 100e3, 400e3} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.005}, path{4 * units.Mbps, 60 * time.Millisecond, 50, 0.005})
		l.cfg.TCP.ReceiveBuffer = buffer
		a, b := &talker{left: 2e6}, &talker{deaf: true}
		l.talk(a, b)
		top := uint64(0)
		for _, d := range l.links {
			d.Up.Points.Offered.Observe(func(e netem.PacketEvent) {
				if s := e.Packet.Payload.(*wire.Segment); s.Len > 0 {
					top = max(top, s.Pos+uint64(s.Len))
				}
			})
		}
		edge := uint64(buffer)
		for i := range 20 {
			l.eng.Run(sim.Time(time.Duration(3+3*i) * time.Second))
			if top > edge {
				t.Errorf("buffer %d: byte %d is sent, and the buffer ends at %d", buffer, top, edge)
			}
			if i == 0 && top < edge-3000 {
				t.Errorf("buffer %d: only %d bytes are sent", buffer, top)
			}
			if i%2 == 0 { // the reader takes a part
				n := b.s.Read(buffer / 3)
				b.got += n
				edge += uint64(n)
			}
		}
		b.deaf = false
		b.Readable()
		l.ended(600*time.Second, a, b, 2e6, 0)
		if l.up.Stats.DataTimeouts > 5 || l.down.Stats.Duplicates > uint64(2e6)/10 {
			t.Errorf("%d bytes came twice, %d data-level timeouts", l.down.Stats.Duplicates, l.up.Stats.DataTimeouts)
		}
	}
}

// RFC 8684, section 3.3.5: a middlebox that shrinks the window of one subflow holds that one back, and not
// the connection.
//
// Req: R8684-3.3.5-02, R8684-3.3.5-03, R8684-3.3.5-04, R8684-4-05, R8684-6-10
func TestShrunkWindow(t *testing.T) {
	const small = 8 << 10
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0})
	scale := 7
	l.links[1].Down.SetLoss(alter(isAny, func(s *wire.Segment) {
		if isSYNACK(s) {
			scale, s.Window = int(s.Opt.WScale), small
		} else {
			s.Window = min(s.Window, uint16(small>>scale))
		}
	}))
	most := 0
	tr := l.trace()
	l.transfer(4e6)
	l.links[1].Up.Points.Offered.Observe(func(netem.PacketEvent) { most = max(most, l.up.Subflows()[1].Endpoint().Outstanding()) })
	l.finish(30*time.Second, 4e6)
	if most > small || most == 0 {
		t.Errorf("%d bytes at a time on the subflow with a window of %d", most, small)
	}
	n := tr.count(func(p *seen) bool { return p.path == 0 && p.up && p.Len > 0 })
	if got, want := mbps(units.Bytes(n)*1420, l.sink.eof), 0.9*10*1420/1500; got < want {
		t.Errorf("%.2f Mb/s on the other path, want %.2f", got, want)
	}
}

// RFC 8684, section 3.3.6: data that a subflow acknowledges and the connection never gets goes out again after a
// timer, for subflow ACKs say nothing about data.
//
// Req: R8684-3.3.6-07, R8684-4-02, R8684-6-04
func TestAcknowledgedAndLost(t *testing.T) {
	l := newLab(t, 1, two...)
	// A proxy on the second path: mappings of a while are spoilt, so that the subflow gets data which the
	// connection cannot place.
	n := 0
	l.cfg.Protocol.FailTimeout = time.Hour
	l.links[1].Up.SetLoss(alter(isMapped, func(s *wire.Segment) {
		if n++; n > 20 && n <= 25 {
			s.DSS = 0
		}
	}))
	l.transfer(4e6)
	l.finish(60*time.Second, 4e6)
	if l.up.Stats.DataTimeouts == 0 || l.up.Stats.Reinjected == 0 || l.down.Stats.Unmapped == 0 {
		t.Errorf("up %+v\ndown %+v", l.up.Stats, l.down.Stats)
	}
}

// RFC 8684, section 6: the ISN of a subflow may be changed on the way, for mappings count from its SYN.
//
// Req: R8684-6-06, R8684-3.3.1-04
func TestNewISN(t *testing.T) {
	l := newLab(t, 1, two...)
	for i, d := range l.links {
		by := uint32(i+1) * 123456789
		d.Up.SetLoss(alter(isAny, func(s *wire.Segment) { s.Seq += by }))
		d.Down.SetLoss(alter(isAny, func(s *wire.Segment) {
			s.Ack -= by
			for k := range s.SACK {
				s.SACK[k].Left -= by
				s.SACK[k].Right -= by
			}
		}))
	}
	l.transfer(1e6)
	l.validator.blind = true
	l.finish(20*time.Second, 1e6)
	if l.up.Stats.Fallback != mptcp.NoFallback || len(l.up.Subflows()) != 2 {
		t.Errorf("%d subflows, fallback %v", len(l.up.Subflows()), l.up.Stats.Fallback)
	}
}

// RFC 8684, section 6: where DATA_ACKs are lost others tell the same; a subflow that has lost mappings is
// given up, and its data goes another way.
//
// Req: R8684-6-07, R8684-1.1-01
func TestSomeOptionsLost(t *testing.T) {
	for _, every := range []int{2, 7, 20} {
		l := newLab(t, 1, two...)
		for i, d := range l.links {
			n := 0
			d.Down.SetLoss(alter(isPast, func(s *wire.Segment) {
				if n++; n > 30 && n%every == 0 {
					dropMPTCP(s)
				}
			}))
			if i == 1 {
				m := 0
				d.Up.SetLoss(alter(isData, func(s *wire.Segment) {
					if m++; m > 30 && m%every == 0 {
						dropMPTCP(s)
					}
				}))
			}
		}
		l.transfer(2e6)
		l.finish(120*time.Second, 2e6)
	}
}

// RFC 8684, section 3.3: a DSS has a DATA_ACK of 4 or 8 bytes, a mapping with a DSN of 4 or 8, both or
// neither, as its flags say, and 28 bytes at most; the flags of a width mean nothing without the field. A
// length that does not fit makes it void.
//
// Req: R8684-3.3-01
func TestDSSForms(t *testing.T) {
	const fAck, fAck8, fMap, fMap8, fFin = 1, 2, 4, 8, 16
	for flags := range byte(32) {
		for _, sum := range []bool{false, true} {
			n, mapping := 4, flags&fMap != 0
			switch {
			case sum && !mapping:
				continue
			case sum:
				n += 2
			}
			if flags&fAck != 0 {
				n += 4 + int(flags&fAck8)*2
			}
			if mapping {
				n += 10 + int(flags&fMap8)/2
			}
			if n > 28 {
				t.Errorf("flags %#x: %d bytes", flags, n)
			}
			for _, wrong := range []int{0, 1, 4} {
				var s wire.Segment
				s.Flags = wire.ACK
				if err := wire.ParseOptions(append([]byte{30, byte(n + wrong), 0x20, flags}, make([]byte, n+wrong-4)...), &s); err != nil {
					t.Fatal(err)
				}
				taken := s.DSS.Has(wire.HasDataAck) == (flags&fAck != 0) && s.DSS.Has(wire.HasMap) == mapping && s.DSS.Has(wire.HasSum) == sum &&
					s.DSS.Has(wire.DataFIN) == (flags&fFin != 0) && s.DSS.Has(wire.Ack32) == (flags&(fAck|fAck8) == fAck) && s.DSS.Has(wire.DSN32) == (flags&(fMap|fMap8) == fMap)
				if wrong == 0 && !taken || wrong > 0 && s.DSS != 0 {
					t.Errorf("flags %#x, %d bytes too many: %#x", flags, wrong, s.DSS)
				}
			}
		}
	}
}
