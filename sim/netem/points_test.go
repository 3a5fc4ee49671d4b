package netem

import (
	"slices"
	"testing"

	"mpsim/sim/units"
)

// A packet is offered as its node sends it, whatever becomes of it: before a middlebox
// changes it, and before the queue drops it.
func TestOffered(t *testing.T) {
	for _, tt := range []struct {
		name              string
		down              bool
		box               meddler
		offered, enqueued []units.Bytes
	}{
		{"nothing in the way", false, func(p *Packet, t *Tap) { t.Forward(p) }, []units.Bytes{1000}, []units.Bytes{1000}},
		{"a box that resizes", false, func(p *Packet, t *Tap) { t.Resize(p, 900); t.Forward(p) }, []units.Bytes{1000}, []units.Bytes{900}},
		{"a box that drops", false, func(p *Packet, t *Tap) { t.Drop(p) }, []units.Bytes{1000}, nil},
		{"a link that is down", true, func(p *Packet, t *Tap) { t.Forward(p) }, []units.Bytes{1000}, nil},
	} {
		n, d, pool, _, _ := tapped()
		d.Insert(tt.box)
		d.SetUp(!tt.down)
		var offered, enqueued []units.Bytes
		d.Up.Points.Offered.Observe(func(e PacketEvent) { offered = append(offered, e.Packet.Size) })
		d.Up.Points.Enqueued.Observe(func(e PacketEvent) { enqueued = append(enqueued, e.Packet.Size) })
		p := pool.Get()
		p.Size = 1000
		p.Route, _ = n.Route(d.A.Addr, d.B.Addr)
		n.Send(p)
		if !slices.Equal(offered, tt.offered) || !slices.Equal(enqueued, tt.enqueued) {
			t.Errorf("%s: offered %v, enqueued %v", tt.name, offered, enqueued)
		}
	}
}
