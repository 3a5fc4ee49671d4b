package fluid

import (
	"fmt"
	"math"
)

// A Law is a congestion controller in the fluid limit. Path r of n feeds back f[r].
type Law interface {
	// Settle sets w to the windows at which increase and decrease are equal.
	Settle(w []float64, f []Feedback)
	// Drift sets dw to the derivative of the windows w by time, or reports that the
	// controller is no differential equation in its windows.
	Drift(dw, w []float64, f []Feedback) error
}

// Feedback is what a sender learns of one of its paths.
type Feedback struct {
	Loss  float64 // more than 0
	Past  float64 // the same, averaged over the time between two losses; of Drift alone
	RTT   float64 // with queueing, s
	Wait  float64 // of it, in queues, s
	Floor float64 // least window
}

// A setValued law puts all traffic on its best paths, and how it splits it among equal
// ones is not a function of the feedback. Softened, it is: a path that is worse by the factor
// k gets less by k^(-1/eps). As eps goes to 0 this tends to the split with
// the windows as equal as what the links can carry lets them be: the one of largest entropy.
// Unlike the closed forms of the papers, which are for one network each, this needs no
// search for the best paths.
type setValued interface{ soften(eps float64) Law }

// softest is the last softness: windows of 100 to 1 then mean prices within 1 %.
const softest = 1.0 / 512

// names lists what there is.
const names = "reno, cubic, ewtcp, coupled, semicoupled, epsilon, lia, olia, balia and wvegas"

// fill sets x to k·weight, but not less than least, such that the sum is total. What
// least asks for is there even if it is more.
func fill(x, weight, least []float64, total float64) {
	apportion(x, weight, least, total, func(part, bound float64) bool { return part < bound })
}

// spill sets x to k·weight, but not more than most, such that the sum is total or all
// have most.
func spill(x, weight, most []float64, total float64) {
	apportion(x, weight, most, total, func(part, bound float64) bool { return part > bound })
}

// apportion sets x to k·weight, or to bound where that would be outside, such that the sum is total.
func apportion(x, weight, bound []float64, total float64, outside func(part, bound float64) bool) {
	for i := range x {
		x[i] = -1
	}
	for again := true; again; {
		again = false
		rest, sum := total, 0.0
		for i := range x {
			if x[i] >= 0 {
				rest -= x[i]
			} else {
				sum += weight[i]
			}
		}
		rest = max(rest, 0)
		for i := range x {
			if x[i] < 0 && outside(rest*weight[i], bound[i]*sum) {
				x[i], again = bound[i], true
			}
		}
		if !again {
			for i := range x {
				if x[i] < 0 {
					x[i] = rest * weight[i] / sum
				}
			}
		}
	}
}

// softly returns the weights cost^(-1/eps), relative to the best, and the mean of the
// costs that goes with them.
func softly(cost []float64, eps float64) (weight []float64, mean float64) {
	least := math.Inf(1)
	for _, c := range cost {
		least = min(least, c)
	}
	weight = make([]float64, len(cost))
	sum := 0.0
	for i, c := range cost {
		weight[i] = math.Exp(-math.Log(c/least) / eps)
		sum += weight[i]
	}
	return weight, least * math.Exp(-eps*math.Log(sum))
}

// best returns the path with the least p·τ², on which a single-path TCP would be fastest,
// and that value.
func best(f []Feedback) (r int, cost float64) {
	cost = math.Inf(1)
	for i := range f {
		if c := f[i].cost(); c < cost {
			r, cost = i, c
		}
	}
	return r, cost
}

// cost returns p·τ²: a TCP on the path alone has the rate √(2/cost).
func (f *Feedback) cost() float64 { return f.Loss * f.RTT * f.RTT }

// reno returns the window of a TCP on the path alone.
func (f *Feedback) reno() float64 { return math.Sqrt(2 / f.Loss) }

// rates returns x_r, and their sum.
func rates(w []float64, f []Feedback) (x []float64, sum float64) {
	x = make([]float64, len(w))
	for r := range w {
		x[r] = w[r] / f[r].RTT
		sum += x[r]
	}
	return x, sum
}

// raise lifts w to the floors.
func raise(w []float64, f []Feedback) {
	for r := range w {
		w[r] = max(w[r], f[r].Floor)
	}
}

func sum(w []float64) (s float64) {
	for _, x := range w {
		s += x
	}
	return s
}

// errNoODE names a law that is no differential equation.
type errNoODE string

func (e errNoODE) Error() string {
	return fmt.Sprintf("%s has no differential equation in its windows; it has an equilibrium", string(e))
}
