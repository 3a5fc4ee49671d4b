// Package wire has the TCP segments and MPTCP options that endpoints exchange:
// as structs while they cross the simulated network, as bytes where a capture
// or a check asks for them.
package wire

import "net/netip"

// Flags are the control bits of a TCP header (RFC 9293, section 3.1).
type Flags uint8

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Has reports whether all bits of g are set.
func (f Flags) Has(g Flags) bool { return f&g == g }

// Block is a SACK block, [Left, Right) (RFC 2018, section 3).
type Block struct{ Left, Right uint32 }

// MaxSACK is the largest number of SACK blocks that option space allows.
const MaxSACK = 4

// DSSFlags tell what a DSS option holds.
type DSSFlags uint8

// The parts of a DSS option (RFC 8684, section 3.3).
const (
	HasDataAck DSSFlags = 1 << iota
	HasMap
	DataFIN
	HasSum // with HasMap: the mapping has a checksum
	Ack32  // DataAck is 4 bytes on the wire: see seqnum.Expand
	DSN32  // DSN is 4 bytes on the wire
)

// Segment is a TCP segment. What most segments carry is in the struct itself;
// what few carry, mainly while connections and subflows are set up, is behind Opt.
type Segment struct {
	Seq, Ack     uint32
	Window       uint16 // as on the wire, that is scaled
	Len          uint16 // payload bytes
	Flags        Flags
	NSACK        uint8 // valid entries of SACK
	HasTS        bool
	DSS          DSSFlags // 0: no DSS option
	TSVal, TSEcr uint32   // RFC 7323; milliseconds

	DataAck uint64 // valid with HasDataAck
	DSN     uint64 // valid with HasMap, and its two companions
	SSN     uint32 // relative to the ISN: 1 is the first payload byte
	MapLen  uint16 // counts a DATA_FIN
	Sum     uint16 // valid with HasSum: see DSSChecksum

	// Pos stands for the payload: the position in the sender's byte stream of
	// the first byte, which determines the bytes. It is not on the wire.
	Pos uint64

	Opt  *Options // nil for most segments
	SACK [MaxSACK]Block
}

// Options are the options that few segments carry. The zero value has none.
type Options struct {
	MSS           uint16 // 0: absent
	WScale        int8   // -1: absent; only looked at with SYN
	SACKPermitted bool

	Capable    *Capable
	Join       *Join
	AddAddr    *AddAddr
	RemoveAddr []uint8
	Prio       *Prio
	Reset      *Reset
	FastClose  *FastClose
	Fail       *Fail
	FastOpen   *FastOpen

	// Payload, if not nil, is what the segment carries instead of the content of the
	// stream at Pos: a middlebox has changed it. Its length is the segment's Len.
	Payload []byte
	// Fill is what stands behind all other options where a middlebox has overwritten
	// some: bytes of No-Operation or End of Option List, a multiple of 4.
	Fill []byte
	// Urgent is the urgent pointer, valid with URG.
	Urgent uint16
}

// FastOpen is the TCP Fast Open option (RFC 7413, section 4.1.1).
type FastOpen struct {
	Cookie []byte // empty: a request for one
}

// MPTCP reports whether o has an MPTCP option.
func (o *Options) MPTCP() bool {
	return o.Capable != nil || o.Join != nil || o.AddAddr != nil || len(o.RemoveAddr) > 0 ||
		o.Prio != nil || o.Reset != nil || o.FastClose != nil || o.Fail != nil
}

// Capable is MP_CAPABLE (RFC 8684, section 3.1).
type Capable struct {
	Version   uint8
	Checksum  bool   // A
	NoJoins   bool   // C
	SHA256    bool   // H
	SenderKey uint64 // valid with NKeys >= 1
	PeerKey   uint64 // valid with NKeys == 2
	NKeys     int
	DataLen   uint16 // valid with HasData
	HasData   bool
	Sum       uint16 // valid with HasSum, which needs HasData
	HasSum    bool
}

// Join is MP_JOIN (RFC 8684, section 3.2). Which fields are on the wire follows
// from the SYN and ACK bits of the segment.
type Join struct {
	Backup bool
	AddrID uint8
	Token  uint32   // SYN
	Nonce  uint32   // SYN, SYN/ACK
	HMAC   [20]byte // SYN/ACK: the first 8; ACK: all
}

// AddAddr is ADD_ADDR (RFC 8684, section 3.4.1).
type AddAddr struct {
	Echo   bool
	AddrID uint8
	Addr   uint32     // IPv4
	Addr6  netip.Addr // if valid, this IPv6 address in place of Addr
	Port   uint16     // 0: absent
	HMAC   uint64     // absent with Echo and with Plain
	Plain  bool       // version 0: no HMAC, and the IP version in place of the flags (RFC 6824, section 3.4.1)
}

// Prio is MP_PRIO (RFC 8684, section 3.3.8). In version 0 it may name the address
// whose subflows it is about (RFC 6824, section 3.3.8).
type Prio struct {
	Backup    bool
	HasAddrID bool
	AddrID    uint8 // valid with HasAddrID
}

// Reset is MP_TCPRST (RFC 8684, section 3.6).
type Reset struct {
	Transient bool
	Reason    uint8
}

// FastClose is MP_FASTCLOSE (RFC 8684, section 3.5).
type FastClose struct{ Key uint64 }

// Fail is MP_FAIL (RFC 8684, section 3.7).
type Fail struct{ DSN uint64 }
