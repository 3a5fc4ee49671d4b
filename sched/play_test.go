package sched_test

import (
	"testing"
	"time"

	"mpsim/sched"
	"mpsim/sched/schedtest"
	"mpsim/sim/units"
)

// Algorithm reference, D5: 10 segments over two paths of 10 and 50 ms with a window of 10.
// Each path carries all of them, the data is there as soon as by the first path alone, and
// those of the second are copies.
func TestRedundantOnTwoPaths(t *testing.T) {
	got, err := schedtest.Play(&sched.Redundant{}, schedtest.Transfer{Total: 10_000, Paths: []schedtest.Path{
		{RTT: 10 * time.Millisecond, Rate: units.Gbps, Cwnd: 10_000},
		{RTT: 50 * time.Millisecond, Rate: units.Gbps, Cwnd: 10_000},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got.Carried[0] != 10_000 || got.Carried[1] != 10_000 || got.Copied != 10_000 {
		t.Errorf("carried %v, copied %v", got.Carried, got.Copied)
	}
	if want := 5*time.Millisecond + 80*time.Microsecond; time.Duration(got.Done) != want {
		t.Errorf("done after %v, want %v", time.Duration(got.Done), want)
	}
}

// Over equal paths with ample buffers all reach 95 % of the sum: 4 MB at 2 · 8 Mb/s take 2
// s. Those that use one path at a time, or both for the same, get half of it.
func TestEqualPaths(t *testing.T) {
	path := schedtest.Path{RTT: 20 * time.Millisecond, Rate: 8 * units.Mbps, Cwnd: 60_000, SendBuffer: 120_000}
	one := map[string]bool{"backup": true, "redundant": true}
	for _, name := range sched.Registry.Names() {
		s, _ := sched.Registry.New(name)
		got, err := schedtest.Play(s, schedtest.Transfer{Total: 4e6, Paths: []schedtest.Path{path, path}})
		if err != nil {
			t.Fatal(name, err)
		}
		want := 2.0
		if one[name] {
			want *= 2
		}
		if done := time.Duration(got.Done).Seconds(); done < want || done > want/0.95 {
			t.Errorf("%s: done after %g s, want %g s at best; carried %v", name, done, want, got.Carried)
		}
	}
}
