package cc

import (
	"testing"

	"mpsim/sim/units"
)

// dctcp returns a flow of w segments in congestion avoidance.
func dctcp(w float64) (*Flow, *DCTCP) {
	f := flows([]float64{w}, []float64{10}, func() Controller { return &DCTCP{G: 1.0 / 16, Alpha0: 1} }).Flows[0]
	d := f.Controller.(*DCTCP)
	d.Init(f)
	return f, d
}

// window has the controller see a window of 16 ACKs of a segment, of which part echo marks:
// these let nothing grow.
func (d *DCTCP) window(f *Flow, part float64) {
	for i := range 16 {
		a := Ack{Bytes: mss, Round: i == 15, AppLimited: true}
		if float64(i) < 16*part {
			a.Marked = mss
		}
		d.OnAck(f, a)
	}
}

// "DCTCP.Alpha = DCTCP.Alpha * (1 - g) + g * M", from 1, once per window, and "cwnd = cwnd *
// (1 - DCTCP.Alpha / 2)" (RFC 8257, section 3.3).
func TestDCTCPVectors(t *testing.T) {
	f, d := dctcp(100)
	for _, w := range []struct{ marked, alpha float64 }{
		{0.5, 0.96875}, {0.5, 0.939453125}, {0, 0.8807373046875}, {0.25, 0.8413162231445312},
	} {
		d.window(f, w.marked)
		if d.alpha != w.alpha {
			t.Errorf("alpha %v after a window with %g marked, want %v", d.alpha, w.marked, w.alpha)
		}
	}
	d.OnCongestion(f, Congestion{Cause: Mark})
	near(t, "window", f.Cwnd/mss, 57.934188842773438)
	near(t, "ssthresh", f.Ssthresh/mss, 57.934188842773438)
}

// The estimate goes to the part that is marked, and to 0 if nothing is: then a mark cuts next
// to nothing (section 3.3; section 4.2: "Alpha is able to reach 0").
func TestDCTCPEstimate(t *testing.T) {
	for _, part := range []float64{0, 0.125, 0.5, 1} {
		f, d := dctcp(100)
		for range 500 {
			d.window(f, part)
		}
		near(t, "alpha", d.alpha, part)
		d.OnCongestion(f, Congestion{Cause: Mark})
		near(t, "window", f.Cwnd/mss, 100*(1-part/2))
	}
}

// "A DCTCP sender MUST react to loss episodes in the same way as conventional TCP", "upon a
// timeout, the cwnd MUST be set to no more than the loss window" (section 3.5), and it "grows
// its congestion window in the same way as conventional TCP" (section 3.4).
func TestDCTCPIsReno(t *testing.T) {
	f, d := dctcp(100)
	g := flows([]float64{100}, []float64{10}, func() Controller { return &Reno{} }).Flows[0]
	for range 8 {
		d.window(f, 0)
	}
	for _, cause := range []Cause{FastRetransmit, Timeout, FastRetransmit} {
		for _, x := range []*Flow{f, g} {
			x.Controller.OnCongestion(x, Congestion{Cause: cause})
			for range 300 {
				x.Controller.OnAck(x, Ack{Bytes: units.Bytes(mss)})
			}
		}
		if f.Cwnd != g.Cwnd || f.Ssthresh != g.Ssthresh {
			t.Errorf("%v: window %g and ssthresh %g, Reno's %g and %g", cause, f.Cwnd, f.Ssthresh, g.Cwnd, g.Ssthresh)
		}
	}
}

// RFC 9438, section 4.6: a mark may leave CUBIC one segment, a loss two; ssthresh is two
// after both.
func TestCUBICMark(t *testing.T) {
	for _, tt := range []struct {
		cause          Cause
		w              float64
		cwnd, ssthresh float64
	}{{Mark, 10, 7, 7}, {Mark, 2, 1.4, 2}, {Mark, 1, 1, 2}, {FastRetransmit, 10, 7, 7}, {FastRetransmit, 2, 2, 2}} {
		f := flows([]float64{tt.w}, []float64{10}, func() Controller { return &CUBIC{C: 0.4, Beta: 0.7} }).Flows[0]
		f.Controller.OnCongestion(f, Congestion{Cause: tt.cause})
		near(t, tt.cause.String()+": window", f.Cwnd/mss, tt.cwnd)
		near(t, tt.cause.String()+": ssthresh", f.Ssthresh/mss, tt.ssthresh)
	}
}
