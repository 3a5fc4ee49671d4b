package build

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/scenarios/language"
	"mpsim/sim"
	"mpsim/sim/rng"
)

func startsOf(f language.Flow, end time.Duration) []sim.Time {
	return starts(&f, rng.New(1, 0).Stream("flow/f/starts"), end)
}

func TestStarts(t *testing.T) {
	s := func(x float64) sim.Time { return sim.Time(x * 1e9) }
	for _, tt := range []struct {
		flow language.Flow
		want []sim.Time
	}{
		{language.Flow{Count: 1, Start: time.Second}, []sim.Time{s(1)}},
		{language.Flow{Count: 3, Start: time.Second, Stagger: time.Second / 2}, []sim.Time{s(1), s(1.5), s(2)}},
	} {
		if got := startsOf(tt.flow, time.Minute); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%+v: starts %v, want %v", tt.flow, got, tt.want)
		}
	}
}

// Uniform on [0, 1]: mean 1/2, variance 1/12. Of 10 000 the mean is within 4 standard
// errors, which is 0.0115.
func TestSpread(t *testing.T) {
	const n = 10_000
	var sum float64
	for _, at := range startsOf(language.Flow{Count: n, Start: time.Second, Spread: time.Second}, time.Minute) {
		x := at.Seconds() - 1
		if x < 0 || x > 1 {
			t.Fatalf("a start at %v: not within the spread", at)
		}
		sum += x
	}
	if math.Abs(sum/n-0.5) > 0.0115 {
		t.Errorf("mean %g, want 0.5", sum/n)
	}
}

// Of what opens at random after the end of a shorter run nothing opens, and the rest opens when it did: a
// quarter of 10 000, within 4 standard errors.
func TestSpreadPastTheEnd(t *testing.T) {
	const n, end = 10_000, 1250 * time.Millisecond
	flow := language.Flow{Count: n, Start: time.Second, Spread: time.Second}
	all := startsOf(flow, time.Minute)
	got := startsOf(flow, end)
	if sigma := math.Sqrt(n * 0.25 * 0.75); math.Abs(float64(len(got))-n*0.25) > 4*sigma {
		t.Errorf("%d connections, want %v", len(got), n*0.25)
	}
	if want := slices.DeleteFunc(all, func(at sim.Time) bool { return at >= sim.Time(end) }); !slices.Equal(got, want) {
		t.Error("they do not open when they did")
	}
}

// A Poisson process of mean distance 10 ms has 1000 ± 4·√1000 arrivals in 10 s, and the
// variance of their number in a second is their mean.
func TestGap(t *testing.T) {
	const window = 10 * time.Second
	times := startsOf(language.Flow{Count: 100_000, Gap: 10 * time.Millisecond}, window)
	if n := float64(len(times)); math.Abs(n-1000) > 4*math.Sqrt(1000) {
		t.Errorf("%g arrivals, want 1000", n)
	}
	if last := times[len(times)-1]; last >= sim.Time(window) {
		t.Errorf("an arrival at %v, after the end", last)
	}
	if n := len(startsOf(language.Flow{Count: 5, Gap: time.Millisecond}, window)); n != 5 {
		t.Errorf("%d connections, want the count of 5", n)
	}
}

// Starts depend on the seed and the name of the flow, not on its controller: common random
// numbers.
func TestStartsAreCommon(t *testing.T) {
	opened := func(set ...string) (times []sim.Time) {
		s, err := language.Parse("x.toml", []byte(strings.Replace(slow, "[[flow]]", "[[flow]]\ncount = 3\nspread = \"1s\"", 1)), nil, set...)
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range m.Connections {
			times = append(times, c.Opened)
		}
		return times
	}
	base := opened()
	if got := opened("flow.0.cc=olia"); !reflect.DeepEqual(got, base) {
		t.Errorf("another controller starts at %v, not %v", got, base)
	}
	if got := opened("seed=2"); reflect.DeepEqual(got, base) {
		t.Error("another seed starts at the same times")
	}
}
