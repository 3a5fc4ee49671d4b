package channel

import (
	"reflect"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// In the bad state of Gilbert's channel every packet is lost, unless a scenario says otherwise (Elliott's),
// and none in the good one.
func TestGilbertByDefault(t *testing.T) {
	if got, err := Losses.New("gilbert-elliott"); err != nil || !reflect.DeepEqual(got, &GilbertElliott{LossBad: 1}) {
		t.Errorf("%+v (%v), want loss 1 in the bad state alone", got, err)
	}
}

// Each range ends where its message says: the last value passes, the next does not.
func TestRanges(t *testing.T) {
	steps := func(s ...Step) *Steps { return &Steps{Steps: s} }
	for name, m := range map[string]struct{ in, out interface{ Validate() error } }{ // order does not matter
		"probability 0":  {&Bernoulli{P: 0}, &Bernoulli{P: -1e-9}},
		"probability 1":  {&Bernoulli{P: 1}, &Bernoulli{P: 1 + 1e-9}},
		"first packet":   {&List{Packets: []int{1}}, &List{Packets: []int{0}}},
		"every packet":   {&List{Every: 1}, &List{Every: -1}},
		"no delay":       {&ConstantDelay{}, &ConstantDelay{Delay: -1}},
		"longest delay":  {&ConstantDelay{Delay: maxDelay}, &ConstantDelay{Delay: maxDelay + 1}},
		"least rate":     {&Constant{Rate: 0}, &Constant{Rate: -1}},
		"a pause":        {steps(Step{0, 0}, Step{1, 1}), steps(Step{0, 0}, Step{1, 0})},
		"a rate below 0": {steps(Step{0, 0}, Step{1, 1}), steps(Step{0, -1}, Step{1, 1})},
		"first step":     {steps(Step{0, 1}), steps(Step{-1, 1})},
		"ascending":      {steps(Step{1, 1}, Step{2, 1}), steps(Step{2, 1}, Step{2, 1})},
		"period":         {&Steps{Steps: []Step{{0, 1}, {5, 2}}, Period: 6}, &Steps{Steps: []Step{{0, 1}, {5, 2}}, Period: 5}},
	} {
		if err := m.in.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if m.out.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Steps that do not repeat have their mean over their times, the last one lasting as long as the one before;
// the first rate holds before its time, too.
func TestStepsMeanWithoutPeriod(t *testing.T) {
	for _, tt := range []struct {
		steps []Step
		want  units.Bandwidth
	}{
		{[]Step{{3 * time.Second, 7}}, 7},
		{[]Step{{0, 10e6}, {2 * time.Second, 30e6}, {6 * time.Second, 20e6}}, 22e6}, // (10·2 + 30·4 + 20·4) / 10
		{[]Step{{time.Second, 8e6}, {3 * time.Second, 4e6}}, 6.4e6},                 // (8·3 + 4·2) / 5
	} {
		if got := (&Steps{Steps: tt.steps}).Mean(); got != tt.want {
			t.Errorf("%v: mean %v, want %v", tt.steps, got, tt.want)
		}
	}
}

// The capacity of a trace between two times is its opportunities from the first on and before the second,
// counted here one by one over several periods.
func TestTraceCapacity(t *testing.T) {
	trace := parse(t, "0\n1\n1\n5\n10\n")
	var at []int64 // ms
	for round := range int64(5) {
		for _, line := range []int64{0, 1, 1, 5, 10} {
			at = append(at, 10*round+line)
		}
	}
	r := trace.Make(nil)
	for from := int64(0); from <= 40; from++ {
		for to := from; to <= 40; to++ {
			n := 0
			for _, x := range at {
				if from <= x && x < to {
					n++
				}
			}
			if got, want := r.Capacity(ms*sim.Time(from), ms*sim.Time(to)), float64(n*1504*8); got != want {
				t.Fatalf("%d to %d ms: %v bits, want %v", from, to, got, want)
			}
		}
	}
}
