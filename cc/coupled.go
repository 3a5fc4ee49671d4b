package cc

func init() {
	Registry.Register("coupled", "Wischik et al., NSDI 2011", func() Controller { return &Coupled{} })
	Registry.Register("semicoupled", "Wischik et al., NSDI 2011", func() Controller { return &SemiCoupled{Gain: 1} })
}

// Coupled treats the subflows as one window: each ACK adds 1/W, W being the sum
// of the windows in segments, and each loss takes W/2 off the subflow that
// suffers it. It moves all traffic to the path of the least loss, and flaps between
// equal ones.
type Coupled struct{ Reno }

// OnAck implements Controller.
func (*Coupled) OnAck(f *Flow, a Ack) {
	if left := f.SlowStart(a); left > 0 {
		f.Cwnd += float64(left * float64(f.MSS) / total(f))
	}
}

// OnCongestion implements Controller: w -= W/2, but a segment is left.
func (*Coupled) OnCongestion(f *Flow, c Congestion) { f.Reduce(f.Cwnd-total(f)/2, 1, c) }

// SemiCoupled couples the increase, a/W for each ACK, and leaves the decrease to
// Reno: some traffic stays on the worse paths. LIA is this with a of its own
// choosing, and a bound.
type SemiCoupled struct {
	Reno
	Gain float64 `toml:"a" doc:"aggressiveness; with 1, one subflow is a TCP"`
}

// Validate reports a window that would shrink.
func (s *SemiCoupled) Validate() error { return validGain(s.Gain) }

// OnAck implements Controller.
func (s *SemiCoupled) OnAck(f *Flow, a Ack) {
	if left := f.SlowStart(a); left > 0 {
		f.Cwnd += float64(left * float64(f.MSS) * s.Gain / total(f))
	}
}

// total returns the sum of the windows of the usable flows, of f itself if it does not
// count, in bytes.
func total(f *Flow) (w float64) {
	if !f.Coupled() {
		return f.Cwnd
	}
	for _, s := range f.Group.Flows {
		if s.Usable() {
			w += s.Window()
		}
	}
	return w
}
