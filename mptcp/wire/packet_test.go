package wire

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"reflect"
	"testing"
)

var (
	v4a, v4b = netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("198.51.100.2")
	v6a, v6b = netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
)

// A packet of each family, computed with an independent script: headers, pseudo
// headers and an odd payload.
func TestPacketVectors(t *testing.T) {
	for _, tt := range []struct {
		name string
		h    IP
		want string
	}{
		{"IPv4", IP{Src: v4a, Dst: v4b, TTL: 64, ID: 0x1234, DontFragment: true, TOS: 0x02},
			"450200331234400040063c58c0000201c6336402" + tcpVector + "8f0d" + tcpRest},
		{"IPv6", IP{Src: v6a, Dst: v6b, TTL: 64, TOS: 0x02, FlowLabel: 0xabcde},
			"602abcde001f0640" + "20010db8000000000000000000000001" + "20010db8000000000000000000000002" + tcpVector + "1fd0" + tcpRest},
	} {
		s := Segment{Seq: 1, Ack: 2, Flags: ACK | PSH | URG, Window: 512, Len: 11,
			Opt: &Options{WScale: -1, Urgent: 3, Payload: []byte("hello mptcp")}}
		got := AppendPacket(nil, &tt.h, &s, 40000, 80)
		if hex.EncodeToString(got) != tt.want {
			t.Errorf("%s:\n got %x\nwant %s", tt.name, got, tt.want)
		}
		var h IP
		var u Segment
		src, dst, payload, err := ParsePacket(got, &h, &u)
		if u.Opt != nil {
			u.Opt.Payload = payload
		}
		if err != nil || h != tt.h || src != 40000 || dst != 80 || !reflect.DeepEqual(u, s) {
			t.Errorf("%s: parsed %+v, %+v, %v", tt.name, h, u, err)
		}
	}
}

const (
	tcpVector = "9c4000500000000100000002" + "50380200"
	tcpRest   = "0003" + "68656c6c6f206d70746370"
)

// A packet without a payload of its own carries the content of its stream.
func TestPacketContent(t *testing.T) {
	s := Segment{Flags: ACK, Len: 1000, Pos: 123456}
	p := AppendPacket(nil, &IP{Src: v4a, Dst: v4b}, &s, 1, 2)
	if want := AppendContent(nil, s.Pos, 1000); !bytes.Equal(p[ipv4Header+minHeader:], want) {
		t.Error("the payload is not the content at Pos")
	}
	if !ValidIPv4(p[:ipv4Header]) || !ValidChecksum(p[ipv4Header:], v4a, v4b) {
		t.Error("a checksum is wrong")
	}
	for i := range p { // of every bit that is covered, a checksum notices the change
		q := bytes.Clone(p)
		q[i] ^= 0x10
		if ValidIPv4(q[:ipv4Header]) && ValidChecksum(q[ipv4Header:], v4a, v4b) {
			t.Errorf("a change of byte %d goes unnoticed", i)
		}
	}
}

// The urgent pointer "is only to be interpreted in segments with the URG control
// bit set" (RFC 9293, section 3.1).
func TestUrgent(t *testing.T) {
	s := Segment{Flags: ACK, Opt: &Options{WScale: -1, Urgent: 7}}
	b := AppendHeader(nil, &s, 1, 2)
	if b[18] != 0 || b[19] != 0 {
		t.Error("an urgent pointer without URG")
	}
	b[19] = 7
	var u Segment
	if _, _, _, err := ParseHeader(b, &u); err != nil || u.Opt != nil {
		t.Errorf("read %+v, %v", u.Opt, err)
	}
}

func TestNoPacket(t *testing.T) {
	var h IP
	for _, tt := range []struct {
		name   string
		change func(v4, v6 []byte) []byte
	}{
		{"nothing", func(_, _ []byte) []byte { return nil }},
		{"IPv4 cut short", func(v4, _ []byte) []byte { return v4[:19] }},
		{"IPv6 cut short", func(_, v6 []byte) []byte { return v6[:39] }},
		{"IP version 5", func(v4, _ []byte) []byte { v4[0] = 0x55; return v4 }},
		{"UDP over IPv4", func(v4, _ []byte) []byte { v4[9] = 17; return v4 }},
		{"UDP over IPv6", func(_, v6 []byte) []byte { v6[6] = 17; return v6 }},
		{"a header shorter than its least", func(v4, _ []byte) []byte { v4[0] = 0x44; return v4 }},
		{"a header longer than the packet", func(v4, _ []byte) []byte { v4[0] = 0x4f; return v4 }},
		{"a length shorter than the header", func(v4, _ []byte) []byte { v4[2], v4[3] = 0, 19; return v4 }},
		{"the first fragment", func(v4, _ []byte) []byte { v4[6] = 0x20; return v4 }},
		{"a later fragment", func(v4, _ []byte) []byte { v4[7] = 1; return v4 }},
	} {
		s := Segment{Flags: ACK}
		v4 := AppendPacket(nil, &IP{Src: v4a, Dst: v4b}, &s, 1, 2)
		v6 := AppendPacket(nil, &IP{Src: v6a, Dst: v6b}, &s, 1, 2)
		if _, _, _, err := ParsePacket(tt.change(v4, v6), &h, &s); err != ErrIP {
			t.Errorf("%s: error %v", tt.name, err)
		}
	}
}

// Encoding a packet allocates nothing.
func TestPacketAllocations(t *testing.T) {
	s := Segment{Flags: ACK, HasTS: true, DSS: HasDataAck | HasMap, MapLen: 1400, Len: 1400}
	b := make([]byte, 0, 2000)
	if n := testing.AllocsPerRun(100, func() { b = AppendPacket(b[:0], &IP{Src: v4a, Dst: v4b}, &s, 1, 2) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// seed adds the packets of the captures.
func seed(f *testing.F, from func(p []byte) []byte) {
	for _, file := range captures(f) {
		for i, p := range packets(f, file) {
			if i < 20 || i%50 == 0 {
				f.Add(from(p))
			}
		}
	}
}

// Whatever parses as a packet encodes and parses to the same again.
func FuzzParsePacket(f *testing.F) {
	seed(f, func(p []byte) []byte { return p })
	s := Segment{Flags: ACK, DSS: HasDataAck, Len: 10}
	f.Add(AppendPacket(nil, &IP{Src: v6a, Dst: v6b}, &s, 1, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		var h, g IP
		var s, u Segment
		src, dst, payload, err := ParsePacket(b, &h, &s)
		if err != nil || len(payload) != int(s.Len) || s.HeaderLen() > minHeader+OptionSpace {
			return
		}
		s.options().Payload = payload
		out := AppendPacket(nil, &h, &s, src, dst)
		if n := len(out) - s.HeaderLen() - int(s.Len); !ValidChecksum(out[n:], h.Src, h.Dst) || n == ipv4Header && !ValidIPv4(out[:n]) {
			t.Fatalf("wrong checksum in %x", out)
		}
		src2, dst2, payload, err := ParsePacket(out, &g, &u)
		u.options().Payload = payload
		u.TSVal, u.TSEcr, u.SACK = s.TSVal, s.TSEcr, s.SACK // what is absent is not reset
		if err != nil || src2 != src || dst2 != dst || h != g || !reflect.DeepEqual(s, u) {
			t.Fatalf("%+v %+v became %+v %+v, %v", h, s, g, u, err)
		}
	})
}

// Whatever parses as a header does so without a panic, and says how long it is.
func FuzzParseHeader(f *testing.F) {
	seed(f, func(p []byte) []byte { return p[ipv4Header:] })
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Segment
		_, _, n, err := ParseHeader(b, &s)
		if err == nil && (n < minHeader || n > minHeader+OptionSpace || n > len(b)) {
			t.Fatalf("a header of %d bytes in %d", n, len(b))
		}
	})
}
