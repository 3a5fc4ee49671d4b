package pathmgr

import "fmt"

// Number makes names of paths unique: of several alike the second becomes name#2, and so on.
func Number(names []string) {
	times := make(map[string]int)
	for i, n := range names {
		times[n]++
		if k := times[n]; k > 1 {
			names[i] = fmt.Sprintf("%s#%d", n, k)
		}
	}
}
