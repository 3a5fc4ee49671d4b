package fluid

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func integrate(t *testing.T, n *Network, duration float64, start [][]float64) *Trajectory {
	t.Helper()
	tr, err := n.Integrate(duration, duration/100, start)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func last(v []float64) float64 { return v[len(v)-1] }

// Reno with losses p that do not depend on it: dw/dt = (1 − p w²/2)/τ, whose solution from
// w(0) is w* tanh(t √(p/2)/τ + artanh(w(0)/w*)) with w* = √(2/p).
func TestRenoTrajectory(t *testing.T) {
	const p, rtt, start = 1e-4, 0.1, 10
	n := &Network{Links: exogenous(p), Users: []User{{Law: Reno{}, Paths: []Path{path(rtt, 0)}}}}
	tr := integrate(t, n, 20, [][]float64{{start}})
	limit := math.Sqrt(2 / p)
	for k, at := range tr.T {
		want := limit * math.Tanh(at*math.Sqrt(p/2)/rtt+math.Atanh(start/limit))
		near(t, fmt.Sprintf("window at %g s", at), tr.Windows[0][0][k], want, 1e-4)
	}
}

// Peng et al.'s BALIA on two equal paths whose losses do not react to the split has one
// stable equilibrium, α = 1.653, from whatever start that is not symmetric: (1+α)(4+α) = 15.
func TestBALIASplit(t *testing.T) {
	const p = 1e-3
	n := &Network{Links: exogenous(p, p), Users: []User{{Law: BALIA{}, Paths: []Path{path(0.1, 0), path(0.1, 1)}}}}
	for _, start := range []float64{10.1, 20, 40} {
		tr := integrate(t, n, 600, [][]float64{{start, 10}})
		large, small := last(tr.Windows[0][0]), last(tr.Windows[0][1])
		near(t, "larger", large, 27.87, 1e-3)
		near(t, "smaller", small, 16.85, 1e-3)
		near(t, "alpha", large/small, (math.Sqrt(69)-5)/2, 1e-3)
		near(t, "total", large+small, math.Sqrt(2/p), 1e-3)
	}

	// On links of their own, which react, the symmetric split is.
	n = &Network{Links: []Link{{Capacity: 500, Queue: Queue{Limit: 25}}, {Capacity: 500, Queue: Queue{Limit: 25}}}, Users: n.Users}
	tr := integrate(t, n, 600, [][]float64{{40, 10}})
	near(t, "split", last(tr.Windows[0][0]), last(tr.Windows[0][1]), 1e-2)
}

// random returns a network drawn from a seed: links of either kind, users of one to three paths
// of one or two links, and a Reno on each link, so that every price is unique.
func random(seed uint64, law Law) *Network {
	r := rand.New(rand.NewPCG(seed, 1))
	n := &Network{}
	links := 2 + r.IntN(4)
	for l := range links {
		c := 500 + 1500*r.Float64()
		q := Queue{Limit: c * 0.05}
		if r.IntN(2) == 0 {
			q = Queue{Limit: math.Inf(1), Early: &Early{Min: 5, Mid: 10 + c*0.05, Max: 20 + c*0.1, P: 0.05}}
		}
		n.Links = append(n.Links, Link{Capacity: c, Queue: q})
		n.Users = append(n.Users, User{Law: Reno{}, Paths: []Path{path(0.02+0.1*r.Float64(), l)}})
	}
	for range 1 + r.IntN(3) {
		u := User{Law: law}
		for range 1 + r.IntN(3) {
			way := r.Perm(links)[:1+r.IntN(2)]
			slices.Sort(way)
			u.Paths = append(u.Paths, path(0.02+0.1*r.Float64(), way...))
		}
		n.Users = append(n.Users, u)
	}
	return n
}

// In time, windows come to the equilibrium from a start far from it. OLIA takes its time, for
// a window on a path that is nearly the best changes by nearly nothing.
func TestIntegrationEndsAtEquilibrium(t *testing.T) {
	for _, c := range []struct {
		name      string
		law       Law
		duration  float64
		tolerance float64 // of the rates of users, segments/s; capacities are 500 to 2000
	}{
		{"reno", Reno{}, 200, 5}, {"ewtcp", EWTCP{}, 200, 5}, {"semicoupled", SemiCoupled{}, 200, 5}, {"lia", LIA{}, 200, 5},
		{"epsilon", Epsilon{0.5}, 200, 10}, {"balia", BALIA{}, 200, 10}, {"olia", OLIA{}, 2000, 30},
	} {
		for seed := range uint64(4) {
			n := random(seed, c.law)
			s := settle(t, n)
			tr := integrate(t, n, c.duration, nil)
			for i := range n.Users {
				got, want := 0.0, 0.0
				for r := range n.Users[i].Paths {
					got += sum(tr.Rates[i][r][70:]) / 31
					want += s.Users[i][r].Rate
				}
				if math.Abs(got-want) > c.tolerance {
					t.Errorf("%s, seed %d, user %d: %.1f segments/s at the end, %.1f in equilibrium", c.name, seed, i, got, want)
				}
			}
		}
	}
}

// A controller that is no differential equation, and nonsense.
func TestIntegrateErrors(t *testing.T) {
	n := &Network{Links: exogenous(0.01), Users: []User{{Law: Cubic{}, Paths: []Path{path(0.1, 0)}}}}
	if _, err := n.Integrate(10, 1, nil); err == nil || !strings.Contains(err.Error(), "cubic has no differential equation") {
		t.Errorf("cubic: %v", err)
	}
	n.Users[0].Law = Reno{}
	for _, c := range []struct {
		duration, interval float64
		start              [][]float64
	}{{10, 0, nil}, {1, 2, nil}, {math.NaN(), 1, nil}, {10, 1, [][]float64{}}, {10, 1, [][]float64{{1, 2}}}, {10, 1, [][]float64{{-1}}}} {
		if _, err := n.Integrate(c.duration, c.interval, c.start); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
}
