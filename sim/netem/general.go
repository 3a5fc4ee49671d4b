package netem

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/units"
)

// sendGeneral puts p into the queue.
func (l *Link) sendGeneral(now sim.Time, p *Packet, hop uint32) {
	if !l.up {
		l.Drop(now, p, Down)
		return
	}
	if l.serving != nil && l.free <= now {
		l.finish.Stop()
		l.endService(now)
	}
	p.hop, p.Enqueued = uint16(hop-p.Route.first), now
	if !l.queue.Enqueue(now, p, l) {
		return
	}
	l.accepted(now, p)
	if l.serving == nil {
		l.credit = 0
		l.startService(now)
	}
	l.changed(now)
}

// busy reports whether a transmission goes on after now.
func (l *Link) busy() bool { return l.serving != nil && l.free > l.now() }

// startService begins the transmission of the next packet, if there is one.
func (l *Link) startService(now sim.Time) {
	if l.serving = l.queue.Dequeue(now, l); l.serving == nil {
		return
	}
	if l.Points.Dequeued.Enabled() {
		l.Points.Dequeued.Emit(DequeueEvent{now, l, now.Sub(l.serving.Enqueued)})
	}
	l.plan(now, uint64(l.serving.Size)*bytesWork)
}

// plan sets the end of the transmission of which work is left. At a rate of 0 it
// has none.
func (l *Link) plan(now sim.Time, work uint64) {
	l.started, l.left = now, work
	if _, ok := l.rate.(ConstantRate); !ok {
		l.free = l.rate.Serve(now, units.Bytes((work+bytesWork-1)/bytesWork))
	} else if l.serializer.rate > 0 {
		l.free = now.Add(l.transmit(work))
	} else {
		l.free = sim.Never
	}
	l.finish.Arm(l.free)
}

// unsent returns the work left of the transmission.
func (l *Link) unsent(now sim.Time) uint64 {
	if l.free == sim.Never {
		return l.left
	}
	if _, ok := l.rate.(ConstantRate); ok {
		return uint64(l.free-now)*l.serializer.rate - l.credit
	}
	return mulDiv(l.left, uint64(l.free-now), uint64(l.free-l.started))
}

// endService begins the next transmission and sends the packet of the last one
// down the pipe.
func (l *Link) endService(now sim.Time) {
	p := l.serving
	l.startService(now)
	l.changed(now)
	if l.loss != nil && l.loss.Lose(now, p) {
		l.Drop(now, p, Channel)
		return
	}
	arrival := after(now, l.delay.Of(now, p))
	if !l.pipe.empty() && l.delay.InOrder() {
		arrival = max(arrival, l.pipe.at(l.pipe.tail-1).arrival)
	}
	next := l.pipe.next()
	l.pipe.pushSorted(entry{arrival: arrival, packet: p, hop: p.Route.cursor(p.hop), size: uint32(p.Size)})
	l.rearm(next)
}

// rearm arms the event of the pipe if the next arrival is no longer that for which it is armed.
func (l *Link) rearm(armed sim.Time) {
	if next := l.pipe.next(); next != armed {
		l.arrive.Arm(next)
	}
}

// SetRate changes the rate. What is left of the packet in transmission goes at
// the new one. At a ConstantRate of 0 the link stands still: packets wait until the rate changes again.
func (l *Link) SetRate(r Rate) {
	l.generalize()
	now := l.now()
	resume := l.busy()
	var work uint64
	if resume {
		work, l.credit = l.unsent(now), 0
	}
	l.could().add(l, now)
	l.rate = r
	l.choose()
	if resume {
		l.plan(now, work)
	}
}

// SetDelay changes the delay of the packets whose transmission ends from now on.
// A delay that keeps order keeps it for them behind those already propagating.
func (l *Link) SetDelay(d Delay) {
	l.generalize()
	l.delay = d
	l.choose()
}

// SetLoss changes the loss process for the packets whose transmission ends from
// now on; nil is none.
func (l *Link) SetLoss(loss Loss) {
	if l.Silent() {
		l.setLoss(silence{loss})
		return
	}
	l.generalize()
	l.setLoss(loss)
	l.choose()
}

// SetLimit changes the limit of the queue, which must be a Limiter.
func (l *Link) SetLimit(limit Limit) {
	q, ok := l.queue.(Limiter)
	if !ok {
		panic(fmt.Sprintf("netem: the queue of link %q, a %T, has no limit that can change", l.Name, l.queue))
	}
	now := l.now()
	if l.serving != nil && l.free <= now {
		l.finish.Stop()
		l.endService(now)
	}
	q.SetLimit(now, limit, l)
	if l.fast {
		l.limit = l.sure()
	}
}

// SetSilent makes the link lose all packets whose transmission ends from now on, or no
// longer. Unlike with SetUp nobody is told, and the queue goes on: it is a tunnel, a phone
// that leaves the range of a radio, a router somewhere that forwards into nowhere. What
// propagates arrives. Meanwhile the loss process stands still.
func (l *Link) SetSilent(silent bool) {
	if silent == l.Silent() {
		return
	}
	l.generalize()
	if s, ok := l.loss.(silence); ok {
		l.setLoss(s.own)
	} else {
		l.setLoss(silence{l.loss})
	}
	l.choose()
}

// SetUp takes the link up or down. A link that goes down drops what is queued or
// in transmission, and then whatever it is offered; what propagates arrives. The
// nodes are told.
func (l *Link) SetUp(up bool) {
	l.setUp(up)
	l.duplex.announce()
}

func (l *Link) setUp(up bool) {
	if up == l.up {
		return
	}
	l.could().add(l, l.now())
	if up {
		l.up = true
		l.choose()
		return
	}
	l.generalize()
	now := l.now()
	if l.serving != nil && l.free <= now {
		l.finish.Stop()
		l.endService(now)
	}
	l.up = false
	l.finish.Stop()
	for p := l.serving; p != nil; p = l.queue.Dequeue(now, l) {
		l.Drop(now, p, Down)
	}
	l.serving = nil
	l.changed(now)
}
