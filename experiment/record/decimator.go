package record

import (
	"math"
	"slices"

	"mpsim/sim"
)

// DefaultPoints bounds a series unless another limit is set. A column of a
// paper is about 1000 dots wide at 300 dpi.
const DefaultPoints = 2048

// A Decimator records a quantity that holds its value until the next one. It
// keeps every change until Limit is reached. From then on, time is divided into
// intervals of 2^k ns of which the lowest, the highest and the last point are
// kept, as they are of an instant before, and k grows whenever the intervals become too many. The zero Decimator
// is ready to use; it stops allocating once it is full.
type Decimator struct {
	Limit int // greatest number of points; 0 means DefaultPoints

	shift   uint // an interval is 2^shift ns
	buckets []bucket
	seen    int // changes
}

type point struct {
	t sim.Time
	v float64
}

// A bucket has what is kept of an interval.
type bucket struct{ low, high, last point }

// Add records that the quantity is v from t on; t may not be before that of the
// last call. Infinities and NaN, which stand for "no value yet", are left out, and so is what changes nothing.
func (d *Decimator) Add(t sim.Time, v float64) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return
	}
	if n := len(d.buckets); n > 0 && d.buckets[n-1].last.v == v {
		return
	}
	d.seen++
	d.add(point{t, v})
}

// add puts a point into its interval, and makes room for a new one.
func (d *Decimator) add(p point) {
	if n := len(d.buckets); n > 0 {
		b := &d.buckets[n-1]
		if b.last.t>>d.shift == p.t>>d.shift {
			b.add(p)
			return
		}
		if n == d.capacity() {
			d.halve()
			d.add(p)
			return
		}
	}
	if n := len(d.buckets); n == someBuckets {
		d.buckets = slices.Grow(d.buckets, d.capacity()-n)
	}
	d.buckets = append(d.buckets, bucket{p, p, p})
}

// someBuckets is how many a series has before it gets room for all: to grow step by step would copy each of them
// twice, and leave as much to the collector.
const someBuckets = 64

func (d *Decimator) capacity() int {
	if d.Limit == 0 {
		return DefaultPoints / 3
	}
	return max(2, d.Limit/3)
}

func (b *bucket) add(p point) {
	if p.v < b.low.v {
		b.low = p
	}
	if p.v > b.high.v {
		b.high = p
	}
	b.last = p
}

// merge adds what is kept of the next interval.
func (b *bucket) merge(next bucket) {
	b.add(next.low)
	b.add(next.high)
	b.last = next.last
}

// halve widens the intervals until at most half as many are left.
func (d *Decimator) halve() {
	for target := len(d.buckets) / 2; len(d.buckets) > target; {
		d.shift++
		kept := d.buckets[:1]
		for _, b := range d.buckets[1:] {
			if k := &kept[len(kept)-1]; k.last.t>>d.shift == b.last.t>>d.shift {
				k.merge(b)
			} else {
				kept = append(kept, b)
			}
		}
		d.buckets = kept
	}
}

// Points returns the recorded points: times in seconds, not decreasing, and
// values.
func (d *Decimator) Points() (t, v []float64) {
	n := d.kept()
	t, v = slices.Grow(t, n), slices.Grow(v, n)
	d.each(func(p point) { t, v = append(t, p.t.Seconds()), append(v, p.v) })
	return t, v
}

// each calls emit with the points that are kept.
func (d *Decimator) each(emit func(point)) {
	for _, b := range d.buckets {
		first, second := b.low, b.high
		if second.t < first.t || second.t == first.t && b.last == first {
			first, second = second, first
		}
		emit(first)
		if second != first {
			emit(second)
		}
		if b.last != second {
			emit(b.last)
		}
	}
}

// kept counts the points that are kept.
func (d *Decimator) kept() (n int) {
	d.each(func(point) { n++ })
	return n
}

// Thinned says how Points was chosen; nil if it has all points that lasted.
func (d *Decimator) Thinned() *Thinning {
	kept := d.kept()
	if kept >= d.seen || d.shift == 0 {
		return nil
	}
	return &Thinning{d.seen, kept, sim.Time(int64(1) << d.shift).Seconds()}
}

// Len returns an upper bound of the number of points, which is at most Limit.
func (d *Decimator) Len() int { return 3 * len(d.buckets) }
