package capture

import (
	"bytes"
	"fmt"
	"testing"
)

// A Record is a packet of a file.
type Record struct {
	Interface string
	NS        uint64
	Length    int // of the IP packet on the wire
	Packet    []byte
	Ether     [14]byte
	Comment   string
	block     []byte
}

// Read returns the packets of a file as Writer writes it, and the blocks before them.
func Read(t testing.TB, file []byte) (head []byte, records []Record) {
	t.Helper()
	var ifaces []string
	for rest := file; len(rest) > 0; {
		kind, n := le.Uint32(rest), le.Uint32(rest[4:])
		if int(n) > len(rest) || n%4 != 0 || le.Uint32(rest[n-4:]) != n {
			t.Fatalf("a block of %d bytes at %d", n, len(file)-len(rest))
		}
		block := rest[:n]
		rest = rest[n:]
		body := block[8 : n-4]
		switch kind {
		case blockSection:
			if le.Uint32(body) != byteOrder {
				t.Fatalf("byte order %x", le.Uint32(body))
			}
			head = append(head, block...)
		case blockInterface:
			opts := options(t, body[8:])
			if opts[optResolution] != "\x09" || le.Uint16(body) != linkEthernet {
				t.Fatalf("interface %q: resolution %x, link type %d", opts[optName], opts[optResolution], le.Uint16(body))
			}
			ifaces = append(ifaces, opts[optName])
			head = append(head, block...)
		case blockRecord:
			kept := le.Uint32(body[12:])
			records = append(records, Record{
				Interface: ifaces[le.Uint32(body)],
				NS:        uint64(le.Uint32(body[4:]))<<32 | uint64(le.Uint32(body[8:])),
				Length:    int(le.Uint32(body[16:])) - 14,
				Packet:    body[20+14 : 20+kept],
				Ether:     [14]byte(body[20:]),
				Comment:   options(t, body[20+(kept+3)&^3:])[optComment],
				block:     block,
			})
		default:
			t.Fatalf("a block of kind %d", kind)
		}
	}
	return head, records
}

// options returns the options at the end of a block.
func options(t testing.TB, b []byte) map[uint16]string {
	t.Helper()
	opts := make(map[uint16]string)
	for len(b) > 0 {
		code, n := le.Uint16(b), int(le.Uint16(b[2:]))
		if code == optEnd {
			return opts
		}
		opts[code] = string(b[4 : 4+n])
		b = b[4+(n+3)&^3:]
	}
	return opts
}

// Filter returns a file with the packets of some interfaces.
func Filter(t testing.TB, file []byte, keep func(iface string) bool) []byte {
	head, records := Read(t, file)
	var b bytes.Buffer
	b.Write(head)
	for _, r := range records {
		if keep(r.Interface) {
			b.Write(r.block)
		}
	}
	return b.Bytes()
}

func (r Record) String() string { return fmt.Sprintf("%d %s %s", r.NS, r.Interface, r.Comment) }
