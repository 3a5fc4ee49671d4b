package qdisc

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
)

func newCoDel() *codel {
	m, _ := Registry.New("codel")
	return m.Make(link()).(*codel)
}

// fill queues n packets at time now.
func fill(q *codel, d *drops, now sim.Time, n int) {
	for i := range n {
		q.Enqueue(now, d.packet(now, i, 1500), d)
	}
}

// With a delay that stays above the target, drops come an interval after that
// began, and then at intervals/sqrt(count).
func TestCoDelDropTimes(t *testing.T) {
	text, err := os.ReadFile("testdata/codel.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []float64 // ms since the delay was first seen above target
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	q, d := newCoDel(), newDrops()
	d.times = make([]sim.Time, 0, 100)
	fill(q, d, 0, 500)
	const start, step = 10 * time.Millisecond, time.Millisecond
	for now := sim.Time(start); len(d.times) < len(want); now = now.Add(step) {
		q.Dequeue(now, d)
	}
	for i, at := range d.times {
		// Drops fall on the first dequeue that is due.
		due := start + time.Duration(want[i]*1e6)
		if late := at.Sub(sim.Time(due)); late < -1 || late >= step {
			t.Errorf("drop %d at %v, want %v", i+1, at, due)
		}
	}
}

// A delay above the target is tolerated for less than an interval, and when no
// more than an MTU waits.
func TestCoDelTolerates(t *testing.T) {
	q, d := newCoDel(), newDrops()
	for now := sim.Time(0); now < sim.Time(time.Second); now = now.Add(90 * time.Millisecond) {
		fill(q, d, now, 20)
		for range 20 {
			q.Dequeue(now.Add(89*time.Millisecond), d) // 89 ms is seen once
		}
	}
	for now := sim.Time(time.Second); now < sim.Time(3*time.Second); now = now.Add(50 * time.Millisecond) {
		fill(q, d, now, 1)
		q.Dequeue(now.Add(50*time.Millisecond), d)
	}
	if d.reasons[netem.Early] != 0 {
		t.Errorf("%d drops", d.reasons[netem.Early])
	}
}

// Dropping that starts again within 16 intervals goes on at about the rate it had.
func TestCoDelReentry(t *testing.T) {
	for _, c := range []struct {
		after time.Duration // since dropNext of the last episode
		count int
		next  time.Duration
	}{
		{time.Second, 9, 33333333}, {1600 * time.Millisecond, 1, 100 * time.Millisecond},
	} {
		q, d := newCoDel(), newDrops()
		q.count, q.lastCount, q.dropNext = 10, 1, sim.Time(time.Second)
		now := q.dropNext.Add(c.after)
		fill(q, d, 0, 100)
		q.above, q.firstAbove = true, now
		q.Dequeue(now, d)
		if q.count != c.count || q.dropNext.Sub(now) != c.next || d.reasons[netem.Early] != 1 {
			t.Errorf("%v later: count %d, next drop after %v; want %d, %v", c.after, q.count, q.dropNext.Sub(now), c.count, c.next)
		}
	}
}
