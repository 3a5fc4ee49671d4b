package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
	"mpsim/sim/units"
)

func init() {
	register("sweep", "a metric of flows over an axis of [vary], a curve for each combination of the other axes", drawSweep)
}

// A sweepPoint is one flow.
type sweepPoint struct {
	x, y float64
}

// A sweepAxis places the values of an axis of [vary].
type sweepAxis struct {
	values []string
	number map[string]float64 // of the values, if all are amounts of one unit
	unit   string
}

// referenceLine is for closed forms.
var referenceLine = draw.LineStyle{Color: grey, Width: thinWidth, Dashes: []vg.Length{3, 2}}

func drawSweep(s *source) ([]*panel, error) {
	flows := s.along(s.req.X)
	axis := sweepAxis{}
	var names []string
	var curves [][]sweepPoint
	unit, top := "", 0.0
	for i := range flows {
		v, _ := valueOf(&flows[i], s.req.X)
		axis.values, _ = insert(axis.values, v)
	}
	axis.measure()
	metrics := make(map[string]record.Measured) // by flow
	for _, m := range s.res.Metrics() {
		if m.Of == "flow" && m.Part == "" && m.What == s.req.Y && isFinite(m.Value) {
			metrics[m.Name] = m
		}
	}
	for i := range flows {
		f := &flows[i]
		m, ok := metrics[f.Name]
		if !ok {
			continue
		}
		v, _ := valueOf(f, s.req.X)
		var k int
		if names, k = insert(names, strings.Join(others(f, s.req.X), ", ")); k == len(curves) {
			curves = append(curves, nil)
		}
		curves[k] = append(curves[k], sweepPoint{axis.at(v), m.Value})
		unit, top = m.Unit, max(top, m.Value)
	}
	if len(curves) == 0 {
		return nil, fmt.Errorf("%w: no flow varied over %q has the metric %q", ErrNoData, s.req.X, s.req.Y)
	}
	return []*panel{s.sweepPanel(&axis, names, curves, unit, top)}, nil
}

// sweepPanel draws the curves, and behind them what they are compared with.
func (s *source) sweepPanel(axis *sweepAxis, names []string, curves [][]sweepPoint, unit string, top float64) *panel {
	references := s.references(axis)
	for _, k := range references {
		top = max(top, slices.Max(append(k.y, 0)))
	}
	fluid := s.fluidSweep(axis, names)
	for _, c := range fluid {
		for _, pt := range c {
			top = max(top, pt.y)
		}
	}
	sc := scaleFor(unit, top)
	yLabel := words(s.req.Y)
	if sc.unit != "" {
		yLabel = sc.label(yLabel)
	}
	p := newPanel(s.req.X, 1, yLabel, 1.06*sc.factor*top)
	place := axis.dress(p, s.req.X)
	looks := looks(names)
	for i, name := range names {
		points := curves[i]
		slices.SortStableFunc(points, func(a, b sweepPoint) int { return cmp.Compare(a.x, b.x) })
		k := &curve{line: looks[i].line(), until: math.Inf(-1)}
		for _, pt := range points {
			k.x, k.y = append(k.x, place(pt.x)), append(k.y, sc.factor*pt.y)
		}
		shown := entry{text: name, line: k.line, mark: looks[i].glyph()}
		if name == "" {
			shown.text = "simulated"
		}
		if axis.number == nil { // nothing lies between categories: no line, and markers side by side
			for j := range k.x {
				k.x[j] += 0.5 * ((float64(i)+0.5)/float64(len(names)) - 0.5)
			}
			shown.line = draw.LineStyle{}
		} else {
			p.plot.Add(k)
		}
		p.legend = append(p.legend, shown)
		p.dots = append(p.dots, &dots{k.x, k.y, shown.mark})
	}
	addFluidSweep(p, axis, fluid, func(i int) draw.LineStyle { return looks[i].line() }, sc, place)
	for i, k := range references {
		for j := range k.x {
			k.x[j], k.y[j] = place(k.x[j]), sc.factor*k.y[j]
		}
		p.plot.Add(k)
		if i == 0 || k.text != references[i-1].text {
			p.legend = append(p.legend, entry{text: k.text, line: k.line})
		}
	}
	return p
}

// A reference is a piece of a closed form.
type reference struct {
	curve
	text string
}

// references returns the closed forms over the range of the axis, in pieces where
// they have no value.
func (s *source) references(axis *sweepAxis) (list []*reference) {
	if axis.number == nil {
		return nil
	}
	low, high := axis.limits()
	at := func(t float64) float64 { return low + t*(high-low) }
	if axis.log() {
		at = func(t float64) float64 { return low * math.Pow(high/low, t) }
	}
	for i, f := range s.req.Reference {
		style := referenceLine
		style.Dashes = dashes[1+i%(len(dashes)-1)]
		var k *reference
		const steps = 200
		for j := range steps + 1 {
			x := at(float64(j) / steps)
			y := f.At(x)
			if math.IsNaN(y) || math.IsInf(y, 0) || y < 0 {
				k = nil
				continue
			}
			if k == nil {
				k = &reference{curve: curve{line: style, until: math.Inf(-1)}, text: f.String()}
				list = append(list, k)
			}
			k.x, k.y = append(k.x, x), append(k.y, y)
		}
	}
	return list
}

// measure finds whether the values are amounts of one unit.
func (a *sweepAxis) measure() {
	for _, read := range []struct {
		unit  string
		parse func(string) (float64, error)
	}{
		{"", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }},
		{"s", func(s string) (float64, error) { t, err := units.ParseDuration(s); return t.Seconds(), err }},
		{"B", func(s string) (float64, error) { b, err := units.ParseBytes(s); return float64(b), err }},
		{"bit/s", func(s string) (float64, error) { b, err := units.ParseBandwidth(s); return float64(b), err }},
	} {
		number := map[string]float64{}
		for _, v := range a.values {
			if n, err := read.parse(v); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
				number[v] = n
			}
		}
		if len(a.values) > 1 && len(number) == len(a.values) {
			a.number, a.unit = number, read.unit
			return
		}
	}
}

// at returns where a value is: its amount, or its place among the categories.
func (a *sweepAxis) at(value string) float64 {
	if a.number != nil {
		return a.number[value]
	}
	return float64(slices.Index(a.values, value))
}

// limits returns the least and the greatest amount.
func (a *sweepAxis) limits() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range a.values {
		low, high = min(low, a.number[v]), max(high, a.number[v])
	}
	return low, high
}

// log reports whether amounts are spread so far that their logarithms count.
func (a *sweepAxis) log() bool {
	low, high := a.limits()
	return low > 0 && high/low >= 20
}

// dress makes the horizontal axis of p, and returns how to place an amount on it.
func (a *sweepAxis) dress(p *panel, name string) (place func(float64) float64) {
	x := &p.plot.X
	if a.number == nil {
		var ticks constantTicks
		for i, v := range a.values {
			ticks = append(ticks, tick{Value: float64(i), Label: v})
		}
		x.Min, x.Max, x.Ticks, x.TickLength = -0.5, float64(len(a.values))-0.5, ticks, 0
		return func(v float64) float64 { return v }
	}
	low, high := a.limits()
	sc := scaleFor(a.unit, high)
	if sc.unit != "" {
		x.Label = sc.label(name)
	}
	low, high = sc.factor*low, sc.factor*high
	if a.log() {
		room := 0.03 * math.Log10(high/low)
		x.Min, x.Max, x.Ticks = math.Log10(low)-room, math.Log10(high)+room, logTicks{}
		return func(v float64) float64 { return math.Log10(sc.factor * v) }
	}
	if low >= 0 && low < 0.4*high { // an axis that nearly begins at 0 does so
		low = 0
	}
	room := 0.03 * (high - low)
	x.Min, x.Max = low-room, high+room
	if low == 0 {
		x.Min = 0
	}
	return func(v float64) float64 { return sc.factor * v }
}
