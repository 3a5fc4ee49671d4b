package cc

import (
	"fmt"

	"mpsim/sim/units"
)

func init() {
	Registry.Register("dctcp", "RFC 8257", func() Controller { return &DCTCP{G: 1.0 / 16, Alpha0: 1} })
}

// DCTCP is Data Center TCP: it cuts the window by the part of the bytes that was marked, and
// is Reno in all else. It needs a receiver that echoes each mark, ecn = dctcp, and queues that
// mark early.
type DCTCP struct {
	Reno
	G      float64 `toml:"g" doc:"gain of the estimate of the marked part"`
	Alpha0 float64 `toml:"alpha0" doc:"estimate at the start"`

	alpha         float64     // estimate of the part of the bytes that is marked
	acked, marked units.Bytes // in this window of data
}

// Validate reports an estimate that does not follow the marks, or has no meaning.
func (d *DCTCP) Validate() error {
	switch {
	case !(d.G > 0 && d.G < 1):
		return fmt.Errorf("g %g: want between 0 and 1 (RFC 8257, section 4.2)", d.G)
	case !(d.Alpha0 >= 0 && d.Alpha0 <= 1):
		return fmt.Errorf("alpha0 %g: want 0 to 1, a part of the bytes", d.Alpha0)
	}
	return nil
}

// Init implements Controller.
func (d *DCTCP) Init(*Flow) { d.alpha = d.Alpha0 }

// OnAck implements Controller (sections 3.3 and 3.4). Unlike section 3.3, bytes count when
// they are SACKed, and those acknowledged in a fast recovery do not count, because the
// contract has it so.
func (d *DCTCP) OnAck(f *Flow, a Ack) {
	d.acked += a.Bytes
	d.marked += a.Marked
	if a.Round {
		if d.acked > 0 {
			part := float64(d.marked) / float64(d.acked)
			d.alpha = float64(d.alpha*(1-d.G)) + float64(d.G*part)
		}
		d.acked, d.marked = 0, 0
	}
	d.Reno.OnAck(f, a)
}

// OnCongestion implements Controller: by half the estimate for a mark, else as Reno (section
// 3.5). Like Reno's, the window stays above one segment.
func (d *DCTCP) OnCongestion(f *Flow, c Congestion) {
	if c.Cause != Mark {
		d.Reno.OnCongestion(f, c)
		return
	}
	f.Reduce(f.Cwnd*(1-d.alpha/2), 2, c)
}
