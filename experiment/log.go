package experiment

import (
	"time"

	"mpsim/experiment/record"
	"mpsim/mptcp/tcp"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/probe"
)

// log takes down what comes with every packet. What is kept of thousands of subflows and links is in no cache
// when a packet of theirs comes; many events at a time, the processor fetches one while it works at another.
// So events wait here until there are enough of them, or until somebody reads.
type log struct {
	from sim.Time // the end of the warm-up: samples before it do not count

	samples   []sample
	quantiles []*record.Quantiles // by the tag of their point
	zeros     []uint64            // by tag: samples of 0, which are most where nobody waits

	deliveries []tcp.Delivery
	hear       []func(tcp.Delivery) // by tag

	rtt       *probe.Observer[tcp.RTTSample]
	delivered *probe.Observer[tcp.Delivery]
}

// sample is a duration, and the tag of whom it is of.
type sample struct {
	tag   uint32
	value time.Duration
}

// enough is how many events of a kind wait.
const enough = 256

func newLog(from sim.Time) *log {
	l := &log{from: from, samples: make([]sample, 0, enough), deliveries: make([]tcp.Delivery, 0, enough)}
	l.rtt = probe.NewObserver(func(x tcp.RTTSample) { l.sample(x.Now, x.Tag, x.RTT) })
	l.delivered = probe.NewObserver(l.deliver)
	return l
}

// roundTrips has q count the samples of a subflow.
func (l *log) roundTrips(p *tcp.Points, q *record.Quantiles) {
	p.Tag = l.tag(q)
	p.RTT.Attach(l.rtt)
}

// queueing has q count what packets wait in the queue of a link.
func (l *log) queueing(p *netem.LinkPoints, q *record.Quantiles) {
	tag := l.tag(q)
	p.Dequeued.Observe(func(x netem.DequeueEvent) {
		if x.Waited > 0 {
			l.sample(x.Now, tag, x.Waited)
		} else if x.Now >= l.from {
			l.zeros[tag]++
		}
	})
}

// tag makes room for q.
func (l *log) tag(q *record.Quantiles) uint32 {
	l.quantiles = append(l.quantiles, q)
	l.zeros = append(l.zeros, 0)
	return uint32(len(l.quantiles) - 1)
}

// reading has hear be told of what an end of a connection delivers, in its order.
func (l *log) reading(p *probe.Point[tcp.Delivery], tag *uint32, hear func(tcp.Delivery)) {
	l.hear = append(l.hear, hear)
	*tag = uint32(len(l.hear) - 1)
	p.Attach(l.delivered)
}

func (l *log) sample(now sim.Time, tag uint32, value time.Duration) {
	if now < l.from {
		return
	}
	if len(l.samples) == enough {
		l.flush()
	}
	l.samples = append(l.samples, sample{tag, value})
}

func (l *log) deliver(d tcp.Delivery) {
	if len(l.deliveries) == enough {
		l.flush()
	}
	l.deliveries = append(l.deliveries, d)
}

// settle brings all that was taken down to where it belongs.
func (l *log) settle() {
	l.flush()
	for tag, n := range l.zeros {
		l.quantiles[tag].AddZeros(n)
	}
	clear(l.zeros)
}

// flush brings all events to where they belong.
func (l *log) flush() {
	for i := range l.samples {
		l.quantiles[l.samples[i].tag].Add(l.samples[i].value)
	}
	for i := range l.deliveries {
		l.hear[l.deliveries[i].Tag](l.deliveries[i])
	}
	l.samples, l.deliveries = l.samples[:0], l.deliveries[:0]
}
