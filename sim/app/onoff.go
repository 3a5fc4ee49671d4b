package app

import (
	"fmt"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
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
	Distribution string          `toml:"distribution" doc:"of the lengths: exponential or fixed"`
	Rate         units.Bandwidth `toml:"rate" doc:"rate while sending; 0: as much as the connection takes"`
	Chunk        units.Bytes     `toml:"chunk" doc:"bytes written at a time"`
}

// Validate reports parameters that make no source.
func (o *OnOff) Validate() error {
	switch {
	case o.On <= 0 || o.Off < 0:
		return fmt.Errorf("on %v and off %v: want on above 0 and off not below", o.On, o.Off)
	case o.Distribution != "exponential" && o.Distribution != "fixed":
		return fmt.Errorf("distribution %q: want exponential or fixed", o.Distribution)
	case o.Rate < 0 || o.Chunk < 1:
		return fmt.Errorf("rate %d bit/s and chunk %d: want 0 or more, and above 0", o.Rate, o.Chunk)
	}
	return nil
}

// Pair implements Pattern.
func (o *OnOff) Pair(env Env, _ sim.Time) (from, to Workload) {
	return &onOff{writer: writer{env: env}, p: *o}, &reader{}
}

type onOff struct {
	writer
	p       OnOff
	next    sim.Timer
	on      bool
	until   sim.Time // end of the period
	backlog units.Bytes
}

func (o *onOff) Start(s Stream) {
	o.start(s, o)
	o.next.Init(o.env.Engine, o, nextTimer)
	o.turn()
}

// turn begins the other kind of period.
func (o *onOff) turn() {
	o.on = !o.on
	mean := o.p.Off
	if o.on {
		mean = o.p.On
	}
	length := mean
	if o.p.Distribution == "exponential" {
		length = time.Duration(float64(mean) * o.env.Rand.ExpFloat64())
	}
	o.until = o.env.Engine.Now().Add(length)
	o.HandleTimer(nextTimer)
}

// HandleTimer writes the next chunk of a period, or ends it.
func (o *onOff) HandleTimer(kind int) {
	now := o.env.Engine.Now()
	switch {
	case o.closed:
	case kind == stopTimer:
		o.next.Stop()
		o.close()
	case now >= o.until && (o.p.On > 0 && o.p.Off > 0 || !o.on):
		o.turn()
	case !o.on:
		o.next.Arm(o.until)
	case o.p.Rate == 0:
		o.next.Arm(o.until)
		o.Writable()
	default:
		o.backlog += o.p.Chunk
		o.next.Arm(now.Add(o.p.Rate.TxTime(o.p.Chunk)))
		o.Writable()
	}
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
}
