package middlebox

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// expect checks what has arrived.
func (r *rig) expect(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(r.lines, want) {
		t.Errorf("got\n%q\nwant\n%q", r.lines, want)
	}
	r.got()
	if err := r.net.Conserved(); err != nil {
		t.Error(err)
	}
}

// One offset is added to sequence numbers, another to those of the other direction, and
// what comes back is corrected: the ends do not notice.
func TestRewriteISN(t *testing.T) {
	for _, fix := range []bool{true, false} {
		r := newRig(t, always(&RewriteISN{FixSACK: fix}))
		r.up(theSYN)
		r.wait()
		o := *r.boxes[0].last.state.(*offsets)
		if o[0] == 0 || o[1] == 0 {
			t.Fatalf("offsets %v", o)
		}
		r.got()
		r.down(with(theSYNACK, func(s *wire.Segment) { s.Ack += o[0] }))
		r.wait()
		r.up(with(chunk(0, 100), func(s *wire.Segment) { s.Ack += o[1] }))
		r.wait()
		r.down(acks(1001+o[0], wire.Block{Left: 1101 + o[0], Right: 1201 + o[0]}))
		r.wait()
		sack := "sack 1101-1201"
		if !fix {
			sack = fmt.Sprintf("sack %d-%d", 1101+o[0], 1201+o[0])
		}
		r.expect(t,
			fmt.Sprintf("< SA %d ack 1001 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable", 5000+o[1]),
			fmt.Sprintf("> A %d+100 ack 5001 win 500 timestamps dss", 1001+o[0]),
			fmt.Sprintf("< A %d ack 1001 win 500 %s timestamps dss", 5001+o[1], sack))
	}
}

// The stream that comes out is the one that goes in with a range replaced, however it
// is cut; what is acknowledged of it acknowledges what it was made of.
func TestPayloadALG(t *testing.T) {
	const at, length, total = 10, 6, 40
	for _, delta := range []int{0, 3, -2, -5} {
		in := wire.AppendContent(nil, 0, total)
		want := slices.Clone(in[:at])
		for i := range length + delta {
			switch {
			case i >= length:
				want = append(want, '0')
			case i == length+delta-1 && delta < 0: // the last byte stands for the rest
				want = append(want, in[at+length-1]^0xff)
			default:
				want = append(want, in[at+i]^0xff)
			}
		}
		want = append(want, in[at+length:]...)
		for size := 1; size <= total; size++ {
			r := newRig(t, Config{&PayloadALG{At: at, Length: length, Delta: delta}, Up, When{Probability: 1}})
			r.handshake()
			out := make([]byte, len(want))
			arrived := 0
			r.link.B.Node.SetReceiver(receiver(func(p *netem.Packet) {
				s := segment(p)
				arrived += copy(out[s.Seq-1001:], content(s, 0, int(s.Len)))
				p.Free()
			}))
			for from := 0; from < total; from += size {
				r.up(chunk(uint64(from), min(size, total-from)))
			}
			r.wait()
			if arrived != len(want) || !bytes.Equal(out, want) {
				t.Fatalf("delta %d, pieces of %d: %d bytes\n%q, want\n%q", delta, size, arrived, out, want)
			}
			// Everything before and behind the replacement is acknowledged byte by byte.
			for n, b := range map[int]int{0: 0, 5: 5, at: at, at + length + delta: at + length, len(want): total} { // order does not matter
				r.got()
				r.down(acks(1001+uint32(n), wire.Block{Left: 1001 + uint32(len(want)) - 1, Right: 1001 + uint32(len(want))}))
				r.wait()
				r.expect(t, fmt.Sprintf("< A 5001 ack %d win 500 sack %d-%d timestamps dss", 1001+b, 1001+total-1, 1001+total))
			}
		}
	}
}

// receiver is a function as a netem.Receiver.
type receiver func(p *netem.Packet)

func (f receiver) Receive(p *netem.Packet) { f(p) }

// addressed shows the addresses of a packet too, the network being that of the link.
func (r *rig) addressed() {
	name := func(a netem.Addr, port uint16) string { return fmt.Sprintf("%d:%d", a&0xff, port) }
	r.show = func(p *netem.Packet) string {
		return fmt.Sprintf("%s to %s %s %d", name(p.Src, p.SrcPort), name(p.Dst, p.DstPort), string("-SA"[min(2, int(segment(p).Flags&wire.SYN/2+segment(p).Flags&wire.ACK/16*2))]), segment(p).Seq)
	}
}

// answer sends s from the server to the outer address of a NAT.
func (r *rig) answer(s wire.Segment, port uint16) {
	p := r.pool.Get()
	*segment(p) = s
	back := r.route.Reverse
	p.Route, p.Src, p.Dst, p.SrcPort, p.DstPort, p.Size = back, back.Src, r.link.A.Addr&^0xff|254, 80, port, size(&s)
	r.net.Send(p)
	r.wait()
}

func nats(change func(m *NAT)) Config {
	m := &NAT{TimeoutEstablished: time.Hour, TimeoutTransitory: time.Minute, PortPreserve: true, OnExpire: "drop"}
	change(m)
	return always(m)
}

// Addresses are translated in both directions, and options are not (RFC 5382; RFC 8684,
// section 3.4.1).
func TestNATTranslates(t *testing.T) {
	r := newRig(t, nats(func(*NAT) {}))
	r.addressed()
	r.up(theSYN)
	r.wait()
	r.answer(theSYNACK, 4000)
	r.up(theACK)
	r.wait()
	r.send(r.route, theSYN, 4001, 80)
	r.wait()
	r.expect(t, "> 254:4000 to 2:80 S 1000", "< 2:80 to 1:4000 A 5000", "> 254:4000 to 2:80 A 1001", "> 254:4001 to 2:80 S 1000")

	r.down(theSYN)          // to the address inside
	r.answer(theSYN, 4002)  // to a port that stands for nothing
	r.up(joinSYN)           // of the same connection
	r.answer(theSYN, 40001) // again
	r.wait()
	r.expect(t, "> 254:4000 to 2:80 S 1000")
	other := nats(func(m *NAT) { m.PortPreserve = false })
	r = newRig(t, other)
	r.addressed()
	r.up(theSYN)
	r.wait()
	r.answer(theSYNACK, 1024)
	r.expect(t, "> 254:1024 to 2:80 S 1000", "< 2:80 to 1:4000 A 5000")

	r = newRig(t, Config{other.Model, Down, other.When})
	r.addressed()
	r.down(theSYN)
	r.wait()
	r.expect(t, "< 254:1024 to 1:4000 S 1000")
}

// A connection that is idle for too long is forgotten, an embryonic or closing one sooner
// (RFC 5382, REQ-5); a SYN opens it again.
func TestNATForgets(t *testing.T) {
	open := func(r *rig) {
		r.up(theSYN)
		r.wait()
		r.answer(theSYNACK, 4000)
		r.up(theACK)
		r.wait()
	}
	fin := func(s wire.Segment) wire.Segment {
		return with(s, func(s *wire.Segment) { s.Flags |= wire.FIN })
	}
	data := chunk(0, 100)
	for _, tt := range []struct {
		name  string
		start func(r *rig)
		idle  time.Duration
		lost  bool
	}{
		{"established", open, 59 * time.Minute, false},
		{"established for too long", open, time.Hour, true},
		{"embryonic", func(r *rig) { r.up(theSYN); r.wait() }, time.Minute, true},
		{"embryonic for a while", func(r *rig) { r.up(theSYN); r.wait() }, 50 * time.Second, false},
		{"half closed", func(r *rig) { open(r); r.up(fin(theACK)); r.wait() }, 59 * time.Minute, false},
		{"closing", func(r *rig) { open(r); r.up(fin(theACK)); r.answer(fin(acks(1002)), 4000) }, time.Minute, true},
		{"reset", func(r *rig) {
			open(r)
			r.up(with(theACK, func(s *wire.Segment) { s.Flags = wire.RST }))
			r.wait()
		}, time.Minute, true},
	} {
		for _, rst := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/rst=%v", tt.name, rst), func(t *testing.T) {
				r := newRig(t, nats(func(m *NAT) {
					if rst {
						m.OnExpire = "rst"
					}
				}))
				r.addressed()
				tt.start(r)
				r.wait(tt.idle)
				r.got()
				r.up(data)
				r.wait()
				switch {
				case !tt.lost:
					r.expect(t, "> 254:4000 to 2:80 A 1001")
					return
				case rst:
					r.expect(t, "< 2:80 to 1:4000 - 5001")
				default:
					r.expect(t)
				}
				r.up(with(theSYN, func(s *wire.Segment) { s.Seq = 7_000_000 }))
				r.wait()
				r.expect(t, "> 254:4000 to 2:80 S 7000000")
			})
		}
	}
}

// Connections from inside pass, others do not unless they may; nor does what is outside of
// the window, nor, if it is so strict, what is behind a hole.
func TestFirewall(t *testing.T) {
	r := newRig(t, always(&Firewall{InboundSYN: "deny", WindowCheck: true}))
	r.down(theSYN)
	r.wait()
	r.expect(t)
	r.down(acks(1001)) // of no connection
	r.wait()
	r.expect(t)
	r.handshake()
	r.up(chunk(0, 100))
	r.up(chunk(200, 100))     // a hole is none of its business
	r.up(chunk(65_500, 1000)) // the SYN/ACK has admitted 65535 bytes
	r.up(chunk(65_435, 100))
	r.wait()
	r.down(acks(1101))
	r.down(acks(1001 + 65_535 + 1)) // more than has passed
	r.wait()
	r.expect(t, "> A 1001+100 ack 5001 win 500 timestamps dss", "> A 1201+100 ack 5001 win 500 timestamps dss",
		"> A 66436+100 ack 5001 win 500 timestamps dss", "< A 5001 ack 1101 win 500 timestamps dss")

	r = newRig(t, always(&Firewall{InboundSYN: "allow", RequireContiguous: true}))
	r.down(theSYN)
	r.wait()
	r.expect(t, "< S 1000 win 65535 mss=1460 window_scale sack_permitted timestamps mp_capable")

	r = newRig(t, always(&Firewall{InboundSYN: "deny", RequireContiguous: true}))
	r.handshake()
	r.up(chunk(100, 100))
	r.up(chunk(0, 100))
	r.up(chunk(100, 100))
	r.up(chunk(0, 300)) // fills and goes on
	r.up(chunk(300, 10))
	r.wait()
	r.expect(t, "> A 1001+100 ack 5001 win 500 timestamps dss", "> A 1101+100 ack 5001 win 500 timestamps dss",
		"> A 1001+300 ack 5001 win 500 timestamps dss", "> A 1301+10 ack 5001 win 500 timestamps dss")
}

// The first copy of a byte is the one that counts (RFC 8684, section 6), until it is
// acknowledged.
func TestNormalizer(t *testing.T) {
	other := func(pos uint64, n int) wire.Segment { // other bytes under the same numbers
		return with(chunk(pos, n), func(s *wire.Segment) { s.Pos += 5000 })
	}
	for _, enforce := range []bool{true, false} {
		r := newRig(t, always(&Normalizer{Enforce: enforce}))
		r.handshake()
		inconsistent := func(want uint64) {
			t.Helper()
			r.wait()
			if got := r.boxes[0].Counters()[0]; got != (Counter{"inconsistent", want}) {
				t.Errorf("got %v, want %d", got, want)
			}
		}
		r.up(chunk(0, 10))
		r.up(chunk(0, 10))
		r.up(chunk(5, 10)) // partly new
		r.up(chunk(20, 5)) // a hole
		inconsistent(0)
		r.got()
		r.up(other(8, 14)) // differs in 8 to 15 and 20 to 22
		inconsistent(1)
		first, new := wire.AppendContent(nil, 8, 7), wire.AppendContent(nil, 5015, 5)
		last := wire.AppendContent(nil, 20, 2)
		if enforce {
			r.expect(t, fmt.Sprintf("> A 1009+14 ack 5001 win 500 timestamps dss %q", slices.Concat(first, new, last)))
		} else {
			r.expect(t, "> A 1009+14 ack 5001 win 500 timestamps dss")
		}
		r.up(chunk(15, 5)) // not what filled the hole
		inconsistent(2)
		r.down(acks(1026))
		r.wait()
		r.up(other(0, 25)) // forgotten
		inconsistent(2)
	}
}

// It acknowledges what comes in order, with the window that the receiver has left, keeps it,
// sends it again, and lets the sender see nothing of the losses behind it.
func TestProactiveACK(t *testing.T) {
	r := newRig(t, Config{&ProactiveACK{Buffer: 1000, RTO: 100 * time.Millisecond, MPTCP: "drop"}, Up, When{Probability: 1}})
	r.handshake()
	r.down(acks(1001))
	r.wait()
	r.expect(t, "< A 5001 ack 1001 win 500 timestamps") // nothing but the options to act on yet
	r.up(chunk(0, 128))
	r.up(chunk(128, 128))
	r.up(chunk(384, 128)) // a hole in front of the box
	r.wait()
	// The SYN/ACK has admitted data up to 66536: 65407 bytes, in units of 128, and so on.
	r.expect(t, "< A 5001 ack 1129 win 510 timestamps", "< A 5001 ack 1257 win 509 timestamps",
		"> A 1001+128 ack 5001 win 500 timestamps", "> A 1129+128 ack 5001 win 500 timestamps", "> A 1385+128 ack 5001 win 500 timestamps")

	for range 3 { // the first segment is lost behind the box
		r.down(acks(1001, wire.Block{Left: 1129, Right: 1257}))
	}
	r.wait()
	r.expect(t, "> A 1001+128 ack 5001 win 500 timestamps")
	r.down(acks(1129))
	r.wait()
	r.expect(t, "> A 1129+128 ack 5001 win 500 timestamps") // a partial acknowledgement: lost as well
	r.wait(100 * time.Millisecond)
	r.expect(t, "> A 1129+128 ack 5001 win 500 timestamps") // and again
	r.down(acks(1257))
	r.wait(time.Second)
	r.expect(t, "< A 5001 ack 1257 win 500 timestamps")
	if held := r.net.Stats().Held.Packets; held != 0 {
		t.Errorf("%d packets are kept that are acknowledged", held)
	}

	r.up(with(chunk(256, 10), func(s *wire.Segment) { s.Flags |= wire.FIN }))
	r.wait()
	r.down(acks(1268))
	r.wait()
	// The FIN is acknowledged by the receiver alone.
	r.expect(t, "< A 5001 ack 1267 win 509 timestamps", "> FA 1257+10 ack 5001 win 500 timestamps", "< A 5001 ack 1268 win 500 timestamps")

	r = newRig(t, Config{&ProactiveACK{Buffer: 100, RTO: time.Second, MPTCP: "copy"}, Up, When{Probability: 1}})
	r.handshake()
	r.down(acks(1001))
	r.wait()
	r.up(chunk(0, 80))
	r.up(chunk(80, 80)) // no room: passes without help
	r.wait()
	r.expect(t, "< A 5001 ack 1001 win 500 timestamps dss", "< A 5001 ack 1081 win 511 timestamps dss",
		"> A 1001+80 ack 5001 win 500 timestamps dss", "> A 1081+80 ack 5001 win 500 timestamps dss")
}

// A shaper lets a burst pass and then keeps to the rate; a policer drops what a
// shaper would delay.
func TestTokenBuckets(t *testing.T) {
	const n = 1000 - 20 - 20 - 12 // payload of a packet of 1000 bytes
	plain := wire.Segment{Flags: wire.ACK, HasTS: true, Len: n}
	for _, tt := range []struct {
		model Model
		want  []time.Duration // of ten packets at once, and one after a second
	}{
		// 8 Mb/s is a packet a millisecond.
		{&Shaper{Rate: 8 * units.Mbps, Burst: 3000, Limit: 2500}, []time.Duration{0, 0, 0, 1, 2, 1000}},
		{&Policer{Rate: 8 * units.Mbps, Burst: 3000}, []time.Duration{0, 0, 0, 1000}},
	} {
		r := newRig(t, always(tt.model))
		for range 10 {
			r.up(plain)
		}
		r.wait(time.Second)
		r.up(plain)
		r.wait()
		for i := range r.times {
			r.times[i] = (r.times[i] - time.Millisecond).Round(time.Millisecond) / time.Millisecond
		}
		if !slices.Equal(r.times, tt.want) {
			t.Errorf("%T: packets arrive after %v ms, want %v", tt.model, r.times, tt.want)
		}
		if err := r.net.Conserved(); err != nil {
			t.Error(err)
		}
	}
}

// A connection is chosen with the given probability, at its first packet and for all
// of them.
func TestProbability(t *testing.T) {
	m := &StripOption{Options: []string{"timestamps"}}
	r := newRig(t, Config{m, Both, When{Probability: 0.3}})
	const n = 2000
	ports := rand.New(rand.NewPCG(1, 1)).Perm(n)
	for _, i := range ports {
		r.send(r.route, chunk(0, 10), uint16(10_000+i), 80)
	}
	first := r.boxes[0].Hits[0]
	for _, i := range ports {
		r.send(r.route, chunk(10, 10), uint16(10_000+i), 80)
	}
	// Four standard deviations of a binomial.
	if x, mean := float64(first), 0.3*n; x < mean-82 || x > mean+82 {
		t.Errorf("%v of %d connections, want about %v", first, n, mean)
	}
	if r.boxes[0].Hits[0] != 2*first {
		t.Errorf("%d hits, then %d: not the same connections", first, r.boxes[0].Hits[0]-first)
	}
}

// Each condition alone.
func TestWhen(t *testing.T) {
	m := &StripOption{Options: []string{"timestamps"}}
	for _, tt := range []struct {
		name string
		dir  Direction
		when When
		want [5]bool // SYN, SYN/ACK, ACK, data at 3 ms, ACK of it
	}{
		{"nothing", Both, When{}, [5]bool{true, true, true, true, true}},
		{"up", Up, When{}, [5]bool{true, false, true, true, false}},
		{"down", Down, When{}, [5]bool{false, true, false, false, true}},
		{"syn", Both, When{Packets: []string{"syn"}}, [5]bool{true}},
		{"synack, data", Both, When{Packets: []string{"synack", "data"}}, [5]bool{false, true, false, true}},
		{"ack", Both, When{Packets: []string{"ack"}}, [5]bool{false, false, true, false, true}},
		{"all", Both, When{Packets: []string{"all"}}, [5]bool{true, true, true, true, true}},
		{"after bytes", Both, When{AfterBytes: 100}, [5]bool{false, false, false, false, true}},
		{"after", Both, When{After: 6 * time.Millisecond}, [5]bool{false, false, false, true, true}},
		{"until", Both, When{Until: 6 * time.Millisecond}, [5]bool{true, true, true, false, false}},
		{"port", Both, When{Port: 4000}, [5]bool{true, true, true, true, true}},
		{"another port", Both, When{Port: 81}, [5]bool{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.when.Probability = 1
			r := newRig(t, Config{m, tt.dir, tt.when})
			var got [5]bool
			for i, send := range []func(){
				func() { r.up(theSYN) }, func() { r.down(theSYNACK) }, func() { r.up(theACK) },
				func() { r.up(chunk(0, 100)) }, func() { r.down(acks(1101)) },
			} {
				before := r.boxes[0].Hits
				send()
				r.wait()
				got[i] = r.boxes[0].Hits != before
			}
			if got != tt.want {
				t.Errorf("acts on %v, want %v", got, tt.want)
			}
		})
	}
}

// A shaper holds up to its limit, and drops the packet that would pass it; in each direction for itself.
// A bucket of so many bytes lets so many pass, and not one more.
func TestShaperLimit(t *testing.T) {
	const n = 1000 - 20 - 20 - 12 // payload of a packet of 1000 bytes
	plain := wire.Segment{Flags: wire.ACK, HasTS: true, Len: n}
	for limit, want := range map[units.Bytes]int{1500: 1, 1999: 1, 2000: 2, 2999: 2, 3000: 3} { // order does not matter
		r := newRig(t, always(&Shaper{Rate: 8 * units.Mbps, Burst: 1500, Limit: limit}))
		for range 10 {
			r.up(plain)
			r.down(plain)
		}
		r.wait(time.Second)
		if got, want := len(r.lines), 2*(1+want); got != want { // the first of each direction found tokens
			t.Errorf("limit %v: %d packets arrive, want %d", limit, got, want)
		}
		r.got()
		for range 10 { // what has left waits no longer
			r.up(plain)
		}
		r.wait(time.Second)
		if got, want := len(r.lines), 1+want; got != want {
			t.Errorf("limit %v: %d packets arrive of the second burst, want %d", limit, got, want)
		}
	}
	for burst, want := range map[units.Bytes]int{1500: 1, 1999: 1, 2000: 2, 3000: 3} { // order does not matter
		r := newRig(t, always(&Policer{Rate: 8 * units.Mbps, Burst: burst}))
		for range 10 {
			r.up(plain)
			r.down(plain)
		}
		r.wait(time.Second)
		if got, want := len(r.lines), 2*want; got != want {
			t.Errorf("burst %v: %d packets pass at once, want %d", burst, got, want)
		}
	}
}

// Of a receiver that has gone silent a proxy expects an acknowledgement ten times, each time for twice as
// long, at most a minute; then it gives up, and keeps nothing.
func TestProactiveACKGivesUp(t *testing.T) {
	r := newRig(t, Config{&ProactiveACK{Buffer: 1000, RTO: time.Second, MPTCP: "drop"}, Up, When{Probability: 1}})
	r.handshake()
	r.down(acks(1001))
	r.wait()
	r.got()
	start := time.Duration(r.eng.Now())
	r.up(chunk(0, 100))
	r.wait(time.Hour)
	var want []time.Duration
	at := time.Duration(0)
	for _, wait := range []time.Duration{0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60} { // the segment itself, and ten copies
		at += wait * time.Second
		want = append(want, at)
	}
	var got []time.Duration
	for i, line := range r.lines {
		if strings.HasPrefix(line, "> ") {
			got = append(got, (r.times[i] - start).Truncate(10*time.Millisecond))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("copies arrive after %v, want %v", got, want)
	}
	if held := r.net.Stats().Held.Packets; held != 0 {
		t.Errorf("%d packets are kept", held)
	}
	if err := r.net.Conserved(); err != nil {
		t.Error(err)
	}
}

// What a box has seen of a connection reaches to the end of the highest segment, whatever the order and
// however often: an acknowledgement of a byte (or a FIN) behind it is of the unseen, and the payload counts
// once.
func TestSeen(t *testing.T) {
	r := newRig(t, always(&AckUnseen{}))
	r.up(theSYN)
	r.wait()
	if seen := r.boxes[0].last.seen(); seen != 0 {
		t.Errorf("%v seen of one direction after its SYN, want nothing", seen)
	}
	r.handshake()
	r.up(chunk(200, 100))
	r.up(chunk(0, 100))
	r.up(chunk(200, 100)) // again
	r.wait()
	r.got()
	r.down(acks(1302)) // up to 1300 were bytes, 1301 might have been a FIN
	r.down(acks(1303))
	r.wait()
	r.expect(t, "< A 5001 ack 1302 win 500 timestamps dss")
	if hits := r.boxes[0].Hits; hits != [2]uint64{0, 1} {
		t.Errorf("the box counts %v packets, want one of those that go down", hits)
	}
	if seen := r.boxes[0].last.seen(); seen != 300 {
		t.Errorf("%v seen, want 300 B", seen)
	}
	// A segment that cannot be of the connection says nothing of it: 2³⁰ bytes are the largest window.
	r.up(chunk(300+1<<30, 100))
	r.wait()
	if seen := r.boxes[0].last.seen(); seen != 300 {
		t.Errorf("%v seen after a segment far beyond, want 300 B", seen)
	}
	r.up(chunk(300+1<<30-1, 100))
	r.wait()
	if seen := r.boxes[0].last.seen(); seen != 300+1<<30-1+100 {
		t.Errorf("%v seen after one just within reach, want 1 GiB + 399 B", seen)
	}
}

// A firewall lets pass acknowledgements of what has been sent, also of what was acknowledged long ago and of
// the bytes behind a hole, and of nothing beyond; and data up to the edge of the window.
func TestFirewallBounds(t *testing.T) {
	r := newRig(t, always(&Firewall{InboundSYN: "deny", WindowCheck: true}))
	r.handshake()
	r.up(chunk(200, 100))
	r.up(chunk(0, 100)) // does not lower what has been sent
	r.wait()
	r.got()
	for _, tt := range []struct {
		ack    uint32
		passes bool
	}{{1001, true}, {1101, true}, {1301, true}, {1302, false}, {1001, true}} {
		r.down(acks(tt.ack))
		r.wait()
		if passed := len(r.lines) == 1; passed != tt.passes {
			t.Errorf("an acknowledgement of %d passes: %v, want %v", tt.ack, passed, tt.passes)
		}
		r.got()
	}
	// The SYN/ACK has admitted 65535 bytes; the ACKs, with 500·2⁷ beyond theirs, take nothing of it back.
	const edge = 65535
	for _, tt := range []struct {
		from, n int
		passes  bool
	}{{edge - 100, 100, true}, {edge - 100, 101, false}, {edge, 1, true}, {edge, 2, false}, {edge - 1, 1, true}} {
		r.up(chunk(uint64(tt.from), tt.n))
		r.wait()
		if passed := len(r.lines) == 1; passed != tt.passes {
			t.Errorf("%d bytes %d before the edge pass: %v, want %v", tt.n, edge-tt.from, passed, tt.passes)
		}
		r.got()
	}
}
