package qdisc

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
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
	watched *netem.Packet // nil once it is dropped
}

func newDrops() *drops {
	return &drops{pool: netem.NewPool(func() *netem.Packet { return new(netem.Packet) })}
}

func (d *drops) Drop(now sim.Time, p *netem.Packet, why netem.Reason) {
	if p == d.watched {
		d.watched = nil
	}
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

// packet returns a packet of flow number flow that is offered now.
func (d *drops) packet(now sim.Time, flow int, size units.Bytes) *netem.Packet {
	p := d.pool.Get()
	p.Size, p.Enqueued, p.SrcPort, p.ECN = size, now, uint16(flow), netem.NotECT
	return p
}

// made returns a queue of the registered model called name, after change has set its
// parameters.
func made(t testing.TB, name string, change func(Model)) netem.Queue {
	t.Helper()
	m, err := Registry.New(name)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(m)
	}
	if v, ok := m.(interface{ Validate() error }); ok && v.Validate() != nil {
		t.Fatalf("the parameters of %s are refused: %v", name, v.Validate())
	}
	return m.Make(link())
}

// variants has for each registered queue its defaults and, under other names, what
// makes it another queue.
func variants(t testing.TB) map[string]func() netem.Queue {
	list := make(map[string]func() netem.Queue)
	for _, name := range Registry.Names() {
		list[name] = func() netem.Queue { return made(t, name, nil) }
	}
	for name, change := range map[string]func(Model){
		"priority/fair": func(m Model) { m.(*Priority).Fair = true },
		"fq/exact":      func(m Model) { m.(*FQ).Exact = true },
		"fq-codel/full": func(m Model) { m.(*FQCoDel).Limit = units.Packets(100) },
		"pie/enhanced":  func(m Model) { m.(*PIE).Enhanced = true },
		"red/adaptive":  func(m Model) { m.(*RED).Adaptive, m.(*RED).Target = true, 20*time.Millisecond },
	} {
		kind, _, _ := strings.Cut(name, "/")
		list[name] = func() netem.Queue { return made(t, kind, change) }
	}
	return list
}

// Every registered queue keeps every packet or drops it, keeps the packets of a flow in
// order (those of a class of a flow, if it has classes), and keeps count.
func TestBattery(t *testing.T) {
	for name, q := range variants(t) {
		t.Run(name, func(t *testing.T) { battery(t, q()) })
	}
}

// order is what tells packets that must not overtake each other from others.
type order struct {
	flow  uint16
	small bool
}

func orderOf(q netem.Queue, p *netem.Packet) order {
	switch q := q.(type) {
	case *priority:
		return order{p.SrcPort, p.Size <= q.small}
	case *fq, *fqCoDel:
		return order{p.SrcPort, false}
	}
	return order{}
}

func battery(t *testing.T, q netem.Queue) {
	d, r := newDrops(), rand.New(rand.NewPCG(3, 4))
	var now sim.Time
	var offered, sent int
	var in, out units.Bytes
	last := make(map[order]int)
	for range 50_000 {
		now = now.Add(time.Duration(r.IntN(2_000_000)))
		// Bursts come and go, so that all regions are visited.
		if load := 0.3 + 0.4*float64(offered/3000%2); r.Float64() < load {
			p := d.packet(now, r.IntN(5), units.Bytes(40+r.IntN(1461)))
			offered++
			p.Payload = offered
			in += p.Size
			d.watched = p
			if took := q.Enqueue(now, p, d); took != (d.watched == p) {
				t.Fatalf("Enqueue returned %v, which is not so", took)
			}
		} else if p := q.Dequeue(now, d); p != nil {
			serial, o := p.Payload.(int), orderOf(q, p)
			if serial <= last[o] {
				t.Fatalf("packet %d after packet %d", serial, last[o])
			}
			last[o] = serial
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

// busy returns a step that offers n packets and takes one, flow after flow.
func busy(q netem.Queue, n int) func() {
	d := newDrops()
	var now sim.Time
	flow := 0
	return func() {
		for range n {
			flow = (flow + 1) % 8
			q.Enqueue(now, d.packet(now, flow, 1500), d)
		}
		if p := q.Dequeue(now, d); p != nil {
			p.Free()
		}
		now = now.Add(3 * time.Millisecond)
	}
}

func TestHotPathAllocatesNothing(t *testing.T) {
	for name, q := range variants(t) {
		step := busy(q(), 3)
		for range 10_000 { // the pool fills
			step()
		}
		if n := testing.AllocsPerRun(1000, step); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// One packet comes and one leaves, while some wait.
func BenchmarkQueue(b *testing.B) {
	list := variants(b)
	for _, name := range slices.Sorted(maps.Keys(list)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			q := list[name]()
			step, d := busy(q, 1), newDrops()
			for i := range 20 {
				q.Enqueue(0, d.packet(0, i%8, 1500), d)
			}
			for b.Loop() {
				step()
			}
		})
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
			&ECNThreshold{Limit: x, K: units.Packets(1000)}, &PIE{Limit: x, Target: 1, Update: 1},
			&FQ{Limit: x, Quantum: 1514, Flows: 1000}, &Priority{Limit: x}, &Priority{Limit: x, Fair: true},
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
		"target below 0":      &RED{Min: 1, Max: 2, MaxP: 1, Weight: 1, Target: -1},
		"no flows":            &FQ{Quantum: 1},
		"quantum 0":           &FQ{Flows: 1},
		"threshold below 0":   &FQCoDel{Target: 1, Interval: 1, Flows: 1, Quantum: 1, CEThreshold: -1},
		"flow target 0":       &FQCoDel{Interval: 1, Flows: 1, Quantum: 1},
		"PIE target 0":        &PIE{Update: 1e6, Alpha: 1},
		"update 1ns":          &PIE{Target: 1, Update: 1, Alpha: 1},
		"alpha 0":             &PIE{Target: 1, Update: 1e6},
		"third of no limit":   &PIE{Target: 1, Update: 1e6, Alpha: 1, Enhanced: true},
		"no k":                &ECNThreshold{},
		"p above 1":           &Random{Limit: units.Packets(9), P: 1.1},
		"random of nothing":   &Random{},
		"small below 0":       &Priority{Small: -1},
	} {
		if m.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
