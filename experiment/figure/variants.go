package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Metric is a number that several variants of a scenario yield.
type Metric struct {
	Name     string // for the axis
	Unit     string // as of record.Metric
	Variants []Sample
}

// A Sample is what the replications of a variant yield.
type Sample struct {
	Variant string
	Values  []float64
	Mean    float64
	Half    float64 // half the width of the interval of the mean; 0: none is drawn
}

// fewPoints is the number of values below which each of them is shown.
const fewPoints = 10

// Bars draws a panel for each metric with a bar for each variant, as long as the mean, and
// the interval of the mean. Few values are shown one by one, too. Bars lie, so that names
// of any length have room.
func Bars(title string, metrics []Metric) *Figure {
	var panels []*panel
	for i := range metrics {
		panels = append(panels, metrics[i].bars())
	}
	return layOut(panels, title, ColumnWidth)
}

const barHeight = vg.Length(11) // with the gap to the next

func (m *Metric) bars() *panel {
	top := m.top()
	sc := scaleFor(m.Unit, top)
	n := len(m.Variants)
	p := newPanel(m.label(sc), 1.05*sc.factor*top, "", float64(n))
	if top == 0 {
		p.plot.X.Max = 1
	}
	p.height = barHeight * vg.Length(n)
	var ticks constantTicks
	looks := looks(m.names())
	for i, v := range m.Variants {
		at := float64(n-i) - 0.5
		ticks = append(ticks, tick{Value: at, Label: v.Variant})
		b := &bar{y: at, mean: sc.factor * v.Mean, half: sc.factor * v.Half, look: looks[i]}
		if len(v.Values) < fewPoints {
			b.values = sc.apply(v.Values)
		}
		p.plot.Add(b)
	}
	p.plot.Y.Ticks, p.plot.Y.TickLength = ticks, 0
	return p
}

// label names the axis of the metric.
func (m *Metric) label(sc scale) string {
	if sc.unit == "" {
		return words(m.Name)
	}
	return sc.label(words(m.Name))
}

// top returns the greatest number to be shown.
func (m *Metric) top() (top float64) {
	for _, v := range m.Variants {
		top = max(top, v.Mean+v.Half, slices.Max(append(v.Values, 0)))
	}
	return top
}

func (m *Metric) names() []string {
	names := make([]string, len(m.Variants))
	for i, v := range m.Variants {
		names[i] = v.Variant
	}
	return names
}

// A bar lies from 0 to its mean.
type bar struct {
	y, mean, half float64
	values        []float64
	look          look
}

// Plot implements layer.
func (b *bar) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	from, to, y := tx(0), tx(b.mean), ty(b.y)
	const half = 0.36 * barHeight
	colour := palette[b.look.colour]
	box := []vg.Point{{X: from, Y: y - half}, {X: to, Y: y - half}, {X: to, Y: y + half}, {X: from, Y: y + half}}
	c.FillPolygon(tint(colour), box)
	c.StrokeLines(draw.LineStyle{Color: colour, Width: lineWidth}, append(box, box[0]))
	for _, v := range b.values {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: colour, Radius: 1.2, Shape: markers[b.look.mark]}, vg.Point{X: tx(v), Y: y})
	}
	if b.half > 0 {
		line := draw.LineStyle{Color: black, Width: lineWidth}
		low, high := tx(max(b.mean-b.half, p.X.Min)), tx(b.mean+b.half)
		c.StrokeLine2(line, low, y, high, y)
		for _, x := range []vg.Length{low, high} {
			c.StrokeLine2(line, x, y-2, x, y+2)
		}
	}
}

// Distributions draws for each metric the empirical distribution function of each variant, at most eight in a panel.
// band returns by how much that of n values may be off anywhere: a bar at the left shows it.
func Distributions(title string, metrics []Metric, band func(n int) float64) *Figure {
	var panels []*panel
	for i := range metrics {
		m := &metrics[i]
		looks := looks(m.names())
		panels = append(panels, inPanels(len(m.Variants), "variants", func(from, to int) *panel {
			return m.distributions(from, to, looks, band)
		})...)
	}
	explainOnce(panels)
	return layOut(panels, title, ColumnWidth)
}

// distributions draws some of the variants.
func (m *Metric) distributions(from, to int, looks []look, band func(n int) float64) *panel {
	low, high, least := math.Inf(1), math.Inf(-1), math.MaxInt
	for _, v := range m.Variants {
		low, high, least = min(low, slices.Min(v.Values)), max(high, slices.Max(v.Values)), min(least, len(v.Values))
	}
	sc := scaleFor(m.Unit, high)
	low, high = sc.factor*low, sc.factor*high
	room := 0.06 * (high - low)
	if room == 0 {
		room = max(0.1*math.Abs(high), 0.1)
	}
	p := newPanel(m.label(sc), high+room, "CDF", 1)
	p.plot.X.Min = low - 1.5*room // with room for the bar
	for i, v := range m.Variants[from:to] {
		look := looks[from+i]
		x := sc.apply(v.Values)
		slices.Sort(x)
		k := &curve{x: []float64{x[0]}, y: []float64{0}, hold: true, until: math.Inf(-1), line: look.line()}
		for j := range x {
			k.x, k.y = append(k.x, x[j]), append(k.y, float64(j+1)/float64(len(x)))
		}
		k.mark = look.glyph()
		p.addCDF(v.Variant, k, i, to-from)
	}
	half := band(least)
	p.plot.Add(&bandBar{p.plot.X.Min + 0.4*room, half})
	text := fmt.Sprintf("n = %d, 95 %% band ± %.2f", least, half)
	p.legend = append(p.legend, entry{text: text, line: draw.LineStyle{Color: grey, Width: lineWidth}})
	return p
}

// A bandBar shows the height of a band around a distribution function of 0.5.
type bandBar struct{ x, half float64 }

// Plot implements layer.
func (b *bandBar) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	line := draw.LineStyle{Color: grey, Width: lineWidth}
	x, low, high := tx(b.x), ty(max(0, 0.5-b.half)), ty(min(1, 0.5+b.half))
	c.StrokeLine2(line, x, low, x, high)
	for _, y := range []vg.Length{low, high} {
		c.StrokeLine2(line, x-2, y, x+2, y)
	}
}
