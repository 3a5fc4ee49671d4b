package tcp_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// captured is a packet that the link of a lab took, with relative numbers.
type captured struct {
	at   time.Duration
	up   bool // from a to b
	lost bool
	size units.Bytes
	ecn  netem.ECN // after the queue
	wire.Segment
}

// capture keeps every packet of a lab.
type capture struct {
	packets []*captured
	flying  map[*netem.Packet]*captured
}

func (l *lab) capture() *capture {
	c := &capture{flying: make(map[*netem.Packet]*captured)}
	for _, k := range []*netem.Link{l.link.Up, l.link.Down} {
		up := k == l.link.Up
		k.Points.Enqueued.Observe(func(e netem.PacketEvent) {
			p := &captured{at: time.Duration(e.Now), up: up, size: e.Packet.Size, ecn: e.Packet.ECN, Segment: *e.Packet.Payload.(*wire.Segment)}
			own, other := uint32(testISS), uint32(peerISS)
			if !up {
				own, other = other, own
			}
			p.Seq -= own
			p.Ack -= other
			for i := range p.SACK[:p.NSACK] {
				p.SACK[i].Left -= other
				p.SACK[i].Right -= other
			}
			c.packets = append(c.packets, p)
			c.flying[e.Packet] = p
		})
		k.Points.Dropped.Observe(func(e netem.DropEvent) { c.flying[e.Packet].lost = true })
	}
	return c
}

// data returns the segments with payload that a sent.
func (c *capture) data() (d []*captured) {
	for _, p := range c.packets {
		if p.up && p.Len > 0 {
			d = append(d, p)
		}
	}
	return d
}

// sent returns the packets that one side sent with all of flags.
func (c *capture) sent(up bool, flags wire.Flags) (d []*captured) {
	for _, p := range c.packets {
		if p.up == up && p.Flags.Has(flags) {
			d = append(d, p)
		}
	}
	return d
}

// times returns when ps were sent.
func times(ps []*captured) (t []time.Duration) {
	for _, p := range ps {
		t = append(t, p.at)
	}
	return t
}

func (c *capture) String() string {
	var b strings.Builder
	for _, p := range c.packets {
		fmt.Fprintln(&b, p)
	}
	return b.String()
}

func (p *captured) String() string {
	var b strings.Builder
	side := "a > b"
	if !p.up {
		side = "b > a"
	}
	fmt.Fprintf(&b, "%9.3f ms  %s %4d B  ", float64(p.at)/1e6, side, p.size)
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"} {
		if p.Flags.Has(1 << i) {
			b.WriteString(name + " ")
		}
	}
	fmt.Fprintf(&b, "seq %d", p.Seq)
	if p.Flags.Has(wire.ACK) {
		fmt.Fprintf(&b, " ack %d", p.Ack)
	}
	fmt.Fprintf(&b, " win %d", p.Window)
	if p.Len > 0 {
		fmt.Fprintf(&b, " len %d", p.Len)
	}
	for _, k := range p.SACK[:p.NSACK] {
		fmt.Fprintf(&b, " sack %d-%d", k.Left, k.Right)
	}
	b.WriteString([]string{"", "  ECT(1)", "  ECT(0)", "  CE"}[p.ecn])
	if p.lost {
		b.WriteString("  lost")
	}
	return b.String()
}

// golden compares c with testdata/name.txt.
func (c *capture) golden(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(c.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.String(); got != string(want) {
		t.Errorf("the transcript differs from %s (rewrite with -update, and read the difference):\n%s", file, got)
	}
}

// lose is a Loss that a test decides, packet by packet.
type lose func(s *wire.Segment) bool

// Lose implements netem.Loss.
func (f lose) Lose(_ sim.Time, p *netem.Packet) bool { return f(p.Payload.(*wire.Segment)) }

// nth loses the packets of those numbers, from 1, among those that match.
func nth(match func(*wire.Segment) bool, numbers ...int) lose {
	seen := 0
	return func(s *wire.Segment) bool {
		if !match(s) {
			return false
		}
		seen++
		for _, n := range numbers {
			if n == seen {
				return true
			}
		}
		return false
	}
}

func isData(s *wire.Segment) bool    { return s.Len > 0 }
func isSYN(s *wire.Segment) bool     { return s.Flags.Has(wire.SYN) }
func isFIN(s *wire.Segment) bool     { return s.Flags.Has(wire.FIN) }
func isAny(*wire.Segment) bool       { return true }
func isPureAck(s *wire.Segment) bool { return s.Flags == wire.ACK && s.Len == 0 }

// at calls f at time d.
type at struct {
	sim.Timer
	f func()
}

// HandleTimer implements sim.Handler.
func (a *at) HandleTimer(int) { a.f() }

func (l *lab) at(d time.Duration, f func()) {
	a := &at{f: f}
	a.Init(l.eng, a, 0)
	a.Arm(sim.Time(d))
}

// wide is a link without queueing: RTT 100 ms, and 12 µs a full segment.
func wide(loss netem.Loss) link {
	return link{rate: units.Gbps, delay: 50 * time.Millisecond, queue: 10000, loss: loss}
}

// finish runs until end and checks that both applications ended well, that all n
// bytes came, and that neither an endpoint nor a packet is left.
func (l *lab) finish(t *testing.T, end time.Duration, n units.Bytes) {
	t.Helper()
	l.eng.Run(sim.Time(end))
	if l.sink.got != n || !l.sink.done || !l.source.done || l.sink.err != nil || l.source.err != nil {
		t.Fatalf("got %d of %d bytes, done %v %v, errors %v %v, stats %+v", l.sink.got, n, l.sink.done, l.source.done, l.sink.err, l.source.err, l.src.Stats)
	}
	l.clean(t)
}

// clean checks that neither an endpoint nor a packet is left.
func (l *lab) clean(t *testing.T) {
	t.Helper()
	if n := l.a.Sockets() + l.b.Sockets(); n != 0 {
		t.Errorf("%d endpoints are left", n)
	}
	if l.pool.Live() != 0 {
		t.Errorf("%d packets are still out", l.pool.Live())
	}
	if err := l.net.Conserved(); err != nil {
		t.Error(err)
	}
}

func near(got, want, tolerance time.Duration) bool { return (got - want).Abs() <= tolerance }
