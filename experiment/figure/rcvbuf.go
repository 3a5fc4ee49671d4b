package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("rcvbuf", "occupancy of the receive buffer over time, what waits for missing data, and the limit",
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
		p := s.timePanel(linksOf(f), sc.label("Receive buffer"), 1.08*sc.factor*top)
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
