package fluid

import (
	"errors"
	"fmt"
	"math"
)

// A State is what links and users settle at.
type State struct {
	Links []LinkState
	Users [][]PathState // of each user, each path
}

// LinkState is a link in equilibrium.
type LinkState struct {
	Load float64 // offered, in the unit of the capacity
	Loss float64 // of the queue: the price of the link; 0 if it is no bottleneck
	Wait float64 // mean time in the queue, s
}

// PathState is a path of a user in equilibrium.
type PathState struct {
	Window  float64 // segments
	RTT     float64 // with queueing, s
	Loss    float64 // of all links
	Rate    float64 // sent, segments/s
	Goodput float64 // of it, not lost, segments/s
}

// Total returns the goodput of a user, segments/s.
func (s *State) Total(user int) (x float64) {
	for _, p := range s.Users[user] {
		x += p.Goodput
	}
	return x
}

// How well loads meet capacities, as a part of them. Hundreds of bottlenecks, each at a kink of
// some user's law, may be left at the second.
const (
	tolerance  = 1e-6
	acceptable = 5e-3
)

// Equilibrium returns the losses and waits of links at which no user has a reason to
// change its windows, each link is either full or free of congestion, and no more passes
// than it can carry: Σ x (1−p) = C at each bottleneck. There may be several (BALIA near equal paths, links in
// series for the same users): which one is returned depends on the network alone.
//
// Each link is first brought to its capacity by itself, in turns; Newton's method then
// finishes all together. Laws that are set-valued are approached by softer ones.
func (n *Network) Equilibrium() (*State, error) {
	if err := n.Validate(); err != nil {
		return nil, err
	}
	s := newSolver(n)
	eps := 1.0
	if !s.soften(eps) {
		eps = softest
	}
	s.sweep(4)
	for {
		s.soften(eps)
		if eps <= softest {
			break
		}
		s.solve(10) // as near as it comes: the next one goes on from there
		eps = max(eps/2, softest)
	}
	if worst := s.solve(60); worst > acceptable {
		return nil, fmt.Errorf("%w: a load misses its capacity by %.2g %%", errDiverged, 100*worst)
	}
	return s.state()
}

// A solver seeks the levels of all links.
type solver struct {
	*Network
	level, loss, wait []float64 // of links
	load              []float64
	used              [][]int // users whose segments or ACKs cross a link
	laws              []Law
	feedback          [][]Feedback
	window            [][]float64
}

func newSolver(n *Network) *solver {
	links := len(n.Links)
	s := &solver{
		Network: n, level: make([]float64, links), loss: make([]float64, links), wait: make([]float64, links),
		load: make([]float64, links), used: make([][]int, links),
	}
	last := make([]int, links)
	for i := range n.Users {
		u := &n.Users[i]
		s.laws = append(s.laws, u.Law)
		s.feedback = append(s.feedback, make([]Feedback, len(u.Paths)))
		s.window = append(s.window, make([]float64, len(u.Paths)))
		for _, p := range u.Paths {
			for _, list := range [][]int{p.Links, p.Back} {
				for _, l := range list {
					if last[l] != i+1 {
						last[l] = i + 1
						s.used[l] = append(s.used[l], i)
					}
				}
			}
		}
	}
	for l := range s.level {
		s.set(l, 0)
	}
	return s
}

// soften makes set-valued laws softer and reports whether there are any.
func (s *solver) soften(eps float64) (any bool) {
	for i := range s.Users {
		if law, ok := s.Users[i].Law.(setValued); ok && len(s.Users[i].Paths) > 1 {
			s.laws[i], any = law.soften(eps), true
		}
	}
	return any
}

// set brings a link to a level.
func (s *solver) set(l int, level float64) {
	s.level[l] = level
	s.loss[l], s.wait[l] = s.Links[l].at(level)
}

// feed tells a user what it meets.
func (s *solver) feed(i int) {
	u := &s.Users[i]
	for r, p := range u.Paths {
		f := Feedback{RTT: p.RTT, Floor: u.floor()}
		for _, l := range p.Links {
			f.Loss += s.loss[l] + s.Links[l].Loss
			f.Wait += s.wait[l]
		}
		for _, l := range p.Back {
			f.Wait += s.wait[l]
		}
		f.RTT += f.Wait
		f.Loss = min(f.Loss, 1)
		s.feedback[i][r] = f
	}
}

// add adds sign times what a user sends to the loads.
func (s *solver) add(load []float64, i int, sign float64) {
	u := &s.Users[i]
	s.feed(i)
	s.laws[i].Settle(s.window[i], s.feedback[i])
	for r, p := range u.Paths {
		x := s.window[i][r] / s.feedback[i][r].RTT * u.count() * u.size() * sign
		for _, l := range p.Links {
			load[l] += x
		}
	}
}

// idle reports whether nothing crosses a link.
func (s *solver) idle(l int) bool { return len(s.used[l]) == 0 && s.Links[l].Load == 0 }

// excess returns the logarithm of what would leave a link over its capacity.
func (s *solver) excess(l int, load float64) float64 {
	return math.Log(max(load*(1-s.loss[l]), 1e-300) / s.Links[l].Capacity)
}

// sweep brings each link to its capacity in turn, the others as they are.
func (s *solver) sweep(times int) {
	load := make([]float64, len(s.Links))
	over := func(l int, level float64) bool {
		s.set(l, level)
		load[l] = s.Links[l].Load
		for _, i := range s.used[l] {
			s.add(load, i, 1)
		}
		return s.excess(l, load[l]) > 0
	}
	for range times {
		for l := range s.Links {
			if s.idle(l) || !over(l, 0) {
				continue
			}
			low, high := 0.0, maxLevel
			if math.IsInf(s.Links[l].Queue.Limit, 1) {
				high = 1e3
			}
			for range 50 {
				if mid := (low + high) / 2; over(l, mid) {
					low = mid
				} else {
					high = mid
				}
			}
			s.set(l, high)
		}
	}
}

// residual fills r with what each link is away from its condition, min(level, −excess) =
// 0, and returns the largest.
func (s *solver) residual(r []float64) (worst float64) {
	for l := range s.load {
		s.load[l] = s.Links[l].Load
	}
	for i := range s.Users {
		s.add(s.load, i, 1)
	}
	for l := range r {
		r[l] = 0
		if !s.idle(l) {
			r[l] = min(s.level[l], -s.excess(l, s.load[l]))
		}
		worst = max(worst, math.Abs(r[l]))
	}
	return worst
}

var errDiverged = errors.New("the fluid model finds no equilibrium")

// solve brings all links to their conditions together, in so many rounds at most, and
// returns what the worst is away from its own.
func (s *solver) solve(rounds int) (worst float64) {
	r := make([]float64, len(s.Links))
	worst = s.residual(r)
	for range rounds {
		if worst < tolerance {
			break
		}
		if next := s.newton(r); next < 0.99*worst {
			worst = next
			continue
		}
		s.sweep(2) // a kink: go around it
		next := s.residual(r)
		if next > 0.9*worst && next < acceptable {
			return next
		}
		worst = next
	}
	return worst
}

// newton does one step of Newton's method for the residuals r, as long as it makes them
// less. It sets r to the new ones and returns the largest.
func (s *solver) newton(r []float64) (worst float64) {
	old := append([]float64(nil), s.level...)
	before := norm(r)
	step := s.direction(r)
	for k := 1.0; ; k /= 2 {
		for l := range step {
			s.set(l, min(max(old[l]+k*step[l], 0), 1e3))
		}
		worst = s.residual(r)
		if norm(r) < before {
			return worst
		}
		if k < 1e-3 {
			for l := range old {
				s.set(l, old[l])
			}
			return s.residual(r)
		}
	}
}

// direction solves the linearised conditions. Where the residual is the level itself, the
// link is free of congestion.
func (s *solver) direction(r []float64) []float64 {
	step := make([]float64, len(r))
	var active []int
	for l := range r {
		if s.idle(l) {
			continue
		}
		if r[l] < s.level[l] {
			active = append(active, l)
		} else {
			step[l] = -s.level[l]
		}
	}
	n := len(active)
	a := make([][]float64, n)
	for k := range a {
		a[k] = make([]float64, n+1)
	}
	base := append([]float64(nil), s.load...)
	load := make([]float64, len(base))
	for j, l := range active {
		copy(load, base)
		level, h := s.level[l], 1e-7*(1+s.level[l])
		for _, i := range s.used[l] {
			s.add(load, i, -1)
		}
		own := s.excess(l, base[l])
		s.set(l, level+h)
		for _, i := range s.used[l] {
			s.add(load, i, 1)
		}
		for k, m := range active {
			was := s.excess(m, base[m])
			if m == l {
				was = own
			}
			a[k][j] = (s.excess(m, load[m]) - was) / h
		}
		s.set(l, level)
	}
	for k, l := range active {
		a[k][k] -= 1e-7 // links in series are one condition twice
		a[k][n] = r[l]
	}
	const most = 3 // levels at once
	for k, d := range eliminate(a) {
		step[active[k]] = max(-most, min(d, most))
	}
	return step
}

func norm(r []float64) (s float64) {
	for _, x := range r {
		s += float64(x * x)
	}
	return s
}

// eliminate solves a linear system, the right side being the last column, by Gauss's
// elimination with pivots of columns.
func eliminate(a [][]float64) []float64 {
	n := len(a)
	for i := range n {
		pivot := i
		for k := i + 1; k < n; k++ {
			if math.Abs(a[k][i]) > math.Abs(a[pivot][i]) {
				pivot = k
			}
		}
		a[i], a[pivot] = a[pivot], a[i]
		if a[i][i] == 0 {
			continue
		}
		for k := i + 1; k < n; k++ {
			m := a[k][i] / a[i][i]
			if m == 0 {
				continue
			}
			for j := i; j <= n; j++ {
				a[k][j] -= float64(m * a[i][j])
			}
		}
	}
	x := make([]float64, n)
	for i := n - 1; i >= 0; i-- {
		v := a[i][n]
		for j := i + 1; j < n; j++ {
			v -= float64(a[i][j] * x[j])
		}
		if a[i][i] != 0 {
			x[i] = v / a[i][i]
		}
	}
	return x
}
