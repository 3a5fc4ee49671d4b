// Package words tells people which word they probably meant.
package words

import (
	"fmt"
	"slices"
	"strings"
)

// Suggest says which of the allowed words was probably meant, or which there are: the end of a message about got.
func Suggest(got string, allowed []string) string {
	if n := Nearest(got, allowed); n != "" {
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

// Offered returns the words that Suggest offers at the end of a message, if it has none that is near.
func Offered(message string) []string {
	_, list, ok := strings.Cut(message, "want one of ")
	if !ok {
		return nil
	}
	return strings.Split(list, ", ")
}

// Choose returns which of the allowed words got is. The error says what it is a word for.
func Choose(what, got string, allowed []string) (int, error) {
	if i := slices.Index(allowed, got); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("unknown %s %.40q; %s", what, got, Suggest(got, allowed))
}

// Check reports a word that is none of the allowed ones.
func Check(what, got string, allowed ...string) error {
	_, err := Choose(what, got, allowed)
	return err
}

// Nearest returns the word that got is most likely a misspelling of, or "": at most a third of its letters differ, or
// one, but not all. The size of letters does not count.
func Nearest(got string, allowed []string) string {
	best, least := "", 1+max(1, len(got)/3)
	for _, n := range allowed {
		longer := max(len(n), len(got))
		if strings.EqualFold(n, got) {
			return n
		}
		if longer-min(len(n), len(got)) >= least {
			continue
		}
		if d := distance(strings.ToLower(got), strings.ToLower(n)); d < min(least, longer) {
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
