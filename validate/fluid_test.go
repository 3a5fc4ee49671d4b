package validate_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"mpsim/experiment"
	"mpsim/experiment/prediction"
	"mpsim/experiment/stats"
	language "mpsim/scenarios"
)

// A bottleneck has a rate and the RED of Khalili et al., whose losses are independent.
type bottleneck struct{ mbps float64 }

// A user is some connections alike; a path is the bottlenecks that it crosses. Each path has
// an RTT of its own.
type user struct {
	cc    string
	plain bool
	count int
	paths []way
}

type way struct {
	rtt   float64 // ms
	links []int
}

// scenario writes the network as a scenario: each path has links of its own before, between
// and behind its bottlenecks.
func scenario(links []bottleneck, users []user, seed uint64, seconds int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name = 'fluid'\nduration = '%ds'\nwarmup = '%ds'\nseed = %d\nfigure = []\n[defaults.link]\nrate = '1Gbps'\nqueue = '10000pkt'\n", seconds, seconds/4, seed)
	link := func(name, from, to, more string) {
		fmt.Fprintf(&b, "[[link]]\nname = '%s'\nbetween = ['%s', '%s']\n%s\n", name, from, to, more)
	}
	for l, x := range links {
		link(fmt.Sprint("l", l), fmt.Sprint("in", l), fmt.Sprint("out", l), fmt.Sprintf("rate = '%gkbps'\nqueue = { up = 'khalili-red', down = '10000pkt' }", 1000*x.mbps))
	}
	for i, u := range users {
		var paths []string
		for r, w := range u.paths {
			var names []string
			at := fmt.Sprint("from", i)
			for k, l := range w.links {
				name, more := fmt.Sprintf("u%d-%d-%d", i, r, k), ""
				if k == 0 {
					more = fmt.Sprintf("delay = '%gms'", w.rtt/2)
				}
				link(name, at, fmt.Sprint("in", l), more)
				names = append(names, "'"+name+"'", fmt.Sprintf("'l%d'", l))
				at = fmt.Sprint("out", l)
			}
			name := fmt.Sprintf("u%d-%d-z", i, r)
			link(name, at, fmt.Sprint("to", i), "")
			paths = append(paths, "["+strings.Join(append(names, "'"+name+"'"), ",")+"]")
		}
		protocol := "mptcp"
		if u.plain {
			protocol = "tcp"
		}
		fmt.Fprintf(&b, "[[flow]]\nname = 'f%d'\nfrom = 'from%d'\nto = 'to%d'\nprotocol = '%s'\ncc = '%s'\ncount = %d\nspread = '1s'\ntcp = { ack_every = 1 }\npaths = [%s]\n",
			i, i, i, protocol, u.cc, max(u.count, 1), strings.Join(paths, ","))
	}
	return b.String()
}

// agree simulates a network under several seeds and returns goodputs of its flows, simulated under each seed
// and predicted, and the least window.
func agree(t *testing.T, links []bottleneck, users []user, seeds, seconds int) (got [][]float64, want []float64, least float64) {
	t.Helper()
	got, want, least = make([][]float64, len(users)), make([]float64, len(users)), math.Inf(1)
	for seed := range seeds {
		s, err := language.Parse("fluid.toml", []byte(scenario(links, users, uint64(seed+1), seconds)), nil)
		if err != nil {
			t.Fatal(err)
		}
		p, err := prediction.Predict(s)
		if err != nil {
			t.Fatal(err)
		}
		res, err := experiment.Run(context.Background(), s, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := range users {
			got[i] = append(got[i], *res.Flows[i].Goodput/1e6)
			want[i] = p.Flows[i].Goodput / 1e6
			for _, x := range p.Flows[i].Subflows {
				least = min(least, x.Window)
			}
		}
	}
	return got, want, least
}

// The networks of the literature on coupled congestion control, with several connections a
// user, since a fluid is many: one alone leaves a RED link idle after each loss.
var fluidNetworks = []struct {
	name  string
	links []bottleneck
	users func(cc string) []user
}{
	// Khalili et al., CoNEXT 2012, scenarios A and B after the upgrade.
	{"scenario A", []bottleneck{{30}, {30}}, func(cc string) []user {
		return []user{
			{cc: cc, count: 10, paths: []way{{80, []int{0}}, {80, []int{0, 1}}}},
			{cc: "reno", plain: true, count: 10, paths: []way{{80, []int{1}}}},
		}
	}},
	{"scenario B", []bottleneck{{27}, {36}}, func(cc string) []user {
		return []user{
			{cc: cc, count: 8, paths: []way{{80, []int{0}}, {80, []int{1}}}},
			{cc: cc, count: 8, paths: []way{{80, []int{1}}, {80, []int{0, 1}}}},
		}
	}},
	// Wischik et al., NSDI 2011: the torus, and compensation of RTTs.
	{"torus", []bottleneck{{24}, {24}, {12}, {24}, {24}}, func(cc string) (list []user) {
		for i := range 5 {
			list = append(list, user{cc: cc, count: 6, paths: []way{{100, []int{i}}, {100, []int{(i + 1) % 5}}}})
		}
		return list
	}},
	{"compensation", []bottleneck{{18}, {36}}, func(cc string) []user {
		return []user{
			{cc: "reno", plain: true, count: 6, paths: []way{{200, []int{0}}}},
			{cc: "reno", plain: true, count: 6, paths: []way{{60, []int{1}}}},
			{cc: cc, count: 6, paths: []way{{200, []int{0}}, {60, []int{1}}}},
		}
	}},
}

// randomNetwork draws three bottlenecks with some Renos each, and two kinds of multipath users of two or
// three paths over one or two of them.
func randomNetwork(seed uint64, cc string) (links []bottleneck, users []user) {
	r := rand.New(rand.NewPCG(seed, 7))
	for l := range 3 {
		links = append(links, bottleneck{float64(20 + r.IntN(20))})
		users = append(users, user{cc: "reno", plain: true, count: 4, paths: []way{{float64(60 + r.IntN(60)), []int{l}}}})
	}
	for range 2 {
		u := user{cc: cc, count: 3}
		for _, first := range r.Perm(3)[:2+r.IntN(2)] {
			w := way{float64(60 + r.IntN(60)), []int{first}}
			if r.IntN(3) == 0 {
				w.links = append(w.links, (first+1)%3)
			}
			u.paths = append(u.paths, w)
		}
		users = append(users, u)
	}
	return links, users
}

// Where all windows are above 8 segments, the simulated goodput is within 10 % of the fluid equilibrium, for each
// law and network: the interval of 95 % of its mean over the seeds reaches into that. Random losses raise LIA
// by a tenth and BALIA by 7 % where they do not depend on the load (P4, TestIndependentLosses); at
// bottlenecks, which react, less than half of that is seen.
//
// OLIA is another matter where the model has it probe a path with the least window: by chance such a
// path often is the best since its last loss, and a_r then lifts it, so that its window is twice
// that or more. Those who share the path have less than the model says, 6 to 18 % in these
// networks, which is shown and not judged.
//
// In the torus OLIA and BALIA leave the two flows of the narrow link 6 to 8 % less than the model, which
// equalises them: the prices differ by little, and chance moves windows more than those do. The short form
// leaves out BALIA there, since a mean over two seeds strays by 4 % more, and has a random network of LIA
// alone. It is run as often and as long in both forms: of EWTCP a mean over two runs of a minute strayed by
// 12 % where it is 4 % off. BALIA leaves a user of the third random network 11 ± 1 % less there (16 seeds;
// 7 ± 2 % at bottlenecks of four times the rate).
func TestFluidEquilibria(t *testing.T) {
	laws := []string{"lia", "olia", "balia", "ewtcp", "semicoupled"}
	seeds, seconds := 4, 40
	drawn := []uint64{1, 0, 0, 0, 0} // random networks of each law
	if long() {
		seeds, seconds = 8, 80
		drawn = []uint64{4, 4, 4, 4, 4}
	}
	for i, cc := range laws {
		for j, n := range fluidNetworks {
			if (i+j)%2 == 1 || long() {
				t.Run(n.name+" "+cc, func(t *testing.T) { judgeFluid(t, n.links, n.users, cc, seeds, seconds) })
			}
		}
		for seed := range drawn[i] {
			links, _ := randomNetwork(seed, cc)
			users := func(cc string) []user { _, users := randomNetwork(seed, cc); return users }
			t.Run(fmt.Sprint("random ", seed, " ", cc), func(t *testing.T) { judgeFluid(t, links, users, cc, 8, 80) })
		}
	}
}

func judgeFluid(t *testing.T, links []bottleneck, users func(cc string) []user, cc string, seeds, seconds int) {
	t.Helper()
	got, want, least := agree(t, links, users(cc), seeds, seconds)
	for i := range got {
		mean := stats.Mean(got[i], 0.95)
		off, half := mean.Mean/want[i]-1, mean.Half/want[i]
		t.Logf("flow %d: %.2f Mb/s, fluid %.2f (%+.1f ± %.1f %%), least window %.1f", i, mean.Mean, want[i], 100*off, 100*half, least)
		if least > 8 && math.Abs(off)-half > 0.1 {
			t.Errorf("flow %d: %.2f ± %.2f Mb/s, want %.2f within 10 %%", i, mean.Mean, mean.Half, want[i])
		}
	}
}
