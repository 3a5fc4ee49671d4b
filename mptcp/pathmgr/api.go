package pathmgr

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"mpsim/sim/units"
)

func init() {
	Registry.Register("api", "RFC 6897, section 4.2; Hesmans and Bonaventure, ANRW 2016", func() Manager { return &API{} })
}

// API leaves the subflows to the application: it opens nothing by itself and does
// what a script says, which stands for the calls of the application.
type API struct {
	Script []Step `toml:"script" doc:"what to do: tables of on, of, bytes, at, end, do, path, subflow, addr, backup"`

	asked []units.Bytes // amounts that steps wait for, ascending
}

// Most implements Limited: a script can open several subflows on one path.
func (m *API) Most() int { return MaxSubflows }

// Step is one call of an application. It comes a time after an event; every time
// that the event happens.
type Step struct {
	On      Trigger       `toml:"on" doc:"event; left out: established"`
	Of      string        `toml:"of" doc:"only if the event is one of this path; left out: of any"`
	Bytes   units.Bytes   `toml:"bytes" doc:"on = bytes: sent or received so far"`
	At      time.Duration `toml:"at" doc:"time after the event" time:"run"`
	End     End           `toml:"end" doc:"end that calls: client or server; left out: client"`
	Do      Verb          `toml:"do" doc:"open, close, backup, primary, announce, withdraw"`
	Path    string        `toml:"path" doc:"name of the path on which to open a subflow, or whose subflows are meant"`
	Subflow *int          `toml:"subflow" doc:"ID of the subflow that is meant, from 0"`
	Addr    string        `toml:"addr" doc:"link of the address to announce or withdraw"`
	Backup  bool          `toml:"backup" doc:"open it as a backup"`
}

// Trigger is an event that a script waits for. The zero value is OnEstablished.
type Trigger string

// The events.
const (
	OnEstablished   Trigger = "established"
	OnSubflowUp     Trigger = "subflow-up"
	OnSubflowDown   Trigger = "subflow-down"
	OnPathUp        Trigger = "path-up"
	OnPathDown      Trigger = "path-down"
	OnAddrAnnounced Trigger = "addr-announced"
	OnStale         Trigger = "stale"
	OnRecovered     Trigger = "recovered"
	OnBytes         Trigger = "bytes"
)

var triggers = map[Trigger]Kind{
	"": Established, OnEstablished: Established, OnSubflowUp: SubflowUp, OnSubflowDown: SubflowDown, OnPathUp: PathUp,
	OnPathDown: PathDown, OnAddrAnnounced: AddrAnnounced, OnStale: Stale, OnRecovered: Recovered, OnBytes: Transferred,
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Trigger) UnmarshalText(b []byte) error {
	return oneOf(t, string(b), "event", OnEstablished, OnSubflowUp, OnSubflowDown, OnPathUp, OnPathDown,
		OnAddrAnnounced, OnStale, OnRecovered, OnBytes)
}

// Kind returns the kind of the event.
func (t Trigger) Kind() Kind { return triggers[t] }

// Verb is a call of a script.
type Verb string

// The calls.
const (
	DoOpen     Verb = "open"
	DoClose    Verb = "close"
	DoBackup   Verb = "backup"
	DoPrimary  Verb = "primary"
	DoAnnounce Verb = "announce"
	DoWithdraw Verb = "withdraw"
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (v *Verb) UnmarshalText(b []byte) error {
	return oneOf(v, string(b), "call", DoOpen, DoClose, DoBackup, DoPrimary, DoAnnounce, DoWithdraw)
}

// Validate reports steps that lack what they need.
func (m *API) Validate() error {
	for i := range m.Script {
		if err := m.Script[i].validate(); err != nil {
			return fmt.Errorf("script[%d]: %w", i, err)
		}
	}
	return nil
}

func (s *Step) validate() error {
	if (s.Bytes > 0) != (s.On == OnBytes) || s.Bytes < 0 {
		return errors.New(`want bytes with on = "bytes", and only there`)
	}
	switch s.On {
	case "", OnEstablished, OnAddrAnnounced, OnBytes:
		if s.Of != "" {
			return errors.New("of belongs to an event of a subflow or a path")
		}
	}
	if s.At < 0 {
		return errors.New("at is negative")
	}
	if s.Backup && s.Do != DoOpen {
		return errors.New(`backup belongs to do = "open"`)
	}
	path, subflow, addr := s.Path != "", s.Subflow != nil, s.Addr != ""
	switch s.Do {
	case "":
		return errors.New("do is missing; want open, close, backup, primary, announce or withdraw")
	case DoOpen:
		if !path || subflow || addr {
			return errors.New("open wants path, and neither subflow nor addr")
		}
	case DoAnnounce, DoWithdraw:
		if !addr || path || subflow {
			return fmt.Errorf("%s wants addr, and neither path nor subflow", s.Do)
		}
	default:
		if path == subflow || addr {
			return fmt.Errorf("%s wants either path or subflow, and no addr", s.Do)
		}
	}
	return nil
}

// Names implements Namer.
func (m *API) Names() []Name {
	var list []Name
	for i, s := range m.Script {
		end := cmp.Or(s.End, Client)
		for _, x := range []struct {
			key, name string
			link      bool
		}{{"path", s.Path, false}, {"of", s.Of, false}, {"addr", s.Addr, true}} {
			if x.name != "" {
				list = append(list, Name{fmt.Sprintf("script[%d].%s", i, x.key), x.name, x.link, end})
			}
		}
	}
	return list
}

// OnEvent implements Manager.
func (m *API) OnEvent(c Control, e Event) {
	var bytes units.Bytes
	switch e.Kind {
	case Alarm:
		m.Script[e.Tag].do(c)
		return
	case Established:
		m.await(c)
	case Transferred:
		bytes, m.asked = m.asked[0], m.asked[1:]
	}
	for i := range m.Script {
		s := &m.Script[i]
		if !s.meant(c, e) || s.Bytes != bytes {
			continue
		}
		if s.At > 0 {
			c.After(s.At, i)
		} else {
			s.do(c)
		}
	}
}

// await asks to be told of the amounts that steps of this end wait for.
func (m *API) await(c Control) {
	for i := range m.Script {
		if s := &m.Script[i]; s.On == OnBytes && s.by(c) {
			m.asked = append(m.asked, s.Bytes)
		}
	}
	slices.Sort(m.asked)
	m.asked = slices.Compact(m.asked)
	for _, n := range slices.Clone(m.asked) {
		c.AfterBytes(uint64(n))
	}
}

// by reports whether this end calls.
func (s *Step) by(c Control) bool { return (s.End == Server) != c.Client() }

// meant reports whether s waits for e at this end.
func (s *Step) meant(c Control, e Event) bool {
	if !s.by(c) || s.On.Kind() != e.Kind {
		return false
	}
	return s.Of == "" || e.Path >= 0 && c.Paths()[e.Path].Name == s.Of
}

// do carries out s. What is impossible at that time is left out: an application
// would get an error.
func (s *Step) do(c Control) {
	switch s.Do {
	case DoOpen:
		if i := pathNamed(c.Paths(), s.Path); i >= 0 && c.Paths()[i].Usable() {
			_ = c.Open(i, s.Backup)
		}
	case DoClose:
		for _, id := range s.subflows(c) {
			_ = c.Close(id)
		}
	case DoBackup, DoPrimary:
		for _, id := range s.subflows(c) {
			c.SetBackup(id, s.Do == DoBackup)
		}
	default:
		s.address(c)
	}
}

// subflows returns the IDs of the subflows that s means.
func (s *Step) subflows(c Control) (ids []int) {
	for _, x := range c.Subflows() {
		if s.Subflow != nil && x.ID == *s.Subflow || s.Path != "" && x.Path == pathNamed(c.Paths(), s.Path) {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// address announces or withdraws an address.
func (s *Step) address(c Control) {
	for _, a := range c.Addresses() {
		switch {
		case a.Name != s.Addr:
		case s.Do == DoAnnounce:
			_ = c.Announce(a.ID)
		default:
			c.Withdraw(a.ID)
		}
	}
}
