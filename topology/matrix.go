package topology

import (
	"fmt"
	"math/rand/v2"

	"mpsim/sim/plugin"
)

// A Pair is two hosts between which there is traffic, by their numbers.
type Pair struct {
	From, To int
	// Paths, if not nil, are the paths of the subflows, by their index in a Fan of Of paths.
	Paths []uint64
	Of    uint64
}

// A Matrix says which hosts send to which. Its exported fields are its parameters.
type Matrix interface {
	// Pairs returns the pairs among hosts numbered from 0, of which those in senders send.
	// It draws from r.
	Pairs(hosts int, senders []int, r *rand.Rand) ([]Pair, error)
}

// Matrices has every kind of traffic matrix by name.
var Matrices = plugin.NewRegistry[Matrix]("traffic pattern")

// maxPairs bounds the pairs of a Matrix: each connection has a port of its own.
const maxPairs = 1 << 16

// another draws a host other than h.
func another(h, hosts int, r *rand.Rand) int {
	to := r.IntN(hosts - 1)
	if to >= h {
		to++
	}
	return to
}

// checkPairs reports more pairs than there can be.
func checkPairs(senders, each int) error {
	if senders*each > maxPairs {
		return fmt.Errorf("%d senders with %d pairs each: want at most %d pairs", senders, each, maxPairs)
	}
	return nil
}
