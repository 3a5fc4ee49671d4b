package fluid

import (
	"errors"
	"fmt"
	"math"
)

// A Trajectory is the course of a network in time, sampled at equal intervals.
type Trajectory struct {
	T       []float64     // s
	Windows [][][]float64 // of each user, each path, at each time; segments
	Rates   [][][]float64 // sent; segments/s
	Waits   [][]float64   // of each link, at each time; s
}

// initialWindow is the window of a path at the start (RFC 6928).
const initialWindow = 10

// memory is the time in which the average of a loss forgets, s: about that between two losses
// of a sender.
const memory = 1

// maxSteps bounds the work of an integration.
const maxSteps = 2_000_000

// Integrate solves the differential equations of windows and queues from 0 to duration,
// both in seconds, and samples them each interval. Windows start at those of start, of each user and path, or
// at 10 segments if it is nil; queues are empty. What users learn of a queue they learn at once: delays in
// the loop, and the oscillations that they cause, are not in the model.
//
// A queue of n segments has dn/dt = y (1−p) − C. If it is full, p = (y−C)/y, which is what does not fit; that
// sets in over the last tenth of the queue, because a differential equation wants continuity. The method is
// that of Bogacki and Shampine (1989), of order 3 with steps of its own choosing.
func (n *Network) Integrate(duration, interval float64, start [][]float64) (*Trajectory, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	if !(interval > 0 && duration >= interval && duration/interval < 1e6) {
		return nil, fmt.Errorf("duration %g s, interval %g s: want an interval above 0 and up to a million of them", duration, interval)
	}
	o, err := newODE(n, start)
	if err != nil {
		return nil, err
	}
	tr := o.trajectory()
	o.sample(tr, 0)
	for k := 1; float64(k)*interval <= duration*(1+1e-12); k++ {
		if err := o.advance(interval); err != nil {
			return nil, err
		}
		o.sample(tr, float64(k)*interval)
	}
	return tr, nil
}

// An ode is a network at an instant: all windows, all queues, and the losses of all
// queues as averaged over memory.
type ode struct {
	*solver
	y      []float64
	scale  []float64 // below which an error is none
	h      float64   // next step
	steps  int
	k      [4][]float64
	trial  []float64
	refine []float64
}

func newODE(n *Network, start [][]float64) (*ode, error) {
	o := &ode{solver: newSolver(n), h: 1e-4}
	for i := range n.Users {
		u := &n.Users[i]
		if start != nil && (len(start) != len(n.Users) || len(start[i]) != len(u.Paths)) {
			return nil, &UserError{i, errors.New("there is not one window to start from for each path")}
		}
		for r := range u.Paths {
			w := float64(initialWindow)
			if start != nil {
				w = start[i][r]
			}
			if !(w > 0) {
				return nil, &UserError{i, fmt.Errorf("path %d: window %g: want more than 0", r, w)}
			}
			o.y = append(o.y, max(w, u.floor()))
			o.scale = append(o.scale, 1)
		}
	}
	for _, scale := range []float64{1, 1e-4} {
		for range n.Links {
			o.y = append(o.y, 0)
			o.scale = append(o.scale, scale)
		}
	}
	for i := range o.k {
		o.k[i] = make([]float64, len(o.y))
	}
	o.trial, o.refine = make([]float64, len(o.y)), make([]float64, len(o.y))
	return o, o.derive(o.k[0], o.y)
}

// derive sets dy to the derivative at y.
func (o *ode) derive(dy, y []float64) error {
	at := 0
	for i := range o.Users {
		at += copy(o.window[i], y[at:at+len(o.window[i])])
		for r, w := range o.window[i] {
			o.window[i][r] = max(w, o.Users[i].floor()) // a stage of a step may go below
		}
	}
	queues, dqueues := y[at:], dy[at:]
	past, dpast := queues[len(o.Links):], dqueues[len(o.Links):]
	for l := range o.Links {
		o.wait[l] = o.Links[l].Queue.waiting(queues[l]) / o.Links[l].Capacity
		o.loss[l] = 0
		o.load[l] = o.Links[l].Load
	}
	for i := range o.Users {
		o.feed(i)
		u := &o.Users[i]
		for r, p := range u.Paths {
			for _, l := range p.Links {
				o.load[l] += o.window[i][r] / o.feedback[i][r].RTT * u.count() * u.size()
			}
		}
	}
	for l := range o.Links {
		o.loss[l] = o.Links[l].drops(queues[l], o.load[l])
		dpast[l] = (o.loss[l] - past[l]) / memory
		dqueues[l] = o.load[l]*(1-o.loss[l]) - o.Links[l].Capacity
		if queues[l] <= 0 {
			dqueues[l] = max(dqueues[l], 0)
		}
	}
	at = 0
	for i := range o.Users {
		o.feed(i)
		for r, p := range o.Users[i].Paths {
			o.feedback[i][r].Past = trace
			for _, l := range p.Links {
				o.feedback[i][r].Past += past[l] + o.Links[l].Loss
			}
		}
		dw := dy[at : at+len(o.window[i])]
		if err := o.laws[i].Drift(dw, o.window[i], o.feedback[i]); err != nil {
			return &UserError{i, err}
		}
		for r := range dw {
			if o.window[i][r] <= o.Users[i].floor() {
				dw[r] = max(dw[r], 0)
			}
		}
		at += len(dw)
	}
	return nil
}

// drops returns the loss of a queue of n at the load y.
func (l *Link) drops(n, y float64) float64 {
	q := &l.Queue
	loss := 0.0
	if q.Early != nil {
		loss = q.Early.drop(n)
	}
	if y <= l.Capacity || math.IsInf(q.Limit, 1) {
		return loss
	}
	full := 1.0
	if q.Limit > 0 {
		const edge = 0.1
		full = max(0, 1-(q.Limit-n)/(edge*q.Limit))
	}
	return max(loss, min(full, 1)*(y-l.Capacity)/y)
}

// advance goes on for some time, by steps whose error is at most a part of 1e-4.
func (o *ode) advance(time float64) error {
	const allowed = 1e-4
	for time > 0 {
		h := min(o.h, time)
		worst, err := o.step(h)
		if err != nil {
			return err
		}
		if o.steps++; o.steps > maxSteps {
			return fmt.Errorf("the differential equations are too stiff: their fastest change would take more than %d steps", maxSteps)
		}
		next := h * min(4, max(0.2, 0.9/math.Cbrt(max(worst/allowed, 1e-9))))
		if worst <= allowed || h < 1e-9 {
			time -= h
			copy(o.y, o.trial)
			o.clamp()
			if err := o.derive(o.k[0], o.y); err != nil {
				return err
			}
			if h < o.h && next > h { // cut short by the end of the interval
				continue
			}
		}
		o.h = next
	}
	return nil
}

// step tries a step of h and returns how far its orders 3 and 2 differ, as a part of what
// there is.
func (o *ode) step(h float64) (worst float64, err error) {
	y, k, z := o.y, &o.k, o.trial
	for i := range y {
		z[i] = y[i] + float64(h/2*k[0][i])
	}
	if err := o.derive(k[1], z); err != nil {
		return 0, err
	}
	for i := range y {
		z[i] = y[i] + float64(h*3/4*k[1][i])
	}
	if err := o.derive(k[2], z); err != nil {
		return 0, err
	}
	for i := range y {
		z[i] = y[i] + float64(h/9*(float64(2*k[0][i])+float64(3*k[1][i])+float64(4*k[2][i])))
	}
	if err := o.derive(k[3], z); err != nil {
		return 0, err
	}
	for i := range y {
		e := h / 72 * (float64(-5*k[0][i]) + float64(6*k[1][i]) + float64(8*k[2][i]) - float64(9*k[3][i]))
		worst = max(worst, math.Abs(e)/(math.Abs(y[i])+o.scale[i]))
	}
	return worst, nil
}

// clamp keeps windows above their floors and queues within their limits.
func (o *ode) clamp() {
	at := 0
	for i := range o.Users {
		for range o.Users[i].Paths {
			o.y[at] = max(o.y[at], o.Users[i].floor())
			at++
		}
	}
	for l := range o.Links {
		o.y[at] = min(max(o.y[at], 0), o.Links[l].Queue.Limit)
		at++
	}
}

// trajectory returns room for samples.
func (o *ode) trajectory() *Trajectory {
	tr := &Trajectory{Waits: make([][]float64, len(o.Links))}
	for i := range o.Users {
		n := len(o.Users[i].Paths)
		tr.Windows = append(tr.Windows, make([][]float64, n))
		tr.Rates = append(tr.Rates, make([][]float64, n))
	}
	return tr
}

// sample adds the present to tr.
func (o *ode) sample(tr *Trajectory, t float64) {
	tr.T = append(tr.T, t)
	for i := range o.Users {
		for r, w := range o.window[i] {
			tr.Windows[i][r] = append(tr.Windows[i][r], w)
			tr.Rates[i][r] = append(tr.Rates[i][r], w/o.feedback[i][r].RTT)
		}
	}
	for l, w := range o.wait {
		tr.Waits[l] = append(tr.Waits[l], w)
	}
}
