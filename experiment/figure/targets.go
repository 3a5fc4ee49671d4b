package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"
	"strings"

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
// a grey band, and what was published, predicted and simulated. Numbers of a unit have a panel of their own, or several
// where one axis would make a band as narrow as a marker. Numbers that are spread widely have a logarithmic axis.
func Targets(title string, targets []Target) *Figure {
	var panels []*panel
	for _, group := range grouped(targets) {
		panels = append(panels, group.panel())
	}
	present := map[string]bool{}
	for _, p := range panels { // the first names what any has
		for _, e := range p.legend {
			present[e.text] = true
		}
		p.legend = nil
	}
	panels[0].legend = append(panels[0].legend, entry{text: "reproduced within", fill: light})
	for i, k := range targetKinds {
		if present[k.text] {
			panels[0].legend = append(panels[0].legend, entry{text: k.text, mark: k.glyph(i)})
		}
	}
	return layOut(panels, title, 2*ColumnWidth)
}

// panel draws a row for each of the targets of t, on one axis.
func (t *targetRows) panel() *panel {
	p := newPanel("Value ("+cmp.Or(t.unit, "ratio or count")+")", 1, "", float64(len(t.targets)))
	p.height = cellHeight * vg.Length(len(t.targets))
	p.plot.X.Min, p.plot.X.Max = t.left, t.right
	if t.log {
		p.plot.X.logarithmic(t.left, t.right)
	}
	var ticks constantTicks
	for i, x := range t.targets {
		ticks = append(ticks, tick{Value: t.row(i), Label: x.Name})
	}
	p.plot.Y.Ticks, p.plot.Y.TickLength = ticks, 0
	p.plot.Add(t)
	for i, k := range targetKinds {
		if d := t.dots(k.of); len(d.x) > 0 {
			d.glyph = k.glyph(i)
			p.addDots(k.text, d)
		}
	}
	return p
}

// targetUnits are those that names of targets have.
var targetUnits = []string{"Mb/s", "packets/s", "kB", "ms", "s"}

// inUnit parts the name of a target into the quantity and its unit, if it names one: "gap in ms, silent" or "rate, Mb/s".
func inUnit(name string) (quantity, unit string) {
	for _, u := range targetUnits {
		if q, ok := strings.CutSuffix(name, ", "+u); ok {
			return q, u
		}
		if before, after, ok := strings.Cut(name, " in "+u+", "); ok {
			return before + ", " + after, u
		}
	}
	return name, ""
}

// grouped divides targets into those that share an axis, in their order: of one unit, and of one kind, which is what the
// name has before a comma or a colon, unless another kind fits in.
func grouped(targets []Target) []*targetRows {
	var kinds []*targetRows
	var names []string
	for _, x := range targets {
		quantity, unit := inUnit(x.Name)
		x.Name = quantity
		kind := quantity
		if i := strings.IndexAny(quantity, ",:"); i >= 0 {
			kind = quantity[:i]
		}
		var i int
		if names, i = insert(names, unit+"\x00"+kind); i == len(kinds) {
			kinds = append(kinds, &targetRows{unit: unit})
		}
		kinds[i].targets = append(kinds[i].targets, x)
	}
	var groups []*targetRows
next:
	for _, k := range kinds {
		k.place()
		for _, g := range groups {
			both := &targetRows{unit: g.unit, targets: slices.Concat(g.targets, k.targets)}
			if both.place(); g.unit == k.unit && both.narrowest() >= min(leastBand, g.narrowest(), k.narrowest()) {
				*g = *both
				continue next
			}
		}
		groups = append(groups, k)
	}
	return groups
}

// leastBand is the part of an axis that a band should have at least, to be seen beside a marker.
const leastBand = 0.03

// narrowest returns the part of the axis that the narrowest band has, but for those of one value.
func (t *targetRows) narrowest() float64 {
	least := 1.0
	a := axis{Min: t.left, Max: t.right, Log: t.log}
	for _, x := range t.targets {
		if low, high := a.norm(t.on(x.Low)), a.norm(t.on(x.High)); low < high {
			least = min(least, high-low)
		}
	}
	return least
}

// A targetKind is a number of a target.
type targetKind struct {
	text  string
	shape draw.GlyphDrawer
	of    func(*Target) float64
}

func (k *targetKind) glyph(i int) draw.GlyphStyle {
	return draw.GlyphStyle{Color: colourOf(i), Radius: glyphRadius + 0.3, Shape: k.shape}
}

// targetKinds has the numbers of a target.
var targetKinds = []targetKind{
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
	unit        string // of the axis; "": none
	log         bool
	left, right float64 // ends of the axis
}

// place chooses the axis.
func (t *targetRows) place() {
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range t.targets {
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
		return
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
}

// row returns the height of row i; the first is on top.
func (t *targetRows) row(i int) float64 { return float64(len(t.targets)-i) - 0.5 }

// on returns where a number is on the axis, ends for what lies beyond.
func (t *targetRows) on(v float64) float64 {
	return min(max(v, t.left), t.right)
}

// dots returns the points of one kind.
func (t *targetRows) dots(of func(*Target) float64) *dots {
	d := &dots{}
	for i := range t.targets {
		if v := of(&t.targets[i]); !math.IsNaN(v) && !math.IsInf(v, 0) {
			d.x, d.y = append(d.x, t.on(v)), append(d.y, t.row(i))
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
		box(&c, light, tx(t.on(x.Low)), tx(t.on(x.High)), y, 0.36*cellHeight)
		if !math.IsNaN(x.Mean) {
			c.StrokeLine2(interval, tx(t.on(x.Mean-x.Half)), y, tx(t.on(x.Mean+x.Half)), y)
		}
	}
}

// box fills what lies from x0 to x1 around y; a box almost without width is a line that one sees above and below a
// marker.
func box(c *draw.Canvas, fill color.Color, x0, x1, y, half vg.Length) {
	if x1-x0 < 2*thinWidth {
		x0, x1, fill = x0-thinWidth, x1+thinWidth, grey
	}
	c.FillPolygon(fill, []vg.Point{{X: x0, Y: y - half}, {X: x1, Y: y - half}, {X: x1, Y: y + half}, {X: x0, Y: y + half}})
}
