package mptcp_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// transcript notes every packet that a lab's links accept or lose, as an
// implementer would read it in a capture, with relative numbers.
type transcript struct {
	strings.Builder
	iss  map[netem.Addr]map[uint16]uint32
	idsn [2]uint64
}

func (l *lab) transcribe() *transcript {
	t := &transcript{iss: make(map[netem.Addr]map[uint16]uint32)}
	for _, d := range l.links {
		for _, k := range []*netem.Link{d.Up, d.Down} {
			k.Points.Enqueued.Observe(func(e netem.PacketEvent) { t.packet(e, "") })
			k.Points.Dropped.Observe(func(e netem.DropEvent) {
				fmt.Fprintf(t, "%9.3f ms  %-5s   lost: %v\n", float64(e.Now)/1e6, e.Link.Name, e.Reason)
			})
		}
	}
	return t
}

func (t *transcript) packet(e netem.PacketEvent, note string) {
	p := e.Packet
	s := p.Payload.(*wire.Segment)
	fmt.Fprintf(t, "%9.3f ms  %-5s %4d B  %s%s\n", float64(e.Now)/1e6, e.Link.Name, p.Size, t.segment(p, s), note)
}

// relative returns seq less the initial sequence number of its sender.
func (t *transcript) relative(a netem.Addr, port uint16, seq uint32, syn bool) uint32 {
	if t.iss[a] == nil {
		t.iss[a] = make(map[uint16]uint32)
	}
	if syn {
		t.iss[a][port] = seq
	}
	return seq - t.iss[a][port]
}

func (t *transcript) segment(p *netem.Packet, s *wire.Segment) string {
	var b strings.Builder
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK"} {
		if s.Flags.Has(1 << i) {
			b.WriteString(name + " ")
		}
	}
	fmt.Fprintf(&b, "seq %d", t.relative(p.Src, p.SrcPort, s.Seq, s.Flags.Has(wire.SYN)))
	if s.Flags.Has(wire.ACK) {
		fmt.Fprintf(&b, " ack %d", t.relative(p.Dst, p.DstPort, s.Ack, false))
	}
	if s.Len > 0 {
		fmt.Fprintf(&b, " len %d", s.Len)
	}
	for _, k := range s.SACK[:s.NSACK] {
		fmt.Fprintf(&b, " sack %d-%d", t.relative(p.Dst, p.DstPort, k.Left, false), t.relative(p.Dst, p.DstPort, k.Right, false))
	}
	if o := s.Opt; o != nil {
		b.WriteString(t.options(o, s))
	}
	if s.DSS != 0 {
		b.WriteString(t.dss(p, s))
	}
	return b.String()
}

func (t *transcript) options(o *wire.Options, s *wire.Segment) string {
	var b strings.Builder
	switch {
	case o.Capable != nil:
		fmt.Fprintf(&b, " MP_CAPABLE v%d", o.Capable.Version)
		if o.Capable.NKeys > 0 {
			fmt.Fprintf(&b, " %d key(s)", o.Capable.NKeys)
		}
		if o.Capable.HasData {
			fmt.Fprintf(&b, " data %d", o.Capable.DataLen)
		}
	case o.Join != nil && s.Flags.Has(wire.SYN|wire.ACK):
		fmt.Fprintf(&b, " MP_JOIN id %d HMAC/64 nonce", o.Join.AddrID)
	case o.Join != nil && s.Flags.Has(wire.SYN):
		fmt.Fprintf(&b, " MP_JOIN id %d token nonce", o.Join.AddrID)
	case o.Join != nil:
		b.WriteString(" MP_JOIN HMAC/160")
	}
	if o.Prio != nil {
		fmt.Fprintf(&b, " MP_PRIO backup=%v", o.Prio.Backup)
	}
	if len(o.RemoveAddr) > 0 {
		fmt.Fprintf(&b, " REMOVE_ADDR %v", o.RemoveAddr)
	}
	if o.Reset != nil {
		fmt.Fprintf(&b, " MP_TCPRST %d", o.Reset.Reason)
	}
	return b.String()
}

// dss writes DSNs relative to the first one seen of each side.
func (t *transcript) dss(p *netem.Packet, s *wire.Segment) string {
	side := 0
	if p.SrcPort == 80 {
		side = 1
	}
	relative := func(side int, dsn uint64) uint64 {
		if t.idsn[side] == 0 {
			t.idsn[side] = dsn
		}
		return dsn - t.idsn[side]
	}
	text := ""
	if s.DSS.Has(wire.HasMap) && s.SSN > 0 && t.idsn[side] == 0 {
		t.idsn[side] = s.DSN - uint64(s.SSN-1)
	}
	if s.DSS.Has(wire.HasMap) {
		text += fmt.Sprintf(" dsn %d ssn %d map %d", relative(side, s.DSN), s.SSN, s.MapLen)
	}
	if s.DSS.Has(wire.DataFIN) {
		text += " DATA_FIN"
	}
	if s.DSS.Has(wire.HasDataAck) {
		text += fmt.Sprintf(" dack %d", relative(1-side, s.DataAck))
	}
	return text
}

// golden compares t with testdata/name.
func (t *transcript) golden(tt *testing.T, name string) {
	tt.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			tt.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(t.String()), 0o644); err != nil {
			tt.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tt.Fatal(err)
	}
	if got := t.String(); got != string(want) {
		tt.Errorf("the transcript differs from %s (rewrite with -update, and read the difference):\n%s", file, got)
	}
}

// A connection is set up with MP_CAPABLE, a second subflow joins once the first
// DATA_ACK has come, and DATA_FINs and FINs close it all (RFC 8684, sections
// 3.1 to 3.3).
//
// Req: R8684-3.1-20, R8684-3.1-45
func TestHandshake(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 20 * time.Millisecond, 50, 0})
	tr := l.transcribe()
	l.transfer(60e3)
	l.finish(10*time.Second, 60e3)
	tr.golden(t, "handshake")
}

// The third packet of a join is repeated until the fourth comes (RFC 8684,
// section 3.2), and meanwhile no data leaves on the subflow.
//
// Req: R8684-3.2-11, R8684-3.2-12, R8684-3.2-13
func TestJoinThirdPacketLost(t *testing.T) {
	l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{10 * units.Mbps, 20 * time.Millisecond, 50, 0})
	l.links[1].Up.SetLoss(&nth{lose: 2})
	tr := l.transcribe()
	l.transfer(100e3)
	l.finish(10*time.Second, 100e3)
	tr.golden(t, "join-third-packet-lost")
}

// Data that a dead subflow had outstanding goes out on the other after an RTO.
//
// Req: R8684-3.3.3-09, R8684-3.3.6-01
func TestReinjection(t *testing.T) {
	l := newLab(t, 1, path{2 * units.Mbps, 10 * time.Millisecond, 50, 0}, path{2 * units.Mbps, 10 * time.Millisecond, 50, 0})
	l.links[1].Up.SetLoss(&nth{from: 8})
	tr := l.transcribe()
	l.transfer(60e3)
	l.eng.Run(1.5e9)
	if l.sink.got != 60e3 {
		t.Errorf("got %d of 60000 bytes", l.sink.got)
	}
	tr.golden(t, "reinjection")
}
