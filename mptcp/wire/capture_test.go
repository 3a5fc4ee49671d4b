package wire

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
)

// packets returns the raw IP packets of a little-endian pcapng file: block type,
// block length, and in an enhanced packet block at 20 the captured length.
func packets(t testing.TB, file string) (ps [][]byte) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	for len(b) >= 12 {
		kind, n := le.Uint32(b), le.Uint32(b[4:])
		if kind == 6 {
			ps = append(ps, b[28:28+le.Uint32(b[20:])])
		}
		b = b[n:]
	}
	return ps
}

// Every TCP header of captures from Linux 6.18 parses and encodes to the same
// bytes. The captures hold all subtypes of the MPTCP option.
func TestLinuxCaptures(t *testing.T) {
	files, _ := filepath.Glob("testdata/*.pcapng")
	subtypes := make(map[string]int)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for i, p := range packets(t, file) {
				tcp := p[int(p[0]&0x0f)*4:]
				var s Segment
				src, dst, n, err := ParseHeader(tcp, &s)
				if err != nil {
					t.Fatalf("packet %d: %v", i, err)
				}
				want := bytes.Clone(tcp[:n])
				want[16], want[17] = 0, 0
				if got := AppendHeader(nil, &s, src, dst); !bytes.Equal(got, want) {
					t.Errorf("packet %d:\n got %x\nwant %x", i, got, want)
				}
				count(subtypes, &s)
			}
		})
	}
	for _, name := range []string{"MP_CAPABLE", "MP_JOIN", "DSS", "ADD_ADDR", "REMOVE_ADDR", "MP_PRIO", "MP_FAIL", "MP_FASTCLOSE", "MP_TCPRST"} {
		if subtypes[name] == 0 {
			t.Errorf("no capture has %s", name)
		}
	}
}

func count(subtypes map[string]int, s *Segment) {
	note := func(name string, has bool) {
		if has {
			subtypes[name]++
		}
	}
	note("DSS", s.DSS != 0)
	if o := s.Opt; o != nil {
		note("MP_CAPABLE", o.Capable != nil)
		note("MP_JOIN", o.Join != nil)
		note("ADD_ADDR", o.AddAddr != nil)
		note("REMOVE_ADDR", len(o.RemoveAddr) > 0)
		note("MP_PRIO", o.Prio != nil)
		note("MP_FAIL", o.Fail != nil)
		note("MP_FASTCLOSE", o.FastClose != nil)
		note("MP_TCPRST", o.Reset != nil)
	}
}

// Tokens and HMACs of a join between Linux hosts follow from their keys and nonces.
func TestLinuxJoin(t *testing.T) {
	var keyA, keyB uint64
	var token, nonceA, nonceB uint32
	var macB []byte
	ps := packets(t, "testdata/01_mpcapable_join_close.pcapng")
	for range 2 { // the two interfaces are captured in blocks: the keys may come later
		for _, p := range ps {
			var s Segment
			if _, _, _, err := ParseHeader(p[20:], &s); err != nil {
				t.Fatal(err)
			}
			if s.Opt == nil {
				continue
			}
			if c := s.Opt.Capable; c != nil && c.NKeys == 2 {
				keyA, keyB = c.SenderKey, c.PeerKey
			}
			switch j := s.Opt.Join; {
			case j == nil:
			case s.Flags == SYN:
				token, nonceA = j.Token, j.Nonce
			case s.Flags == SYN|ACK:
				nonceB, macB = j.Nonce, bytes.Clone(j.HMAC[:8])
			}
		}
	}
	if token != SHA256.Token(keyB) {
		t.Errorf("token %x, want %x", token, SHA256.Token(keyB))
	}
	if want := SHA256.HMAC(keyB, keyA, nonceB, nonceA); !bytes.Equal(macB, want[:8]) {
		t.Errorf("HMAC-B %x, want %x", macB, want[:8])
	}
}

// A header and its checksum, against a SYN from a capture, which has no payload.
func TestSetChecksum(t *testing.T) {
	p := packets(t, "testdata/01_mpcapable_join_close.pcapng")[0]
	segment := bytes.Clone(p[20:])
	SetChecksum(segment, be.Uint32(p[12:]), be.Uint32(p[16:]))
	if !bytes.Equal(segment, p[20:]) {
		t.Errorf("checksum %x, want %x", segment[16:18], p[36:38])
	}
}

func TestNoHeader(t *testing.T) {
	var s Segment
	for _, b := range [][]byte{nil, make([]byte, 19), make([]byte, 20), append(make([]byte, 12), 0xf0, 0, 0, 0, 0, 0, 0, 0)} {
		if _, _, _, err := ParseHeader(b, &s); err != ErrHeader {
			t.Errorf("%x: error %v", b, err)
		}
	}
}
