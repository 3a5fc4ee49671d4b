package topology

import "math"

// A Fan is all paths of the fewest links from one node to another, in the order of the
// links: those that first leave by the first link of a node come first. As on any path,
// no host is on the way.
type Fan struct {
	g        *Graph
	from, to int
	dist     []int    // links from each node to the end; -1: no way
	count    []uint64 // paths from each node to the end, at most math.MaxUint64
}

// Fan returns the paths of the fewest links between two nodes; without a way between
// them, or if they are one node, it is empty.
func (g *Graph) Fan(from, to string) *Fan {
	a, ok1 := g.number[from]
	b, ok2 := g.number[to]
	if !ok1 || !ok2 || a == b {
		return &Fan{}
	}
	f := &Fan{g, a, b, make([]int, len(g.nodes)), make([]uint64, len(g.nodes))}
	for i := range f.dist {
		f.dist[i] = -1
	}
	f.dist[b], f.count[b] = 0, 1
	for queue := []int{b}; len(queue) > 0; queue = queue[1:] {
		n := queue[0]
		if n == a || n != b && g.hosts[g.nodes[n]] {
			continue
		}
		for _, x := range g.arcs[n] {
			if f.dist[x.to] < 0 {
				f.dist[x.to] = f.dist[n] + 1
				queue = append(queue, x.to)
			}
			if f.dist[x.to] == f.dist[n]+1 {
				f.count[x.to] = sum(f.count[x.to], f.count[n])
			}
		}
	}
	return f
}

// sum adds, up to the greatest number that there is.
func sum(a, b uint64) uint64 {
	if a > math.MaxUint64-b {
		return math.MaxUint64
	}
	return a + b
}

// Len returns how many paths there are, at most math.MaxUint64.
func (f *Fan) Len() uint64 {
	if f.g == nil {
		return 0
	}
	return f.count[f.from]
}

// next returns the arcs by which paths go on from node n.
func (f *Fan) next(n int) (list []arc) {
	for _, x := range f.g.arcs[n] {
		if f.dist[x.to] == f.dist[n]-1 && (x.to == f.to || !f.g.hosts[f.g.nodes[x.to]]) {
			list = append(list, x)
		}
	}
	return list
}

// Path returns path i, from 0. It panics if there is none.
func (f *Fan) Path(i uint64) []Hop {
	if i >= f.Len() {
		panic("topology: no such path")
	}
	hops := make([]Hop, 0, f.dist[f.from])
	for n := f.from; n != f.to; {
		for _, x := range f.next(n) {
			if i < f.count[x.to] {
				hops, n = append(hops, x.Hop), x.to
				break
			}
			i -= f.count[x.to]
		}
	}
	return hops
}

// Walk returns the path on which each node chooses among the ways on, of which there are
// several: choose is told the node, counted from 0 in the order of Graph.Nodes, and their number.
func (f *Fan) Walk(choose func(node, ways int) int) []Hop {
	hops := make([]Hop, 0, f.dist[f.from])
	for n := f.from; n != f.to; {
		ways := f.next(n)
		x := ways[0]
		if len(ways) > 1 {
			x = ways[choose(n, len(ways))]
		}
		hops, n = append(hops, x.Hop), x.to
	}
	return hops
}
