package middlebox

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// model returns the kind called name with its defaults.
func model(t *testing.T, name string) Model {
	t.Helper()
	m, err := Registry.New(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The defaults of every kind are valid, every kind has a source, and every parameter a meaning.
func TestDefaults(t *testing.T) {
	for _, name := range Registry.Names() {
		if v, ok := model(t, name).(interface{ Validate() error }); ok && v.Validate() != nil {
			t.Errorf("%s: the defaults are refused: %v", name, v.Validate())
		}
		if Registry.Source(name) == "" {
			t.Errorf("%s has no source", name)
		}
		for _, p := range Registry.Params(name) {
			if p.Doc == "" {
				t.Errorf("%s.%s has no doc", name, p.Name)
			}
		}
	}
}

// Parameters and conditions that make no sense are refused, in words that name them.
func TestValidate(t *testing.T) {
	for want, v := range map[string]interface{ Validate() error }{ // order does not matter
		"options: there are none":                      &StripOption{},
		`unknown option "mp_joy"`:                      &StripOption{Options: []string{"mp_joy"}},
		`options: unknown option ""`:                   &DropSYNOption{Options: []string{""}},
		`unknown drop ""; want one of syn, data`:       &DropSYNPayload{},
		"mss 10: want at least":                        &MSSClamp{MSS: 10},
		`unknown action "kill"; want one of drop, rst`: &Killer{Action: "kill"},
		"at -1ns":                         &Reroute{At: -1},
		"mss 0":                           &Split{},
		"max_size 64KiB":                  &Coalesce{MaxSize: 1 << 16, Timeout: 1},
		"timeout 0s":                      &Coalesce{MaxSize: 1500},
		"at -1B":                          &PayloadALG{At: -1, Length: 1},
		"length 0B":                       &PayloadALG{},
		"delta -3: want -2, which leaves": &PayloadALG{Length: 3, Delta: -3},
		"delta 1001":                      &PayloadALG{Length: 3, Delta: 1001},
		"timeout_established 0s":          &NAT{TimeoutTransitory: 1, OnExpire: "rst"},
		"timeout_transitory -1ns":         &NAT{TimeoutEstablished: 1, TimeoutTransitory: -1, OnExpire: "rst"},
		`unknown on_expire ""; want one of drop, rst`: &NAT{TimeoutEstablished: 1, TimeoutTransitory: 1},
		`inbound_syn "no"`:                            &Firewall{InboundSYN: "no"},
		"buffer 0B":                                   &ProactiveACK{RTO: 1, MPTCP: "drop"},
		"rto 0s":                                      &ProactiveACK{Buffer: 1, MPTCP: "drop"},
		`unknown mptcp "keep"; want one of drop, copy`: &ProactiveACK{Buffer: 1, RTO: 1, MPTCP: "keep"},
		"cap 0B":                       &ShrinkWindow{},
		"rate 0bps":                    &Policer{Burst: 1500},
		"burst 1499B":                  &Policer{Rate: 1, Burst: 1499},
		"limit 10B":                    &Shaper{Rate: 1, Burst: 1500, Limit: 10},
		"login -1ns":                   &Portal{Login: -1},
		`unknown kind of packet "SYN"`: When{Packets: []string{"SYN"}, Probability: 1},
		"after_bytes -1":               When{AfterBytes: -1, Probability: 1},
		"after -1ns":                   When{After: -1, Probability: 1},
		"until 2ns":                    When{After: 3, Until: 2, Probability: 1},
		"probability 0":                When{},
		"probability 1.5":              When{Probability: 1.5},
		`unknown direction "left"; want one of up`: Config{new(EndOfList), "left", When{Probability: 1}},
		"an inside and an outside":                 Config{new(NAT), Both, When{Probability: 1}},
		"needs all packets of a connection":        Config{new(AckUnseen), Both, When{Probability: 1, AfterBytes: 1}},
	} {
		if err := v.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", v, err, want)
		}
	}
}

// What is no TCP segment passes every kind.
func TestOtherPacketsPass(t *testing.T) {
	for _, name := range Registry.Names() {
		r := newRig(t, always(model(t, name)))
		arrived := 0
		r.link.B.Node.SetReceiver(receiver(func(p *netem.Packet) { arrived++; p.Free() }))
		p := netem.NewPool(func() *netem.Packet { return new(netem.Packet) }).Get()
		p.Route, p.Size = r.route, 100
		r.net.Send(p)
		r.wait()
		if arrived != 1 || r.boxes[0].Packets[0] != 0 {
			t.Errorf("%s: %d arrived, %d were looked at", name, arrived, r.boxes[0].Packets[0])
		}
	}
}

// A connection that is not selected passes every kind untouched, and costs no memory.
func TestUnselectedPassUntouched(t *testing.T) {
	for _, name := range Registry.Names() {
		r := newRig(t, Config{Model: model(t, name), When: When{Probability: 1, Port: 9}})
		var last wire.Segment
		var bytes units.Bytes
		for _, node := range []*netem.Node{r.link.A.Node, r.link.B.Node} {
			node.SetReceiver(receiver(func(p *netem.Packet) { last, bytes = *segment(p), p.Size; p.Free() }))
		}
		for _, s := range []wire.Segment{theSYN, joinSYN, theACK, chunk(0, 1000), chunk(3000, 1000)} {
			r.up(s)
			r.wait()
			if !reflect.DeepEqual(last, s) || bytes != size(&s) {
				t.Errorf("%s: %s arrives as %s, %d bytes of %d", name, show(&s), show(&last), bytes, size(&s))
			}
		}
		s := chunk(0, 1000)
		if n := testing.AllocsPerRun(100, func() { r.up(s); r.wait() }); n != 0 {
			t.Errorf("%s: %v allocations a packet", name, n)
		}
	}
}

// A connection of plain TCP that goes on and on costs no memory in any kind.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, name := range Registry.Names() {
		r := newRig(t, always(model(t, name)))
		for _, node := range []*netem.Node{r.link.A.Node, r.link.B.Node} {
			node.SetReceiver(receiver(func(p *netem.Packet) { p.Free() }))
		}
		r.up(theSYN)
		r.wait()
		back := r.down
		if name == "nat" {
			back = func(s wire.Segment) { r.answer(s, 4000) }
		}
		back(theSYNACK)
		r.wait()
		pos := uint64(0)
		step := func() {
			for range 2 {
				r.up(chunk(pos, 1000))
				pos += 1000
			}
			r.wait()
			back(acks(1001 + uint32(pos)))
			r.wait(30 * time.Millisecond)
		}
		for range 100 { // what grows has grown
			step()
		}
		if n := testing.AllocsPerRun(100, step); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
		if err := r.net.Conserved(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Options are shared with what the sender sends again: no kind changes them in place.
func TestOptionsAreCopied(t *testing.T) {
	full := func() *wire.Options {
		return &wire.Options{
			MSS: 1460, WScale: 7, SACKPermitted: true, FastOpen: &wire.FastOpen{Cookie: []byte("cookie")},
			Capable: new(wire.Capable), Join: new(wire.Join), AddAddr: new(wire.AddAddr), RemoveAddr: []uint8{1}, Prio: new(wire.Prio),
			Reset: new(wire.Reset), FastClose: new(wire.FastClose), Fail: new(wire.Fail), Payload: []byte("0123456789"),
		}
	}
	models := []Model{&StripOption{Options: []string{"all"}}, &Split{MSS: 3}, &PayloadALG{At: 2, Length: 2}, &DropSYNPayload{Drop: "data"}}
	for _, name := range Registry.Names() {
		models = append(models, model(t, name))
	}
	for _, m := range models {
		r := newRig(t, always(m))
		o := full()
		for _, flags := range []wire.Flags{wire.SYN, wire.ACK, wire.ACK} {
			s := wire.Segment{Flags: flags, Seq: 1000, Len: 10, Opt: o}
			if flags == wire.ACK {
				s.Seq++
			}
			r.up(s)
			r.wait()
		}
		if !reflect.DeepEqual(o, full()) {
			t.Errorf("%T has changed the options of the sender: %+v", m, o)
		}
	}
}

// Options of a SYN that are overwritten with No-Operation leave the header as long as
// it was.
func TestFill(t *testing.T) {
	r := newRig(t, always(&StripOption{Options: []string{"mptcp", "timestamps"}, NOP: true}))
	var got wire.Segment
	var bytes units.Bytes
	r.link.B.Node.SetReceiver(receiver(func(p *netem.Packet) { got, bytes = *segment(p), p.Size; p.Free() }))
	s := theSYN
	r.up(s)
	r.wait()
	if optionsOf(&got) != mss|windowScale|sackPermitted || got.OptionLen() != s.OptionLen() || bytes != size(&s) {
		t.Errorf("%s becomes %s, %d bytes of options of %d", show(&s), show(&got), got.OptionLen(), s.OptionLen())
	}
	if b := wire.AppendOptions(nil, &got); len(b) != s.OptionLen() || b[len(b)-1] != 1 {
		t.Errorf("the options are % x", b)
	}
}

// Every option can be named, and is then taken out, alone.
func TestEveryOption(t *testing.T) {
	s := wire.Segment{
		Flags: wire.SYN, HasTS: true, NSACK: 1, DSS: wire.HasDataAck,
		Opt: &wire.Options{
			MSS: 1460, WScale: 0, SACKPermitted: true, FastOpen: new(wire.FastOpen),
			Capable: new(wire.Capable), Join: new(wire.Join), AddAddr: new(wire.AddAddr), RemoveAddr: []uint8{1}, Prio: new(wire.Prio),
			Reset: new(wire.Reset), FastClose: new(wire.FastClose), Fail: new(wire.Fail),
		},
	}
	if got := optionsOf(&s); got != allOptions {
		t.Fatalf("the segment has %b, want %b", got, allOptions)
	}
	for i, name := range optionNames {
		set, err := parseOptions([]string{name})
		if err != nil || set != 1<<i {
			t.Errorf("%s is %b, %v", name, set, err)
		}
		c := s
		if !strip(&c, set) || optionsOf(&c) != allOptions&^set {
			t.Errorf("without %s the segment has %b", name, optionsOf(&c))
		}
		if strip(&c, set) {
			t.Errorf("%s is taken out twice", name)
		}
	}
}
