package mptcp_test

import (
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// noData loses every packet without payload.
type noData struct{}

func (noData) Lose(_ sim.Time, p *netem.Packet) bool { return p.Size < 100 }

// RFC 8684, section 3.3.3: a DATA_FIN goes with the last data. So it arrives although
// every segment without data is lost, and without the data-level timer.
//
// Req: R8684-3.3.3-02
func TestDataFINGoesWithData(t *testing.T) {
	p := path{10 * units.Mbps, 10 * time.Millisecond, 100, 0}
	l := newLab(t, 1, p, p)
	l.transfer(4e6)
	l.at(time.Second, func() {
		for _, d := range l.links {
			d.Up.SetLoss(noData{})
		}
	})
	l.at(3*time.Second, func() {
		if l.sink.eof == 0 || l.up.Stats.DataTimeouts > 0 {
			t.Errorf("end of data at %v, want it by now; %+v", l.sink.eof, l.up.Stats)
		}
		for _, d := range l.links {
			d.Up.SetLoss(nil)
		}
	})
	l.finish(30*time.Second, 4e6)
}

// A connection that carries nothing ends too, whichever of the client's segments is lost: the SYN,
// the ACK with the keys, the keys again, the DATA_FIN.
func TestEmpty(t *testing.T) {
	for n := range 6 {
		l := newLab(t, 1, path{10 * units.Mbps, 10 * time.Millisecond, 100, 0})
		l.links[0].Up.SetLoss(&nth{lose: n})
		l.transfer(0)
		l.finish(30*time.Second, 0)
	}
}
