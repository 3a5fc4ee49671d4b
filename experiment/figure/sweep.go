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
	"mpsim/scenarios/formula"
	"mpsim/sim/units"
)

func init() {
	Registry.Register("sweep", "a metric of flows over an axis of [vary], a curve for each combination of the other axes and each family of flows",
		func() Kind { return &sweep{} })
}

// sweep draws a metric of flows that [vary] makes.
type sweep struct {
	ofFlows   `toml:",inline"`
	X         string   `toml:"x" doc:"axis of [vary] along the horizontal axis"`
	Y         string   `toml:"y" doc:"metric of a flow"`
	Reference []string `toml:"reference" doc:"closed forms in x to compare with"`
	Order     []string `toml:"order" doc:"curves that come first, in this order, as the legend names them: axis=value, with commas between several"`
	scaled    `toml:",inline"`
	modelled  `toml:",inline"`
}

// Check implements Kind.
func (k *sweep) Check(s *Subject) {
	k.ofFlows.check(s)
	k.checkAxis(s, "x", k.X)
	k.checkLog(s, "x", "y", "xy")
	s.checkFlowMetric(k.Y)
	for i, text := range k.Reference {
		if _, err := formula.Parse(text, nil); err != nil {
			s.Fail(element("reference", i), "%v", err)
		}
	}
	var curves []string
	var flows []labelled
	for _, f := range k.drawn(s) {
		if slices.ContainsFunc(f.Labels, func(l string) bool { return strings.HasPrefix(l, k.X+"=") }) {
			flows = append(flows, labelled{f.Name, f.Labels})
		}
	}
	for _, name := range curveNames(flows, k.X) {
		curves, _ = insert(curves, name)
	}
	for i, name := range k.Order {
		s.OneOf(element("order", i), name, curves, "no curve is called "+quoted(name))
	}
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

func (k *sweep) panels(s *source) ([]*panel, error) {
	s.keys.ofFlows = k.ofFlows
	curves, axis, unit, err := k.curves(s)
	if err != nil {
		return nil, err
	}
	k.dressCurves(s, axis, curves)
	f := k.frame(axis, curves, unit)
	return inPanels(len(curves), "curves", func(from, to int) *panel { return f.panel(curves[from:to]) }), nil
}

// curves returns the curves in the order of the keys, with the unit of the metric.
func (k *sweep) curves(s *source) (curves []swept, axis *sweepAxis, unit string, err error) {
	flows := s.along(k.X)
	axis = &sweepAxis{}
	for i := range flows {
		v, _ := valueOf(&flows[i], k.X)
		axis.values, _ = insert(axis.values, v)
	}
	axis.measure()
	metrics := make(map[string]record.Measured) // by flow
	for _, m := range s.res.Metrics() {
		if m.Of == "flow" && m.Part == "" && m.What == k.Y && isFinite(m.Value) {
			metrics[m.Name] = m
		}
	}
	names := curveNames(labelledFlows(flows), k.X)
	for i, name := range names {
		m, ok := metrics[flows[i].Name]
		if !ok {
			continue
		}
		v, _ := valueOf(&flows[i], k.X)
		at := slices.IndexFunc(curves, func(c swept) bool { return c.name == name })
		if at < 0 {
			at, curves = len(curves), append(curves, swept{name: name, first: flows[i].Name})
		}
		curves[at].points = append(curves[at].points, sweepPoint{axis.at(v), m.Value})
		unit = m.Unit
	}
	if len(curves) == 0 {
		return nil, nil, "", fmt.Errorf("%w: no flow varied over %q has the metric %q", ErrNoData, k.X, k.Y)
	}
	ordered(curves, k.Order, func(c swept) string { return c.name })
	for i := range curves {
		slices.SortStableFunc(curves[i].points, func(a, b sweepPoint) int { return cmp.Compare(a.x, b.x) })
	}
	return curves, axis, unit, nil
}

// A swept curve is a metric of the flows of one family and one combination of the other axes.
type swept struct {
	name          string
	first         string // of the flows
	points, fluid []sweepPoint
	look          look
}

// dressCurves gives curves what the fluid model predicts, and the look that they have in all figures of the result.
func (k *sweep) dressCurves(s *source, axis *sweepAxis, curves []swept) {
	flows := slices.DeleteFunc(labelledFlows(s.res.Flows), func(f labelled) bool { return len(f.labels) == 0 })
	var all []string
	of := map[string]int{} // the place of a flow's curve
	for i, name := range curveNames(flows, k.X) {
		all, of[flows[i].name] = insert(all, name)
	}
	looks := looks(all)
	names := make([]string, len(curves))
	for i, c := range curves {
		names[i] = c.name
	}
	fluid := k.fluidPoints(s, axis, names)
	for i := range curves {
		c := &curves[i]
		c.look = looks[of[c.first]]
		if fluid != nil {
			c.fluid = fluid[i]
		}
	}
}

// A sweepFrame is what the panels of a sweep have in common.
type sweepFrame struct {
	k          *sweep
	axis       *sweepAxis
	references []*reference
	sc         scale
	low, high  float64 // of all values above 0, in the unit of the axis
}

func (k *sweep) frame(axis *sweepAxis, curves []swept, unit string) *sweepFrame {
	f := &sweepFrame{k: k, axis: axis, references: k.references(axis), low: math.Inf(1)}
	note := func(y float64) {
		if f.high = max(f.high, y); y > 0 {
			f.low = min(f.low, y)
		}
	}
	for _, r := range f.references {
		for _, y := range r.y {
			note(y)
		}
	}
	for _, c := range curves {
		for _, p := range slices.Concat(c.points, c.fluid) {
			note(p.y)
		}
	}
	f.sc = scaleFor(unit, f.high)
	f.low, f.high = f.sc.factor*f.low, f.sc.factor*f.high
	for _, r := range f.references {
		for j := range r.x {
			r.x[j], r.y[j] = axis.place(r.x[j]), f.sc.factor*r.y[j]
		}
	}
	return f
}

// panel draws some of the curves, and behind them what they are compared with.
func (f *sweepFrame) panel(curves []swept) *panel {
	label := words(f.k.Y)
	if f.sc.unit != "" {
		label = f.sc.label(label)
	}
	p := newPanel(f.k.X, 1, label, 1.06*f.high)
	f.axis.dress(p, f.k.X, f.k.isLog("x", f.axis.wide()))
	if f.k.isLog("y", false) && !math.IsInf(f.low, 1) {
		p.plot.Y.logarithmic(f.low/1.15, 1.15*f.high)
	}
	for i := range curves {
		f.add(p, &curves[i], i, len(curves))
	}
	if slices.ContainsFunc(curves, func(c swept) bool { return len(c.fluid) > 0 }) {
		f.addFluid(p, curves)
	}
	for i, k := range f.references {
		p.plot.Add(k)
		if i == 0 || k.text != f.references[i-1].text {
			p.legend = append(p.legend, entry{text: k.text, line: k.line})
		}
	}
	return p
}

// add draws curve i of n.
func (f *sweepFrame) add(p *panel, c *swept, i, n int) {
	k := &curve{line: c.look.line(), until: math.Inf(-1)}
	for _, pt := range c.points {
		k.x, k.y = append(k.x, f.axis.place(pt.x)), append(k.y, f.sc.factor*pt.y)
	}
	shown := entry{text: cmp.Or(c.name, "simulated") + p.identical(k), line: k.line, mark: c.look.glyph()}
	p.curves, p.named = append(p.curves, k), append(p.named, c.name)
	if f.axis.number == nil { // nothing lies between categories: no line, and markers side by side
		k = &curve{x: beside(k.x, i, n), y: k.y}
		shown.line = draw.LineStyle{}
	} else {
		p.plot.Add(k)
	}
	p.legend = append(p.legend, shown)
	p.dots = append(p.dots, &dots{k.x, k.y, shown.mark})
}

// beside returns categories moved to where curve i of n has its markers.
func beside(x []float64, i, n int) []float64 {
	moved := make([]float64, len(x))
	for j := range x {
		moved[j] = x[j] + 0.5*((float64(i)+0.5)/float64(n)-0.5)
	}
	return moved
}

// A reference is a piece of a closed form.
type reference struct {
	curve
	text string
}

// references returns the closed forms over the range of the axis, in pieces where
// they have no value.
func (k *sweep) references(axis *sweepAxis) (list []*reference) {
	if axis.number == nil {
		return nil
	}
	low, high := axis.limits()
	at := func(t float64) float64 { return low + t*(high-low) }
	if k.isLog("x", axis.wide()) && low > 0 {
		at = func(t float64) float64 { return low * math.Pow(high/low, t) }
	}
	for i, text := range k.Reference {
		f, err := formula.Parse(text, nil)
		if err != nil {
			continue // refused before the run
		}
		style := referenceLine
		style.Dashes = dashes[1+i%(len(dashes)-1)]
		var piece *reference
		const steps = 200
		for j := range steps + 1 {
			x := at(float64(j) / steps)
			y := f.At(x)
			if math.IsNaN(y) || math.IsInf(y, 0) || y < 0 {
				piece = nil
				continue
			}
			if piece == nil {
				piece = &reference{curve: curve{line: style, until: math.Inf(-1)}, text: f.String()}
				list = append(list, piece)
			}
			piece.x, piece.y = append(piece.x, x), append(piece.y, y)
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

// wide reports whether amounts are spread so far that their logarithms count.
func (a *sweepAxis) wide() bool {
	if a.number == nil {
		return false
	}
	low, high := a.limits()
	return low > 0 && high/low >= 20
}

// place returns where on the axis of a panel an amount is.
func (a *sweepAxis) place(v float64) float64 {
	if a.number == nil {
		return v
	}
	return a.scale().factor * v
}

func (a *sweepAxis) scale() scale {
	_, high := a.limits()
	return scaleFor(a.unit, high)
}

// dress makes the horizontal axis of p.
func (a *sweepAxis) dress(p *panel, name string, log bool) {
	x := &p.plot.X
	if a.number == nil {
		var ticks constantTicks
		for i, v := range a.values {
			ticks = append(ticks, tick{Value: float64(i), Label: v})
		}
		x.Min, x.Max, x.Ticks, x.TickLength = -0.5, float64(len(a.values))-0.5, ticks, 0
		return
	}
	low, high := a.limits()
	sc := a.scale()
	if sc.unit != "" {
		x.Label = sc.label(name)
	}
	low, high = sc.factor*low, sc.factor*high
	if log && low > 0 {
		room := math.Pow(high/low, 0.03)
		x.logarithmic(low/room, high*room)
		return
	}
	if low >= 0 && low < 0.4*high { // an axis that nearly begins at 0 does so
		low = 0
	}
	room := 0.03 * (high - low)
	x.Min, x.Max = low-room, high+room
	if low == 0 {
		x.Min = 0
	}
}

func (k *sweep) samples(s *source) (list []sample) {
	s.keys.ofFlows = k.ofFlows
	curves, axis, unit, err := k.curves(s)
	if err != nil {
		return nil
	}
	for _, c := range curves {
		x := sample{
			Thing: c.name, X: quantity{Label: k.X}, Y: quantity{words(k.Y), unit}, Axis: axis.values,
			XLog: k.isLog("x", axis.wide()), YLog: k.isLog("y", false),
		}
		for _, p := range c.points {
			for _, v := range axis.values {
				if axis.at(v) == p.x {
					x.Places, x.V = append(x.Places, v), append(x.V, p.y)
				}
			}
		}
		list = append(list, x)
	}
	return list
}
