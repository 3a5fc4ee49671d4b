package tcp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// recoveries are the ways to find and repair losses.
var recoveries = []struct {
	name string
	set  func(*tcp.Config)
}{
	{"rack", func(*tcp.Config) {}},
	{"rfc6675", func(c *tcp.Config) { c.Recovery = tcp.RFC6675 }},
	{"newreno", func(c *tcp.Config) { c.SACK = false }},
}

// eachRecovery runs a transfer of n bytes over wide(loss()) with each.
func eachRecovery(t *testing.T, n units.Bytes, loss func() netem.Loss, check func(t *testing.T, name string, l *lab, log *capture)) {
	for _, r := range recoveries {
		t.Run(r.name, func(t *testing.T) {
			l := newLab(t, wide(loss()))
			r.set(&l.cfg)
			log := l.capture()
			l.transfer(t, n, reno)
			l.finish(t, 60*time.Second, n)
			check(t, r.name, l, log)
		})
	}
}

// One loss costs one retransmission, one episode and no timeout, whatever the
// way to find it (RFC 8985; RFC 6675, section 5; RFC 6582, section 3.2).
func TestOneLoss(t *testing.T) {
	loss := func() netem.Loss { return nth(isData, 30) }
	eachRecovery(t, 300e3, loss, func(t *testing.T, _ string, l *lab, _ *capture) {
		if s := l.src.Stats; s.FastRecoveries != 1 || s.Retransmits != 1 || s.Timeouts != 0 || s.TailLossProbes != 0 {
			t.Errorf("%d fast recoveries, %d retransmissions, %d timeouts, %d probes; want 1 1 0 0", s.FastRecoveries, s.Retransmits, s.Timeouts, s.TailLossProbes)
		}
	})
}

// A loss after more than half the sequence space without one is found as any other.
func TestLateLoss(t *testing.T) {
	const n, mtu = 3 << 30, 65000
	for _, r := range recoveries {
		t.Run(r.name, func(t *testing.T) {
			l := newLab(t, link{rate: 10 * units.Gbps, delay: time.Millisecond, queue: 1000, loss: nth(isData, n/mtu-20)})
			r.set(&l.cfg)
			l.cfg.MTU = mtu
			l.transfer(t, n, reno)
			l.finish(t, 60*time.Second, n)
			if s := l.src.Stats; s.FastRecoveries != 1 || s.Timeouts != 0 {
				t.Errorf("%d fast recoveries, %d timeouts; want 1 0", s.FastRecoveries, s.Timeouts)
			}
		})
	}
}

// The story of one loss, packet by packet.
func TestFastRecoveryStory(t *testing.T) {
	l := newLab(t, wide(nth(isData, 4)))
	log := l.capture()
	l.transfer(t, 24*1448, reno)
	l.finish(t, 5*time.Second, 24*1448)
	log.golden(t, "fast-recovery")
}

// Several losses in a window are one episode. With SACK they are repaired within
// one round trip of it; NewReno repairs one a round trip (RFC 6582, section 1).
func TestSeveralLosses(t *testing.T) {
	loss := func() netem.Loss { return nth(isData, 31, 34, 37, 40) }
	eachRecovery(t, 300e3, loss, func(t *testing.T, name string, l *lab, log *capture) {
		s := l.src.Stats
		if s.FastRecoveries != 1 || s.Retransmits != 4 || s.Timeouts != 0 {
			t.Errorf("%d fast recoveries, %d retransmissions, %d timeouts; want 1 4 0", s.FastRecoveries, s.Retransmits, s.Timeouts)
		}
		var again []*captured
		seen := map[uint32]bool{}
		for _, p := range log.data() {
			if seen[p.Seq] {
				again = append(again, p)
			}
			seen[p.Seq] = true
		}
		rtts := int((again[len(again)-1].at - again[0].at + 50*time.Millisecond) / (100 * time.Millisecond))
		if want := map[string]int{"newreno": 3}[name]; rtts != want {
			t.Errorf("the last retransmission left %d RTTs after the first, want %d", rtts, want)
		}
	})
}

// "each of the first two duplicate acknowledgments" lets one segment of new data
// out, although the window is full (RFC 3042, section 2).
func TestLimitedTransmit(t *testing.T) {
	loss := func() netem.Loss { return nth(isData, 1) }
	eachRecovery(t, 100*1448, loss, func(t *testing.T, name string, l *lab, log *capture) {
		// Ten segments leave at 100 ms, the first is lost, and the ACKs of the
		// second and the third come back at 200 ms.
		var flight []*captured
		for _, p := range log.data() {
			if p.at > 150*time.Millisecond && p.at < 250*time.Millisecond {
				flight = append(flight, p)
			}
		}
		mss := uint32(l.src.MSS())
		for i := range uint32(2) {
			if got, want := flight[i].Seq, 1+(10+i)*mss; got != want {
				t.Errorf("duplicate ACK %d lets %d out, want new data at %d", i+1, got, want)
			}
		}
		// After the SYN/ACK. Without SACK the first ACK is no duplicate, because
		// it also opens the window that the SYN/ACK could not scale.
		k := 3
		if name == "newreno" {
			k = 4
		}
		third := log.sent(false, wire.ACK)[k].at + 50*time.Millisecond
		for _, p := range flight {
			if p.Seq == 1 && !near(p.at, third, 5*time.Microsecond) {
				t.Errorf("the retransmission leaves at %v, want at the third duplicate ACK, %v", p.at, third)
			}
		}
	})
}

// The loss of the last segments, here of the last and the FIN, leaves no
// duplicate ACKs. A tail loss probe repairs it without a timeout (RFC 8985,
// section 7); without RACK it costs one RTO.
func TestTailLoss(t *testing.T) {
	loss := func() netem.Loss { return nth(func(s *wire.Segment) bool { return s.Seq >= testISS+1+19*1448 }, 1, 2) }
	eachRecovery(t, 20*1448, loss, func(t *testing.T, name string, l *lab, _ *capture) {
		s := l.src.Stats
		probes, timeouts := uint64(0), uint64(1)
		if name == "rack" {
			probes, timeouts = 1, 0
		}
		if s.TailLossProbes != probes || s.Timeouts != timeouts || s.Retransmits > 2 {
			t.Errorf("%d probes, %d timeouts, %d retransmissions; want %d %d, at most 2 with the FIN", s.TailLossProbes, s.Timeouts, s.Retransmits, probes, timeouts)
		}
		t.Logf("ended at %v", l.sink.eof)
	})
}

// The story of a tail loss: the probe is the last segment, and the SACK that it
// draws tells of what was lost before.
func TestTailLossStory(t *testing.T) {
	l := newLab(t, wide(nth(isAny, 10, 11, 12)))
	log := l.capture()
	l.transfer(t, 10*1448, reno)
	l.source.open = true
	l.at(3*time.Second, func() { l.src.CloseWrite() })
	l.finish(t, 5*time.Second, 10*1448)
	log.golden(t, "tail-loss-probe")
	if s := l.src.Stats; s.Timeouts != 0 || s.TailLossProbes != 1 {
		t.Errorf("%d timeouts, %d probes, want 0 and 1", s.Timeouts, s.TailLossProbes)
	}
}

// RACK finds a lost retransmission by the time at which it was sent (RFC 8985,
// section 3.2), while for RFC 6675 only a timeout helps.
func TestLostRetransmission(t *testing.T) {
	loss := func() netem.Loss {
		seen := map[uint32]int{}
		return lose(func(s *wire.Segment) bool {
			if s.Len > 0 {
				seen[s.Seq]++
			}
			return s.Len > 0 && s.Seq == testISS+1+30*1448 && seen[s.Seq] <= 2
		})
	}
	eachRecovery(t, 600*1448, loss, func(t *testing.T, name string, l *lab, _ *capture) {
		s := l.src.Stats
		want := uint64(1)
		if name == "rack" {
			want = 0
		}
		if s.Timeouts != want {
			t.Errorf("%d timeouts, want %d: %+v", s.Timeouts, want, s)
		}
	})
}

// "PRR ... the total number of segments sent equals (to) ssthresh by the end of
// recovery" and the sender never bursts: with few losses it sends about one
// segment for two that were delivered (RFC 9937, section 6.2).
func TestProportionalRateReduction(t *testing.T) {
	for _, r := range recoveries[:2] {
		l := newLab(t, wide(nth(isData, 80)))
		r.set(&l.cfg)
		l.cfg.AckEvery = 1
		log := l.capture()
		l.transfer(t, 400*1448, reno)
		var before float64
		var in, out time.Duration
		perAck := 0
		last := time.Duration(0)
		l.src.Points.Episodes.Observe(func(e tcp.Episode) { before, in = e.Cwnd, time.Duration(e.Now) })
		l.link.Down.Points.Delivered.Observe(func(netem.PacketEvent) {
			if in > 0 && out == 0 && !l.src.Flow.Recovery && l.eng.Now() > sim.Time(in) {
				out = time.Duration(l.eng.Now())
				if got, want := l.src.Flow.Cwnd, before/2; got < want-1448 || got > want+1448 {
					t.Errorf("%s: the window is %.1f segments after recovery, want %.1f, half of before", r.name, got/1448, want/1448)
				}
			}
		})
		l.finish(t, 10*time.Second, 400*1448)
		for _, p := range log.data() {
			if in == 0 || p.at <= in || p.at >= out {
				continue
			}
			if p.at != last {
				perAck = 0
			}
			last = p.at
			if perAck++; perAck > 2 {
				t.Errorf("%s: %d segments leave at %v in recovery", r.name, perAck, p.at)
			}
		}
		if out == 0 {
			t.Errorf("%s: no recovery", r.name)
		}
	}
}

// jitter delays every packet by base and up to spread more; packets may overtake
// one another.
type jitter struct {
	base, spread time.Duration
	r            *rand.Rand
}

// Of implements netem.Delay.
func (j *jitter) Of(sim.Time, *netem.Packet) time.Duration {
	return j.base + time.Duration(j.r.Int64N(int64(j.spread)))
}

// InOrder implements netem.Delay.
func (j *jitter) InOrder() bool { return false }

// Min implements netem.Delay.
func (j *jitter) Min() time.Duration { return j.base }

// RACK's window adapts to reordering (RFC 8985, section 6.2, step 4): few
// segments are sent again in vain, where the duplicate ACK threshold is fooled
// over and over.
func TestReordering(t *testing.T) {
	spurious := map[string]uint64{}
	for _, r := range recoveries[:2] {
		l := newLab(t, link{rate: 20 * units.Mbps, delay: 20 * time.Millisecond, queue: 10000})
		l.link.Up.SetDelay(&jitter{20 * time.Millisecond, 6 * time.Millisecond, rand.New(rand.NewPCG(1, 1))})
		r.set(&l.cfg)
		l.transfer(t, 5e6, reno)
		l.finish(t, 60*time.Second, 5e6)
		s := l.src.Stats
		spurious[r.name] = s.Retransmits
		t.Logf("%s: %v, %d retransmissions, %d undone", r.name, l.sink.eof, s.Retransmits, s.Undos)
	}
	if a, b := spurious["rack"], spurious["rfc6675"]; a > 20 || b < 5*a {
		t.Errorf("%d retransmissions with RACK and %d without, want few and many", a, b)
	}
}

// A retransmission whose ACK echoes a timestamp from before it was not needed:
// the sender takes back the reduction (RFC 3522, section 3.2; RFC 4015).
func TestEifel(t *testing.T) {
	for _, r := range recoveries {
		l := newLab(t, wide(nil))
		r.set(&l.cfg)
		l.transfer(t, 400*1448, reno)
		var before float64
		l.src.Points.Episodes.Observe(func(e tcp.Episode) { before = e.Cwnd })
		// One segment takes 40 ms longer than those around it.
		l.at(300*time.Millisecond, func() { l.link.Up.SetDelay(&straggler{at: 5}) })
		l.finish(t, 10*time.Second, 400*1448)
		if s := l.src.Stats; s.FastRecoveries != 1 || s.Undos != 1 || s.Timeouts != 0 {
			t.Errorf("%s: %d fast recoveries, %d undone, %d timeouts; want 1 1 0", r.name, s.FastRecoveries, s.Undos, s.Timeouts)
		}
		if l.src.Flow.Cwnd < before {
			t.Errorf("%s: the window is %.0f, want at least the %.0f of before", r.name, l.src.Flow.Cwnd, before)
		}
	}
}

// straggler delays packet number at by 40 ms more than the rest.
type straggler struct{ at, seen int }

// Of implements netem.Delay.
func (d *straggler) Of(sim.Time, *netem.Packet) time.Duration {
	if d.seen++; d.seen == d.at {
		return 90 * time.Millisecond
	}
	return 50 * time.Millisecond
}

// InOrder implements netem.Delay.
func (d *straggler) InOrder() bool { return false }

// Min implements netem.Delay.
func (d *straggler) Min() time.Duration { return 50 * time.Millisecond }

// Whichever one packet is lost, the transfer ends well and nothing is left.
func TestAnyPacketLost(t *testing.T) {
	for _, r := range recoveries {
		for _, up := range []bool{true, false} {
			for n := 1; n <= 32; n++ {
				t.Run(fmt.Sprintf("%s/%v/%d", r.name, up, n), func(t *testing.T) {
					l := newLab(t, wide(nil))
					r.set(&l.cfg)
					if up {
						l.link.Up.SetLoss(nth(isAny, n))
					} else {
						l.link.Down.SetLoss(nth(isAny, n))
					}
					l.transfer(t, 25*1448, reno)
					l.finish(t, 30*time.Second, 25*1448)
					if s := l.src.Stats; s.Retransmits > 3 {
						t.Errorf("%d retransmissions for one loss", s.Retransmits)
					}
				})
			}
		}
	}
}

// "Early Retransmit MUST be used only when "oseg - 1" segments have been SACKed", of fewer than four
// outstanding ones, and if "there is [...] no unsent data ready for transmission at the sender" (RFC 5827,
// section 3.2). The first of n segments is lost, and ACKs come one a millisecond. The RTO would be at 400 ms.
func TestEarlyRetransmit(t *testing.T) {
	for _, tt := range []struct {
		n, offered int // segments in the first flight, and in all
		acks       int // duplicate ones that arrive before the retransmission; 0: there is a timeout
	}{
		{1, 1, 0},
		{2, 2, 1},
		{3, 3, 2},
		{4, 4, 3},
		{2, 3, 2}, // the first duplicate ACK lets one out: then there are three
		{2, 4, 3}, // four in the end: three duplicate ACKs, as ever
		{2, 9, 3},
		{3, 4, 3},
	} {
		t.Run(fmt.Sprintf("%d of %d", tt.n, tt.offered), func(t *testing.T) {
			l := newLab(t, link{rate: 12 * units.Mbps, delay: 50 * time.Millisecond, queue: 100, loss: nth(isData, 1)})
			l.cfg.Recovery, l.cfg.AckEvery, l.cfg.InitialWindow = tcp.RFC6675, 1, tt.n
			log := l.capture()
			l.transfer(t, units.Bytes(tt.offered*1448), reno)
			l.source.open = true // the FIN would be a segment, too
			l.eng.Run(sim.Time(5 * time.Second))
			var again time.Duration
			for _, p := range log.data()[tt.n:] {
				if p.Seq == 1 {
					again = p.at
					break
				}
			}
			acks := 0
			for _, p := range log.sent(false, wire.ACK) {
				if p.NSACK > 0 && p.at+50*time.Millisecond < again {
					acks++
				}
			}
			if early := again < 395*time.Millisecond; acks != tt.acks || early != (tt.acks > 0) {
				t.Errorf("sent again at %v, after %d duplicate ACKs; want %d", again, acks, tt.acks)
			}
		})
	}
}

// In congestion avoidance a duplicate ACK makes no room: what leaves on each of the first two is by Limited
// Transmit alone (RFC 3042, section 2), one segment each, and the third has the lost one sent again.
func TestLimitedTransmitBesidesTheWindow(t *testing.T) {
	loss := func() netem.Loss { return nth(isData, 1) }
	for _, r := range recoveries {
		t.Run(r.name, func(t *testing.T) {
			l := newLab(t, link{rate: 12 * units.Mbps, delay: 50 * time.Millisecond, queue: 100, loss: loss()})
			r.set(&l.cfg)
			l.cfg.AckEvery, l.cfg.InitialSsthresh = 1, 10
			log := l.capture()
			l.transfer(t, 100*1448, reno)
			l.finish(t, 20*time.Second, 100*1448)
			var flight []uint32
			for _, p := range log.data()[10:13] {
				flight = append(flight, p.Seq)
			}
			if want := []uint32{1 + 10*1448, 1 + 11*1448, 1}; !slices.Equal(flight, want) {
				t.Errorf("duplicate ACKs let %v out, want %v", flight, want)
			}
		})
	}
}

// A loss that RACK's timer finds is a congestion episode as any other (RFC 8985, section 6.3): here the last
// segment but one, of which one SACK tells, so that a quarter of the round-trip time has to pass.
func TestLossFoundByTime(t *testing.T) {
	l := newLab(t, wide(nth(isData, 19)))
	l.cfg.AckEvery = 1
	log := l.capture()
	l.transfer(t, 20*1448, reno)
	l.source.open = true
	episodes := 0
	l.src.Points.Episodes.Observe(func(tcp.Episode) { episodes++ })
	l.eng.Run(sim.Time(5 * time.Second))
	if s := l.src.Stats; episodes != 1 || s.FastRecoveries != 1 || s.Retransmits != 1 || s.TailLossProbes != 0 || s.Timeouts != 0 {
		t.Errorf("%d episodes: %+v; want one, one fast recovery and one retransmission", episodes, s)
	}
	d := log.data()
	again, last := d[len(d)-1], d[len(d)-2]
	if wait := again.at - last.at; again.Seq != 1+18*1448 || !near(wait, 125*time.Millisecond, time.Millisecond) {
		t.Errorf("%d leaves %v after the last segment, want %d after a round trip and a quarter", again.Seq, wait, 1+18*1448)
	}
}

// Without SACK the timer begins again with a fast retransmit, the "more careful variant" of RFC 6675, section
// 6: if the retransmission is lost, too, the timeout comes an RTO after it, not after the first transmission.
func TestTimerBeginsAtFastRetransmit(t *testing.T) {
	seen := 0
	l := newLab(t, wide(lose(func(s *wire.Segment) bool {
		if s.Len > 0 && s.Seq == testISS+1 {
			seen++
			return seen <= 2
		}
		return false
	})))
	l.cfg.SACK, l.cfg.AckEvery = false, 1
	log := l.capture()
	l.transfer(t, 10*1448, reno)
	var rto time.Duration
	l.at(300*time.Millisecond, func() { rto = l.src.RTT.RTO() })
	l.finish(t, 20*time.Second, 10*1448)
	var at []time.Duration
	for _, p := range log.data() {
		if p.Seq == 1 {
			at = append(at, p.at)
		}
	}
	if len(at) != 3 || !near(at[2]-at[1], rto, time.Millisecond) || l.src.Stats.Timeouts != 1 {
		t.Errorf("the first segment leaves at %v with an RTO of %v, want the third an RTO after the second", at, rto)
	}
}
