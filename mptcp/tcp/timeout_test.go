package tcp_test

import (
	"errors"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// After Retries timeouts without an answer the application learns of it
// (RFC 9293, section 3.8.3: R2); the timeouts double (RFC 6298, section 5 (5.5)).
func TestRetriesExhausted(t *testing.T) {
	l := newLab(t, wide(nil))
	l.cfg.Retries, l.cfg.FRTO = 5, false
	l.cfg.Recovery = tcp.RFC6675
	log := l.capture()
	l.transfer(t, 1e6, reno)
	l.at(400*time.Millisecond, func() {
		l.link.Up.SetLoss(lose(isAny))
		l.link.Down.SetLoss(lose(isAny))
	})
	l.eng.Run(sim.Time(100 * time.Second))
	if e := l.ends[0]; !errors.Is(e.err, tcp.ErrTimeout) || !errors.Is(l.source.err, tcp.ErrTimeout) {
		t.Errorf("ended with %v at %v, the application with %v; want %v", e.err, e.at, l.source.err, tcp.ErrTimeout)
	}
	var again []time.Duration
	for _, p := range log.data() {
		if p.at > 600*time.Millisecond {
			again = append(again, p.at)
		}
	}
	if len(again) != 5 {
		t.Fatalf("retransmissions at %v, want 5", again)
	}
	for i := 2; i < len(again); i++ {
		if last, gap := again[i-1]-again[i-2], again[i]-again[i-1]; gap != 2*last {
			t.Errorf("retransmission %d comes after %v, want twice %v", i+1, gap, last)
		}
	}
}

// The back-off ends with the first ACK that tells the round-trip time; by Karn's
// algorithm, without timestamps that is one of data sent once (RFC 6298, section
// 5, closing note).
func TestBackOffEnds(t *testing.T) {
	for _, stamps := range []bool{true, false} {
		l := newLab(t, wide(nil))
		l.cfg.Timestamps = stamps
		l.transfer(t, 1e6, reno)
		l.at(400*time.Millisecond, func() { l.link.Up.SetLoss(lose(isAny)) })
		l.at(3*time.Second, func() {
			if rto := l.src.RTT.RTO(); rto < time.Second {
				t.Errorf("the RTO is %v, want it backed off", rto)
			}
			l.link.Up.SetLoss(nil)
		})
		l.eng.Run(sim.Time(8 * time.Second))
		if rto := l.src.RTT.RTO(); rto > 400*time.Millisecond {
			t.Errorf("timestamps %v: the RTO is still %v", stamps, rto)
		}
	}
}

// When a whole window is lost, the timeout sends the first segment alone, "set
// cwnd to ... 1 full-sized segment" (RFC 5681, section 3.1), and slow start follows:
// 1, 2, 4, ... segments a round trip.
func TestWholeWindowLost(t *testing.T) {
	for _, r := range recoveries {
		l := newLab(t, wide(nil))
		r.set(&l.cfg)
		l.cfg.AckEvery = 1
		log := l.capture()
		l.transfer(t, 200*1448, reno)
		l.at(290*time.Millisecond, func() { l.link.Up.SetLoss(lose(isAny)) })
		l.at(450*time.Millisecond, func() { l.link.Up.SetLoss(nil) })
		var cwnd, before float64
		l.src.Points.Episodes.Observe(func(e tcp.Episode) {
			before = e.Cwnd
			l.at(time.Duration(e.Now)+1, func() { cwnd = l.src.Flow.Cwnd })
		})
		l.finish(t, 20*time.Second, 200*1448)
		mss := float64(l.src.MSS())
		if r.name != "rack" && cwnd != mss { // RACK: the probe may find the loss first
			t.Errorf("%s: cwnd %v after the timeout, want one segment of %v", r.name, cwnd, mss)
		}
		if r.name == "rack" {
			continue
		}
		var rounds [4]int
		var first time.Duration
		for _, p := range log.data() {
			if p.at < 460*time.Millisecond {
				continue
			}
			if first == 0 {
				first = p.at
			}
			if k := int((p.at - first + 20*time.Millisecond) / (100 * time.Millisecond)); k < len(rounds) {
				rounds[k]++
			}
		}
		if rounds != [4]int{1, 2, 4, 8} {
			t.Errorf("%s: %v segments in the rounds after the timeout (before it: %.0f), want 1 2 4 8", r.name, rounds, before/mss)
		}
	}
}

// "1 RTO at the loss of the last segments": without tail loss probes the end of a
// transfer comes one RTO and one RTT late, and no more.
func TestLossOfTheLastSegments(t *testing.T) {
	run := func(loss netem.Loss) time.Duration {
		l := newLab(t, wide(loss))
		l.cfg.Recovery, l.cfg.FRTO = tcp.RFC6675, false
		l.transfer(t, 10*1448, reno)
		l.source.open = true
		l.at(5*time.Second, func() { l.src.CloseWrite() })
		var last time.Duration
		l.eng.Run(sim.Time(200 * time.Millisecond))
		for l.sink.got < 10*1448 && l.eng.Now() < sim.Time(4*time.Second) {
			last = time.Duration(l.eng.Now())
			l.eng.Run(l.eng.Now() + sim.Time(time.Millisecond))
		}
		l.finish(t, 20*time.Second, 10*1448)
		if loss != nil && l.src.Stats.Timeouts != 1 {
			t.Errorf("%d timeouts, want 1", l.src.Stats.Timeouts)
		}
		return last
	}
	got := run(nth(isData, 10))
	// The ACK of the ninth is back at 200 ms and restarts the timer: RTO = 300 ms.
	if !near(got, 550*time.Millisecond, 5*time.Millisecond) {
		t.Errorf("the last byte comes at %v, want 550ms: ACK, RTO and half an RTT", got)
	}
}

// spike delays packets by extra until at.
func (l *lab) spike(from, length, extra time.Duration) {
	l.at(from, func() { l.link.Up.SetDelay(netem.ConstantDelay(50*time.Millisecond + extra)) })
	l.at(from+length, func() { l.link.Up.SetDelay(netem.ConstantDelay(50 * time.Millisecond)) })
}

// A delay spike beyond the RTO is no loss. F-RTO finds out on the second ACK
// (RFC 5682, section 3.1): the window comes back, and what was in flight is not
// sent again.
func TestSpuriousTimeout(t *testing.T) {
	again := map[bool]uint64{}
	for _, frto := range []bool{true, false} {
		l := newLab(t, link{rate: 20 * units.Mbps, delay: 50 * time.Millisecond, queue: 1000})
		l.cfg.FRTO = frto
		l.cfg.Recovery = tcp.RFC6675 // no probe before the timeout
		l.transfer(t, 3e6, reno)
		var before float64
		l.src.Points.Episodes.Observe(func(e tcp.Episode) {
			if before == 0 {
				before = e.Cwnd
			}
		})
		l.spike(600*time.Millisecond, 100*time.Millisecond, 800*time.Millisecond)
		l.finish(t, 60*time.Second, 3e6)
		s := l.src.Stats
		again[frto] = s.Retransmits
		if frto && (s.SpuriousRTOs != 1 || s.Undos != 1) {
			t.Errorf("%d spurious timeouts of %d, %d undone; want 1 of 1, 1", s.SpuriousRTOs, s.Timeouts, s.Undos)
		}
		if frto && l.src.Flow.Cwnd < before {
			t.Errorf("the window is %.0f at the end, and was %.0f before the timeout", l.src.Flow.Cwnd, before)
		}
		t.Logf("F-RTO %v: %v, %+v", frto, l.sink.eof, s)
	}
	if again[true] >= again[false] {
		t.Errorf("%d retransmissions with F-RTO, %d without", again[true], again[false])
	}
}

// A genuine timeout is not taken for a spurious one.
func TestGenuineTimeout(t *testing.T) {
	for n := 60; n < 90; n += 7 {
		l := newLab(t, wide(nil))
		l.cfg.Recovery = tcp.RFC6675
		l.transfer(t, 400*1448, reno)
		seen := 0
		l.link.Up.SetLoss(lose(func(s *wire.Segment) bool {
			if s.Len > 0 {
				seen++
			}
			return s.Len > 0 && seen >= n && seen < n+150 && l.eng.Now() < sim.Time(900*time.Millisecond)
		}))
		l.finish(t, 30*time.Second, 400*1448)
		if s := l.src.Stats; s.SpuriousRTOs != 0 {
			t.Errorf("loss from %d on: %d spurious timeouts: %+v", n, s.SpuriousRTOs, s)
		}
	}
}

// After a timeout, duplicate ACKs may come of segments that were sent again without need: they "do
// not cover more than recover", and no fast retransmit follows (RFC 6582, section 4.1). Here no
// segment is lost.
func TestNoFastRetransmitAfterTimeout(t *testing.T) {
	l := newLab(t, link{rate: 20 * units.Mbps, delay: 50 * time.Millisecond, queue: 1000})
	l.cfg.SACK, l.cfg.AckEvery = false, 1
	l.transfer(t, 3e6, reno)
	l.spike(600*time.Millisecond, 100*time.Millisecond, 800*time.Millisecond)
	l.finish(t, 60*time.Second, 3e6)
	if s := l.src.Stats; s.Timeouts == 0 || s.FastRecoveries != 0 {
		t.Errorf("%d timeouts and %d fast recoveries; want some and none", s.Timeouts, s.FastRecoveries)
	}
}
