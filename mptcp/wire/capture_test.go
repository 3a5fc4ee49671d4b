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

// captures are the files of packets from Linux 6.18. They hold the first 128
// bytes of each.
func captures(t testing.TB) []string {
	files, err := filepath.Glob("testdata/*.pcapng")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	return files
}

// Every packet of Linux parses and encodes to the same bytes, the headers of IPv4
// and TCP with all options; the checksums of those that the capture has whole are
// right. The captures hold all subtypes of the MPTCP option.
//
// Req: R8684-3-01, R8684-7-01
func TestLinuxCaptures(t *testing.T) {
	subtypes := make(map[string]int)
	whole := 0
	for _, file := range captures(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			for i, p := range packets(t, file) {
				var h IP
				var s Segment
				src, dst, payload, err := ParsePacket(p, &h, &s)
				if err != nil {
					t.Fatalf("packet %d: %v", i, err)
				}
				count(subtypes, &s)
				if !ValidIPv4(p[:ipv4Header]) {
					t.Errorf("packet %d: IPv4 checksum", i)
				}
				if len(payload) == int(s.Len) {
					whole++
					if !ValidChecksum(p[ipv4Header:], h.Src, h.Dst) {
						t.Errorf("packet %d: TCP checksum", i)
					}
				}
				want := p[:len(p)-len(payload)]
				got := AppendHeader(appendIPv4(nil, &h, protocolTCP, s.HeaderLen()+int(s.Len)), &s, src, dst)
				if n := trailingNOPs(want); n > 0 {
					// The middlebox of 13_fallback_synack.pcapng wrote them over an option.
					const options = ipv4Header + minHeader
					got, want = got[options:], want[options:len(want)-n]
				} else {
					copy(got[36:], p[36:38]) // the checksum, of the payload too
				}
				if !bytes.Equal(got, want) {
					t.Errorf("packet %d:\n got %x\nwant %x", i, got, want)
				}
			}
		})
	}
	if whole < 1000 {
		t.Errorf("only %d packets are whole", whole)
	}
	for _, name := range []string{"MP_CAPABLE", "MP_JOIN", "DSS", "ADD_ADDR", "REMOVE_ADDR", "MP_PRIO", "MP_FAIL", "MP_FASTCLOSE", "MP_TCPRST"} {
		if subtypes[name] == 0 {
			t.Errorf("no capture has %s", name)
		}
	}
}

// trailingNOPs returns how many bytes of padding end the header that no option needs.
func trailingNOPs(header []byte) (n int) {
	for ; bytes.HasSuffix(header[:len(header)-n], []byte{kindNOP, kindNOP, kindNOP, kindNOP}); n += 4 {
	}
	return n
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

// The DSS checksum of a mapping covers its whole payload: those of mappings that
// the captures have whole are right. Most are of a DATA_FIN alone.
func TestLinuxDSSChecksums(t *testing.T) {
	checked := 0
	for _, file := range captures(t) {
		for i, p := range packets(t, file) {
			var h IP
			var s Segment
			_, _, payload, err := ParsePacket(p, &h, &s)
			if err != nil {
				t.Fatal(err)
			}
			data := int(s.MapLen)
			if s.DSS.Has(DataFIN) {
				data--
			}
			if !s.DSS.Has(HasMap|HasSum) || s.DSS.Has(DSN32) || s.MapLen == 0 || data != len(payload) {
				continue
			}
			checked++
			if want := DSSChecksum(payload, s.DSN, s.SSN, s.MapLen); s.Sum != want {
				t.Errorf("%s, packet %d: DSS checksum %04x, want %04x", file, i, s.Sum, want)
			}
		}
	}
	if checked < 2 {
		t.Errorf("%d mappings are whole", checked)
	}
}

// Tokens and HMACs of the joins between Linux hosts follow from their keys and
// nonces, and so do the HMACs of the addresses they announce.
//
// Req: R8684-3.1-28, R8684-3.2-10, R8684-3.4.1-09
func TestLinuxProofs(t *testing.T) {
	joins, addresses := 0, 0
	for _, file := range captures(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			j, a := proofs(t, packets(t, file))
			joins += j
			addresses += a
		})
	}
	if joins < 15 || addresses < 5 {
		t.Errorf("%d joins and %d addresses", joins, addresses)
	}
}

// proofs verifies one capture of one connection. The interfaces are captured in
// blocks, so that the keys may come after what follows from them.
func proofs(t *testing.T, ps [][]byte) (joins, addresses int) {
	type host struct {
		key  uint64
		port uint16
	}
	var client, server host
	parse := func(f func(h *IP, s *Segment, src, dst uint16)) {
		for _, p := range ps {
			var h IP
			var s Segment
			src, dst, _, err := ParsePacket(p, &h, &s)
			if err != nil {
				t.Fatal(err)
			}
			if s.Opt != nil {
				f(&h, &s, src, dst)
			}
		}
	}
	parse(func(_ *IP, s *Segment, src, dst uint16) {
		if c := s.Opt.Capable; c != nil && c.NKeys == 2 {
			client, server = host{c.SenderKey, src}, host{c.PeerKey, dst}
		}
	})
	nonces := make(map[uint16]uint32) // by the port of the client, of a SYN
	macs := make(map[uint16][]byte)   // of the ACK that is due
	parse(func(h *IP, s *Segment, src, dst uint16) {
		switch j := s.Opt.Join; {
		case j == nil:
		case s.Flags == SYN:
			if want := SHA256.Token(server.key); j.Token != want {
				t.Errorf("token %x, want %x", j.Token, want)
			}
			nonces[src] = j.Nonce
		case s.Flags == SYN|ACK:
			if want := SHA256.HMAC(server.key, client.key, j.Nonce, nonces[dst])[:8]; !bytes.Equal(j.HMAC[:8], want) {
				t.Errorf("HMAC-B %x, want %x", j.HMAC[:8], want)
			}
			macs[dst] = SHA256.HMAC(client.key, server.key, nonces[dst], j.Nonce)[:20]
		default:
			if want := macs[src]; !bytes.Equal(j.HMAC[:], want) {
				t.Errorf("HMAC-A %x, want %x", j.HMAC, want)
			}
			joins++
		}
		if a := s.Opt.AddAddr; a != nil && !a.Echo {
			sender, receiver := server, client
			if dst == server.port {
				sender, receiver = client, server
			}
			if want := SHA256.AddAddrHMAC(sender.key, receiver.key, a); a.HMAC != want {
				t.Errorf("HMAC of an address %x, want %x", a.HMAC, want)
			}
			addresses++
		}
	})
	return joins, addresses
}

func TestNoHeader(t *testing.T) {
	var s Segment
	for _, b := range [][]byte{nil, make([]byte, 19), make([]byte, 20), append(make([]byte, 12), 0xf0, 0, 0, 0, 0, 0, 0, 0)} {
		if _, _, _, err := ParseHeader(b, &s); err != ErrHeader {
			t.Errorf("%x: error %v", b, err)
		}
	}
}
