package qdisc

import (
	"reflect"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
)

// A queue that is offered a fifth more than it can send, by a transport that understands marks, marks if its
// model says that it can, and else drops only. That is so for each kind, with and without its switch.
func TestMarker(t *testing.T) {
	for _, name := range Registry.Names() {
		for _, ecn := range []bool{false, true} {
			m, err := Registry.New(name)
			if err != nil {
				t.Fatal(err)
			}
			if f := reflect.ValueOf(m).Elem().FieldByName("ECN"); f.IsValid() {
				f.SetBool(ecn)
			}
			marker, ok := m.(Marker)
			if got, want := overload(m).marks > 0, ok && marker.Marks(); got != want {
				t.Errorf("%s, ecn = %v: marked %v; the model says %v", name, ecn, got, want)
			}
		}
	}
}

// overload offers a queue a packet each millisecond for ten seconds, where sending one takes 1.2 ms.
func overload(m Model) *drops {
	q, d := m.Make(link()), newDrops()
	next := sim.Time(0)
	for now := sim.Time(0); now < sim.Time(10*time.Second); now = now.Add(time.Millisecond) {
		for ; next <= now; next = next.Add(1200 * time.Microsecond) {
			if p := q.Dequeue(next, d); p != nil {
				p.Free()
			}
		}
		p := d.packet(now, 1, mtu)
		p.ECN = netem.ECT0
		q.Enqueue(now, p, d)
	}
	return d
}
