package middlebox

import (
	"fmt"
	"math"
	"slices"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("coalesce", "RFC 8684, sections 3.3.1 and 6", func() Model {
		return &Coalesce{MaxSize: 65535, Timeout: time.Millisecond}
	})
}

// Coalesce joins segments that follow each other into one, and keeps the options of
// the first, as a network card does that gathers segments for its host.
type Coalesce struct {
	entire
	MaxSize units.Bytes   `toml:"max_size" doc:"largest packet that comes out, bytes"`
	Timeout time.Duration `toml:"timeout" doc:"how long a segment waits for the next one"`
}

// Validate reports parameters out of range.
func (m *Coalesce) Validate() error {
	switch {
	case m.MaxSize < 1 || m.MaxSize > math.MaxUint16:
		return fmt.Errorf("max_size %v: want at most 65535B, the most that IPv4 can tell", m.MaxSize)
	case m.Timeout <= 0:
		return fmt.Errorf("timeout %v: want more than 0", m.Timeout)
	}
	return nil
}

// altersPayload: the bytes stay as they are, but receivers get some as bytes in place of a
// position of the stream.
func (*Coalesce) altersPayload() {}

// Make implements Model.
func (m *Coalesce) Make(env Env) Box { return &coalescer{*m, env} }

type coalescer struct {
	Coalesce
	env Env
}

// gathering is what waits of one direction of a connection.
type gathering struct {
	packet *netem.Packet // or nil
	tap    *netem.Tap
	timer  sim.Timer
}

// HandleTimer implements sim.Handler.
func (g *gathering) HandleTimer(int) { g.flush() }

// flush sends what waits.
func (g *gathering) flush() {
	if p := g.packet; p != nil {
		g.packet = nil
		g.timer.Stop()
		forward(g.tap, p)
	}
}

// of returns what waits of the direction of x.
func (b *coalescer) of(x Passage) *gathering {
	both, ok := x.flow.state.(*[2]gathering)
	if !ok {
		both = new([2]gathering)
		for i := range both {
			both[i].timer.Init(b.env.Engine, &both[i], 0)
		}
		x.flow.state = both
	}
	return &both[x.Dir]
}

// Take implements Box. Only plain data waits, and all else goes behind it: so do segments
// with ECE or CWR. One that was marked is not joined to one that was not, because either
// would hide what the receiver has to echo.
func (b *coalescer) Take(x Passage) bool {
	if !b.env.Acts[x.Dir] {
		x.Forward()
		return false
	}
	g := b.of(x)
	if x.Seg.Len == 0 || x.Seg.Flags&^(wire.ACK|wire.PSH) != 0 {
		g.flush()
		x.Forward()
		return false
	}
	if g.packet != nil && segment(g.packet).Seq+uint32(segment(g.packet).Len) == x.Seg.Seq &&
		g.packet.ECN == x.ECN && g.packet.Size+units.Bytes(x.Seg.Len) <= b.MaxSize {
		g.join(x)
	} else {
		g.flush()
		g.packet, g.tap = x.Packet, x.Tap
		g.timer.ArmAfter(b.Timeout)
	}
	if segment(g.packet).Flags.Has(wire.PSH) {
		g.flush()
	}
	return true
}

// join puts the segment of x behind what waits.
func (g *gathering) join(x Passage) {
	s, t := segment(g.packet), x.Seg
	n := s.Len + t.Len
	if explicit(s) || explicit(t) || s.Pos+uint64(s.Len) != t.Pos {
		// Their positions do not follow each other, so that one position cannot
		// stand for both.
		setPayload(s, slices.Concat(content(s, 0, int(s.Len)), content(t, 0, int(t.Len))))
	}
	s.Len = n
	s.Flags |= t.Flags & wire.PSH
	s.Ack, s.Window = t.Ack, t.Window
	g.tap.Resize(g.packet, g.packet.Size+units.Bytes(t.Len))
	x.Absorb()
}
