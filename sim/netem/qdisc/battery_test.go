package qdisc

import (
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// link is a link of 10 Mb/s and a round-trip time of 80 ms.
func link() Link {
	return Link{Rate: 10 * units.Mbps, RTT: 80 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, 2))}
}

// drops counts the packets dropped.
type drops struct {
	pool    *netem.Pool
	reasons [netem.NoSocket + 1]int
	times   []sim.Time
	bytes   units.Bytes
	marks   int
}

func newDrops() *drops {
	return &drops{pool: netem.NewPool(func() *netem.Packet { return new(netem.Packet) })}
}

func (d *drops) Drop(now sim.Time, p *netem.Packet, why netem.Reason) {
	d.reasons[why]++
	d.bytes += p.Size
	if d.times != nil {
		d.times = append(d.times, now)
	}
	p.Free()
}

func (d *drops) Mark(p *netem.Packet) {
	d.marks++
	p.ECN = netem.CE
}

// packet returns a packet that is offered now; its source port is a serial number.
func (d *drops) packet(now sim.Time, serial int, size units.Bytes) *netem.Packet {
	p := d.pool.Get()
	p.Size, p.Enqueued, p.SrcPort = size, now, uint16(serial)
	return p
}

// Every registered queue keeps every packet or drops it, keeps packets in order,
// and keeps count.
func TestBattery(t *testing.T) {
	for _, name := range Registry.Names() {
		t.Run(name, func(t *testing.T) {
			m, err := Registry.New(name)
			if err != nil {
				t.Fatal(err)
			}
			if v, ok := m.(interface{ Validate() error }); ok && v.Validate() != nil {
				t.Fatalf("the defaults are refused: %v", v.Validate())
			}
			battery(t, m.Make(link()))
		})
	}
}

func battery(t *testing.T, q netem.Queue) {
	d, r := newDrops(), rand.New(rand.NewPCG(3, 4))
	var now sim.Time
	var offered, sent int
	var in, out units.Bytes
	last := -1
	for range 50_000 {
		now = now.Add(time.Duration(r.IntN(2_000_000)))
		// Bursts come and go, so that all regions are visited.
		if load := 0.3 + 0.4*float64(offered/3000%2); r.Float64() < load {
			size := units.Bytes(40 + r.IntN(1461))
			in += size
			before := d.reasons[netem.Overflow] + d.reasons[netem.Early]
			took := q.Enqueue(now, d.packet(now, offered, size), d)
			if dropped := d.reasons[netem.Overflow]+d.reasons[netem.Early] > before; dropped == took {
				t.Fatalf("Enqueue returned %v, and dropped is %v", took, dropped)
			}
			offered++
		} else if p := q.Dequeue(now, d); p != nil {
			if serial := int(p.SrcPort); serial <= last {
				t.Fatalf("packet %d after packet %d", serial, last)
			} else {
				last = serial
			}
			sent++
			out += p.Size
			p.Free()
		}
		if held := d.pool.Live(); q.Len() != held {
			t.Fatalf("Len is %d, but %d packets are neither sent nor dropped", q.Len(), held)
		}
		if got := in - out - d.bytes; q.Bytes() != got {
			t.Fatalf("Bytes is %d, want %d", q.Bytes(), got)
		}
	}
	for p := q.Dequeue(now, d); p != nil; p = q.Dequeue(now, d) {
		sent++
		p.Free()
	}
	if q.Len() != 0 || q.Bytes() != 0 {
		t.Fatalf("%d packets, %d bytes in an empty queue", q.Len(), q.Bytes())
	}
	if dropped := d.reasons[netem.Overflow] + d.reasons[netem.Early]; offered != sent+dropped || dropped == 0 {
		t.Errorf("offered %d, sent %d, dropped %d", offered, sent, dropped)
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	for _, name := range Registry.Names() {
		m, _ := Registry.New(name)
		q, d := m.Make(link()), newDrops()
		var now sim.Time
		step := func() {
			for range 3 {
				q.Enqueue(now, d.packet(now, 0, 1500), d)
			}
			if p := q.Dequeue(now, d); p != nil {
				p.Free()
			}
			now = now.Add(3 * time.Millisecond)
		}
		for range 2000 { // the pool fills
			step()
		}
		if n := testing.AllocsPerRun(1000, step); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// A limit is in packets, bytes, time at the mean rate or BDP, and holds to the packet.
func TestLimits(t *testing.T) {
	for limit, want := range map[string]int{
		"7pkt": 7, "4500B": 3, "12ms": 10, "1BDP": 66, "0.001BDP": 1, "1us": 1,
	} {
		x, err := units.ParseQuantity(limit)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []Model{
			&DropTail{Limit: x}, &CoDel{Limit: x, Target: 1, Interval: 1},
			&RED{Limit: x, Min: 1000, Max: 2000, MaxP: 1, Weight: 1},
		} {
			q, d := m.Make(link()), newDrops()
			for i := range 1000 {
				q.Enqueue(0, d.packet(0, i, 1500), d)
			}
			if q.Len() != want || d.reasons[netem.Overflow] != 1000-want {
				t.Errorf("%T of %s: %d packets of 1500 bytes, want %d", m, limit, q.Len(), want)
			}
		}
	}
}

// K of M/M/1/K counts the packet in transmission.
func TestCountInService(t *testing.T) {
	q, d := (&DropTail{Limit: units.Packets(2), CountInService: true}).Make(link()), newDrops()
	q.Enqueue(0, d.packet(0, 0, 1500), d)
	q.Dequeue(0, d)
	if !q.Enqueue(0, d.packet(0, 1, 1500), d) || q.Enqueue(0, d.packet(0, 2, 1500), d) {
		t.Error("want room for one packet beside the one in transmission")
	}
}

func TestValidate(t *testing.T) {
	for name, m := range map[string]interface{ Validate() error }{
		"droptail of nothing": &DropTail{Limit: units.Packets(0)},
		"min above max":       &RED{Min: 2, Max: 1, MaxP: 1, Weight: 1},
		"weight 0":            &RED{Min: 1, Max: 2, MaxP: 1},
		"max_p 0":             &RED{Min: 1, Max: 2, Weight: 1},
		"mid above max":       &KhaliliRED{Min: 1, Mid: 3, Max: 2, Per: 1},
		"per 0":               &KhaliliRED{Min: 1, Mid: 2, Max: 3},
		"target 0":            &CoDel{Interval: 1},
	} {
		if m.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
