package qdisc

import (
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// Shreedhar and Varghese, theorem 1: what two flows that always have packets have sent
// differs at no time by more than the quantum and two packets, whatever the sizes of
// their packets.
func TestFQIsFair(t *testing.T) {
	for name, change := range map[string]func(Model){
		"fq":       func(m Model) { m.(*FQ).Exact = true },
		"fq-codel": func(m Model) { m.(*FQCoDel).Exact, m.(*FQCoDel).Target = true, time.Hour },
	} {
		q, d, r := made(t, name, change), newDrops(), rand.New(rand.NewPCG(5, 6))
		sizes := []func() units.Bytes{
			func() units.Bytes { return 1500 },
			func() units.Bytes { return 40 },
			func() units.Bytes { return units.Bytes(40 + r.IntN(1461)) },
		}
		for flow, size := range sizes {
			for range 3 {
				q.Enqueue(0, d.packet(0, flow, size()), d)
			}
		}
		sent := make([]units.Bytes, len(sizes))
		for range 20_000 {
			p := q.Dequeue(0, d)
			flow := int(p.SrcPort)
			sent[flow] += p.Size
			p.Free()
			q.Enqueue(0, d.packet(0, flow, sizes[flow]()), d)
			for i := range sent {
				if gap := sent[flow] - sent[i]; gap > 1514+2*1500 {
					t.Fatalf("%s: flow %d has sent %v, flow %d %v", name, flow, sent[flow], i, sent[i])
				}
			}
		}
		if d.reasons != [netem.NoSocket + 1]int{} {
			t.Errorf("%s: drops %v", name, d.reasons)
		}
	}
}

// A flow that finds FQ full takes the place of the oldest packet of the flow with the most
// bytes; FQ-CoDel then drops half of it, but 64 packets at most (RFC 8290, section 4.1).
func TestFQOverflow(t *testing.T) {
	for _, c := range []struct {
		kind        string
		limit, fat  int
		left, drops int
	}{
		{"fq", 100, 100, 99, 1}, {"fq-codel", 100, 100, 50, 50}, {"fq-codel", 1000, 1000, 936, 64},
	} {
		q := made(t, c.kind, func(m Model) {
			switch m := m.(type) {
			case *FQ:
				m.Limit = units.Packets(c.limit)
			case *FQCoDel:
				m.Limit = units.Packets(c.limit)
			}
		})
		d := newDrops()
		for i := range c.fat {
			p := d.packet(0, 1, 1500)
			p.Payload = i
			q.Enqueue(0, p, d)
		}
		if !q.Enqueue(0, d.packet(0, 2, 40), d) {
			t.Errorf("%s: the packet of the thin flow has gone", c.kind)
		}
		if q.Len() != c.left+1 || d.reasons[netem.Overflow] != c.drops {
			t.Errorf("%s with limit %d: %d packets, %d drops; want %d, %d", c.kind, c.limit, q.Len(), d.reasons[netem.Overflow], c.left+1, c.drops)
		}
		if p := q.Dequeue(0, d); p.SrcPort == 1 && p.Payload != c.drops {
			t.Errorf("%s: packet %v is the first, want %d: drops are from the head", c.kind, p.Payload, c.drops)
		}
	}
	// What is larger than the limit goes itself.
	q, d := (&FQ{Limit: units.Quantity{N: 1000, Measure: units.InBytes}, Quantum: 1514, Flows: 1}).Make(link()), newDrops()
	if q.Enqueue(0, d.packet(0, 0, 1500), d) || q.Len() != 0 || q.Bytes() != 0 {
		t.Error("1500 bytes are in a queue of 1000")
	}
}

// RFC 8290, section 4.2: flows that have not built a queue go before those that have.
func TestFQCoDelNewFlowsFirst(t *testing.T) {
	q, d := made(t, "fq-codel", nil), newDrops()
	for range 50 {
		q.Enqueue(0, d.packet(0, 1, 1500), d)
	}
	for range 4 { // flow 1 has used its quantum
		q.Dequeue(0, d).Free()
	}
	q.Enqueue(0, d.packet(0, 2, 100), d)
	if p := q.Dequeue(0, d); p.SrcPort != 2 {
		t.Error("the new flow has to wait")
	}
}

// The same section: two flows each of which comes back, its queue being empty, while the
// other is served would be new for ever; an old flow must not starve.
func TestFQCoDelDoesNotStarve(t *testing.T) {
	q, d := made(t, "fq-codel", nil), newDrops()
	for range 50 {
		q.Enqueue(0, d.packet(0, 1, 1500), d)
	}
	for range 4 { // flow 1 is old
		q.Dequeue(0, d).Free()
	}
	q.Enqueue(0, d.packet(0, 2, 100), d)
	q.Enqueue(0, d.packet(0, 3, 100), d)
	var served [4]int
	for range 100 {
		p := q.Dequeue(0, d)
		served[p.SrcPort]++
		if p.SrcPort != 1 && served[2]+served[3] > 1 {
			q.Enqueue(0, d.packet(0, 5-int(p.SrcPort), 100), d)
		}
		p.Free()
	}
	if served[1] < 5 {
		t.Errorf("of 100 packets %d are of the old flow", served[1])
	}
}

// CoDel drops from the flow that has a queue, and not from one beside it.
func TestFQCoDelIsolates(t *testing.T) {
	q, d := made(t, "fq-codel", func(m Model) { m.(*FQCoDel).ECN = false }), newDrops()
	thin := 0
	for now := sim.Time(0); now < sim.Time(10*time.Second); now = now.Add(time.Millisecond) {
		q.Enqueue(now, d.packet(now, 1, 1500), d)
		if now%sim.Time(20*time.Millisecond) == 0 {
			q.Enqueue(now, d.packet(now, 2, 100), d)
			thin++
		}
		if now/1e6%4 != 0 { // 4 packets come and 3 leave
			if p := q.Dequeue(now, d); p != nil {
				if p.SrcPort == 2 {
					thin--
					if wait := now.Sub(p.Enqueued); wait > 3*time.Millisecond {
						t.Fatalf("a packet of the thin flow has waited %v", wait)
					}
				}
				p.Free()
			}
		}
	}
	if thin > 1 || d.reasons[netem.Early] < 20 {
		t.Errorf("%d packets of the thin flow are missing, %d early drops", thin, d.reasons[netem.Early])
	}
}

// RFC 8290, section 5.2.7: packets of ECN-capable transports are marked that have waited
// longer than ce_threshold.
func TestFQCoDelCEThreshold(t *testing.T) {
	q, d := made(t, "fq-codel", func(m Model) { m.(*FQCoDel).CEThreshold = time.Millisecond }), newDrops()
	for _, c := range []struct {
		field  netem.ECN
		waited time.Duration
		want   netem.ECN
	}{
		{netem.ECT0, time.Millisecond, netem.ECT0}, {netem.ECT0, time.Millisecond + 1, netem.CE},
		{netem.ECT1, time.Second, netem.CE}, {netem.NotECT, time.Second, netem.NotECT},
	} {
		p := d.packet(0, 1, 1500)
		p.ECN = c.field
		q.Enqueue(0, p, d)
		if got := q.Dequeue(sim.Time(c.waited), d).ECN; got != c.want {
			t.Errorf("codepoint %d after %v: %d, want %d", c.field, c.waited, got, c.want)
		}
	}
}

// RFC 8290, section 5.3: of 100 flows in 1024 places, each is alone with probability
// 90.78 %. Which are is another question for each salt.
func TestFlowHash(t *testing.T) {
	var alone, flows float64
	r := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		table := newFlowTable(1024, false, r)
		seen := make(map[*flow]int)
		for i := range 100 { // ten ports each at ten neighbours
			p := netem.Packet{Src: netem.Addr(0x0a000001 + i/10), Dst: 0x0a000100, SrcPort: uint16(49152 + i%10), DstPort: 80}
			seen[table.of(&p)]++
		}
		for _, n := range seen {
			if n == 1 {
				alone++
			}
		}
		flows += 100
	}
	near(t, "flows without a collision", alone/flows, 0.9078, 0.005)
}

// A flow is a pair of addresses and ports. If exact is set each has its own place.
func TestFlowIdentity(t *testing.T) {
	one := netem.Packet{Src: 1, Dst: 2, SrcPort: 3, DstPort: 4}
	for name, table := range map[string]flowTable{
		"exact":  newFlowTable(0, true, nil),
		"hashed": newFlowTable(65536, false, rand.New(rand.NewPCG(1, 1))),
	} {
		f := table.of(&one)
		same := one
		same.Size, same.ECN = 99, netem.CE
		if table.of(&same) != f {
			t.Errorf("%s: another packet of the flow has another place", name)
		}
		for _, other := range []netem.Packet{
			{Src: 9, Dst: 2, SrcPort: 3, DstPort: 4}, {Src: 1, Dst: 9, SrcPort: 3, DstPort: 4},
			{Src: 1, Dst: 2, SrcPort: 9, DstPort: 4}, {Src: 1, Dst: 2, SrcPort: 3, DstPort: 9},
			{Src: 2, Dst: 1, SrcPort: 4, DstPort: 3},
		} {
			if table.of(&other) == f {
				t.Errorf("%s: %+v has the same place", name, other)
			}
		}
	}
}
