package tcp_test

import (
	"testing"
	"time"

	"mpsim/mptcp/seqnum"
	"mpsim/mptcp/tcp"
	"mpsim/mptcp/wire"
	"mpsim/sim/netem"
	"mpsim/sim/units"
)

// tuned transfers 20 MB over a path of 100 Mb/s and 100 ms, whose BDP is 1.25 MB, with
// a queue of as much, and returns how long it takes.
func tuned(t *testing.T, set func(*tcp.Config), watch func(*lab)) time.Duration {
	l := newLab(t, link{rate: 100 * units.Mbps, delay: 50 * time.Millisecond, queue: 900})
	set(&l.cfg)
	l.transfer(t, 20e6, reno)
	if watch != nil {
		watch(l)
	}
	l.finish(t, 100*time.Second, 20e6)
	return time.Duration(l.sink.eof)
}

// A receive buffer that starts with 128 KiB keeps up with slow start: the sender of a
// connection with autotuning is hardly later than that of one whose buffer has had its
// largest size from the start, while a fixed small one takes bytes/buffer round trips.
func TestReceiveAutotune(t *testing.T) {
	large := tuned(t, func(*tcp.Config) {}, nil)
	small := tuned(t, func(c *tcp.Config) { c.ReceiveBuffer = 128 * units.KiB }, nil)
	if want := 20e6 / (128 << 10) * 0.1; small.Seconds() < want {
		t.Errorf("with 128 KiB the transfer takes %v, want at least %.1f s", small, want)
	}
	for _, stamps := range []bool{true, false} {
		auto := tuned(t, func(c *tcp.Config) { c.ReceiveTuning, c.Timestamps = true, stamps }, func(l *lab) {
			// The right edge of the window never moves left.
			edge := uint32(0)
			l.link.Down.Points.Enqueued.Observe(func(e netem.PacketEvent) {
				s := e.Packet.Payload.(*wire.Segment)
				if s.Flags.Has(wire.SYN) {
					edge = s.Ack
					return
				}
				if now := s.Ack + uint32(s.Window)<<7; seqnum.Before(now, edge) {
					t.Errorf("the right edge moves back by %d bytes", edge-now)
				} else {
					edge = now
				}
			})
		})
		if auto > large+200*time.Millisecond {
			t.Errorf("timestamps %v: with autotuning the transfer takes %v, want about %v", stamps, auto, large)
		}
	}
}

// The receiver's estimate follows the round-trip time although it sends no data:
// with timestamps by the ACKs that come back, else by how long a window takes, which is
// no less.
func TestReceiverRTT(t *testing.T) {
	for stamps, most := range map[bool]time.Duration{true: 102 * time.Millisecond, false: 300 * time.Millisecond} {
		tuned(t, func(c *tcp.Config) { c.ReceiveTuning, c.Timestamps = true, stamps }, func(l *lab) {
			l.at(450*time.Millisecond, func() { // before the queue grows
				if got := l.dst.ReceiverRTT(); got < 100*time.Millisecond || got > most {
					t.Errorf("timestamps %v: %v, want 100ms to %v", stamps, got, most)
				}
			})
		})
	}
}

// While the congestion window grows, the send buffer has memory for twice as many segments, 4352 bytes each
// (see segmentMemory), never more than its maximum, and the transfer takes no longer. It does not shrink with
// the window.
func TestSendAutotune(t *testing.T) {
	fixed := tuned(t, func(*tcp.Config) {}, nil)
	auto := tuned(t, func(c *tcp.Config) { c.SendTuning = true }, func(l *lab) {
		most := units.Bytes(87040) // of a fresh Linux socket: tb in ss -m
		for d := 150 * time.Millisecond; d < 1400*time.Millisecond; d += 10 * time.Millisecond {
			l.at(d, func() {
				most = max(most, 2*4352*units.Bytes(l.src.Flow.Cwnd/1448))
				if got, _ := l.src.Queued(); got > most {
					t.Errorf("at %v the send buffer holds %d bytes, want at most %d", d, got, most)
				}
			})
		}
	})
	if auto > fixed+10*time.Millisecond {
		t.Errorf("with autotuning the transfer takes %v, without %v", auto, fixed)
	}
	tuned(t, func(c *tcp.Config) { c.SendTuning, c.SendBuffer = true, 100e3 }, func(l *lab) {
		l.at(2*time.Second, func() {
			if got, _ := l.src.Queued(); got > 100e3 {
				t.Errorf("the send buffer holds %d bytes, more than its maximum", got)
			}
		})
	})
}
