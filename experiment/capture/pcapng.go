package capture

import "encoding/binary"

// Blocks and options of pcapng (draft-ietf-opsawg-pcapng, sections 3.5 and 4). All
// of a section is in the byte order that its first block has; ours is little-endian.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockRecord    = 6 // "enhanced packet"

	byteOrder = 0x1a2b3c4d

	optEnd         = 0
	optComment     = 1
	optName        = 2 // of an interface
	optDescription = 3 // of an interface
	optApplication = 4 // of a section
	optResolution  = 9 // of an interface
	nanoseconds    = 9 // resolution: the negative power of ten
	linkEthernet   = 1 // LINKTYPE_ETHERNET
)

var le = binary.LittleEndian

// appendSection appends the block that begins a file.
func appendSection(b []byte) []byte {
	b, at := beginBlock(b, blockSection)
	b = le.AppendUint32(b, byteOrder)
	b = le.AppendUint16(le.AppendUint16(b, 1), 0) // version
	b = le.AppendUint64(b, 1<<64-1)               // length unknown
	b = appendOption(b, optApplication, "mpsim")
	return endBlock(endOptions(b), at)
}

// appendInterface appends the description of the next interface. A snaplen of 0
// is no limit.
func appendInterface(b []byte, name, description string, snaplen int) []byte {
	b, at := beginBlock(b, blockInterface)
	b = le.AppendUint16(le.AppendUint16(b, linkEthernet), 0)
	b = le.AppendUint32(b, uint32(snaplen))
	b = appendOption(b, optName, name)
	b = appendOption(b, optDescription, description)
	b = appendOption(b, optResolution, string([]byte{nanoseconds}))
	return endBlock(endOptions(b), at)
}

// appendRecord appends a packet that an interface has seen at ns, in nanoseconds
// since 1970.
func appendRecord(b []byte, iface uint32, ns uint64, packet []byte, snaplen int, comment string) []byte {
	kept := packet
	if snaplen > 0 && len(kept) > snaplen {
		kept = kept[:snaplen]
	}
	b, at := beginBlock(b, blockRecord)
	b = le.AppendUint32(b, iface)
	b = le.AppendUint32(le.AppendUint32(b, uint32(ns>>32)), uint32(ns))
	b = le.AppendUint32(le.AppendUint32(b, uint32(len(kept))), uint32(len(packet)))
	b = align(append(b, kept...), at)
	if comment != "" {
		b = endOptions(appendOption(b, optComment, comment))
	}
	return endBlock(b, at)
}

// beginBlock appends the start of a block and returns where that is.
func beginBlock(b []byte, kind uint32) ([]byte, int) {
	return le.AppendUint32(le.AppendUint32(b, kind), 0), len(b)
}

// endBlock ends the block that begins at from: its length is at both ends.
func endBlock(b []byte, from int) []byte {
	n := uint32(len(b) - from + 4)
	le.PutUint32(b[from+4:], n)
	return le.AppendUint32(b, n)
}

// appendOption appends an option to a block, all of which are aligned.
func appendOption(b []byte, code uint16, value string) []byte {
	b = le.AppendUint16(le.AppendUint16(b, code), uint16(len(value)))
	from := len(b)
	return align(append(b, value...), from)
}

func endOptions(b []byte) []byte { return le.AppendUint32(b, optEnd) }

// align pads what begins at from to a multiple of 4 bytes.
func align(b []byte, from int) []byte {
	for (len(b)-from)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
