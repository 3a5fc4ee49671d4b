package sched

import (
	"fmt"

	"mpsim/sim/units"
)

func init() {
	const source = "Lim et al., CoNEXT 2017, section 4; v0.9x, mptcp_ecf.c"
	Registry.Register("ecf", source, func() Scheduler { return &ECF{Beta: 0.25} })
}

var (
	ecfWaits = NewReason("ecf-waits", "waits for {who}: it is done in {a:ms}, the other in {b:ms} or more")
	ecfSlow  = NewReason("ecf-slow", "{who} does not end later: {a:ms} on the faster one, {b:ms} here")
	ecfShort = NewReason("ecf-short", "{who} is done with what is left in {a:ms}; the faster one takes {b:ms}")
)

// ECF waits for the fastest subflow if that completes what is left earlier.
type ECF struct {
	Beta   float64 `toml:"beta" doc:"hysteresis: by this share the slow subflow must be better to end a wait"`
	Kernel bool    `toml:"kernel" doc:"count at least one window, as v0.9x does; false: what is left, as the paper"`

	waiting bool
}

// Validate reports a hysteresis that is out of range.
func (e *ECF) Validate() error {
	if !(e.Beta >= 0 && e.Beta <= 100) {
		return fmt.Errorf("beta %g: want 0 to 100", e.Beta)
	}
	return nil
}

// Traits implements Declarer.
func (*ECF) Traits() Traits { return Patient }

// Next implements Scheduler. The kernel's products of 32 bits, which overflow, are not
// followed.
func (e *ECF) Next(v *View) Decision {
	fast, slow := Serve(v)
	if v.Job != Fresh || slow < 0 || slow == fast {
		return minRTT(v)
	}
	f, s := &v.Subflows[fast], &v.Subflows[slow]
	delta := float64(max(f.RTTVar, s.RTTVar))
	rttF, rttS := float64(f.SRTT), float64(s.SRTT)
	hold := 1.0
	if e.waiting {
		hold += e.Beta
	}
	onF, onS := (1+e.windows(v, f))*rttF, hold*(rttS+delta)
	if onF >= onS {
		e.waiting = false
		v.Because(ecfSlow, slow, onF, onS, 0)
		return Decision{Do: Send, On: One(slow)}
	}
	all, twice := e.windows(v, s)*rttS, float64(2*rttF)+delta // all of it on the slow one
	if all >= twice {
		e.waiting = true
		v.Because(ecfWaits, fast, onF, onS, all)
		return Decision{}
	}
	v.Because(ecfShort, slow, all, twice, 0)
	return Decision{Do: Send, On: One(slow)}
}

// windows returns what is left in windows of s.
func (e *ECF) windows(v *View, s *Subflow) float64 {
	k := v.Unsent
	if e.Kernel {
		k = max(k, s.Cwnd)
	}
	return float64(k) / float64(max(s.Cwnd, units.Bytes(1)))
}
