package middlebox

import (
	"fmt"
	"strings"

	"mpsim/mptcp/wire"
	"mpsim/sim/words"
)

// options is a set of TCP options.
type options uint32

// The options that segments have.
const (
	mss options = 1 << iota
	windowScale
	sackPermitted
	sack
	timestamps
	fastOpen
	mpCapable
	mpJoin
	dss
	addAddr
	removeAddr
	mpPrio
	mpFail
	mpFastClose
	mpReset

	multipath  = mpCapable | mpJoin | dss | addAddr | removeAddr | mpPrio | mpFail | mpFastClose | mpReset
	allOptions = mss | windowScale | sackPermitted | sack | timestamps | fastOpen | multipath
)

// optionNames are those of the options in the order of their bits.
var optionNames = []string{
	"mss", "window_scale", "sack_permitted", "sack", "timestamps", "fast_open",
	"mp_capable", "mp_join", "dss", "add_addr", "remove_addr", "mp_prio", "mp_fail", "mp_fastclose", "mp_tcprst",
}

// parseOptions returns the set of the named options; mptcp and all name several.
func parseOptions(names []string) (set options, err error) {
	if len(names) == 0 {
		return 0, fmt.Errorf("options: there are none; want some of all, mptcp, %s", strings.Join(optionNames, ", "))
	}
next:
	for _, name := range names {
		switch name {
		case "all":
			set |= allOptions
			continue
		case "mptcp":
			set |= multipath
			continue
		}
		for i, n := range optionNames {
			if n == name {
				set |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("options: %w", words.Check("option", name, append([]string{"all", "mptcp"}, optionNames...)...))
	}
	return set, nil
}

// mustOptions is parseOptions for names that Validate has accepted.
func mustOptions(names []string) options {
	set, err := parseOptions(names)
	if err != nil {
		panic("middlebox: " + err.Error())
	}
	return set
}

// optionsOf returns the options that s has.
func optionsOf(s *wire.Segment) (set options) {
	add := func(o options, has bool) {
		if has {
			set |= o
		}
	}
	add(timestamps, s.HasTS)
	add(sack, s.NSACK > 0)
	add(dss, s.DSS != 0)
	o := s.Opt
	if o == nil {
		return set
	}
	if s.Flags.Has(wire.SYN) {
		add(mss, o.MSS != 0)
		add(windowScale, o.WScale >= 0)
		add(sackPermitted, o.SACKPermitted)
		add(fastOpen, o.FastOpen != nil)
	}
	add(mpCapable, o.Capable != nil)
	add(mpJoin, o.Join != nil)
	add(addAddr, o.AddAddr != nil)
	add(removeAddr, len(o.RemoveAddr) > 0)
	add(mpPrio, o.Prio != nil)
	add(mpFail, o.Fail != nil)
	add(mpFastClose, o.FastClose != nil)
	add(mpReset, o.Reset != nil)
	return set
}

// strip takes the options of set out of s and reports whether there were any. The
// rare ones are copied first: the sender's segments may share them.
func strip(s *wire.Segment, set options) bool {
	set &= optionsOf(s)
	if set == 0 {
		return false
	}
	if set&timestamps != 0 {
		s.HasTS, s.TSVal, s.TSEcr = false, 0, 0
	}
	if set&sack != 0 {
		s.NSACK = 0
	}
	if set&dss != 0 {
		s.DSS = 0
	}
	if set&^(timestamps|sack|dss) != 0 {
		o := *s.Opt
		stripRare(&o, set)
		s.Opt = &o
		if !s.Flags.Has(wire.SYN) && optionsOf(s)&^(timestamps|sack|dss) == 0 && o.Payload == nil && o.Fill == nil && !s.Flags.Has(wire.URG) {
			s.Opt = nil
		}
	}
	return true
}

// stripRare takes the options of set out of o.
func stripRare(o *wire.Options, set options) {
	if set&mss != 0 {
		o.MSS = 0
	}
	if set&windowScale != 0 {
		o.WScale = -1
	}
	if set&sackPermitted != 0 {
		o.SACKPermitted = false
	}
	if set&fastOpen != 0 {
		o.FastOpen = nil
	}
	if set&mpCapable != 0 {
		o.Capable = nil
	}
	if set&mpJoin != 0 {
		o.Join = nil
	}
	if set&addAddr != 0 {
		o.AddAddr = nil
	}
	if set&removeAddr != 0 {
		o.RemoveAddr = nil
	}
	if set&mpPrio != 0 {
		o.Prio = nil
	}
	if set&mpFail != 0 {
		o.Fail = nil
	}
	if set&mpFastClose != 0 {
		o.FastClose = nil
	}
	if set&mpReset != 0 {
		o.Reset = nil
	}
}
