package cctest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/sim"
	"mpsim/sim/units"
)

// The corners of what a sender may set. A TCP window has no more than 2^30 bytes (RFC 7323), and
// slow start may take twice what is in flight.
var (
	cornerRTTs    = []time.Duration{0, 1, time.Microsecond, time.Millisecond, 100 * time.Millisecond, 10 * time.Second, time.Hour}
	cornerWindows = []float64{1, 1.5, 2, 3, 10, 1e3, 1e9}
	cornerMSS     = []units.Bytes{8, 536, MSS, 65_000}
)

const mostWindow = 1 << 31

// regroups has subflows come, leave, lose and gain their RTT sample, and sends their windows to the
// corners, while ACKs and episodes go on: also for those that have left, and, which no sender does,
// while they are not in their group. The windows stay finite and above their floor.
func regroups(t *testing.T, law Maker) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 13))
		g := law.group(3)
		all := append([]*cc.Flow(nil), g.Flows...)
		for _, f := range all {
			f.MSS = cornerMSS[r.IntN(len(cornerMSS))]
			f.Cwnd = float64(10 * f.MSS)
		}
		now := sim.Time(0)
		for step := range 4000 {
			now = now.Add(time.Duration(r.Int64N(int64(20 * time.Millisecond))))
			f := all[r.IntN(len(all))]
			call := regroup(r, g, f, now)
			if !(f.Cwnd >= float64(f.MSS) && f.Cwnd < 1e18) || !(f.Ssthresh >= float64(f.MSS)) || f.Pacing < 0 {
				t.Fatalf("seed %d, step %d, flow %d of %d, RTT %v, %s: window %g, ssthresh %g, pacing %v",
					seed, step, f.ID, len(f.Group.Flows), f.SRTT, call, f.Cwnd, f.Ssthresh, f.Pacing)
			}
			f.Cwnd = min(f.Cwnd, mostWindow) // the peer's
		}
	}
}

// regroup does one thing to f and returns its name.
func regroup(r *rand.Rand, g *cc.Group, f *cc.Flow, now sim.Time) string {
	_, model := f.Controller.(cc.Modeler)
	switch r.IntN(12) {
	case 0:
		remove(g, f)
		if f.Group = g; r.IntN(3) > 0 {
			f.Group = &cc.Group{Flows: []*cc.Flow{f}}
		}
		return "left"
	case 1:
		remove(g, f)
		f.Group, g.Flows = g, append(g.Flows, f)
		return "came"
	case 2:
		rtt := cornerRTTs[r.IntN(len(cornerRTTs))]
		f.SRTT, f.LatestRTT, f.MinRTT = rtt, rtt, rtt
		return "sampled"
	case 3:
		if !model {
			f.Recovery = false
			f.Cwnd = min(float64(f.MSS)*cornerWindows[r.IntN(len(cornerWindows))], mostWindow)
			f.Ssthresh = float64(f.MSS) * cornerWindows[r.IntN(len(cornerWindows))]
		}
		return "set"
	case 4:
		cause := cc.Cause(r.IntN(3))
		f.Recovery = false
		f.Controller.OnCongestion(f, cc.Congestion{Now: now, Cause: cause, Lost: f.MSS, InFlight: units.Bytes(f.Cwnd)})
		f.Recovery = cause == cc.FastRetransmit
		return fmt.Sprint("episode ", cause)
	case 5:
		f.Recovery = false
		if u, ok := f.Controller.(cc.Undoer); ok {
			u.Undo(f)
		}
		return "undone"
	}
	if f.Recovery && !model {
		f.Recovery = r.IntN(4) > 0
		return "recovery"
	}
	f.InFlight = units.Bytes(f.Cwnd)
	a := cc.Ack{Now: now, Bytes: 1 + units.Bytes(r.Int64N(3*int64(f.MSS))), RTT: f.SRTT, Round: r.IntN(3) == 0, AppLimited: r.IntN(10) == 0}
	if model {
		a.Sample = &cc.Sample{Rate: math.Pow(10, 14*r.Float64()-1), Total: units.Bytes(now), Prior: units.Bytes(now) / 2, InFlight: f.InFlight}
	}
	if r.IntN(8) == 0 {
		a.Marked = a.Bytes
	}
	f.Controller.OnAck(f, a)
	return "ack"
}

// remove takes f out of g.
func remove(g *cc.Group, f *cc.Flow) {
	for i, s := range g.Flows {
		if s == f {
			g.Flows = append(g.Flows[:i:i], g.Flows[i+1:]...)
			return
		}
	}
}
