package topology

import "math/rand/v2"

func init() {
	Choices.Register("ecmp", "RFC 2992: equal-cost multipath by hash", func() Choice { return &ECMP{Paths: 8} })
}

// ECMP has every switch spread subflows evenly over the next hops that are on a path of the
// fewest links. Unlike a switch, which hashes addresses and ports, it draws a number for
// each subflow, because ports are chosen only when the subflow opens; each switch mixes it with
// its own number, so that switches do not choose alike.
type ECMP struct {
	Paths int `toml:"paths" doc:"number of subflows; two may take one path"`
}

// Validate reports a number that is out of range.
func (c *ECMP) Validate() error { return checkPaths(c.Paths) }

// Choose implements Choice.
func (c *ECMP) Choose(g *Graph, from, to string, r *rand.Rand) [][]Hop {
	f := g.Fan(from, to)
	if f.Len() == 0 {
		return nil
	}
	paths := make([][]Hop, c.Paths)
	for i := range paths {
		hash := r.Uint64()
		paths[i] = f.Walk(func(node, ways int) int { return int(mix(hash+uint64(node)) % uint64(ways)) })
	}
	return paths
}

// mix spreads the bits of x (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
