package mptcp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp"
	"mpsim/mptcp/wire"
)

// occasion makes our end want to send something, and says how a segment shows it.
type occasion struct {
	name  string
	cause func(s *script, a *flow)
	shown func(g *received) bool
}

// occasions are in the order in which they happen. A withdrawal comes before an announcement,
// since what waits of the latter would be gone.
var occasions = []occasion{
	{"remove", func(s *script, _ *flow) { s.pm.Withdraw(2) }, func(g *received) bool { return g.Opt != nil && len(g.Opt.RemoveAddr) > 0 }},
	{"add", func(s *script, _ *flow) {
		if err := s.pm.Announce(2); err != nil {
			s.t.Error(err)
		}
	}, func(g *received) bool { return g.Opt != nil && g.Opt.AddAddr != nil && !g.Opt.AddAddr.Echo }},
	{"prio", func(s *script, _ *flow) { s.mp().Subflows()[0].SetBackup(true) }, func(g *received) bool {
		return g.Opt != nil && g.Opt.Prio != nil && g.Opt.Prio.Backup
	}},
	{"echo", func(s *script, a *flow) {
		a.ack(addAddr(s.announce(0)))
		s.run(11 * time.Millisecond)
	}, func(g *received) bool { return g.Opt != nil && g.Opt.AddAddr != nil && g.Opt.AddAddr.Echo }},
	{"data", func(s *script, _ *flow) { s.app.s.Write(100) }, func(g *received) bool { return g.Len > 0 && g.DSS.Has(wire.HasMap) }},
	{"fin", func(s *script, _ *flow) { s.app.s.CloseWrite() }, func(g *received) bool { return g.DSS.Has(wire.DataFIN) }},
	{"holes", func(s *script, a *flow) {
		for _, at := range []int{50, 70, 90, 110} {
			a.data(at, 10)
		}
		s.run(21 * time.Millisecond)
		g := a.inbox[len(a.inbox)-1]
		if room := (wire.OptionSpace - (g.OptionLen() - 4 - 8*int(g.NSACK)) - 4) / 8; int(g.NSACK) != min(room, 4) {
			s.t.Errorf("%q has %d SACK blocks: there is room for %d", g.text, g.NSACK, room)
		}
	}, func(g *received) bool { return g.NSACK > 0 }},
}

// ack sends an ACK of what has come on f, with a DATA_ACK of as much and an option.
func (f *flow) ack(o ...option) { f.data(0, 0, o...) }

// data sends n bytes at position pos, beside an option; all that came on f is acknowledged. Checksums
// and timestamps are as on the rest of f.
func (f *flow) data(pos, n int, o ...option) {
	text := fmt.Sprintf("ACK seq %d ack %d dack %d", pos+1, f.took+1, f.took)
	if n > 0 {
		text += fmt.Sprintf(" len %d dsn %d ssn %d map %d", n, pos, pos+1, n)
		if f.sums {
			o = append([]option{summed(0)}, o...)
		}
	}
	if f.stamps {
		o = append(o, func(f *flow, g *wire.Segment) { g.HasTS, g.TSVal = true, uint32(f.s.eng.Now()/1e6)+1 })
	}
	f.send(text, o...)
}

// Whatever our end has to say at once, on whatever kind of segments: never more than 40 bytes of options,
// and all of it said in the end. What is most urgent goes first, and SACK blocks shrink (RFC 8684,
// appendix A).
func TestOptionSpace(t *testing.T) {
	for _, v := range []struct {
		name                string
		stamps, sums, short bool
	}{{"plain", false, false, false}, {"timestamps", true, false, false}, {"checksums", true, true, false}, {"short", true, true, true}} {
		t.Run(v.name, func(t *testing.T) {
			for set := range 1 << len(occasions) {
				for _, spent := range []bool{false, true} {
					name := said(set, spent)
					s := serve(t, func(c *mptcp.Config) {
						c.Protocol.ShortDSN = v.short
						c.Protocol.AddAddrRetries = 0
					})
					a := s.open(0)
					a.stamps, a.sums = v.stamps, v.sums
					keys := func(n int) option { return capable(n, func(k *wire.Capable) { k.Checksum = v.sums }) }
					ts := func(_ *flow, g *wire.Segment) { g.HasTS = v.stamps }
					a.send("SYN seq 0", keys(0), ts)
					s.run(21 * time.Millisecond)
					a.send("ACK seq 1 ack 1", keys(2), ts)
					s.run(21 * time.Millisecond)
					if spent { // no signal has an ACK of its own any more
						s.mp().Subflows()[0].SetBackup(true)
						s.mp().Subflows()[0].SetBackup(false)
					}
					s.run(time.Millisecond)
					begun := len(a.inbox)
					for i := range occasions {
						if set>>i&1 == 1 {
							occasions[i].cause(s, a)
						}
					}
					for k := range 8 { // what comes in order is a reason for an ACK
						a.data(10*k, 10)
						s.run(25 * time.Millisecond)
						a.swallow(begun)
					}
					s.run(5 * time.Second)
					judgeOptions(t, name, set, spent, a, begun)
					if t.Failed() {
						t.Fatalf("%s\n%s", name, s.tr)
					}
				}
			}
		})
	}
}

// said names a set of occasions.
func said(set int, spent bool) string {
	var names []string
	for i := range occasions {
		if set>>i&1 == 1 {
			names = append(names, occasions[i].name)
		}
	}
	if spent {
		names = append(names, "after two signals")
	}
	return strings.Join(names, ", ")
}

// swallow acknowledges what has come on f since begun from now on.
func (f *flow) swallow(begun int) {
	for _, g := range f.inbox[begun:] {
		f.took = max(f.took, int(g.Seq-f.ourISS)-1+int(g.Len))
	}
}

// judgeOptions checks what has come on a.
func judgeOptions(t *testing.T, name string, set int, spent bool, a *flow, begun int) {
	t.Helper()
	first := make([]int, len(occasions))
	for i := range first {
		first[i] = -1
	}
	for k := range a.inbox { // that it is not more than there is room for, script.Receive sees
		g := &a.inbox[k]
		if b := wire.AppendOptions(nil, &g.Segment); len(b) != g.OptionLen() {
			t.Errorf("%s: %q has %d bytes of options, and is counted as %d", name, g.text, len(b), g.OptionLen())
		}
		for i := range occasions {
			if k >= begun && first[i] < 0 && occasions[i].shown(g) {
				first[i] = k
			}
		}
	}
	for i := range occasions {
		if set>>i&1 == 1 && first[i] < 0 {
			t.Errorf("%s: %s was never said", name, occasions[i].name)
		}
	}
	if !spent { // each went when it came
		return
	}
	var order []int
	for _, i := range []int{2, 0, 3, 1} { // prio, remove, echo, add
		if set>>i&1 == 1 {
			order = append(order, first[i])
		}
	}
	if !slices.IsSorted(order) && set>>4&1 == 0 { // data lets some go meanwhile
		t.Errorf("%s: priority, withdrawal, echo, announcement came in the order %v", name, order)
	}
}
