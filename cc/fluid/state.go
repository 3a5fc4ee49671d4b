package fluid

import "fmt"

// visible is the least loss that is one; below it is the trace that keeps windows finite.
const visible = 1e-11

// A UserError is what is wrong with a user.
type UserError struct {
	User int // index in Network.Users
	Err  error
}

// Error implements error.
func (e *UserError) Error() string { return fmt.Sprintf("user %d: %v", e.User, e.Err) }

// Unwrap returns the error without its user.
func (e *UserError) Unwrap() error { return e.Err }

// state returns what the solver has found.
func (s *solver) state() (*State, error) {
	st := &State{}
	for l := range s.Links {
		loss := s.loss[l]
		if loss < visible {
			loss = 0
		}
		st.Links = append(st.Links, LinkState{Load: s.load[l], Loss: loss, Wait: s.wait[l]})
	}
	for i := range s.Users {
		paths := make([]PathState, len(s.window[i]))
		for r, w := range s.window[i] {
			f := s.feedback[i][r]
			if _, delay := s.Users[i].Law.(WVegas); !delay && f.Loss < visible {
				return nil, &UserError{i, fmt.Errorf("nothing limits path %d: no link on it loses segments, and their queues have no limit", r)}
			}
			loss := f.Loss
			if loss < visible {
				loss = 0
			}
			x := w / f.RTT
			paths[r] = PathState{Window: w, RTT: f.RTT, Loss: loss, Rate: x, Goodput: x * (1 - loss)}
		}
		st.Users = append(st.Users, paths)
	}
	return st, nil
}
