package sched

import (
	"fmt"
	"math"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	const source = "Wu et al., IEEE JSAC 38(10), 2020: LinUCB alone, features as in ahp-peek-mpquic; the stochastic adjustment is left out"
	Registry.Register("peekaboo", source, func() Scheduler { return &Peekaboo{Alpha: 0.5, Record: 4} })
}

var (
	armWaits = NewReason("arm-waits", "waiting for {who} scores {a}, sending on the slower one {b}")
	armSends = NewReason("arm-sends", "sending on {who} scores {b}, waiting for the faster one {a}")
)

// Peekaboo learns whether to wait for the fastest subflow or to use the next one, by
// LinUCB with six features. It is the deterministic core of the paper. What the deployed
// form adds is left out: it takes the better action only with a probability that it
// learns (stochastic adjustment), for which a scheduler would need a random stream. As in
// the open code both actions are recorded before it decides by what it has learned, there
// for 2000 packets. The reward is our reading: the goodput of the connection while the
// action holds, up to its horizon.
type Peekaboo struct {
	Alpha  float64 `toml:"alpha" doc:"weight of what is not known yet"`
	Record int     `toml:"record" doc:"trials of each action before it decides by what it has learned"`

	arms   [2]arm // wait, send
	trial  trial
	trials int
}

const features = 6

// arm is one action: the inverse of A and b of LinUCB.
type arm struct {
	inv [features][features]float64
	b   [features]float64
	set bool
}

// trial is a decision whose reward is not known yet.
type trial struct {
	open      bool
	arm       int
	x         [features]float64
	from, end sim.Time
	delivered units.Bytes
}

// Validate reports parameters out of range.
func (p *Peekaboo) Validate() error {
	switch {
	case !(p.Alpha >= 0 && p.Alpha <= 1000):
		return fmt.Errorf("alpha %g: want 0 to 1000", p.Alpha)
	case p.Record < 0 || p.Record > 1e6:
		return fmt.Errorf("record %d: want 0 to 1000000", p.Record)
	}
	return nil
}

// Traits implements Declarer.
func (*Peekaboo) Traits() Traits { return Patient | Measures }

// Next implements Scheduler.
func (p *Peekaboo) Next(v *View) Decision {
	p.settle(v)
	fast, slow := Serve(v)
	if v.Job != Fresh || slow < 0 || slow == fast {
		return minRTT(v)
	}
	f, s := &v.Subflows[fast], &v.Subflows[slow]
	rf, rs := max(f.SRTT.Seconds(), 1e-6), max(s.SRTT.Seconds(), 1e-6)
	const mega = 1e6
	window := float64(v.Edge-v.Hand.From) / mega
	x := [features]float64{
		float64(f.Cwnd) / mega / rf, float64(s.Cwnd) / mega / rs,
		float64(f.Space()) / mega / rf, float64(s.Space()) / mega / rs, window / rf, window / rs,
	}
	wait, send := p.arms[0].score(&x, p.Alpha), p.arms[1].score(&x, p.Alpha)
	if !p.trial.open {
		p.open(v, &x, send >= wait, max(2*f.SRTT, s.SRTT))
	}
	d := Decision{Until: p.trial.end}
	if p.trial.arm == 0 {
		v.Because(armWaits, fast, wait, send, 0)
		return d
	}
	v.Because(armSends, slow, wait, send, 0)
	d.Do, d.On = Send, One(slow)
	return d
}

// open begins a trial. At first both arms have their turns, the waiting one first.
func (p *Peekaboo) open(v *View, x *[features]float64, send bool, horizon time.Duration) {
	if p.trials < 2*p.Record {
		send = p.trials >= p.Record
	}
	p.trials++
	p.trial = trial{open: true, x: *x, from: v.Now, end: v.Now.Add(horizon), delivered: delivered(v)}
	if send {
		p.trial.arm = 1
	}
}

// settle gives an action its reward, the goodput in MB/s until its horizon.
func (p *Peekaboo) settle(v *View) {
	t := &p.trial
	if !t.open || v.Now < t.end {
		return
	}
	t.open = false
	goodput := float64(delivered(v)-t.delivered) / 1e6 / max(v.Now.Sub(t.from).Seconds(), 1e-6)
	p.arms[t.arm].learn(&t.x, max(goodput, 0))
}

func delivered(v *View) (n units.Bytes) {
	for i := range v.Subflows {
		n += v.Subflows[i].Delivered
	}
	return n
}

// start makes A the unit matrix.
func (a *arm) start() {
	if !a.set {
		a.set = true
		for i := range a.inv {
			a.inv[i][i] = 1
		}
	}
}

// score returns θᵀx + α√(xᵀA⁻¹x), θ = A⁻¹b.
func (a *arm) score(x *[features]float64, alpha float64) float64 {
	a.start()
	var mean, spread float64
	for i := range x {
		var theta, ax float64
		for k := range x {
			theta += float64(a.inv[i][k] * a.b[k])
			ax += float64(a.inv[i][k] * x[k])
		}
		mean += float64(theta * x[i])
		spread += float64(ax * x[i])
	}
	return mean + float64(alpha*math.Sqrt(max(spread, 0)))
}

// learn adds xxᵀ to A and reward·x to b (Sherman and Morrison).
func (a *arm) learn(x *[features]float64, reward float64) {
	a.start()
	var ax [features]float64
	norm := 1.0
	for i := range x {
		for k := range x {
			ax[i] += float64(a.inv[i][k] * x[k])
		}
		norm += float64(ax[i] * x[i])
	}
	for i := range x {
		for k := range x {
			a.inv[i][k] -= float64(ax[i]*ax[k]) / norm
		}
		a.b[i] += float64(reward * x[i])
	}
}
