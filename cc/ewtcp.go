package cc

import "fmt"

func init() {
	Registry.Register("ewtcp", "Honda et al., PFLDNeT 2009; Wischik et al., NSDI 2011", func() Controller { return &EWTCP{} })
}

// EWTCP runs a weighted TCP on each subflow: windows are not coupled, only the
// gain depends on the number of subflows. In equilibrium w = √(2a/p), so that n
// subflows of one bottleneck take what one TCP takes if a = 1/n².
type EWTCP struct {
	Reno
	Gain float64 `toml:"a" doc:"weight of the increase; 0: 1/n², n being the number of subflows"`
}

// Validate reports a window that would shrink.
func (e *EWTCP) Validate() error { return validGain(e.Gain) }

// validGain reports a gain below 0, or one that no window is the end of.
func validGain(a float64) error {
	if !(a >= 0 && a <= 1000) {
		return fmt.Errorf("a %g: want 0 to 1000", a)
	}
	return nil
}

// OnAck implements Controller: for each acknowledged segment w += a/w.
func (e *EWTCP) OnAck(f *Flow, a Ack) {
	left := f.SlowStart(a)
	if left == 0 {
		return
	}
	gain := e.Gain
	if gain == 0 {
		n := 0.0
		for _, s := range f.Group.Flows {
			if s.Usable() {
				n++
			}
		}
		gain = 1 / max(n*n, 1)
	}
	f.Cwnd += float64(left * float64(f.MSS) * gain / f.Cwnd)
}
