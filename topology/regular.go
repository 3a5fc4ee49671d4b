package topology

import "math/rand/v2"

// regular draws a connected graph of n nodes with degree neighbours each, as far as that
// makes one piece. Unlike Jellyfish's authors, who join switches with free ports one after the
// other, it pairs all ports at once and exchanges ends of pairs that make no link with those of
// others, because no port is left over then.
func regular(n, degree int, r *rand.Rand) [][2]int {
	for {
		var pairs [][2]int
		if rest := n - 1 - degree; rest < degree { // there is more room for exchanges in the complement
			pairs = complement(n, pairing(n, rest, r))
		} else {
			pairs = pairing(n, degree, r)
		}
		if degree < 2 || connected(n, pairs) {
			return pairs
		}
	}
}

// pairing draws a graph of n nodes of equal degree.
func pairing(n, degree int, r *rand.Rand) [][2]int {
	ports := make([]int, n*degree)
	for i := range ports {
		ports[i] = i / max(degree, 1)
	}
	r.Shuffle(len(ports), func(i, j int) { ports[i], ports[j] = ports[j], ports[i] })
	pairs := make([][2]int, len(ports)/2)
	times := make(map[[2]int]int)
	for i := range pairs {
		pairs[i] = ordered(ports[2*i], ports[2*i+1])
		times[pairs[i]]++
	}
	for i := range pairs {
		for pairs[i][0] == pairs[i][1] || times[pairs[i]] > 1 {
			j := r.IntN(len(pairs))
			a, b := ordered(pairs[i][0], pairs[j][1]), ordered(pairs[j][0], pairs[i][1])
			if j == i || a == b || a[0] == a[1] || b[0] == b[1] || times[a] > 0 || times[b] > 0 {
				continue
			}
			times[pairs[i]]--
			times[pairs[j]]--
			pairs[i], pairs[j] = a, b
			times[a]++
			times[b]++
		}
	}
	return pairs
}

func ordered(a, b int) [2]int { return [2]int{min(a, b), max(a, b)} }

// complement returns the pairs that a graph of n nodes does not have.
func complement(n int, pairs [][2]int) (rest [][2]int) {
	has := make(map[[2]int]bool)
	for _, p := range pairs {
		has[p] = true
	}
	for a := range n {
		for b := a + 1; b < n; b++ {
			if !has[[2]int{a, b}] {
				rest = append(rest, [2]int{a, b})
			}
		}
	}
	return rest
}

// connected reports whether there is a way between all of n nodes.
func connected(n int, pairs [][2]int) bool {
	next := make([][]int, n)
	for _, p := range pairs {
		next[p[0]], next[p[1]] = append(next[p[0]], p[1]), append(next[p[1]], p[0])
	}
	seen := make([]bool, n)
	seen[0] = true
	reached := 1
	for queue := []int{0}; len(queue) > 0; queue = queue[1:] {
		for _, m := range next[queue[0]] {
			if !seen[m] {
				seen[m] = true
				reached++
				queue = append(queue, m)
			}
		}
	}
	return reached == n
}
