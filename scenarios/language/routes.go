package language

import (
	"math/rand/v2"
	"slices"

	"mpsim/topology"
)

// checkRoutes finds the paths of each connection of flow i, as its traffic or path_choice
// says, or routing.
func (s *Scenario) checkRoutes(d *document, i int) {
	f := &s.Flows[i]
	r := s.stream("flow/" + f.Name + "/paths")
	for k := range f.Pairs {
		p := &f.Pairs[k]
		draws := 1
		if !f.PathChoice.IsZero() && p.drawn.Paths == nil {
			draws = max(f.Count, 1)
		}
		for range draws {
			if !s.addRoutes(d, i, p, r) {
				return
			}
		}
	}
	if len(f.Pairs) > 0 {
		f.Routes = f.Pairs[0].Of(0)
	}
}

// addRoutes finds the paths of one connection of the pair p of flow i.
func (s *Scenario) addRoutes(d *document, i int, p *Pair, r *rand.Rand) bool {
	f := &s.Flows[i]
	var paths [][]topology.Hop
	switch {
	case p.drawn.Paths != nil:
		fan := s.Graph.Fan(p.From, p.To)
		if fan.Len() != p.drawn.Of {
			d.fail(at("flow", i, "traffic"), "there are %d paths from %s to %s, not %d as the file says", fan.Len(), p.From, p.To, p.drawn.Of)
			return false
		}
		for _, k := range p.drawn.Paths {
			paths = append(paths, fan.Path(k))
		}
	case !f.PathChoice.IsZero():
		paths = f.PathChoice.New().Choose(s.Graph, p.From, p.To, r)
	default:
		paths = s.Graph.Routes(p.From, p.To)
	}
	if len(paths) == 0 {
		d.fail(at("flow", i, ""), "no path leads from %s to %s", p.From, p.To)
		return false
	}
	return s.setRoutes(d, i, p, paths)
}

// setRoutes makes paths, which lead from p.From to p.To, those of a connection of the
// pair.
func (s *Scenario) setRoutes(d *document, i int, p *Pair, paths [][]topology.Hop) bool {
	f := &s.Flows[i]
	if len(paths) > 1 && !f.MPTCP() {
		paths = paths[:1]
	}
	if len(paths) > maxPaths {
		d.fail(at("flow", i, "paths"), "%d paths; want at most %d", len(paths), maxPaths)
		return false
	}
	if !f.FromOpens() {
		paths = slices.Clone(paths)
		for k := range paths {
			paths[k] = reverse(paths[k])
		}
	}
	p.Routes = append(p.Routes, paths)
	return true
}

// reverse returns the path from its end to its beginning.
func reverse(path []topology.Hop) []topology.Hop {
	r := make([]topology.Hop, len(path))
	for i, h := range path {
		r[len(path)-1-i] = topology.Hop{Link: h.Link, Down: !h.Down}
	}
	return r
}
