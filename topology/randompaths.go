package topology

import "math/rand/v2"

func init() {
	Choices.Register("random", "Raiciu et al., Improving datacenter performance and robustness with multipath TCP, SIGCOMM 2011, section 3", func() Choice {
		return &Random{Paths: 8, Replace: true}
	})
}

// Random draws among all paths of the fewest links, each as likely as the others.
type Random struct {
	Paths   int  `toml:"paths" doc:"number of subflows"`
	Replace bool `toml:"replace" doc:"a path may be drawn again; false: there are no more subflows than paths"`
}

// Validate reports a number that is out of range.
func (c *Random) Validate() error { return checkPaths(c.Paths) }

// Choose implements Choice.
func (c *Random) Choose(g *Graph, from, to string, r *rand.Rand) [][]Hop {
	f := g.Fan(from, to)
	n := f.Len()
	if n == 0 {
		return nil
	}
	var paths [][]Hop
	drawn := make(map[uint64]bool)
	for len(paths) < c.Paths && (c.Replace || uint64(len(drawn)) < n) {
		i := r.Uint64N(n)
		if c.Replace || !drawn[i] {
			paths = append(paths, f.Path(i))
			drawn[i] = true
		}
	}
	return paths
}
