package figure

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("rcvbuf", "occupancy of the receive buffer over time, what waits for missing data, the limit, and when buffers keep new data back",
		func() Kind { return &rcvbuf{} })
}

// rcvbuf draws receive buffers.
type rcvbuf struct {
	perFlow  `toml:",inline"`
	overTime `toml:",inline"`
}

// Check implements Kind.
func (k *rcvbuf) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
}

func (k *rcvbuf) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &k.span)
	return s.perFlow(func(f *record.Flow) *panel {
		all, _ := s.series(f, record.RecvBuffer)
		waiting, _ := s.series(f, record.OutOfOrder)
		limit, _ := s.series(f, record.RecvLimit)
		if len(all)+len(waiting) == 0 {
			return nil
		}
		top := s.top(greatest(append(append(append([]record.Series{}, all...), waiting...), limit...)...))
		sc := scaleFor("B", top)
		p := s.timePanel(linksOf(f), sc.label("Receive buffer"), 1.15*sc.factor*top) // with room to see what is behind
		s.addBlocked(p, f)
		for _, x := range all {
			p.addFilled("occupied", &x, sc, s.until, light)
		}
		for _, x := range waiting { // part of what is occupied, hence in front; colours are for links
			p.addFilled("out of order", &x, sc, s.until, grey)
		}
		for _, x := range limit {
			p.add("limit", &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.until,
				line: draw.LineStyle{Color: black, Width: lineWidth, Dashes: []vg.Length{4, 2}}})
		}
		return p
	})
}

// addBlocked shades the time in which new data of a connection of f was kept back, behind all else.
func (s *source) addBlocked(p *panel, f *record.Flow) {
	for _, by := range []struct {
		series, text string
		fill         color.Color
	}{
		{record.WindowBlocked, "blocked by the window", tint(palette[4])},
		{record.BufferBlocked, "blocked by the send buffer", tint(palette[5])},
	} {
		list, _ := s.series(f, by.series)
		b := &spans{fill: by.fill}
		for _, x := range list {
			b.above(0, &x, s.until)
		}
		if len(b.from) > 0 {
			p.plot.layers = slices.Insert(p.plot.layers, 0, layer(b))
			p.legend = append(p.legend, entry{text: by.text, fill: by.fill})
		}
	}
}

// addFilled draws a series as an area with a thin edge, which shows peaks that are
// narrower than a dot. The legend says where an area hides another one.
func (p *panel) addFilled(text string, x *record.Series, sc scale, until float64, c color.Color) {
	k := &curve{x: x.T, y: sc.apply(x.V), hold: true, until: until, line: draw.LineStyle{Color: c, Width: thinWidth}}
	p.addArea(text+p.identical(k), &area{x: k.x, low: make([]float64, len(k.x)), high: k.y, until: until, fill: c})
	p.add("", k)
	p.curves, p.named = append(p.curves, k), append(p.named, text)
}

func (k *rcvbuf) samples(s *source) []sample {
	s.of(&k.perFlow, &k.span)
	return s.subflowSamples(record.RecvBuffer, "Receive buffer", false)
}
