package mptcp_test

import (
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// dice makes the choices of a case from the bytes of a corpus. They are 0 when the
// bytes are used up.
type dice []byte

// n returns a number below k, which is at most 256.
func (d *dice) n(k int) int { return int(d.bits(1)) % k }

// bits returns a number of n bytes.
func (d *dice) bits(n int) (v uint64) {
	for range n {
		v <<= 8
		if len(*d) > 0 {
			v |= uint64((*d)[0])
			*d = (*d)[1:]
		}
	}
	return v
}

// near returns a number close to one of the edges of what is valid, or any at all.
func (d *dice) near(edges ...uint64) uint64 {
	k := d.n(len(edges) + 1)
	if k == len(edges) {
		return d.bits(8)
	}
	return edges[k] + uint64(int64(int8(d.bits(1)))/16)
}

// forger changes segments. What it knows of a connection makes the changes hurt.
type forger struct {
	d     *dice
	keyed bool         // it knows the keys
	key   uint64       // of the sender of what it forges
	our   uint64       // of the receiver
	hash  wire.Hash    // of the connection
	addrs []netem.Addr // to announce
	edge  uint64       // the DSN that the receiver expects next
	una   uint32       // the oldest sequence number that the receiver has outstanding
	rcv   uint32       // ... and the one it expects next
}

// forgeries are what a forger can do to a segment; several can come together.
var forgeries = []func(f *forger, g *wire.Segment){
	func(f *forger, g *wire.Segment) { g.Flags = wire.Flags(f.d.bits(1)) },
	func(f *forger, g *wire.Segment) { g.Flags ^= 1 << f.d.n(8) },
	func(f *forger, g *wire.Segment) {
		g.Seq = uint32(f.d.near(uint64(g.Seq), uint64(f.rcv), uint64(f.rcv)+60000, uint64(f.rcv)-60000))
	},
	func(f *forger, g *wire.Segment) {
		g.Ack = uint32(f.d.near(uint64(g.Ack), uint64(f.una), uint64(g.Ack)+20000, uint64(f.una)-1<<16))
	},
	func(f *forger, g *wire.Segment) { g.Window = uint16(f.d.near(0, 1, 1<<15, 1<<16-1)) },
	func(f *forger, g *wire.Segment) { g.Len = min(uint16(f.d.near(0, 1, 1460, 1<<16-200)), 1<<16-200) },
	func(f *forger, g *wire.Segment) { g.DSS = wire.DSSFlags(f.d.bits(1)) & 0x3f },
	func(f *forger, g *wire.Segment) { g.DSN = f.d.near(g.DSN, f.edge, f.edge+60000, f.edge-60000) },
	func(f *forger, g *wire.Segment) { g.DataAck = f.d.near(g.DataAck, g.DataAck+20000, g.DataAck-1<<16) },
	func(f *forger, g *wire.Segment) { g.SSN = uint32(f.d.near(uint64(g.SSN), 0, 1, uint64(g.SSN)+60000)) },
	func(f *forger, g *wire.Segment) { g.MapLen = uint16(f.d.near(0, 1, uint64(g.Len), 1<<16-1)) },
	func(f *forger, g *wire.Segment) { g.Sum = uint16(f.d.bits(2)) },
	func(f *forger, g *wire.Segment) { // infinite mapping
		g.DSS |= wire.HasMap
		g.MapLen = 0
	},
	func(f *forger, g *wire.Segment) { // DATA_FIN
		g.DSS |= wire.HasMap | wire.DataFIN
		g.DSN, g.SSN, g.MapLen = f.d.near(f.edge), 0, 1
	},
	func(f *forger, g *wire.Segment) { options(g).Fail = &wire.Fail{DSN: f.d.near(f.edge, g.DataAck)} },
	func(f *forger, g *wire.Segment) { options(g).FastClose = &wire.FastClose{Key: f.secret(f.our)} },
	func(f *forger, g *wire.Segment) {
		options(g).Reset = &wire.Reset{Reason: uint8(f.d.bits(1)), Transient: f.d.n(2) == 0}
	},
	func(f *forger, g *wire.Segment) { options(g).AddAddr = f.addAddr() },
	func(f *forger, g *wire.Segment) {
		ids := make([]uint8, 1+f.d.n(16))
		first := uint8(f.d.n(4))
		for i := range ids {
			ids[i] = first + uint8(i)
		}
		options(g).RemoveAddr = ids
	},
	func(f *forger, g *wire.Segment) {
		options(g).Prio = &wire.Prio{Backup: f.d.n(2) == 0, HasAddrID: f.d.n(2) == 0, AddrID: uint8(f.d.n(4))}
	},
	func(f *forger, g *wire.Segment) { options(g).Join = f.join() },
	func(f *forger, g *wire.Segment) { options(g).Capable = f.capable() },
	func(f *forger, g *wire.Segment) { // SACK
		g.NSACK = uint8(1 + f.d.n(wire.MaxSACK))
		for i := range g.SACK[:g.NSACK] {
			left := uint32(f.d.near(uint64(f.una), uint64(f.una)+1428, uint64(f.una)+20000))
			g.SACK[i] = wire.Block{Left: left, Right: left + uint32(f.d.near(0, 1, 1428, 1<<20))}
		}
	},
	func(f *forger, g *wire.Segment) {
		g.HasTS = f.d.n(4) != 0
		g.TSVal, g.TSEcr = uint32(f.d.near(uint64(g.TSVal))), uint32(f.d.near(uint64(g.TSEcr)))
	},
	func(f *forger, g *wire.Segment) {
		g.Flags |= wire.URG
		options(g).Urgent = uint16(f.d.bits(2))
	},
	func(f *forger, g *wire.Segment) { options(g).MSS = uint16(f.d.near(1, 40, 100, 1<<16-1)) },
	func(f *forger, g *wire.Segment) { options(g).WScale = int8(f.d.n(15)) },
	func(f *forger, g *wire.Segment) {
		g.Flags |= wire.SYN
		options(g).FastOpen = &wire.FastOpen{Cookie: make([]byte, 2*f.d.n(9))}
		g.Len = uint16(f.d.near(0, 1, 1000))
	},
}

func options(g *wire.Segment) *wire.Options {
	if g.Opt == nil {
		g.Opt = &wire.Options{WScale: -1}
	}
	return g.Opt
}

// secret returns the key k if the forger has it and means to be right.
func (f *forger) secret(k uint64) uint64 {
	if f.keyed && f.d.n(4) == 0 {
		return k
	}
	return f.d.bits(2)
}

func (f *forger) addAddr() *wire.AddAddr {
	a := &wire.AddAddr{AddrID: uint8(f.d.n(8)), Addr: uint32(f.addrs[f.d.n(len(f.addrs))])}
	if f.d.n(4) == 0 {
		a.AddrID, a.Addr = uint8(f.d.bits(1)), uint32(f.d.bits(4))
	}
	if f.d.n(4) == 0 {
		a.Port = uint16(f.d.bits(2))
	}
	switch f.d.n(8) {
	case 0:
		a.Echo = true
	case 1:
		a.Plain = true
	case 2:
		a.HMAC = f.d.bits(8)
	default:
		if f.keyed {
			a.HMAC = f.hash.AddAddrHMAC(f.key, f.our, a)
		}
	}
	return a
}

func (f *forger) join() *wire.Join {
	j := &wire.Join{Backup: f.d.n(2) == 0, AddrID: uint8(f.d.n(4)), Nonce: uint32(f.d.n(4))}
	j.Token = f.hash.Token(f.secret(f.our))
	for i := range j.HMAC {
		j.HMAC[i] = byte(f.d.n(2))
	}
	return j
}

func (f *forger) capable() *wire.Capable {
	k := &wire.Capable{
		Version: uint8(f.d.n(3)), Checksum: f.d.n(2) == 0, NoJoins: f.d.n(2) == 0, SHA256: f.d.n(4) != 0,
		SenderKey: f.secret(f.key), PeerKey: f.secret(f.our), NKeys: f.d.n(3),
	}
	if k.HasData = f.d.n(2) == 0; k.HasData {
		k.DataLen = uint16(f.d.near(0, 1, 1000))
		k.HasSum = f.d.n(2) == 0
	}
	return k
}

// forge changes g in up to n ways.
func (f *forger) forge(g *wire.Segment, n int) {
	for range 1 + f.d.n(n) {
		forgeries[f.d.n(len(forgeries))](f, g)
	}
}

// encode returns g as it comes out of its bytes: with what an option can hold, and not
// at all if there are more options than a header has room for. Now and then the
// bytes of the options are damaged, so that they parse in part.
func (f *forger) encode(g *wire.Segment) (*wire.Segment, bool) {
	if g.OptionLen() > wire.OptionSpace {
		return nil, false
	}
	b := wire.AppendHeader(nil, g, 1, 2)
	if opts := b[20:]; len(opts) > 0 && f.d.n(8) == 1 {
		for range 1 + f.d.n(3) {
			opts[f.d.n(len(opts))] = byte(f.d.bits(1))
		}
	}
	return decode(b, g)
}

// decode reads the header in b; the rest is that of g. Options that make no sense do not
// spoil those before them.
func decode(b []byte, g *wire.Segment) (*wire.Segment, bool) {
	s := &wire.Segment{Len: g.Len, Pos: g.Pos}
	if _, _, n, _ := wire.ParseHeader(b, s); n == 0 {
		return nil, false
	}
	if g.Opt != nil && g.Opt.Payload != nil {
		options(s).Payload = g.Opt.Payload
	}
	return s, true
}

// inject has g go from src to dst along r.
func (l *lab) inject(r *netem.Route, src, dst uint16, g *wire.Segment) {
	p := l.pool.Get()
	*p.Payload.(*wire.Segment) = *g
	p.Src, p.Dst, p.SrcPort, p.DstPort = r.Src, r.Dst, src, dst
	p.Route, p.Size = r, units.Bytes(20+g.HeaderLen()+int(g.Len))
	l.net.Send(p)
}
