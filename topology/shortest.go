package topology

import "math/rand/v2"

func init() {
	Choices.Register("shortest", "Yen, Finding the k shortest loopless paths in a network, Management Science 1971", func() Choice {
		return &KShortest{Paths: 8}
	})
	Choices.Register("all", "every path of the fewest links", func() Choice { return &All{} })
}

// KShortest takes the best paths: those of the fewest links, then of the least delay.
type KShortest struct {
	Paths int `toml:"paths" doc:"number of paths, if there are as many"`
}

// Validate reports a number that is out of range.
func (c *KShortest) Validate() error { return checkPaths(c.Paths) }

// Choose implements Choice. It draws nothing.
func (c *KShortest) Choose(g *Graph, from, to string, _ *rand.Rand) [][]Hop {
	return g.Shortest(from, to, c.Paths)
}

// All takes every path of the fewest links, up to MaxPaths.
type All struct{}

// Choose implements Choice. It draws nothing.
func (All) Choose(g *Graph, from, to string, _ *rand.Rand) (paths [][]Hop) {
	f := g.Fan(from, to)
	for i := range min(f.Len(), MaxPaths) {
		paths = append(paths, f.Path(i))
	}
	return paths
}
