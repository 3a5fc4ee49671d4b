package middlebox

import (
	"fmt"
	"time"

	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

// When tells to which packets a middlebox does what it does; it lets all others pass.
// All conditions must hold. The zero value selects no connection: Probability must be
// set.
type When struct {
	Packets     []string      `toml:"packets" doc:"kinds of packets: syn, synack, ack (without payload), data, all; left out: all"`
	AfterBytes  units.Bytes   `toml:"after_bytes" doc:"payload of the connection, in both directions, that must have come before"`
	After       time.Duration `toml:"after" doc:"from this time of the run on" time:"run"`
	Until       time.Duration `toml:"until" doc:"up to this time; 0: to the end" time:"run"`
	Probability float64       `toml:"probability" doc:"part of the connections, drawn for each at its first packet"`
	Port        uint16        `toml:"port" doc:"connections with this port at either end; 0: all"`
}

// class is a set of kinds of packets.
type class uint8

// The kinds of packets, each packet being of one.
const (
	syn class = 1 << iota
	synAck
	ack
	data
	all = syn | synAck | ack | data
)

var classes = map[string]class{"syn": syn, "synack": synAck, "ack": ack, "data": data, "all": all}

// classOf returns the kind of s.
func classOf(s *wire.Segment) class {
	switch {
	case s.Flags.Has(wire.SYN | wire.ACK):
		return synAck
	case s.Flags.Has(wire.SYN):
		return syn
	case s.Len > 0:
		return data
	}
	return ack
}

// Validate reports conditions that make no sense.
func (w When) Validate() error {
	for _, p := range w.Packets {
		if err := words.Check("kind of packet", p, "syn", "synack", "ack", "data", "all"); err != nil {
			return fmt.Errorf("packets: %w", err)
		}
	}
	switch {
	case w.AfterBytes < 0:
		return fmt.Errorf("after_bytes %d: want 0 or more", int64(w.AfterBytes))
	case w.After < 0:
		return fmt.Errorf("after %v: want 0 or more", w.After)
	case w.Until != 0 && w.Until <= w.After:
		return fmt.Errorf("until %v: want more than after, which is %v", w.Until, w.After)
	case !(0 < w.Probability && w.Probability <= 1):
		return fmt.Errorf("probability %v: want more than 0, and at most 1", w.Probability)
	}
	return nil
}

// condition is a When in the form that is quick to check.
type condition struct {
	classes     class
	bytes       units.Bytes
	from, to    sim.Time
	probability float64
	number      uint16 // port
}

func (w When) condition() condition {
	c := condition{classes: all, bytes: w.AfterBytes, from: sim.Time(w.After), to: sim.Never, probability: w.Probability, number: w.Port}
	if len(w.Packets) > 0 {
		c.classes = 0
	}
	for _, p := range w.Packets {
		c.classes |= classes[p]
	}
	if w.Until > 0 {
		c.to = sim.Time(w.Until)
	}
	return c
}

// holds reports whether the conditions on packets do.
func (c *condition) holds(x Passage) bool {
	return c.classes&classOf(x.Seg) != 0 && c.within(x.Now) && (c.bytes == 0 || x.flow.seen() >= c.bytes)
}

// within reports whether t is in the given span of time.
func (c *condition) within(t sim.Time) bool { return c.from <= t && t < c.to }

// port reports whether the connection of x has the given port.
func (c *condition) port(x Passage) bool {
	return c.number == 0 || c.number == x.SrcPort || c.number == x.DstPort
}
