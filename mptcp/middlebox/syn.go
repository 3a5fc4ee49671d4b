package middlebox

import (
	"fmt"

	"mpsim/mptcp/wire"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("drop-syn-option", "Honda et al., Is It Still Possible to Extend TCP?, IMC 2011", func() Model {
		return &DropSYNOption{Options: []string{"mptcp"}}
	})
	Registry.Register("drop-syn-payload", "RFC 7413, section 7.1; RFC 8803, section 8", func() Model {
		return &DropSYNPayload{Drop: "syn"}
	})
	Registry.Register("mss-clamp", "RFC 8041, section 3.8", func() Model { return &MSSClamp{MSS: 1360} })
	Registry.Register("mptcp-killer", "RFC 8684, section 3.9.3", func() Model { return &Killer{Action: "drop"} })
}

// DropSYNOption drops SYNs with options that it does not know. A SYN without them
// passes: it is for the client to try one.
type DropSYNOption struct {
	Options []string `toml:"options" doc:"names of the options, as of strip-option"`
}

// Validate reports unknown options.
func (m *DropSYNOption) Validate() error {
	_, err := parseOptions(m.Options)
	return err
}

// Make implements Model.
func (m *DropSYNOption) Make(Env) Box { return synDropper{mustOptions(m.Options)} }

type synDropper struct{ set options }

// Take implements Box.
func (b synDropper) Take(x Passage) bool {
	if classOf(x.Seg) == syn && optionsOf(x.Seg)&b.set != 0 {
		x.Drop()
		return true
	}
	x.Forward()
	return false
}

// DropSYNPayload does not let data in a SYN reach the server, or not let its answer
// come back.
type DropSYNPayload struct {
	entire
	Drop string `toml:"drop" doc:"what is dropped: syn, a SYN with payload; data, the payload of it; synack, a SYN/ACK that acknowledges payload"`
}

// Validate reports parameters out of range.
func (m *DropSYNPayload) Validate() error {
	return words.Check("drop", m.Drop, "syn", "data", "synack")
}

// Make implements Model.
func (m *DropSYNPayload) Make(env Env) Box { return synPayload{m.Drop, env.Acts} }

type synPayload struct {
	drop string
	acts [2]bool
}

// Take implements Box.
func (b synPayload) Take(x Passage) bool {
	if !b.acts[x.Dir] || !b.unwanted(x) {
		x.Forward()
		return false
	}
	if b.drop == "data" {
		before := size(x.Seg)
		x.Seg.Len = 0
		if x.Seg.Opt != nil && x.Seg.Opt.Payload != nil {
			o := *x.Seg.Opt
			o.Payload = nil
			x.Seg.Opt = &o
		}
		x.fit(before)
		x.Forward()
	} else {
		x.Drop()
	}
	return true
}

// unwanted reports whether x has, or acknowledges, what b drops.
func (b synPayload) unwanted(x Passage) bool {
	if b.drop == "synack" {
		client := &x.flow.half[1-x.Dir]
		return classOf(x.Seg) == synAck && client.syn && x.Seg.Ack != client.isn+1
	}
	return classOf(x.Seg) == syn && x.Seg.Len > 0
}

// MSSClamp lowers the maximum segment size that a SYN offers.
type MSSClamp struct {
	MSS uint16 `toml:"mss" doc:"largest segment size that passes, bytes"`
}

// Validate reports parameters out of range.
func (m *MSSClamp) Validate() error {
	const least = 88 // RFC 9293, section 3.7.1: IPv4 has to carry 68 bytes; and an option-laden header has to leave room
	if m.MSS < least {
		return fmt.Errorf("mss %d: want at least %d", m.MSS, least)
	}
	return nil
}

// Make implements Model.
func (m *MSSClamp) Make(Env) Box { return mssClamp{m.MSS} }

type mssClamp struct{ mss uint16 }

// Take implements Box.
func (b mssClamp) Take(x Passage) bool {
	s := x.Seg
	hit := s.Flags.Has(wire.SYN) && s.Opt != nil && s.Opt.MSS > b.mss
	if hit {
		o := *s.Opt
		o.MSS = b.mss
		s.Opt = &o
	}
	x.Forward()
	return hit
}

// Killer hinders the joining of subflows.
type Killer struct {
	Action string `toml:"action" doc:"what becomes of a SYN with MP_JOIN: drop, or rst, which answers it with a reset"`
}

// Validate reports parameters out of range.
func (m *Killer) Validate() error { return words.Check("action", m.Action, "drop", "rst") }

// Make implements Model.
func (m *Killer) Make(Env) Box { return killer{m.Action == "rst"} }

type killer struct{ rst bool }

// Take implements Box.
func (b killer) Take(x Passage) bool {
	if classOf(x.Seg) != syn || optionsOf(x.Seg)&mpJoin == 0 {
		x.Forward()
		return false
	}
	if b.rst {
		x.reset()
	}
	x.Drop()
	return true
}
