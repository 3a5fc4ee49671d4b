package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// nth loses one packet.
type nth struct{ n, seen int }

func (l *nth) Lose(sim.Time, *netem.Packet) bool {
	l.seen++
	return l.seen == l.n
}

// world is a host, a router and a host in a row. The first link loses its third
// packet, the second has room for two.
type world struct {
	*netem.Network
	first, second *netem.Duplex
	pool          *netem.Pool
	received      int
}

func (w *world) Receive(p *netem.Packet) {
	w.received++
	p.Free()
}

func newWorld() *world {
	w := &world{Network: netem.NewNetwork(sim.NewEngine())}
	w.pool = netem.NewPool(func() *netem.Packet { return &netem.Packet{Payload: new(wire.Segment)} })
	config := func() netem.LinkConfig {
		return netem.LinkConfig{Rate: netem.ConstantRate(8 * units.Mbps), Delay: netem.ConstantDelay(time.Millisecond)}
	}
	lossy, narrow := config(), config()
	lossy.Loss = &nth{n: 3}
	narrow.Rate = netem.ConstantRate(units.Mbps)
	narrow.Queue = &netem.DropTail{LimitPackets: 2}
	a, r, b := w.AddNode("a"), w.AddNode("r"), w.AddNode("b")
	w.first = w.Connect("wifi", a, r, lossy, config())
	w.second = w.Connect("wan", r, b, narrow, config())
	a.SetReceiver(w)
	b.SetReceiver(w)
	return w
}

// send sends packet number i.
func (w *world) send(t testing.TB, i int) {
	p := w.pool.Get()
	var err error
	if p.Route, err = w.Route(w.first.A.Addr, w.second.B.Addr); err != nil {
		t.Fatal(err)
	}
	p.Src, p.Dst, p.SrcPort, p.DstPort = p.Route.Src, p.Route.Dst, 1000, 80
	s := p.Payload.(*wire.Segment)
	*s = wire.Segment{Seq: uint32(i), Flags: wire.ACK, Len: 960, Pos: uint64(960 * i)}
	p.Size = units.Bytes(20 + s.HeaderLen() + int(s.Len))
	w.Send(p)
}

// "At the sending end a packet is there when it is offered, at the receiving end when it
// is delivered; what is dropped is at an interface of its own." A packet of 1000 bytes
// takes 1 ms + 1 ms on the first link, 8 ms + 1 ms on the second. The loss on the first is
// found out when the packet would have arrived.
func TestWriter(t *testing.T) {
	w := newWorld()
	var file bytes.Buffer
	c := NewWriter(&file, 0)
	c.Watch(w.Network)
	for i := range 6 {
		w.send(t, i)
	}
	w.Engine().Run(sim.Time(time.Second))
	w.first.SetUp(false)
	w.send(t, 6)
	w.Engine().Run(sim.Time(2 * time.Second))
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	_, records := Read(t, file.Bytes())
	var got []string
	for _, r := range records {
		var h wire.IP
		var s wire.Segment
		src, dst, payload, err := wire.ParsePacket(r.Packet, &h, &s)
		if err != nil {
			t.Fatal(err)
		}
		if h.Src != netip.MustParseAddr("10.0.0.1") || h.Dst != netip.MustParseAddr("10.0.1.2") || src != 1000 || dst != 80 {
			t.Errorf("from %v:%d to %v:%d", h.Src, src, h.Dst, dst)
		}
		if !wire.ValidIPv4(r.Packet[:20]) || !wire.ValidChecksum(r.Packet[20:], h.Src, h.Dst) ||
			!bytes.Equal(payload, wire.AppendContent(nil, uint64(s.Seq)*960, 960)) {
			t.Errorf("packet %d at %s is not what was sent", s.Seq, r.Interface)
		}
		line := fmt.Sprintf("%v %s %d", time.Duration(r.NS), r.Interface, s.Seq)
		if r.Comment != "" {
			line += ": " + r.Comment
		}
		got = append(got, line)
	}
	want := []string{
		"0s a:wifi 0", "0s a:wifi 1", "0s a:wifi 2", "0s a:wifi 3", "0s a:wifi 4", "0s a:wifi 5",
		"2ms r:wifi 0", "2ms r:wan 0",
		"3ms r:wifi 1", "3ms r:wan 1",
		"4ms wifi.up 2: lost on wifi.up: channel, at 0.003000000 s",
		"5ms r:wifi 3", "5ms r:wan 3",
		"6ms r:wifi 4", "6ms r:wan 4", "6ms wan.up 4: dropped by the queue of wan.up: overflow",
		"7ms r:wifi 5", "7ms r:wan 5", "7ms wan.up 5: dropped by the queue of wan.up: overflow",
		"11ms b:wan 0", "19ms b:wan 1", "27ms b:wan 3",
		"1s a:wifi 6", "1s wifi.up 6: dropped on wifi.up: down",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Frames have the addresses of the ends of their link, the receiver's first: 02:00 and the IP address.
func TestEthernet(t *testing.T) {
	w := newWorld()
	var file bytes.Buffer
	c := NewWriter(&file, 0)
	c.Watch(w.Network)
	w.send(t, 0)
	w.Engine().Run(sim.Time(time.Second))
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	_, records := Read(t, file.Bytes())
	var got []string
	for _, r := range records {
		got = append(got, fmt.Sprintf("%s %x", r.Interface, r.Ether))
	}
	want := []string{
		"a:wifi 02000a000002" + "02000a000001" + "0800",
		"r:wifi 02000a000002" + "02000a000001" + "0800",
		"r:wan 02000a000102" + "02000a000101" + "0800",
		"b:wan 02000a000102" + "02000a000101" + "0800",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A node may have any name; its file is in the directory of captures.
func TestNodeFile(t *testing.T) {
	for node, want := range map[string]string{"phone": "captures/phone.pcapng", "..": "captures/...pcapng", "a/b c": "captures/a%2Fb%20c.pcapng"} {
		if got := NodeFile(node); got != want {
			t.Errorf("%q: %q, want %q", node, got, want)
		}
	}
}

// Each node has a file, of what it sends and what arrives there; what is dropped is with its sender alone. An
// error of making one is told.
func TestByNode(t *testing.T) {
	files := make(map[string]*closed)
	create := func(name string) (io.WriteCloser, error) {
		files[name] = new(closed)
		return files[name], nil
	}
	w := newWorld()
	b := NewByNode(create, 0)
	b.Watch(w.Network)
	for i := range 3 {
		w.send(t, i)
	}
	w.Engine().Run(sim.Time(time.Second))
	if err := errors.Join(b.Err(), b.Close()); err != nil {
		t.Fatal(err)
	}
	for node, want := range map[string]string{"a": "a:wifi a:wifi a:wifi", "r": "r:wifi r:wan r:wifi r:wan", "b": "b:wan b:wan"} {
		f := files[NodeFile(node)]
		_, records := Read(t, f.Bytes())
		var got []string
		for _, r := range records {
			got = append(got, r.Interface)
		}
		if strings.Join(got, " ") != want || !f.closed {
			t.Errorf("%s: %v, closed: %v; want %s", node, got, f.closed, want)
		}
	}
	b = NewByNode(func(string) (io.WriteCloser, error) { return nil, errFull }, 0)
	b.Watch(w.Network)
	if b.Err() != errFull || b.Close() == nil {
		t.Errorf("error %v, want %v", b.Err(), errFull)
	}
}

// closed is a file that notes that it was closed.
type closed struct {
	bytes.Buffer
	closed bool
}

func (c *closed) Close() error { c.closed = true; return nil }

// Of each frame the first bytes are kept, and its length.
func TestSnaplen(t *testing.T) {
	w := newWorld()
	var file bytes.Buffer
	c := NewWriter(&file, 14+61)
	c.Watch(w.Network)
	w.send(t, 0)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	_, records := Read(t, file.Bytes())
	if r := records[0]; len(r.Packet) != 61 || r.Length != 1000 {
		t.Errorf("%d of %d bytes", len(r.Packet), r.Length)
	}
}

// fails after n bytes.
type fails struct{ n int }

var errFull = errors.New("disk full")

func (f *fails) Write(b []byte) (int, error) {
	if f.n -= len(b); f.n < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// A write that fails is reported once it is known, and again in the end.
func TestWriterFails(t *testing.T) {
	w := newWorld()
	c := NewWriter(&fails{1 << 20}, 0)
	c.Watch(w.Network)
	for i := 0; c.Err() == nil; i++ {
		w.send(t, i)
		w.Engine().Run(w.Engine().Now().Add(10 * time.Millisecond))
		if i > 10000 {
			t.Fatal("no error after ten times the space")
		}
	}
	if c.Err() != errFull || c.Flush() != errFull {
		t.Errorf("errors %v and %v", c.Err(), c.Flush())
	}
}

// A capture of any length takes the same memory: no record stays behind.
func TestWriterAllocations(t *testing.T) {
	w := newWorld()
	c := NewWriter(&fails{1 << 30}, 0)
	c.Watch(w.Network)
	send := func() {
		w.send(t, 0)
		w.Engine().Run(w.Engine().Now().Add(20 * time.Millisecond))
	}
	for range 10 { // the third packet is lost, and its comment is made
		send()
	}
	if n := testing.AllocsPerRun(100, send); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}
