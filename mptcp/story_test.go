package mptcp_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

var update = flag.Bool("update", false, "rewrite the golden transcripts")

// transcript notes every packet that a lab's links accept or lose, as an
// implementer would read it in a capture, with relative numbers. Of keys,
// tokens and proofs it says what they are, and "wrong" if they do not belong
// to the keys that it has seen.
type transcript struct {
	strings.Builder
	server []netem.Addr // addresses of side 1
	iss    map[socket]uint32
	nonces map[socket]uint32
	hash   wire.Hash
	keys   [2]uint64
	idsn   [2]uint64
}

func (l *lab) transcribe() *transcript {
	t := &transcript{iss: make(map[socket]uint32), nonces: make(map[socket]uint32)}
	for _, d := range l.links {
		t.server = append(t.server, d.B.Addr)
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

func (t *transcript) segment(p *netem.Packet, s *wire.Segment) string {
	var b strings.Builder
	for i, name := range []string{"FIN", "SYN", "RST", "PSH", "ACK"} {
		if s.Flags.Has(1 << i) {
			b.WriteString(name + " ")
		}
	}
	from, to := directions(p)
	if s.Flags.Has(wire.SYN) {
		t.iss[from] = s.Seq
	}
	fmt.Fprintf(&b, "seq %d", s.Seq-t.iss[from])
	if s.Flags.Has(wire.ACK) {
		fmt.Fprintf(&b, " ack %d", s.Ack-t.iss[to])
	}
	if s.Len > 0 {
		fmt.Fprintf(&b, " len %d", s.Len)
	}
	for _, k := range s.SACK[:s.NSACK] {
		fmt.Fprintf(&b, " sack %d-%d", k.Left-t.iss[to], k.Right-t.iss[to])
	}
	if o := s.Opt; o != nil {
		if o.Capable != nil {
			b.WriteString(t.capable(o.Capable, t.side(p.Src)))
		}
		if o.Join != nil {
			b.WriteString(t.join(p, s))
		}
		b.WriteString(t.signals(o, t.side(p.Src)))
		if f := o.FastOpen; f != nil {
			b.WriteString(" TFO " + []string{"request", "cookie"}[min(len(f.Cookie), 1)])
		}
	}
	if s.DSS != 0 {
		b.WriteString(t.dss(p, s))
	}
	return b.String()
}

// directions returns that of p and its opposite.
func directions(p *netem.Packet) (there, back socket) {
	return socket{p.Src, p.Dst, p.SrcPort, p.DstPort}, socket{p.Dst, p.Src, p.DstPort, p.SrcPort}
}

// side returns 0 for the client, 1 for the server.
func (t *transcript) side(a netem.Addr) int {
	if slices.Contains(t.server, a) {
		return 1
	}
	return 0
}

func wrong(bad bool) string {
	if bad {
		return " wrong"
	}
	return ""
}

// capable writes MP_CAPABLE, and learns the keys.
func (t *transcript) capable(k *wire.Capable, side int) string {
	text := fmt.Sprintf(" MP_CAPABLE v%d", k.Version)
	for i, on := range []bool{k.Checksum, k.NoJoins, !k.SHA256} {
		if on {
			text += []string{" A", " C", " no H"}[i]
		}
	}
	if k.NKeys > 0 {
		text += fmt.Sprintf(" %d key(s)", k.NKeys)
		if t.keys[side] == 0 {
			if t.hash = wire.SHA256; k.Version == 0 {
				t.hash = wire.SHA1
			}
			t.keys[side], t.idsn[side] = k.SenderKey, t.hash.IDSN(k.SenderKey)+1
		}
		text += wrong(k.SenderKey != t.keys[side] || k.NKeys == 2 && k.PeerKey != t.keys[1-side])
	}
	if k.HasData {
		text += fmt.Sprintf(" data %d", k.DataLen)
	}
	if k.HasSum {
		text += " sum"
	}
	return text
}

func (t *transcript) join(p *netem.Packet, s *wire.Segment) string {
	j, side := s.Opt.Join, t.side(p.Src)
	from, to := directions(p)
	if s.Flags.Has(wire.SYN) {
		t.nonces[from] = j.Nonce
	}
	mac := t.hash.HMAC(t.keys[side], t.keys[1-side], t.nonces[from], t.nonces[to])
	text := fmt.Sprintf(" MP_JOIN id %d", j.AddrID)
	if j.Backup {
		text += " backup"
	}
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK):
		return text + " HMAC/64" + wrong([8]byte(j.HMAC[:]) != [8]byte(mac)) + " nonce"
	case s.Flags.Has(wire.SYN):
		return text + " token" + wrong(j.Token != t.hash.Token(t.keys[1-side])) + " nonce"
	}
	return " MP_JOIN HMAC/160" + wrong(j.HMAC != [20]byte(mac))
}

// signals writes the options about addresses, subflows and the end of it all.
func (t *transcript) signals(o *wire.Options, side int) string {
	var b strings.Builder
	if a := o.AddAddr; a != nil {
		fmt.Fprintf(&b, " ADD_ADDR id %d %v", a.AddrID, netem.Addr(a.Addr))
		if a.Port != 0 {
			fmt.Fprintf(&b, ":%d", a.Port)
		}
		switch {
		case a.Echo:
			b.WriteString(" echo")
		case !a.Plain:
			b.WriteString(" HMAC/64" + wrong(a.HMAC != t.hash.AddAddrHMAC(t.keys[side], t.keys[1-side], a)))
		}
	}
	if len(o.RemoveAddr) > 0 {
		fmt.Fprintf(&b, " REMOVE_ADDR %v", o.RemoveAddr)
	}
	if o.Prio != nil {
		fmt.Fprintf(&b, " MP_PRIO backup=%v", o.Prio.Backup)
		if o.Prio.HasAddrID {
			fmt.Fprintf(&b, " id %d", o.Prio.AddrID)
		}
	}
	if o.Fail != nil {
		fmt.Fprintf(&b, " MP_FAIL dsn %d", int64(o.Fail.DSN-t.idsn[1-side]))
	}
	if o.FastClose != nil {
		b.WriteString(" MP_FASTCLOSE key" + wrong(o.FastClose.Key != t.keys[1-side]))
	}
	if o.Reset != nil {
		fmt.Fprintf(&b, " MP_TCPRST %d", o.Reset.Reason)
		if o.Reset.Transient {
			b.WriteString(" transient")
		}
	}
	return b.String()
}

// dss writes DSNs relative to the first byte of each side.
func (t *transcript) dss(p *netem.Packet, s *wire.Segment) string {
	side := t.side(p.Src)
	text := ""
	if s.DSS.Has(wire.HasMap) {
		text += number(" dsn", s.DSN, t.idsn[side], s.DSS.Has(wire.DSN32)) + fmt.Sprintf(" ssn %d", s.SSN)
		if s.MapLen > 0 || s.DSS.Has(wire.DataFIN) {
			text += fmt.Sprintf(" map %d", s.MapLen)
		} else {
			text += " map infinite"
		}
	}
	if s.DSS.Has(wire.HasSum) {
		text += " sum"
	}
	if s.DSS.Has(wire.DataFIN) {
		text += " DATA_FIN"
	}
	if s.DSS.Has(wire.HasDataAck) {
		text += number(" dack", s.DataAck, t.idsn[1-side], s.DSS.Has(wire.Ack32))
	}
	return text
}

// number writes a data sequence number relative to first.
func number(name string, n, first uint64, short bool) string {
	if short {
		return fmt.Sprintf("%s/32 %d", name, int32(uint32(n)-uint32(first)))
	}
	return fmt.Sprintf("%s %d", name, int64(n-first))
}

// golden compares t with testdata/name.
func (t *transcript) golden(tt *testing.T, name string) {
	tt.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
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
