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
	b := &stripper{set: mustOptions(m.Options)}
	if m.NOP {
		b.fill = newFiller(1)
	}
	return b
}

type stripper struct {
	set    options
	fill   *filler // if not nil, what overwrites options
	spared wire.Flags
	from   sim.Time
}

// Take implements Box.
func (b *stripper) Take(x Passage) bool {
	hit := false
	if x.Now >= b.from && x.Seg.Flags&b.spared == 0 {
		before := size(x.Seg)
		if hit = strip(x.Seg, b.set); hit && b.fill != nil {
			b.fill.put(x.Seg, int(before-size(x.Seg)))
		}
		x.fit(before)
	}
	x.Forward()
	return hit
}

// filler has options that do nothing.
type filler struct {
	kind  byte                                // No-Operation or End of Option List
	alone [wire.OptionSpace + 1]*wire.Options // with nothing else, by length; they are shared and never changed
}

func newFiller(kind byte) *filler {
	f := &filler{kind: kind}
	for n := range f.alone {
		f.alone[n] = &wire.Options{WScale: -1, Fill: bytes.Repeat([]byte{kind}, n)}
	}
	return f
}

// put adds n bytes to the options of s.
func (f *filler) put(s *wire.Segment, n int) {
	if s.Opt == nil {
		s.Opt = f.alone[n]
		return
	}
	o := *s.Opt
	o.Fill = append(bytes.Repeat([]byte{f.kind}, n), o.Fill...)
	s.Opt = &o
}

// EndOfList overwrites all options of segments after the SYN with End of Option
// List, so that the length of the header stays.
type EndOfList struct{}

// Make implements Model.
func (*EndOfList) Make(Env) Box {
	return &stripper{set: allOptions, fill: newFiller(0), spared: wire.SYN}
}

// Reroute is a change of route, from a path that lets MPTCP options pass to one
// that does not.
type Reroute struct {
	At time.Duration `toml:"at" doc:"time of the run from which no MPTCP option passes"`
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
