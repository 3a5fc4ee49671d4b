package topology

import (
	"cmp"
	"slices"
	"time"
)

// Shortest returns the k best paths between two nodes, best first, or all if there are
// fewer: a path is better with fewer links, then with less delay, then with links that
// come first. None comes to a node twice or leads through a host (Yen, Finding the k
// shortest loopless paths in a network, Management Science 1971).
func (g *Graph) Shortest(from, to string, k int) [][]Hop {
	a, ok1 := g.number[from]
	b, ok2 := g.number[to]
	if !ok1 || !ok2 || a == b {
		return nil
	}
	first := g.best(a, b, nil, nil)
	if first == nil {
		return nil
	}
	found, candidates := [][]arc{first}, [][]arc(nil)
	for len(found) < k {
		candidates = g.detours(a, b, found, candidates)
		if len(candidates) == 0 {
			break
		}
		i := 0
		for j := range candidates {
			if g.compare(candidates[j], candidates[i]) < 0 {
				i = j
			}
		}
		found = append(found, candidates[i])
		candidates = slices.Delete(candidates, i, i+1)
	}
	paths := make([][]Hop, len(found))
	for i, p := range found {
		for _, x := range p {
			paths[i] = append(paths[i], x.Hop)
		}
	}
	return paths
}

// detours adds to candidates the best paths that leave the last of found at each of its
// nodes, by a link that no path of found with the same beginning takes.
func (g *Graph) detours(a, b int, found, candidates [][]arc) [][]arc {
	last := found[len(found)-1]
	barred := make(map[int]bool) // nodes of the beginning
	for i, n := 0, a; i < len(last); i++ {
		taken := make(map[int]bool) // links
		for _, p := range found {
			if len(p) > i && slices.Equal(p[:i], last[:i]) {
				taken[p[i].Link] = true
			}
		}
		barred[n] = true
		if rest := g.best(n, b, barred, taken); rest != nil {
			p := slices.Concat(last[:i], rest)
			if !slices.ContainsFunc(candidates, func(q []arc) bool { return slices.Equal(p, q) }) {
				candidates = append(candidates, p)
			}
		}
		n = last[i].to
	}
	return candidates
}

// best returns the best path from a to b that comes to no barred node and does not begin
// with a link in taken, breadth first.
func (g *Graph) best(a, b int, barred, taken map[int]bool) []arc {
	type step struct {
		arc
		from  int
		delay time.Duration
	}
	reached := make(map[int]step)
	for level := []int{a}; len(level) > 0; {
		var next []int
		fresh := make(map[int]step)
		for _, n := range level {
			for _, x := range g.arcs[n] {
				if _, before := reached[x.to]; before || x.to == a || barred[x.to] || n == a && taken[x.Link] ||
					x.to != b && g.hosts[g.nodes[x.to]] {
					continue
				}
				s := step{x, n, reached[n].delay + g.edges[x.Link].Delay}
				old, known := fresh[x.to]
				if !known {
					next = append(next, x.to)
				}
				if !known || s.delay < old.delay {
					fresh[x.to] = s
				}
			}
		}
		for _, n := range next {
			reached[n] = fresh[n]
		}
		if s, ok := reached[b]; ok {
			path := []arc{s.arc}
			for s.from != a {
				s = reached[s.from]
				path = append(path, s.arc)
			}
			slices.Reverse(path)
			return path
		}
		level = next
	}
	return nil
}

// compare orders paths, the better first.
func (g *Graph) compare(p, q []arc) int {
	delay := func(path []arc) (d time.Duration) {
		for _, x := range path {
			d += g.edges[x.Link].Delay
		}
		return d
	}
	return cmp.Or(cmp.Compare(len(p), len(q)), cmp.Compare(delay(p), delay(q)),
		slices.CompareFunc(p, q, func(a, b arc) int { return cmp.Compare(a.Link, b.Link) }))
}
