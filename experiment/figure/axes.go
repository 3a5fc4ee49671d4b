package figure

import (
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A layer is something in the data area of a panel. Those added first lie behind.
type layer interface {
	Plot(c draw.Canvas, a *axes)
}

// axes are the two of a panel, and what lies between them.
type axes struct {
	X, Y   axis
	layers []layer
}

// An axis goes from Min to Max.
type axis struct {
	Label      string
	Min, Max   float64
	Log        bool // of what is between 0 and Min the axis shows nothing
	Ticks      ticker
	TickLength vg.Length
}

// A ticker chooses the ticks of an axis.
type ticker interface {
	Ticks(min, max float64) []tick
}

// A tick is a place on an axis; without a label it is a small one.
type tick struct {
	Value float64
	Label string
}

// constantTicks are the same whatever the axis spans.
type constantTicks []tick

// Ticks implements ticker.
func (t constantTicks) Ticks(min, max float64) []tick { return t }

// tickGap separates the ticks from their labels, and those from the label of the axis.
const tickGap = vg.Length(1.5)

// Add puts layers in front of those that are there.
func (a *axes) Add(layers ...layer) { a.layers = append(a.layers, layers...) }

// Transforms returns where values are on the canvas of the data.
func (a *axes) Transforms(c *draw.Canvas) (x, y func(float64) vg.Length) {
	return func(v float64) vg.Length { return c.X(a.X.norm(v)) }, func(v float64) vg.Length { return c.Y(a.Y.norm(v)) }
}

// norm maps the axis to 0 to 1.
func (x *axis) norm(v float64) float64 {
	if x.Log {
		if v <= 0 {
			return -1
		}
		return math.Log(v/x.Min) / math.Log(x.Max/x.Min)
	}
	return (v - x.Min) / (x.Max - x.Min)
}

// logarithmic makes it an axis of logarithms, from low, above 0, to high.
func (x *axis) logarithmic(low, high float64) {
	if high <= low {
		high = 2 * low
	}
	x.Min, x.Max, x.Log, x.Ticks = low, high, true, logTicks{}
}

// insets returns what axes and labels take around data of a size.
func (a *axes) insets(size vg.Point) (left, right, below, above vg.Length) {
	for _, t := range a.X.Ticks.Ticks(a.X.Min, a.X.Max) {
		if t.Label == "" || !a.X.holds(t) {
			continue
		}
		below = max(below, tickGap+smallText.Height(t.Label))
		half := smallText.Width(t.Label) / 2
		right = max(right, half-vg.Length(1-a.X.norm(t.Value))*size.X)
	}
	for _, t := range a.Y.Ticks.Ticks(a.Y.Min, a.Y.Max) {
		if t.Label != "" && a.Y.holds(t) {
			left = max(left, tickGap+smallText.Width(t.Label))
			above = max(above, smallText.Height(t.Label)/2-vg.Length(1-a.Y.norm(t.Value))*size.Y)
		}
	}
	left, below = left+a.Y.TickLength, below+a.X.TickLength
	if a.X.Label != "" {
		below += labelText.Height(a.X.Label)
	}
	if a.Y.Label != "" {
		left += tickGap + labelText.Height(a.Y.Label)
	}
	return left, right, below, above
}

// holds reports whether t lies on the axis.
func (x *axis) holds(t tick) bool {
	const room = 1e-9
	at := x.norm(t.Value)
	return at >= -room && at <= 1+room
}

// draw draws the axes around the canvas of the data, and the layers in it.
func (a *axes) draw(c draw.Canvas, left vg.Length) {
	for _, l := range a.layers {
		l.Plot(c, a)
	}
	line := draw.LineStyle{Color: black, Width: thinWidth}
	tx, ty := a.Transforms(&c)
	c.StrokeLine2(line, c.Min.X, c.Min.Y, c.Max.X, c.Min.Y)
	c.StrokeLine2(line, c.Min.X, c.Min.Y, c.Min.X, c.Max.Y)
	label := smallText
	label.XAlign, label.YAlign = text.XCenter, text.YTop
	low := c.Min.Y - a.X.TickLength
	for _, t := range a.X.Ticks.Ticks(a.X.Min, a.X.Max) {
		if !a.X.holds(t) {
			continue
		}
		c.StrokeLine2(line, tx(t.Value), c.Min.Y, tx(t.Value), c.Min.Y-a.X.length(t))
		if t.Label != "" {
			c.FillText(label, vg.Point{X: tx(t.Value), Y: c.Min.Y - a.X.TickLength - tickGap}, t.Label)
			low = min(low, c.Min.Y-a.X.TickLength-tickGap-label.Height(t.Label))
		}
	}
	label.XAlign, label.YAlign = text.XRight, text.YCenter
	for _, t := range a.Y.Ticks.Ticks(a.Y.Min, a.Y.Max) {
		if !a.Y.holds(t) {
			continue
		}
		c.StrokeLine2(line, c.Min.X, ty(t.Value), c.Min.X-a.Y.length(t), ty(t.Value))
		if t.Label != "" {
			at := vg.Point{X: c.Min.X - a.Y.TickLength - tickGap, Y: ty(t.Value) + label.FontExtents().Descent}
			c.FillText(label, at, t.Label)
		}
	}
	name := labelText
	name.XAlign, name.YAlign = text.XCenter, text.YTop
	c.FillText(name, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: low}, a.X.Label)
	name.YAlign, name.Rotation = text.YBottom, math.Pi/2
	c.FillText(name, vg.Point{X: c.Min.X - left + name.FontExtents().Ascent, Y: (c.Min.Y + c.Max.Y) / 2}, a.Y.Label)
}

// length returns that of a tick.
func (x *axis) length(t tick) vg.Length {
	if t.Label == "" {
		return x.TickLength / 2
	}
	return x.TickLength
}
