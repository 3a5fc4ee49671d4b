package mptcp

import (
	"fmt"
	"time"

	"mpsim/mptcp/pathmgr"
	"mpsim/mptcp/wire"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

// Profile is a revision of the protocol.
type Profile uint8

// The profiles.
const (
	// V1 is RFC 8684.
	V1 Profile = iota
	// V0 is RFC 6824: keys in every SYN, SHA-1, ADD_ADDR without proof or
	// echo, no reasons for resets.
	V0
	// Bis97 is the draft on the way from one to the other as of November
	// 2016: the handshake of version 1 with its reasons for resets, flag C
	// and the proof of ADD_ADDR, but no echo of it, and SHA-1. Which hash the
	// draft of that day named is our reading.
	Bis97
)

var profiles = []string{"v1", "v0", "bis97"}

// String returns the name of p.
func (p Profile) String() string { return profiles[p] }

// MarshalText implements encoding.TextMarshaler.
func (p Profile) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Profile) UnmarshalText(b []byte) error {
	return choose((*uint8)(p), "profile", string(b), profiles)
}

// choose sets v to the index of name.
func choose(v *uint8, what, name string, names []string) error {
	i, err := words.Choose(what, name, names)
	if err == nil {
		*v = uint8(i)
	}
	return err
}

// version returns the number in MP_CAPABLE.
func (p Profile) version() uint8 {
	if p == V0 {
		return 0
	}
	return 1
}

// Understands reports whether an end of profile q can negotiate with one of profile p, if
// only to end up with TCP. Two that put the same version on the wire and mean another hash
// by it cannot: each would take its own token and first DSN from the other's key.
func (p Profile) Understands(q Profile) bool {
	return p.version() != q.version() || p.hash() == q.hash()
}

func (p Profile) hash() wire.Hash {
	if p == V1 {
		return wire.SHA256
	}
	return wire.SHA1
}

// ChecksumPolicy says whether a host wants DSS checksums (RFC 8684, section 3.1,
// flag A). They are used if either host asks for them.
type ChecksumPolicy uint8

// The policies.
const (
	ChecksumAccept ChecksumPolicy = iota // if the peer asks: Linux's default
	ChecksumWant                         // ask
	ChecksumRefuse                       // a peer that asks gets TCP
)

var checksumPolicies = []string{"accept", "want", "refuse"}

// MarshalText implements encoding.TextMarshaler.
func (p ChecksumPolicy) MarshalText() ([]byte, error) { return []byte(checksumPolicies[p]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *ChecksumPolicy) UnmarshalText(b []byte) error {
	return choose((*uint8)(p), "checksum", string(b), checksumPolicies)
}

// FastClose is a way to abort a connection (RFC 8684, section 3.5).
type FastClose uint8

// The ways.
const (
	FastCloseReset FastClose = iota // option R: resets on all subflows, the state is dropped at once
	FastCloseAck                    // option A: an ACK on one subflow, repeated until the peer's reset
)

var fastCloses = []string{"rst", "ack"}

// MarshalText implements encoding.TextMarshaler.
func (f FastClose) MarshalText() ([]byte, error) { return []byte(fastCloses[f]), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *FastClose) UnmarshalText(b []byte) error {
	return choose((*uint8)(f), "fastclose", string(b), fastCloses)
}

// Protocol has the parameters of MPTCP at one host. Start from DefaultProtocol:
// the zero value gives up at once where others try again.
type Protocol struct {
	Profile      Profile        `toml:"profile" doc:"revision of the protocol: v1, v0 or bis97"`
	AcceptV0     bool           `toml:"accept_v0" doc:"a listener that also answers version 0"`
	RetryV0      bool           `toml:"retry_v0" doc:"a client whose offer of version 1 is ignored tries again with version 0"`
	Remember     bool           `toml:"remember" doc:"a client starts with the version that its peer answered last time"`
	Checksum     ChecksumPolicy `toml:"checksum" doc:"DSS checksums: accept, want or refuse"`
	NoJoins      bool           `toml:"no_joins" doc:"tell the peer to open no subflow to the initial address (flag C)"`
	ShortDSN     bool           `toml:"short_dsn" doc:"4-byte DSN and DATA_ACK below 286 Mbit/s"`
	ShortDataAck bool           `toml:"short_data_ack" doc:"4-byte DATA_ACK until the peer has sent an 8-byte DSN, as Linux"`
	Sparse       bool           `toml:"sparse_data_ack" doc:"a DATA_ACK only when it or the window has moved, once the peer has got one"`

	Writes int `toml:"writes_in_segment" doc:"writes of the application that a segment carries at most; 0: any number"`

	SYNCookies bool          `toml:"syn_cookies" doc:"a listener that keeps nothing for a SYN"`
	SYNRetries int           `toml:"syn_mpc_retries" doc:"retransmissions of the SYN that still offer MPTCP"`
	Blackhole  time.Duration `toml:"blackhole_timeout" doc:"how long a client leaves MPTCP out after its offers went unanswered, doubling each time; 0: no memory"`

	AddAddrRTO     time.Duration `toml:"add_addr_rto" doc:"time to the first repetition of an ADD_ADDR without echo, doubling; 0: the longest RTO of the subflows, at most 120s"`
	AddAddrRetries int           `toml:"add_addr_retries" doc:"repetitions of an ADD_ADDR without echo"`
	RemoveCheck    bool          `toml:"remove_addr_check" doc:"probe a subflow before REMOVE_ADDR ends it"`

	MaxSubflows int     `toml:"max_subflows" doc:"subflows with the initial one; further joins are refused"`
	Refuse      Refusal `toml:"refuse_joins" doc:"joins are refused for a time: a table of until, reason and transient"`

	Opportunistic bool `toml:"opportunistic" doc:"bytes that hold up the window or the send buffer go again on a faster subflow: mechanism 1 of Raiciu et al., NSDI 2012"`
	Penalise      bool `toml:"penalise" doc:"the subflow that holds them up halves its window: mechanism 2"`

	FastClose    FastClose     `toml:"fastclose" doc:"how to abort: rst or ack"`
	StrictBackup bool          `toml:"strict_backup" doc:"the backup flag binds only the host that is asked, as RFC 8684 says; off: both, as Linux"`
	StaleAfter   int           `toml:"stale_after" doc:"back-to-back timeouts after which a subflow carries nothing new until the peer is heard on it"`
	StaleLoss    int           `toml:"stale_loss_cnt" doc:"scheduler linux has this instead: expiries of the timer of the connection through which a subflow may be silent before it is stale; 0: any number"`
	TooMuch      units.Bytes   `toml:"too_much_outstanding" doc:"a subflow that recovers with so many bytes to repeat that others have delivered is reset instead (reason 4); 0: never"`
	LateFallback bool          `toml:"late_fallback" doc:"a lone subflow that loses its mappings late falls back to TCP, as Linux; off: it is reset"`
	CloseTimeout time.Duration `toml:"close_timeout" doc:"how long a connection waits for a new subflow"`
	FailTimeout  time.Duration `toml:"fail_timeout" doc:"how long bytes may wait for their mapping before the subflow counts as broken"`
}

// Refusal is a time in which a host refuses joins.
type Refusal struct {
	Until     time.Duration `toml:"until" doc:"simulated time at which it ends"`
	Reason    uint8         `toml:"reason" doc:"code of RFC 8684, section 3.6"`
	Transient bool          `toml:"transient" doc:"flag T: the peer may try again"`
}

// DefaultProtocol returns RFC 8684 with the parameters of a current Linux host.
func DefaultProtocol() Protocol {
	return Protocol{
		SYNRetries: 2, Blackhole: time.Hour, AddAddrRetries: 3, RemoveCheck: true,
		MaxSubflows: pathmgr.MaxSubflows, StaleAfter: 1, StaleLoss: 4, CloseTimeout: time.Minute, FailTimeout: time.Second,
	}
}

// MappingRoom returns the bytes of options that each data segment has for its mapping while the
// peer sends no data.
func (p *Protocol) MappingRoom() int {
	room := wideRoom
	if p.ShortDSN {
		room -= 4
	}
	if p.ShortDSN || p.ShortDataAck {
		room -= 4
	}
	return room
}

// Validate reports the first parameter that no connection can run with.
func (p *Protocol) Validate() error {
	switch {
	case p.Writes < 0:
		return fmt.Errorf("writes_in_segment %d: want at least 0", p.Writes)
	case p.SYNRetries < 0 || p.AddAddrRetries < 0:
		return fmt.Errorf("syn_mpc_retries %d and add_addr_retries %d: want at least 0", p.SYNRetries, p.AddAddrRetries)
	case p.Blackhole < 0 || p.AddAddrRTO < 0 || p.Refuse.Until < 0:
		return fmt.Errorf("blackhole_timeout %v, add_addr_rto %v and refuse_joins.until %v: want at least 0", p.Blackhole, p.AddAddrRTO, p.Refuse.Until)
	case p.MaxSubflows < 1 || p.MaxSubflows > pathmgr.MaxSubflows:
		return fmt.Errorf("max_subflows %d: want 1 to %d", p.MaxSubflows, pathmgr.MaxSubflows)
	case p.Refuse.Reason > 6:
		return fmt.Errorf("refuse_joins.reason %d: want 0 to 6 (RFC 8684, section 3.6)", p.Refuse.Reason)
	case p.StaleAfter < 1:
		return fmt.Errorf("stale_after %d: want at least 1", p.StaleAfter)
	case p.StaleLoss < 0 || p.StaleLoss > 255:
		return fmt.Errorf("stale_loss_cnt %d: want 0 to 255", p.StaleLoss)
	case p.TooMuch < 0:
		return fmt.Errorf("too_much_outstanding %d: want at least 0 bytes", p.TooMuch)
	case p.CloseTimeout <= 0 || p.FailTimeout <= 0:
		return fmt.Errorf("close_timeout %v and fail_timeout %v: want more than 0", p.CloseTimeout, p.FailTimeout)
	}
	return nil
}

// The reasons of a reset (RFC 8684, section 3.6).
const (
	ReasonUnspecified uint8 = iota
	ReasonMPTCP             // MPTCP-specific error
	ReasonResources         // lack of resources
	ReasonProhibited        // administratively prohibited
	ReasonOutstanding       // too much outstanding data
	ReasonPerformance       // unacceptable performance
	ReasonMiddlebox         // middlebox interference
)
