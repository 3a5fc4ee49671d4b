package middlebox

import (
	"bytes"
	"fmt"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
)

func init() {
	Registry.Register("strip-option", "RFC 8684, section 6; Honda et al., Is It Still Possible to Extend TCP?, IMC 2011", func() Model {
		return &StripOption{Options: []string{"mptcp"}}
	})
	Registry.Register("eol", "RFC 8041, section 3.1", func() Model { return new(EndOfList) })
	Registry.Register("reroute", "RFC 8684, section 3.7", func() Model { return new(Reroute) })
}

// StripOption removes options. Which packets lose them, the conditions say.
type StripOption struct {
	Options []string `toml:"options" doc:"names of the options: mptcp for all its subtypes, all, or single ones such as mp_join or sack_permitted"`
	NOP     bool     `toml:"nop" doc:"overwrites them with NOPs, so that the length of the header stays"`
}

// Validate reports unknown options.
func (m *StripOption) Validate() error {
	_, err := parseOptions(m.Options)
	return err
}

// Make implements Model.
func (m *StripOption) Make(Env) Box {
	return &stripper{set: mustOptions(m.Options), nop: m.NOP}
}

type stripper struct {
	set    options
	nop    bool // overwrites options
	spared wire.Flags
	from   sim.Time
}

// Take implements Box.
func (b *stripper) Take(x Passage) bool {
	hit := false
	if x.Now >= b.from && x.Seg.Flags&b.spared == 0 {
		before := size(x.Seg)
		if hit = strip(x.Seg, b.set); hit && b.nop && x.Seg.Opt != nil {
			fill(x.Seg, int(before-size(x.Seg)))
		}
		x.fit(before)
	}
	x.Forward()
	return hit
}

// fill adds n bytes of No-Operation to the options of s. Unlike a real box, ours cannot
// overwrite the last option of a segment, and takes it out, because to endpoints a
// segment without Options is one that carries none.
func fill(s *wire.Segment, n int) {
	o := *s.Opt
	o.Fill = append(bytes.Repeat([]byte{1}, n), o.Fill...)
	s.Opt = &o
}

// EndOfList overwrites all options of segments after the SYN with End of Option
// List. Unlike a real one it takes them out, so that the header is shorter: see fill.
type EndOfList struct{}

// Make implements Model.
func (*EndOfList) Make(Env) Box {
	return &stripper{set: allOptions, spared: wire.SYN}
}

// Reroute is a change of route, from a path that lets MPTCP options pass to one
// that does not.
type Reroute struct {
	At time.Duration `toml:"at" doc:"time of the run from which no MPTCP option passes" time:"run"`
}

// Validate reports parameters out of range.
func (m *Reroute) Validate() error {
	if m.At < 0 {
		return fmt.Errorf("at %v: want 0 or more", m.At)
	}
	return nil
}

// Make implements Model.
func (m *Reroute) Make(Env) Box { return &stripper{set: multipath, from: sim.Time(m.At)} }
