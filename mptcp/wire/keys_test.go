package wire

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"
)

const (
	keyA, keyB     = 0x0123456789abcdef, 0xfedcba9876543210
	nonceA, nonceB = 0x11223344, 0x55667788
)

// Computed with an independent script.
//
// Req: R8684-3.1-28, R8684-3.1-29, R8684-3.1-30, R8684-3.1-31
func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		h     Hash
		key   uint64
		token uint32
		idsn  uint64
	}{
		{SHA256, keyA, 0x55c53f5d, 0x570762cd38be9818},
		{SHA256, keyB, 0x18f9781b, 0x280818bf0fa7e28e},
		{SHA1, keyA, 0x0ca2eadb, 0xe3df8ee121f10547},
		{SHA1, keyB, 0xa5be6871, 0x334fc234bee495ca},
	} {
		if tt.h.Token(tt.key) != tt.token || tt.h.IDSN(tt.key) != tt.idsn {
			t.Errorf("hash %d, key %x: token %x, IDSN %x", tt.h, tt.key, tt.h.Token(tt.key), tt.h.IDSN(tt.key))
		}
	}
}

// Req: R8684-3.2-10
func TestJoinHMAC(t *testing.T) {
	for _, tt := range []struct {
		name string
		mac  []byte
		want string
	}{
		{"A", SHA256.HMAC(keyA, keyB, nonceA, nonceB), "d8b5e46b7a782e79d3ecfd78307751df993e222b384c52754868f2561cf58998"},
		{"B", SHA256.HMAC(keyB, keyA, nonceB, nonceA), "0d44dc5f555121b7027f5508b30392de251c946ac377f517ba2194c06bc4d441"},
		{"A with SHA-1", SHA1.HMAC(keyA, keyB, nonceA, nonceB), "7120574de71020f0d199f170407bf80fb408fdc4"},
		{"B with SHA-1", SHA1.HMAC(keyB, keyA, nonceB, nonceA), "49412f7213682cb10e646a6cf7c020034887a3eb"},
	} {
		if got := hex.EncodeToString(tt.mac); got != tt.want {
			t.Errorf("HMAC-%s = %s", tt.name, got)
		}
	}
}

// The vectors of Linux's unit test net/mptcp/crypto_test.c: the characters of
// keys and nonces are the bytes.
func TestKUnitHMAC(t *testing.T) {
	for _, tt := range []struct{ keys, nonces, want string }{
		{"0b0b0b0b0b0b0b0b", "48692054", "8385e24fb4235ac37556b6b886db106284a1da671699f46db1f235ec622dcafa"},
		{"aaaaaaaaaaaaaaaa", "dddddddd", "2c5e219164ff1dca1c4a92318d847bb6b9d44492984e1eb71aff9022f71046e9"},
		{"0102030405060708", "cdcdcdcd", "e73b9ba9969969cefb04aa0d6df18ec2fcc075b6f23b4d8c4da736a5dbbc6e7d"},
	} {
		k, n := []byte(tt.keys), []byte(tt.nonces)
		be := binary.BigEndian
		mac := SHA256.HMAC(be.Uint64(k), be.Uint64(k[8:]), be.Uint32(n), be.Uint32(n[4:]))
		if got := hex.EncodeToString(mac); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.keys, got, tt.want)
		}
	}
}

// Req: R8684-3.4.1-09
func TestAddAddrHMAC(t *testing.T) {
	v6 := netip.MustParseAddr("2001:db8::1")
	for _, tt := range []struct {
		sender, receiver uint64
		a                AddAddr
		want             uint64
	}{
		{keyA, keyB, AddAddr{AddrID: 2, Addr: 0xc0000201}, 0xbcef4aaa2a68d1c3},
		{keyA, keyB, AddAddr{AddrID: 2, Addr: 0xc0000201, Port: 8080}, 0x1eebd5076fea09c7},
		{keyA, keyB, AddAddr{AddrID: 3, Addr6: v6}, 0x3fb0437944b91899},
		{keyA, keyB, AddAddr{AddrID: 3, Addr6: v6, Port: 8080}, 0xbc53ed2839b11603},
		{keyB, keyA, AddAddr{AddrID: 2, Addr: 0xc0000201}, 0xa754ce7d17a77178},
	} {
		if got := SHA256.AddAddrHMAC(tt.sender, tt.receiver, &tt.a); got != tt.want {
			t.Errorf("%+v: %x, want %x", tt.a, got, tt.want)
		}
	}
}

// Req: R8684-3.3.1-06, R8684-3.3.3-04
func TestDSSChecksum(t *testing.T) {
	var ramp [1024]byte
	for i := range ramp {
		ramp[i] = byte(i)
	}
	for _, tt := range []struct {
		name    string
		payload []byte
		dsn     uint64
		ssn     uint32
		length  uint16
		want    uint16
	}{
		{"odd payload", []byte("hello mptcp"), 0x570762cd38be9819, 1, 11, 0xdf80},
		{"with DATA_FIN", []byte("hello mptcp"), 0x570762cd38be9819, 1, 12, 0xdf7f},
		{"DATA_FIN alone", nil, 0x570762cd38be9824, 0, 1, 0x7547},
		{"carries", ramp[:], 1, 1, 1024, 0xfafe},
	} {
		if got := DSSChecksum(tt.payload, tt.dsn, tt.ssn, tt.length); got != tt.want {
			t.Errorf("%s: %#04x, want %#04x", tt.name, got, tt.want)
		}
	}
}
