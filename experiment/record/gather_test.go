package record

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"unsafe"

	"mpsim/sim"
)

// Up to the limit nothing is lost; the times are those given.
func TestDecimatorExact(t *testing.T) {
	var d Decimator
	var want []float64
	for i := range 600 {
		d.Add(sim.Time(i*i), float64(i%7))
		want = append(want, float64(i%7))
	}
	times, v := d.Points()
	if !slices.Equal(v, want) || times[599] != sim.Time(599*599).Seconds() {
		t.Errorf("%d points of 600 came back, or others", len(v))
	}
}

// However long it runs, a decimator stays below its limit, keeps the greatest,
// the least and the last value, keeps order, and stops allocating.
func TestDecimatorBounded(t *testing.T) {
	for _, step := range []time.Duration{1, time.Microsecond, 7 * time.Millisecond, time.Hour} {
		d := Decimator{Limit: 300}
		r := rand.New(rand.NewPCG(1, 2))
		now, low, high, last := sim.Time(0), math.Inf(1), math.Inf(-1), 0.0
		add := func() {
			now = now.Add(time.Duration(r.Int64N(int64(2*step) + 1)))
			last = r.NormFloat64()
			low, high = math.Min(low, last), math.Max(high, last)
			d.Add(now, last)
		}
		for range 50_000 {
			add()
		}
		if n := testing.AllocsPerRun(10_000, add); n != 0 {
			t.Errorf("step %v: %v allocations a point", step, n)
		}
		times, v := d.Points()
		if len(v) > 300 || len(v) < 75 {
			t.Errorf("step %v: %d points; want between a quarter of 300 and 300", step, len(v))
		}
		if slices.Min(v) != low || slices.Max(v) != high || v[len(v)-1] != last || times[len(times)-1] != now.Seconds() {
			t.Errorf("step %v: least, greatest or last value was lost", step)
		}
		if !slices.IsSorted(times) {
			t.Errorf("step %v: times are out of order", step)
		}
	}
}

func TestDecimatorSkipsInfinity(t *testing.T) {
	var d Decimator
	d.Add(1, math.Inf(1))
	d.Add(2, math.NaN())
	if times, _ := d.Points(); len(times) != 0 {
		t.Error("an infinite value was recorded")
	}
}

// The rates times the widths add up to what was counted, however often the
// intervals were joined, and the last interval may be cut short.
func TestBins(t *testing.T) {
	b := Bins{Width: 10 * time.Millisecond, Limit: 8}
	var total int64
	for i := range 1000 {
		b.Add(sim.Time(i)*sim.Time(time.Millisecond), int64(i))
		total += int64(i)
	}
	if b.Width != 160*time.Millisecond {
		t.Errorf("width %v; want 160ms, of which 7 cover a second", b.Width)
	}
	end := sim.Time(time.Second)
	times, v := b.Rate(end)
	sum := 0.0
	for i := range v {
		sum += v[i] * (math.Min(times[i]+0.160, 1) - times[i])
	}
	if math.Abs(sum-float64(total)) > 1e-6 || len(v) != 7 {
		t.Errorf("%d bins sum up to %g; want 7, %d", len(v), sum, total)
	}
}

func TestThin(t *testing.T) {
	x := Thin[int]{Limit: 8}
	for i := range 100 {
		x.Add(i)
	}
	if want := []int{0, 16, 32, 48, 64, 80, 96}; !slices.Equal(x.Items(), want) {
		t.Errorf("kept %v of 100; want %v", x.Items(), want)
	}
}

// Quantiles are within 1/16384 of the true sample of that rank; count, mean, least
// and greatest are exact; merging two is counting both.
func TestQuantiles(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var all []int64
	var q, a, b Quantiles
	for i := range 20_000 {
		ns := int64(math.Exp(20 * r.Float64()))
		all = append(all, ns)
		q.Add(time.Duration(ns))
		if i%3 == 0 {
			a.Add(time.Duration(ns))
		} else {
			b.Add(time.Duration(ns))
		}
	}
	slices.Sort(all)
	a.Merge(&b)
	for _, p := range []float64{0, 0.001, 0.5, 0.95, 0.99, 1} {
		want := float64(all[max(0, int(math.Ceil(p*float64(len(all))))-1)])
		got := float64(q.Quantile(p))
		if math.Abs(got-want) > want/16384 {
			t.Errorf("quantile %g is %g; want %g", p, got, want)
		}
		if merged := float64(a.Quantile(p)); merged != got {
			t.Errorf("quantile %g is %g after a merge; want %g", p, merged, got)
		}
	}
	d := q.Distribution()
	if d.Count != 20_000 || d.Min != time.Duration(all[0]).Seconds() || d.Max != time.Duration(all[len(all)-1]).Seconds() {
		t.Errorf("%+v: count, least or greatest is wrong", d)
	}
	if n := q.bytes(); n > 20*(8<<10+64<<10) { // e^20 ns is 16 powers of two above the exact ones
		t.Errorf("%d bytes", n)
	}
	if n := testing.AllocsPerRun(1000, func() { q.Add(1234567) }); n != 0 {
		t.Errorf("%v allocations a sample", n)
	}
	if (&Quantiles{}).Distribution() != (Distribution{}) {
		t.Error("no samples have a distribution")
	}
	q.Add(math.MaxInt64)
	if q.Quantile(1) != math.MaxInt64 {
		t.Error("the greatest duration has no place")
	}
}

// bytes returns the memory of the buckets.
func (q *Quantiles) bytes() (n int) {
	for _, o := range q.octaves {
		if o != nil {
			n += int(unsafe.Sizeof(*o))
		}
	}
	for _, p := range q.each {
		n += int(unsafe.Sizeof(*p))
	}
	return n
}

// A sample costs a few nanoseconds, and a wide spread of round-trip times some 100 kB.
func BenchmarkQuantiles(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	times := make([]time.Duration, 1<<12)
	for i := range times {
		times[i] = 20*time.Millisecond + time.Duration(r.Int64N(int64(80*time.Millisecond)))
	}
	var q Quantiles
	for i := range b.N {
		q.Add(times[i%len(times)])
	}
	b.ReportMetric(float64(q.bytes()), "B")
}
