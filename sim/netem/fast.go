package netem

import (
	"math"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// A limit is up to where a queue takes what comes, in terms of what is waiting or in transmission.
type limit struct {
	bytes          units.Bytes
	packets        uint32
	countInService bool // of bytes; packets has it in it
}

// sure returns up to where the queue takes what comes as it is: with a DropTail, there is nothing beyond.
func (l *Link) sure() limit {
	q := l.fifo()
	s := limit{math.MaxInt64, math.MaxUint32, q.CountInService}
	if q.LimitBytes > 0 {
		s.bytes = q.LimitBytes
	}
	if q.LimitPackets > 0 {
		s.packets = uint32(min(q.LimitPackets, math.MaxUint32-1))
		if !q.CountInService {
			s.packets++
		}
	}
	if l.admitter == nil {
		return s
	}
	s.countInService = true
	sure := l.admitter.Sure()
	if sure.Bytes > 0 {
		s.bytes = min(s.bytes, sure.Bytes)
	}
	if sure.Packets > 0 {
		s.packets = min(s.packets, uint32(min(sure.Packets, math.MaxUint32)))
	}
	return s
}

// fifo returns the queue of a link that can take the fast path.
func (l *Link) fifo() *DropTail { return l.queue.(interface{ fifo() *DropTail }).fifo() }

// choose takes the fast path if the link is empty and of the right kind.
func (l *Link) choose() {
	rate, constantRate := l.rate.(ConstantRate)
	if constantRate {
		l.serializer = serializer{rate: uint64(max(rate, 0)), credit: l.credit}
	}
	if l.fast || !l.up || !l.pipe.empty() || l.serving != nil {
		return
	}
	delay, constantDelay := l.delay.(ConstantDelay)
	dropTail, _ := l.queue.(*DropTail)
	admitter, _ := l.queue.(Admitter)
	if !constantRate || rate <= 0 || !constantDelay || dropTail == nil && admitter == nil || l.queue.Len() > 0 {
		return
	}
	l.fast = true
	l.propagation = time.Duration(delay)
	l.admitter = admitter
	l.limit = l.sure()
	l.dep, l.bytes = l.pipe.tail, 0
	l.free = l.now()
	l.started = l.free
}

// sendFast plans the whole way of p through the link.
func (l *Link) sendFast(now sim.Time, p *Packet, hop, size uint32) {
	if !l.takes(now, size) && !l.ask(now, p, size) {
		return
	}
	if l.Points.Enqueued.Enabled() || l.Points.Delivered.Enabled() {
		p.Enqueued = now // else p stays untouched
		l.accepted(now, p)
	}
	start := l.free
	if start <= now {
		start, l.credit = now, 0
	}
	l.free = start.Add(l.transmit(uint64(size) * bytesWork))
	arrival := l.free.Add(l.propagation)
	if l.pipe.empty() {
		l.arrive.Arm(arrival)
	}
	l.bytes += units.Bytes(size)
	e := l.pipe.add()
	e.arrival, e.entered, e.packet, e.hop, e.size = arrival, now, p, hop, size
	if l.Points.Length.Enabled() {
		l.changed(now)
	}
}

// takes reports whether the queue is sure to take size bytes. If they would fit had nothing departed lately,
// it is not asked what has: that would be a look at old entries, which are in no cache.
func (l *Link) takes(now sim.Time, size uint32) bool {
	switch {
	case l.Points.Length.Enabled():
		l.depart(now)
	case l.free <= now:
		l.dep, l.bytes = l.pipe.tail, 0
	case l.admits(size):
		return true
	default:
		l.depart(now)
	}
	return l.admits(size)
}

// depart moves dep past the packets whose transmission has ended.
func (l *Link) depart(now sim.Time) {
	for l.dep != l.pipe.tail {
		e := l.pipe.at(l.dep)
		left := e.arrival - sim.Time(l.propagation)
		if left > now {
			return
		}
		l.bytes -= units.Bytes(e.size)
		l.dep++
		l.changed(left)
	}
}

// changed reports how many packets wait or are in transmission from t on. On the fast path t may have passed.
func (l *Link) changed(t sim.Time) {
	if !l.Points.Length.Enabled() {
		return
	}
	n := l.pipe.tail - l.dep
	if !l.fast {
		n = uint32(l.QueueLen())
	}
	l.Points.Length.Emit(LengthEvent{t, int(n)})
}

// admits decides as DropTail.Enqueue does, by the entries from dep on.
func (l *Link) admits(size uint32) bool {
	n := l.pipe.tail - l.dep
	if n >= l.limit.packets {
		return false
	}
	b := l.bytes + units.Bytes(size)
	if b > l.limit.bytes && !l.limit.countInService && n > 0 {
		b -= units.Bytes(l.pipe.at(l.dep).size)
	}
	return b <= l.limit.bytes
}

// ask has the Admitter decide about p, which is over the limit.
func (l *Link) ask(now sim.Time, p *Packet, size uint32) bool {
	if l.admitter == nil {
		l.Drop(now, p, Overflow)
		return false
	}
	a := Arrival{Packet: p, Size: units.Bytes(size)}
	if n := l.pipe.tail - l.dep; n > 0 {
		a.InService = units.Bytes(l.pipe.at(l.dep).size)
		a.Waiting, a.Bytes = int(n-1), l.bytes-a.InService
	}
	return l.admitter.Admit(now, a, l)
}

// generalize leaves the fast path: the packets that have not departed go back to
// the transmitter and the queue.
func (l *Link) generalize() {
	if !l.fast {
		return
	}
	now := l.now()
	l.depart(now)
	l.fast = false
	next := l.pipe.next()
	departed, tail := l.dep, l.pipe.tail
	if departed != tail {
		// What is left of the transmission is all planned work but that of
		// the packets behind it. The total may overflow, the rest cannot.
		l.left = uint64(l.free-now)*l.serializer.rate - l.credit
		for i := departed + 1; i != tail; i++ {
			l.left -= uint64(l.pipe.at(i).size) * bytesWork
		}
	}
	if l.Points.Dequeued.Enabled() {
		for i := l.pipe.head; i != tail && i != departed+1; i++ {
			l.dequeuedFast(l.pipe.at(i))
		}
	}
	q := l.fifo()
	for i := departed; i != tail; i++ {
		e := l.pipe.at(i)
		e.packet.hop, e.packet.Enqueued = uint16(e.hop-e.packet.Route.first), e.entered
		q.append(e.packet)
	}
	l.pipe.tail = departed
	if departed != tail {
		l.serving = q.Dequeue(now, l)
		l.credit = 0
		l.plan(now, l.left)
	}
	l.loseDeparted()
	l.rearm(next)
}

// loseDeparted decides the losses of the packets in the pipe, as the general
// path did when they departed.
func (l *Link) loseDeparted() {
	if l.loss == nil {
		return
	}
	kept := l.pipe.head
	for i := l.pipe.head; i != l.pipe.tail; i++ {
		e := *l.pipe.at(i)
		if left := e.arrival - sim.Time(l.propagation); l.loss.Lose(left, e.packet) {
			l.Drop(left, e.packet, Channel)
			continue
		}
		*l.pipe.at(kept) = e
		kept++
	}
	l.pipe.tail = kept
}
