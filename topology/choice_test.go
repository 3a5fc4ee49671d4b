package topology

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"mpsim/sim/rng"
)

// fatTree returns the graph of a fat tree of 128 hosts.
func fatTree(tb testing.TB) *Graph {
	tb.Helper()
	links, err := (&FatTree{K: 8, Oversubscription: 1}).Expand()
	if err != nil {
		tb.Fatal(err)
	}
	edges := edgesOf(links)
	return NewGraph(edges, hostsOf(NewGraph(edges))...)
}

// Each of 16 paths is drawn as often as the others: χ² with 15 degrees of freedom is below
// 37.7 with probability 0.999. ECMP draws alike in a fat tree, whose switches have as many ways on.
func TestPathsAreDrawnEvenly(t *testing.T) {
	g := fatTree(t)
	const n = 16_000
	for _, c := range []Choice{&Random{Paths: n, Replace: true}, &ECMP{Paths: n}} {
		times := make(map[string]int)
		for _, p := range c.Choose(g, "h0", "h127", rng.New(1, 0).Stream("x")) {
			times[fmt.Sprint(p)]++
		}
		chi := 0.0
		for _, k := range times {
			chi += math.Pow(float64(k)-n/16, 2) / (n / 16)
		}
		if len(times) != 16 || chi > 37.7 {
			t.Errorf("%T: %d paths, χ² = %.1f", c, len(times), chi)
		}
	}
}

// Switches do not choose alike: if both tiers chose by the same hash, only 4 of 16 paths
// would be used.
func TestECMPIsNotPolarised(t *testing.T) {
	g := fatTree(t)
	seen := make(map[string]bool)
	for _, p := range (&ECMP{Paths: 64}).Choose(g, "h0", "h127", rng.New(1, 0).Stream("x")) {
		seen[fmt.Sprint(p)] = true
	}
	if len(seen) < 12 {
		t.Errorf("64 subflows use %d of 16 paths", len(seen))
	}
}

func TestChoices(t *testing.T) {
	g := fatTree(t)
	r := rng.New(1, 0).Stream("x")
	for _, tt := range []struct {
		c                Choice
		to               string
		paths, different int
	}{
		{&Random{Paths: 8, Replace: true}, "h1", 8, 1},
		{&Random{Paths: 8}, "h1", 1, 1},
		{&Random{Paths: 8}, "h127", 8, 8},
		{&Random{Paths: 20}, "h127", 16, 16},
		{&ECMP{Paths: 8}, "h1", 8, 1},
		{&KShortest{Paths: 8}, "h127", 8, 8},
		{&KShortest{Paths: 64}, "h127", 64, 64}, // 16 of six links, then longer ones
		{All{}, "h127", 16, 16},
		{All{}, "h4", 4, 4},
		{All{}, "nowhere", 0, 0},
		{&Random{Paths: 8, Replace: true}, "nowhere", 0, 0},
		{&ECMP{Paths: 8}, "h0", 0, 0},
	} {
		seen := make(map[string]bool)
		paths := tt.c.Choose(g, "h0", tt.to, r)
		for _, p := range paths {
			seen[fmt.Sprint(p)] = true
			if _, err := g.Trace("h0", tt.to, g.Names(p)); err != nil {
				t.Errorf("%T to %s: %v", tt.c, tt.to, err)
			}
		}
		if len(paths) != tt.paths || len(seen) != tt.different {
			t.Errorf("%T to %s: %d paths, %d different; want %d, %d", tt.c, tt.to, len(paths), len(seen), tt.paths, tt.different)
		}
	}
}

// Few links come before little delay, and that before the order of the links.
func TestShortest(t *testing.T) {
	var got []string
	for _, p := range ladder().Shortest("a", "b", 10) {
		got = append(got, strings.Join(ladder().Names(p), " "))
	}
	want := []string{"a1 fast b", "a2 cross b", "a1 slow b"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// Shortest agrees with all paths, found one by one, in a graph with many.
func TestShortestIsComplete(t *testing.T) {
	links, _ := (&BCube{Ports: 2, Levels: 3}).Expand()
	g := NewGraph(edgesOf(links))
	byLength := make(map[int]int)
	var walk func(n, hops int, seen map[int]bool)
	walk = func(n, hops int, seen map[int]bool) {
		if n == g.number["h7"] {
			byLength[hops]++
			return
		}
		seen[n] = true
		for _, x := range g.arcs[n] {
			if !seen[x.to] {
				walk(x.to, hops+1, seen)
			}
		}
		delete(seen, n)
	}
	walk(g.number["h0"], 0, make(map[int]bool))
	got := make(map[int]int)
	seen := make(map[string]bool)
	last := 0
	for _, p := range g.Shortest("h0", "h7", 1000) {
		got[len(p)]++
		if name := fmt.Sprint(p); seen[name] || len(p) < last {
			t.Errorf("path %s again, or after a longer one", name)
		} else {
			seen[name] = true
		}
		last = len(p)
	}
	if !reflect.DeepEqual(got, byLength) {
		t.Errorf("paths by length %v, want %v", got, byLength)
	}
}
