package qdisc

import (
	"reflect"
	"testing"
	"time"

	"mpsim/sim/units"
)

// The defaults are those of the sources: RFC 8289, sections 4.2 and 4.3 (5 ms of 100 ms); RFC 8290, section
// 5.2 (1024 flows, 10240 packets, a quantum of 1514 bytes); RFC 8033, section 4.2 (15 ms, 1/8, 1¼, 150 ms)
// and 5.1 (marks below 10 %); Floyd's recommendations for RED (5, 15, 0.1, 0.002, gentle); CoNEXT 2012,
// section III (25, 50 and 100 packets for each 10 Mb/s); htsim's switches.
func TestDefaultsOfTheSources(t *testing.T) {
	for name, want := range map[string]Model{ // order does not matter
		"droptail": &DropTail{Limit: units.Packets(100)},
		"codel":    &CoDel{Limit: units.Packets(1000), Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond, MTU: 1500},
		"fq":       &FQ{Limit: units.Packets(1000), Quantum: 1514, Flows: 1024},
		"fq-codel": &FQCoDel{Limit: units.Packets(10240), Target: 5 * time.Millisecond, Interval: 100 * time.Millisecond, MTU: 1500,
			Quantum: 1514, Flows: 1024, ECN: true},
		"pie": &PIE{Limit: units.Packets(1000), Target: 15 * time.Millisecond, Update: 15 * time.Millisecond,
			Alpha: 0.125, Beta: 1.25, Burst: 150 * time.Millisecond, MarkBelow: 0.1},
		"red":           &RED{Limit: units.Packets(100), Min: 5, Max: 15, MaxP: 0.1, Weight: 0.002, Gentle: true},
		"khalili-red":   &KhaliliRED{Limit: units.Packets(0), Min: 25, Mid: 50, Max: 100, MidP: 0.1, Per: 10 * units.Mbps},
		"ecn-threshold": &ECNThreshold{Limit: units.Packets(100), K: units.Packets(20)},
		"random":        &Random{Limit: units.Packets(100), Last: units.Packets(3), P: 0.1},
		"priority":      &Priority{Limit: units.Packets(100), Small: 100},
	} {
		if got, err := Registry.New(name); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, want)
		}
	}
}

// Each range ends where its message says: the last value passes, the next does not.
func TestRanges(t *testing.T) {
	ten := units.Packets(10)
	for name, m := range map[string]struct{ in, out interface{ Validate() error } }{ // order does not matter
		"random, p 0":         {&Random{Limit: ten, P: 0}, &Random{Limit: ten, P: -1e-9}},
		"random, p 1":         {&Random{Limit: ten, P: 1}, &Random{Limit: ten, P: 1 + 1e-9}},
		"red, min 0":          {&RED{Min: 0, Max: 1, MaxP: 1, Weight: 1}, &RED{Min: -1e-9, Max: 1, MaxP: 1, Weight: 1}},
		"red, min and max":    {&RED{Min: 1, Max: 1 + 1e-9, MaxP: 1, Weight: 1}, &RED{Min: 1, Max: 1, MaxP: 1, Weight: 1}},
		"red, max_p 1":        {&RED{Max: 1, MaxP: 1, Weight: 1}, &RED{Max: 1, MaxP: 1 + 1e-9, Weight: 1}},
		"red, max_p 0":        {&RED{Max: 1, MaxP: 1e-9, Weight: 1}, &RED{Max: 1, MaxP: 0, Weight: 1}},
		"red, weight 1":       {&RED{Max: 1, MaxP: 1, Weight: 1}, &RED{Max: 1, MaxP: 1, Weight: 1 + 1e-9}},
		"red, weight 0":       {&RED{Max: 1, MaxP: 1, Weight: 1e-9}, &RED{Max: 1, MaxP: 1, Weight: 0}},
		"khalili, min 0":      {&KhaliliRED{Mid: 1, Max: 2, Per: 1}, &KhaliliRED{Min: -1e-9, Mid: 1, Max: 2, Per: 1}},
		"khalili, mid":        {&KhaliliRED{Mid: 1, Max: 2, Per: 1}, &KhaliliRED{Mid: 0, Max: 2, Per: 1}},
		"khalili, max":        {&KhaliliRED{Mid: 1, Max: 2, Per: 1}, &KhaliliRED{Mid: 1, Max: 1, Per: 1}},
		"khalili, mid_p 1":    {&KhaliliRED{Mid: 1, Max: 2, MidP: 1, Per: 1}, &KhaliliRED{Mid: 1, Max: 2, MidP: 1 + 1e-9, Per: 1}},
		"khalili, mid_p 0":    {&KhaliliRED{Mid: 1, Max: 2, MidP: 0, Per: 1}, &KhaliliRED{Mid: 1, Max: 2, MidP: -1e-9, Per: 1}},
		"fq, 65536 flows":     {&FQ{Flows: 65536, Quantum: 1}, &FQ{Flows: 65537, Quantum: 1}},
		"fq, one flow":        {&FQ{Flows: 1, Quantum: 1}, &FQ{Flows: 0, Quantum: 1}},
		"pie, update":         {&PIE{Target: 1, Update: 10_000, Alpha: 1}, &PIE{Target: 1, Update: 9_999, Alpha: 1}},
		"pie, alpha":          {&PIE{Target: 1, Update: 10_000, Alpha: 1e-9}, &PIE{Target: 1, Update: 10_000}},
		"pie, beta":           {&PIE{Target: 1, Update: 10_000, Alpha: 1}, &PIE{Target: 1, Update: 10_000, Alpha: 1, Beta: -1e-9}},
		"pie, burst":          {&PIE{Target: 1, Update: 10_000, Alpha: 1}, &PIE{Target: 1, Update: 10_000, Alpha: 1, Burst: -1}},
		"pie, mark_below 1":   {&PIE{Target: 1, Update: 10_000, Alpha: 1, MarkBelow: 1}, &PIE{Target: 1, Update: 10_000, Alpha: 1, MarkBelow: 1 + 1e-9}},
		"pie, mark_below 0":   {&PIE{Target: 1, Update: 10_000, Alpha: 1}, &PIE{Target: 1, Update: 10_000, Alpha: 1, MarkBelow: -1e-9}},
		"codel, mtu 0":        {&CoDel{Target: 1, Interval: 1}, &CoDel{Target: 1, Interval: 1, MTU: -1}},
		"codel, interval":     {&CoDel{Target: 1, Interval: 1}, &CoDel{Target: 1, Interval: 0}},
		"priority, small 0":   {&Priority{Limit: ten}, &Priority{Limit: ten, Small: -1}},
		"step of 0 packets":   {&ECNThreshold{Limit: ten, K: units.Packets(0)}, &ECNThreshold{Limit: ten, K: units.Packets(-1)}},
		"fq-codel, threshold": {&FQCoDel{Target: 1, Interval: 1, Flows: 1, Quantum: 1}, &FQCoDel{Target: 1, Interval: 1, Flows: 1, Quantum: 1, CEThreshold: -1}},
	} {
		if err := m.in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// "if (PIE->drop_prob_ < 0.000001) p = p/2048 [...]" (RFC 8033, section 4.2): the steps of the probability,
// and each bound belongs to the larger steps.
func TestPIEDamping(t *testing.T) {
	for i, bound := range []float64{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1} {
		steps := []float64{2048, 512, 128, 32, 8, 2, 1}
		if below, at := damping(bound*(1-1e-9)), damping(bound); below != steps[i] || at != steps[i+1] {
			t.Errorf("just below %g the steps are divided by %g, at it by %g; want %g and %g", bound, below, at, steps[i], steps[i+1])
		}
	}
}

// The finaliser of SplitMix64 over steps of the golden ratio gives the published numbers of seed 1234567.
func TestMixVectors(t *testing.T) {
	x := uint64(1234567)
	for i, want := range []uint64{
		6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821,
	} {
		x += 0x9e3779b97f4a7c15
		if got := mix(x); got != want {
			t.Errorf("number %d is %d, want %d", i+1, got, want)
		}
	}
}
