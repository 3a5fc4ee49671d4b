package netem

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/units"
)

// A capacity is what a link has been able to transmit. It is brought up to date when the rate changes,
// or the link goes up or down.
type capacity struct {
	bits    float64
	since   sim.Time // until when bits counts
	changes int
}

// could returns the capacity of l. It lies beside l, which fills its cache lines.
func (l *Link) could() *capacity {
	if l == l.duplex.Up {
		return &l.duplex.could[0]
	}
	return &l.duplex.could[1]
}

// until returns the capacity of l up to now: what can be sent at this instant is in it, because a packet
// that ends now has left.
func (c *capacity) until(l *Link, now sim.Time) float64 {
	if !l.up {
		return c.bits
	}
	return c.bits + l.rate.Capacity(c.since, now+1)
}

// add brings c up to date, before l changes.
func (c *capacity) add(l *Link, now sim.Time) {
	*c = capacity{c.until(l, now), now, c.changes + 1}
}

// transmitted counts the packets whose transmission has ended.
func (l *Link) transmitted() Count {
	n := l.stats.Delivered
	n.plus(l.stats.Dropped[Channel])
	end := l.pipe.tail
	if l.fast {
		l.depart(l.now())
		end = l.dep
	}
	for i := l.pipe.head; i != end; i++ {
		n.add(l.pipe.at(i).size)
	}
	return n
}

// withinRate checks that s has not transmitted more than it could. What a change of the rate leaves of
// a transmission is rounded, to less than a packet.
func (l *Link) withinRate(s *LinkStats) error {
	largest := units.Bytes(0)
	if n := s.Transmitted.Packets; n > 0 {
		largest = maxPacket
	}
	slack := float64(l.could().changes)*float64(largest)*8 + 1e-9*s.Capacity + 8
	if sent := float64(s.Transmitted.Bytes) * 8; sent > s.Capacity+slack {
		return fmt.Errorf("%.0f bits are transmitted, but the rate allows %.0f", sent, s.Capacity)
	}
	return nil
}

// maxPacket is the most bytes of an IP packet.
const maxPacket units.Bytes = 65535
