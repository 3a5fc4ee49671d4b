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
		e := &Endpoint{cfg: &Config{Recovery: RACK}, sack: true, una: 100, nxt: 100}
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
		e.una, e.nxt = 200, 200
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
	e := &Endpoint{cfg: &Config{Recovery: RACK}, sack: true, una: 100, nxt: 200}
	e.Flow.MinRTT, e.RTT.SRTT, e.rack.reordering = 40*time.Millisecond, 35*time.Millisecond, true
	for _, step := range []struct {
		una  uint32
		want time.Duration
	}{{100, 20}, {100, 20}, {199, 20}, {200, 30}, {299, 30}, {300, 35}} {
		e.una, e.nxt = step.una, (step.una/100+1)*100
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
		e := &Endpoint{phase: tt.phase}
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
			e.out.push(record{len: 1000})
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
