package compare

import (
	"fmt"
	"io"
	"slices"
	"strings"

	tables "mpsim/experiment/grid"
)

// A grid is a table as text: a line of titles and a line for each variant, and after it a line with the
// differences for each variant that it is compared with.
type grid struct {
	name  string
	lines [][]string
}

// grids returns a table for each flow, link and run.
func (c *Comparison) grids() (list []grid) {
	for from := 0; from < len(c.Rows); {
		to := from + 1
		for to < len(c.Rows) && c.Rows[to].thing() == c.Rows[from].thing() {
			to++
		}
		list = append(list, c.grid(c.Rows[from:to]))
		from = to
	}
	return list
}

func (c *Comparison) grid(rows []Row) grid {
	g := grid{name: rows[0].thing()}
	head := []string{g.name}
	for _, r := range rows {
		head = append(head, r.Metric)
	}
	g.lines = append(g.lines, head)
	for k, v := range c.Variants {
		line := []string{v.Name}
		for i := range rows {
			cell := &rows[i].Cells[k]
			text := Amount(cell.Mean, cell.Half, rows[i].Unit)
			if cell.Unfinished > 0 {
				text += " †"
			}
			line = append(line, text)
		}
		g.lines = append(g.lines, line)
		for _, b := range c.bases(k) {
			g.lines = append(g.lines, c.against(rows, k, b))
		}
	}
	return g
}

// against returns the line of the differences of variant k from a base.
func (c *Comparison) against(rows []Row, k int, b base) []string {
	line := []string{"  against " + c.level(b.variant, b.factor)}
	for i := range rows {
		text := "–"
		if d := rows[i].Cells[k].from(b); d != nil {
			text = amount(&rows[i], d)
			if d.Significant {
				text += " *"
			}
		}
		line = append(line, text)
	}
	return line
}

// from returns the difference from a base; nil if there is none.
func (c *Cell) from(b base) *Difference {
	for i := range c.Against {
		if c.Against[i].base == b {
			return &c.Against[i]
		}
	}
	return nil
}

// Table writes what people look at first: means with their intervals, and what can be
// said of the differences.
func (c *Comparison) Table(w io.Writer) error {
	var b strings.Builder
	for _, line := range c.preamble() {
		b.WriteString(line + "\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	for _, g := range c.grids() {
		if _, err := io.WriteString(w, "\n"); err != nil {
			return err
		}
		if err := g.table().Write(w); err != nil {
			return err
		}
	}
	b.Reset()
	if legend := c.legend(); legend != "" {
		b.WriteString("\n" + legend + "\n")
	}
	for _, g := range c.verdicts() {
		b.WriteString("\n" + g.name + "\n")
		for _, v := range g.sentences {
			b.WriteString("  " + v + "\n")
		}
	}
	if len(c.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, n := range c.Notes {
		b.WriteString("note: " + n + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// table returns the lines with room for marks.
func (g grid) table() tables.Table {
	t := tables.Table{Right: true}
	for _, line := range g.lines {
		cells := []string{line[0]}
		for _, s := range line[1:] {
			cells = append(cells, marked(s))
		}
		t.Lines = append(t.Lines, cells)
	}
	return t
}

// marked makes room for a mark behind a text that has none, so that numbers align.
func marked(s string) string {
	if strings.HasSuffix(s, " *") || strings.HasSuffix(s, " †") {
		return s
	}
	return s + "\u00a0\u00a0" // the table would cut usual spaces off
}

// preamble says what was compared.
func (c *Comparison) preamble() []string {
	runs := fmt.Sprintf("%d replications each, seeds %d to %d, the same random numbers for all", c.Replications, c.Seed, c.Seed+uint64(c.Replications)-1)
	interval := fmt.Sprintf("means ± %.0f %% interval (Student); differences by pairs of replications, in parts of %s", 100*c.Level, c.firsts())
	if !c.Random {
		runs, interval = fmt.Sprintf("one run each, seed %d", c.Seed), ""
	}
	if len(c.Variants) < 2 {
		interval, _, _ = strings.Cut(interval, ";")
	}
	lines := []string{c.Scenario + ": " + runs + "; " + c.Warmup.String()}
	if interval != "" {
		lines = append(lines, interval)
	}
	return lines
}

// firsts names what variants are compared with.
func (c *Comparison) firsts() string {
	var list []string
	for f := range c.Factors {
		if c.varied(f) {
			list = append(list, c.level(0, f))
		}
	}
	text := strings.Join(list, " or ")
	if len(list) > 1 {
		text += ", with all else the same"
	}
	return text
}

// legend explains the marks.
func (c *Comparison) legend() string {
	var star, dagger bool
	for _, r := range c.Rows {
		for _, cell := range r.Cells {
			star = star || slices.ContainsFunc(cell.Against, func(d Difference) bool { return d.Significant })
			dagger = dagger || cell.Unfinished > 0
		}
	}
	var parts []string
	if star {
		parts = append(parts, fmt.Sprintf("* not chance: p < %.2g after the correction of Holm for %d differences", 1-c.Level, c.Tests))
	}
	if dagger {
		parts = append(parts, "† some transfers were not complete: see the notes")
	}
	return strings.Join(parts, "\n")
}

// A verdict is what can be said of a flow, a link or the run.
type verdict struct {
	name      string
	sentences []string
}

// verdicts returns what can be said, flow by flow. Of the variants without a difference
// that can be seen there is one sentence for each metric.
func (c *Comparison) verdicts() (list []verdict) {
	for i := range c.Rows {
		row := &c.Rows[i]
		sentences := c.sentences(row)
		if len(sentences) == 0 {
			continue
		}
		name := row.thing()
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, verdict{name: name})
		}
		v := &list[len(list)-1]
		v.sentences = append(v.sentences, sentences...)
	}
	return list
}

// sentences returns what can be said of a metric, factor by factor and level by level of the others.
func (c *Comparison) sentences(row *Row) (list []string) {
	for f := range c.Factors {
		for v := range c.Variants {
			list = append(list, c.sentencesOf(row, base{f, v})...)
		}
	}
	return list
}

// sentencesOf returns what can be said of the differences from one base.
func (c *Comparison) sentencesOf(row *Row, b base) (list []string) {
	var unseen, needed []string
	alone, n := "", 0
	for k := range row.Cells {
		d := row.Cells[k].from(b)
		switch {
		case d == nil:
		case d.P == nil || d.Significant || d.Mean == 0:
			list = append(list, d.Verdict)
		default:
			alone, n = d.Verdict, max(n, d.N)
			unseen = append(unseen, c.level(k, b.factor))
			needed = append(needed, d.needed("")+" ("+amount(row, d)+")")
		}
	}
	switch len(unseen) {
	case 0:
		return list
	case 1:
		return append(list, alone)
	}
	text := fmt.Sprintf("%s%s: no difference from %s can be seen at n = %d; one of the size measured would show with about this many replications:",
		c.at(b), row.Metric, c.level(b.variant, b.factor), n)
	for i, name := range unseen {
		if i > 0 {
			text += ","
		}
		text += " " + name + " " + needed[i]
	}
	return append(list, text)
}
