package middlebox

import (
	"fmt"

	"mpsim/mptcp/wire"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("split", "RFC 8041, section 3.1; RFC 8684, section 6", func() Model { return &Split{MSS: 536} })
}

// Split cuts segments into smaller ones and copies the options to each, as a network card
// does that segments for its host.
type Split struct {
	MSS uint16 `toml:"mss" doc:"most payload of a segment, bytes"`
}

// Validate reports parameters out of range.
func (m *Split) Validate() error {
	if m.MSS == 0 {
		return fmt.Errorf("mss 0: want at least 1 byte")
	}
	return nil
}

// Make implements Model.
func (m *Split) Make(Env) Box { return splitter{int(m.MSS)} }

type splitter struct{ mss int }

// Take implements Box. What happens at the end of a segment, PSH and FIN, happens
// at the end of its last piece. That the window was cut is said once, by the first piece,
// as the sender would have it (RFC 3168, section 6.1.2): a CWR on a later piece would end
// the echo of a mark that the first piece got on its way. All pieces have the ACK number,
// and with it ECE.
func (b splitter) Take(x Passage) bool {
	n := int(x.Seg.Len)
	if n <= b.mss || x.Seg.Flags.Has(wire.SYN) {
		x.Forward()
		return false
	}
	header := x.Size - units.Bytes(n)
	from := 0
	for ; n-from > b.mss; from += b.mss {
		p, s := clone(x.Tap, x.Packet)
		cut(s, from, from+b.mss)
		s.Flags &^= wire.FIN | wire.PSH
		x.Tap.Resize(p, header+units.Bytes(b.mss))
		forward(x.Tap, p)
		x.Seg.Flags &^= wire.CWR
	}
	cut(x.Seg, from, n)
	x.Tap.Resize(x.Packet, header+units.Bytes(n-from))
	x.Forward()
	return true
}
