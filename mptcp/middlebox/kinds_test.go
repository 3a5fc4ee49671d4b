package middlebox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// rig is a link from a to b, of 1 ms and no rate to speak of, with middleboxes. It notes what
// arrives at either end.
type rig struct {
	eng   *sim.Engine
	net   *netem.Network
	link  *netem.Duplex
	route *netem.Route
	pool  *netem.Pool
	boxes []*Element
	lines []string
	times []time.Duration
	show  func(p *netem.Packet) string
}

// arrival notes what arrives at one end.
type arrival struct {
	*rig
	mark string
}

func (a arrival) Receive(p *netem.Packet) {
	a.lines = append(a.lines, a.mark+" "+a.show(p))
	a.times = append(a.times, time.Duration(a.eng.Now()))
	if p.Size < size(segment(p)) {
		a.lines = append(a.lines, fmt.Sprintf("! the packet has %d bytes, its segment %d", p.Size, size(segment(p))))
	}
	p.Free()
}

func newRig(t *testing.T, configs ...Config) *rig {
	t.Helper()
	r := &rig{eng: sim.NewEngine(), show: func(p *netem.Packet) string { return show(segment(p)) }}
	r.net = netem.NewNetwork(r.eng)
	a, b := r.net.AddNode("a"), r.net.AddNode("b")
	c := func() netem.LinkConfig {
		return netem.LinkConfig{Rate: netem.ConstantRate(1000 * units.Gbps), Delay: netem.ConstantDelay(time.Millisecond)}
	}
	r.link = r.net.Connect("l", a, b, c(), c())
	a.SetReceiver(arrival{r, "<"})
	b.SetReceiver(arrival{r, ">"})
	var err error
	if r.route, err = r.net.Route(r.link.A.Addr, r.link.B.Addr); err != nil {
		t.Fatal(err)
	}
	r.pool = netem.NewPool(func() *netem.Packet { return &netem.Packet{Payload: new(wire.Segment)} })
	for i, c := range configs {
		e := New(c, r.eng, rand.New(rand.NewPCG(1, uint64(i))), rand.New(rand.NewPCG(2, uint64(i))))
		r.boxes = append(r.boxes, e)
		r.link.Insert(e)
	}
	return r
}

// up sends a segment from port 4000 of a to port 80 of b, down one the other way.
func (r *rig) up(s wire.Segment)   { r.send(r.route, s, 4000, 80) }
func (r *rig) down(s wire.Segment) { r.send(r.route.Reverse, s, 80, 4000) }

func (r *rig) send(route *netem.Route, s wire.Segment, from, to uint16) *netem.Packet {
	p := r.pool.Get()
	*segment(p) = s
	p.Route, p.Src, p.Dst, p.SrcPort, p.DstPort, p.Size = route, route.Src, route.Dst, from, to, size(&s)
	r.net.Send(p)
	return p
}

// wait lets time pass, by default as long as a packet needs.
func (r *rig) wait(d ...time.Duration) {
	if len(d) == 0 {
		r.eng.Run(r.eng.Now().Add(2 * time.Millisecond))
		return
	}
	r.eng.Run(r.eng.Now().Add(d[0]))
}

// got returns what has arrived since the last call.
func (r *rig) got() string {
	s := strings.Join(r.lines, "\n")
	r.lines, r.times = nil, nil
	return s
}

// show writes the flags, the sequence number and length, the acknowledgement, the
// window, the SACK blocks and the names of the options of s.
func show(s *wire.Segment) string {
	var b strings.Builder
	for i, letter := range "FSRPAUEC" {
		if s.Flags&(1<<i) != 0 {
			b.WriteRune(letter)
		}
	}
	fmt.Fprintf(&b, " %d", s.Seq)
	if s.Len > 0 {
		fmt.Fprintf(&b, "+%d", s.Len)
	}
	if s.Flags.Has(wire.ACK) {
		fmt.Fprintf(&b, " ack %d", s.Ack)
	}
	if s.Window > 0 {
		fmt.Fprintf(&b, " win %d", s.Window)
	}
	for _, k := range s.SACK[:s.NSACK] {
		fmt.Fprintf(&b, " sack %d-%d", k.Left, k.Right)
	}
	set := optionsOf(s)
	for i, name := range optionNames {
		if set&(1<<i)&^sack != 0 {
			b.WriteString(" " + name)
		}
		if set&(1<<i)&mss != 0 {
			fmt.Fprintf(&b, "=%d", s.Opt.MSS)
		}
	}
	if explicit(s) {
		fmt.Fprintf(&b, " %q", s.Opt.Payload)
	}
	return b.String()
}

// The segments of a connection that begins at 1000 and 5000.
var (
	theSYN = wire.Segment{Flags: wire.SYN, Seq: 1000, Window: 65535, HasTS: true,
		Opt: &wire.Options{MSS: 1460, WScale: 7, SACKPermitted: true, Capable: &wire.Capable{Version: 1}}}
	theSYNACK = wire.Segment{Flags: wire.SYN | wire.ACK, Seq: 5000, Ack: 1001, Window: 65535, HasTS: true,
		Opt: &wire.Options{MSS: 1460, WScale: 7, SACKPermitted: true, Capable: &wire.Capable{Version: 1, NKeys: 1}}}
	theACK = wire.Segment{Flags: wire.ACK, Seq: 1001, Ack: 5001, Window: 500, HasTS: true,
		Opt: &wire.Options{WScale: -1, Capable: &wire.Capable{Version: 1, NKeys: 2}}}
	joinSYN = wire.Segment{Flags: wire.SYN, Seq: 1000, Window: 65535, Opt: &wire.Options{MSS: 1460, WScale: 7, Join: new(wire.Join)}}
)

// chunk returns n bytes of the client's stream from pos on.
func chunk(pos uint64, n int) wire.Segment {
	return wire.Segment{
		Flags: wire.ACK, Seq: 1001 + uint32(pos), Ack: 5001, Window: 500, HasTS: true, Len: uint16(n), Pos: pos,
		DSS: wire.HasMap, DSN: 77 + pos, SSN: 1 + uint32(pos), MapLen: uint16(n),
	}
}

// acks returns the server's acknowledgement.
func acks(n uint32, blocks ...wire.Block) wire.Segment {
	s := wire.Segment{Flags: wire.ACK, Seq: 5001, Ack: n, Window: 500, HasTS: true, DSS: wire.HasDataAck, NSACK: uint8(len(blocks))}
	copy(s.SACK[:], blocks)
	return s
}

// handshake opens a connection and forgets what arrived.
func (r *rig) handshake() {
	r.up(theSYN)
	r.wait()
	r.down(theSYNACK)
	r.wait()
	r.up(theACK)
	r.wait()
	r.got()
}

// with returns s after change.
func with(s wire.Segment, change func(s *wire.Segment)) wire.Segment {
	change(&s)
	return s
}

// always is a config without conditions.
func always(m Model) Config { return Config{Model: m, When: When{Probability: 1}} }

// Each kind does what the catalogue says with the segments that it meets. A line is
// a segment that arrives: > at the second node, < at the first.
func TestKinds(t *testing.T) {
	type test struct {
		name   string
		config Config
		play   func(r *rig)
		want   string
	}
	open := func(r *rig) {
		r.up(theSYN)
		r.wait()
		r.down(theSYNACK)
		r.wait()
		r.up(theACK)
		r.wait()
		r.up(chunk(0, 100))
		r.wait()
	}
	tests := []test{
		{"strip-option on the SYN", Config{&StripOption{Options: []string{"mp_capable"}}, Up, When{Packets: []string{"syn"}, Probability: 1}}, open, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps
< SA 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
> A 1001 ack 5001 win 500 timestamps mp_capable
> A 1001+100 ack 5001 win 500 timestamps dss`},
		{"strip-option on the SYN/ACK", Config{&StripOption{Options: []string{"mptcp"}}, Both, When{Packets: []string{"synack"}, Probability: 1}}, open, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
< SA 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps
> A 1001 ack 5001 win 500 timestamps mp_capable
> A 1001+100 ack 5001 win 500 timestamps dss`},
		{"strip-option of what is not there", always(&StripOption{Options: []string{"mp_join"}}), open, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
< SA 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
> A 1001 ack 5001 win 500 timestamps mp_capable
> A 1001+100 ack 5001 win 500 timestamps dss`},
		{"strip-option after 100 bytes", Config{&StripOption{Options: []string{"dss"}}, Up, When{AfterBytes: 100, Probability: 1}}, func(r *rig) {
			r.handshake()
			r.up(chunk(0, 100))
			r.up(chunk(100, 100))
			r.wait()
		}, `
> A 1001+100 ack 5001 win 500 timestamps dss
> A 1101+100 ack 5001 win 500 timestamps`},
		{"eol", always(new(EndOfList)), open, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
< SA 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
> A 1001 ack 5001 win 500
> A 1001+100 ack 5001 win 500`},
		{"reroute", always(&Reroute{At: 7 * time.Millisecond}), func(r *rig) {
			r.handshake()
			r.up(chunk(0, 100))
			r.wait()
			r.up(chunk(100, 100))
			r.wait()
		}, `
> A 1001+100 ack 5001 win 500 timestamps dss
> A 1101+100 ack 5001 win 500 timestamps`},
		{"drop-syn-option", always(&DropSYNOption{Options: []string{"mptcp"}}), func(r *rig) {
			r.up(theSYN)
			r.up(with(theSYN, func(s *wire.Segment) { strip(s, multipath) }))
			r.wait()
			r.down(theSYNACK)
			r.wait()
		}, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps
< SA 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable`},
		{"drop-syn-payload", always(&DropSYNPayload{Drop: "syn"}), func(r *rig) {
			r.up(with(theSYN, func(s *wire.Segment) { s.Len = 10 }))
			r.up(theSYN)
			r.wait()
		}, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable`},
		{"drop-syn-payload, the data", always(&DropSYNPayload{Drop: "data"}), func(r *rig) {
			r.up(with(theSYN, func(s *wire.Segment) { s.Len = 10 }))
			r.wait()
		}, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable`},
		{"drop-syn-payload, the answer", always(&DropSYNPayload{Drop: "synack"}), func(r *rig) {
			r.up(with(theSYN, func(s *wire.Segment) { s.Len = 10 }))
			r.wait()
			r.down(with(theSYNACK, func(s *wire.Segment) { s.Ack = 1011 }))
			r.down(theSYNACK)
			r.wait()
		}, `
> S 1000+10 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable
< SA 5000 ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable`},
		{"mss-clamp", always(&MSSClamp{MSS: 1000}), func(r *rig) {
			r.up(theSYN)
			r.up(with(theSYN, func(s *wire.Segment) { s.Opt = &wire.Options{MSS: 536, WScale: -1} }))
			r.wait()
		}, `
> S 1000 win 65535 mss=1000 window_scale sack_permitted timestamps mp_capable
> S 1000 win 65535 mss=536 timestamps`},
		{"mptcp-killer drops", always(&Killer{Action: "drop"}), func(r *rig) { r.up(joinSYN); r.up(theSYN); r.wait() }, `
> S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable`},
		{"mptcp-killer resets", always(&Killer{Action: "rst"}), func(r *rig) { r.up(joinSYN); r.wait() }, `
< RA 0 ack 1001`},
		{"split", always(&Split{MSS: 40}), func(r *rig) {
			r.up(with(chunk(0, 100), func(s *wire.Segment) { s.Flags |= wire.PSH | wire.FIN }))
			r.up(chunk(100, 40))
			r.wait()
		}, `
> A 1001+40 ack 5001 win 500 timestamps dss
> A 1041+40 ack 5001 win 500 timestamps dss
> FPA 1081+20 ack 5001 win 500 timestamps dss
> A 1101+40 ack 5001 win 500 timestamps dss`},
		{"coalesce", always(&Coalesce{MaxSize: 400, Timeout: time.Millisecond}), func(r *rig) {
			r.up(chunk(0, 100))
			r.up(with(chunk(100, 100), func(s *wire.Segment) { s.Ack, s.Window = 5002, 501 })) // joins
			r.up(chunk(200, 150))                                                              // too large
			r.up(chunk(500, 100))                                                              // does not follow
			r.up(with(chunk(600, 0), func(s *wire.Segment) { s.Flags |= wire.FIN }))           // no data
			r.up(with(chunk(700, 10), func(s *wire.Segment) { s.Flags |= wire.PSH }))          // is urgent
			r.wait()
		}, `
> A 1001+200 ack 5002 win 501 timestamps dss
> A 1201+150 ack 5001 win 500 timestamps dss
> A 1501+100 ack 5001 win 500 timestamps dss
> FA 1601 ack 5001 win 500 timestamps dss
> PA 1701+10 ack 5001 win 500 timestamps dss`},
		{"coalesce, of two places of the stream", always(&Coalesce{MaxSize: 400, Timeout: time.Millisecond}), func(r *rig) {
			r.up(chunk(0, 3))
			r.up(with(chunk(3, 2), func(s *wire.Segment) { s.Pos = 900 }))
			r.wait(5 * time.Millisecond)
		}, fmt.Sprintf("> A 1001+5 ack 5001 win 500 timestamps dss %q", wire.AppendContent(wire.AppendContent(nil, 0, 3), 900, 2))},
		{"rwnd-shrink", always(&ShrinkWindow{Cap: 12800}), func(r *rig) {
			open(r)
			r.down(with(acks(1101), func(s *wire.Segment) { s.Window = 90 }))
			r.wait()
		}, `
> S 1000 win 12800 mss=1460 window_scale sack_permitted timestamps mp_capable
< SA 5000 ack 1001 win 12800 mss=1460 window_scale sack_permitted timestamps mp_capable
> A 1001 ack 5001 win 100 timestamps mp_capable
> A 1001+100 ack 5001 win 100 timestamps dss
< A 5001 ack 1101 win 90 timestamps dss`},
		{"rwnd-shrink without window scaling", always(&ShrinkWindow{Cap: 12800}), func(r *rig) {
			r.up(theSYN)
			r.wait()
			r.down(with(theSYNACK, func(s *wire.Segment) { strip(s, windowScale) }))
			r.wait()
			r.up(with(theACK, func(s *wire.Segment) { s.Window = 20000 }))
			r.wait()
		}, `
> S 1000 win 12800 mss=1460 window_scale sack_permitted timestamps mp_capable
< SA 5000 ack 1001 win 12800 mss=1460 sack_permitted timestamps mp_capable
> A 1001 ack 5001 win 12800 timestamps mp_capable`},
		{"ack-unseen", always(new(AckUnseen)), func(r *rig) {
			r.handshake()
			r.up(chunk(0, 100))
			r.wait()
			r.down(acks(1102)) // with a FIN
			r.down(acks(1103))
			r.down(acks(1101))
			r.wait()
		}, `
> A 1001+100 ack 5001 win 500 timestamps dss
< A 5001 ack 1102 win 500 timestamps dss
< A 5001 ack 1101 win 500 timestamps dss`},
		{"captive-portal", always(&Portal{Login: 100 * time.Millisecond}), func(r *rig) {
			r.up(theSYN)
			r.wait(4 * time.Millisecond)
			iss := r.boxes[0].flows[tuple{r.route.Src, r.route.Dst, 4000, 80}].state.(*captive).iss
			r.lines[0] = strings.Replace(r.lines[0], fmt.Sprint(iss), "ISS", 1)
			ack := func(s wire.Segment, n uint32) wire.Segment {
				return with(s, func(s *wire.Segment) { s.Ack = iss + n })
			}
			r.up(ack(theACK, 1))
			r.up(ack(chunk(0, 100), 1))
			r.wait(4 * time.Millisecond)
			r.lines[1] = strings.Replace(r.lines[1], fmt.Sprint(iss+1), "ISS+1", 1)
			fin := with(chunk(100, 0), func(s *wire.Segment) { s.Flags |= wire.FIN })
			r.up(ack(fin, uint32(len(redirect))+2))
			r.wait(200 * time.Millisecond)
			r.lines[2] = strings.Replace(r.lines[2], fmt.Sprint(iss+uint32(len(redirect))+2), "ISS+n", 1)
			r.up(with(theSYN, func(s *wire.Segment) { s.Seq = 999_999 }))
			r.wait()
		}, `
< SA ISS ack 1001 win 65535 mss=1460
< FPA ISS+1+93 ack 1101 win 65535 "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
< A ISS+n ack 1102 win 65535
> S 999999 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, tt.config)
			tt.play(r)
			if got, want := r.got(), strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if err := r.net.Conserved(); err != nil {
				t.Error(err)
			}
		})
	}
}
