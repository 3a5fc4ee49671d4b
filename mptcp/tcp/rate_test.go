package tcp_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/tcp"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// model keeps a window and a pacing rate, whatever happens, and the last sample.
type model struct {
	cc.Reno
	window float64
	pacing units.Bandwidth

	last             cc.Sample
	seen             int // ACKs with a sample
	acks, limited    int // but the first of them, and those that were limited by the application
	recovering       int // ACKs in recoveries
	lost             units.Bytes
	restarts         int
	changed          bool // somebody else has set the window
	least, mostRates float64
}

func (m *model) Init(f *cc.Flow)                      { f.Cwnd, f.Pacing, m.least = m.window, m.pacing, math.Inf(1) }
func (m *model) OnCongestion(*cc.Flow, cc.Congestion) {}
func (m *model) OnRestart(*cc.Flow, sim.Time)         { m.restarts++ }

func (m *model) OnLost(_ *cc.Flow, n units.Bytes, s cc.Sample) {
	if s.Lost < n || s.InFlight < n || s.Rate != 0 {
		panic("the sample is not of the lost segment")
	}
	m.lost += n
}

func (m *model) OnAck(f *cc.Flow, a cc.Ack) {
	m.changed = m.changed || f.Cwnd != m.window
	if f.Recovery || f.TimedOut {
		m.recovering++
	}
	if a.Sample == nil {
		return
	}
	m.last = *a.Sample
	if m.seen++; m.seen <= 200 { // the first flight fills no pipe
		return
	}
	m.acks++
	if m.last.AppLimited {
		m.limited++
	}
	if m.last.Rate > 0 {
		m.least, m.mostRates = min(m.least, m.last.Rate), max(m.mostRates, m.last.Rate)
	}
}

// modelled starts a transfer under m, which the other end does not share.
func (l *lab) modelled(t testing.TB, n units.Bytes, m *model) {
	t.Helper()
	first := true
	l.transfer(t, n, func() cc.Controller {
		if first {
			first = false
			return m
		}
		return &cc.Reno{}
	})
}

const (
	rateRTT  = 40 * time.Millisecond
	fullSize = 1448
)

func rateLab(t testing.TB, loss netem.Loss) *lab {
	return newLab(t, link{rate: 10 * units.Mbps, delay: rateRTT / 2, queue: 1000, loss: loss})
}

// draft-cheng-iccrg-delivery-rate-estimation, section 2: a window beyond the BDP measures the
// rate of the bottleneck, whatever the queue; one below it, window over RTT. What the application
// gives too late measures less than that, and says so.
func TestRateSample(t *testing.T) {
	for _, c := range []struct {
		name    string
		window  float64 // segments
		buffer  units.Bytes
		want    float64 // bytes/s
		limited bool
	}{
		{"bottleneck", 100, 1 << 20, 10e6 / 8 * fullSize / 1500, false},
		{"window", 10, 1 << 20, 10 * fullSize / (rateRTT + 1200*time.Microsecond*2).Seconds(), false},
		{"application", 100, 10 * fullSize, 10 * fullSize / (rateRTT + 1200*time.Microsecond*2).Seconds(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := rateLab(t, nil)
			l.cfg.SendBuffer = c.buffer
			l.cfg.AckEvery = 1
			m := &model{window: c.window * fullSize}
			l.modelled(t, 1<<40, m)
			l.eng.Run(sim.Time(10 * time.Second))
			// A burst of ACKs may be a segment more or less.
			if tolerance := c.want / min(c.window, 33) * 2; m.least < c.want-tolerance && !c.limited || m.mostRates > c.want+tolerance {
				t.Errorf("rates from %.0f to %.0f bytes/s, want %.0f", m.least, m.mostRates, c.want)
			}
			if c.limited && m.limited < m.acks*9/10 || !c.limited && m.limited > 0 {
				t.Errorf("%d of %d samples are limited by the application", m.limited, m.acks)
			}
			if d := m.last.Delivered(); d < m.last.InFlight-2*fullSize || d > m.last.InFlight+2*fullSize {
				t.Errorf("%d bytes were in flight, and %d delivered in a round trip", m.last.InFlight, d)
			}
		})
	}
}

// cc.Modeler: neither PRR nor a timeout sets the window, OnAck sees recoveries, and each lost
// segment is told. What was told is what was repaired.
func TestModelerThroughLosses(t *testing.T) {
	for name, set := range map[string]func(*tcp.Config){
		"rack":    func(*tcp.Config) {},
		"rfc6675": func(c *tcp.Config) { c.Recovery = tcp.RFC6675 },
		"newreno": func(c *tcp.Config) { c.SACK = false },
		"no frto": func(c *tcp.Config) { c.FRTO = false },
	} {
		for _, p := range []float64{0.01, 0.2} {
			t.Run(name, func(t *testing.T) {
				l := rateLab(t, &bernoulli{rand.New(rand.NewPCG(1, 1)), p})
				set(&l.cfg)
				m := &model{window: 40 * fullSize}
				l.modelled(t, 500e3, m)
				l.eng.Run(sim.Time(400 * time.Second))
				if l.sink.got != 500e3 || !l.source.done || l.source.err != nil {
					t.Fatalf("got %d bytes, error %v", l.sink.got, l.source.err)
				}
				if m.changed {
					t.Error("the sender has set the window")
				}
				if m.recovering == 0 && (l.cfg.SACK || p > 0.1) {
					t.Error("no ACK of a recovery was told")
				}
				if name == "rack" && p < 0.1 && m.lost != units.Bytes(l.src.Stats.BytesRetransmitted) {
					t.Errorf("%d bytes were told lost, %d sent again", m.lost, l.src.Stats.BytesRetransmitted)
				}
				if l.pool.Live() != 0 {
					t.Errorf("%d packets are still out", l.pool.Live())
				}
			})
		}
	}
}

// cc.Flow: Pacing is the rate of payload, and holds whether tcp.pacing is set or not.
func TestPacingOfController(t *testing.T) {
	for _, on := range []bool{false, true} {
		l := rateLab(t, nil)
		l.cfg.Pacing = on
		m := &model{window: 1000 * fullSize, pacing: 4 * units.Mbps}
		l.modelled(t, 1<<40, m)
		l.eng.Run(sim.Time(2 * time.Second))
		before := l.sink.got
		l.eng.Run(sim.Time(12 * time.Second))
		if got := float64(l.sink.got-before) * 8 / 10; math.Abs(got-4e6) > 20e3 {
			t.Errorf("tcp.pacing %v: %.0f bit/s, want 4 Mb/s", on, got)
		}
		if m.limited > 0 {
			t.Errorf("%d of %d samples are limited by the application, although pacing is the limit", m.limited, m.acks)
		}
	}
}

// cc.Modeler: a pause is told when it ends, and does not restart the window (RFC 5681, section
// 4.1, is of windows that losses have set).
func TestModelerAfterIdleTime(t *testing.T) {
	l := rateLab(t, nil)
	m := &model{window: 40 * fullSize}
	l.modelled(t, 100e3, m)
	l.source.open = true
	for i := range 3 {
		l.eng.Run(sim.Time(i+1) * sim.Time(5*time.Second))
		l.source.left = 100e3
		l.source.Writable()
	}
	l.eng.Run(sim.Time(20 * time.Second))
	if m.restarts != 3 || l.sink.got != 400e3 {
		t.Errorf("%d restarts and %d bytes, want 3 and 400000", m.restarts, l.sink.got)
	}
	if m.changed {
		t.Error("idle time has set the window")
	}
}

func TestRateSamplesDoNotAllocate(t *testing.T) {
	l := rateLab(t, nil)
	l.modelled(t, 1<<40, &model{window: 100 * fullSize})
	now := 5 * time.Second
	l.eng.Run(sim.Time(now))
	if n := testing.AllocsPerRun(10, func() {
		now += 200 * time.Millisecond
		l.eng.Run(sim.Time(now))
	}); n != 0 {
		t.Errorf("%g allocations in 200 ms", n)
	}
}
