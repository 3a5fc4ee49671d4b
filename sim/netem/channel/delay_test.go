package channel

import (
	"math"
	"testing"
	"time"
)

// A jitter adds to the base delay, never takes from it. The means are the closed
// forms: J/2, J and, for half a normal distribution, J·sqrt(2/pi).
func TestJitter(t *testing.T) {
	const base, jitter = 10 * time.Millisecond, 4 * time.Millisecond
	for distribution, mean := range map[string]float64{
		"uniform": 0.5, "exponential": 1, "normal": math.Sqrt(2 / math.Pi),
	} {
		m := &Jitter{Base: base, Jitter: jitter, Distribution: distribution}
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		d := m.Make(random())
		var sum time.Duration
		for range 1_000_000 {
			x := d.Of(0, nil)
			if x < d.Min() {
				t.Fatalf("%s: a delay of %v is less than Min, %v", distribution, x, d.Min())
			}
			sum += x - base
		}
		within(t, distribution, float64(sum)/1e6, mean*float64(jitter), 0.03)
	}
}

func TestJitterOrder(t *testing.T) {
	for _, reorder := range []bool{false, true} {
		if d := (&Jitter{Reorder: reorder}).Make(random()); d.InOrder() == reorder {
			t.Errorf("reorder %v: InOrder is %v", reorder, d.InOrder())
		}
	}
}
