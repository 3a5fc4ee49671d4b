package record

import (
	"math/bits"
	"slices"
	"sync"
	"time"
)

// Quantiles is a histogram of durations whose buckets grow with the value: exact below
// 8192 ns, and within 1/16384 (0.006 %) of the true sample above. Count, mean, least and
// greatest value are exact. So an interval over replications, which is wider by orders of
// magnitude, never comes from the buckets. The zero Quantiles is ready to use. The buckets of
// the first samples are kept in a list, which takes 4 bytes for each. Of more than some
// thousands they are counted: memory depends on how far samples are spread then, and not on
// their number, and is at most 17 kB for each power of two. Samples of 0, of which there are as
// many as packets where nobody waits, take no memory.
type Quantiles struct {
	count    uint64
	zeros    uint64  // of them, those of 0
	sum      float64 // ns
	min, max int64   // ns

	few list // of all others, as long as these are few
	// octaves, if not nil, counts them. octaves[0] has the values below 2^fine ns; octaves[k]
	// those of 2^(k+fine-1) ns up to twice that, in 2^fine equal parts.
	octaves *[64 - fine]*octave
	over    map[slot]uint64 // what the counters of octaves have not: multiples of 2^16
}

// fine is the number of leading bits of a value that its bucket tells.
const fine = 13

// most is how many samples are few: a list of as many is as long as the pages of samples that are spread over
// an octave.
const most = 4096

// An octave has 2^fine buckets, 64 a page.
type (
	octave [1 << (fine - 6)]*page
	page   [64]uint16
)

// A slot is a bucket: an octave and, in the last fine bits, the place in it. The order of slots
// is that of values.
type slot uint32

// slotOf returns the bucket of a value.
func slotOf(ns int64) slot {
	k := max(0, bits.Len64(uint64(ns))-fine)
	if k == 0 {
		return slot(ns)
	}
	return slot(k<<fine) | slot(ns>>(k-1)-1<<fine)
}

// A list has slots in blocks: it grows without a copy of what it has, which a slice would leave to the
// collector. The zero list is empty.
type list struct {
	blocks []*[block]slot
	len    int
	sorted int // so many of them are, from the first on
}

// block is the slots of a block.
const block = 256

// add appends b.
func (l *list) add(b slot) {
	if l.len%block == 0 {
		l.blocks = append(l.blocks, new([block]slot))
	}
	l.blocks[l.len/block][l.len%block] = b
	l.len++
}

// at returns slot i.
func (l *list) at(i int) slot { return l.blocks[i/block][i%block] }

// each calls yield with all slots in order, until it returns false.
func (l *list) each(yield func(slot) bool) {
	for i := range l.len {
		if !yield(l.at(i)) {
			return
		}
	}
}

// sort puts the slots in order.
func (l *list) sort() {
	if l.sorted == l.len {
		return
	}
	all := desks.Get().(*[]slot)
	*all = slices.AppendSeq((*all)[:0], l.each)
	slices.Sort(*all)
	for i, b := range *all {
		l.blocks[i/block][i%block] = b
	}
	l.sorted = l.len
	desks.Put(all)
}

// desks are where lists are sorted.
var desks = sync.Pool{New: func() any { return new([]slot) }}

// AddZeros counts n samples of 0.
func (q *Quantiles) AddZeros(n uint64) {
	if n == 0 {
		return
	}
	q.min = 0
	q.count += n
	q.zeros += n
}

// Add counts a sample. Negative ones count as 0.
func (q *Quantiles) Add(d time.Duration) {
	if d <= 0 {
		q.AddZeros(1)
		return
	}
	ns := int64(d)
	if q.count == 0 || ns < q.min {
		q.min = ns
	}
	q.max = max(q.max, ns)
	q.count++
	q.sum += float64(ns)
	q.put(slotOf(ns))
}

// put notes a sample in a bucket.
func (q *Quantiles) put(b slot) {
	if q.octaves == nil && q.few.len < most {
		q.few.add(b)
		return
	}
	q.spread()
	if c := q.counter(b); *c < 1<<16-1 {
		*c++
	} else {
		q.putMany(b, 1)
	}
}

// putMany notes n samples in a bucket, where they are counted.
func (q *Quantiles) putMany(b slot, n uint64) {
	c := q.counter(b)
	n += uint64(*c)
	if *c = uint16(n); n >= 1<<16 {
		if q.over == nil {
			q.over = make(map[slot]uint64)
		}
		q.over[b] += n &^ (1<<16 - 1)
	}
}

// spread has samples counted from now on.
func (q *Quantiles) spread() {
	if q.octaves != nil {
		return
	}
	few := q.few
	q.few, q.octaves = list{}, new([64 - fine]*octave)
	for b := range few.each {
		q.put(b)
	}
}

// counter returns the counter of a bucket, which is there then.
func (q *Quantiles) counter(b slot) *uint16 {
	k, place := b>>fine, b&(1<<fine-1)
	if q.octaves[k] == nil {
		q.octaves[k] = new(octave)
	}
	p := q.octaves[k][place>>6]
	if p == nil {
		p = new(page)
		q.octaves[k][place>>6] = p
	}
	return &p[place&63]
}

// each calls yield with the buckets that have samples, and how many, from the least values on, until it returns
// false.
func (q *Quantiles) each(yield func(b slot, samples uint64) bool) {
	if q.octaves == nil {
		return
	}
	for k, o := range q.octaves {
		if o == nil {
			continue
		}
		for i, p := range o {
			if p == nil {
				continue
			}
			for c, few := range p {
				b, n := slot(k<<fine|i<<6|c), uint64(few)
				if q.over != nil {
					n += q.over[b]
				}
				if n > 0 && !yield(b, n) {
					return
				}
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
	q.zeros += r.zeros
	q.sum += r.sum
	for b := range r.few.each {
		q.put(b)
	}
	if r.octaves != nil {
		q.spread()
	}
	for b, n := range r.each {
		q.putMany(b, n)
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
	if rank <= q.zeros {
		return 0
	}
	rank -= q.zeros
	if q.octaves == nil {
		q.few.sort()
		b := q.few.at(int(rank - 1))
		return q.within(middle(int(b>>fine), int(b&(1<<fine-1))))
	}
	for b, n := range q.each {
		if n >= rank {
			return q.within(middle(int(b>>fine), int(b&(1<<fine-1))))
		}
		rank -= n
	}
	panic("record: the histogram has lost samples")
}

// within returns a value, or the sample that bounds it.
func (q *Quantiles) within(ns int64) time.Duration { return time.Duration(min(max(ns, q.min), q.max)) }

// middle returns the middle of part i of octave k, in ns.
func middle(k, i int) int64 {
	if k == 0 {
		return int64(i)
	}
	return (int64(1<<fine+i) << (k - 1)) + (int64(1)<<(k-1))/2
}

// Steps returns the distribution as at most so many steps, from the least value on: up lists values, and below how many
// samples are at most as great. With more buckets than steps, neighbours are one, at the greatest of them: the counts
// stay exact. Most is at least 64.
func (q *Quantiles) Steps(most int) (up []time.Duration, below []uint64) {
	for shift := 0; ; shift++ {
		if up, below = q.steps(shift, up[:0], below[:0]); len(up) <= most {
			return slices.Clone(up), slices.Clone(below)
		}
	}
}

// steps appends the steps with buckets of which all but the last shift bits are the same as one.
func (q *Quantiles) steps(shift int, up []time.Duration, below []uint64) ([]time.Duration, []uint64) {
	n, last := uint64(0), slot(0)
	add := func(b slot, samples uint64) {
		v := q.within(middle(int(b>>fine), int(b&(1<<fine-1))))
		n += samples
		if k := len(up) - 1; k >= 0 && last>>shift == b>>shift {
			up[k], below[k] = v, n
		} else {
			up, below = append(up, v), append(below, n)
		}
		last = b
	}
	if q.zeros > 0 {
		add(0, q.zeros)
	}
	q.few.sort()
	for b := range q.few.each {
		add(b, 1)
	}
	for b, samples := range q.each {
		add(b, samples)
	}
	if k := len(up) - 1; k >= 0 {
		up[k] = time.Duration(q.max)
	}
	return up, below
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
