package middlebox

import (
	"fmt"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/wire"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("rwnd-shrink", "RFC 8684, section 3.3.5", func() Model { return &ShrinkWindow{Cap: 64 * units.KiB} })
	Registry.Register("ack-unseen", "Honda et al., Is It Still Possible to Extend TCP?, IMC 2011", func() Model { return new(AckUnseen) })
}

// ShrinkWindow bounds the window that segments offer. It looks at the window scale
// of the SYNs to know what the field means.
type ShrinkWindow struct {
	Cap units.Bytes `toml:"cap" doc:"largest window that passes"`
}

// Validate reports parameters out of range.
func (m *ShrinkWindow) Validate() error {
	if m.Cap <= 0 {
		return fmt.Errorf("cap %v: want more than 0B", m.Cap)
	}
	return nil
}

// Make implements Model.
func (m *ShrinkWindow) Make(Env) Box { return windowShrinker{m.Cap} }

type windowShrinker struct{ most units.Bytes }

// Take implements Box.
func (b windowShrinker) Take(x Passage) bool {
	shift := x.flow.shift(x.Dir, x.Seg)
	hit := units.Bytes(x.Seg.Window)<<shift > b.most
	if hit {
		x.Seg.Window = uint16(b.most >> shift)
		if x.Seg.Window == 0 {
			x.Seg.Window = 1 // a window that never opens would be another kind of box
		}
	}
	x.Forward()
	return hit
}

// AckUnseen drops acknowledgements of data that the box has not seen, as it happens to
// them that acknowledge on one path what came on another.
type AckUnseen struct{ entire }

// Make implements Model.
func (*AckUnseen) Make(env Env) Box { return unseenDropper{env.Acts} }

type unseenDropper struct{ acts [2]bool }

// Take implements Box. A FIN counts as seen: it follows the data.
func (b unseenDropper) Take(x Passage) bool {
	h := &x.flow.half[1-x.Dir]
	if b.acts[x.Dir] && h.known && x.Seg.Flags.Has(wire.ACK) && !x.Seg.Flags.Has(wire.RST) &&
		seqnum.Before(h.isn+uint32(h.high)+1, x.Seg.Ack) {
		x.Drop()
		return true
	}
	x.Forward()
	return false
}
