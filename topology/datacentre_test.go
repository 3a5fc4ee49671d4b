package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hostsOf returns the nodes h0, h1, ...
func hostsOf(g *Graph) (hosts []string) {
	for _, n := range g.Nodes() {
		if n[0] == 'h' {
			hosts = append(hosts, n)
		}
	}
	return hosts
}

// diameter returns the most links of a shortest path between hosts.
func diameter(g *Graph, hosts []string) (d int) {
	for _, b := range hosts {
		for _, a := range hosts {
			if f := g.Fan(a, b); a != b {
				d = max(d, f.dist[f.from])
			}
		}
	}
	return d
}

// The sizes of data-centre networks are closed forms of their parameters.
func TestDataCentres(t *testing.T) {
	for _, tt := range []struct {
		name                             string
		preset                           Preset
		hosts, nodes, links, links2hosts int
		diameter                         int
	}{
		// k³/4 hosts, 5k²/4 switches, 3k³/4 links.
		{"fattree 4", &FatTree{K: 4, Oversubscription: 1}, 16, 36, 48, 1, 6},
		{"fattree 8", &FatTree{K: 8, Oversubscription: 1}, 128, 208, 384, 1, 6},
		{"fattree 4, 4:1", &FatTree{K: 4, Oversubscription: 4}, 64, 84, 96, 1, 6},
		// n^k hosts, k·n^(k-1) switches, k·n^k links; 2 links a digit.
		{"bcube 4, 2", &BCube{Ports: 4, Levels: 2}, 16, 24, 32, 2, 4},
		{"bcube 5, 3", &BCube{Ports: 5, Levels: 3}, 125, 200, 375, 3, 6},
		// D_A·D_I/4 racks, D_I + D_A/2 switches above; 2 uplinks a rack, D_A/2 an aggregation switch.
		{"vl2 4, 6", &VL2{DA: 4, DI: 6, Servers: 20}, 120, 120 + 6 + 6 + 2, 120 + 12 + 12, 1, 6},
		{"vl2 8, 8", &VL2{DA: 8, DI: 8, Servers: 2}, 32, 32 + 16 + 8 + 4, 32 + 32 + 32, 1, 6},
		// n·(ports/2 + hosts) links.
		{"jellyfish", &Jellyfish{Switches: 20, Ports: 4, Hosts: 2, Seed: 1}, 40, 60, 80, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			links, err := tt.preset.Expand()
			if err != nil {
				t.Fatal(err)
			}
			edges := edgesOf(links)
			hosts := hostsOf(NewGraph(edges))
			if _, relay := tt.preset.(Relay); relay {
				hosts = nil
			}
			g := NewGraph(edges, hosts...)
			hosts = hostsOf(g)
			if got := [...]int{len(hosts), len(g.Nodes()), len(links)}; got != [...]int{tt.hosts, tt.nodes, tt.links} {
				t.Errorf("%d hosts, %d nodes and %d links, want %d, %d and %d", got[0], got[1], got[2], tt.hosts, tt.nodes, tt.links)
			}
			for _, h := range hosts {
				if got := len(g.at[h]); got != tt.links2hosts {
					t.Fatalf("host %s has %d links, want %d", h, got, tt.links2hosts)
				}
			}
			if d := diameter(g, hosts); tt.diameter > 0 && d != tt.diameter {
				t.Errorf("diameter %d, want %d", d, tt.diameter)
			}
		})
	}
}

func edgesOf(links []Link) (edges []Edge) {
	for _, l := range links {
		edges = append(edges, Edge{Name: l.Name, Between: l.Between})
	}
	return edges
}

// Every switch of a fat tree has k ports, and the links above the edge carry all hosts of a
// half: its bisection is k³/8 links.
func TestFatTreeDegrees(t *testing.T) {
	for _, k := range []int{2, 4, 8} {
		links, _ := (&FatTree{K: k, Oversubscription: 1}).Expand()
		g := NewGraph(edgesOf(links))
		across := 0
		for _, n := range g.Nodes() {
			if n[0] != 'h' && len(g.at[n]) != k {
				t.Errorf("k = %d: %s has %d ports", k, n, len(g.at[n]))
			}
		}
		for _, l := range links {
			var agg, core int
			if n, _ := fmt.Sscanf(l.Name, "agg%d-core%d", &agg, &core); n == 2 && agg < k*k/4 {
				across++
			}
		}
		if across != k*k*k/8 {
			t.Errorf("k = %d: %d links from one half of the pods to the core, want %d", k, across, k*k*k/8)
		}
	}
}

// How many paths of the fewest links there are. In a fat tree: 1 within an edge switch, k/2
// within a pod, (k/2)² otherwise. In a BCube of addresses that differ in d digits: d!. In VL2
// between racks without a common aggregation switch: 2 up, D_A/2 across, 2 down.
func TestNumberOfPaths(t *testing.T) {
	for _, tt := range []struct {
		preset Preset
		to     string // from h0
		want   uint64
	}{
		{&FatTree{K: 8, Oversubscription: 1}, "h3", 1},
		{&FatTree{K: 8, Oversubscription: 1}, "h4", 4},
		{&FatTree{K: 8, Oversubscription: 1}, "h15", 4},
		{&FatTree{K: 8, Oversubscription: 1}, "h16", 16},
		{&FatTree{K: 8, Oversubscription: 1}, "h127", 16},
		{&FatTree{K: 4, Oversubscription: 1}, "h15", 4},
		{&BCube{Ports: 5, Levels: 3}, "h4", 1},
		{&BCube{Ports: 5, Levels: 3}, "h6", 2},   // 011
		{&BCube{Ports: 5, Levels: 3}, "h124", 6}, // 444
		{&VL2{DA: 4, DI: 6, Servers: 20}, "h1", 1},
		{&VL2{DA: 4, DI: 6, Servers: 20}, "h20", 8}, // rack 1: aggregation switches 2 and 3, not 0 and 1
		{&VL2{DA: 4, DI: 6, Servers: 20}, "h60", 2}, // rack 3: 0 and 1 again
	} {
		links, err := tt.preset.Expand()
		if err != nil {
			t.Fatal(err)
		}
		edges := edgesOf(links)
		hosts := hostsOf(NewGraph(edges))
		if _, relay := tt.preset.(Relay); relay {
			hosts = nil
		}
		f := NewGraph(edges, hosts...).Fan("h0", tt.to)
		if got := f.Len(); got != tt.want {
			t.Errorf("%T, h0 to %s: %d paths, want %d", tt.preset, tt.to, got, tt.want)
		}
		seen := make(map[string]bool)
		for i := range f.Len() {
			p := f.Path(i)
			name := fmt.Sprint(p)
			if seen[name] || len(p) != f.dist[f.from] {
				t.Errorf("%T, h0 to %s: path %d of %d links again, or too long", tt.preset, tt.to, i, len(p))
			}
			seen[name] = true
		}
	}
}

// Path a·k/2 + l of a fat tree leads through the aggregation switches at position a and the
// core a + l·k/2.
func TestFatTreePaths(t *testing.T) {
	links, _ := (&FatTree{K: 8, Oversubscription: 1}).Expand()
	edges := edgesOf(links)
	g := NewGraph(edges, hostsOf(NewGraph(edges))...)
	for a := range 4 {
		for l := range 4 {
			core := a + 4*l
			want := fmt.Sprintf("h0 edge0-agg%d agg%d-core%d agg%d-core%d edge31-agg%d h127", a, a, core, 28+a, core, 28+a)
			if got := strings.Join(g.Names(g.Fan("h0", "h127").Path(uint64(4*a+l))), " "); got != want {
				t.Errorf("path %d: %s, want %s", 4*a+l, got, want)
			}
		}
	}
}

// A regular graph: everybody has as many neighbours, none twice, and there is a way to all.
func TestRegular(t *testing.T) {
	for _, tt := range []struct{ switches, ports int }{{2, 1}, {6, 2}, {20, 4}, {10, 9}, {11, 8}, {50, 11}, {200, 12}} {
		for seed := range uint64(5) {
			links, err := (&Jellyfish{Switches: tt.switches, Ports: tt.ports, Hosts: 1, Seed: seed}).Expand()
			if err != nil {
				t.Fatal(err)
			}
			degree := make(map[string]int)
			seen := make(map[string]bool)
			for _, l := range links[tt.switches:] {
				degree[l.Between[0]]++
				degree[l.Between[1]]++
				if seen[l.Name] || l.Between[0] == l.Between[1] {
					t.Errorf("%+v: link %s twice, or to itself", tt, l.Name)
				}
				seen[l.Name] = true
			}
			for _, d := range degree {
				if d != tt.ports {
					t.Errorf("%+v: a switch has %d neighbours", tt, d)
				}
			}
			if g := NewGraph(edgesOf(links)); g.Fan("h0", fmt.Sprintf("h%d", tt.switches-1)).Len() == 0 {
				t.Errorf("%+v, seed %d: the graph is in pieces", tt, seed)
			}
		}
	}
}

// The network of a Jellyfish depends on its seed alone.
func TestJellyfishSeed(t *testing.T) {
	names := func(seed uint64) (list []string) {
		links, _ := (&Jellyfish{Switches: 20, Ports: 4, Hosts: 1, Seed: seed}).Expand()
		for _, l := range links {
			list = append(list, l.Name)
		}
		return list
	}
	if !slices.Equal(names(1), names(1)) {
		t.Error("the same seed draws another graph")
	}
	if slices.Equal(names(1), names(2)) {
		t.Error("another seed draws the same graph")
	}
}

// Hosts that do not divide evenly among switches differ by one at most, the first having one more; the graph
// of the switches is the same.
func TestJellyfishUneven(t *testing.T) {
	trunks := func(links []Link, hosts int) (names []string) {
		for _, l := range links[hosts:] {
			names = append(names, l.Name)
		}
		return names
	}
	even, err := (&Jellyfish{Switches: 20, Ports: 4, Hosts: 2, Seed: 1}).Expand()
	if err != nil {
		t.Fatal(err)
	}
	for _, total := range []int{1, 7, 20, 39, 40, 41} {
		links, err := (&Jellyfish{Switches: 20, Ports: 4, Hosts: 2, Seed: 1, Total: total}).Expand()
		if err != nil {
			t.Fatal(err)
		}
		at := make(map[string]int)
		for h, l := range links[:total] {
			if l.Name != fmt.Sprintf("h%d", h) || l.Between[0] != l.Name {
				t.Errorf("%d hosts: link %d is %s between %v", total, h, l.Name, l.Between)
			}
			at[l.Between[1]]++
		}
		for s := range 20 {
			want := total / 20
			if s < total%20 {
				want++
			}
			if got := at[fmt.Sprintf("s%d", s)]; got != want {
				t.Errorf("%d hosts: switch %d has %d, want %d", total, s, got, want)
			}
		}
		if !slices.Equal(trunks(links, total), trunks(even, 40)) {
			t.Errorf("%d hosts: another graph", total)
		}
	}
}

func TestBadNetworks(t *testing.T) {
	for _, tt := range []struct {
		preset Preset
		want   string
	}{
		{&FatTree{K: 5, Oversubscription: 1}, "k = 5: want an even number"},
		{&FatTree{K: 4}, "oversubscription = 0: want 1 to"},
		{&FatTree{K: 64, Oversubscription: 1}, "hosts = 65536: want 1 to"},
		{&BCube{Ports: 1, Levels: 1}, "ports = 1: want 2 to"},
		{&BCube{Ports: 100, Levels: 3}, "ports = 100 to the power of levels = 3"},
		{&VL2{DA: 3, DI: 4, Servers: 1}, "d_a = 3: want an even number"},
		{&Jellyfish{Switches: 5, Ports: 5, Hosts: 1}, "ports = 5: want fewer than switches = 5"},
		{&Jellyfish{Switches: 5, Ports: 3, Hosts: 1}, "their product even"},
		{&Jellyfish{Switches: 5, Ports: 2, Hosts: 1, Total: -1}, "total_hosts = -1: want 1 to"},
		{&ParkingLot{Hops: 0}, "hops = 0: want 1 to"},
		{&Torus{Links: 5, Rate: []any{"1Mbps"}}, "rate has 1 entries for 5 links"},
		{&OliaA{N1: 1, N2: 0}, "n2 = 0: want 1 to"},
		{&OliaA{N1: 1, N2: 1, C1: -1}, "c1 = "},
	} {
		if _, err := tt.preset.Expand(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.preset, err, tt.want)
		}
	}
}
