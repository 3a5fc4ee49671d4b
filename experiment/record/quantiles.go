package record

import (
	"math/bits"
	"time"
)

// Quantiles is a histogram of durations whose buckets grow with the value:
// exact below 64 ns, and within 1/128 (0.8 %) of the true sample above. Count,
// mean, least and greatest value are exact. The zero Quantiles is ready to use;
// it allocates only when a power of two is met for the first time.
type Quantiles struct {
	count    uint64
	sum      float64 // ns
	min, max int64   // ns

	// octaves[0] has the values below 64 ns; octaves[k] those of 2^(k+5) ns up
	// to twice that, in 64 equal parts.
	octaves [58]*[64]uint64
}

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
	if ns >= 64 {
		k = bits.Len64(uint64(ns)) - 6
		part = ns>>(k-1) - 64
	}
	if q.octaves[k] == nil {
		q.octaves[k] = new([64]uint64)
	}
	q.octaves[k][part]++
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
	for k, o := range r.octaves {
		if o == nil {
			continue
		}
		if q.octaves[k] == nil {
			q.octaves[k] = new([64]uint64)
		}
		for i, n := range o {
			q.octaves[k][i] += n
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
	for k, o := range q.octaves {
		if o == nil {
			continue
		}
		for i, n := range o {
			if n >= rank {
				return time.Duration(min(max(middle(k, i), q.min), q.max))
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
	return (int64(64+i) << (k - 1)) + (int64(1)<<(k-1))/2
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
