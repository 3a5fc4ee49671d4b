package record

import (
	"math/bits"
	"time"
)

// Quantiles is a histogram of durations whose buckets grow with the value: exact below
// 8192 ns, and within 1/16384 (0.006 %) of the true sample above. Count, mean, least and
// greatest value are exact. So an interval over replications, which is wider by orders of
// magnitude, never comes from the buckets. The zero Quantiles is ready to use; it
// allocates when values come where none was before: memory depends on how far samples
// are spread, and not on their number, and is at most 70 kB for each power of two.
type Quantiles struct {
	count    uint64
	sum      float64 // ns
	min, max int64   // ns

	// octaves[0] has the values below 2^fine ns; octaves[k] those of 2^(k+fine-1) ns up
	// to twice that, in 2^fine equal parts.
	octaves [64 - fine]*octave
}

// fine is the number of leading bits of a value that its bucket tells.
const fine = 13

// An octave has 2^fine buckets, 64 a page.
type (
	octave [1 << (fine - 6)]*page
	page   [64]uint64
)

// Add counts a sample. Negative ones count as 0.
func (q *Quantiles) Add(d time.Duration) {
	ns := max(0, int64(d))
	if q.count == 0 || ns < q.min {
		q.min = ns
	}
	q.max = max(q.max, ns)
	q.count++
	q.sum += float64(ns)
	k, part := 0, ns
	if ns >= 1<<fine {
		k = bits.Len64(uint64(ns)) - fine
		part = ns>>(k-1) - 1<<fine
	}
	q.page(k, int(part>>6))[part&63]++
}

// page returns page i of octave k, which is there then.
func (q *Quantiles) page(k, i int) *page {
	if q.octaves[k] == nil {
		q.octaves[k] = new(octave)
	}
	p := q.octaves[k][i]
	if p == nil {
		p = new(page)
		q.octaves[k][i] = p
	}
	return p
}

// A place is a page, by its octave and its index there.
type place struct{ octave, page int }

// each calls yield with the pages that have samples, from the least values on, until it
// returns false.
func (q *Quantiles) each(yield func(at place, p *page) bool) {
	for k, o := range q.octaves {
		if o == nil {
			continue
		}
		for i, p := range o {
			if p != nil && !yield(place{k, i}, p) {
				return
			}
		}
	}
}

// Merge adds the samples of r.
func (q *Quantiles) Merge(r *Quantiles) {
	if r.count == 0 {
		return
	}
	if q.count == 0 || r.min < q.min {
		q.min = r.min
	}
	q.max = max(q.max, r.max)
	q.count += r.count
	q.sum += r.sum
	for at, p := range r.each {
		mine := q.page(at.octave, at.page)
		for slot, n := range p {
			mine[slot] += n
		}
	}
}

// Count returns the number of samples.
func (q *Quantiles) Count() uint64 { return q.count }

// Quantile returns the least value that is not below a part p, from 0 to 1, of
// the samples; 0 without samples.
func (q *Quantiles) Quantile(p float64) time.Duration {
	if q.count == 0 {
		return 0
	}
	rank := uint64(p * float64(q.count))
	if float64(rank) < p*float64(q.count) || rank == 0 {
		rank++ // the ceiling: nearest-rank definition
	}
	if rank >= q.count {
		return time.Duration(q.max)
	}
	for at, p := range q.each {
		for slot, n := range p {
			if n >= rank {
				return time.Duration(min(max(middle(at.octave, at.page<<6+slot), q.min), q.max))
			}
			rank -= n
		}
	}
	panic("record: the histogram has lost samples")
}

// middle returns the middle of part i of octave k, in ns.
func middle(k, i int) int64 {
	if k == 0 {
		return int64(i)
	}
	return (int64(1<<fine+i) << (k - 1)) + (int64(1)<<(k-1))/2
}

// Distribution returns a summary in seconds.
func (q *Quantiles) Distribution() Distribution {
	if q.count == 0 {
		return Distribution{}
	}
	return Distribution{
		Count: q.count,
		Mean:  q.sum / float64(q.count) / 1e9,
		Min:   time.Duration(q.min).Seconds(),
		P50:   q.Quantile(0.50).Seconds(),
		P95:   q.Quantile(0.95).Seconds(),
		P99:   q.Quantile(0.99).Seconds(),
		Max:   time.Duration(q.max).Seconds(),
	}
}
