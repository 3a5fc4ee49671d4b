package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"os"
	"reflect"
	"testing"
)

// flagsOf has the flags of the segments that the vectors show, where the form of
// an option, or whether it has a place there, depends on them.
var flagsOf = map[string]Flags{
	"MP_JOIN SYN (A→B, B-flag=0, AddrID 2)": SYN,
	"MP_JOIN SYN (backup)":                  SYN,
	"MP_JOIN SYN/ACK (AddrID 5)":            SYN | ACK,
	"TCP Fast Open: request":                SYN,
	"TCP Fast Open: cookie of 4 bytes":      SYN | ACK,
	"TCP Fast Open: cookie of 8 bytes":      SYN | ACK,
	"TCP Fast Open: cookie of 16 bytes":     SYN,
}

// vectors returns the options of testdata/options.json: made by an independent
// script, with keyA 0123456789abcdef, keyB fedcba9876543210 and the nonces
// 11223344 and 55667788.
func vectors(t testing.TB) map[string][]byte {
	text, err := os.ReadFile("testdata/options.json")
	if err != nil {
		t.Fatal(err)
	}
	var vs map[string]string
	if err := json.Unmarshal(text, &vs); err != nil {
		t.Fatal(err)
	}
	out := make(map[string][]byte)
	for name, v := range vs {
		if out[name], err = hex.DecodeString(v); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// Every option parses, encodes to the same bytes and has the length foretold.
//
// Req: R8684-3-01, R8684-7-01
func TestOptionVectors(t *testing.T) {
	for name, v := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			s := Segment{Flags: ACK}
			if f, ok := flagsOf[name]; ok {
				s.Flags = f
			}
			if err := ParseOptions(v, &s); err != nil {
				t.Fatal(err)
			}
			want := appendPadding(bytes.Clone(v), len(v))
			if got := AppendOptions(nil, &s); !bytes.Equal(got, want) {
				t.Errorf("encoded %x, want %x", got, want)
			}
			if s.OptionLen() != len(want) {
				t.Errorf("OptionLen() = %d, want %d", s.OptionLen(), len(want))
			}
		})
	}
}

func hmac20(t *testing.T, s string) (h [20]byte) {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	copy(h[:], b)
	return h
}

// What the vectors mean.
//
// Req: R8684-3.2-02
func TestOptionFields(t *testing.T) {
	const keyA, keyB = 0x0123456789abcdef, 0xfedcba9876543210
	vs := vectors(t)
	for name, want := range map[string]Options{
		"MP_CAPABLE SYN (v1, A=1,C=1,H=1)": {Capable: &Capable{Version: 1, Checksum: true, NoJoins: true, SHA256: true}},
		"MP_CAPABLE SYN/ACK (B→A)":         {Capable: &Capable{Version: 1, SHA256: true, NKeys: 1, SenderKey: keyB}},
		"MP_CAPABLE ACK+data, 11 B, csum": {Capable: &Capable{Version: 1, Checksum: true, SHA256: true, NKeys: 2,
			SenderKey: keyA, PeerKey: keyB, HasData: true, DataLen: 11, HasSum: true, Sum: 0xdf80}},
		"MP_JOIN SYN (backup)":       {Join: &Join{Backup: true, AddrID: 2, Token: 0x18f9781b, Nonce: 0x11223344}},
		"MP_JOIN SYN/ACK (AddrID 5)": {Join: &Join{AddrID: 5, HMAC: hmac20(t, "0d44dc5f555121b7"), Nonce: 0x55667788}},
		"MP_JOIN ACK":                {Join: &Join{HMAC: hmac20(t, "d8b5e46b7a782e79d3ecfd78307751df993e222b")}},
		"ADD_ADDR v4 (A, id 2, port 8080)": {AddAddr: &AddAddr{AddrID: 2, Addr: 0xc0000201, Port: 8080,
			HMAC: 0x1eebd5076fea09c7}},
		"ADD_ADDR v6 (A, id 3, no port)": {AddAddr: &AddAddr{AddrID: 3, Addr6: netip.MustParseAddr("2001:db8::1"),
			HMAC: 0x3fb0437944b91899}},
		"ADD_ADDR echo v4 (id 2, no port)": {AddAddr: &AddAddr{Echo: true, AddrID: 2, Addr: 0xc0000201}},
		"REMOVE_ADDR (ids 2,3)":            {RemoveAddr: []uint8{2, 3}},
		"MP_PRIO (backup on)":              {Prio: &Prio{Backup: true}},
		"MP_FAIL":                          {Fail: &Fail{DSN: 0x570762cd38be9819}},
		"MP_FASTCLOSE":                     {FastClose: &FastClose{Key: keyB}},
		"MP_TCPRST (T=1, reason 2)":        {Reset: &Reset{Transient: true, Reason: 2}},
		"ADD_ADDR echo v6 (id 3, port 8080)": {AddAddr: &AddAddr{Echo: true, AddrID: 3,
			Addr6: netip.MustParseAddr("2001:db8::1"), Port: 8080}},
		"v0 MP_CAPABLE SYN":                    {Capable: &Capable{Checksum: true, SHA256: true, NKeys: 1, SenderKey: keyA}},
		"v0 MP_CAPABLE ACK":                    {Capable: &Capable{Checksum: true, SHA256: true, NKeys: 2, SenderKey: keyA, PeerKey: keyB}},
		"v0 ADD_ADDR v4 id 2, port 8080":       {AddAddr: &AddAddr{Plain: true, AddrID: 2, Addr: 0xc0000201, Port: 8080}},
		"v0 ADD_ADDR v6 id 3":                  {AddAddr: &AddAddr{Plain: true, AddrID: 3, Addr6: netip.MustParseAddr("2001:db8::1")}},
		"v0 MP_PRIO with AddrID 2 (backup on)": {Prio: &Prio{Backup: true, HasAddrID: true, AddrID: 2}},
		"TCP Fast Open: request":               {FastOpen: &FastOpen{}},
		"TCP Fast Open: cookie of 8 bytes":     {FastOpen: &FastOpen{Cookie: []byte("\xc0\xc1\xc2\xc3\xc4\xc5\xc6\xc7")}},
	} {
		s := Segment{Flags: ACK}
		if f, ok := flagsOf[name]; ok {
			s.Flags = f
		}
		want.WScale = -1
		if err := ParseOptions(vs[name], &s); err != nil || s.Opt == nil || !reflect.DeepEqual(*s.Opt, want) {
			t.Errorf("%s: %+v, %v", name, s.Opt, err)
		}
	}
}

func TestDSSFields(t *testing.T) {
	vs := vectors(t)
	for name, want := range map[string]Segment{
		"DSS: ack32 only": {DSS: HasDataAck | Ack32, DataAck: 0xaabbccdd},
		"DSS: ack32+map32, no csum": {DSS: HasDataAck | Ack32 | HasMap | DSN32, DataAck: 0xaabbccdd,
			DSN: 0x38be9819, SSN: 1, MapLen: 11},
		"DSS: ack64+map64+csum": {DSS: HasDataAck | HasMap | HasSum, DataAck: 0x11223344aabbccdd,
			DSN: 0x570762cd38be9819, SSN: 1, MapLen: 11, Sum: 0xdf80},
		"DSS: ack64 + DATA_FIN alone (map64, ssn 0, len 1)": {DSS: HasDataAck | HasMap | DataFIN,
			DataAck: 0x11223344aabbccdd, DSN: 0x570762cd38be9824, MapLen: 1},
	} {
		var s Segment
		if err := ParseOptions(vs[name], &s); err != nil || s != want {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// Options of a SYN, whose padding timestamps share with SACK-permitted.
func TestSYN(t *testing.T) {
	s := Segment{Flags: SYN, HasTS: true, TSVal: 0x4355dabf, Opt: &Options{MSS: 1460, WScale: 10, SACKPermitted: true}}
	want := "020405b40402080a4355dabf000000000103030a"
	if got := hex.EncodeToString(AppendOptions(nil, &s)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.HasTS = false
	want = "020405b401010402" + "0103030a"
	if got := hex.EncodeToString(AppendOptions(nil, &s)); got != want || s.OptionLen() != 12 {
		t.Errorf("without timestamps: got %s, want %s; OptionLen() = %d", got, want, s.OptionLen())
	}
}

// SACK blocks follow the timestamps and precede the DSS.
func TestSACK(t *testing.T) {
	s := Segment{HasTS: true, TSVal: 1, TSEcr: 2, NSACK: 1, DSS: HasDataAck, DataAck: 3}
	s.SACK[0] = Block{5500, 6000}
	want := "0101080a0000000100000002" + "0101050a0000157c00001770" + "1e0c20030000000000000003"
	got := AppendOptions(nil, &s)
	if hex.EncodeToString(got) != want {
		t.Errorf("got %x, want %s", got, want)
	}
	var u Segment
	if err := ParseOptions(got, &u); err != nil || u != s {
		t.Errorf("parsed %+v, %v", u, err)
	}
}

// "Unknown options, and options of a length that theirs cannot have, are skipped."
//
// Req: R8684-3-01
func TestMalformed(t *testing.T) {
	for _, tt := range []struct {
		name, options string
		err           error
	}{
		{"end of options list", "0002", nil},
		{"unknown kind", "fd0400001e0351", nil},
		{"unknown subtype", "1e0490001e0351", nil},
		{"bad MSS length", "02051122331e0351", nil},
		{"bad SACK length", "0506000000001e0351", nil},
		{"MP_CAPABLE of 5 bytes", "1e050101001e0351", nil},
		{"MP_CAPABLE with the bit B", "1e0401411e0351", nil},
		{"MP_JOIN SYN on an ACK", "1e0c100218f9781b112233441e0351", nil},
		{"DSS shorter than its flags say", "1e042001" + "1e0351", nil},
		{"ADD_ADDR without address", "1e0430021e0351", nil},
		{"REMOVE_ADDR without an ID", "1e03401e0351", nil},
		{"MPTCP without subtype", "1e021e0351", nil},
		{"MP_PRIO of 5 bytes", "1e055002001e0351", nil},
		{"ADD_ADDR with an HMAC cut short", "1e0c3002c0000201000000001e0351", nil},
		{"ADD_ADDR without HMAC, of IPv4 by its length, of IPv6 by its nibble", "1e083602c00002011e0351", nil},
		{"ADD_ADDR without HMAC, of IPv6 by its length, of IPv4 by its nibble", "1e14340320010db80000000000000000000000011e0351", nil},
		{"MP_CAPABLE of version 0 without a key", "1e0400811e0351", nil},
		{"MP_CAPABLE of version 0 with data", "1e1600810123456789abcdeffedcba9876543210000b1e0351", nil},
		{"MSS on an ACK", "020405b41e0351", nil},
		{"Fast Open on an ACK", "220ac0c1c2c3c4c5c6c71e0351", nil},
		{"length 0", "1e00", ErrTruncated},
		{"no length", "08", ErrTruncated},
		{"beyond the end", "080a0000", ErrTruncated},
	} {
		b, err := hex.DecodeString(tt.options)
		if err != nil {
			t.Fatal(err)
		}
		s := Segment{Flags: ACK}
		if err := ParseOptions(b, &s); err != tt.err {
			t.Errorf("%s: error %v, want %v", tt.name, err, tt.err)
		}
		want := Options{WScale: -1, Prio: &Prio{Backup: true}}
		if len(b) > 4 && tt.err == nil && (s.Opt == nil || !reflect.DeepEqual(*s.Opt, want)) {
			t.Errorf("%s: %+v", tt.name, s.Opt)
		}
		if s.DSS != 0 || s.HasTS || s.NSACK != 0 {
			t.Errorf("%s was taken", tt.name)
		}
	}
}

// A cookie has 4 to 16 bytes, an even number of them; none is a request (RFC 7413,
// section 4.1.1).
func TestCookieLength(t *testing.T) {
	for n := range 20 {
		s := Segment{Flags: SYN}
		if err := ParseOptions(append([]byte{34, byte(2 + n)}, make([]byte, n)...), &s); err != nil {
			t.Fatal(err)
		}
		if want := n == 0 || n%2 == 0 && n >= 4 && n <= 16; (s.Opt != nil) != want {
			t.Errorf("cookie of %d bytes: taken %v, want %v", n, s.Opt != nil, want)
		}
	}
}

// "Reserved bits are set to zero on transmission and ignored on receipt" (RFC
// 8684, sections 3.1 to 3.6): with them set, the options say the same.
//
// Req: R8684-3.2-07, R8684-3.2-14, R8684-3.3-02, R8684-3.4.1-11, R8684-3.4.1-12, R8684-3.6-07, R8684-3.6-08
func TestReservedBits(t *testing.T) {
	for _, tt := range []struct {
		name, with, without string
		flags               Flags
	}{
		{"MP_JOIN SYN", "1e0c1e0218f9781b11223344", "1e0c100218f9781b11223344", SYN},
		{"MP_JOIN ACK", "1e181fff" + "d8b5e46b7a782e79d3ecfd78307751df993e222b", "1e181000" + "d8b5e46b7a782e79d3ecfd78307751df993e222b", ACK},
		{"DSS", "1e082fe1aabbccdd", "1e082001aabbccdd", ACK},
		{"ADD_ADDR", "1e103e02c0000201bcef4aaa2a68d1c3", "1e103002c0000201bcef4aaa2a68d1c3", ACK},
		{"ADD_ADDR echo", "1e083f02c0000201", "1e083102c0000201", ACK},
		{"REMOVE_ADDR", "1e054f0203010101", "1e05400203010101", ACK},
		{"MP_PRIO", "1e035f01", "1e035101", ACK},
		{"MP_FAIL", "1e0c6fff570762cd38be9819", "1e0c6000570762cd38be9819", ACK},
		{"MP_FASTCLOSE", "1e0c7ffffedcba9876543210", "1e0c7000fedcba9876543210", ACK},
		{"MP_TCPRST", "1e048f02", "1e048102", RST},
		{"MP_CAPABLE, hashes that we do not know", "1e04011f", "1e040101", SYN},
	} {
		b, err := hex.DecodeString(tt.with)
		if err != nil {
			t.Fatal(err)
		}
		s := Segment{Flags: tt.flags}
		if err := ParseOptions(b, &s); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if got := hex.EncodeToString(AppendOptions(nil, &s)); got != tt.without {
			t.Errorf("%s: %s became %s, want %s", tt.name, tt.with, got, tt.without)
		}
	}
}

// A data segment with timestamps and a full DSS fills the header exactly; an ACK
// with both and a DATA_ACK has room for one SACK block (RFC 8684, appendix A).
//
// Req: R8684-A-01
func TestHeaderLen(t *testing.T) {
	data := Segment{HasTS: true, DSS: HasDataAck | HasMap | HasSum}
	if data.HeaderLen() != 60 {
		t.Errorf("data: %d bytes", data.HeaderLen())
	}
	ack := Segment{HasTS: true, DSS: HasDataAck}
	if room := (OptionSpace - ack.OptionLen() - 4) / 8; room != 1 {
		t.Errorf("an ACK with timestamps has room for %d SACK blocks", room)
	}
	if n := testing.AllocsPerRun(100, func() { data.HeaderLen() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzParseOptions(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v, byte(ACK))
		f.Add(v, byte(SYN))
	}
	for _, file := range captures(f) {
		for _, p := range packets(f, file)[:20] {
			tcp := p[ipv4Header:]
			f.Add(tcp[minHeader:tcp[12]>>4*4], tcp[13])
		}
	}
	f.Add([]byte("\x02\x04\x05\xb4\x04\x02\x08\x0a\x43\x55\xda\xbf\x00\x00\x00\x00\x01\x03\x03\x0a"), byte(SYN))
	f.Fuzz(func(t *testing.T, b []byte, flags byte) {
		s := Segment{Flags: Flags(flags)}
		if ParseOptions(b, &s) != nil {
			return
		}
		// What was understood survives encoding.
		out := AppendOptions(nil, &s)
		if len(out) != s.OptionLen() {
			t.Fatalf("%d bytes, OptionLen() = %d", len(out), s.OptionLen())
		}
		u := Segment{Flags: s.Flags, SACK: s.SACK, DSN: s.DSN, SSN: s.SSN, MapLen: s.MapLen, Sum: s.Sum,
			DataAck: s.DataAck, TSVal: s.TSVal, TSEcr: s.TSEcr}
		if err := ParseOptions(out, &u); err != nil || !reflect.DeepEqual(s, u) {
			t.Fatalf("%+v became %+v, %v", s, u, err)
		}
	})
}
