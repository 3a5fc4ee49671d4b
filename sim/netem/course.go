package netem

import (
	"mpsim/sim/course"
	"mpsim/sim/units"
)

// What happens to a packet at a link, for the hash of the course. The reason of a drop is added.
const (
	noteDelivered = 0x10 * iota
	noteMarked
	noteInjected
	noteAbsorbed
	noteDropped
)

// note adds to the course what happens now to a packet of the given size.
func (l *Link) note(what uint64, size units.Bytes) {
	l.course.Add(uint64(l.now()), uint64(size)<<8|what)
}

// Course returns a hash of the course that the network has taken: each packet as sent, with its content,
// and what each link has delivered, dropped, marked and, by its middleboxes, made and absorbed, and when.
// Packets of one size are alike to a link. Two networks with equal hashes took the same course, and
// so do those whose engines fire other timers for it, or the timers of one instant in another order. A loss on
// the channel counts by the delivery that is missing, because a link may decide it only then.
func (n *Network) Course() uint64 {
	sum := n.course
	for _, d := range n.links {
		for _, l := range [...]*Link{d.Up, d.Down} {
			taken := course.Mix(l.stats.Sent.Packets, uint64(l.stats.Sent.Bytes))
			sum.Add(course.Text(l.Name)+taken, uint64(l.course))
		}
	}
	for _, node := range n.nodes {
		if lost := node.stats.Dropped.Total(); lost.Packets > 0 {
			sum.Add(course.Text(node.Name), course.Mix(lost.Packets, uint64(lost.Bytes)))
		}
	}
	return uint64(sum)
}
