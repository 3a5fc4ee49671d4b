package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	register("rcvbuf", "occupancy of the receive buffer over time, what waits for missing data, and the limit", drawRcvbuf)
}

func drawRcvbuf(s *source) ([]*panel, error) {
	return s.perFlow(func(f *record.Flow) *panel {
		all, _ := s.series(f, record.RecvBuffer)
		waiting, _ := s.series(f, record.OutOfOrder)
		limit, _ := s.series(f, record.RecvLimit)
		if len(all)+len(waiting) == 0 {
			return nil
		}
		top := greatest(append(append(append([]record.Series{}, all...), waiting...), limit...)...)
		sc := scaleFor("B", top)
		p := s.timePanel(sc.label("Receive buffer"), 1.08*sc.factor*top)
		fill := func(text string, x *record.Series, c color.Color) {
			p.addArea(text, &area{x: x.T, low: make([]float64, len(x.T)), high: sc.apply(x.V), until: s.res.Duration, fill: c})
		}
		for _, x := range all {
			fill("occupied", &x, tint(colourOf(0)))
		}
		for _, x := range waiting { // part of what is occupied, hence in front
			fill("out of order", &x, colourOf(1))
		}
		for _, x := range limit {
			p.add("limit", &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.res.Duration,
				line: draw.LineStyle{Color: black, Width: lineWidth, Dashes: []vg.Length{4, 2}}})
		}
		return p
	})
}
