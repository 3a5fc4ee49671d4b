package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Target is a published number with what a model and runs say of it. What is not a
// number is not drawn.
type Target struct {
	Name      string
	Low, High float64 // of the values that reproduce it; infinite if there is no such bound
	Published float64
	Predicted float64
	Mean      float64 // over the runs
	Half      float64 // half the width of its confidence interval
}

// Targets draws a row for each of the targets: the values that would reproduce it as
// a grey band, and what was published, predicted and simulated. Numbers that
// are spread widely have a logarithmic axis.
func Targets(title string, targets []Target) *Figure {
	t := newTargetRows(targets)
	p := newPanel("", 1, "", float64(len(targets)))
	p.height = cellHeight * vg.Length(len(targets))
	p.plot.X.Min, p.plot.X.Max = t.left, t.right
	if t.log {
		p.plot.X.logarithmic(t.left, t.right)
	}
	var ticks constantTicks
	for i, x := range targets {
		ticks = append(ticks, tick{Value: t.row(i), Label: x.Name})
	}
	p.plot.Y.Ticks, p.plot.Y.TickLength = ticks, 0
	p.plot.Add(t)
	p.legend = append(p.legend, entry{text: "reproduced within", fill: light})
	for i, k := range targetKinds {
		if d := t.dots(k.of); len(d.x) > 0 {
			d.glyph = draw.GlyphStyle{Color: colourOf(i), Radius: glyphRadius + 0.3, Shape: k.shape}
			p.addDots(k.text, d)
		}
	}
	return layOut([]*panel{p}, title, 2*ColumnWidth)
}

// targetKinds has the numbers of a target.
var targetKinds = []struct {
	text  string
	shape draw.GlyphDrawer
	of    func(*Target) float64
}{
	{"simulated, with 95 % interval", draw.CircleGlyph{}, func(t *Target) float64 { return t.Mean }},
	{"published", draw.CrossGlyph{}, func(t *Target) float64 { return t.Published }},
	{"fluid model", draw.RingGlyph{}, func(t *Target) float64 { return t.Predicted }},
}

// logSpread is the ratio of the greatest number to the least from which an axis is
// logarithmic.
const logSpread = 30

// targetRows draws the bands and the intervals.
type targetRows struct {
	targets     []Target
	log         bool
	left, right float64 // ends of the axis
}

func newTargetRows(targets []Target) *targetRows {
	t := &targetRows{targets: targets}
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range targets {
		for _, v := range []float64{x.Low, x.High, x.Published, x.Predicted, x.Mean - x.Half, x.Mean + x.Half} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		low, high = 0, 1
	}
	t.log = low > 0 && high/low >= logSpread
	if t.log {
		room := math.Pow(high/low, 0.03)
		t.left, t.right = low/room, high*room
		return t
	}
	if low >= 0 && low < 0.5*high {
		low = 0
	}
	room := 0.03 * (high - low)
	if room == 0 {
		room = max(0.1*math.Abs(high), 0.1)
	}
	t.left, t.right = low-room, high+room
	if low == 0 {
		t.left = 0
	}
	return t
}

// row returns the height of row i; the first is on top.
func (t *targetRows) row(i int) float64 { return float64(len(t.targets)-i) - 0.5 }

// place returns where a number is on the axis, ends for what lies beyond.
func (t *targetRows) place(v float64) float64 {
	return min(max(v, t.left), t.right)
}

// dots returns the points of one kind.
func (t *targetRows) dots(of func(*Target) float64) *dots {
	d := &dots{}
	for i := range t.targets {
		if v := of(&t.targets[i]); !math.IsNaN(v) && !math.IsInf(v, 0) {
			d.x, d.y = append(d.x, t.place(v)), append(d.y, t.row(i))
		}
	}
	return d
}

// Plot implements layer.
func (t *targetRows) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	interval := draw.LineStyle{Color: colourOf(0), Width: lineWidth}
	for i, x := range t.targets {
		y := ty(t.row(i))
		box(&c, light, tx(t.place(x.Low)), tx(t.place(x.High)), y, 0.36*cellHeight)
		if !math.IsNaN(x.Mean) {
			c.StrokeLine2(interval, tx(t.place(x.Mean-x.Half)), y, tx(t.place(x.Mean+x.Half)), y)
		}
	}
}

// box fills what lies from x0 to x1 around y; a box without width is a line.
func box(c *draw.Canvas, fill color.Color, x0, x1, y, half vg.Length) {
	if x1-x0 < thinWidth {
		x0, x1 = x0-thinWidth, x1+thinWidth
	}
	c.FillPolygon(fill, []vg.Point{{X: x0, Y: y - half}, {X: x1, Y: y - half}, {X: x1, Y: y + half}, {X: x0, Y: y + half}})
}
