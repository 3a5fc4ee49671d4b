package wire

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"testing"
)

// A datagram of each family: ports, length with the header, checksum, and content (RFC 768).
func TestUDPVectors(t *testing.T) {
	for _, h := range []IP{
		{Src: v4a, Dst: v4b, TTL: 64, ID: 0x1234, DontFragment: true, TOS: 0x02},
		{Src: v6a, Dst: v6b, TTL: 64, TOS: 0x02, FlowLabel: 0xabcde},
	} {
		d := Datagram{Pos: 5000, Len: 11}
		got := AppendUDP(nil, &h, &d, 40000, 53)
		n := len(got) - UDPHeader - 11
		content := AppendContent(nil, 5000, 11)
		if head := hex.EncodeToString(got[n : n+6]); head != "9c40"+"0035"+"0013" {
			t.Errorf("%v: header %s", h.Src, head)
		}
		if !bytes.Equal(got[n+UDPHeader:], content) {
			t.Errorf("%v: payload %x, want %x", h.Src, got[n+UDPHeader:], content)
		}
		if want := checksum(h.Src, h.Dst, got[n:]); hex.EncodeToString(got[n+6:n+8]) != want {
			t.Errorf("%v: checksum %x, want %s", h.Src, got[n+6:n+8], want)
		}
		if !ValidUDP(got[n:], &h) || n == ipv4Header && !ValidIPv4(got[:n]) {
			t.Errorf("%v: a checksum is wrong", h.Src)
		}
		var g IP
		var e Datagram
		src, dst, payload, err := ParseUDP(append(got, 0, 0), &g, &e) // padding
		if err != nil || g != h || src != 40000 || dst != 53 || e.Len != 11 || !bytes.Equal(payload, content) {
			t.Errorf("%v: parsed %+v, %d to %d, %+v, %x, %v", h.Src, g, src, dst, e, payload, err)
		}
	}
}

// checksum is the one of RFC 768, byte by byte: "the 16-bit one's complement of the one's complement
// sum of a pseudo header of information from the IP header, the UDP header, and the data, padded with
// zero octets at the end".
func checksum(src, dst netip.Addr, datagram []byte) string {
	n := len(datagram)
	b := append(src.AsSlice(), dst.AsSlice()...)
	b = append(b, 0, 17, byte(n>>8), byte(n))
	b = append(b, datagram...)
	b[len(b)-n+6], b[len(b)-n+7] = 0, 0
	sum := 0
	for i, x := range b {
		if i%2 == 0 {
			sum += int(x) << 8
		} else {
			sum += int(x)
		}
	}
	sum = ^(sum % 0xffff) & 0xffff
	return hex.EncodeToString([]byte{byte(sum >> 8), byte(sum)})
}

// "If the computed checksum is zero, it is transmitted as all ones" (RFC 768).
func TestUDPChecksumIsNeverZero(t *testing.T) {
	h := IP{Src: v4a, Dst: v4b}
	ones := 0
	for port := range 1 << 16 { // all sums there are
		b := AppendUDP(nil, &h, &Datagram{Len: 10}, uint16(port), 53)[ipv4Header:]
		switch be.Uint16(b[6:]) {
		case 0:
			t.Fatalf("from port %d: no checksum", port)
		case 0xffff:
			ones++
		}
	}
	if ones == 0 {
		t.Error("no port has a computed checksum of zero")
	}
}

func TestNoDatagram(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(b []byte) []byte
	}{
		{"nothing", func([]byte) []byte { return nil }},
		{"TCP", func(b []byte) []byte { b[9] = 6; return b }},
		{"a header cut short", func(b []byte) []byte { return b[:ipv4Header+7] }},
		{"a length shorter than the header", func(b []byte) []byte { b[ipv4Header+5] = 7; return b }},
		{"a length longer than the packet", func(b []byte) []byte { b[ipv4Header+5] = 200; return b }},
		{"a fragment", func(b []byte) []byte { b[7] = 1; return b }},
	} {
		var h IP
		var d Datagram
		b := AppendUDP(nil, &IP{Src: v4a, Dst: v4b}, &Datagram{Len: 100}, 1, 2)
		if _, _, _, err := ParseUDP(tt.change(b), &h, &d); err != ErrIP {
			t.Errorf("%s: error %v", tt.name, err)
		}
	}
}
