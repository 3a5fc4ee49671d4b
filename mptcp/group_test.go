package mptcp_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/sim/units"
)

// member is LIA that asks at each call whether its flow is in its group, as cc.Group promises.
type member struct {
	cc.LIA
	t     testing.TB
	calls *[3]int // by the number of flows in the group
}

func (m *member) Init(f *cc.Flow) { m.check(f) }

func (m *member) OnAck(f *cc.Flow, a cc.Ack) {
	m.LIA.OnAck(f, a)
	m.check(f)
}

func (m *member) OnCongestion(f *cc.Flow, c cc.Congestion) {
	m.LIA.OnCongestion(f, c)
	m.check(f)
}

func (m *member) check(f *cc.Flow) {
	if !slices.Contains(f.Group.Flows, f) {
		m.t.Fatalf("subflow %d is called without being in its group of %d", f.ID, len(f.Group.Flows))
	}
	if !(f.Cwnd >= float64(f.MSS)) || math.IsInf(f.Cwnd, 0) {
		m.t.Fatalf("subflow %d has a window of %g", f.ID, f.Cwnd)
	}
	m.calls[min(len(f.Group.Flows), 2)]++
}

// A subflow that has left is still told of its ACKs and timeouts. Here the only one leaves, with data
// out, and another takes its place; and one of two comes and goes.
func TestGroupHasItsFlow(t *testing.T) {
	for _, name := range []string{"single-path", "fullmesh"} {
		var calls [3]int
		l := newLab(t, 1, path{20 * units.Mbps, 10 * time.Millisecond, 50, 0.01}, path{10 * units.Mbps, 30 * time.Millisecond, 50, 0})
		l.cfg.Manager = manager(name)
		l.cfg.Controller = func() cc.Controller {
			return &member{cc.LIA{Rule: "rfc6356", Floor: 2}, t, &calls}
		}
		for i := range 4 {
			l.at(time.Duration(1+2*i)*time.Second, func() { l.links[0].SetUp(i%2 == 1) })
		}
		l.transfer(10e6)
		l.finish(60*time.Second, 10e6)
		if calls[1] == 0 || name == "fullmesh" && calls[2] == 0 {
			t.Errorf("%s: calls by the size of the group: %v", name, calls)
		}
	}
}
