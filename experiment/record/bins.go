package record

import (
	"time"

	"mpsim/sim"
)

// Bins sums amounts over intervals of equal width: bytes delivered, say. When
// there would be more than Limit intervals, pairs of them are joined.
type Bins struct {
	Width time.Duration // of an interval; doubles whenever pairs are joined
	Limit int           // greatest number of intervals; 0 means DefaultPoints

	sums   []int64
	joined uint // how often the width has doubled
}

// Add counts n at time t. Times may come in any order.
func (b *Bins) Add(t sim.Time, n int64) {
	if b.Width <= 0 {
		panic("record: Bins without a width")
	}
	limit := b.Limit
	if limit == 0 {
		limit = DefaultPoints
	}
	for int(int64(t)/int64(b.Width)) >= limit {
		b.join()
	}
	i := int(int64(t) / int64(b.Width))
	for len(b.sums) <= i {
		b.sums = append(b.sums, 0)
	}
	b.sums[i] += n
}

// Spread counts n as having come evenly in the time from one instant to another.
func (b *Bins) Spread(from, to sim.Time, n int64) {
	for width := sim.Time(b.Width); from/width < to/width; width = sim.Time(b.Width) {
		end := (from/width + 1) * width
		part := n * int64(end-from) / int64(to-from)
		b.Add(from, part)
		from, n = end, n-part
	}
	b.Add(to, n)
}

func (b *Bins) join() {
	b.Width *= 2
	b.joined++
	for i := range b.sums {
		if i%2 == 0 {
			b.sums[i/2] = b.sums[i]
		} else {
			b.sums[i/2] += b.sums[i]
		}
	}
	b.sums = b.sums[:(len(b.sums)+1)/2]
}

// Thinned says how many intervals until end there were before they were joined; nil if they never were.
func (b *Bins) Thinned(end sim.Time) *Thinning {
	if b.joined == 0 {
		return nil
	}
	count := func(width time.Duration) int { return int((int64(end) + int64(width) - 1) / int64(width)) }
	return &Thinning{count(b.Width >> b.joined), count(b.Width), b.Width.Seconds()}
}

// Rate returns the amount per second of every interval from the start to end,
// the last of which may be cut short, and the start of each in seconds.
func (b *Bins) Rate(end sim.Time) (t, v []float64) {
	width := sim.Time(b.Width)
	for start := sim.Time(0); start < end; start += width {
		var sum int64
		if i := int(start / width); i < len(b.sums) {
			sum = b.sums[i]
		}
		t = append(t, start.Seconds())
		v = append(v, float64(sum)/(min(start+width, end)-start).Seconds())
	}
	return t, v
}
