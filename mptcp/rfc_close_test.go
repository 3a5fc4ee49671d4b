package mptcp_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// RFC 8684, section 3.3.3: no subflow is closed before all data and the DATA_FIN have been acknowledged at
// the data level; then all are, the dead ones too. FIN and DATA_FIN do not go together.
//
// Req: R8684-3.3.3-06, R8684-3.3.3-07, R8684-3.3.3-08, R8684-3.3.3-09, R8684-3.3.3-11
func TestSubflowsCloseLast(t *testing.T) {
	for _, dead := range []bool{false, true} {
		l := newLab(t, 1, two...)
		l.cfg.TCP.Retries = 6
		tr := l.trace()
		l.transfer(2e6)
		if dead {
			l.at(900*time.Millisecond, func() {
				for _, k := range []*netem.Link{l.links[1].Up, l.links[1].Down} {
					k.SetLoss(hook(func(*netem.Packet, *wire.Segment) bool { return true }))
				}
			})
		}
		l.finish(300*time.Second, 2e6)
		var acked sim.Time // when the server acknowledged the DATA_FIN
		last := uint64(0)
		for _, p := range *tr {
			switch {
			case p.up && p.DSS.Has(wire.DataFIN) && p.Flags.Has(wire.FIN):
				t.Error("FIN and DATA_FIN on one segment")
			case p.up && p.DSS.Has(wire.DataFIN):
				last = p.DSN + uint64(p.MapLen)
			case !p.up && last != 0 && p.DSS.Has(wire.HasDataAck) && p.DataAck == last && acked == 0:
				acked = p.at
			}
		}
		fins := [2]int{}
		for _, p := range tr.all(func(p *seen) bool { return p.up && p.Flags.Has(wire.FIN) }) {
			if fins[p.path]++; p.at < acked {
				t.Errorf("a FIN at %v, the DATA_FIN is acknowledged at %v", p.at, acked)
			}
		}
		if fins[0] == 0 || fins[1] == 0 || acked == 0 {
			t.Errorf("dead %v: FINs %v, DATA_FIN acknowledged at %v", dead, fins, acked)
		}
	}
}

// RFC 8684, section 3.3.3: a subflow with much to repeat that others have delivered may be reset for "too
// much outstanding data".
//
// Req: R8684-3.3.3-10, R8684-3.6-09
func TestTooMuchOutstanding(t *testing.T) {
	for _, most := range []int{0, 10e3} {
		l := newLab(t, 1, two...)
		l.cfg.Protocol.TooMuch = 1
		if most == 0 {
			l.cfg.Protocol.TooMuch = 0
		}
		tr := l.trace()
		l.transfer(8e6)
		l.at(time.Second, func() { l.links[1].Up.SetLoss(hook(func(*netem.Packet, *wire.Segment) bool { return true })) })
		l.at(3*time.Second, func() { l.links[1].Up.SetLoss(nil) })
		l.finish(60*time.Second, 8e6)
		r := tr.all(func(p *seen) bool { return isRST(p) && p.Opt != nil && p.Opt.Reset != nil })
		if (len(r) > 0) != (most > 0) || len(r) > 0 && (r[0].Opt.Reset.Reason != mptcp.ReasonOutstanding || !r[0].Opt.Reset.Transient) {
			t.Errorf("resets %+v", r)
		}
	}
}

// RFC 8684, section 3.5: an abort is told by MP_FASTCLOSE with the peer's key: on resets of all subflows, or
// on one ACK beside resets of the others; the peer resets its subflows. Without an answer within the RTO the
// ACK is repeated, three times, and a reset with the option comes last. Two that cross end both.
//
// Req: R8684-3.5-01, R8684-3.5-02, R8684-3.5-03, R8684-3.5-04, R8684-3.5-05, R8684-3.5-06, R8684-3.5-07, R8684-3.5-08, R8684-3.5-09
func TestAbort(t *testing.T) {
	for _, tt := range []struct {
		name       string
		way        mptcp.FastClose
		both       bool // abort at the same time
		deaf       bool // answers are lost
		acks, rsts int  // of the client, with MP_FASTCLOSE
	}{
		{"reset", mptcp.FastCloseReset, false, false, 0, 2},
		{"ACK", mptcp.FastCloseAck, false, false, 1, 0},
		{"ACK, both", mptcp.FastCloseAck, true, false, 1, 0},
		{"reset, both", mptcp.FastCloseReset, true, false, 0, 2},
		{"ACK, unanswered", mptcp.FastCloseAck, false, true, 4, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t, 1, two...)
			l.cfg.Protocol.FastClose = tt.way
			tr := l.trace()
			a, b := &talker{left: 100e6}, &talker{stay: true}
			l.talk(a, b)
			l.at(time.Second, func() {
				if tt.deaf {
					for _, d := range l.links {
						d.Up.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool { return s.Opt != nil && s.Opt.FastClose != nil }))
					}
				}
				l.up.Abort()
				if tt.both {
					l.down.Abort()
				}
			})
			l.eng.Run(sim.Time(200 * time.Second))
			if n := l.client.Host().Sockets(); n > 0 {
				t.Errorf("%d endpoints are left at the client", n)
			}
			if !a.done || !errors.Is(a.err, tcp.ErrAborted) || !tt.deaf && (!b.done || b.err == nil) {
				t.Errorf("the client ended %v %v, the server %v %v", a.done, a.err, b.done, b.err)
			}
			closes := tr.all(func(p *seen) bool { return p.up && p.Opt != nil && p.Opt.FastClose != nil })
			var acks, rsts int
			for _, p := range closes {
				if isRST(&p) {
					rsts++
				} else {
					acks++
				}
			}
			if acks != tt.acks || rsts != tt.rsts {
				t.Errorf("MP_FASTCLOSE on %d ACKs and %d resets, want %d and %d", acks, rsts, tt.acks, tt.rsts)
			}
			if tt.deaf && !isRST(&closes[len(closes)-1]) {
				t.Error("the last is no reset")
			}
			if n := tr.count(func(p *seen) bool { return !p.up && isRST(p) }); n == 0 && !tt.both && !tt.deaf {
				t.Error("the server does not reset its subflows")
			}
		})
	}
}

// RFC 8684, section 3.5: with a wrong key MP_FASTCLOSE does nothing to the connection.
//
// Req: R8684-3.5-04
func TestAbortWithWrongKey(t *testing.T) {
	for _, rst := range []bool{false, true} {
		t.Run(fmt.Sprint(rst), func(t *testing.T) {
			l := newLab(t, 1, two...)
			a, b := &talker{left: 300e3, stay: true}, &talker{}
			l.talk(a, b)
			l.at(2*time.Second, func() {
				l.forge(l.down.Subflows()[1].Endpoint(), func(s *wire.Segment) {
					s.Opt = &wire.Options{WScale: -1, FastClose: &wire.FastClose{Key: 1}}
					if rst {
						s.Flags |= wire.RST
					}
				})
			})
			l.at(3*time.Second, func() { a.stay = false; a.Writable() })
			l.ended(100*time.Second, a, b, 300e3, 0)
		})
	}
}

// A fast close resets joins under way, too: nothing of the connection is left at either end
// (RFC 8684, section 3.5).
//
// Req: R8684-3.5-03
func TestFastCloseDuringJoin(t *testing.T) {
	for _, way := range []mptcp.FastClose{mptcp.FastCloseReset, mptcp.FastCloseAck} {
		l := newLab(t, 1, path{10 * units.Mbps, 5 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 100 * time.Millisecond, 50, 0})
		l.cfg.Protocol.FastClose = way
		a, b := &talker{left: 1e6, stay: true}, &talker{stay: true}
		l.talk(a, b)
		l.at(100*time.Millisecond, func() { l.up.Abort() }) // the SYN/ACK of the join is still to come
		l.eng.Run(sim.Time(10 * time.Second))
		l.clean()
	}
}
