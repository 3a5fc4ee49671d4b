package figure

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	register("throughput", "what arrives on the subflows of a flow over time, stacked, and what of it becomes readable in order", drawThroughput)
}

func drawThroughput(s *source) ([]*panel, error) {
	return s.perFlow(func(f *record.Flow) *panel {
		list, index := s.series(f, record.Throughput)
		if len(list) == 0 {
			return nil
		}
		width := drawnBin(list, s.res.Duration)
		var starts, sum []float64
		var layers [][]float64 // lower edge of each subflow
		for _, x := range list {
			t, v := rebin(&x, width, s.res.Duration)
			if len(t) > len(starts) {
				starts = t
			}
			for len(sum) < len(t) {
				sum = append(sum, 0)
			}
			layers = append(layers, append([]float64{}, sum...))
			for i := range v {
				sum[i] += v[i]
			}
		}
		layers = append(layers, sum)
		fluid := edges(levels(s.predicted(f.Name), func(x *record.FluidSubflow) float64 { return x.Goodput }))
		ordered := s.delivered(f, width)
		top := s.top(greatest(record.Series{V: sum}, record.Series{V: fluid}, ordered))
		sc := scaleFor("bit/s", top)
		p := s.timePanel(f, sc.label("Throughput"), 1.08*sc.factor*top)
		p.plot.X.Label = fmt.Sprintf("Time (s), bins of %s", binWidth(width))
		for i, x := range list {
			name := x.Subflow
			if name == "" {
				name = "throughput"
			}
			p.addArea(name, &area{x: starts, low: sc.apply(padded(layers[i], len(sum))), high: sc.apply(padded(layers[i+1], len(sum))),
				until: s.res.Duration, fill: tint(colourOf(index[i]))})
		}
		s.addEdges(p, starts, layers[1:], index, sc)
		if len(ordered.T) > 0 {
			p.add("delivered in order", &curve{x: ordered.T, y: sc.apply(ordered.V), hold: true, until: s.res.Duration,
				line: draw.LineStyle{Color: grey, Width: lineWidth, Dashes: []vg.Length{3, 1.5}}})
		}
		s.addLevels(p, f, fluid, sc)
		return p
	})
}

// delivered returns what became readable of f, as means over intervals of a width.
func (s *source) delivered(f *record.Flow, width float64) (x record.Series) {
	list, _ := s.series(f, record.Delivered)
	for i := range list {
		x.T, x.V = rebin(&list[i], width, s.res.Duration)
	}
	return x
}

// addEdges draws the upper edge of each layer in the colour of its
// subflow, and the sum in black.
func (s *source) addEdges(p *panel, starts []float64, edges [][]float64, index []int, sc scale) {
	last := len(edges) - 1
	for i, e := range edges {
		k := &curve{x: starts, y: sc.apply(padded(e, len(starts))), hold: true, until: s.res.Duration, line: draw.LineStyle{Color: colourOf(index[i]), Width: thinWidth}}
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

// padded returns v with zeros appended up to length n.
func padded(v []float64, n int) []float64 {
	w := make([]float64, n)
	copy(w, v)
	return w
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
