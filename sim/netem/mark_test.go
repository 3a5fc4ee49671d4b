package netem

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

// marking marks each second packet that understands it.
type marking struct {
	DropTail
	n int
}

func (q *marking) Enqueue(now sim.Time, p *Packet, d Dropper) bool {
	if q.n++; q.n%2 == 0 && p.ECN != NotECT {
		d.Mark(p)
	}
	return q.DropTail.Enqueue(now, p, d)
}

type codepoints struct{ seen [CE + 1]int }

func (r *codepoints) Receive(p *Packet) {
	r.seen[p.ECN]++
	p.Free()
}

// What a queue marks arrives as CE, is counted in packets and bytes, and is conserved
// like all else.
func TestMarks(t *testing.T) {
	eng := sim.NewEngine()
	net := NewNetwork(eng)
	a, b := net.AddNode("a"), net.AddNode("b")
	c := LinkConfig{Rate: ConstantRate(units.Mbps), Delay: ConstantDelay(time.Millisecond)}
	up := c
	up.Queue = &marking{DropTail: DropTail{LimitPackets: 7}}
	d := net.Connect("l", a, b, up, c)
	route, err := net.Route(d.A.Addr, d.B.Addr)
	if err != nil {
		t.Fatal(err)
	}
	var got codepoints
	b.SetReceiver(&got)
	pool := NewPool(func() *Packet { return new(Packet) })
	for i := range 8 {
		p := pool.Get()
		p.Size, p.Route, p.ECN = units.Bytes(1000+i), route, ECT0
		net.Send(p)
	}
	eng.Run(sim.Time(time.Second))
	if want := (codepoints{[...]int{ECT0: 4, CE: 4}}); got != want {
		t.Errorf("codepoints %v, want %v", got, want)
	}
	if s := d.Up.Stats(); s.Marked != (Count{4, 1001 + 1003 + 1005 + 1007}) || d.Down.Stats().Marked != (Count{}) {
		t.Errorf("marked %v", s.Marked)
	}
	if err := net.Conserved(); err != nil {
		t.Error(err)
	}
}
