package cc

import "mpsim/sim"

func init() {
	Registry.Register("mctcpdesync", "Cui et al., Computer Communications, 2015; Linux v0.95, mctcp_desync", func() Controller {
		return &Desync{}
	})
}

// Desync is DMCTCP, desynchronised multi-channel TCP. Of subflows that share a bottleneck
// with a tiny buffer only the largest backs off, and the connection at most once a round
// trip, so that the windows do not fall together. It is for subflows of one path: of two paths,
// it ignores the losses of the one with the smaller window.
//
// Unlike Linux, which takes the first of equal windows for the smallest or largest, each of
// them counts as that, because the order of subflows shall not matter.
type Desync struct {
	Reno
	state, saved desyncState
}

type desyncState struct {
	began bool     // a subflow of the connection has backed off
	last  sim.Time // when this one did
}

// OnAck implements Controller. Before the first back-off of the connection only its first
// subflow is in slow start, and the others begin with two segments. In congestion
// avoidance the smallest window grows as Reno's, each other one as if it was all but
// the smallest.
func (d *Desync) OnAck(f *Flow, a Ack) {
	if f.Alone() || !f.Coupled() {
		d.Reno.OnAck(f, a)
		return
	}
	d.lastBackoff(f)
	if f.Cwnd < f.Ssthresh && !d.state.began && !isFirst(f) && !a.AppLimited {
		f.Cwnd = 2 * float64(f.MSS)
		f.Ssthresh = f.Cwnd
		return
	}
	left := f.SlowStart(a)
	if left == 0 {
		return
	}
	w, smallest := f.Cwnd, f.Cwnd
	for _, s := range f.Group.Flows {
		if s.Usable() {
			smallest = min(smallest, s.Window())
		}
	}
	if w > smallest {
		w = total(f) - smallest
	}
	f.Cwnd += float64(left * float64(f.MSS) / w)
}

// OnCongestion implements Controller: the largest subflow halves, unless the connection has
// backed off within a round trip. The others go on as they are.
func (d *Desync) OnCongestion(f *Flow, c Congestion) {
	last := d.lastBackoff(f)
	d.saved = d.state
	w := f.Cwnd
	if f.Alone() || isLargest(f) && (!d.state.began || c.Now.Sub(last) >= f.SRTT) {
		d.state = desyncState{true, c.Now}
		w /= 2
	}
	f.Reduce(w, 2, c)
}

// Undo implements Undoer.
func (d *Desync) Undo(*Flow) { d.state = d.saved }

// lastBackoff returns when a subflow of the connection last backed off. It is told even
// by those that have left, since each takes note that there was one.
func (d *Desync) lastBackoff(f *Flow) sim.Time {
	last := d.state.last
	for _, s := range f.Group.Flows {
		if o, ok := s.Controller.(*Desync); ok {
			d.state.began = d.state.began || o.state.began
			last = max(last, o.state.last)
		}
	}
	return last
}

// isFirst reports whether f is the oldest subflow of its connection.
func isFirst(f *Flow) bool {
	for _, s := range f.Group.Flows {
		if s.ID < f.ID {
			return false
		}
	}
	return true
}

// isLargest reports whether no usable sibling has a larger window than f.
func isLargest(f *Flow) bool {
	for _, s := range f.Group.Flows {
		if s.Usable() && s.Window() > f.Window() {
			return false
		}
	}
	return true
}
