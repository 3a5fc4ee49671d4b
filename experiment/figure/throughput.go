package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("throughput",
		"what arrives on the subflows of a flow over time, stacked, and what of it becomes readable in order",
		func() Kind { return &throughput{} })
}

// throughput draws rates.
type throughput struct {
	perFlow  `toml:",inline"`
	overTime `toml:",inline"`
	modelled `toml:",inline"`
	Bin      time.Duration `toml:"bin" doc:"intervals of which the means are drawn, in whole ones of those that are recorded; left out: as there is room for" time:"run"`
}

// Check implements Kind.
func (k *throughput) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
	switch {
	case k.Bin == 0 && s.Given("bin"):
		s.Fail("bin", "got 0s; want more")
	case k.Bin > s.Duration && s.Duration > 0:
		s.Late("bin", "%v is more than the run of %v", k.Bin, s.Duration)
	}
}

func (k *throughput) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &k.span)
	return s.perFlow(func(f *record.Flow) *panel {
		list, index := s.whole(f, record.Throughput)
		if len(list) == 0 {
			return nil
		}
		k := k.stack(s, f, list, index)
		sum := greatest(record.Series{V: k.sum()}, record.Series{V: k.fluid})
		top := s.top(max(sum, min(room*sum, greatest(k.ordered)))) // what waits for a hole comes in bursts
		return k.panel(s, f, top)
	})
}

// A stack is the throughputs of the subflows of a flow, one on the other.
type stack struct {
	width  float64 // of the intervals, s
	starts []float64
	edges  [][]float64 // from 0 up: subflow i lies between edges i and i+1
	names  []string
	colour []color.NRGBA

	fluid   []float64 // edges that the fluid model predicts
	ordered record.Series
}

// sum returns the throughput of all subflows.
func (k *stack) sum() []float64 { return k.edges[len(k.edges)-1] }

// stack sums up throughputs.
func (k *throughput) stack(s *source, f *record.Flow, list []record.Series, index []int) *stack {
	st := &stack{width: k.width(s, list)}
	for t := 0.0; t < s.until-1e-9; t += st.width {
		st.starts = append(st.starts, float64(len(st.starts))*st.width)
	}
	st.edges = [][]float64{make([]float64, len(st.starts))}
	add := func(x *record.Series) {
		_, v := rebin(x, st.width, s.res.Duration)
		edge := slices.Clone(st.sum())
		for i := range edge {
			if i < len(v) {
				edge[i] += v[i]
			}
		}
		st.edges = append(st.edges, edge)
	}
	shown := list
	if len(list) > maxCurves {
		shown = highest(list, maxCurves-1, s.res.Duration)
	}
	for i := range list {
		if slices.ContainsFunc(shown, func(x record.Series) bool { return x.Subflow == list[i].Subflow }) {
			add(&list[i])
			st.names, st.colour = append(st.names, cmp.Or(list[i].Subflow, "throughput")), append(st.colour, colourOf(index[i]))
		}
	}
	if left := len(list) - len(shown); left > 0 { // all others as one
		for i := range list {
			if !slices.ContainsFunc(shown, func(x record.Series) bool { return x.Subflow == list[i].Subflow }) {
				add(&list[i])
			}
		}
		st.edges = slices.Delete(st.edges, len(shown)+1, len(st.edges)-1)
		st.names, st.colour = append(st.names, fmt.Sprintf("%d others", left)), append(st.colour, grey)
	}
	st.fluid = edges(levels(s.predicted(f.Name, k.Fluid), func(x *record.FluidSubflow) float64 { return x.Goodput }))
	st.ordered = s.delivered(f, st.width)
	first := 0
	for first+1 < len(st.starts) && st.starts[first]+st.width <= s.from {
		first++
	}
	st.starts = st.starts[first:]
	for i := range st.edges {
		st.edges[i] = st.edges[i][first:]
	}
	st.ordered = s.cut(st.ordered)
	return st
}

// width returns that of the intervals to draw.
func (k *throughput) width(s *source, list []record.Series) float64 {
	usual := drawnBin(list, s.until-s.from)
	if k.Bin == 0 {
		return usual
	}
	recorded := 0.0
	for _, x := range list {
		recorded = max(recorded, x.Bin)
	}
	if recorded == 0 {
		return usual
	}
	return recorded * max(1, math.Round(k.Bin.Seconds()/recorded))
}

// panel draws a stack.
func (k *stack) panel(s *source, f *record.Flow, top float64) *panel {
	sc := scaleFor("bit/s", top)
	p := s.timePanel(linksOf(f), sc.label("Throughput"), 1.08*sc.factor*top)
	p.plot.X.Label = fmt.Sprintf("Time (s), bins of %s", binWidth(k.width))
	starts := slices.Clone(k.starts)
	if len(starts) > 0 {
		starts[0] = max(starts[0], s.from)
	}
	for i, name := range k.names {
		low, high := sc.apply(k.edges[i]), sc.apply(k.edges[i+1])
		p.addArea(name, &area{x: starts, low: low, high: high, until: s.until, fill: tint(k.colour[i])})
	}
	s.addEdges(p, starts, k.edges[1:], k.colour, sc)
	if len(k.ordered.T) > 0 {
		p.add("delivered in order", &curve{x: k.ordered.T, y: sc.apply(k.ordered.V), hold: true, until: s.until,
			line: draw.LineStyle{Color: grey, Width: lineWidth, Dashes: []vg.Length{3, 1.5}}})
	}
	p.addPeaks([]record.Series{k.ordered}, sc)
	s.addLevels(p, f, k.fluid, sc)
	return p
}

// delivered returns what became readable of f, as means over intervals of a width.
func (s *source) delivered(f *record.Flow, width float64) (x record.Series) {
	list, _ := s.whole(f, record.Delivered)
	x.Unit = "bit/s"
	for i := range list {
		x.T, x.V = rebin(&list[i], width, s.res.Duration)
	}
	return x
}

// addEdges draws the upper edge of each layer in the colour of its
// subflow, and the sum in black.
func (s *source) addEdges(p *panel, starts []float64, edges [][]float64, colours []color.NRGBA, sc scale) {
	last := len(edges) - 1
	for i, e := range edges {
		line := draw.LineStyle{Color: colours[i], Width: thinWidth}
		k := &curve{x: starts, y: sc.apply(e), hold: true, until: s.until, line: line}
		if i < last {
			p.add("", k)
			continue
		}
		k.line = draw.LineStyle{Color: black, Width: lineWidth}
		name := ""
		if last > 0 {
			name = "sum"
		}
		p.add(name, k)
	}
}

// drawnBin returns the width of the intervals to draw: that of the series, or a
// multiple of it if the lines would run into each other.
func drawnBin(list []record.Series, duration float64) float64 {
	width := 0.0
	for _, x := range list {
		width = max(width, x.Bin)
	}
	const most = 150 // intervals in a column
	for _, factor := range []float64{1, 2, 5, 10, 20, 50, 100} {
		if duration/(factor*width) <= most {
			return factor * width
		}
	}
	return 1000 * width
}

// rebin returns rates as means over intervals of a width that is a multiple of
// that of the series.
func rebin(x *record.Series, width, end float64) (t, v []float64) {
	for i := range x.T {
		stop := min(x.T[i]+x.Bin, end)
		if i+1 < len(x.T) {
			stop = x.T[i+1]
		}
		k := int(x.T[i]/width + 1e-6)
		for len(t) <= k {
			t, v = append(t, float64(len(t))*width), append(v, 0)
		}
		v[k] += x.V[i] * max(0, stop-x.T[i]) / (min(t[k]+width, end) - t[k])
	}
	return t, v
}

func binWidth(s float64) string {
	sc := scaleFor("s", s)
	return strconv.FormatFloat(s*sc.factor, 'g', 6, 64) + " " + sc.unit
}

// samples are the sums over subflows.
func (k *throughput) samples(s *source) (list []sample) {
	s.of(&k.perFlow, &k.span)
	flows := s.flows()
	for i := range flows {
		f := &flows[i]
		series, index := s.whole(f, record.Throughput)
		if len(series) == 0 {
			continue
		}
		st := k.stack(s, f, series, index)
		sum := record.Series{Unit: "bit/s", T: st.starts, V: st.sum()}
		list = append(list, s.timeSample(s.keys.shows(f.Name), "Throughput", linksOf(f), sum))
	}
	return list
}
