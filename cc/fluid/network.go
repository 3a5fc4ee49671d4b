// Package fluid has the congestion controllers in the fluid limit: many small
// segments, losses that are rates, windows that are real numbers. A Network of links
// and users has an equilibrium (Equilibrium) and a course in time (Integrate), both a
// function of their arguments alone.
//
// The model has no slow start, no timeouts and no randomness. Congestion avoidance is
//
//	dw_r/dt = x_r (I_r(w) − p_r D_r(w)),  x_r = w_r/τ_r
//
// with w_r the window of path r in segments, τ_r its RTT with queueing, p_r the loss
// along it, I_r what an ACK adds and D_r what a loss takes. As in all of the papers, the
// factor 1−p_r of the ACKs is left out and the losses of the links of a path add up.
package fluid

import (
	"fmt"
	"math"
)

// A Network is links and those who use them. Rates are in segments a second, windows and
// queues in segments, times in seconds.
type Network struct {
	Links []Link
	Users []User
}

// A Link is one direction of a link.
type Link struct {
	Capacity float64 // more than 0
	Queue    Queue
	Loss     float64 // of the channel: it does not depend on the load
	Load     float64 // beside the users', of those that no loss slows down
}

// A User is connections alike.
type User struct {
	Law   Law
	Paths []Path
	Count int     // of connections; 0: one
	Size  float64 // of a segment, in the unit of the capacities; 0: 1
	Floor float64 // least window: what a path costs that is only probed; 0: 1
}

// A Path is the way of one subflow.
type Path struct {
	Links []int   // of the segments; indices of Network.Links
	Back  []int   // of the ACKs: their queues are waited in, their losses do not count
	RTT   float64 // without queueing; more than 0
}

func (u *User) count() float64 { return float64(max(u.Count, 1)) }

func (u *User) size() float64 {
	if u.Size == 0 {
		return 1
	}
	return u.Size
}

func (u *User) floor() float64 {
	if u.Floor == 0 {
		return 1
	}
	return u.Floor
}

// Validate reports what has no meaning.
func (l *Link) Validate() error {
	if !(l.Capacity > 0) || math.IsInf(l.Capacity, 1) {
		return fmt.Errorf("capacity %g: want more than 0", l.Capacity)
	}
	if !(l.Loss >= 0 && l.Loss < 1) {
		return fmt.Errorf("loss %g: want 0 or more, and less than 1", l.Loss)
	}
	if !(l.Load >= 0) || math.IsInf(l.Load, 1) {
		return fmt.Errorf("load %g: want 0 or more", l.Load)
	}
	return l.Queue.validate()
}

// Limits reports whether the link, once there is too much for it, loses any: otherwise it holds all.
func (l *Link) Limits() bool {
	return l.Loss > 0 || l.Queue.Early != nil || !math.IsInf(l.Queue.Limit, 1)
}

// Validate reports what has no meaning.
func (n *Network) Validate() error {
	for i, l := range n.Links {
		if err := l.Validate(); err != nil {
			return fmt.Errorf("link %d: %w", i, err)
		}
	}
	for i := range n.Users {
		if err := n.validateUser(&n.Users[i]); err != nil {
			return &UserError{i, err}
		}
	}
	return nil
}

func (n *Network) validateUser(u *User) error {
	if u.Law == nil {
		return fmt.Errorf("there is no law; want one of %s", names)
	}
	if len(u.Paths) == 0 {
		return fmt.Errorf("there is no path")
	}
	if !(u.Size >= 0 && u.Floor >= 0) || u.Count < 0 {
		return fmt.Errorf("count %d, size %g, floor %g: want 0 or more", u.Count, u.Size, u.Floor)
	}
	for r, p := range u.Paths {
		if !(p.RTT > 0) || math.IsInf(p.RTT, 1) {
			return fmt.Errorf("path %d: RTT %g s: want more than 0", r, p.RTT)
		}
		if len(p.Links) == 0 {
			return fmt.Errorf("path %d: there is no link", r)
		}
		for _, list := range [][]int{p.Links, p.Back} {
			for _, l := range list {
				if l < 0 || l >= len(n.Links) {
					return fmt.Errorf("path %d: link %d: there are %d", r, l, len(n.Links))
				}
			}
		}
	}
	return nil
}
