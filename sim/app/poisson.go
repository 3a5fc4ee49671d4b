package app

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/rng"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("poisson", "arrivals of a Poisson process, as in the queues of textbooks", func() Pattern {
		return &Poisson{Rate: units.Mbps, Chunk: 1000}
	})
}

// Poisson writes chunks at the arrivals of a Poisson process until Env.Stop. What does not
// fit the send buffer is written as soon as there is room.
type Poisson struct {
	Rate  units.Bandwidth `toml:"rate" doc:"mean rate of the application data"`
	Chunk units.Bytes     `toml:"chunk" doc:"bytes written at a time"`
}

// Validate reports parameters that make no stream.
func (p *Poisson) Validate() error {
	if p.Rate <= 0 || p.Chunk < 1 {
		return fmt.Errorf("rate %d bit/s and chunk %d: want both above 0", p.Rate, p.Chunk)
	}
	return nil
}

// Wakes implements Waker: once a chunk.
func (p *Poisson) Wakes() float64 { return float64(p.Rate) / 8 / float64(p.Chunk) }

// Offers implements Source.
func (p *Poisson) Offers() (units.Bytes, units.Bandwidth) { return p.Chunk, p.Rate }

// Pair implements Pattern.
func (p *Poisson) Pair(env Env, _ sim.Time) (from, to Workload) {
	return &poisson{writer: writer{env: env}, p: *p}, &reader{}
}

type poisson struct {
	writer
	p       Poisson
	next    sim.Timer
	gaps    rng.Gaps
	backlog units.Bytes // due, and not written for want of room
}

func (p *poisson) Start(s Stream) {
	p.start(s, p)
	p.next.Init(p.env.Engine, p, nextTimer)
	p.wait()
}

// wait arms the timer of the next chunk.
func (p *poisson) wait() {
	mean := float64(p.p.Chunk) * 8e9 / float64(p.p.Rate) // ns
	p.next.ArmAfter(p.gaps.Exponential(mean, p.env.Rand))
}

// HandleTimer writes the next chunk.
func (p *poisson) HandleTimer(kind int) {
	switch {
	case p.closed:
	case kind == stopTimer:
		p.next.Stop()
		p.close()
	default:
		p.backlog += p.p.Chunk
		p.wait()
		p.Writable()
	}
}

func (p *poisson) Writable() {
	if !p.closed && p.backlog > 0 {
		p.backlog -= p.s.Write(p.backlog)
	}
}

func (p *poisson) Closed(error) {
	p.end()
	p.next.Release()
}
