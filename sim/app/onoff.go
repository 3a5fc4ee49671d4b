package app

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/rng"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

func init() {
	Registry.Register("onoff", "the on-off source of the literature on bursty traffic", func() Pattern {
		return &OnOff{On: time.Second, Off: time.Second, Distribution: "exponential", Rate: units.Mbps, Chunk: 1000}
	})
}

// OnOff alternates between a period in which it writes at Rate and one in which
// it is silent, until Env.Stop.
type OnOff struct {
	On           time.Duration   `toml:"on" doc:"mean length of a period of sending"`
	Off          time.Duration   `toml:"off" doc:"mean length of a pause"`
	Distribution string          `toml:"distribution" doc:"of the lengths: exponential, uniform from 0 to twice the mean, or fixed"`
	Rate         units.Bandwidth `toml:"rate" doc:"rate while sending; 0: as much as the connection takes"`
	Chunk        units.Bytes     `toml:"chunk" doc:"bytes written at a time, if there is a rate"`
}

// Validate reports parameters that make no source.
func (o *OnOff) Validate() error {
	switch {
	case o.On <= 0 || o.Off < 0:
		return fmt.Errorf("on %v and off %v: want on above 0 and off not below", o.On, o.Off)
	case o.Rate < 0 || o.Chunk < 1:
		return fmt.Errorf("rate %d bit/s and chunk %d: want 0 or more, and above 0", o.Rate, o.Chunk)
	}
	return words.Check("distribution", o.Distribution, "exponential", "uniform", "fixed")
}

// Wakes implements Waker: twice a period of sending and silence, and once a chunk.
func (o *OnOff) Wakes() float64 {
	chunks := float64(o.Rate) / 8 / float64(o.Chunk) * o.On.Seconds()
	return (2 + chunks) / (o.On + o.Off).Seconds()
}

// Offers implements Source.
func (o *OnOff) Offers() (units.Bytes, units.Bandwidth) {
	return o.Chunk, units.Bandwidth(float64(o.Rate) * o.On.Seconds() / (o.On + o.Off).Seconds())
}

// Pair implements Pattern.
func (o *OnOff) Pair(env Env, _ sim.Time) (from, to Workload) {
	return &onOff{writer: writer{env: env}, p: *o}, &reader{}
}

type onOff struct {
	writer
	p      OnOff
	on     bool
	period sim.Timer // of the period
	next   sim.Timer // chunk; runs in periods of sending
	// wait is what remains until the next chunk when a period of sending
	// ends. The next such period begins with it, so that the mean rate is
	// right even if periods are shorter than a chunk takes.
	wait    time.Duration
	written units.Bytes // that were due, so that no rounding of their times adds up
	gaps    rng.Gaps
	backlog units.Bytes // due, and not written for want of room
}

func (o *onOff) Start(s Stream) {
	o.start(s, o)
	o.next.Init(o.env.Engine, o, nextTimer)
	o.period.Init(o.env.Engine, o, periodTimer)
	o.turn()
}

// HandleTimer implements sim.Handler.
func (o *onOff) HandleTimer(kind int) {
	switch {
	case o.closed:
	case kind == stopTimer:
		o.next.Stop()
		o.period.Stop()
		o.close()
	case kind == periodTimer:
		o.turn()
	case kind == nextTimer:
		o.backlog += o.p.Chunk
		before := o.p.Rate.TxTime(o.written)
		o.written += o.p.Chunk
		o.next.ArmAfter(o.p.Rate.TxTime(o.written) - before)
		o.Writable()
	}
}

// turn begins the other kind of period.
func (o *onOff) turn() {
	o.on = !o.on
	switch {
	case !o.on:
		o.period.ArmAfter(o.length(o.p.Off))
		if o.p.Rate > 0 {
			o.wait = o.next.When().Sub(o.env.Engine.Now())
			o.next.Stop()
		}
	case o.p.Rate > 0:
		o.period.ArmAfter(o.length(o.p.On))
		o.next.ArmAfter(o.wait)
	default:
		o.period.ArmAfter(o.length(o.p.On))
		o.Writable()
	}
}

// length draws the length of a period.
func (o *onOff) length(mean time.Duration) time.Duration {
	switch o.p.Distribution {
	case "fixed":
		return mean
	case "uniform":
		return o.gaps.Uniform(float64(mean), o.env.Rand)
	}
	return o.gaps.Exponential(float64(mean), o.env.Rand)
}

func (o *onOff) Writable() {
	switch {
	case o.closed:
	case o.p.Rate > 0 && o.backlog > 0:
		o.backlog -= o.s.Write(o.backlog)
	case o.p.Rate == 0 && o.on:
		o.s.Write(everything)
	}
}

func (o *onOff) Closed(error) {
	o.end()
	o.next.Release()
	o.period.Release()
}
