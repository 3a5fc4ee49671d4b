package mptcp_test

import (
	"fmt"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// strips removes all MPTCP options from the packets of a link from number from on that are no SYNs or resets,
// and loses number lost.
func strips(from, lost int) hook {
	n := 0
	return func(_ *netem.Packet, s *wire.Segment) bool {
		n++
		if n >= from && s.Flags&(wire.SYN|wire.RST) == 0 {
			dropMPTCP(s)
		}
		return n == lost
	}
}

// never is the number of no packet.
const never = 1 << 30

// Options vanish from some packet on, in one direction or both, while a packet is lost here and there, and
// both ends have data to send: whatever each end knows of it and decides, no byte is delivered in
// a wrong place (the receivers would panic, as nobody changes payload), and the connection ends,
// with all bytes or with an error. It goes on as TCP where both ends may fall back late.
func TestFallbackLosses(t *testing.T) {
	sizes := [][2]units.Bytes{{30_000, 20_000}, {30_000, 0}, {0, 30_000}}
	for _, late := range [][2]bool{{true, true}, {true, false}, {false, true}, {false, false}} {
		for name, way := range map[string][2]bool{"up": {true, false}, "down": {false, true}, "both": {true, true}} {
			t.Run(fmt.Sprintf("late fallback %v, %s", late, name), func(t *testing.T) {
				done, all := 0, 0
				for from := 2; from < 20; from++ {
					for lost := range 24 {
						l := newLab(t, 1, two[0])
						up, down := sizes[(from+lost)%3][0], sizes[(from+lost)%3][1]
						l.cfg.Protocol.Profile = mptcp.Profile(from % 2) // the number of packets does not depend on it
						cfg := l.cfg
						l.cfg.Protocol.LateFallback = late[0]
						cfg.Protocol.LateFallback = late[1]
						begin, miss := [2]int{never, never}, [2]int{lost - 1, 0}
						if lost > 12 {
							miss = [2]int{0, lost - 12}
						}
						for i, on := range way {
							if on {
								begin[i] = from
							}
						}
						l.links[0].Up.SetLoss(strips(begin[0], miss[0]))
						l.links[0].Down.SetLoss(strips(begin[1], miss[1]))
						a, b := &talker{left: up}, &talker{left: down}
						l.talk(a, b, &cfg)
						l.validator.blind = true // it knows nothing of middleboxes
						l.eng.Run(sim.Time(5 * time.Minute))
						all++
						if a.got == down && b.got == up {
							done++
						} else if late[0] == late[1] && (a.err == nil && a.got < down || b.err == nil && b.got < up) || a.err == nil && b.err == nil || !a.done || !b.done {
							t.Errorf("from packet %d, lost %v: the client got %d of %d (%v %v), the server %d of %d (%v %v); fallbacks %q and %q", from, miss, a.got, down, a.done, a.err,
								b.got, up, b.done, b.err, l.up.Stats.Fallback, l.fallback())
						}
					}
				}
				if late[0] && late[1] && done < all {
					t.Errorf("%d of %d complete", done, all)
				}
			})
		}
	}
}

// fallback returns why the server's end is TCP.
func (l *lab) fallback() mptcp.Cause {
	if l.down == nil {
		return mptcp.NoFallback
	}
	return l.down.Stats.Fallback
}

// A segment behind the first data comes without its mapping, those behind it with theirs, and no DATA_ACK comes
// back: the sender's infinite mapping then places the bytes that waited, and those behind them are in order.
//
// Req: R8684-3.7-06, R8684-3.7-13
func TestInfiniteMappingFillsAHole(t *testing.T) {
	for bare := 4; bare < 12; bare++ {
		l := newLab(t, 1, two[0])
		l.cfg.Protocol.Profile = mptcp.V0
		n := 0
		l.links[0].Up.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
			if n++; n == bare {
				s.DSS = 0
			}
			return false
		}))
		l.links[0].Down.SetLoss(hook(func(_ *netem.Packet, s *wire.Segment) bool {
			s.DSS = 0
			return false
		}))
		a, b := &talker{left: 100_000}, &talker{}
		l.talk(a, b)
		l.validator.blind = true // it knows nothing of middleboxes
		l.eng.Run(sim.Time(time.Minute))
		if b.got != 100_000 || a.err != nil || b.err != nil || l.fallback() != mptcp.Infinite {
			t.Errorf("packet %d without mapping: the server got %d of 100000 (%v, %v), fallbacks %q and %q", bare, b.got, a.err, b.err, l.up.Stats.Fallback, l.fallback())
		}
	}
}
