package capture

import (
	"net/netip"
	"strings"
	"testing"

	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// A datagram whose size is not that of its bytes is reported, too.
func TestCheckDatagram(t *testing.T) {
	for size, want := range map[units.Bytes]string{1000: "", 1001: "at 0s on wifi.up, 10.0.0.1:7 to 10.0.1.2:9: the size is 1001 bytes, on the wire 1000"} {
		w := newWorld()
		var c Check
		c.Watch(w.Network)
		var err error
		p := &netem.Packet{Size: size, SrcPort: 7, DstPort: 9, Payload: &wire.Datagram{Pos: 5, Len: 972}}
		if p.Route, err = w.Route(w.first.A.Addr, w.second.B.Addr); err != nil {
			t.Fatal(err)
		}
		p.Src, p.Dst = p.Route.Src, p.Route.Dst
		w.Send(p)
		if err := c.Err(); want == "" && err != nil || want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%d bytes: error %v, want %q", size, err, want)
		}
	}
}

// A difference between a segment and its bytes is reported with time, link and field.
func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(s *wire.Segment)
		resize bool   // Size follows the change
		want   string // in the error; "": none
	}{
		{"nothing", func(*wire.Segment) {}, true, ""},
		{"everything that many segments have", func(s *wire.Segment) {
			s.HasTS, s.TSVal, s.TSEcr, s.DSS = true, 1, 2, wire.HasDataAck|wire.HasMap|wire.HasSum
			s.DSN, s.DataAck, s.SSN, s.MapLen, s.Sum = 1<<60, 1<<61, 3, 4, 5
		}, true, ""},
		{"fields that are not valid", func(s *wire.Segment) {
			s.TSVal, s.DSN, s.SSN, s.SACK[3].Left, s.DSS = 1, 2, 3, 4, wire.HasDataAck|wire.DSN32
			s.Opt = &wire.Options{WScale: 7, MSS: 1460, Urgent: 5, Prio: &wire.Prio{AddrID: 9}}
		}, true, ""},
		{"numbers of 32 bits", func(s *wire.Segment) {
			s.DSS, s.DataAck, s.DSN = wire.HasDataAck|wire.Ack32|wire.HasMap|wire.DSN32, 1<<40|7, 1<<41|8
		}, true, ""},
		{"changed payload", func(s *wire.Segment) {
			s.Opt = &wire.Options{WScale: -1, Payload: make([]byte, s.Len)}
		}, true, ""},
		{"a new join", func(s *wire.Segment) {
			s.Flags, s.Opt = wire.SYN, &wire.Options{WScale: 7, Join: &wire.Join{Token: 1, Nonce: 2, HMAC: [20]byte{3}}}
		}, true, ""},
		{"the announcement of an address", func(s *wire.Segment) {
			s.Opt = &wire.Options{WScale: -1, AddAddr: &wire.AddAddr{Echo: true, Addr6: netip.MustParseAddr("::1"), Addr: 1, HMAC: 2}}
		}, true, ""},
		{"a size that is not that of the bytes", func(s *wire.Segment) { s.HasTS = true }, false, "the size is 1000 bytes, on the wire 1012"},
		{"too many options", func(s *wire.Segment) {
			s.HasTS, s.NSACK, s.DSS = true, 3, wire.HasDataAck
		}, true, "52 bytes of options, there is room for 40"},
		{"a window scale that nobody may have", func(s *wire.Segment) {
			s.Flags, s.Opt = wire.SYN, &wire.Options{WScale: 15}
		}, true, "Opt.WScale is 15, on the wire 14"},
		{"a cookie of an odd length", func(s *wire.Segment) {
			s.Flags, s.Opt = wire.SYN, &wire.Options{WScale: 7, FastOpen: &wire.FastOpen{Cookie: make([]byte, 5)}}
		}, true, "Opt.FastOpen is {Cookie:[0 0 0 0 0]}, on the wire absent"},
		{"a key that no form has", func(s *wire.Segment) {
			s.Opt = &wire.Options{WScale: -1, Capable: &wire.Capable{NKeys: 1, SenderKey: 1, HasData: true, DataLen: 2}}
		}, true, "Opt.Capable is {Version:0 "},
	} {
		w := newWorld()
		var c Check
		c.Watch(w.Network)
		var err error
		p := w.pool.Get()
		if p.Route, err = w.Route(w.first.A.Addr, w.second.B.Addr); err != nil {
			t.Fatal(err)
		}
		p.Src, p.Dst = p.Route.Src, p.Route.Dst
		s := p.Payload.(*wire.Segment)
		*s = wire.Segment{Flags: wire.ACK, Len: 960, Pos: 5}
		p.Size = 1000
		tt.change(s)
		if tt.resize {
			p.Size = units.Bytes(20 + s.HeaderLen() + int(s.Len))
		}
		w.Send(p)
		switch err := c.Err(); {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "at 0s on wifi.up")):
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.want)
		}
	}
}
