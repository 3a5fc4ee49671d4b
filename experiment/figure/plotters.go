package figure

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

// A curve is a line through points, with a few markers along it.
type curve struct {
	x, y  []float64
	hold  bool    // a value holds until the next one: draw steps
	until float64 // if later than the last x, hold the last value up to there
	line  draw.LineStyle
	mark  draw.GlyphStyle // no markers without a Shape
	phase float64         // of the markers, from 0 to 1, so that those of several curves do not coincide

	markersOnly bool // draw the markers and not the line
}

// Plot implements layer.
func (k *curve) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	pts := make([]vg.Point, 0, 2*len(k.x)+1)
	for i := range k.x {
		pt := vg.Point{X: tx(k.x[i]), Y: ty(k.y[i])}
		if k.hold && i > 0 {
			pts = append(pts, vg.Point{X: pt.X, Y: pts[len(pts)-1].Y})
		}
		pts = append(pts, pt)
	}
	if n := len(pts); n > 0 && k.until > k.x[len(k.x)-1] {
		pts = append(pts, vg.Point{X: tx(k.until), Y: pts[n-1].Y})
	}
	if !k.markersOnly {
		c.StrokeLines(k.line, c.ClipLinesXY(thinned(pts))...)
	} else {
		k.plotMarkers(&c, pts)
	}
}

// dot is the width of the dots of a printer of 600 to the inch.
const dot = vg.Inch / 600

// thinned returns points that draw the same line: of those that follow each other within a dot of the horizontal axis
// the first, the lowest, the highest and the last.
func thinned(pts []vg.Point) []vg.Point {
	kept := make([]vg.Point, 0, len(pts))
	for from := 0; from < len(pts); {
		to, low, high := from+1, from, from
		for ; to < len(pts) && pts[to].X-pts[from].X < dot && pts[to].X >= pts[from].X; to++ {
			if pts[to].Y < pts[low].Y {
				low = to
			}
			if pts[to].Y > pts[high].Y {
				high = to
			}
		}
		last := -1
		for _, i := range []int{from, min(low, high), max(low, high), to - 1} {
			if i > last {
				kept, last = append(kept, pts[i]), i
			}
		}
		from = to
	}
	return kept
}

// markSpacing is the horizontal distance of the markers of a curve.
const markSpacing = vg.Length(36)

// plotMarkers draws a marker at the first point after each multiple of markSpacing.
func (k *curve) plotMarkers(c *draw.Canvas, pts []vg.Point) {
	next := c.Min.X + markSpacing*vg.Length(k.phase)
	for i, pt := range pts {
		for pt.X >= next {
			at := pt
			if i > 0 && k.hold {
				at = vg.Point{X: next, Y: pts[i-1].Y}
			}
			if c.Contains(at) {
				c.DrawGlyphNoClip(draw.GlyphStyle{Color: color.White, Radius: k.mark.Radius + 0.7, Shape: draw.CircleGlyph{}}, at)
				c.DrawGlyphNoClip(k.mark, at)
			}
			next += markSpacing
		}
	}
}

// An area is what lies between two sets of steps.
type area struct {
	x, low, high []float64 // from x[i] to x[i+1]
	until        float64   // end of the last step
	fill         color.Color
}

// Plot implements layer.
func (a *area) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	outline := func(y []float64) (pts []vg.Point) {
		for i := range a.x {
			end := a.until
			if i+1 < len(a.x) {
				end = a.x[i+1]
			}
			pts = append(pts, vg.Point{X: tx(a.x[i]), Y: ty(y[i])}, vg.Point{X: tx(end), Y: ty(y[i])})
		}
		return pts
	}
	pts, low := thinned(outline(a.high)), thinned(outline(a.low))
	for i := len(low) - 1; i >= 0; i-- {
		pts = append(pts, low[i])
	}
	c.FillPolygon(a.fill, c.ClipPolygonXY(pts))
}

// spans are intervals of the horizontal axis, over the whole height.
type spans struct {
	from, to []float64 // ascending
	fill     color.Color
}

// above adds the time in which a series is above a level.
func (b *spans) above(level float64, x *record.Series, until float64) {
	for i, v := range x.V {
		end := until
		if i+1 < len(x.T) {
			end = x.T[i+1]
		}
		switch n := len(b.to); {
		case v <= level || end <= x.T[i]:
		case n > 0 && b.to[n-1] == x.T[i]:
			b.to[n-1] = end
		default:
			b.from, b.to = append(b.from, x.T[i]), append(b.to, end)
		}
	}
}

// Plot implements layer. Those of which one does not see that they are two are one.
func (b *spans) Plot(c draw.Canvas, p *axes) {
	tx, _ := p.Transforms(&c)
	for i := 0; i < len(b.from); {
		from, to := tx(b.from[i]), tx(b.to[i])
		for i++; i < len(b.from) && tx(b.from[i])-to < dot; i++ {
			to = tx(b.to[i])
		}
		to = max(to, from+dot)
		c.FillPolygon(b.fill, c.ClipPolygonXY([]vg.Point{{X: from, Y: c.Min.Y}, {X: to, Y: c.Min.Y}, {X: to, Y: c.Max.Y}, {X: from, Y: c.Max.Y}}))
	}
}

// dots are points without a line.
type dots struct {
	x, y  []float64
	glyph draw.GlyphStyle
}

// Plot implements layer.
func (d *dots) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	for i := range d.x {
		c.DrawGlyph(d.glyph, vg.Point{X: tx(d.x[i]), Y: ty(d.y[i])})
	}
}

// verticals are lines at instants.
type verticals struct{ x []float64 }

// Plot implements layer.
func (v verticals) Plot(c draw.Canvas, p *axes) {
	tx, _ := p.Transforms(&c)
	for _, x := range v.x {
		if at := tx(x); c.ContainsX(at) {
			c.StrokeLine2(eventLine, at, c.Min.Y, at, c.Max.Y)
		}
	}
}

// grid is a light line at each labelled tick of the vertical axis.
type grid struct{}

// Plot implements layer.
func (grid) Plot(c draw.Canvas, p *axes) {
	_, ty := p.Transforms(&c)
	for _, t := range p.Y.Ticks.Ticks(p.Y.Min, p.Y.Max) {
		if t.Value > p.Y.Min && !math.IsInf(t.Value, 0) {
			c.StrokeLine2(draw.LineStyle{Color: light, Width: thinWidth}, c.Min.X, ty(t.Value), c.Max.X, ty(t.Value))
		}
	}
}
