package app

import (
	"fmt"

	"mpsim/sim"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("cbr", "constant bit rate, as a voice or video stream", func() Pattern {
		return &CBR{Rate: units.Mbps, Chunk: 1000}
	})
}

// CBR writes chunks at a constant rate until Env.Stop. What does not fit the
// send buffer is written as soon as there is room.
type CBR struct {
	Rate  units.Bandwidth `toml:"rate" doc:"rate of the application data"`
	Chunk units.Bytes     `toml:"chunk" doc:"bytes written at a time"`
}

// Validate reports parameters that make no stream.
func (c *CBR) Validate() error {
	if c.Rate <= 0 || c.Chunk < 1 {
		return fmt.Errorf("rate %d bit/s and chunk %d: want both above 0", c.Rate, c.Chunk)
	}
	return nil
}

// Wakes implements Waker: once a chunk.
func (c *CBR) Wakes() float64 { return float64(c.Rate) / 8 / float64(c.Chunk) }

// Offers implements Source.
func (c *CBR) Offers() (units.Bytes, units.Bandwidth) { return c.Chunk, c.Rate }

// Pair implements Pattern.
func (c *CBR) Pair(env Env, _ sim.Time) (from, to Workload) {
	return &cbr{writer: writer{env: env}, p: *c}, &reader{}
}

type cbr struct {
	writer
	p       CBR
	next    sim.Timer
	written units.Bytes
	started sim.Time
	backlog units.Bytes // due, and not written for want of room
}

func (c *cbr) Start(s Stream) {
	c.start(s, c)
	c.started = c.env.Engine.Now()
	c.next.Init(c.env.Engine, c, nextTimer)
	c.HandleTimer(nextTimer)
}

// HandleTimer writes the next chunk. Its time is reckoned from the start, so
// that no rounding adds up.
func (c *cbr) HandleTimer(kind int) {
	if c.closed {
		return
	}
	if kind == stopTimer {
		c.next.Stop()
		c.close()
		return
	}
	c.backlog += c.p.Chunk
	c.written += c.p.Chunk
	c.next.ArmAfter(c.p.Rate.TxTime(c.written) - c.env.Engine.Now().Sub(c.started))
	c.Writable()
}

func (c *cbr) Writable() {
	if !c.closed && c.backlog > 0 {
		c.backlog -= c.s.Write(c.backlog)
	}
}

func (c *cbr) Closed(error) {
	c.end()
	c.next.Release()
}
