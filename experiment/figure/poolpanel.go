package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// panel draws some of the curves of a group, and behind them their bands.
func (g *group) panel(from, to int, looks []look) *panel {
	p, x, y := g.frame()
	curves := g.curves[from:to]
	var line verticals
	for _, e := range g.Events {
		line.x = append(line.x, e.At)
		p.events = append(p.events, label{e.At, e.Text})
	}
	slices.SortStableFunc(p.events, func(a, b label) int { return cmp.Compare(a.x, b.x) })
	p.plot.Add(line)
	var edges []layer
	runs := math.MaxInt
	for i, c := range curves {
		if !c.banded() {
			continue
		}
		runs = min(runs, c.runs)
		b := g.band(p, c, x, y, looks[c.variant])
		if g.categories() {
			b.x = beside(b.x, i, len(curves))
			edges = append(edges, &errorBars{*b})
			continue
		}
		p.plot.Add(b)
		thin := draw.LineStyle{Color: tint(palette[b.look.colour]), Width: thinWidth}
		for _, edge := range [][]float64{b.low, b.high} {
			edges = append(edges, &curve{x: b.x, y: edge, until: math.Inf(-1), line: thin})
		}
	}
	p.plot.Add(edges...)
	for i, c := range curves {
		look := looks[c.variant]
		k := &curve{line: look.line(), mark: look.glyph(), until: math.Inf(-1), phase: (float64(i) + 0.5) / float64(len(curves))}
		k.x, k.y = mapped(c.x, x), mapped(c.y, y)
		g.addCurve(p, c.text, k, i, len(curves))
	}
	g.addReferences(p, x, y)
	if runs < math.MaxInt {
		p.legend = append(p.legend, entry{text: fmt.Sprintf("95 %% interval over %d runs", runs), fill: light})
	}
	return p
}

// categories reports whether nothing lies between the places of the horizontal axis.
func (g *group) categories() bool { return g.axis != nil && g.axis.number == nil }

// mapped returns numbers as they are on an axis.
func mapped(list []float64, place func(float64) float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = place(v)
	}
	return out
}

// addCurve draws curve i of n.
func (g *group) addCurve(p *panel, text string, k *curve, i, n int) {
	switch {
	case g.Of > 0:
		k.x, k.y = slices.Insert(k.x, 0, k.x[0]), slices.Insert(k.y, 0, 0)
		k.hold, k.until = true, p.plot.X.Max
		p.addCDF(text, k, i, n)
	case g.axis != nil:
		shown := entry{text: text + p.identical(k), line: k.line, mark: k.mark}
		p.curves, p.named = append(p.curves, k), append(p.named, text)
		if g.categories() {
			k = &curve{x: beside(k.x, i, n), y: k.y}
			shown.line = draw.LineStyle{}
		} else {
			line := *k
			line.mark = draw.GlyphStyle{}
			p.plot.Add(&line)
		}
		p.legend = append(p.legend, shown)
		p.dots = append(p.dots, &dots{k.x, k.y, shown.mark})
	default:
		p.add(text, k)
	}
}

// addReferences draws closed forms.
func (g *group) addReferences(p *panel, x, y func(float64) float64) {
	for i, r := range g.references {
		k := r.curve
		k.x, k.y = mapped(r.x, x), mapped(r.y, y)
		p.plot.Add(&k)
		if i == 0 || r.text != g.references[i-1].text {
			p.legend = append(p.legend, entry{text: r.text, line: r.line})
		}
	}
}

// frame makes the axes, and says where amounts are on them.
func (g *group) frame() (p *panel, x, y func(float64) float64) {
	sc := scaleFor(g.Y.Unit, g.high)
	label := g.Y.Label
	if sc.unit != "" {
		label = sc.label(label)
	}
	same := func(v float64) float64 { return v }
	scaled := func(v float64) float64 { return sc.factor * v }
	known := !math.IsInf(g.low, 1)
	switch {
	case g.Of > 0:
		p = newPanel(label, 1.05*sc.factor*g.high, "CDF", 1)
		if g.XLog && known {
			p.plot.X.logarithmic(0.9*sc.factor*g.low, 1.1*sc.factor*g.high)
		}
		p.title = g.Thing
		return p, scaled, same
	case g.axis != nil:
		p, x = newPanel(g.X.Label, 1, label, 1.06*sc.factor*g.high), g.axis.place
		g.axis.dress(p, g.X.Label, g.XLog)
	default:
		p, x = newPanel(scale{1, g.X.Unit}.label(g.X.Label), g.Until, label, 1.08*sc.factor*g.high), same
		p.plot.X.Min = g.From
	}
	if g.YLog && known {
		p.plot.Y.logarithmic(sc.factor*g.low/1.15, 1.15*sc.factor*g.high)
	}
	p.title = g.Thing
	return p, x, scaled
}

// band returns the interval of a curve on the axes of a panel. That of a distribution has steps.
func (g *group) band(p *panel, c *pooledCurve, x, y func(float64) float64, look look) *band {
	b := &band{look: look}
	greatest := math.Inf(1)
	if g.Of > 0 {
		greatest = 1
	}
	for i := range c.x {
		low, high := max(y(c.y[i]-c.half[i]), 0), y(min(c.y[i]+c.half[i], greatest))
		if p.plot.Y.Log {
			low = max(low, p.plot.Y.Min)
		}
		at := x(c.x[i])
		if g.Of > 0 && i > 0 {
			b.add(at, b.low[len(b.low)-1], b.high[len(b.high)-1])
		}
		b.add(at, low, high)
	}
	if g.Of > 0 {
		b.add(p.plot.X.Max, b.low[len(b.low)-1], b.high[len(b.high)-1])
	}
	return b
}

// A band is what lies between two lines.
type band struct {
	x, low, high []float64
	look         look
}

func (b *band) add(x, low, high float64) {
	b.x, b.low, b.high = append(b.x, x), append(b.low, low), append(b.high, high)
}

// Plot implements layer.
func (b *band) Plot(c draw.Canvas, a *axes) {
	tx, ty := a.Transforms(&c)
	var pts []vg.Point
	for i := range b.x {
		pts = append(pts, vg.Point{X: tx(b.x[i]), Y: ty(b.low[i])})
	}
	for i := len(b.x) - 1; i >= 0; i-- {
		pts = append(pts, vg.Point{X: tx(b.x[i]), Y: ty(b.high[i])})
	}
	c.FillPolygon(tint(tint(palette[b.look.colour])), c.ClipPolygonXY(pts))
}

// errorBars are a band of which each place stands alone.
type errorBars struct{ band }

// Plot implements layer.
func (b *errorBars) Plot(c draw.Canvas, a *axes) {
	tx, ty := a.Transforms(&c)
	line := draw.LineStyle{Color: palette[b.look.colour], Width: lineWidth}
	for i := range b.x {
		x, low, high := tx(b.x[i]), ty(b.low[i]), ty(b.high[i])
		c.StrokeLine2(line, x, low, x, high)
		for _, y := range []vg.Length{low, high} {
			c.StrokeLine2(line, x-2, y, x+2, y)
		}
	}
}
