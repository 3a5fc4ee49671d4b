package experiment

import (
	"time"

	"mpsim/experiment/record"
	"mpsim/mptcp/tcp"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/probe"
)

// log takes down what comes with every packet. What is kept of thousands of subflows and links is in no
// cache when a packet of theirs comes. So events wait here until there are some of each, or until somebody
// reads; they are brought then to one after the other.
type log struct {
	from sim.Time // the end of the warm-up: samples before it do not count

	samples   batch[time.Duration]
	quantiles []*record.Quantiles // by the tag of their point
	zeros     []uint64            // by tag: samples of 0, which are most where nobody waits

	deliveries batch[delivery]
	hear       []func(delivery) // by the tag of the connection's end

	rtt       *probe.Observer[tcp.RTTSample]
	delivered *probe.Observer[tcp.Delivery]
	dequeued  *probe.Observer[netem.DequeueEvent]
}

// delivery is a tcp.Delivery, in half of the room.
type delivery struct {
	now            sim.Time
	wait           time.Duration
	bytes, subflow int32
}

func newLog(from sim.Time) *log {
	l := &log{from: from}
	l.rtt = probe.NewObserver(func(x tcp.RTTSample) { l.sample(x.Now, x.Tag, x.RTT) })
	l.delivered = probe.NewObserver(l.deliver)
	l.dequeued = probe.NewObserver(l.leaves)
	return l
}

// roundTrips has q count the samples of a subflow.
func (l *log) roundTrips(p *tcp.Points, q *record.Quantiles) {
	p.Tag = l.tag(q)
	p.RTT.Attach(l.rtt)
}

// queueing has q count what packets wait in the queue of a link.
func (l *log) queueing(p *netem.LinkPoints, q *record.Quantiles) {
	p.Tag = l.tag(q)
	p.Dequeued.Attach(l.dequeued)
}

// tag makes room for q.
func (l *log) tag(q *record.Quantiles) uint32 {
	l.quantiles = append(l.quantiles, q)
	l.zeros = append(l.zeros, 0)
	return l.samples.tag(len(l.quantiles) - 1)
}

// reading has hear be told of what an end of a connection delivers. Those of a group, by its number, hear
// in the order of the run.
func (l *log) reading(p *probe.Point[tcp.Delivery], tag *uint32, group int, hear func(delivery)) {
	l.hear = append(l.hear, hear)
	*tag = l.deliveries.tag(group)
	p.Attach(l.delivered)
}

// leaves takes down that a packet has left the queue of a link.
func (l *log) leaves(x netem.DequeueEvent) {
	tag := x.Link.Points.Tag
	if x.Waited > 0 {
		l.sample(x.Now, tag, x.Waited)
	} else if x.Now >= l.from {
		l.zeros[tag]++
	}
}

func (l *log) sample(now sim.Time, tag uint32, value time.Duration) {
	if now < l.from {
		return
	}
	if l.samples.add(tag, value) {
		l.flushSamples()
	}
}

func (l *log) deliver(d tcp.Delivery) {
	if l.deliveries.add(d.Tag, delivery{d.Now, d.Wait, int32(d.Bytes), int32(d.Subflow)}) {
		l.flushDeliveries()
	}
}

// settle brings all that was taken down to where it belongs.
func (l *log) settle() {
	l.flushSamples()
	l.flushDeliveries()
	for tag, n := range l.zeros {
		l.quantiles[tag].AddZeros(n)
	}
	clear(l.zeros)
}

func (l *log) flushSamples() {
	for _, x := range l.samples.take() {
		l.quantiles[x.tag].Add(x.value)
	}
}

func (l *log) flushDeliveries() {
	for _, x := range l.deliveries.take() {
		l.hear[x.tag](x.value)
	}
}
