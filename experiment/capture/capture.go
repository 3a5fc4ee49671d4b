// Package capture shows the packets of a run as bytes: it writes them to a file
// that Wireshark and its relatives read, and checks that nothing is lost on the way
// through bytes.
package capture

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
)

// FileName is the usual name of a capture in a result.
const FileName = "capture.pcapng"

// A Writer writes the packets of a run as pcapng (draft-ietf-opsawg-pcapng), IP
// packets with genuine payload and checksums, at simulated time since 1970. They are in
// Ethernet frames, whose addresses are made of those of the ends of the link, 02:00 and
// the IP address: libpcap (1.10) takes several interfaces if they are alike in type and
// length, and of raw IP not even these.
//
// Each end of a link is an interface, "node:link". It sees a packet that its node
// sends when it is offered to the link, before the queue and its middleboxes, and
// one that the node receives when it arrives: the interfaces of one node have what
// the node sees, each packet once. A packet that is dropped on the way is at an
// interface of its own, called after the direction of the link, such as "wifi.up",
// with a comment that says why; there it has the time at which the simulator finds
// out. It is at the sending end, too: the sender does not know.
type Writer struct {
	w       *bufio.Writer
	engine  *sim.Engine
	snaplen int
	ifaces  uint32
	packet  []byte // reused
	block   []byte // reused
	err     error
}

// NewWriter returns a Writer to w. Of each frame it keeps the first snaplen bytes, 14 of
// which are the header of Ethernet; 0 keeps all.
func NewWriter(w io.Writer, snaplen int) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 1<<18), snaplen: snaplen}
}

// Watch makes w write the packets that cross n from now on.
func (w *Writer) Watch(n *netem.Network) {
	w.watch(n, func(*netem.Interface) bool { return true })
	for _, d := range n.Links() {
		w.dropped(d.Up)
		w.dropped(d.Down)
	}
}

// watch makes w write what crosses some ends of links.
func (w *Writer) watch(n *netem.Network, which func(*netem.Interface) bool) {
	w.engine = n.Engine()
	w.write(appendSection(w.block[:0]))
	for _, d := range n.Links() {
		for _, end := range []*netem.Interface{d.A, d.B} {
			if which(end) {
				w.end(end)
			}
		}
	}
}

// Err returns the first error of writing. What follows one is lost.
func (w *Writer) Err() error { return w.err }

// Flush writes what is buffered. It returns the first error of all.
func (w *Writer) Flush() error {
	if err := w.w.Flush(); w.err == nil {
		w.err = err
	}
	return w.err
}

// end adds an end of a link as an interface, and records what crosses it.
func (w *Writer) end(i *netem.Interface) {
	id := w.add(i.Node.Name+":"+i.Link.Name, fmt.Sprintf("%s on %s, %v", i.Node.Name, i.Link.Name, i.Addr))
	sent, received := header(i.Out), header(i.In)
	i.Out.Points.Offered.Observe(func(e netem.PacketEvent) { w.record(id, &sent, e.Packet, "") })
	i.In.Points.Delivered.Observe(func(e netem.PacketEvent) { w.record(id, &received, e.Packet, "") })
}

// dropped adds the interface of what is dropped on l.
func (w *Writer) dropped(l *netem.Link) {
	id, ethernet := w.add(l.Name, "dropped on "+l.Name), header(l)
	l.Points.Dropped.Observe(func(e netem.DropEvent) { w.record(id, &ethernet, e.Packet, w.why(&e)) })
}

func (w *Writer) add(name, description string) (id uint32) {
	w.block = appendInterface(w.block[:0], name, description, w.snaplen)
	w.write(w.block)
	w.ifaces++
	return w.ifaces - 1
}

// why says where and why a packet was dropped, and when if that was before the
// simulator found out.
func (w *Writer) why(e *netem.DropEvent) string {
	where := "dropped on "
	switch e.Reason {
	case netem.Overflow, netem.Early:
		where = "dropped by the queue of "
	case netem.Channel:
		where = "lost on "
	}
	why := e.Reason.String()
	if e.Reason == netem.Channel && e.Link.Silent() {
		why = "silent"
	}
	text := fmt.Sprintf("%s%s: %s", where, e.Link.Name, why)
	if e.Now != w.engine.Now() {
		text += fmt.Sprintf(", at %.9f s", e.Now.Seconds())
	}
	return text
}

// record writes a packet in a frame. The time is that of the engine, so that the records
// are in order: a drop may be reported late.
func (w *Writer) record(iface uint32, ethernet *[headerLen]byte, p *netem.Packet, comment string) {
	if w.err != nil {
		return
	}
	w.packet = appendPacket(append(w.packet[:0], ethernet[:]...), p)
	w.block = appendRecord(w.block[:0], iface, uint64(w.engine.Now()), w.packet, w.snaplen, comment)
	w.write(w.block)
}

// headerLen is the length of a header of Ethernet (IEEE 802.3, clause 3): two addresses and a type.
const headerLen = 6 + 6 + 2

// header returns the header of the frames on l. An address is of the kind that anybody may make
// (IEEE 802, clause 8.4): 02:00 and the IP address of the interface.
func header(l *netem.Link) (h [headerLen]byte) {
	d := l.Duplex()
	from, to := d.A, d.B
	if l == d.Down {
		from, to = to, from
	}
	for i, end := range [...]*netem.Interface{to, from} {
		h[6*i] = 2
		binary.BigEndian.PutUint32(h[6*i+2:], uint32(end.Addr))
	}
	h[12] = 8 // IPv4
	return h
}

func (w *Writer) write(b []byte) {
	if _, err := w.w.Write(b); w.err == nil {
		w.err = err
	}
}

// appendPacket appends p as an IP packet. It is never fragmented, so that its ID
// may be anything (RFC 6864, section 4.1). Unlike routers, ours leave the TTL alone.
func appendPacket(b []byte, p *netem.Packet) []byte {
	h := wire.IP{Src: p.Src.Netip(), Dst: p.Dst.Netip(), TOS: uint8(p.ECN), TTL: 64, DontFragment: true}
	if d, ok := p.Payload.(*wire.Datagram); ok {
		return wire.AppendUDP(b, &h, d, p.SrcPort, p.DstPort)
	}
	return wire.AppendPacket(b, &h, p.Payload.(*wire.Segment), p.SrcPort, p.DstPort)
}
