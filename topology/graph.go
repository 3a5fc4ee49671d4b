package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// An Edge is a link of a Graph.
type Edge struct {
	Name    string
	Between [2]string
	Delay   time.Duration // orders routes of equally many links
}

// A Hop is one link of a path in the direction in which the path crosses it.
type Hop struct {
	Link int  // index of the edge
	Down bool // from the second node of the link to the first
}

// A Graph is the nodes and links of a network. Make one with NewGraph.
type Graph struct {
	edges []Edge
	links map[string]int   // by name
	at    map[string][]int // the links of each node, in the order of the edges
	hosts map[string]bool

	nodes  []string       // in the order in which the links name them
	number map[string]int // of each node
	arcs   [][]arc        // out of each node, in the order of the edges
}

// arc is a link as it leaves a node.
type arc struct {
	Hop
	to int // the node at its other end
}

// NewGraph returns the graph of edges, whose names are unique. The nodes in hosts
// do not forward: paths begin and end there, but do not lead through them.
func NewGraph(edges []Edge, hosts ...string) *Graph {
	g := &Graph{
		edges: edges, links: make(map[string]int), at: make(map[string][]int), hosts: make(map[string]bool), number: make(map[string]int),
	}
	for _, h := range hosts {
		g.hosts[h] = true
	}
	for i, e := range edges {
		g.links[e.Name] = i
		var ends [2]int
		for k, n := range e.Between {
			g.at[n] = append(g.at[n], i)
			ends[k] = g.enter(n)
		}
		g.arcs[ends[0]] = append(g.arcs[ends[0]], arc{Hop{i, false}, ends[1]})
		g.arcs[ends[1]] = append(g.arcs[ends[1]], arc{Hop{i, true}, ends[0]})
	}
	return g
}

// enter returns the number of a node, which it gets the first time.
func (g *Graph) enter(node string) int {
	i, ok := g.number[node]
	if !ok {
		i = len(g.nodes)
		g.number[node] = i
		g.nodes = append(g.nodes, node)
		g.arcs = append(g.arcs, nil)
	}
	return i
}

// Nodes returns the names of all nodes, in the order in which the links name them.
func (g *Graph) Nodes() []string { return g.nodes }

// HasNode reports whether a link ends at the node.
func (g *Graph) HasNode(name string) bool { return len(g.at[name]) > 0 }

// leave returns the hop over link i from node and the node at its other end.
func (g *Graph) leave(i int, node string) (Hop, string) {
	if e := g.edges[i]; e.Between[0] == node {
		return Hop{i, false}, e.Between[1]
	}
	return Hop{i, true}, g.edges[i].Between[0]
}

// Trace follows the named links from one node to another. It is an error if a
// link does not join the one before, if the path comes to a node twice, or if
// it leads through a host.
func (g *Graph) Trace(from, to string, links []string) ([]Hop, error) {
	if len(links) == 0 {
		return nil, fmt.Errorf("the path is empty; want the names of the links from %s to %s", from, to)
	}
	node := from
	seen := map[string]bool{from: true}
	hops := make([]Hop, 0, len(links))
	for k, name := range links {
		i, ok := g.links[name]
		if !ok {
			return nil, fmt.Errorf("there is no link %q", name)
		}
		if e := g.edges[i]; e.Between[0] != node && e.Between[1] != node {
			return nil, fmt.Errorf("link %q joins %s and %s, but the path is at %s", name, e.Between[0], e.Between[1], node)
		}
		hop, next := g.leave(i, node)
		if seen[next] {
			return nil, fmt.Errorf("the path is a cycle: link %q leads back to %s", name, next)
		}
		if g.hosts[next] && k < len(links)-1 {
			return nil, fmt.Errorf("the path leads through %s, which is a host and does not forward", next)
		}
		seen[next] = true
		hops = append(hops, hop)
		node = next
	}
	if node != to {
		return nil, fmt.Errorf("the path ends at %s, not at %s", node, to)
	}
	return hops, nil
}

// Routes finds a path for each pair of a link of from and a link of to, as the
// addresses of two hosts make pairs: the one of fewest links, of those the one of
// least delay, of those the first. Pairs without a path are left out.
func (g *Graph) Routes(from, to string) [][]Hop {
	var routes [][]Hop
	for _, first := range g.at[from] {
		for _, last := range g.at[to] {
			if r := g.route(from, to, first, last); r != nil {
				routes = append(routes, r)
			}
		}
	}
	return routes
}

// route finds the best path from from to to that begins with the link first and ends
// with the link last, breadth first.
func (g *Graph) route(from, to string, first, last int) []Hop {
	hop, node := g.leave(first, from)
	if node == to {
		if first != last {
			return nil
		}
		return []Hop{hop}
	}
	_, gate := g.leave(last, to) // the node before to
	type state struct {
		hops  []Hop
		node  string
		delay time.Duration
	}
	if g.hosts[node] || g.hosts[gate] && gate != from {
		return nil
	}
	level := []state{{[]Hop{hop}, node, g.edges[first].Delay}}
	seen := map[string]bool{from: true, to: true, node: true}
	for len(level) > 0 {
		if i := slices.IndexFunc(level, func(s state) bool { return s.node == gate }); i >= 0 {
			end, _ := g.leave(last, gate)
			return append(level[i].hops, end)
		}
		best := make(map[string]state)
		var found []string
		for _, s := range level {
			for _, l := range g.at[s.node] {
				h, n := g.leave(l, s.node)
				next := state{append(slices.Clone(s.hops), h), n, s.delay + g.edges[l].Delay}
				old, known := best[n]
				if seen[n] || g.hosts[n] || (known && old.delay <= next.delay) {
					continue
				}
				if !known {
					found = append(found, n)
				}
				best[n] = next
			}
		}
		level = level[:0]
		for _, n := range found {
			seen[n] = true
			level = append(level, best[n])
		}
		slices.SortStableFunc(level, func(a, b state) int { return cmp.Compare(a.delay, b.delay) })
	}
	return nil
}

// Names returns the names of the links of a path.
func (g *Graph) Names(path []Hop) []string {
	names := make([]string, len(path))
	for i, h := range path {
		names[i] = g.edges[h.Link].Name
	}
	return names
}

// String lists the links: "wifi: phone - server".
func (g *Graph) String() string {
	var b strings.Builder
	for _, e := range g.edges {
		fmt.Fprintf(&b, "%s: %s - %s\n", e.Name, e.Between[0], e.Between[1])
	}
	return b.String()
}
