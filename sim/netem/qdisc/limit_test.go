package qdisc

import (
	"slices"
	"testing"

	"mpsim/sim/netem"
	"mpsim/sim/plugin"
	"mpsim/sim/units"
)

// keeps are the queues that keep what waits when their limit shrinks, as pfifo of Linux does. All others drop at
// once what is over it, in the order in which it would have left, as codel, pie, fq and fq_codel of Linux do.
var keeps = []string{"droptail", "random", "red", "red/adaptive", "khalili-red", "ecn-threshold", "priority"}

// filled returns a queue with n packets of 1500 bytes, of five flows in turn; those that it drops do not count.
func filled(t *testing.T, q netem.Queue, n int) *drops {
	d := newDrops()
	for serial := 1; q.Len() < n; serial++ {
		p := d.packet(0, serial%5, 1500)
		p.Payload = serial
		if q.Enqueue(0, p, d); serial > 10*n {
			t.Fatalf("%d packets wait of %d that were offered", q.Len(), serial)
		}
	}
	return d
}

// departures takes all that waits, and returns in which order it left.
func departures(q netem.Queue, d *drops) (serials []int) {
	for p := q.Dequeue(0, d); p != nil; p = q.Dequeue(0, d) {
		serials = append(serials, p.Payload.(int))
		p.Free()
	}
	return serials
}

// A limit that shrinks below what waits drops what is over it, or lets it leave first, by the rule of the
// discipline, and changes no order.
func TestLimitShrinks(t *testing.T) {
	const before = 20
	for _, limit := range []netem.Limit{{Packets: 8}, {Bytes: 8 * 1500}} {
		for name, made := range variants(t) {
			q, twin := made(), made()
			d := filled(t, q, before)
			want := departures(twin, filled(t, twin, before))
			count := d.reasons[netem.Overflow]
			q.(netem.Limiter).SetLimit(0, limit, d)
			left := 8
			if slices.Contains(keeps, name) {
				left = before
			}
			if dropped := d.reasons[netem.Overflow] - count; q.Len() != left || dropped != before-left {
				t.Errorf("%s, %v: %d wait, %d are dropped; want %d and %d", name, limit, q.Len(), dropped, left, before-left)
			}
			if got := departures(q, d); !slices.Equal(got, want[before-left:]) {
				t.Errorf("%s, %v: %v leave, want %v", name, limit, got, want[before-left:])
			}
			for range 200 {
				q.Enqueue(0, d.packet(0, 0, 1500), d)
			}
			if q.Len() > 8 {
				t.Errorf("%s, %v: afterwards %d wait", name, limit, q.Len())
			}
		}
	}
}

// A limit that has grown is that of the next packet that arrives, to the packet.
func TestLimitGrows(t *testing.T) {
	for name, made := range variants(t) {
		q := made()
		limiter := q.(netem.Limiter)
		d := newDrops()
		limiter.SetLimit(0, netem.Limit{Packets: 5}, d)
		for _, limit := range []int{5, 12} {
			limiter.SetLimit(0, netem.Limit{Packets: limit}, d)
			most := 0
			for range 200 {
				n := q.Len()
				if q.Enqueue(0, d.packet(0, 0, 1500), d); n >= limit && q.Len() > n {
					t.Errorf("%s: one more is taken although %d wait", name, n)
				}
				most = max(most, q.Len())
			}
			if most != limit {
				t.Errorf("%s: at most %d wait, want %d", name, most, limit)
			}
		}
	}
}

// Every model has its limit where a scenario changes it.
func TestLimitIsAParameter(t *testing.T) {
	for _, name := range Registry.Names() {
		if !slices.ContainsFunc(Registry.Params(name), func(p plugin.Param) bool {
			_, quantity := p.Default.(units.Quantity)
			return p.Name == "limit" && quantity
		}) {
			t.Errorf("%s has no limit", name)
		}
	}
}
