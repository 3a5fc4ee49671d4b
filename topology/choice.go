package topology

import (
	"fmt"
	"math/rand/v2"

	"mpsim/sim/plugin"
)

// A Choice selects the paths of the subflows of one connection. Its exported fields are
// its parameters.
type Choice interface {
	// Choose returns the paths from one node to another, that of the first subflow first;
	// none if there is no way. It draws from r.
	Choose(g *Graph, from, to string, r *rand.Rand) [][]Hop
}

// Choices has every way to select paths by name.
var Choices = plugin.NewRegistry[Choice]("path choice")

// MaxPaths is how many paths a connection can have: a sched.Set has room for as many subflows.
const MaxPaths = 64

// checkPaths checks a number of paths.
func checkPaths(n int) error {
	if n < 1 || n > MaxPaths {
		return fmt.Errorf("paths = %d: want 1 to %d", n, MaxPaths)
	}
	return nil
}
