package main

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// A score counts the faults that were planted in a package and built, and those that a test found.
type score struct{ found, planted int }

func (s score) share() float64 { return float64(s.found) / float64(s.planted) }

// interval is the 95 % interval of the share of all faults of the package that the tests find
// (Wilson, JASA 22(158), 1927), when these are a random sample of them.
func (s score) interval() (low, high float64) {
	const z = 1.959964
	n, p := float64(s.planted), s.share()
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return middle - half, middle + half
}

// row is the line of the table for s.
func (s score) row(name string) string {
	if s.planted == 0 {
		return fmt.Sprintf("| %s | 0 | | |\n", name)
	}
	low, high := s.interval()
	return fmt.Sprintf("| %s | %d | %.0f %% | %.0f to %.0f %% |\n", name, s.planted, 100*s.share(), 100*low, 100*high)
}

// table is the Markdown table of the scores of packages, with their sum.
func table(of map[string]score) string {
	var b strings.Builder
	b.WriteString("| package | faults | found | 95 % interval |\n|---|---|---|---|\n")
	var all score
	for _, pkg := range slices.Sorted(maps.Keys(of)) {
		b.WriteString(of[pkg].row("`" + pkg + "`"))
		all.found += of[pkg].found
		all.planted += of[pkg].planted
	}
	b.WriteString(all.row("all"))
	return b.String()
}
