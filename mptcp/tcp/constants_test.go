package tcp

import (
	"testing"
	"time"

	"mpsim/cc"
	"mpsim/mptcp/wire"
	"mpsim/sim"
)

// idle is a controller that does nothing.
type idle struct{}

func (idle) Init(*cc.Flow)                        {}
func (idle) OnAck(*cc.Flow, cc.Ack)               {}
func (idle) OnCongestion(*cc.Flow, cc.Congestion) {}

// "RACK persists using the inflated RACK.reo_wnd for up to 16 loss recoveries, after which it
// resets RACK.reo_wnd to its starting value, min_RTT / 4" (RFC 8985, section 6.2). Fast and
// RTO recoveries count alike, and a D-SACK counts from 16 again.
func TestRACKPersistence(t *testing.T) {
	const quarter = 10 * time.Millisecond
	exits := map[string]func(e *Endpoint){
		"fast": func(e *Endpoint) { e.exitRecovery() },
		"RTO": func(e *Endpoint) {
			e.phase = lossRecovery
			e.recoverLosses(new(wire.Segment), new(ackNews))
		},
	}
	for name, exit := range exits { // order does not matter
		e := &Endpoint{cfg: &Config{Recovery: RACK}, sack: true, snd: sender{una: 100, nxt: 100}}
		e.out.init()
		e.Flow.Controller = idle{}
		e.Flow.MinRTT, e.RTT.SRTT, e.rack.reordering = 4*quarter, time.Hour, true
		widths := func(at, want time.Duration) {
			t.Helper()
			if got := e.reorderWindow(); got != want {
				t.Errorf("%s: after %d recoveries: reo_wnd %v, want %v", name, at, got, want)
			}
		}
		e.receiveDSACK(wire.Block{Left: 1, Right: 2})
		for range 10 {
			exit(e)
		}
		e.snd.una, e.snd.nxt = 200, 200
		e.receiveDSACK(wire.Block{Left: 1, Right: 2})
		for i := range 16 {
			widths(time.Duration(i), 3*quarter)
			exit(e)
		}
		widths(16, quarter)
		exit(e)
		widths(17, quarter)
	}
}

// "Grow the reordering window per round that sees DSACK": a round ends when SND.UNA has reached what
// SND.NXT was (RFC 8985, section 6.2). The window is at most SRTT.
func TestRACKOneStepARound(t *testing.T) {
	e := &Endpoint{cfg: &Config{Recovery: RACK}, sack: true, snd: sender{una: 100, nxt: 200}}
	e.Flow.MinRTT, e.RTT.SRTT, e.rack.reordering = 40*time.Millisecond, 35*time.Millisecond, true
	for _, step := range []struct {
		una  uint32
		want time.Duration
	}{{100, 20}, {100, 20}, {199, 20}, {200, 30}, {299, 30}, {300, 35}} {
		e.snd.una, e.snd.nxt = step.una, (step.una/100+1)*100
		e.receiveDSACK(wire.Block{Left: 1, Right: 2})
		if got := e.reorderWindow(); got != step.want*time.Millisecond {
			t.Errorf("a D-SACK with SND.UNA at %d: reo_wnd %v, want %d ms", step.una, got, step.want)
		}
	}
}

// "If RACK.reordering_seen is FALSE: If in Fast or RTO recovery: Return 0; Else if
// RACK.segs_sacked >= DupThresh: Return 0" (RFC 8985, section 6.2, step 4), with
// DupThresh = 3.
func TestRACKWindowWithoutReordering(t *testing.T) {
	const quarter = 10 * time.Millisecond
	for _, tt := range []struct {
		phase  phase
		sacked int
		want   time.Duration
	}{{open, 0, quarter}, {open, 2, quarter}, {open, 3, 0}, {open, 4, 0}, {fastRecovery, 1, 0}, {lossRecovery, 1, 0}} {
		e := &Endpoint{condition: condition{phase: tt.phase}}
		e.out.nsacked = tt.sacked
		e.Flow.MinRTT, e.RTT.SRTT = 4*quarter, time.Hour
		if got := e.reorderWindow(); got != tt.want {
			t.Errorf("phase %d, %d segments SACKed: reo_wnd %v, want %v", tt.phase, tt.sacked, got, tt.want)
		}
		e.rack.reordering = true
		if got := e.reorderWindow(); got != quarter {
			t.Errorf("phase %d, %d segments SACKed, reordering seen: reo_wnd %v, want %v", tt.phase, tt.sacked, got, quarter)
		}
	}
}

// "PTO = 2 * SRTT. If FlightSize == SMSS bytes: PTO += TLP.max_ack_delay"; without a sample "PTO =
// 1 sec" (RFC 8985, section 7.2); and never later than the RTO.
func TestProbeTimeout(t *testing.T) {
	for _, tt := range []struct {
		srtt, rto time.Duration
		segments  int
		want      time.Duration
	}{
		{0, 3 * time.Second, 1, time.Second},
		{50, 3 * time.Second, 1, 100 + maxAckDelay},
		{50, 3 * time.Second, 2, 100},
		{50, 90, 2, 90},
		{0, 900 * time.Millisecond, 1, 900 * time.Millisecond},
	} {
		e := new(Endpoint)
		e.out.init()
		for range tt.segments {
			e.out.push(0, 0, 1000, 0)
		}
		e.RTT = RTT{SRTT: tt.srtt, rto: tt.rto, Max: time.Hour}
		if got := e.probeTimeout(); got != tt.want {
			t.Errorf("SRTT %v, RTO %v, %d segments: PTO %v, want %v", tt.srtt, tt.rto, tt.segments, got, tt.want)
		}
	}
	if maxAckDelay != 200*time.Millisecond { // "TLP.max_ack_delay [...] typically 200 ms" of RFC 8985; Linux: TCP_RTO_MIN
		t.Errorf("the budget for delayed ACKs is %v, want 200 ms", time.Duration(maxAckDelay))
	}
}

// The minimum round-trip time counts for 300 s (Linux: tcp_min_rtt_wlen), and an equal sample
// counts anew.
func TestMinRTTWindow(t *testing.T) {
	const short, long = 10 * time.Millisecond, 20 * time.Millisecond
	for _, tt := range []struct {
		at   []time.Duration // of the samples: short ones, and a long one in the end
		want time.Duration
	}{
		{[]time.Duration{0, 300 * time.Second}, short},
		{[]time.Duration{0, 300*time.Second + 1}, long},
		{[]time.Duration{0, 100 * time.Second, 400 * time.Second}, short},
		{[]time.Duration{0, 100 * time.Second, 400*time.Second + 1}, long},
	} {
		e := &Endpoint{eng: sim.NewEngine()}
		for i, at := range tt.at {
			e.eng.Run(sim.Time(at))
			d := short
			if i == len(tt.at)-1 {
				d = long
			}
			e.sampleRTT(d, true)
		}
		if e.Flow.MinRTT != tt.want || e.Flow.LatestRTT != long {
			t.Errorf("samples at %v: minimum %v and latest %v, want %v and %v", tt.at, e.Flow.MinRTT, e.Flow.LatestRTT, tt.want, long)
		}
	}
}

// "RTTVAR <- (1 - beta) * RTTVAR + beta * |SRTT - R'|; SRTT <- (1 - alpha) * SRTT + alpha * R'
// [...] alpha=1/8 and beta=1/4", after "SRTT <- R, RTTVAR <- R/2" (RFC 6298, section 2): a step of the
// round-trip time from A to B leaves of the distance (7/8)ⁿ after n samples, in both modes.
func TestRTTGain(t *testing.T) {
	const a, b = 100 * time.Millisecond, 200 * time.Millisecond
	for _, mode := range []RTOMode{RTORFC, RTOLinux} {
		r := RTT{Mode: mode, Min: time.Nanosecond, Max: time.Hour}
		r.Sample(a, true)
		left := float64(b - a)
		for n := 1; n <= 20; n++ {
			r.Sample(b, true)
			left *= 7. / 8
			near(t, "SRTT", r.SRTT, b-time.Duration(left))
		}
	}
	r := RTT{Min: time.Nanosecond, Max: time.Hour}
	r.Sample(a, true)
	near(t, "first RTTVAR", r.RTTVar, a/2)
	near(t, "first RTO", r.RTO(), 3*a)
	left := float64(a / 2)
	for range 20 { // samples that do not deviate
		r.Sample(a, true)
		left *= 3. / 4
		near(t, "RTTVAR", r.RTTVar, time.Duration(left))
	}
}

// "RTO <- SRTT + max (G, K*RTTVAR) where K = 4" (RFC 6298, section 2), with a granularity of 1 ms.
func TestRTOGranularity(t *testing.T) {
	r := RTT{Min: time.Nanosecond, Max: time.Hour}
	for range 200 {
		r.Sample(50*time.Millisecond, true)
	}
	near(t, "RTO", r.RTO(), 51*time.Millisecond)
	if r = (RTT{Max: time.Hour}); r.RTO() != time.Second {
		t.Errorf("the RTO without a sample is %v, want 1 s (RFC 6298, section 2 (2.1))", r.RTO())
	}
	if r.Restart(); r.RTO() != 3*time.Second {
		t.Errorf("the RTO after a SYN timed out is %v, want 3 s (RFC 6298, section 5 (5.7))", r.RTO())
	}
}

// What an ACK says of a tail loss probe (RFC 8985, section 7.4): nothing before it covers the probe's end;
// new data was no repair; beyond the end of a retransmission "the TLP has repaired a loss", once; and an ACK
// that brings nothing, not even a SACK, says that both copies have arrived.
func TestTailLossProbeAnswered(t *testing.T) {
	for _, tt := range []struct {
		name         string
		retran       bool
		phase        phase
		ack          uint32
		news         ackNews
		sacks        uint8
		probing, cut bool
	}{
		{"before the end", true, open, 999, ackNews{acked: 500}, 0, true, false},
		{"new data, before the end", false, open, 999, ackNews{acked: 500}, 0, true, false},
		{"new data", false, open, 1000, ackNews{acked: 500}, 0, false, false},
		{"exactly the end", true, open, 1000, ackNews{acked: 500}, 0, true, false},
		{"beyond the end", true, open, 1001, ackNews{acked: 500}, 0, false, true},
		{"beyond the end, in recovery", true, fastRecovery, 1001, ackNews{acked: 500}, 0, false, false},
		{"nothing new", true, open, 1000, ackNews{}, 0, false, false},
		{"a SACK alone", true, open, 1000, ackNews{}, 1, true, false},
	} {
		e := &Endpoint{condition: condition{phase: tt.phase}, eng: sim.NewEngine(), cfg: new(Config)}
		c := new(episodes)
		e.Flow.Controller = c
		e.out.init()
		e.probing, e.rack.probeEnd, e.rack.probeRetran = true, 1000, tt.retran
		e.checkProbe(&wire.Segment{Ack: tt.ack, NSACK: tt.sacks}, &tt.news)
		if e.probing != tt.probing || c.n > 0 != tt.cut {
			t.Errorf("%s: still probing %v, %d congestion episodes; want %v and %v", tt.name, e.probing, c.n, tt.probing, tt.cut)
		}
		e.probing = false
		e.checkProbe(&wire.Segment{Ack: 1001}, &tt.news)
		if e.probing || c.n > 1 {
			t.Errorf("%s: an ACK without a probe counts", tt.name)
		}
	}
}

// episodes counts congestion episodes.
type episodes struct {
	idle
	n int
}

func (c *episodes) OnCongestion(*cc.Flow, cc.Congestion) { c.n++ }

// Step 3 of RFC 8985, section 6.2: "If SEG.seq < RACK.fack and SEG.retransmitted == FALSE" there is
// reordering.
func TestRACKReordering(t *testing.T) {
	for _, tt := range []struct {
		name       string
		segments   []record // as they are delivered
		reordering bool
	}{
		{"in order", []record{{seq: 100, len: 100}, {seq: 200, len: 100}}, false},
		{"the same again", []record{{seq: 100, len: 100}, {seq: 100, len: 100}}, false},
		{"an earlier one", []record{{seq: 200, len: 100}, {seq: 100, len: 100}}, true},
		{"an earlier one, sent again", []record{{seq: 200, len: 100}, {seq: 100, len: 100, rtx: 1}}, false},
		{"across 0", []record{{seq: 1<<32 - 150, len: 100}, {seq: 1<<32 - 50, len: 100}}, false},
		{"the first one below 0", []record{{seq: 1<<32 - 150, len: 100}, {seq: 1<<32 - 250, len: 100}}, true},
	} {
		var k rack
		for _, r := range tt.segments {
			k.reordered(&r)
		}
		if k.reordering != tt.reordering {
			t.Errorf("%s: reordering %v, want %v", tt.name, k.reordering, tt.reordering)
		}
	}
}

// RACK.xmit_ts and RACK.end_seq are of the segment that was sent last, of those sent at one instant the one
// with the higher end (RFC 8985, section 6.2, step 2), unless its ACK came sooner than a retransmission could
// be acknowledged.
func TestRACKMostRecent(t *testing.T) {
	const min = 32 * time.Millisecond
	first := record{seq: 100, len: 100, sent: 1000}
	for _, tt := range []struct {
		name string
		r    record
		rtt  time.Duration
		want uint32 // RACK.end_seq
	}{
		{"sent later", record{seq: 50, len: 10, sent: 1001}, min, 60},
		{"sent earlier", record{seq: 300, len: 10, sent: 999}, min, 200},
		{"sent at once, further", record{seq: 200, len: 10, sent: 1000}, min, 210},
		{"sent at once, not as far", record{seq: 100, len: 99, sent: 1000}, min, 200},
		{"sent again, in time", record{seq: 50, len: 10, sent: 1001, rtx: 1}, 31 * time.Millisecond, 60},
		{"sent again, too soon", record{seq: 50, len: 10, sent: 1001, rtx: 1}, 31*time.Millisecond - 1, 200},
		{"sent once, soon", record{seq: 50, len: 10, sent: 1001}, time.Millisecond, 60},
	} {
		k := rack{probed: true}
		k.delivered(&first, min, min)
		if !k.valid || k.end != 200 || k.sent != 1000 || k.rtt != min || k.probed {
			t.Fatalf("the first segment leaves %+v", k)
		}
		k.delivered(&tt.r, tt.rtt, min)
		if k.end != tt.want {
			t.Errorf("%s: RACK.end_seq %d, want %d", tt.name, k.end, tt.want)
		}
	}
}

// Linux's estimator (tcp_rtt_estimator) in closed form: after a first sample A the deviation, times four, is
// 2A. One of A·(1+d) adds (|d|−½)·A to it; from below, what is more than the deviation counts with an eighth.
// RTTVAR follows at once upwards, and comes down by a quarter of the way each round trip, to RTO_MIN at the
// least.
func TestRTOLinuxDeviation(t *testing.T) {
	const a = 800 * time.Millisecond
	sample := func(more ...float64) *RTT {
		r := RTT{Mode: RTOLinux, Min: time.Millisecond, Max: time.Hour}
		r.Sample(a, true)
		for _, d := range more {
			r.Sample(a+time.Duration(d*float64(a)), false)
		}
		return &r
	}
	near(t, "mean deviation, first", sample().mdev, 2*a)
	near(t, "RTTVAR, first", sample().RTTVar, 2*a)
	near(t, "RTO, first", sample().RTO(), 3*a)
	near(t, "RTTVAR from above", sample(0.75).RTTVar, 2*a+a/4)
	near(t, "deviation from below", sample(-0.75).mdev, 2*a+a/32)
	near(t, "deviation, little from below", sample(-0.25).mdev, 2*a-a/4)
	near(t, "deviation, the same from below", sample(-0.5).mdev, 2*a)
	near(t, "RTTVAR stays within a round trip", sample(-0.25).RTTVar, 2*a)

	r := sample()
	r.Sample(a, true) // ends the round trip of the first
	near(t, "RTTVAR, its round trip over", r.RTTVar, 2*a)
	r.Sample(a, true) // deviation 2A·(3/4)²
	near(t, "RTTVAR after one without deviation", r.RTTVar, 2*a-(2*a-2*a*9/16)/4)
	r.Min = 200 * time.Millisecond
	for range 1000 {
		r.Sample(a, true)
	}
	near(t, "RTTVAR in the end", r.RTTVar, 200*time.Millisecond)
}

// The clock ticks in nanoseconds, but a round trip that takes none is still a sample: SRTT 0 would mean none.
func TestRTTOfNothing(t *testing.T) {
	for _, mode := range []RTOMode{RTORFC, RTOLinux} {
		r := RTT{Mode: mode, Min: time.Millisecond, Max: time.Hour}
		if r.Sample(0, true); r.SRTT == 0 {
			t.Errorf("mode %v: no sample counts", mode)
		}
	}
}
