package sched

import (
	"testing"

	"mpsim/sim/units"
)

// Two of the features, worked out by hand: x = (0.5, 0.25), α = 0.5. Waiting has A =
// [[3,1],[1,2]] and b = (1, 0.5), sending A = 2I and b = (1.2, 0.1).
func TestPeekabooScore(t *testing.T) {
	x := [features]float64{0.5, 0.25}
	var wait, send arm
	wait.start()
	send.start()
	wait.inv[0][0], wait.inv[0][1], wait.inv[1][0], wait.inv[1][1] = 0.4, -0.2, -0.2, 0.6
	wait.b[0], wait.b[1] = 1, 0.5
	send.inv[0][0], send.inv[1][1] = 0.5, 0.5
	send.b[0], send.b[1] = 1.2, 0.1
	near(t, "wait, mean", wait.score(&x, 0), 0.1750, 5e-5)
	near(t, "wait", wait.score(&x, 0.5), 0.3229, 5e-5)
	near(t, "send, mean", send.score(&x, 0), 0.3125, 5e-5)
	near(t, "send", send.score(&x, 0.5), 0.5101, 5e-5)
}

// Learning (1,0), (1,1), (1,0) makes A = [[4,1],[1,2]], of which the inverse is
// [[2,-1],[-1,4]]/7.
func TestPeekabooLearns(t *testing.T) {
	var a arm
	for _, y := range [][features]float64{{1, 0}, {1, 1}, {1, 0}} {
		a.learn(&y, 2)
	}
	near(t, "inverse", a.inv[0][0], 2.0/7, 1e-12)
	near(t, "inverse", a.inv[0][1], -1.0/7, 1e-12)
	near(t, "inverse", a.inv[1][1], 4.0/7, 1e-12)
	near(t, "b", a.b[0], 6, 1e-12)
	near(t, "b", a.b[1], 2, 1e-12)
}

// Asked about a slow subflow, it tries to send; what comes of it until max(2·20, 100) ms
// is the reward, in MB/s.
func TestPeekaboo(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 10, 10, 100, 20*ms), sub(1, mss, 0, 4, 10, 100, 100*ms))
	p := &Peekaboo{Alpha: 0.5}
	end := v.Now.Add(100 * ms)
	if d := decides(t, "equal scores: send", p, v, 1); d.Until != end {
		t.Errorf("%+v, want to be asked at %v", d, end)
	}
	x := p.trial.x
	want := [features]float64{0.01 / 0.020, 0.01 / 0.100, 0, 0.006 / 0.100, 1 / 0.020, 1 / 0.100}
	for i := range want {
		near(t, "feature", x[i], want[i], 1e-12)
	}
	v.Subflows[0].Delivered, v.Subflows[1].Delivered = 30000, 20000
	v.Now = end - 1
	if decides(t, "before the horizon", p, v, 1); p.trial.end != end || p.arms[1].b[0] != 0 {
		t.Errorf("%+v has learned %v", p.trial, p.arms[1].b)
	}
	v.Now = end
	p.Next(v)
	near(t, "50 000 bytes in 100 ms", p.arms[1].b[0], 0.5*x[0], 1e-12)
	if p.arms[0].b[0] != 0 || p.trial.from != end {
		t.Errorf("waiting has learned %v; the next trial is %+v", p.arms[0].b, p.trial)
	}
	p.arms[1].b[4] = 1e6
	if d := decides(t, "waiting is not known yet, and holds until its horizon", p, v, waits); d.Until != end.Add(100*ms) {
		t.Errorf("%+v", d)
	}
	p.trial.open = false
	decides(t, "sending scores more", p, v, 1)
	v.Subflows[0] = sub(0, mss, 0, 9, 10, 100, 80*ms)
	decides(t, "room on the fast one", p, v, 0)
	v.Subflows[0].Limit = Full
	p.trial.open = false
	if d := p.Next(v); d.Until != v.Now.Add(160*ms) {
		t.Errorf("%+v, want twice the fast one's SRTT", d)
	}
	v.Job = Lost
	decides(t, "what is lost", p, v, 1)
}

// Both actions have their trials before it decides.
func TestPeekabooRecords(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 10, 10, 100, 20*ms), sub(1, mss, 0, 4, 10, 100, 100*ms))
	p := &Peekaboo{Alpha: 0.5, Record: 2}
	for k, want := range []int{waits, waits, 1, 1, 1} {
		if k == 4 {
			p.arms[1].b[4] = 1e6
		}
		decides(t, "trial", p, v, want)
		v.Now = p.trial.end
	}
	p.arms[0].b[4] = 1e9
	decides(t, "what scores more", p, v, waits)
}

// A subflow that is gone takes what it has delivered along: no reward is below 0.
func TestPeekabooSubflowGone(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 10, 10, 100, 20*ms), sub(1, mss, 0, 4, 10, 100, 100*ms))
	v.Subflows[0].Delivered = units.Bytes(1e6)
	p := &Peekaboo{Alpha: 0.5}
	p.Next(v)
	v.Now, v.Subflows = v.Now.Add(100*ms), v.Subflows[1:]
	if p.Next(v); p.arms[1].b != [features]float64{} {
		t.Errorf("learned %v", p.arms[1].b)
	}
}
