package topology

import "math/rand/v2"

func init() {
	Matrices.Register("permutation", "Raiciu et al., SIGCOMM 2011, section 4.1", func() Matrix { return &Permutation{} })
}

// Permutation has every host receive from one and send to one other, drawn among all
// permutations in which no host sends to itself.
type Permutation struct{}

// Pairs implements Matrix.
func (*Permutation) Pairs(hosts int, senders []int, r *rand.Rand) (list []Pair, _ error) {
	to := derangement(hosts, r)
	for _, h := range senders {
		list = append(list, Pair{From: h, To: to[h]})
	}
	return list, nil
}

// derangement draws a permutation of n > 1 numbers, again and again until none stays in
// its place: e times on average.
func derangement(n int, r *rand.Rand) []int {
	for {
		p := r.Perm(n)
		fixed := false
		for i, j := range p {
			fixed = fixed || i == j
		}
		if !fixed {
			return p
		}
	}
}
