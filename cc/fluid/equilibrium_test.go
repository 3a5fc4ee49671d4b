package fluid

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// priced returns links that have losses and no queues, as the published fluid tables do.
func priced(capacities ...float64) (links []Link) {
	for _, c := range capacities {
		links = append(links, Link{Capacity: c})
	}
	return links
}

// exogenous returns links that nobody fills.
func exogenous(losses ...float64) (links []Link) {
	for _, p := range losses {
		links = append(links, Link{Capacity: 1e9, Loss: p})
	}
	return links
}

func path(rtt float64, links ...int) Path { return Path{Links: links, RTT: rtt} }

func settle(t *testing.T, n *Network) *State {
	t.Helper()
	s, err := n.Equilibrium()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: got %.5g, want %.5g within %g %%", what, got, want, 100*tolerance)
	}
}

// The RTT of the scenarios of Khalili et al. that their cost of probing is for, s, and
// one of large windows: published equilibria leave out the factor 1−p, which is then 1.
const (
	probedRTT = 0.15
	largeRTT  = 5
)

// mbps is 1 Mb/s in segments of 1500 bytes.
const mbps = 1e6 / 12000

// rttOf returns the RTT for a law in those scenarios.
func rttOf(law Law) float64 {
	if law == (OLIA{}) {
		return probedRTT
	}
	return largeRTT
}

// scenarioA is Khalili et al., scenario A: n1 users who share a server of n1·c1 and reach
// it over two paths, the second of which goes through an access point of 10·c2 besides,
// and ten single-path users of that access point.
func scenarioA(law Law, n1 int, c1, c2 float64) *Network {
	rtt := rttOf(law)
	return &Network{Links: priced(float64(n1)*c1, 10*c2), Users: []User{
		{Law: law, Count: n1, Paths: []Path{path(rtt, 0), path(rtt, 0, 1)}},
		{Law: Reno{}, Count: 10, Paths: []Path{path(rtt, 1)}},
	}}
}

// The throughput of single-path users in scenario A, as a part of their capacity, for a
// server of 0.75, 1 and 1.5 times their capacity and one to three times as many
// multipath users. Of the optimum, a window of one segment through the access
// point is the cost of probing.
func TestScenarioA(t *testing.T) {
	for _, c := range []struct {
		name string
		law  Law
		want [3][3]float64 // by C1/C2, by N1/N2
	}{
		{"lia", LIA{}, [3][3]float64{{.750, .587, .486}, {.739, .590, .500}, {.750, .619, .539}}},
		{"ewtcp", EWTCP{}, [3][3]float64{{.716, .529, .416}, {.691, .514, .408}, {.675, .505, .403}}},
		{"semicoupled", SemiCoupled{}, [3][3]float64{{.720, .547, .451}, {.707, .557, .473}, {.727, .598, .521}}},
		{"balia", BALIA{}, [3][3]float64{{.812, .668, .562}, {.796, .652, .550}, {.785, .644, .546}}},
		{"reno", Reno{}, [3][3]float64{{.655, .401, .275}, {.586, .361, .261}, {.529, .343, .254}}},
		{"olia", OLIA{}, [3][3]float64{{.92, .84, .76}, {.92, .84, .76}, {.92, .84, .76}}},
	} {
		for i, c1 := range []float64{0.75, 1, 1.5} {
			for j := range 3 {
				s := settle(t, scenarioA(c.law, 10*(j+1), c1*mbps, mbps))
				near(t, fmt.Sprintf("%s, C1/C2 %g, N1/N2 %d", c.name, c1, j+1), s.Total(1)/mbps, c.want[i][j], 0.015)
				near(t, "type 1", s.Total(0)/(c1*mbps), 1, 0.015) // the second path gains them nothing
			}
		}
	}
}

// The congestion of the access point against that of the server, for LIA and equal
// capacities: z = √(p_s/p_t) with (N1/N2) z²/(1+2z²) + z = C2/C1.
func TestScenarioAPrices(t *testing.T) {
	for n, want := range map[int]float64{1: 1.83, 2: 2.88, 3: 4} {
		s := settle(t, scenarioA(LIA{}, 10*n, mbps, mbps))
		near(t, fmt.Sprintf("N1/N2 %d", n), s.Links[1].Loss/s.Links[0].Loss, want, 0.01)
	}
}

// Khalili et al., scenario B: before and after an upgrade that gives the single-path users
// a second path over both bottlenecks. Everybody loses by it.
func TestScenarioB(t *testing.T) {
	const x, y = 0, 1 // of 27 and 36 Mb/s
	for _, c := range []struct {
		name          string
		law           Law
		before, after [2]float64 // Mb/s of a blue and a red user
	}{
		{"lia", LIA{}, [2]float64{2.55, 1.65}, [2]float64{1.98, 1.61}},
		{"ewtcp", EWTCP{}, [2]float64{2.60, 1.60}, [2]float64{1.98, 1.54}},
		{"semicoupled", SemiCoupled{}, [2]float64{2.67, 1.53}, [2]float64{2.00, 1.60}},
		{"balia", BALIA{}, [2]float64{2.41, 1.79}, [2]float64{1.985, 1.76}},
		{"olia", OLIA{}, [2]float64{2.10, 2.10}, [2]float64{2.06, 2.06}},
	} {
		rtt := rttOf(c.law)
		blue := []Path{path(rtt, x), path(rtt, y)}
		for i, red := range [][]Path{{path(rtt, y)}, {path(rtt, y), path(rtt, x, y)}} {
			law, want := Law(Reno{}), c.before
			if i == 1 {
				law, want = c.law, c.after
			}
			s := settle(t, &Network{Links: priced(27*mbps, 36*mbps), Users: []User{
				{Law: c.law, Count: 15, Paths: blue}, {Law: law, Count: 15, Paths: red},
			}})
			near(t, fmt.Sprintf("%s, blue, %d", c.name, i), s.Total(0)/mbps, want[0], 0.015)
			near(t, fmt.Sprintf("%s, red, %d", c.name, i), s.Total(1)/mbps, want[1], 0.015)
		}
	}
}

// Wischik et al., NSDI 2011: paths of 10 ms and 4 % loss, and of 100 ms and 1 %.
func TestMismatchedRTTs(t *testing.T) {
	for _, c := range []struct {
		name string
		law  Law
		want [2]float64 // segments/s
	}{
		{"reno", Reno{}, [2]float64{707.1, 141.4}},
		{"ewtcp", EWTCP{}, [2]float64{353.6, 70.7}},
		{"coupled", Coupled{}, [2]float64{100, 131.4}}, // 1 % wins: 14.1 segments, one of them on the other
		{"lia", LIA{}, [2]float64{565.7, 141.4}},
		{"balia", BALIA{}, [2]float64{667.6, 39.45}},
		{"semicoupled", SemiCoupled{}, [2]float64{316, 126.5}},
		{"olia", OLIA{}, [2]float64{697.1, 10}},
	} {
		s := settle(t, &Network{Links: exogenous(0.04, 0.01), Users: []User{{Law: c.law, Paths: []Path{path(0.01, 0), path(0.1, 1)}}}})
		for r, want := range c.want {
			near(t, fmt.Sprintf("%s, path %d", c.name, r), s.Users[0][r].Rate, want, 0.01)
		}
	}
}

// Wischik et al.'s torus: five links in a ring, five users of two neighbours each. The
// capacity of one link shrinks; how the loss of its neighbour compares with its own
// says how well load is balanced.
func TestTorus(t *testing.T) {
	for _, c := range []struct {
		name string
		law  Law
		want map[float64][2]float64 // by capacity: p_A/p_C, Jain's index
	}{
		{"ewtcp", EWTCP{}, map[float64][2]float64{750: {.563, .996}, 500: {.250, .982}, 250: {.063, .955}, 100: {.010, .933}}},
		{"semicoupled", SemiCoupled{}, map[float64][2]float64{750: {.682, .998}, 500: {.409, .991}, 250: {.182, .979}, 100: {.068, .969}}},
		{"lia", LIA{}, map[float64][2]float64{750: {.616, .999}, 500: {.335, .997}, 250: {.135, .992}, 100: {.047, .987}}},
		{"balia", BALIA{}, map[float64][2]float64{500: {.635, 1}, 250: {.21, .999}, 100: {.043, .998}}},
		{"olia", OLIA{}, map[float64][2]float64{750: {1, 1}, 500: {1, 1}, 250: {1, 1}, 100: {1, 1}}},
		{"coupled", Coupled{}, map[float64][2]float64{750: {1, 1}, 500: {1, 1}, 250: {1, 1}, 100: {1, 1}}},
	} {
		for _, capacity := range []float64{750, 500, 250, 100} {
			want, ok := c.want[capacity]
			if !ok {
				continue
			}
			n := &Network{Links: priced(1000, 1000, capacity, 1000, 1000)}
			for i := range 5 {
				n.Users = append(n.Users, User{Law: c.law, Paths: []Path{path(1, i), path(1, (i+1)%5)}})
			}
			s := settle(t, n)
			total, squares := 0.0, 0.0
			for i := range n.Users {
				x := s.Total(i)
				total += x
				squares += x * x
			}
			name := fmt.Sprintf("%s, C = %g", c.name, capacity)
			if p := s.Links[0].Loss / s.Links[2].Loss; math.Abs(p-want[0]) > 0.02*want[0]+0.0005 {
				t.Errorf("%s: p_A/p_C is %.4f, want %.3f", name, p, want[0])
			}
			near(t, name+", Jain", total*total/(5*squares), want[1], 0.005)
		}
	}
}

// Wischik et al., compensation of RTTs: S1 on link 1, S2 on link 2, M on both. (a): 250
// segments/s and 500 ms, 500 segments/s and 50 ms.
func TestCompensation(t *testing.T) {
	for _, c := range []struct {
		name string
		law  Law
		want [3]float64 // S1, S2, M
	}{
		{"lia", LIA{}, [3]float64{125, 312.5, 312.5}},
		{"balia", BALIA{}, [3]float64{187, 281, 281}},
		{"ewtcp", EWTCP{}, [3]float64{167, 333, 250}},
	} {
		s := settle(t, twoLinks(c.law, 250, 0.5, 500, 0.05))
		for i, want := range c.want {
			near(t, fmt.Sprintf("%s, user %d", c.name, i), s.Total(i), want, 0.015)
		}
	}
}

func twoLinks(law Law, c1, rtt1, c2, rtt2 float64) *Network {
	return &Network{Links: priced(c1, c2), Users: []User{
		{Law: Reno{}, Paths: []Path{path(rtt1, 0)}}, {Law: Reno{}, Paths: []Path{path(rtt2, 1)}},
		{Law: law, Paths: []Path{path(rtt1, 0), path(rtt2, 1)}},
	}}
}

// (b): in all 28 points M has what the better of the two has: RFC 6356, section 2, goal 1.
// RTTs are ten times as long as theirs, lest windows are of one or two segments.
// On the better link alone, which it would share, it would have less: a sixth on average.
func TestCompensationGrid(t *testing.T) {
	gain := 0.0
	for _, c2 := range []float64{400, 800, 1600, 3200} {
		for _, rtt := range []float64{12, 25, 50, 100, 200, 400, 800} {
			s := settle(t, twoLinks(LIA{}, 400, 1, c2, rtt/100))
			m := s.Total(2)
			near(t, fmt.Sprintf("C2 %g, RTT2 %g0 ms", c2, rtt), m/max(s.Total(0), s.Total(1)), 1, 0.02)
			gain += m / (max(400, c2) / 2) / 28
		}
	}
	near(t, "improvement", gain, 1.173, 0.01)
}

// RFC 6356, section 2, goals 1 and 2, in the fluid limit: n subflows through one
// bottleneck take what a single path takes; n of TCPs without coupling take n times as
// much, with the increase alone coupled √n.
func TestSharedBottleneck(t *testing.T) {
	for n := 1; n <= 5; n++ {
		for _, c := range []struct {
			name string
			law  Law
			want float64
		}{
			{"lia", LIA{}, 1}, {"olia", OLIA{}, 1}, {"balia", BALIA{}, 1}, {"coupled", Coupled{}, 1}, {"ewtcp", EWTCP{}, 1},
			{"semicoupled", SemiCoupled{}, math.Sqrt(float64(n))}, {"reno", Reno{}, float64(n)}, {"epsilon", Epsilon{2}, float64(n)},
		} {
			u := User{Law: c.law}
			for range n {
				u.Paths = append(u.Paths, path(0.1, 0))
			}
			s := settle(t, &Network{Links: priced(2000), Users: []User{u, {Law: Reno{}, Paths: []Path{path(0.1, 0)}}}})
			near(t, fmt.Sprintf("%s, %d subflows", c.name, n), s.Total(0)/s.Total(1), c.want, 0.005)
		}
	}
}

// n links of capacity C with a Reno each: in the fluid limit a coupled user of all, who
// has what each Reno has, gets n/(n+1) C.
func TestDisjointLinks(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for _, law := range []Law{LIA{}, OLIA{}, BALIA{}} {
			net, u := &Network{}, User{Law: law}
			for i := range n {
				net.Links = append(net.Links, priced(1000)...)
				net.Users = append(net.Users, User{Law: Reno{}, Paths: []Path{path(0.1, i)}})
				u.Paths = append(u.Paths, path(0.1, i))
			}
			net.Users = append(net.Users, u)
			s := settle(t, net)
			for i := range net.Users {
				near(t, fmt.Sprintf("%T, %d links, user %d", law, n, i), s.Total(i), 1000*float64(n)/float64(n+1), 0.005)
			}
		}
	}
}

// Drop tail: a bottleneck adds its full queue to the RTT. RED: loss and queue are on its curve.
func TestQueues(t *testing.T) {
	// One Reno at 1000 segments/s: RTT = 50 ms + 100/1000 s, w = 150, p = 2/w².
	s := settle(t, &Network{Links: []Link{{Capacity: 1000, Queue: Queue{Limit: 100}}}, Users: []User{{Law: Reno{}, Paths: []Path{path(0.05, 0)}}}})
	near(t, "RTT", s.Users[0][0].RTT, 0.15, 1e-6)
	near(t, "window", s.Users[0][0].Window, 150, 1e-3)
	near(t, "loss", s.Links[0].Loss, 2/150./150., 2e-3)

	// Ten Renos on 10 Mb/s with the RED of Khalili et al. and 80 ms: q = 30.3 segments, p = 2.1 %,
	// without the factor 1−p.
	red := Queue{Limit: math.Inf(1), Early: &Early{Min: 25, Mid: 50, Max: 100, P: 0.1}}
	s = settle(t, &Network{Links: []Link{{Capacity: 10 * mbps, Queue: red}}, Users: []User{{Law: Reno{}, Count: 10, Paths: []Path{path(0.08, 0)}}}})
	near(t, "queue", s.Links[0].Wait*10*mbps, 30.3, 0.01)
	near(t, "loss", s.Links[0].Loss, 0.0213, 0.05)

	// No bottleneck, no queue.
	s = settle(t, &Network{Links: []Link{{Capacity: 1e6, Loss: 0.01, Queue: Queue{Limit: 100}}}, Users: []User{{Law: Reno{}, Paths: []Path{path(0.05, 0)}}}})
	near(t, "window", s.Users[0][0].Window, math.Sqrt(200), 1e-3)
	if s.Links[0].Loss != 0 || s.Links[0].Wait > 1e-6 {
		t.Errorf("an idle link has loss %g and wait %g", s.Links[0].Loss, s.Links[0].Wait)
	}
}

// wVegas: all used paths have the same queueing delay, 10 segments a user wait in all, and
// the total rate is 10 over that delay (Cao et al., ICNP 2012).
func TestWVegas(t *testing.T) {
	deep := func(c float64) Link { return Link{Capacity: c, Queue: Queue{Limit: 1e4}} }
	n := &Network{Links: []Link{deep(200), deep(1000)}, Users: []User{
		{Law: WVegas{}, Paths: []Path{path(0.05, 0), path(0.02, 1)}},
		{Law: WVegas{}, Count: 3, Paths: []Path{path(0.04, 1)}},
	}}
	s := settle(t, n)
	near(t, "wait", s.Links[1].Wait, s.Links[0].Wait, 0.01)
	near(t, "backlog", s.Links[0].Wait*200+s.Links[1].Wait*1000, 40, 0.01)
	near(t, "multipath", s.Total(0), s.Total(1), 0.01)
}

// Random networks of all laws and queues: no load exceeds a capacity, a link with room to
// spare costs nothing, and the windows are those that the law wants there.
func TestRandomNetworks(t *testing.T) {
	for _, law := range []Law{Reno{}, EWTCP{}, SemiCoupled{}, LIA{}, OLIA{}, BALIA{}, Coupled{}, Epsilon{0.3}, Cubic{}} {
		for seed := range uint64(200) {
			n := random(seed, law)
			s, err := n.Equilibrium()
			if err != nil {
				t.Errorf("%T, seed %d: %v", law, seed, err)
				continue
			}
			for l, link := range s.Links {
				use := link.Load * (1 - link.Loss) / n.Links[l].Capacity
				if use > 1.001 || link.Loss > 0 && use < 0.999 {
					t.Errorf("%T, seed %d: link %d is used to %.4f with a loss of %g", law, seed, l, use, link.Loss)
				}
			}
		}
	}
}

// Links in series and alike for all users have prices of which only the sum is known; links
// that nobody uses and users without a bottleneck are no problem.
func TestDegenerate(t *testing.T) {
	n := &Network{Links: priced(1000, 1000, 5), Users: []User{{Law: LIA{}, Paths: []Path{path(0.1, 0, 1), path(0.1, 0, 1)}}}}
	s := settle(t, n)
	near(t, "series", s.Total(0), 1000, 0.01)
	if s.Links[2].Load != 0 || s.Links[2].Loss != 0 {
		t.Errorf("an unused link: %+v", s.Links[2])
	}
	deep := Queue{Limit: math.Inf(1)}
	n = &Network{Links: []Link{{Capacity: 100, Queue: deep}}, Users: []User{{Law: Reno{}, Paths: []Path{path(0.1, 0)}}}}
	if _, err := n.Equilibrium(); err == nil || !strings.Contains(err.Error(), "nothing limits path 0") {
		t.Errorf("a queue without a limit: %v", err)
	}
}

func TestValidate(t *testing.T) {
	good := func() *Network {
		return &Network{Links: priced(100), Users: []User{{Law: Reno{}, Paths: []Path{path(0.1, 0)}}}}
	}
	for what, spoil := range map[string]func(*Network){
		"capacity 0":    func(n *Network) { n.Links[0].Capacity = 0 },
		"NaN":           func(n *Network) { n.Links[0].Capacity = math.NaN() },
		"loss 1":        func(n *Network) { n.Links[0].Loss = 1 },
		"negative":      func(n *Network) { n.Links[0].Queue.Limit = -1 },
		"thresholds":    func(n *Network) { n.Links[0].Queue.Early = &Early{Min: 5, Mid: 4, Max: 9, P: 0.1} },
		"no law":        func(n *Network) { n.Users[0].Law = nil },
		"no path":       func(n *Network) { n.Users[0].Paths = nil },
		"empty path":    func(n *Network) { n.Users[0].Paths[0].Links = nil },
		"unknown link":  func(n *Network) { n.Users[0].Paths[0].Links = []int{1} },
		"unknown back":  func(n *Network) { n.Users[0].Paths[0].Back = []int{-1} },
		"RTT 0":         func(n *Network) { n.Users[0].Paths[0].RTT = 0 },
		"minus a user":  func(n *Network) { n.Users[0].Count = -1 },
		"minus a floor": func(n *Network) { n.Users[0].Floor = -1 },
	} {
		n := good()
		spoil(n)
		if _, err := n.Equilibrium(); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	settle(t, good())
}
