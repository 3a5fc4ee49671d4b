package tcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/app"
	"mpsim/sim/units"
)

// The first flight is ten segments (RFC 6928, section 2), and slow start doubles
// it: 10·(2ⁿ-1) segments have left in n round trips.
func TestSlowStart(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.AckEvery = 1
	log := l.capture()
	l.transfer(t, 2000*1448, reno)
	l.finish(t, 10*time.Second, 2000*1448)
	for n := 1; n <= 6; n++ {
		sent := 0
		for _, p := range log.data() {
			if p.at < time.Duration(n)*100*time.Millisecond+90*time.Millisecond {
				sent++
			}
		}
		if want := 10 * (1<<n - 1); sent != want {
			t.Errorf("%d segments in %d round trips, want %d", sent, n, want)
		}
	}
}

// bursty writes n bytes at each of several times.
type bursty struct {
	*source
	lab *lab
	n   units.Bytes
	at  []time.Duration
}

func (w *bursty) Start(s app.Stream) {
	w.s = s
	for _, t := range w.at {
		w.lab.at(t, func() { s.Write(w.n) })
	}
}

func (w *bursty) Writable() {}

// bursts runs an application that writes n bytes at each time of at.
func bursts(t *testing.T, set func(*tcp.Config), n units.Bytes, at ...time.Duration) (*lab, *capture) {
	l := newLab(t, wide(nil))
	set(&l.cfg)
	log := l.capture()
	l.transfer(t, 0, reno)
	w := &bursty{source: l.source, lab: l, n: n, at: at}
	l.src.Attach = func() app.Workload { return w }
	l.eng.Run(sim.Time(30 * time.Second))
	return l, log
}

// "if the TCP has not sent data in an interval exceeding the retransmission
// timeout", the window goes back to the initial one (RFC 5681, section 4.1), unless
// that is off.
func TestIdleRestart(t *testing.T) {
	for _, on := range []bool{true, false} {
		_, log := bursts(t, func(c *tcp.Config) { c.IdleRestart = on }, 200*1448, 200*time.Millisecond, 20*time.Second)
		flight := 0
		for _, p := range log.data() {
			if p.at >= 20*time.Second && p.at < 20*time.Second+90*time.Millisecond {
				flight++
			}
		}
		if on && flight != 10 || !on && flight < 40 {
			t.Errorf("idle restart %v: %d segments in the first flight after 18 s, want 10 only with it", on, flight)
		}
	}
}

// The window of a sender that the application limits does not grow: it would say
// nothing of the network (RFC 7661, section 4.3; RFC 9438, section 5.8).
func TestWindowValidation(t *testing.T) {
	var at []time.Duration
	for i := range 200 {
		at = append(at, 200*time.Millisecond+time.Duration(i)*110*time.Millisecond)
	}
	l, _ := bursts(t, func(*tcp.Config) {}, 4*1448, at...)
	if got := l.src.Flow.Cwnd / float64(l.src.MSS()); got > 10 {
		t.Errorf("the window grew to %.0f segments at 4 a round trip", got)
	}
	l, _ = bursts(t, func(*tcp.Config) {}, 40*1448, at[:40]...)
	if got := l.src.Flow.Cwnd / float64(l.src.MSS()); got < 30 {
		t.Errorf("the window is %.0f segments at 40 a round trip", got)
	}
}

// Paced, the segments of a flight leave evenly: in slow start at twice the window
// a round trip (Linux: sysctl_tcp_pacing_ss_ratio).
func TestPacing(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.Pacing = true
	log := l.capture()
	l.transfer(t, 60*1448, reno)
	l.finish(t, 10*time.Second, 60*1448)
	d := log.data()
	want := 100 * time.Millisecond / 20 * 1500 / 1448 // headers are paced too
	for i := 1; i < 10; i++ {
		if gap := d[i].at - d[i-1].at; !near(gap, want, want/50) {
			t.Errorf("segment %d leaves %v after the one before, want %v", i+1, gap, want)
		}
	}
}

// "IW is the initial value of cwnd" and ssthresh may be anything (RFC 5681, section 3.1): from
// the threshold on the window grows by a segment a round trip.
func TestInitialSsthresh(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.AckEvery, l.cfg.InitialSsthresh = 1, 40
	log := l.capture()
	l.transfer(t, 2000*1448, reno)
	l.finish(t, 60*time.Second, 2000*1448)
	want := 0
	for n, flight := range []int{10, 20, 40, 41, 42, 43} {
		want += flight
		sent := 0
		for _, p := range log.data() {
			if p.at < time.Duration(n+1)*100*time.Millisecond+90*time.Millisecond {
				sent++
			}
		}
		// A window of w segments grows by w·(1/w) less than the growth meanwhile: not quite one.
		if late := max(0, n-2); sent < want-late || sent > want {
			t.Errorf("%d segments in %d round trips, want %d, or up to %d fewer", sent, n+1, want, late)
		}
	}
}

// "during a slow start phase that follows a retransmission timeout [...] a TCP MUST use
// L=1*SMSS" (RFC 3465, section 2.3): its example, in which the ACK of the retransmission covers what
// has come long before. Of one segment the window grows to two.
func TestSlowStartAfterTimeout(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.SACK, l.cfg.AckEvery = false, 1
	const hole = 20*1448 + 1
	drops := 0
	l.link.Up.SetLoss(lose(func(s *wire.Segment) bool {
		lost := s.Seq == testISS+hole && drops < 2 // and what fast retransmit repeats
		if lost {
			drops++
		}
		return lost
	}))
	log := l.capture()
	l.transfer(t, 400*1448, reno)
	l.finish(t, 20*time.Second, 400*1448)
	var repeated []time.Duration // the hole
	for _, p := range log.data() {
		if p.Seq == hole {
			repeated = append(repeated, p.at)
		}
	}
	if len(repeated) != 3 {
		t.Fatalf("the hole was sent at %v, want three times", repeated)
	}
	flight := 0
	for _, p := range log.data() {
		if after := p.at - repeated[2]; after > 0 && after < 190*time.Millisecond {
			flight++
		}
	}
	if flight != 2 {
		t.Errorf("%d segments in the round trip after the retransmission is acknowledged, want 2", flight)
	}
}

// A window that is capped fills the link, and no more than a BDP of its queue: over 10 Mb/s with an RTT of
// 50 ms, and a queue of more than a second, the RTT is twice that of the path plus the segment by which the
// window passes the mark, and what the mean lags behind: eight samples (RFC 6298), of a segment each
// (Raiciu et al., NSDI 2012, mechanism 4).
func TestCapWindow(t *testing.T) {
	const size = units.Bytes(14480 * 1400)
	base := 50 * time.Millisecond
	run := func(capped bool) (longest time.Duration, took sim.Time) {
		l := newLab(t, link{rate: 10 * units.Mbps, delay: base / 2, queue: 1000})
		l.cfg.CapWindow, l.cfg.InitialSsthresh = capped, 43
		l.transfer(t, size, reno)
		l.src.Points.RTT.Observe(func(x tcp.RTTSample) {
			if x.Now > sim.Time(5*time.Second) {
				longest = max(longest, x.RTT)
			}
		})
		l.finish(t, 100*time.Second, size)
		return longest, l.sink.eof
	}
	free, freeTook := run(false)
	capped, cappedTook := run(true)
	segment := (10 * units.Mbps).TxTime(1500)
	if free < 3*base || capped < 2*base || capped > 2*base+10*segment {
		t.Errorf("longest RTT %v, capped %v; want more than %v, and from %v to %v",
			free, capped, 3*base, 2*base, 2*base+10*segment)
	}
	ideal := (10 * units.Mbps).TxTime(size * 1500 / 1448)
	if float64(cappedTook) > 1.01*float64(freeTook) || cappedTook < sim.Time(ideal) {
		t.Errorf("the transfer took %v, capped %v; want no more than %v and no less than the link needs, %v",
			freeTook, cappedTook, freeTook, ideal)
	}
}
