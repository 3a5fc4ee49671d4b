package mptcp_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// spoil changes a byte of the payload of the nth data segment that it sees, and of
// all after it up to the mth.
func spoil(n, m int) hook {
	k := 0
	return alter(isData, func(s *wire.Segment) {
		if k++; k < n || k > m {
			return
		}
		o := wire.Options{WScale: -1}
		if s.Opt != nil {
			o = *s.Opt
		}
		o.Payload = wire.AppendContent(nil, s.Pos, int(s.Len))
		o.Payload[0] ^= 1
		s.Opt = &o
	})
}

// RFC 8684, section 3.7: data of a joined subflow that is acknowledged without a DATA_ACK ends it with a
// reset for "middlebox interference"; the others carry on.
//
// Req: R8684-3.7-03, R8684-3.7-04
func TestUnconfirmedJoin(t *testing.T) {
	l := newLab(t, 1, two...)
	l.links[1].Down.SetLoss(alter(isPast, func(s *wire.Segment) { s.DSS = 0 }))
	tr := l.trace()
	l.transfer(4e6)
	l.finish(30*time.Second, 4e6)
	r := tr.all(func(p *seen) bool { return p.path == 1 && p.up && isRST(p) })
	if len(r) == 0 || r[0].Opt == nil || r[0].Opt.Reset == nil || r[0].Opt.Reset.Reason != mptcp.ReasonMiddlebox {
		t.Errorf("resets %+v, want one with reason 6", r)
	}
	if l.up.Stats.Fallback != mptcp.NoFallback {
		t.Errorf("fell back: %v", l.up.Stats.Fallback)
	}
}

// RFC 8684, section 3.7: on the only subflow the same makes it TCP: a mapping of length 0 tells the peer, and
// no other option follows, on one subflow.
//
// Req: R8684-3.7-05, R8684-3.7-06, R8684-3.7-13, R8684-3.7-19, R8684-3.7-20, R8684-3.7-21, R8684-3.7-22
func TestUnconfirmedFirst(t *testing.T) {
	l := newLab(t, 1, two...)
	l.links[0].Down.SetLoss(alter(isPast, func(s *wire.Segment) { s.DSS = 0 }))
	tr := l.trace()
	l.transfer(1e6)
	l.finish(30*time.Second, 1e6)
	infinite := tr.all(func(p *seen) bool { return p.up && p.DSS.Has(wire.HasMap) && p.MapLen == 0 })
	if len(infinite) == 0 {
		t.Fatal("no infinite mapping")
	}
	first := tr.all(func(p *seen) bool { return p.up && p.DSS.Has(wire.HasMap) && p.MapLen > 0 })[0]
	for _, p := range infinite {
		if p.DSN-uint64(p.SSN) != first.DSN-uint64(first.SSN) {
			t.Errorf("DSN less SSN: %x, before it was %x", p.DSN-uint64(p.SSN), first.DSN-uint64(first.SSN))
		}
	}
	known := infinite[0].at + sim.Time(300*time.Millisecond)
	if n := tr.count(func(p *seen) bool { return p.at > known && p.mptcp() }); n > 0 {
		t.Errorf("%d segments with MPTCP options after it", n)
	}
	if n := tr.count(func(p *seen) bool { return p.path == 1 }); n > 0 {
		t.Errorf("%d packets on the second path", n)
	}
	if l.up.Stats.Fallback != mptcp.Unconfirmed || l.down.Stats.Fallback != mptcp.Infinite {
		t.Errorf("fallbacks %q and %q", l.up.Stats.Fallback, l.down.Stats.Fallback)
	}
}

// RFC 8684, section 3.7: payload that was changed is found by its checksum. Beside another subflow, the one
// concerned is reset at once with MP_FAIL and the 64-bit DSN of the mapping; what it brought from there on is
// thrown away, not acknowledged at the data level, and sent elsewhere.
//
// Req: R8684-3.7-09, R8684-3.7-10, R8684-3.7-11, R8684-3.7-16, R8684-6-09
func TestChangedPayloadBesideAnother(t *testing.T) {
	for _, short := range []bool{false, true} {
		l := newLab(t, 1, two...)
		l.net.Altered = true
		l.cfg.Protocol.Checksum, l.cfg.Protocol.ShortDSN = mptcp.ChecksumWant, short
		l.links[1].Up.SetLoss(spoil(40, 1<<30))
		tr := l.trace()
		l.transfer(4e6)
		l.finish(60*time.Second, 4e6)
		r := tr.all(func(p *seen) bool { return isRST(p) && p.Opt != nil && p.Opt.Fail != nil })
		if len(r) != 1 || r[0].up || r[0].path != 1 {
			t.Fatalf("resets %+v, want one of the server on path 1", r)
		}
		dsn := r[0].Opt.Fail.DSN
		if n := tr.count(func(p *seen) bool {
			return p.path == 1 && p.up && p.DSS.Has(wire.HasMap) && (p.DSN == dsn || p.DSS.Has(wire.DSN32) && uint32(p.DSN) == uint32(dsn))
		}); n == 0 || dsn>>32 == 0 {
			t.Errorf("MP_FAIL for DSN %x, which no mapping has", dsn)
		}
		if n := tr.count(func(p *seen) bool {
			return p.path == 0 && p.up && p.DSS.Has(wire.HasMap) && uint32(dsn-p.DSN) < uint32(p.MapLen)
		}); n == 0 {
			t.Error("the failed data does not go out on the other subflow")
		}
		if s := l.down.Stats; s.Corrupted > 0 || s.Rewritten > 0 || s.BadChecksums != 1 || s.Fallback != mptcp.NoFallback {
			t.Errorf("%+v", s)
		}
	}
}

// RFC 8684, section 3.7: on the only subflow both ends say MP_FAIL, and the connection goes on as TCP with
// the bytes of the middlebox.
//
// Req: R8684-3.7-12, R8684-3.7-13, R8684-3.7-14, R8684-3.7-19, R8684-3.7-20, R8684-3.7-22, R8684-6-09
func TestChangedPayloadAlone(t *testing.T) {
	for _, n := range []int{1, 20} {
		l := newLab(t, 1, two[0])
		l.net.Altered = true
		l.cfg.Protocol.Checksum = mptcp.ChecksumWant
		l.links[0].Up.SetLoss(spoil(n, 1<<30))
		tr := l.trace()
		l.transfer(1e6)
		l.finish(30*time.Second, 1e6)
		var fails [2]int
		var last sim.Time
		for _, p := range tr.all(func(p *seen) bool { return p.Opt != nil && p.Opt.Fail != nil }) {
			if p.up {
				fails[0]++
			} else {
				fails[1]++
			}
			if isRST(&p) {
				t.Error("MP_FAIL on a reset")
			}
			last = max(last, p.at)
		}
		if fails[0] == 0 || fails[1] == 0 {
			t.Errorf("%v MP_FAILs, want them from both ends", fails)
		}
		if k := tr.count(func(p *seen) bool { return p.at > last+sim.Time(300*time.Millisecond) && p.mptcp() }); k > 0 {
			t.Errorf("%d segments with MPTCP options later on", k)
		}
		if k := tr.count(func(p *seen) bool { return p.up && p.DSS.Has(wire.HasMap) && p.MapLen == 0 }); k == 0 {
			t.Error("no infinite mapping")
		}
		if s := l.down.Stats; s.Rewritten == 0 || s.Corrupted > 0 || s.Fallback != mptcp.BadChecksum || l.up.Stats.Fallback != mptcp.PeerFail {
			t.Errorf("%+v, fallback of the client %q", s, l.up.Stats.Fallback)
		}
	}
}

// RFC 8684, section 3.7: if the data of the only subflow may not be contiguous, since another was closed
// uncleanly, it is reset with MP_FAIL; a new subflow of the connection may then be opened, and no changed
// byte is delivered.
//
// Req: R8684-3.7-15, R8684-3.7-16, R8684-3.7-17
func TestChangedPayloadScattered(t *testing.T) {
	l := newLab(t, 1, two...)
	l.net.Altered = true
	l.cfg.Protocol.Checksum = mptcp.ChecksumWant
	l.cfg.Manager = manager("fullmesh")
	tr := l.trace()
	l.transfer(4e6)
	l.at(time.Second, func() {
		l.down.Subflows()[1].Endpoint().Abort(nil)
		l.links[0].Up.SetLoss(spoil(1, 1))
	})
	l.finish(60*time.Second, 4e6)
	r := tr.all(func(p *seen) bool { return isRST(p) && p.Opt != nil && p.Opt.Fail != nil })
	if len(r) != 1 || r[0].path != 0 {
		t.Errorf("resets with MP_FAIL: %+v, want one", r)
	}
	if n := len(l.up.Subflows()); n < 3 {
		t.Errorf("%d subflows, want a new one", n)
	}
	if s := l.down.Stats; s.Corrupted > 0 || s.Rewritten > 0 || s.Fallback != mptcp.NoFallback {
		t.Errorf("%+v", s)
	}
}

// Options that vanish in the middle of a transfer over a lone subflow make it plain TCP, if
// late_fallback says so, whichever direction loses them: no byte is lost, none comes twice.
func TestLateFallback(t *testing.T) {
	for name, direction := range map[string]middlebox.Direction{"to the server": "up", "to the client": "down", "both": "both"} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, 1, two[0])
			l.cfg.Protocol.LateFallback = true
			strip := middlebox.Config{Model: model(t, "strip-option"), Direction: direction, When: middlebox.When{Probability: 1, AfterBytes: 100e3}}
			r := func(k uint64) *rand.Rand { return rand.New(rand.NewPCG(k, 1)) }
			l.links[0].Insert(middlebox.New(strip, l.eng, r(1), r(2)))
			a, b := &talker{left: 1e6}, &talker{left: 5e5}
			l.talk(a, b)
			l.ended(60*time.Second, a, b, 1e6, 5e5)
			if l.up.Stats.Fallback == mptcp.NoFallback || l.down.Stats.Fallback == mptcp.NoFallback {
				t.Errorf("fell back for %q and %q", l.up.Stats.Fallback, l.down.Stats.Fallback)
			}
		})
	}
}
