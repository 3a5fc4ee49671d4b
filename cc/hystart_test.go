package cc

import (
	"math"
	"strconv"
	"testing"
	"time"

	"mpsim/sim"
	"mpsim/sim/units"
)

func TestRTTThreshVectors(t *testing.T) {
	for ms, want := range read(t).HyStart {
		last, err := strconv.ParseFloat(ms, 64)
		if err != nil {
			t.Fatal(err)
		}
		if got := rttThresh(time.Duration(last * float64(time.Millisecond))); got != time.Duration(want*float64(time.Millisecond)) {
			t.Errorf("last RTT %s ms: threshold %v, want %g ms", ms, got, want)
		}
	}
}

// slowStart is a flow in its initial slow start.
func slowStart(x SlowStartExit) *Flow {
	f := &Flow{MSS: mss, Cwnd: 10 * mss, Ssthresh: math.Inf(1), SlowStartExit: x, Controller: &Reno{}}
	f.Group = &Group{Flows: []*Flow{f}}
	return f
}

// round acknowledges n segments that begin at now, gap apart, with the RTT rtt.
func round(f *Flow, now sim.Time, n int, gap, rtt time.Duration) {
	for i := range n {
		f.SRTT, f.InFlight = rtt, units.Bytes(n-1-i)*mss
		if f.MinRTT == 0 || rtt < f.MinRTT {
			f.MinRTT = rtt
		}
		f.Controller.OnAck(f, Ack{Now: now.Add(time.Duration(i) * gap), Bytes: mss, RTT: rtt, Round: i == 0})
	}
}

// RFC 9406, section 4.2: after 8 samples of a round whose least RTT is above the
// last round's by the threshold, growth slows by 4; after 5 such rounds ssthresh
// is the window.
func TestHyStartPPSlowsThenEnds(t *testing.T) {
	f := slowStart(&HyStartPP{})
	round(f, 0, 10, 0, 40*time.Millisecond)
	round(f, 1, 20, 0, 45*time.Millisecond-1)
	if f.Cwnd != 40*mss {
		t.Fatalf("%g segments, want 40: 5 ms is the threshold", f.Cwnd/mss)
	}
	round(f, 2, 8, 0, 60*time.Millisecond)
	if f.Cwnd != 48*mss {
		t.Fatalf("%g segments, want 48: the eighth sample decides", f.Cwnd/mss)
	}
	round(f, 3, 0, 0, 0)
	before := f.Cwnd
	for i := range 4 { // with the round in which it began, five
		round(f, sim.Time(4+i), 8, 0, 60*time.Millisecond)
		before += 8 * mss / 4
		if f.Cwnd != before || !math.IsInf(f.Ssthresh, 1) {
			t.Fatalf("slow round %d: %g segments, want %g, ssthresh %g", i, f.Cwnd/mss, before/mss, f.Ssthresh)
		}
	}
	f.Controller.OnAck(f, Ack{Now: 9, Bytes: mss, RTT: 60 * time.Millisecond, Round: true})
	if math.IsInf(f.Ssthresh, 1) || f.Ssthresh != before {
		t.Errorf("ssthresh %g segments, want %g", f.Ssthresh/mss, before/mss)
	}
}

// RFC 9406, section 4.2: when the RTT falls below what it was when the slow
// phase began, the rise was spurious and the growth is full again.
func TestHyStartPPResumes(t *testing.T) {
	f := slowStart(&HyStartPP{})
	round(f, 0, 10, 0, 40*time.Millisecond)
	round(f, 1, 8, 0, 60*time.Millisecond)
	round(f, 2, 8, 0, 59*time.Millisecond)
	before := f.Cwnd
	f.Controller.OnAck(f, Ack{Now: 3, Bytes: mss, RTT: 59 * time.Millisecond})
	if f.Cwnd != before+mss {
		t.Errorf("grew by %g segments, want 1", (f.Cwnd-before)/mss)
	}
}

// RFC 9406, section 4.2: no ACK counts for more than L = 8 segments; section
// 4.3: only the initial slow start is governed.
func TestHyStartPPBurstLimit(t *testing.T) {
	f := slowStart(&HyStartPP{})
	f.Controller.OnAck(f, Ack{Bytes: 20 * mss, RTT: time.Millisecond, Round: true})
	if f.Cwnd != 18*mss {
		t.Errorf("%g segments, want 18", f.Cwnd/mss)
	}
	f.Ssthresh, f.Cwnd = 1000*mss, mss // after a timeout
	f.Controller.OnAck(f, Ack{Bytes: 20 * mss, RTT: time.Millisecond, Round: true})
	if f.Cwnd != 21*mss {
		t.Errorf("%g segments, want 21", f.Cwnd/mss)
	}
}

// Ha and Rhee, section 3: a train of ACKs as long as half the least RTT fills
// the path.
func TestHyStartTrain(t *testing.T) {
	const rtt = 40 * time.Millisecond
	for _, c := range []struct {
		gap  time.Duration
		n    int
		exit bool
	}{
		{time.Millisecond, 21, false}, // 20 ms, and half of the millisecond that Linux allows for bursts
		{time.Millisecond, 22, true},
		{2 * time.Millisecond, 11, false},
		{2 * time.Millisecond, 12, true},
		{2*time.Millisecond + 1, 64, false}, // no train
	} {
		f := slowStart(&HyStart{})
		round(f, 1, 10, 0, rtt)
		round(f, sim.Time(time.Second), c.n, c.gap, rtt)
		if exit := !math.IsInf(f.Ssthresh, 1); exit != c.exit {
			t.Errorf("%d ACKs %v apart: exit %v, want %v", c.n, c.gap, exit, c.exit)
		}
	}
}

// A round begins with the first ACK of what was sent since the last one began: the ACK before
// measures that one still. The window does not have to be the limit.
func TestHyStartRound(t *testing.T) {
	const rtt, gap = 40 * time.Millisecond, 3 * time.Millisecond
	f := slowStart(&HyStart{})
	f.SRTT = rtt
	for i := range 20 {
		f.InFlight = units.Bytes(19-i) * mss
		f.Controller.OnAck(f, Ack{Now: 1, Bytes: mss, RTT: rtt, Round: i == 0 || i == 19})
	}
	f.InFlight = 40 * mss
	for i := range 9 {
		if !math.IsInf(f.Ssthresh, 1) {
			t.Fatalf("slow start ended after %d samples", i)
		}
		now := sim.Time(time.Second + time.Duration(i)*gap)
		f.Controller.OnAck(f, Ack{Now: now, Bytes: mss, RTT: rtt + 50*time.Millisecond, AppLimited: true})
	}
	if f.Ssthresh != 30*mss || f.Cwnd != 30*mss {
		t.Errorf("ssthresh %g, window %g after eight samples and one, want 30 segments", f.Ssthresh/mss, f.Cwnd/mss)
	}
}

// Ha and Rhee, section 3, with Linux's constants: the least of eight samples of a
// round tells of a queue, from a window of 16 segments on.
func TestHyStartDelay(t *testing.T) {
	const rtt, gap = 40 * time.Millisecond, 3 * time.Millisecond
	for _, c := range []struct {
		window float64
		rtt    time.Duration
		n      int
		exit   bool
	}{
		{20, rtt + 5*time.Millisecond, 20, false}, // the threshold itself
		{20, rtt + 5*time.Millisecond + 1, 8, false},
		{20, rtt + 5*time.Millisecond + 1, 9, true},
		{5, rtt + 50*time.Millisecond, 10, false},
	} {
		f := slowStart(&HyStart{})
		round(f, 0, 1, 0, rtt)
		f.Cwnd = c.window * mss
		round(f, sim.Time(time.Second), c.n, gap, c.rtt)
		if exit := !math.IsInf(f.Ssthresh, 1); exit != c.exit {
			t.Errorf("window %g, %d samples of %v: exit %v, want %v", c.window, c.n, c.rtt, exit, c.exit)
		}
	}
}
