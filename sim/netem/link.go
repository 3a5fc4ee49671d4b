package netem

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/course"
	"mpsim/sim/probe"
	"mpsim/sim/units"
)

// LinkConfig describes one direction of a link. Each direction needs processes
// and a queue of its own.
type LinkConfig struct {
	Rate  Rate  // required
	Delay Delay // nil is none
	Queue Queue // nil is a DropTail without limits
	Loss  Loss  // nil is none
}

// A Link carries packets one way: past its middleboxes, through its queue, a transmitter of its Rate,
// which its Loss may follow, and a pipe of its Delay.
//
// A link of constant rate and delay, whose queue is a DropTail or an Admitter, knows
// when a packet arrives at the far end as soon as it is offered; it takes the fast path
// (fast.go), with one event a packet. All others take the general path (general.go), with two. Both
// give every packet the same times and fates. On both, a transmission that ends
// now frees its place before a packet that arrives now is looked at.
type Link struct {
	// What every packet needs lies in the first four cache lines: see TestLinkLayout.
	pipe        ring // by arrival; on the fast path also what has not departed
	arrive      sim.Event
	propagation time.Duration // fast
	dep         uint32        // fast: index of the first entry of pipe that may still have to depart
	fast        bool
	up          bool
	tapped      bool // there is a first middlebox
	lossy       bool // there is a loss process

	free  sim.Time    // end of the last transmission that is planned
	bytes units.Bytes // fast: of the entries from dep
	serializer
	course course.Sum // see Course

	Points  LinkPoints
	started sim.Time // general: when work was planned; fast: end of the transmission that Dequeued reported last

	net   *Network
	to    *Node
	limit limit // fast: up to it all are queued
	stats LinkCounts

	tap      *Tap     // first middlebox of the way, or nil
	admitter Admitter // fast: decides about what is over the limit; nil: the queue is a DropTail
	loss     Loss     // a silence while the link is silent
	serving  *Packet  // general: in transmission
	duplex   *Duplex
	finish   sim.Timer // general: at free, while serving
	rate     Rate
	queue    Queue
	delay    Delay
	left     uint64 // general: work of the transmission at started
	Name     string
}

// LinkPoints is where a link can be observed.
type LinkPoints struct {
	Offered   probe.Point[PacketEvent] // by the sending node, before the middleboxes
	Enqueued  probe.Point[PacketEvent] // accepted by the queue
	Dequeued  probe.Point[DequeueEvent]
	Length    probe.Point[LengthEvent]
	Delivered probe.Point[PacketEvent] // arrived, Packet.Enqueued being set
	Dropped   probe.Point[DropEvent]

	Tag uint32 // of who observes many links
}

func newLink(n *Network, d *Duplex, name string, to *Node, c LinkConfig) *Link {
	if c.Rate == nil {
		panic(fmt.Sprintf("netem: link %q has no rate", name))
	}
	if c.Delay == nil {
		c.Delay = ConstantDelay(0)
	}
	if c.Queue == nil {
		c.Queue = new(DropTail)
	}
	l := &Link{
		Name: name, net: n, duplex: d, to: to, up: true,
		rate: c.Rate, delay: c.Delay, queue: c.Queue,
	}
	l.setLoss(c.Loss)
	if n.Force != nil {
		l.pipe.force(n.Force, course.Text(name))
	}
	l.arrive.Init(n.engine, l)
	l.finish.Init(n.engine, l, 0)
	l.choose()
	return l
}

// From returns the node that sends.
func (l *Link) From() *Node {
	if l == l.duplex.Up {
		return l.duplex.A.Node
	}
	return l.duplex.B.Node
}

// Duplex returns the link that l is one direction of.
func (l *Link) Duplex() *Duplex { return l.duplex }

// To returns the node that receives.
func (l *Link) To() *Node { return l.to }

// Rate returns the current rate.
func (l *Link) Rate() Rate { return l.rate }

// Delay returns the current delay.
func (l *Link) Delay() Delay { return l.delay }

// Queue returns the queue. While the link takes the fast path it is empty; see
// QueueLen.
func (l *Link) Queue() Queue { return l.queue }

// Up reports whether the link accepts packets.
func (l *Link) Up() bool { return l.up }

// Silent reports whether the link loses all that it transmits; see SetSilent.
func (l *Link) Silent() bool {
	_, silent := l.loss.(silence)
	return silent
}

// silence is the Loss of a silent link, which has a process of its own when it is not.
type silence struct{ own Loss }

// Lose implements Loss.
func (silence) Lose(sim.Time, *Packet) bool { return true }

// Stats returns the counters of l.
func (l *Link) Stats() LinkStats {
	s := LinkStats{LinkCounts: l.stats}
	for i := l.pipe.head; i != l.pipe.tail; i++ {
		s.Held.add(l.pipe.at(i).size)
	}
	s.Transmitted = l.transmitted()
	s.Capacity = l.could().until(l, l.now())
	for t := l.tap; t != nil; t = t.next {
		s.Held.plus(t.held)
	}
	if !l.fast {
		s.Held.plus(Count{uint64(l.queue.Len()), l.queue.Bytes()})
		if l.serving != nil {
			s.Held.plus(Count{1, l.serving.Size})
		}
	}
	return s
}

// Dropped returns how many packets l has dropped.
func (l *Link) Dropped() uint64 { return l.stats.Dropped.Total().Packets }

// now is the time.
func (l *Link) now() sim.Time { return l.net.engine.Now() }

// Idle reports whether nothing is queued, in transmission or propagating.
func (l *Link) Idle() bool {
	return l.pipe.empty() && l.serving == nil && (l.fast || l.queue.Len() == 0)
}

// Clean reports whether nothing but a full queue keeps packets from crossing l, in a time that is always
// the same: it is up, its rate is above 0 and constant, as is its delay, it loses none, and no
// middlebox stands at it.
func (l *Link) Clean() bool {
	rate, constant := l.rate.(ConstantRate)
	_, steady := l.delay.(ConstantDelay)
	return l.up && constant && rate > 0 && steady && l.loss == nil && l.tap == nil
}

// QueueLen returns the number of packets waiting or in transmission.
func (l *Link) QueueLen() int {
	if l.fast {
		l.depart(l.now())
		return int(l.pipe.tail - l.dep)
	}
	if l.busy() {
		return l.queue.Len() + 1
	}
	return l.queue.Len()
}

// QueueBytes returns the bytes of the packets waiting or in transmission.
func (l *Link) QueueBytes() units.Bytes {
	if l.fast {
		l.depart(l.now())
		return l.bytes
	}
	if l.busy() {
		return l.queue.Bytes() + l.serving.Size
	}
	return l.queue.Bytes()
}

// QueueDelay returns how long a packet arriving now would wait for its
// transmission behind all others. At a rate that varies it is an estimate from
// the mean rate.
func (l *Link) QueueDelay() time.Duration {
	d := max(0, l.free.Sub(l.now()))
	if l.fast {
		return d
	}
	if !l.busy() {
		d = 0
	}
	wait := l.rate.Mean().TxTime(l.queue.Bytes())
	if l.queue.Bytes() == 0 {
		wait = 0
	}
	return after(sim.Time(d), wait).Sub(0)
}

// Drop implements Dropper.
func (l *Link) Drop(now sim.Time, p *Packet, why Reason) {
	l.stats.Dropped[why].add(uint32(p.Size))
	if why != Channel {
		l.course.Add(uint64(now), uint64(p.Size)<<8|noteDropped|uint64(why))
	}
	if l.Points.Dropped.Enabled() {
		l.Points.Dropped.Emit(DropEvent{Now: now, Link: l, Packet: p, Reason: why})
	}
	p.Free()
}

// Mark implements Dropper.
func (l *Link) Mark(p *Packet) {
	l.stats.Marked.add(uint32(p.Size))
	l.note(noteMarked, p.Size)
	p.ECN = CE
}

// send offers p, of size bytes, to the link; hop is the cursor of its route.
func (l *Link) send(now sim.Time, p *Packet, hop, size uint32) {
	l.stats.Sent.add(size)
	if l.Points.Offered.Enabled() {
		l.Points.Offered.Emit(PacketEvent{now, l, p})
	}
	if l.tapped {
		l.tap.take(p, hop)
		return
	}
	l.offer(now, p, hop, size)
}

// offer brings p, which the middleboxes have seen, to the queue.
func (l *Link) offer(now sim.Time, p *Packet, hop, size uint32) {
	if l.fast {
		l.sendFast(now, p, hop, size)
	} else {
		l.sendGeneral(now, p, hop)
	}
}

// accepted reports that the queue took p.
func (l *Link) accepted(now sim.Time, p *Packet) {
	if l.Points.Enqueued.Enabled() {
		l.Points.Enqueued.Emit(PacketEvent{now, l, p})
	}
}

// dequeuedFast reports when the transmission of e, which takes the fast path, has begun: when that of the packet
// before it ended, or at once.
func (l *Link) dequeuedFast(e *entry) {
	start := max(e.entered, l.started)
	l.started = e.arrival - sim.Time(l.propagation)
	l.Points.Dequeued.Emit(DequeueEvent{start, l, start.Sub(e.entered)})
}

// HandleTimer implements sim.Handler: a transmission has ended.
func (l *Link) HandleTimer(int) { l.endService(l.now()) }

// HandleEvent implements sim.Owner: it hands the packet at the head of the pipe to the next link or, at
// the end of its route, to the node.
func (l *Link) HandleEvent(now sim.Time) {
	if l.fast && l.Points.Length.Enabled() {
		l.depart(now)
	}
	e := l.pipe.at(l.pipe.head)
	p, hop, size := e.packet, e.hop, e.size
	if l.fast && l.dep == l.pipe.head {
		l.dep++
		l.bytes -= units.Bytes(size)
	}
	l.pipe.head++
	if l.fast && l.Points.Dequeued.Enabled() {
		l.dequeuedFast(e)
	}
	// The event is armed before the packet is handled, because handling it
	// may change the link.
	if !l.pipe.empty() {
		l.arrive.Arm(l.pipe.at(l.pipe.head).arrival)
	}
	if l.lossy && l.fast {
		if left := now - sim.Time(l.propagation); l.loss.Lose(left, p) {
			l.Drop(left, p, Channel)
			return
		}
	}
	l.stats.Delivered.add(size)
	l.course.Add(uint64(now), uint64(size)<<8|noteDelivered)
	if l.Points.Delivered.Enabled() {
		l.Points.Delivered.Emit(PacketEvent{now, l, p})
	}
	if next := l.net.hops[hop]; next != nil {
		next.send(now, p, hop+1, size)
	} else {
		l.to.receive(p, size)
	}
}

// LookAhead implements sim.Owner: the link itself, the head of the pipe, where it goes, and what is needed there.
func (l *Link) LookAhead(step int) uint64 {
	if step == 0 {
		return l.lines()
	}
	if l.pipe.empty() {
		return 0
	}
	e := l.pipe.at(l.pipe.head)
	if step == 1 {
		return uint64(e.size)
	}
	switch next := l.net.hops[e.hop]; {
	case next != nil && step == 2:
		return next.lines()
	case next != nil && len(next.pipe.buf) > 0:
		return uint64(next.pipe.at(next.pipe.tail).size)
	case next != nil:
		return 0
	case step == 2:
		return uint64(e.packet.Size) + l.to.stats.Received.Packets
	default:
		return uint64(e.packet.Route.first)
	}
}

// lines reads the cache lines of l that a packet needs.
func (l *Link) lines() uint64 {
	return uint64(l.pipe.head) + uint64(l.free) + uint64(l.started) + l.stats.Sent.Packets
}

// setLoss changes the loss process.
func (l *Link) setLoss(loss Loss) { l.loss, l.lossy = loss, loss != nil }
