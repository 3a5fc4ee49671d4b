package mptcp_test

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"mpsim/mptcp/wire"
)

// replays returns cases of FuzzHostilePeer in which the peer says what one end of a
// connection of Linux said, for both ends of each capture: right in form, and wrong in all that
// keys prove.
func replays(t testing.TB) (cases [][]byte) {
	files, err := filepath.Glob("wire/testdata/*.pcapng")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ps := rawPackets(b)
		for side := range 2 {
			if c := replay(ps, side); c != nil {
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// rawPackets returns the IP packets of a little-endian pcapng file.
func rawPackets(b []byte) (ps [][]byte) {
	le := binary.LittleEndian
	for len(b) >= 12 {
		if le.Uint32(b) == 6 {
			ps = append(ps, b[28:28+le.Uint32(b[20:])])
		}
		b = b[le.Uint32(b[4:]):]
	}
	return ps
}

// replaySettings are the first bytes of a case: see newHostile and greet.
var replaySettings = make([]byte, 20)

// replay makes a case of the first packets that side 0, the client, or 1 sent.
func replay(ps [][]byte, side int) []byte {
	type direction [2]netip.AddrPort // from, to
	iss := make(map[direction]uint32)
	server := uint16(0)
	c := append([]byte{byte(side)}, replaySettings...)
	lines := make(map[direction]byte)
	for _, p := range ps {
		var ip wire.IP
		var s wire.Segment
		src, dst, _, err := wire.ParsePacket(p, &ip, &s)
		if err != nil || len(c) > 4000 {
			continue
		}
		if server == 0 {
			server = dst
		}
		flow := direction{netip.AddrPortFrom(ip.Src, src), netip.AddrPortFrom(ip.Dst, dst)}
		if s.Flags.Has(wire.SYN) {
			iss[flow] = s.Seq
		}
		if (src == server) != (side == 1) {
			continue
		}
		if _, known := lines[flow]; !known {
			lines[flow] = byte(len(lines))
		}
		header := append([]byte(nil), p[20:20+int(p[32]>>4)*4]...)
		binary.BigEndian.PutUint32(header[4:], s.Seq-iss[flow])
		binary.BigEndian.PutUint32(header[8:], s.Ack-iss[direction{flow[1], flow[0]}])
		c = append(c, 14, lines[flow], byte(len(header)))
		c = append(c, header...)
		c = binary.BigEndian.AppendUint16(c, s.Len)
		if side == 0 && s.Flags&(wire.SYN|wire.ACK) == wire.SYN {
			c = append(c, lines[flow])
		}
		c = append(c, 1) // some time passes
	}
	return c
}
