package mptcp_test

import (
	"reflect"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp"
	"mpsim/mptcp/tcp"
	"mpsim/sched"
	"mpsim/sim"
	"mpsim/sim/units"
)

// Questions have no effects: whatever is asked, and however often, endpoints are as before,
// no timer is armed, no window offered.
func TestLookingHasNoEffects(t *testing.T) {
	for name, s := range map[string]sched.Scheduler{"minrtt": &sched.MinRTT{}, "redundant": &sched.Redundant{}} {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0.01}, path{4 * units.Mbps, 40 * time.Millisecond, 50, 0})
		l.cfg.Scheduler = func() sched.Scheduler { return s }
		l.cfg.Controller = func() cc.Controller {
			x, err := cc.Registry.New("wvegas")
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		l.cfg.TCP.Pacing = true
		l.cfg.TCP.ReceiveBuffer = 40 * units.KiB
		l.transfer(1 << 30)
		seen := map[tcp.Hold]bool{}
		for l.eng.Now() < sim.Time(2*time.Second) {
			l.eng.Run(l.eng.Now() + sim.Time(777*time.Microsecond))
			for _, c := range []*mptcp.Conn{l.up, l.down} {
				if c == nil {
					continue
				}
				edge, next := c.ReceiveEdge(), l.eng.Next()
				var before []tcp.Endpoint
				for _, sf := range c.Subflows() {
					before = append(before, *sf.Endpoint())
				}
				c.LookAgain()
				for i, sf := range c.Subflows() {
					e := sf.Endpoint()
					seen[e.Hold()] = true
					e.Takes(e.MSS())
					e.Room()
					e.Pipe()
					e.Announced()
					if !reflect.DeepEqual(before[i], *e) {
						t.Fatalf("%s at %v: subflow %d is not as it was", name, l.eng.Now(), i)
					}
				}
				if c.ReceiveEdge() != edge || l.eng.Next() != next {
					t.Fatalf("%s at %v: the edge or the queue has changed", name, l.eng.Now())
				}
			}
		}
		for _, h := range []tcp.Hold{tcp.Free, tcp.ByWindow, tcp.ByPacing} {
			if !seen[h] {
				t.Errorf("%s: hold %d never came up", name, h)
			}
		}
	}
}
