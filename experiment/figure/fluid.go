package figure

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

// fluidText names in legends what the fluid model predicts.
const fluidText = "fluid model"

// fluidLine is of what the fluid model predicts, in a colour.
func fluidLine(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: lineWidth, Dashes: []vg.Length{5, 2.5}}
}

// predicted returns what is predicted of a flow, or nil if the figure does not
// show it.
func (s *source) predicted(flow string, shown bool) *record.FluidFlow {
	if !shown {
		return nil
	}
	return s.res.Prediction.Flow(flow)
}

// levels returns an amount of each subflow of f that the fluid model predicts.
func levels(f *record.FluidFlow, of func(*record.FluidSubflow) float64) (v []float64) {
	if f == nil {
		return nil
	}
	for i := range f.Subflows {
		v = append(v, of(&f.Subflows[i]))
	}
	return v
}

// addLevels draws a level across p for each of v, and names them in the legend.
func (s *source) addLevels(p *panel, f *record.Flow, v []float64, sc scale) {
	for i, y := range v {
		n := i
		if i < len(f.Subflows) {
			n = s.number(f.Subflows[i].Name)
		}
		p.add("", &curve{x: []float64{s.from, s.until}, y: sc.apply([]float64{y, y}), until: math.Inf(-1), line: fluidLine(colourOf(n))})
	}
	if len(v) > 0 {
		p.legend = append(p.legend, entry{text: fluidText, line: fluidLine(grey)})
	}
}

// edges returns the sums of v up to each of its items: edges of a stack.
func edges(v []float64) []float64 {
	sum := 0.0
	for i, x := range v {
		sum += x
		v[i] = sum
	}
	return v
}

// fluidPoints returns what the fluid model predicts along an axis, for the curve of
// each of names.
func (k *sweep) fluidPoints(s *source, axis *sweepAxis, names []string) [][]sweepPoint {
	if !k.Fluid || s.res.Prediction == nil {
		return nil
	}
	metrics := make(map[string]float64) // by flow
	for _, m := range s.res.Prediction.Metrics() {
		if m.Of == "flow" && m.Part == "" && m.What == k.Y {
			metrics[m.Name] = m.Value
		}
	}
	curves := make([][]sweepPoint, len(names))
	flows := s.along(k.X)
	for j, name := range curveNames(labelledFlows(flows), k.X) {
		y, ok := metrics[flows[j].Name]
		i := slices.Index(names, name)
		if !ok || i < 0 {
			continue
		}
		v, _ := valueOf(&flows[j], k.X)
		curves[i] = append(curves[i], sweepPoint{axis.at(v), y})
	}
	for _, c := range curves {
		slices.SortStableFunc(c, func(a, b sweepPoint) int { return cmp.Compare(a.x, b.x) })
	}
	return curves
}

// addFluid draws what is predicted: as dashed lines, or over categories as rings around the markers of what was
// simulated.
func (f *sweepFrame) addFluid(p *panel, curves []swept) {
	shown := entry{text: fluidText, line: fluidLine(grey)}
	for i := range curves {
		k := &curve{line: fluidLine(palette[curves[i].look.colour]), until: math.Inf(-1)}
		for _, pt := range curves[i].fluid {
			k.x, k.y = append(k.x, f.axis.place(pt.x)), append(k.y, f.sc.factor*pt.y)
		}
		if f.axis.number != nil {
			p.plot.Add(k)
			continue
		}
		ring := draw.GlyphStyle{Color: k.line.Color, Radius: 1.6 * glyphRadius, Shape: draw.RingGlyph{}}
		p.dots = append(p.dots, &dots{beside(k.x, i, len(curves)), k.y, ring})
		shown.line, shown.mark = draw.LineStyle{}, ring
	}
	p.legend = append(p.legend, shown)
}
