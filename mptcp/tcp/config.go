// Package tcp is one TCP endpoint: a subflow of an MPTCP connection or, alone
// under a Stream, a single-path TCP connection.
//
// The way of the data through an Endpoint: its Owner hands it a Chunk (Send), a
// packet leaves (transmit), the peer takes it in sequence (receiveData) and
// hands it to its Owner (Deliver); the ACK comes back (receiveAck), updates the
// scoreboard, finds losses (rack.go, rfc6675.go), moves the congestion window
// and asks the Owner for more (Ready).
package tcp

import (
	"fmt"
	"time"

	"mpsim/cc"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

// Recovery names the way an Endpoint with SACK finds losses.
type Recovery uint8

// The ways.
const (
	RACK    Recovery = iota // RFC 8985
	RFC6675                 // duplicate-ACK threshold on the SACK scoreboard
)

var recoveries = []string{"rack", "rfc6675"}

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Recovery) UnmarshalText(b []byte) error {
	return choose((*uint8)(r), "recovery", b, recoveries)
}

// MarshalText implements encoding.TextMarshaler.
func (r Recovery) MarshalText() ([]byte, error) { return []byte(recoveries[r]), nil }

// choose sets v to the index of one of the words.
func choose(v *uint8, what string, b []byte, all []string) error {
	i, err := words.Choose(what, string(b), all)
	if err == nil {
		*v = uint8(i)
	}
	return err
}

// RTOMode names the way the retransmission timeout follows the RTT.
type RTOMode uint8

// The modes.
const (
	RTORFC   RTOMode = iota // RFC 6298: the floor applies to the timeout
	RTOLinux                // the floor applies to the variation, which has an asymmetric gain
)

var rtoModes = []string{"rfc6298", "linux"}

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *RTOMode) UnmarshalText(b []byte) error {
	return choose((*uint8)(m), "rto", b, rtoModes)
}

// MarshalText implements encoding.TextMarshaler.
func (m RTOMode) MarshalText() ([]byte, error) { return []byte(rtoModes[m]), nil }

// Config has the parameters of a TCP endpoint. Start from DefaultConfig: the
// zero value is not usable.
type Config struct {
	MTU             int           `toml:"mtu" doc:"largest IP packet, bytes"`
	InitialWindow   int           `toml:"initial_window" doc:"initial congestion window, segments (RFC 6928)"`
	InitialSsthresh int           `toml:"initial_ssthresh" doc:"initial slow-start threshold, segments; 0: none (RFC 5681, section 3.1: arbitrarily high)"`
	RTO             RTOMode       `toml:"rto" doc:"rfc6298 or linux"`
	RTOMin          time.Duration `toml:"rto_min" doc:"floor of the retransmission timeout"`
	RTOMax          time.Duration `toml:"rto_max" doc:"cap of the retransmission timeout"`
	SACK            bool          `toml:"sack" doc:"selective acknowledgements (RFC 2018); off: NewReno (RFC 6582)"`
	Recovery        Recovery      `toml:"recovery" doc:"loss detection with SACK: rack or rfc6675"`
	FRTO            bool          `toml:"frto" doc:"detect spurious timeouts (RFC 5682)"`
	DelayedAck      time.Duration `toml:"delayed_ack" doc:"longest delay of an ACK"`
	AckEvery        int           `toml:"ack_every" doc:"full segments between ACKs"`
	QuickAcks       int           `toml:"quick_acks" doc:"segments acknowledged at once at the start and after idle"`
	Timestamps      bool          `toml:"timestamps" doc:"RFC 7323"`
	WindowScaling   bool          `toml:"window_scaling" doc:"RFC 7323"`
	ECN             ECN           `toml:"ecn" doc:"explicit congestion notification: off, classic (RFC 3168), or dctcp, which echoes each mark (RFC 8257) and is what cc = dctcp has if left out"`
	IdleRestart     bool          `toml:"idle_restart" doc:"back to the initial window after an idle RTO (RFC 5681, section 4.1)"`
	CapWindow       bool          `toml:"cap_window" doc:"the window does not grow while SRTT is more than twice the least RTT: mechanism 4 of Raiciu et al., NSDI 2012"`
	Pacing          bool          `toml:"pacing" doc:"pace at 2·cwnd/SRTT in slow start and 1.2·cwnd/SRTT after it, unless the controller sets a rate"`
	SlowStart       string        `toml:"hystart" doc:"early end of slow start: none, hystart (Linux) or hystart++ (RFC 9406)"`
	FastOpen        FastOpen      `toml:"fast_open" doc:"data in SYNs (RFC 7413): off, cookie, or always, which does without cookies"`
	SendBuffer      units.Bytes   `toml:"send_buffer" doc:"bytes that may wait for an acknowledgement"`
	SendTuning      bool          `toml:"send_autotune" doc:"grow the send buffer with the congestion window, up to send_buffer"`
	ReceiveBuffer   units.Bytes   `toml:"receive_buffer" doc:"bytes that may wait for the application"`
	ReceiveTuning   bool          `toml:"receive_autotune" doc:"grow the receive buffer with what is read in a round trip, up to receive_buffer"`
	ReceiveInitial  units.Bytes   `toml:"receive_buffer_initial" doc:"with receive_autotune: receive buffer at the start"`
	SYNRetries      int           `toml:"syn_retries" doc:"retransmissions of a SYN or SYN/ACK before giving up"`
	SYNLinear       int           `toml:"syn_linear_timeouts" doc:"timeouts of a SYN before the first that doubles; syn_retries come on top"`
	Retries         int           `toml:"retries" doc:"back-to-back timeouts before the endpoint gives up"`
	TimeWait        time.Duration `toml:"time_wait" doc:"how long a closed endpoint answers a repeated FIN"`
	ChallengeLimit  int           `toml:"-"` // challenge ACKs per second (RFC 5961, section 7)
}

// DefaultConfig returns the parameters of a current Linux host, with a buffer
// that is fixed at Linux's upper limit for autotuning.
func DefaultConfig() Config {
	return Config{
		MTU: 1500, InitialWindow: 10,
		RTO: RTOLinux, RTOMin: 200 * time.Millisecond, RTOMax: 120 * time.Second,
		SACK: true, Recovery: RACK, FRTO: true,
		DelayedAck: 40 * time.Millisecond, AckEvery: 2, QuickAcks: 16,
		Timestamps: true, WindowScaling: true, IdleRestart: true,
		SlowStart: "none", SendBuffer: 4 * units.MiB, ReceiveBuffer: 6 * units.MiB,
		ReceiveInitial: 128 * units.KiB, SYNRetries: 6, Retries: 15, TimeWait: time.Second, ChallengeLimit: 100,
	}
}

// Validate reports the first parameter that no endpoint can run with.
func (c *Config) Validate() error {
	switch {
	case c.MTU < 200 || c.MTU > 65535:
		return fmt.Errorf("mtu %d: want 200 to 65535 bytes", c.MTU)
	case c.InitialWindow < 1 || c.InitialWindow > 10000:
		return fmt.Errorf("initial_window %d: want 1 to 10000 segments", c.InitialWindow)
	case c.InitialSsthresh < 0 || c.InitialSsthresh > 1_000_000:
		return fmt.Errorf("initial_ssthresh %d: want 0 to 1000000 segments", c.InitialSsthresh)
	case c.RTOMin <= 0 || c.RTOMax < c.RTOMin || c.RTOMax > 24*time.Hour:
		return fmt.Errorf("rto_min %v and rto_max %v: want 0 < rto_min <= rto_max <= 24h", c.RTOMin, c.RTOMax)
	case c.DelayedAck < 0 || c.DelayedAck > 500*time.Millisecond:
		return fmt.Errorf("delayed_ack %v: want 0 to 500ms (RFC 9293, section 3.8.6.3)", c.DelayedAck)
	case c.AckEvery < 1:
		return fmt.Errorf("ack_every %d: want at least 1", c.AckEvery)
	case c.SendBuffer < units.Bytes(c.MTU) || c.ReceiveBuffer < units.Bytes(c.MTU):
		return fmt.Errorf("send_buffer %d and receive_buffer %d: want at least one MTU", c.SendBuffer, c.ReceiveBuffer)
	case c.ReceiveTuning && c.ReceiveInitial < units.Bytes(c.MTU):
		return fmt.Errorf("receive_buffer_initial %d: want at least one MTU", c.ReceiveInitial)
	case c.ReceiveBuffer > units.GiB || c.SendBuffer > units.GiB:
		return fmt.Errorf("send_buffer %d and receive_buffer %d: want at most 1GiB (RFC 7323, section 2.3)", c.SendBuffer, c.ReceiveBuffer)
	case c.SYNRetries < 0 || c.SYNLinear < 0 || c.Retries < 1:
		return fmt.Errorf("syn_retries %d, syn_linear_timeouts %d and retries %d: want at least 0, 0 and 1", c.SYNRetries, c.SYNLinear, c.Retries)
	}
	return words.Check("hystart", c.SlowStart, append(cc.SlowStartRegistry.Names(), "none")...)
}

// InitialWindow returns the initial congestion window of n segments, in bytes:
// RFC 6928, section 2, (1), with n for its ten.
func InitialWindow(n, mss int) int { return min(n*mss, max(2*mss, n*1460)) }

// WindowScale returns the smallest shift (RFC 7323, section 2) that lets 16
// bits announce a window of n bytes.
func WindowScale(n units.Bytes) int8 {
	var s int8
	for s < 14 && n>>s > 65535 {
		s++
	}
	return s
}
