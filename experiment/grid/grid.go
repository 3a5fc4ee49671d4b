// Package grid writes tables for people, so that they fit the terminal.
package grid

import (
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A Screen says how many characters a line of it has; 0 is as many as there are.
type Screen interface{ Width() int }

// A Table is lines of cells, the first of which has the titles. All lines have as many cells.
type Table struct {
	Lines [][]string
	Right bool // numbers: all columns but the first are aligned to the right; no-break spaces at their ends are kept
}

// noBreak is the space at which nothing breaks, and which alignment keeps at the end of a cell. It is written as
// a usual one.
const noBreak = "\u00a0"

// gap is between columns.
const gap = "  "

// least is how narrow a column of words may become before it goes below.
const least = 24

// Write writes the table. If w is a Screen, columns for which a line has no room go on below, after the first
// column once more, and what is too wide even so breaks at spaces: nothing is left out. Any other writer gets
// whole lines.
func (t Table) Write(w io.Writer) error {
	width := 0
	if s, ok := w.(Screen); ok {
		width = s.Width()
	}
	var parts []string
	for _, b := range t.blocks(width) {
		parts = append(parts, t.render(b)+"\n")
	}
	_, err := io.WriteString(w, strings.Join(parts, "\n"))
	return err
}

// A block is columns that stand beside each other.
type block struct {
	columns, widths []int
}

// blocks distributes the columns over lines of a width; 0 is one block.
func (t Table) blocks(width int) []block {
	widths := t.widths()
	if total := len(gap)*(len(widths)-1) + sum(widths); width <= 0 || total <= width {
		all := block{widths: widths}
		for i := range widths {
			all.columns = append(all.columns, i)
		}
		return []block{all}
	}
	first := widths[0]
	if len(widths) > 1 {
		first = min(first, max(width/2, 1))
	}
	begin := func() block { return block{[]int{0}, []int{min(first, width)}} }
	list := []block{begin()}
	alone := max(width-first-len(gap), 1) // room of a column that has a line with the first
	for i := 1; i < len(widths); i++ {
		b := &list[len(list)-1]
		room := width - sum(b.widths) - len(gap)*len(b.widths)
		switch {
		case widths[i] <= room:
			room = widths[i]
		case widths[i] > alone && room >= least:
		case len(b.columns) > 1:
			list = append(list, begin())
			b = &list[len(list)-1]
			room = min(widths[i], alone)
		default:
			room = alone
		}
		b.columns, b.widths = append(b.columns, i), append(b.widths, room)
	}
	return list
}

// widths returns the width of each column.
func (t Table) widths() []int {
	widths := make([]int, len(t.Lines[0]))
	for _, line := range t.Lines {
		for i, cell := range line {
			widths[i] = max(widths[i], text.StringWidthWithoutEscSequences(cell))
		}
	}
	return widths
}

// render returns a block as text.
func (t Table) render(b block) string {
	w := table.NewWriter()
	w.SetStyle(table.Style{Box: table.BoxStyle{PaddingRight: gap}})
	var configs []table.ColumnConfig
	for k, i := range b.columns {
		c := table.ColumnConfig{Number: k + 1, WidthMax: b.widths[k], WidthMaxEnforcer: text.WrapSoft}
		if t.Right && i > 0 {
			c.Align = text.AlignRight
		}
		configs = append(configs, c)
	}
	w.SetColumnConfigs(configs)
	for _, line := range t.Lines {
		row := table.Row{}
		for _, i := range b.columns {
			row = append(row, line[i])
		}
		w.AppendRow(row)
	}
	lines := strings.Split(strings.ReplaceAll(w.Render(), noBreak, " "), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

func sum(list []int) (n int) {
	for _, x := range list {
		n += x
	}
	return n
}
