package compare

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"mpsim/experiment/stats"
)

// A Difference is how much larger a metric is than with the first level of a factor, all other factors being
// the same, pair by pair of replications.
type Difference struct {
	base
	of int // index of the variant

	Factor       string   `json:"factor"`              // in whose level the two variants differ
	Against      string   `json:"against"`             // name of the variant with the first level
	N            int      `json:"n"`                   // pairs
	Mean         float64  `json:"mean"`                // in the unit of the metric
	Half         *float64 `json:"half_width"`          // of its interval; nil: there is none
	Relative     *float64 `json:"relative"`            // Mean as part of the mean of the other variant; nil if that is 0
	RelativeHalf *float64 `json:"relative_half_width"` // with the mean of the other variant taken as known
	P            *float64 `json:"p"`                   // of the paired t-test
	Holm         *float64 `json:"p_holm"`              // corrected for all differences of the comparison
	Wilcoxon     *float64 `json:"p_wilcoxon"`          // of the signed-rank test, not corrected
	Significant  bool     `json:"significant"`         // more than chance, after the correction
	Needed       *int     `json:"replications_needed"` // to show a difference of this size with probability 0.8; nil: there is no such number, or it is seen
	Verdict      string   `json:"verdict"`             // the difference in words
}

// A base is what a variant is compared with: the variant that has the first level of a factor and the same
// levels of all others. So the effect of one option is told from that of another.
type base struct {
	factor  int // index of the factor
	variant int // index of the variant compared with
}

// bases returns what variant k is compared with.
func (c *Comparison) bases(k int) (list []base) {
	for f := range c.Factors {
		levels := slices.Clone(c.Variants[k].Levels)
		levels[f] = c.Variants[0].Levels[f]
		v := slices.IndexFunc(c.Variants, func(o Chosen) bool { return slices.Equal(o.Levels, levels) })
		if v >= 0 && v != k {
			list = append(list, base{f, v})
		}
	}
	return list
}

// varied reports whether the variants differ in factor f.
func (c *Comparison) varied(f int) bool {
	return slices.ContainsFunc(c.Variants, func(v Chosen) bool { return v.Levels[f] != c.Variants[0].Levels[f] })
}

// at says which levels the other factors have in the two variants of a difference, if they vary:
// "at delay=20ms: ".
func (c *Comparison) at(b base) string {
	var levels []string
	for f, l := range c.Variants[b.variant].Levels {
		if f != b.factor && c.varied(f) {
			levels = append(levels, l.Label)
		}
	}
	if len(levels) == 0 {
		return ""
	}
	return "at " + strings.Join(levels, ", ") + ": "
}

// level names the level of a factor that variant k has.
func (c *Comparison) level(k, factor int) string { return c.Variants[k].Levels[factor].Label }

// judge compares each variant with its bases. The correction covers all differences of
// the comparison, whatever metric and flow they are of.
func (c *Comparison) judge() {
	var tests []*Difference
	var p []float64
	var sd []float64
	for i := range c.Rows {
		row := &c.Rows[i]
		for _, d := range c.differences(row) {
			a, b := pairs(&row.Cells[d.variant], &row.Cells[d.of])
			e := stats.Paired(a, b, Level)
			d.Mean = e.Mean
			base := stats.Mean(a, Level).Mean
			d.Relative = ratio(e.Mean, base)
			if !c.Random || len(a) < 2 {
				continue
			}
			w := stats.Wilcoxon(a, b)
			d.Half, d.P, d.Wilcoxon, d.RelativeHalf = &e.Half, &e.P, &w, ratio(e.Half, math.Abs(base))
			tests, p, sd = append(tests, d), append(p, e.P), append(sd, stats.Deviation(a, b))
		}
	}
	c.Tests = len(p)
	for i, adjusted := range stats.Holm(p) {
		d := tests[i]
		d.Holm, d.Significant = &adjusted, adjusted < 1-Level
		if d.Significant {
			continue
		}
		// What the correction has made of p, it makes of the level; so what is not significant
		// needs more pairs than there are.
		factor := float64(len(p))
		if adjusted < 1 {
			factor = adjusted / p[i]
		}
		if n, ok := stats.Needed(sd[i], d.Mean, 1-(1-Level)/factor); ok {
			d.Needed = &n
		}
	}
	for i := range c.Rows {
		for k := range c.Rows[i].Cells {
			cell := &c.Rows[i].Cells[k]
			for n := range cell.Against {
				cell.Against[n].Verdict = c.words(&c.Rows[i], k, &cell.Against[n])
			}
		}
	}
}

// differences makes those of all cells of a row that have pairs, and returns them.
func (c *Comparison) differences(row *Row) (list []*Difference) {
	for k := range row.Cells {
		cell := &row.Cells[k]
		for _, b := range c.bases(k) {
			if a, _ := pairs(&row.Cells[b.variant], cell); len(a) > 0 {
				cell.Against = append(cell.Against, Difference{
					base: b, of: k, Factor: c.Factors[b.factor], Against: c.Variants[b.variant].Name, N: len(a),
				})
			}
		}
		for n := range cell.Against {
			list = append(list, &cell.Against[n])
		}
	}
	return list
}

// pairs returns the values of the replications that both have.
func pairs(a, b *Cell) (x, y []float64) {
	of := make(map[int]float64, len(a.Values))
	for _, v := range a.Values {
		of[v.Replication] = v.Value
	}
	for _, v := range b.Values {
		if u, ok := of[v.Replication]; ok {
			x, y = append(x, u), append(y, v.Value)
		}
	}
	return x, y
}

func ratio(x, y float64) *float64 {
	if y == 0 {
		return nil
	}
	r := x / y
	return &r
}

// words says what a difference means.
func (c *Comparison) words(row *Row, k int, d *Difference) string {
	return c.at(d.base) + c.statementOf(row, d, c.level(k, d.factor), c.level(d.variant, d.factor))
}

// statementOf says what a difference of the level name from the level first means.
func (c *Comparison) statementOf(row *Row, d *Difference, name, first string) string {
	switch {
	case d.Mean == 0 && (d.Half == nil || *d.Half == 0):
		return fmt.Sprintf("%s: %s and %s are alike, in every run", row.Metric, name, first)
	case !c.Random || d.Significant:
		return statement(row, d, name, first)
	case d.P == nil:
		return fmt.Sprintf("%s: one pair of runs of %s and %s tells nothing", row.Metric, name, first)
	}
	text := fmt.Sprintf("%s: no difference of %s from %s can be seen at n = %d", row.Metric, name, first, d.N)
	if d.Mean == 0 {
		return text
	}
	return text + fmt.Sprintf("; %s replications would show one of the size measured (%s)", d.needed("about "), amount(row, d))
}

// needed writes how many replications would show the difference.
func (d *Difference) needed(about string) string {
	if d.Needed == nil || *d.Needed > mostReplications {
		return fmt.Sprintf("more than %d", mostReplications)
	}
	return about + fmt.Sprint(roundUp(*d.Needed))
}

// mostReplications is the largest number of replications that a verdict names.
const mostReplications = 10_000

// roundUp returns n with two digits that count: the number is an estimate.
func roundUp(n int) int {
	unit := 1
	for n > 99*unit {
		unit *= 10
	}
	return (n + unit - 1) / unit * unit
}

// statement says how a variant differs from the first.
func statement(row *Row, d *Difference, name, first string) string {
	larger := &Difference{Mean: math.Abs(d.Mean), Half: d.Half, Relative: abs(d.Relative), RelativeHalf: d.RelativeHalf}
	size := strings.TrimPrefix(amount(row, larger), "+")
	more := map[bool]string{true: "more", false: "less"}[d.Mean > 0]
	longer := map[bool]string{true: "longer", false: "shorter"}[d.Mean > 0]
	higher := map[bool]string{true: "higher", false: "lower"}[d.Mean > 0]
	switch {
	case row.Metric == "goodput":
		return fmt.Sprintf("%s carries %s %s than %s", name, size, more, first)
	case row.Metric == "retransmitted" || row.Metric == "reinjected":
		return fmt.Sprintf("%s has %s %s %s than %s", name, size, more, row.Metric, first)
	case row.Unit == "s":
		return fmt.Sprintf("%s of %s is %s %s than of %s", row.Metric, name, size, longer, first)
	}
	return fmt.Sprintf("%s of %s is %s %s than of %s", row.Metric, name, size, higher, first)
}

// amount writes a difference: as a part of the first mean, if there is one.
func amount(row *Row, d *Difference) string {
	if d.Relative != nil {
		return percent(*d.Relative, d.RelativeHalf)
	}
	return Amount(d.Mean, d.Half, row.Unit)
}

func abs(x *float64) *float64 {
	if x == nil {
		return nil
	}
	y := math.Abs(*x)
	return &y
}
