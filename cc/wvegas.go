package cc

import (
	"fmt"
	"math"
	"time"
)

func init() {
	Registry.Register("wvegas", "Cao et al., ICNP 2012; draft-xu-mptcp-congestion-control-05", func() Controller {
		return &WVegas{Alpha: 2, Total: 10, Gamma: 1, Pacing: true}
	})
}

// WVegas is weighted Vegas: each subflow keeps a number of segments in queues, and
// all together Total, divided by their rates, so that traffic moves to where
// the queues are short.
//
// Unlike the paper and Linux v0.95 it paces, whatever the sender does, because it takes the bursts of
// a window that leaves at once for a queue: of 10 Mb/s a flow alone then has 2 to 9, and which of
// them hangs on the initial window. With Linux as well: its rule is the same, and
// which of its hosts paced is not known.
type WVegas struct {
	Reno
	Alpha  float64 `toml:"alpha" doc:"least backlog that a subflow aims at, segments"`
	Total  float64 `toml:"total" doc:"backlog of all subflows, segments"`
	Gamma  float64 `toml:"gamma" doc:"backlog that ends slow start, segments"`
	Pacing bool    `toml:"pacing" doc:"spread the window over the round trip, even if the sender does not; without, bursts pass for queues and leave links idle"`
	Linux  bool    `toml:"linux" doc:"count in whole segments and microseconds as Linux v0.95 does"`

	aim   float64       // this subflow's part of Total
	rate  float64       // segments a second when aim was last set; 0: never
	base  time.Duration // least RTT there was
	queue time.Duration // least queueing delay of a round since the last drain; 0: none
	sum   time.Duration // of the RTT samples of this round
	count int
}

// Validate reports backlogs that make no sense.
func (w *WVegas) Validate() error {
	for _, x := range []float64{w.Alpha, w.Total, w.Gamma} {
		if !(x > 0 && x <= 1e6) {
			return fmt.Errorf("alpha %g, total %g, gamma %g: want segments above 0, a million at most", w.Alpha, w.Total, w.Gamma)
		}
	}
	return nil
}

// Init implements Controller.
func (w *WVegas) Init(f *Flow) {
	w.restart()
	w.pace(f)
}

// pace sends two windows a round trip in slow start and 1.2 after it, as Linux does for any law
// that has no rate of its own.
func (w *WVegas) pace(f *Flow) {
	if !w.Pacing || f.SRTT == 0 {
		return
	}
	gain := 1.2
	if f.Cwnd < f.Ssthresh/2 {
		gain = 2
	}
	f.Pacing = bandwidth(gain * f.Cwnd / f.RTT())
}

// restart begins to measure anew.
func (w *WVegas) restart() { w.aim, w.sum, w.count = w.Alpha, 0, 0 }

// OnAck implements Controller: the window changes once a round, in slow start all
// the time. A round with less than three samples is one of Reno.
func (w *WVegas) OnAck(f *Flow, a Ack) {
	if rtt := a.RTT; rtt > 0 {
		if w.Linux { // which takes a microsecond more, so that none is 0
			rtt = rtt.Truncate(time.Microsecond) + time.Microsecond
		}
		if w.base == 0 || rtt < w.base {
			w.base = rtt
		}
		w.sum += rtt
		w.count++
	}
	slow := f.Cwnd < f.Ssthresh
	switch {
	case a.Round && w.count >= 3:
		rtt := w.sum / time.Duration(w.count)
		w.sum, w.count = 0, 0
		w.adjust(f, a, rtt, slow)
	case a.Round:
		w.sum, w.count = 0, 0
		w.Reno.OnAck(f, a)
	case slow:
		f.SlowStart(a)
	}
	w.pace(f)
}

// adjust is the rule of the end of a round.
func (w *WVegas) adjust(f *Flow, a Ack, rtt time.Duration, slow bool) {
	mss := float64(f.MSS)
	cwnd := w.whole(f.Cwnd / mss)
	backlog := w.whole(cwnd * float64(rtt-w.base) / float64(rtt))
	switch {
	case slow && backlog <= w.Gamma:
		f.SlowStart(a)
		return
	case slow:
		cwnd = min(cwnd, w.whole(cwnd*float64(w.base)/float64(rtt))+1)
		f.Ssthresh = min(f.Ssthresh, float64((cwnd-1)*mss))
	default:
		if backlog >= w.aim {
			w.share(f, cwnd/rtt.Seconds())
		}
		switch {
		case backlog > w.aim:
			cwnd--
			f.Ssthresh = min(f.Ssthresh, float64((cwnd-1)*mss))
		case backlog < w.aim && !a.AppLimited:
			cwnd++
		}
	}
	f.Cwnd = float64(max(w.drain(cwnd, rtt), 2) * mss)
	f.Ssthresh = max(f.Ssthresh, 0.75*f.Cwnd)
}

// share sets this subflow's part of the backlog by its part of the rate.
func (w *WVegas) share(f *Flow, rate float64) {
	w.rate = rate
	var all float64
	for _, s := range f.Group.Flows {
		if v, ok := s.Controller.(*WVegas); ok {
			all += v.rate
		}
	}
	w.aim = max(w.Alpha, math.Floor(rate/max(all, rate)*w.Total))
}

// whole returns x, under Linux without its fraction.
func (w *WVegas) whole(x float64) float64 {
	if w.Linux {
		return math.Floor(x)
	}
	return x
}

// drain empties the queue when it has become twice as long as it was at its
// shortest, so that base is seen again, and returns the new window.
func (w *WVegas) drain(cwnd float64, rtt time.Duration) float64 {
	q := rtt - w.base
	if q > 0 && (w.queue == 0 || q < w.queue) {
		w.queue = q
	}
	if w.queue > 0 && q >= 2*w.queue {
		w.queue = 0
		return w.whole(cwnd * float64(w.base) / float64(2*rtt))
	}
	return cwnd
}

// OnCongestion implements Controller: halve, and measure anew. A timeout says that
// the path carries nothing.
func (w *WVegas) OnCongestion(f *Flow, c Congestion) {
	w.restart()
	if c.Cause == Timeout {
		w.rate = 0
	}
	w.Reno.OnCongestion(f, c)
	w.pace(f)
}
