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
	if how := d.Thinned(); how != nil {
		t.Errorf("all is there, and yet thinned: %+v", how)
	}
}

// A spike of one nanosecond among a million small changes is kept, with its time; the file says what part it has.
func TestDecimatorSpike(t *testing.T) {
	var d Decimator
	for i := range 1_000_000 {
		now := sim.Time(i) * sim.Time(time.Millisecond)
		d.Add(now, float64(5+i%2))
		if i == 123_456 {
			d.Add(now+1, 99)
			d.Add(now+2, 5)
		}
	}
	times, v := d.Points()
	at := slices.Index(v, 99)
	if at < 0 || times[at] != sim.Time(123_456*time.Millisecond+1).Seconds() {
		t.Fatalf("the spike is at %d", at)
	}
	if v[at-1] > 6 || v[at+1] > 6 || times[at+1] > times[at]+2*d.Thinned().Interval {
		t.Errorf("beside the spike %g and %g", v[at-1], v[at+1])
	}
	if how := d.Thinned(); how == nil || how.Samples != 1_000_002 || how.Kept != len(v) || how.Interval*float64(len(v)) < 1000 {
		t.Errorf("thinned: %+v, with %d points of 1000 s", how, len(v))
	}
}

// A value holds until the next one: the same again is no point.
func TestDecimatorHolds(t *testing.T) {
	var d Decimator
	for i := range 10_000 {
		d.Add(sim.Time(i), float64(i/5000))
	}
	if times, v := d.Points(); !slices.Equal(v, []float64{0, 1}) || times[1] != sim.Time(5000).Seconds() || d.Thinned() != nil {
		t.Errorf("%v at %v, thinned %v; want two points", v, times, d.Thinned())
	}
}

// Values of one instant come back in the order in which they were given.
func TestDecimatorInstant(t *testing.T) {
	for _, want := range [][]float64{{1, 2}, {2, 1}, {1, 2, 1.5}, {2, 1, 1.5}} {
		var d Decimator
		for _, x := range want {
			d.Add(7, x)
			d.Add(7, x) // the same again is no news
		}
		if _, v := d.Points(); len(v) != len(want) || v[len(v)-1] != want[len(want)-1] || d.Thinned() != nil {
			t.Errorf("%v came back as %v, thinned %v", want, v, d.Thinned())
		}
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
	if how := b.Thinned(end); how == nil || *how != (Thinning{100, 7, 0.16}) {
		t.Errorf("a hundred bins of 10 ms became 7 of 160 ms, and it says %+v", how)
	}
	if how := (&Bins{Width: time.Millisecond}).Thinned(end); how != nil {
		t.Errorf("no bins were joined, and it says %+v", how)
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
	if how := x.Thinned(); how == nil || *how != (Thinning{Samples: 100, Kept: 7}) {
		t.Errorf("seven of a hundred, and it says %+v", how)
	}
	if how := (&Thin[int]{}).Thinned(); how != nil {
		t.Errorf("nothing is missing of nothing, and it says %+v", how)
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

// bytes returns the memory of the samples.
func (q *Quantiles) bytes() (n int) {
	if q.octaves == nil {
		return 4 * block * len(q.few.blocks)
	}
	for _, o := range q.octaves {
		if o == nil {
			continue
		}
		n += int(unsafe.Sizeof(*o))
		for _, p := range o {
			if p != nil {
				n += int(unsafe.Sizeof(*p))
			}
		}
	}
	return n
}

// A bucket counts more samples than its counter holds, added or merged.
func TestQuantilesOfManySamples(t *testing.T) {
	var q, other, all Quantiles
	const n = 3<<16 + 1 // of a value, in each
	for range n {
		for _, x := range []*Quantiles{&q, &other} {
			x.Add(time.Millisecond)
			x.Add(time.Second)
		}
	}
	for range most {
		q.Add(2 * time.Millisecond)
	}
	all.Merge(&q)
	all.Merge(&other)
	for i, x := range []struct {
		q    *Quantiles
		n, m uint64
	}{{&q, n, most}, {&other, n, 0}, {&all, 2 * n, most}} {
		up, below := x.q.Steps(64)
		want := []uint64{x.n, x.n + x.m, 2*x.n + x.m}
		if x.m == 0 {
			want = []uint64{x.n, 2 * x.n}
		}
		if !slices.Equal(below, want) || len(up) != len(want) || x.q.Count() != 2*x.n+x.m {
			t.Errorf("%d: %d samples at most as great as %v, want %d", i, below, up, want)
		}
		part := float64(x.n) / float64(2*x.n+x.m)
		if got := x.q.Quantile(part * 0.999); got.Round(time.Microsecond) != time.Millisecond {
			t.Errorf("%d: just below the first part %v, want 1 ms", i, got)
		}
	}
}

// Samples in a list and counted ones yield the same, each by itself and merged.
func TestQuantilesOfFewSamples(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	var few, counted [3]Quantiles
	for i, n := range []int{1, most, most / 2} { // together they are more than fit into a list
		counted[i].spread()
		for range n {
			d := time.Duration(math.Exp(r.Float64() * 25))
			few[i].Add(d)
			counted[i].Add(d)
		}
		if few[i].octaves != nil || counted[i].few.len > 0 {
			t.Fatal("the samples are not kept as they should be")
		}
	}
	same := func(what string, a, b *Quantiles) {
		for p := 0.0; p <= 1; p += 0.001 {
			if x, y := a.Quantile(p), b.Quantile(p); x != y {
				t.Fatalf("%s: quantile %g is %v in a list, %v counted", what, p, x, y)
			}
		}
		if x, y := a.Distribution(), b.Distribution(); x != y {
			t.Errorf("%s: %+v in a list, %+v counted", what, x, y)
		}
	}
	for i := range few {
		same("alone", &few[i], &counted[i])
	}
	var list, all, mixed Quantiles
	for i := range few {
		list.Merge(&few[i])
		all.Merge(&counted[i])
		mixed.Merge([]*Quantiles{&few[i], &counted[i]}[i%2])
		same("merged", &list, &all)
		same("merged of both", &mixed, &all)
	}
}

// Samples of 0 count like others, take no memory, and are the least.
func TestQuantilesOfZeros(t *testing.T) {
	var q, other Quantiles
	for range 3 * most {
		q.Add(0)
	}
	if q.bytes() != 0 {
		t.Errorf("%d samples of 0 take %d bytes", 3*most, q.bytes())
	}
	for i := range most {
		q.Add(time.Duration(i + 1))
	}
	other.Merge(&q)
	for _, q := range []*Quantiles{&q, &other} {
		d := q.Distribution()
		if want := (most + 1) / 8. * 1e-9; d.Count != 4*most || d.Min != 0 || d.P50 != 0 || math.Abs(d.Mean-want) > 1e-9*want {
			t.Errorf("%+v, want %d samples from 0 with mean %g, three quarters of them 0", d, 4*most, want)
		}
		for p, want := range map[float64]time.Duration{0.75: 0, 0.875: most / 2, 1: most} {
			if got := q.Quantile(p); got != want {
				t.Errorf("quantile %g is %v, want %v", p, got, want)
			}
		}
	}
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

// What comes evenly in a time is in the bins of that time by their part of it, to a byte, and nothing is lost.
func TestBinsSpread(t *testing.T) {
	for _, tt := range []struct {
		from, to sim.Time
		n        int64
		want     []float64
	}{
		{10, 10, 7, []float64{0, 7}},
		{2, 5, 7, []float64{7}},
		{5, 15, 100, []float64{50, 50}},
		{5, 20, 90, []float64{30, 60}},
		{9, 32, 230, []float64{10, 100, 100, 20}},
		{9, 11, 3, []float64{1, 2}},
	} {
		b := Bins{Width: 10}
		b.Spread(tt.from, tt.to, tt.n)
		_, v := b.Rate(sim.Time(10 * len(tt.want)))
		for i := range v {
			v[i] *= 1e-8 // of a bin
		}
		for i := range v {
			if math.Abs(v[i]-tt.want[i]) > 1e-9 {
				t.Errorf("%d from %d to %d: %v, want %v", tt.n, tt.from, tt.to, v, tt.want)
				break
			}
		}
	}
}

// The distribution of few values is exact: four of 0, three of 1 ns, two of 5 us and one of 7 us.
func TestSteps(t *testing.T) {
	var q Quantiles
	for _, ns := range []time.Duration{0, 5000, 1, 0, 1, 7000, 0, 1, 5000, 0} {
		q.Add(ns)
	}
	up, below := q.Steps(64)
	if !slices.Equal(up, []time.Duration{0, 1, 5000, 7000}) || !slices.Equal(below, []uint64{4, 7, 9, 10}) {
		t.Errorf("%v: %v", up, below)
	}
	if up, below := new(Quantiles).Steps(64); up != nil || below != nil {
		t.Errorf("without samples %v: %v", up, below)
	}
}

// Of many values there are as many steps as were asked for, or up to half as many. The counts are those of the samples,
// listed (some thousands) or counted, and each step is at most as far above the one before as values that are one.
func TestStepsOfMany(t *testing.T) {
	for _, n := range []int{3000, 100_000} {
		var q Quantiles
		r := rand.New(rand.NewPCG(1, 2))
		all := make([]time.Duration, n)
		for i := range all {
			all[i] = time.Duration(1e6 * math.Exp(r.NormFloat64()))
			q.Add(all[i])
		}
		slices.Sort(all)
		up, below := q.Steps(200)
		if len(up) <= 100 || len(up) > 200 || up[len(up)-1] != all[n-1] || below[len(up)-1] != uint64(n) {
			t.Fatalf("%d steps, the last %v with %d", len(up), up[len(up)-1], below[len(up)-1])
		}
		for i := range up {
			at := all[below[i]-1]
			if d := math.Abs(float64(up[i]-at)) / float64(at); d > 1.0/(1<<fine) { // half a bucket
				t.Errorf("step %d: %d samples up to %v; the last of them is %v", i, below[i], up[i], at)
			}
		}
	}
}
