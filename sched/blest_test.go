package sched

import (
	"testing"
	"time"

	"mpsim/sim/units"
)

// Ferlin et al.: X = MSS·(cwnd + (r−1)/2)·r, and S is used if λX fits into what is left.
func TestBLESTPaper(t *testing.T) {
	for _, x := range []struct {
		name              string
		mss, cwndF, inflS units.Bytes
		rttF, rttS        time.Duration
		window            units.Bytes
		lambda            float64
		want              int
		need, left        float64
	}{
		{"100 000", 1420, 12, 8, 30 * ms, 120 * ms, 100000, 1, 1, 76680, 87220},
		{"80 000", 1420, 12, 8, 30 * ms, 120 * ms, 80000, 1, waits, 76680, 67220},
		{"λ 1.1", 1420, 12, 8, 30 * ms, 120 * ms, 100000, 1.1, 1, 84348, 87220},
		{"D6: 120 segments", 1400, 10, 5, 20 * ms, 100 * ms, 168000, 1, 1, 84000, 159600},
		{"D6: 60 segments", 1400, 10, 5, 20 * ms, 100 * ms, 84000, 1, waits, 84000, 75600},
		{"just enough", 1400, 10, 5, 20 * ms, 100 * ms, 92400, 1, 1, 84000, 84000},
		{"a byte too few", 1400, 10, 5, 20 * ms, 100 * ms, 92399, 1, waits, 84000, 83999},
	} {
		v := fresh(1e6, x.window, sub(0, x.mss, 0, x.cwndF, x.cwndF, 100, x.rttF), sub(1, x.mss, 0, x.inflS, 20, 100, x.rttS))
		b := &BLEST{Lambda: x.lambda, Min: 1, Max: 2, adapted: v.Now}
		decides(t, x.name, b, v, x.want)
		near(t, x.name, v.Reason.A, x.need, 0.5)
		near(t, x.name, v.Reason.B, x.left, 0.5)
	}
}

// Algorithm reference, D6: SRTT 20 ms of the fast one; the slow one has had 90 to 120 ms.
func TestBLESTKernel(t *testing.T) {
	for _, x := range []struct {
		name                    string
		ssthresh, inflS, window units.Bytes
		srttS                   time.Duration
		want                    int
		need, left              float64
	}{
		{"168 000", 8, 5, 168000, 100 * ms, 1, 120960, 159600},
		{"84 000", 8, 5, 84000, 100 * ms, waits, 120960, 75600},
		{"slow start", 0, 5, 168000, 100 * ms, waits, 1058400, 159600},
		{"just enough", 8, 5, 129360, 100 * ms, 1, 120960, 120960},
		{"a byte too few", 8, 5, 129359, 100 * ms, waits, 120960, 120959},
		{"nothing left", 8, 5, 8399, 100 * ms, waits, 120960, 0},
		{"ssthresh 12: 13 segments, (13 + 2)·6", 12, 5, 168000, 100 * ms, 1, 151200, 159600},
		{"a window but one in flight: 120 ms, 7 rounds", 8, 19, 168000, 100 * ms, waits, 152880, 140000},
		{"14 of 20: 90 + 0.7·30 ms, 6 rounds", 8, 13, 168000, 90 * ms, 1, 120960, 148400},
		{"at least its SRTT", 8, 0, 168000, 120 * ms, 1, 152880, 166600},
		{"a window but two: 118.5 ms", 8, 18, 168000, 100 * ms, 1, 120960, 141400},
	} {
		v := fresh(1e6, x.window, sub(0, 1400, 0, 10, 10, x.ssthresh, 20*ms), sub(1, 1400, 0, x.inflS, 20, 100, x.srttS))
		if x.ssthresh == 0 {
			v.Subflows[0].Ssthresh = Unlimited
		}
		b := &BLEST{Kernel: true, Lambda: 1.2, Min: 1, Max: 1.3, adapted: v.Now}
		*b.rtt.At(v, 1) = span{90 * ms, 120 * ms}
		decides(t, x.name, b, v, x.want)
		near(t, x.name, v.Reason.A, x.need, 0.5)
		near(t, x.name, v.Reason.B, x.left, 0.5)
	}
}

// Its rounds are at most 16 in slow start, and one if no SRTT is known.
func TestBLESTRounds(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, 1000, 0, 1, 1, 0, ms), sub(1, 1000, 0, 0, 20, 100, 900*ms))
	v.Subflows[0].Ssthresh = Unlimited
	b := &BLEST{Kernel: true, Lambda: 1, Min: 1, Max: 1, adapted: v.Now}
	decides(t, "900 rounds", b, v, waits)
	near(t, "of 1, 2, 4 … segments", v.Reason.A, 65535e3, 0)
	v.Subflows[0].SRTT = 0
	b = &BLEST{Kernel: true, Lambda: 1, Min: 1, Max: 1, adapted: v.Now}
	decides(t, "no SRTT", b, v, 1)
	near(t, "one round", v.Reason.A, 1000, 0)
}

// What it knows of SRTTs it has seen at its decisions, whoever was chosen.
func TestBLESTSees(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, 1000, 0, 0, 10, 100, 20*ms), sub(1, 1000, 0, 0, 20, 100, 100*ms))
	b := &BLEST{Kernel: true, Lambda: 1, Min: 1, Max: 1}
	for _, rtt := range []time.Duration{100, 90, 120, 110} {
		v.Subflows[1].SRTT = rtt * ms
		decides(t, "the fast one", b, v, 0)
	}
	if got := *b.rtt.At(v, 1); got != (span{90 * ms, 120 * ms}) {
		t.Errorf("%+v", got)
	}
}

// λ moves once in a round: of the slow one in the kernel, of the fast one in the paper.
func TestBLESTAdapts(t *testing.T) {
	for _, x := range []struct {
		kernel bool
		round  time.Duration
	}{{true, 90 * ms}, {false, 20 * ms}} {
		v := fresh(1e6, 1e6, sub(0, 1000, 0, 10, 10, 8, 20*ms), sub(1, 1000, 0, 5, 20, 100, 100*ms))
		b := &BLEST{Kernel: x.kernel, Lambda: 1.2, Min: 1.19, Max: 1.23, Up: 0.04, Down: 0.01, adapted: v.Now}
		*b.rtt.At(v, 1) = span{90 * ms, 120 * ms}
		for _, s := range []struct {
			name   string
			after  time.Duration
			blocks uint64
			want   float64
		}{
			{"within a round", x.round - 1, 1, 1.2},
			{"blocked since", 1, 1, 1.23},
			{"not blocked since", x.round, 1, 1.22},
			{"again", x.round, 1, 1.21},
			{"again", 2 * x.round, 1, 1.20},
			{"to the least", x.round, 1, 1.19},
			{"to the least", x.round, 1, 1.19},
		} {
			v.Now, v.Blocks = v.Now.Add(s.after), s.blocks
			b.Next(v)
			near(t, s.name, b.Lambda, s.want, 1e-9)
		}
	}
}

// M1 and M2 of the algorithm reference, B12: the blocker is on T only, SRTT 90 against 20
// ms. All that carry it and are slower yield; what must go again goes as with minrtt.
func TestBLESTBlocked(t *testing.T) {
	v := fresh(1e6, 1e6, sub(0, mss, 0, 0, 10, 100, 20*ms), sub(1, mss, 0, 30, 30, 25, 90*ms), sub(2, mss, 0, 9, 30, 25, 20*ms))
	v.Job, v.Pieces, v.Hand = Blocked, []Piece{{Range: Range{0, mss}, On: One(1) | One(2)}}, Range{0, mss}
	v.Subflows[1].Limit, v.Subflows[2].Limit = Carried, Carried
	s, _ := Registry.New("blest")
	if d := decides(t, "M1", s, v, 0); d.Penalise != One(1) {
		t.Errorf("%+v", d)
	}
	v.Pieces[0].On = One(1)
	v.Subflows[1].SRTT = 20*ms + 1
	if d := s.Next(v); d.Penalise != One(1) {
		t.Errorf("a little slower: %+v", d)
	}
	decides(t, "M1 of minrtt", &MinRTT{}, v, 0)
	v.Subflows[0].Limit = Full
	decides(t, "no room", s, v, waits)
	v.Job, v.Subflows[0].Limit, v.Edge = Lost, Carried, 1000
	v.Subflows[1].Limit, v.Subflows[2].Limit = Full, Free
	decides(t, "what is lost does not wait for the window", s, v, 2)
}
