package middlebox

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("shaper", "RFC 2475, section 2.3.3.3", func() Model {
		return &Shaper{Rate: units.Mbps, Burst: 15_000, Limit: 150_000}
	})
	Registry.Register("policer", "RFC 2475, section 2.3.3.4", func() Model {
		return &Policer{Rate: units.Mbps, Burst: 15_000}
	})
}

// Shaper delays packets until a token bucket has room for them. Which port it is for,
// the conditions say.
type Shaper struct {
	Rate  units.Bandwidth `toml:"rate" doc:"rate at which tokens come, in each direction"`
	Burst units.Bytes     `toml:"burst" doc:"most tokens that the bucket holds"`
	Limit units.Bytes     `toml:"limit" doc:"most that waits; what comes on top is dropped"`
}

// Validate reports parameters out of range.
func (m *Shaper) Validate() error {
	if m.Limit < leastBurst {
		return fmt.Errorf("limit %v: want at least a packet, %dB", m.Limit, leastBurst)
	}
	return checkBucket(m.Rate, m.Burst)
}

// leastBurst is the size of a full packet: a smaller bucket would let none pass.
const leastBurst = 1500

func checkBucket(rate units.Bandwidth, burst units.Bytes) error {
	switch {
	case rate <= 0:
		return fmt.Errorf("rate %v: want more than 0", rate)
	case burst < leastBurst:
		return fmt.Errorf("burst %v: want at least a packet, %dB", burst, leastBurst)
	}
	return nil
}

// Make implements Model.
func (m *Shaper) Make(env Env) Box {
	b := &shaper{limit: m.Limit}
	for i := range b.lanes {
		l := &b.lanes[i]
		l.bucket = bucket{rate: m.Rate, depth: m.Rate.TxTime(m.Burst)}
		l.timer.Init(env.Engine, l, 0)
	}
	return b
}

// bucket is a token bucket. It keeps its level as the time at which it will be full:
// the generic cell rate algorithm (ITU-T I.371, annex A).
type bucket struct {
	rate  units.Bandwidth
	depth time.Duration // in which it fills
	full  sim.Time
}

// ready returns when there are tokens for n bytes.
func (b *bucket) ready(now sim.Time, n units.Bytes) sim.Time {
	at := max(b.full, now).Add(b.rate.TxTime(n) - b.depth)
	return max(at, now)
}

// take takes the tokens for n bytes.
func (b *bucket) take(now sim.Time, n units.Bytes) { b.full = max(b.full, now).Add(b.rate.TxTime(n)) }

type shaper struct {
	limit units.Bytes
	lanes [2]lane
}

// lane is one direction of a shaper.
type lane struct {
	bucket
	tap     *netem.Tap
	waiting []*netem.Packet
	bytes   units.Bytes
	timer   sim.Timer
}

// Take implements Box.
func (b *shaper) Take(x Passage) bool {
	l := &b.lanes[x.Dir]
	if len(l.waiting) == 0 && l.ready(x.Now, x.Size) == x.Now {
		l.take(x.Now, x.Size)
		x.Forward()
		return false
	}
	if l.bytes+x.Size > b.limit {
		x.Drop()
		return true
	}
	l.tap = x.Tap
	l.waiting = append(l.waiting, x.Packet)
	l.bytes += x.Size
	if len(l.waiting) == 1 {
		l.timer.Arm(l.ready(x.Now, x.Size))
	}
	return true
}

// HandleTimer implements sim.Handler: the first that waits may go.
func (l *lane) HandleTimer(int) {
	now := l.tap.Engine().Now()
	p := l.waiting[0]
	l.waiting = append(l.waiting[:0], l.waiting[1:]...)
	l.bytes -= p.Size
	l.take(now, p.Size)
	if len(l.waiting) > 0 {
		l.timer.Arm(l.ready(now, l.waiting[0].Size))
	}
	forward(l.tap, p)
}

// Policer drops packets for which a token bucket has no room. Which port it is for,
// the conditions say.
type Policer struct {
	Rate  units.Bandwidth `toml:"rate" doc:"rate at which tokens come, in each direction"`
	Burst units.Bytes     `toml:"burst" doc:"most tokens that the bucket holds"`
}

// Validate reports parameters out of range.
func (m *Policer) Validate() error { return checkBucket(m.Rate, m.Burst) }

// Make implements Model.
func (m *Policer) Make(Env) Box {
	b := bucket{rate: m.Rate, depth: m.Rate.TxTime(m.Burst)}
	return &policer{b, b}
}

type policer [2]bucket

// Take implements Box.
func (b *policer) Take(x Passage) bool {
	k := &b[x.Dir]
	if k.ready(x.Now, x.Size) > x.Now {
		x.Drop()
		return true
	}
	k.take(x.Now, x.Size)
	x.Forward()
	return false
}
