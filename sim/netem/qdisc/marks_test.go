package qdisc

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

const certain = 1 - 1e-12 // a probability of less than 1 that no draw escapes

// verge has queues, with five packets in them, that drop early the next packet that
// comes, or leaves, by chance.
var verge = map[string]func(ecn bool) netem.Queue{
	"red": func(ecn bool) netem.Queue {
		q := (&RED{Limit: units.Packets(6), Min: 5, Max: 15, MaxP: 0.1, Weight: 0.002, ECN: ecn}).Make(link()).(*red)
		q.avg, q.count, q.idle = 10, 50, false
		return q
	},
	"khalili-red": func(ecn bool) netem.Queue {
		m := KhaliliRED{Limit: units.Packets(6), Min: 1, Mid: 5, Max: 6, MidP: certain, Per: 10 * units.Mbps, ECN: ecn}
		return m.Make(link())
	},
	"codel": func(ecn bool) netem.Queue {
		m := CoDel{Limit: units.Packets(6), Target: time.Millisecond, Interval: time.Millisecond, MTU: 1500, ECN: ecn}
		q := m.Make(link()).(*codel)
		q.above, q.firstAbove = true, 0
		return q
	},
	"pie": func(ecn bool) netem.Queue {
		m := PIE{Limit: units.Packets(6), Target: time.Second, Update: time.Hour, Alpha: 1, MarkBelow: 1, ECN: ecn}
		q := m.Make(link()).(*pie)
		q.prob, q.delay, q.old = certain, time.Second, time.Second
		return q
	},
	"pie/enhanced": func(ecn bool) netem.Queue {
		m := PIE{Limit: units.Packets(6), Target: time.Second, Update: time.Hour, Alpha: 1, MarkBelow: 1, ECN: ecn, Enhanced: true}
		q := m.Make(link()).(*pieB)
		q.prob, q.old, q.accu, q.active = 0.1, time.Second, 8.5, true
		return q
	},
}

// decide has q decide about p, beside five packets, and returns whether p is kept. If
// it is q's way to drop from the head, p is there.
func decide(q netem.Queue, p *netem.Packet, d *drops) bool {
	d.watched = p
	if c, ok := q.(*codel); ok {
		q.Enqueue(0, p, d)
		fill(c, d, 0, 5)
		q.Dequeue(sim.Time(time.Second), d)
		return d.watched == p
	}
	fifo := tail(q)
	for range 5 {
		fifo.Enqueue(0, d.packet(0, 0, 1500), d)
	}
	q.Enqueue(0, p, d)
	return d.watched == p
}

func tail(q netem.Queue) *netem.DropTail {
	switch q := q.(type) {
	case *red:
		return &q.DropTail
	case *khalili:
		return &q.DropTail
	case *pie:
		return &q.DropTail
	case *pieB:
		return &q.DropTail
	}
	panic("no FIFO")
}

// RFC 3168, section 5: a router may set CE in place of a drop that is to signal
// congestion, if the packet has an ECT codepoint; CE stays CE; without ECT packets
// are dropped.
func TestMarkInPlaceOfEarlyDrop(t *testing.T) {
	for name, make := range verge {
		for _, c := range []struct {
			ecn   bool
			field netem.ECN
			kept  bool
			marks int
		}{
			{false, netem.NotECT, false, 0}, {false, netem.ECT0, false, 0}, {false, netem.CE, false, 0},
			{true, netem.NotECT, false, 0}, {true, netem.ECT0, true, 1}, {true, netem.ECT1, true, 1}, {true, netem.CE, true, 0},
		} {
			d := newDrops()
			p := d.packet(0, 0, 1500)
			p.ECN = c.field
			kept := decide(make(c.ecn), p, d)
			if kept != c.kept || d.marks != c.marks || kept && p.ECN != netem.CE {
				t.Errorf("%s, ecn %v, codepoint %d: kept %v as %d, %d marks", name, c.ecn, c.field, kept, p.ECN, d.marks)
			}
			if early := d.reasons[netem.Early]; early != 1 && !c.kept || early != 0 && c.kept {
				t.Errorf("%s, ecn %v, codepoint %d: %d early drops", name, c.ecn, c.field, early)
			}
		}
	}
}

// RFC 3168, section 5: when the buffer is full, the packet is dropped, and nothing is
// marked in vain.
func TestNoMarkOnOverflow(t *testing.T) {
	for name, make := range verge {
		if name == "codel" {
			continue // marks what leaves
		}
		q, d := make(true), newDrops()
		tail(q).LimitPackets = 5
		p := d.packet(0, 0, 1500)
		p.ECN = netem.ECT0
		if decide(q, p, d) || d.marks != 0 {
			t.Errorf("%s: a packet without room, %d marks", name, d.marks)
		}
	}
}

// RFC 3168, section 7: where the average queue exceeds an upper threshold routers
// should drop packets rather than mark them. RFC 8033, section 5.1: PIE does so from
// a probability of mark_ecnth on.
func TestNoMarkWhereCongestionIsHeavy(t *testing.T) {
	for name, harden := range map[string]func(netem.Queue){
		"red":          func(q netem.Queue) { q.(*red).avg = 16 },
		"khalili-red":  func(q netem.Queue) { q.(*khalili).Max = 5 },
		"pie":          func(q netem.Queue) { q.(*pie).MarkBelow = 0.1 },
		"pie/enhanced": func(q netem.Queue) { q.(*pieB).MarkBelow = 0.1 },
	} {
		q, d := verge[name](true), newDrops()
		harden(q)
		p := d.packet(0, 0, 1500)
		p.ECN = netem.ECT0
		if decide(q, p, d) || d.marks != 0 || d.reasons[netem.Early] != 1 {
			t.Errorf("%s: %d marks, %d early drops; want a drop", name, d.marks, d.reasons[netem.Early])
		}
	}
}

// A mark counts as a drop does in CoDel's control law, and marks come at the same times.
func TestCoDelMarkTimes(t *testing.T) {
	times := func(ecn bool) (list []sim.Time) {
		q, d := newCoDel(), newDrops()
		q.ECN = ecn
		for i := range 900 {
			p := d.packet(0, i, 1500)
			p.ECN = netem.ECT0
			q.Enqueue(0, p, d)
		}
		seen := 0
		for now := sim.Time(10 * time.Millisecond); now < sim.Time(700*time.Millisecond); now = now.Add(time.Millisecond) {
			q.Dequeue(now, d)
			if n := d.marks + d.reasons[netem.Early]; n > seen {
				seen = n
				list = append(list, now)
			}
		}
		return list
	}
	marks, drops := times(true), times(false)
	if len(marks) < 8 || len(marks) != len(drops) {
		t.Fatalf("%d marks, %d drops", len(marks), len(drops))
	}
	for i := range marks {
		if marks[i] != drops[i] {
			t.Errorf("mark %d at %v, drop at %v", i, marks[i], drops[i])
		}
	}
}

// RFC 8257, section 3.1: a packet is marked if the queue that it finds is greater than
// K; a transport that does not understand marks loses packets at the tail only.
func TestECNThreshold(t *testing.T) {
	for k, want := range map[string]int{"0pkt": 1, "5pkt": 6, "7500B": 6, "7499B": 5, "10ms": 9} {
		x, err := units.ParseQuantity(k)
		if err != nil {
			t.Fatal(err)
		}
		for field, limit := range map[netem.ECN]int{netem.NotECT: 20, netem.ECT0: want, netem.CE: 20} {
			q, d := (&ECNThreshold{Limit: units.Packets(20), K: x}).Make(link()), newDrops()
			clean := 0
			for range 30 {
				p := d.packet(0, 0, 1500)
				p.ECN = field
				if q.Enqueue(0, p, d) && p.ECN == field {
					clean++
				}
			}
			if clean != limit || q.Len() != 20 || d.marks != 20-limit || d.reasons[netem.Overflow] != 10 {
				t.Errorf("k %s, codepoint %d: %d of %d unchanged, %d marks; want %d unchanged", k, field, clean, q.Len(), d.marks, limit)
			}
		}
	}
}
