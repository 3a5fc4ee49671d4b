package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
	"mpsim/experiment/stats"
)

func init() {
	Registry.Register("regions", "who is best where: a metric of flows in parts of the best of their draw, over thirds of what was drawn",
		func() Kind { return &regions{} })
}

// regions draws how good each value of an axis is in parts of the best of the same draw, over all draws and
// over thirds of them by a quantity that was drawn. The best of a column has a frame, and those whose
// difference from it may be chance a dot.
type regions struct {
	ofFlows `toml:",inline"`
	Rows    string   `toml:"rows" doc:"axis of [vary] whose values are compared"`
	Columns []string `toml:"columns" doc:"quantities that were drawn, axis.quantity: a column for each third of the draws, or for each value of at most four"`
	Titles  []string `toml:"titles" doc:"what the quantities are called in the figure, in the order of the key columns"`
	Y       string   `toml:"y" doc:"metric of a flow"`
	Best    string   `toml:"best" doc:"greatest or least: which value of the metric is best; left out: greatest"`
}

// Check implements Kind.
func (k *regions) Check(s *Subject) {
	k.ofFlows.check(s)
	k.checkAxis(s, "rows", k.Rows)
	s.checkFlowMetric(k.Y)
	if k.Best != "" {
		s.OneOf("best", k.Best, []string{"greatest", "least"}, quoted(k.Best)+" says nothing of the best value")
	}
	var quantities []string
	for _, f := range k.drawn(s) {
		for _, q := range f.Drawn {
			name, _, _ := strings.Cut(q, "=")
			quantities, _ = insert(quantities, name)
		}
	}
	for i, name := range k.Columns {
		s.OneOf(element("columns", i), name, quantities, "nothing called "+quoted(name)+" was drawn for the flows")
	}
	if n := len(k.Titles); n > 0 && n != len(k.Columns) {
		s.Fail("titles", "got %d for %d quantities in the key columns; want one for each of them", n, len(k.Columns))
	}
}

// A drawing is a draw, with what flows that differ in the axis of the rows alone made of it.
type drawing struct {
	drawn map[string]float64 // by axis.quantity
	value []float64          // of the metric by row, in parts of the best; 0: none
}

// A region is some of the draws.
type region struct {
	quantity, label string
	draws           []drawing
}

func (k *regions) panels(s *source) ([]*panel, error) {
	s.keys.ofFlows = k.ofFlows
	rows, draws := k.draws(s)
	if len(draws) == 0 {
		return nil, fmt.Errorf("%w: no flow varied over %q has the metric %q", ErrNoData, k.Rows, k.Y)
	}
	columns := []region{{"", fmt.Sprintf("all %d", len(draws)), draws}}
	for i, q := range k.Columns {
		title := q
		if i < len(k.Titles) {
			title = k.Titles[i]
		}
		columns = append(columns, parted(draws, q, title)...)
	}
	m := &regionMap{columns: columns}
	for r, name := range rows {
		m.rows = append(m.rows, regionRow{name: name, index: r})
	}
	m.judge()
	return []*panel{m.panel(k.Rows)}, nil
}

// draws returns the values on the axis of the rows, and what each draw gave, in the order of the flows.
func (k *regions) draws(s *source) (rows []string, draws []drawing) {
	metrics := make(map[string]float64) // by flow
	for _, m := range s.res.Metrics() {
		if m.Of == "flow" && m.Part == "" && m.What == k.Y && isFinite(m.Value) && m.Value > 0 {
			metrics[m.Name] = m.Value
		}
	}
	flows := s.along(k.Rows)
	for i := range flows {
		v, _ := valueOf(&flows[i], k.Rows)
		rows, _ = insert(rows, v)
	}
	var groups []string
	for i := range flows {
		f := &flows[i]
		var at int
		if groups, at = insert(groups, strings.Join(others(f.Labels, k.Rows), "\x00")); at == len(draws) {
			draws = append(draws, drawing{drawn: numbers(f.Drawn), value: make([]float64, len(rows))})
		}
		v, _ := valueOf(f, k.Rows)
		draws[at].value[slices.Index(rows, v)] = metrics[f.Name]
	}
	for i := range draws {
		inPartsOfBest(draws[i].value, k.Best == "least")
	}
	return rows, slices.DeleteFunc(draws, func(d drawing) bool { return slices.Max(d.value) == 0 })
}

// numbers returns quantities that are numbers.
func numbers(drawn []string) map[string]float64 {
	values := make(map[string]float64)
	for _, q := range drawn {
		name, text, _ := strings.Cut(q, "=")
		if x, err := strconv.ParseFloat(text, 64); err == nil && isFinite(x) {
			values[name] = x
		}
	}
	return values
}

// inPartsOfBest divides by the best value. Where there is none is 0 in the end, too.
func inPartsOfBest(value []float64, least bool) {
	if least {
		for i, v := range value {
			if v > 0 {
				value[i] = 1 / v
			}
		}
	}
	if best := slices.Max(value); best > 0 {
		for i := range value {
			value[i] /= best
		}
	}
}

// parted parts draws in thirds by a quantity, or by its values if it has few.
func parted(draws []drawing, quantity, title string) (list []region) {
	draws = slices.DeleteFunc(slices.Clone(draws), func(d drawing) bool { _, ok := d.drawn[quantity]; return !ok })
	at := func(d drawing) float64 { return d.drawn[quantity] }
	slices.SortStableFunc(draws, func(a, b drawing) int { return cmp.Compare(at(a), at(b)) })
	var values []float64
	for _, d := range draws {
		if x := at(d); len(values) == 0 || x != values[len(values)-1] {
			values = append(values, x)
		}
	}
	if len(values) <= 4 {
		for _, x := range values {
			same := slices.DeleteFunc(slices.Clone(draws), func(d drawing) bool { return at(d) != x })
			list = append(list, region{title, short(x), same})
		}
		return list
	}
	const parts = 3
	for i := range parts {
		part := draws[i*len(draws)/parts : (i+1)*len(draws)/parts]
		if len(part) == 0 {
			continue
		}
		label, greatest := short(at(part[0])), short(at(part[len(part)-1]))
		if greatest != label {
			label += "–" + greatest
		}
		list = append(list, region{title, label, part})
	}
	return list
}

// short writes a number with two digits.
func short(x float64) string {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 2, 64), 64)
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// A regionMap is a cell for each row and region.
type regionMap struct {
	columns []region
	rows    []regionRow
	low     float64 // least mean, from which the colours begin
}

// A regionRow is a value of the axis of the rows.
type regionRow struct {
	name  string
	index int // in drawing.value
	cells []regionCell
}

// A regionCell is the mean over the draws of a region.
type regionCell struct {
	stats.Estimate
	best  bool // no other has a greater mean
	close bool // the difference from the best may be chance
}

const regionLevel = 0.95

// judge fills the cells, and puts the rows in the order of their means over all draws.
func (m *regionMap) judge() {
	m.low = 1
	for _, c := range m.columns {
		values := make([][]float64, len(m.rows))
		top := 0
		for r := range m.rows {
			for _, d := range c.draws {
				values[r] = append(values[r], d.value[m.rows[r].index])
			}
			e := stats.Mean(values[r], regionLevel)
			m.rows[r].cells = append(m.rows[r].cells, regionCell{Estimate: e})
			m.low = min(m.low, e.Mean)
			if e.Mean > m.mean(top) {
				top = r
			}
		}
		p := make([]float64, len(m.rows))
		for r := range p {
			p[r] = stats.Paired(values[r], values[top], regionLevel).P
		}
		p = slices.Delete(p, top, top+1)
		p = slices.Insert(stats.Holm(p), top, 1)
		for r := range m.rows {
			cells := m.rows[r].cells
			cell := &cells[len(cells)-1]
			cell.best, cell.close = r == top, r != top && p[r] >= 1-regionLevel
		}
	}
	slices.SortStableFunc(m.rows, func(a, b regionRow) int { return cmp.Compare(b.cells[0].Mean, a.cells[0].Mean) })
}

// mean returns that of row r in the column that is being filled.
func (m *regionMap) mean(r int) float64 {
	cells := m.rows[r].cells
	return cells[len(cells)-1].Mean
}

// panel makes the axes around the cells and the legend.
func (m *regionMap) panel(name string) *panel {
	p := newPanel("", float64(len(m.columns)), name, float64(len(m.rows)))
	p.height = cellHeight * vg.Length(len(m.rows))
	var ticks constantTicks
	for r, row := range m.rows {
		ticks = append(ticks, tick{Value: float64(len(m.rows)-r) - 0.5, Label: row.name})
	}
	p.plot.Y.Ticks, p.plot.Y.TickLength = ticks, 0
	p.plot.X.Ticks, p.plot.X.TickLength = m.columnTicks(), 0
	p.plot.layers = []layer{m} // no grid
	percent := func(x float64) string { return strconv.Itoa(int(math.Round(100*x))) + " %" }
	for _, x := range []float64{m.low, (m.low + 1) / 2, 1} {
		p.legend = append(p.legend, entry{text: percent(x), fill: m.colour(x)})
	}
	p.legend[2].text += " of the best of each draw, mean ± 95 % interval"
	p.legend = append(p.legend,
		entry{text: "best of the column", line: frameLine},
		entry{text: "may differ from it by chance (p ≥ 0.05)", mark: closeGlyph})
	return p
}

// columnTicks names the regions, and below those of one quantity that.
func (m *regionMap) columnTicks() (ticks constantTicks) {
	for from := 0; from < len(m.columns); {
		to := from
		for ; to < len(m.columns) && m.columns[to].quantity == m.columns[from].quantity; to++ {
			ticks = append(ticks, tick{Value: float64(to) + 0.5, Label: m.columns[to].label})
		}
		ticks = append(ticks, tick{Value: float64(from+to) / 2, Label: "\n" + m.columns[from].quantity})
		from = to
	}
	return ticks
}

// colour is light for the least mean, and blue for 1.
func (m *regionMap) colour(mean float64) color.NRGBA {
	t := 1.0
	if m.low < 1 {
		t = max(0, (mean-m.low)/(1-m.low))
	}
	mix := func(c uint8) uint8 { return uint8(math.Round(float64(faintest) + t*(float64(c)-float64(faintest)))) }
	return color.NRGBA{mix(palette[0].R), mix(palette[0].G), mix(palette[0].B), 0xFF}
}

// faintest is how light the grey of the least mean is.
const faintest = 0xEE

// groupGap is between columns of two quantities.
const groupGap = vg.Length(3)

var (
	frameLine  = draw.LineStyle{Color: palette[1], Width: 2 * lineWidth}
	closeGlyph = draw.GlyphStyle{Color: palette[4], Radius: glyphRadius, Shape: draw.CircleGlyph{}}
)

// Plot implements layer.
func (m *regionMap) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	letter := smallText
	letter.XAlign, letter.YAlign = text.XCenter, text.YCenter
	for r, row := range m.rows {
		y0, y1 := ty(float64(len(m.rows)-r-1)), ty(float64(len(m.rows)-r))
		for k, cell := range row.cells {
			x0, x1 := tx(float64(k)), tx(float64(k+1))
			if k > 0 && m.columns[k].quantity != m.columns[k-1].quantity {
				x0 += groupGap
			}
			c.FillPolygon(m.colour(cell.Mean), outline(x0, y0, x1, y1, 0))
			c.StrokeLines(draw.LineStyle{Color: white, Width: lineWidth}, outline(x0, y0, x1, y1, 0))
			switch {
			case cell.best:
				c.StrokeLines(frameLine, outline(x0, y0, x1, y1, 1.2))
			case cell.close:
				c.DrawGlyphNoClip(closeGlyph, vg.Point{X: x0 + 2.2*glyphRadius, Y: (y0 + y1) / 2})
			}
			letter.Color = black
			if cell.Mean-m.low > 0.6*(1-m.low) {
				letter.Color = white
			}
			c.FillText(letter, vg.Point{X: (x0+x1)/2 + glyphRadius, Y: (y0+y1)/2 + 0.8}, cell.text())
		}
	}
}

// text is the mean, and its interval if there is one, in percent.
func (c *regionCell) text() string {
	mean := strconv.Itoa(int(math.Round(100 * c.Mean)))
	if !isFinite(c.Half) {
		return mean
	}
	return mean + " ± " + strconv.Itoa(int(math.Round(100*c.Half)))
}

// outline is that of a rectangle, a bit within.
func outline(x0, y0, x1, y1, within vg.Length) []vg.Point {
	x0, y0, x1, y1 = x0+within, y0+within, x1-within, y1-within
	return []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}, {X: x0, Y: y0}}
}

// checkFlowMetric checks that the key y names a metric of a flow.
func (s *Subject) checkFlowMetric(y string) {
	var metrics []string
	for _, m := range record.Metrics() {
		if m.Flow != nil {
			metrics = append(metrics, m.Name)
		}
	}
	problem := quoted(y) + " is no metric of a flow"
	if y == "" {
		problem = "missing; want a metric of a flow"
	}
	s.OneOf("y", y, metrics, problem)
}
