package figure

import (
	"fmt"
	"image/color"
	"slices"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func init() {
	Registry.Register("matrix", "outcomes of flows: an axis of [vary] by the combinations of the others", func() Kind { return &matrix{} })
}

// matrix draws outcomes.
type matrix struct {
	ofFlows `toml:",inline"`
	Rows    string `toml:"rows" doc:"axis of [vary] of the rows"`
}

// Check implements Kind.
func (k *matrix) Check(s *Subject) {
	k.ofFlows.check(s)
	k.checkAxis(s, "rows", k.Rows)
}

// An outcome of record.Outcomes, and how a cell shows it. From the first on they get
// worse.
type outcome struct {
	name, letter string
	fill, ink    color.NRGBA
}

// outcomes has colours of the palette, light ones for what is well.
var outcomes = []outcome{
	{"ok", "ok", tint(palette[2]), black},
	{"subflow lost", "L", tint(palette[5]), black},
	{"fallback", "F", palette[4], black},
	{"reset", "R", palette[3], black},
	{"stall", "S", palette[1], white},
	{"corrupt", "C", palette[6], white},
}

var white = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}

// A heatMap is cells of outcomes, the first row on top.
type heatMap struct {
	cells [][]int  // index of the outcome by row and column; -1: none
	axes  []string // of the columns, the one that changes fastest first
}

const cellHeight = vg.Length(10.5)

func (k *matrix) panels(s *source) ([]*panel, error) {
	s.keys.ofFlows = k.ofFlows
	flows := s.along(k.Rows)
	if len(flows) == 0 {
		return nil, fmt.Errorf("%w: no flow is varied over %q", ErrNoData, k.Rows)
	}
	var rows, columns []string
	var labels [][]string // of the columns
	for i := range flows {
		v, _ := valueOf(&flows[i], k.Rows)
		rows, _ = insert(rows, v)
		rest := others(flows[i].Labels, k.Rows)
		var at int
		if columns, at = insert(columns, strings.Join(rest, "\x00")); at == len(labels) {
			labels = append(labels, rest)
		}
	}
	h := &heatMap{cells: make([][]int, len(rows))}
	for r := range h.cells {
		h.cells[r] = slices.Repeat([]int{-1}, len(columns))
	}
	for i := range flows {
		f := &flows[i]
		v, _ := valueOf(f, k.Rows)
		cell := &h.cells[slices.Index(rows, v)][slices.Index(columns, strings.Join(others(f.Labels, k.Rows), "\x00"))]
		name := f.Outcome()
		*cell = max(*cell, slices.IndexFunc(outcomes, func(o outcome) bool { return o.name == name }))
	}
	return []*panel{h.panel(k.Rows, rows, labels)}, nil
}

// panel makes the axes around the cells and the legend.
func (h *heatMap) panel(name string, rows []string, labels [][]string) *panel {
	p := newPanel("", float64(len(labels)), name, float64(len(rows)))
	p.height = cellHeight * vg.Length(len(rows))
	var ticks constantTicks
	for r, v := range rows {
		ticks = append(ticks, tick{Value: float64(len(rows)-r) - 0.5, Label: v})
	}
	p.plot.Y.Ticks, p.plot.Y.TickLength = ticks, 0
	p.plot.X.Ticks, p.plot.X.TickLength = h.columnTicks(labels), 0
	p.plot.Add(h)
	for i, o := range outcomes {
		if slices.ContainsFunc(h.cells, func(row []int) bool { return slices.Contains(row, i) }) {
			name := o.name
			if o.letter != name {
				name = o.letter + " " + name
			}
			p.legend = append(p.legend, entry{text: name, fill: o.fill})
		}
	}
	return p
}

// columnTicks names the columns in a line for each axis, the one that changes fastest
// on top; what neighbours have in common is written once.
func (h *heatMap) columnTicks(labels [][]string) (ticks constantTicks) {
	n := len(labels[0])
	for a := range n {
		axis, _, _ := strings.Cut(labels[0][n-1-a], "=")
		h.axes = append(h.axes, axis)
		for from := 0; from < len(labels); {
			to := from + 1
			for to < len(labels) && slices.Equal(labels[to][:n-a], labels[from][:n-a]) {
				to++
			}
			_, value, _ := strings.Cut(labels[from][n-1-a], "=")
			ticks = append(ticks, tick{Value: float64(from+to) / 2, Label: strings.Repeat("\n", a) + value})
			from = to
		}
	}
	return ticks
}

// Plot implements layer.
func (h *heatMap) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	letter := smallText
	letter.XAlign, letter.YAlign = text.XCenter, text.YCenter
	border := draw.LineStyle{Color: white, Width: lineWidth}
	for r, row := range h.cells {
		for k, o := range row {
			if o < 0 {
				continue
			}
			x0, x1 := tx(float64(k)), tx(float64(k+1))
			y0, y1 := ty(float64(len(h.cells)-r-1)), ty(float64(len(h.cells)-r))
			cell := []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}, {X: x0, Y: y0}}
			c.FillPolygon(outcomes[o].fill, cell)
			c.StrokeLines(border, cell)
			letter.Color = outcomes[o].ink
			c.FillText(letter, vg.Point{X: (x0 + x1) / 2, Y: (y0+y1)/2 + 0.8}, outcomes[o].letter)
		}
	}
	names := smallText
	names.XAlign, names.YAlign = text.XRight, text.YTop
	for i, axis := range h.axes {
		c.FillText(names, vg.Point{X: c.Min.X - 4, Y: c.Min.Y - p.X.TickLength - tickGap}, strings.Repeat("\n", i)+axis)
	}
}
