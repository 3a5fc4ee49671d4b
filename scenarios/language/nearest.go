package language

import (
	"fmt"
	"strings"
)

// Suggest says which of the allowed names was probably meant, or which there are.
func Suggest(got string, allowed []string) string {
	if n := nearest(got, allowed); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	if len(allowed) == 0 {
		return "there are none"
	}
	if len(allowed) > 30 {
		return "want one of " + strings.Join(allowed[:30], ", ") + ", ..."
	}
	return "want one of " + strings.Join(allowed, ", ")
}

// nearest returns the name that got is most likely a misspelling of, or "".
func nearest(got string, names []string) string {
	best, least := "", 1+max(1, len(got)/3)
	for _, n := range names {
		if strings.EqualFold(n, got) {
			return n
		}
		if len(n)-len(got) >= least || len(got)-len(n) >= least {
			continue
		}
		if d := distance(got, n); d < least {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, substitutions and exchanges of
// neighbours that turn a into b (optimal string alignment, Damerau 1964).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
