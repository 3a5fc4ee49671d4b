package qdisc

import (
	"math/rand/v2"
	"testing"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// ignored drops without a trace.
type ignored struct{}

func (ignored) Drop(sim.Time, *netem.Packet, netem.Reason) {}
func (ignored) Mark(*netem.Packet)                         {}

// A packet that is dropped at an empty queue leaves the link idle: the average
// goes on to fall with time, not by one sample for each packet that comes.
func TestREDIdleLinkRecovers(t *testing.T) {
	m := &RED{Limit: units.Packets(100), Min: 5, Max: 15, MaxP: 0.1, Weight: 0.002, Gentle: true}
	q := m.Make(Link{Rate: 12 * units.Mbps, Rand: rand.New(rand.NewPCG(1, 1))}).(*red)
	q.avg = 60 // nothing passes above 30
	at := sim.Time(q.slot)
	for !q.Enqueue(at, &netem.Packet{Size: mtu}, ignored{}) {
		at += 100 * sim.Time(q.slot)
	}
	// 60·(1-w)^n is below 5, where everything passes, from n = 1242 slots on.
	if at > 1400*sim.Time(q.slot) {
		t.Errorf("the first packet passes at %v", at)
	}
}
