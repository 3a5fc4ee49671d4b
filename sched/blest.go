package sched

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	const source = "Ferlin et al., IFIP Networking 2016, section III; v0.95, mptcp_blest.c"
	Registry.Register("blest", source, func() Scheduler {
		return &BLEST{Kernel: true, Lambda: 1.2, Min: 1, Max: 1.3, Up: 0.04, Down: 0.01}
	})
}

var (
	wouldBlock = NewReason("would-block", "waits for {who}: it can send {a} bytes meanwhile, only {b} are left")
	noBlock    = NewReason("no-block", "the faster one is full, and sends {a} of {b} bytes meanwhile: {who}")
)

// BLEST leaves a slow subflow alone if its segment would hold up what the fastest one
// can send meanwhile. The rule is about new data: the rest goes as with MinRTT. Unlike
// v0.95 it does not wait for a subflow that is stale.
type BLEST struct {
	Kernel bool    `toml:"kernel" doc:"estimate as v0.95 does, in whole rounds and with the whole window; false: as the paper, whose lambda begins with 1"`
	Lambda float64 `toml:"lambda" doc:"first scale of the estimate"`
	Min    float64 `toml:"min" doc:"least scale"`
	Max    float64 `toml:"max" doc:"largest scale"`
	Up     float64 `toml:"up" doc:"added to the scale after a round in which the window blocked"`
	Down   float64 `toml:"down" doc:"taken off after another round"`

	rtt     PerSubflow[span] // of SRTT, as seen when asked
	blocks  uint64
	adapted sim.Time
}

type span struct{ min, max time.Duration }

// Validate reports scales that are out of range.
func (b *BLEST) Validate() error {
	switch {
	case !(b.Min > 0 && b.Min <= b.Lambda && b.Lambda <= b.Max && b.Max <= 100):
		return fmt.Errorf("min %g, lambda %g, max %g: want 0 < min <= lambda <= max <= 100", b.Min, b.Lambda, b.Max)
	case !(b.Up >= 0 && b.Up <= 100 && b.Down >= 0 && b.Down <= 100):
		return fmt.Errorf("up %g and down %g: want both 0 to 100", b.Up, b.Down)
	}
	return nil
}

// Traits implements Declarer. Only the kernel looks at ssthresh.
func (b *BLEST) Traits() Traits {
	if b.Kernel {
		return Patient | Penalises | Measures
	}
	return Patient | Penalises
}

// Next implements Scheduler.
func (b *BLEST) Next(v *View) Decision {
	if b.Kernel {
		b.see(v)
	}
	fast, slow := Serve(v)
	switch {
	case slow < 0:
		return Decision{}
	case v.Job == Blocked:
		d := minRTT(v)
		d.Penalise = carriersSlowerThan(v, slow)
		return d
	case v.Job != Fresh || slow == fast:
		return minRTT(v)
	}
	b.adapt(v, fast, slow)
	var need, left float64
	if b.Kernel {
		need, left = b.kernel(v, fast, slow)
	} else {
		need, left = b.paper(v, fast, slow)
	}
	if need > left {
		v.Because(wouldBlock, fast, need, left, 0)
		return Decision{}
	}
	v.Because(noBlock, slow, need, left, 0)
	return Decision{Do: Send, On: One(slow)}
}

// carriersSlowerThan returns the slower ones of those that carry the first byte: v0.95
// penalises all of them, where its default scheduler takes the first.
func carriersSlowerThan(v *View, s int) (set Set) {
	if i := v.Find(v.Una); i < len(v.Pieces) {
		for t := range v.Subflows {
			if v.Pieces[i].On.Has(t) && v.Subflows[t].SRTT > v.Subflows[s].SRTT {
				set |= One(t)
			}
		}
	}
	return set
}

// paper returns λX and what is left of the window.
func (b *BLEST) paper(v *View, fast, slow int) (need, left float64) {
	f, s := &v.Subflows[fast], &v.Subflows[slow]
	r := float64(s.SRTT) / float64(max(f.SRTT, 1))
	need = b.Lambda * float64(f.MSS) * (f.Segments(f.Cwnd) + (r-1)/2) * r
	m := units.Bytes(v.Edge - v.Hand.From)
	return need, float64(m - s.InFlight - s.MSS)
}

// kernel returns the same as v0.95 estimates it: what the fast one sends in the rounds
// that a segment lingers on the slow one, and what that leaves of the window as the
// peer last gave it (blestsched_estimate_bytes, blest_get_available_subflow).
func (b *BLEST) kernel(v *View, fast, slow int) (need, left float64) {
	f, s := &v.Subflows[fast], &v.Subflows[slow]
	rf, rs := b.rtt.At(v, fast), b.rtt.At(v, slow)
	linger := rs.max
	if in, cwnd := s.segments(s.InFlight)+1, s.segments(s.Cwnd); in < cwnd {
		linger = rs.min + (rs.max-rs.min)*time.Duration(in)/time.Duration(cwnd)
	}
	linger = max(linger, s.SRTT)
	rounds := 1
	if avg := (rf.min + rf.max) / 2; avg > 0 {
		rounds = int(linger/avg) + 1
	}
	cwnd := f.segments(f.Cwnd)
	var packets int
	if f.Ssthresh == Unlimited {
		packets = cwnd * (1<<min(rounds, 16) - 1)
	} else {
		packets = (max(cwnd, f.segments(f.Ssthresh)+1) + (rounds-1)/2) * rounds
	}
	need = float64(packets) * float64(f.MSS) * b.Lambda
	return need, float64(max(v.Window-min(s.MSS, v.Hand.Len())-s.Backlog(), 0))
}

// see notes the SRTT of all that may send, at each decision.
func (b *BLEST) see(v *View) {
	for i := range v.Subflows {
		s := &v.Subflows[i]
		if s.SRTT <= 0 || s.Limit == Unready {
			continue
		}
		r := b.rtt.At(v, i)
		if r.min == 0 || s.SRTT < r.min {
			r.min = s.SRTT
		}
		r.max = max(r.max, s.SRTT)
	}
}

// adapt raises λ if the window has blocked since, else lowers it: once in a round of the
// slow subflow (kernel) or of the fast one (paper).
func (b *BLEST) adapt(v *View, fast, slow int) {
	round := v.Subflows[fast].SRTT
	if b.Kernel {
		round = b.rtt.At(v, slow).min
	}
	if v.Now.Sub(b.adapted) < round {
		return
	}
	if v.Blocks != b.blocks {
		b.Lambda = min(b.Lambda+b.Up, b.Max)
	} else {
		b.Lambda = max(b.Lambda-b.Down, b.Min)
	}
	b.adapted, b.blocks = v.Now, v.Blocks
}
