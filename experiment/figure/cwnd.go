package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("cwnd", "congestion window and slow-start threshold of each subflow over time, with losses, ECN marks and timeouts",
		func() Kind { return &cwnd{} })
}

// cwnd draws congestion windows.
type cwnd struct {
	perFlow  `toml:",inline"`
	overTime `toml:",inline"`
	scaled   `toml:",inline"`
	modelled `toml:",inline"`
}

// Check implements Kind.
func (k *cwnd) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
	k.checkLog(s, "y")
}

func (k *cwnd) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &k.span)
	return s.perFlow(func(f *record.Flow) *panel {
		list, index := s.series(f, record.Cwnd)
		if len(list) == 0 {
			return nil
		}
		windows := levels(s.predicted(f.Name, k.Fluid), (*record.FluidSubflow).WindowBytes)
		top := s.top(max(calm(list, s.until), greatest(record.Series{V: windows})))
		sc := scaleFor("B", top)
		p := s.timePanel(linksOf(f), sc.label("Congestion window"), 1.08*sc.factor*top)
		p.scaleUp(k.isLog("y", false), list, sc)
		if len(list) > maxCurves {
			s.addMany(p, list, "subflows", sc)
			return p
		}
		thresholds, of := s.series(f, record.Ssthresh)
		for i, x := range thresholds {
			p.add("", &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.until, line: thresholdLine(colourOf(of[i]))})
		}
		s.addPerSubflow(p, list, index, sc)
		if len(thresholds) > 0 {
			p.legend = append(p.legend, entry{text: "ssthresh", line: thresholdLine(grey)})
		}
		s.addLevels(p, f, windows, sc)
		s.addLosses(p, f, sc)
		return p
	})
}

// thresholdLine is thin, so that the window stays in front.
func thresholdLine(c color.Color) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: thinWidth, Dashes: []vg.Length{2, 1.2}}
}

// subflows draws the series of one name of all subflows of a flow, in a panel of its own. It returns nil if there is
// none.
func (s *source) subflows(f *record.Flow, name, label string, log bool) *panel {
	list, index := s.series(f, name)
	if len(list) == 0 {
		return nil
	}
	top := s.top(calm(list, s.until))
	sc := scaleFor(list[0].Unit, top)
	p := s.timePanel(linksOf(f), sc.label(label), 1.08*sc.factor*top)
	p.scaleUp(log, list, sc)
	if len(list) > maxCurves {
		s.addMany(p, list, "subflows", sc)
		return p
	}
	s.addPerSubflow(p, list, index, sc)
	return p
}

// addPerSubflow draws the same quantity of each subflow.
func (s *source) addPerSubflow(p *panel, list []record.Series, index []int, sc scale) {
	for i, x := range list {
		k := &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.until, line: lineOf(index[i]), mark: glyphOf(index[i])}
		k.phase = (float64(i) + 0.5) / float64(len(list))
		name := x.Subflow
		if name == "" {
			name = x.Name
		}
		p.add(name, k)
	}
}

// addLosses marks where the window was when a subflow lost something.
func (s *source) addLosses(p *panel, f *record.Flow, sc scale) {
	for _, m := range []struct {
		kind, text string
		shape      draw.GlyphDrawer
	}{{record.Loss, "loss", draw.CrossGlyph{}}, {record.ECN, "ECN mark", draw.PlusGlyph{}}, {record.Timeout, "RTO", draw.PyramidGlyph{}}} {
		d := &dots{glyph: draw.GlyphStyle{Color: black, Radius: 1.5, Shape: m.shape}}
		for _, x := range s.res.Incidents {
			if x.Kind == m.kind && x.Flow == f.Name {
				d.x, d.y = append(d.x, x.T), append(d.y, min(x.Value*sc.factor, p.plot.Y.Max)) // what is cut off stands at the end
			}
		}
		if len(d.x) > 0 {
			p.addDots(m.text, d)
		}
	}
}

func (k *cwnd) samples(s *source) []sample {
	s.of(&k.perFlow, &k.span)
	return s.subflowSamples(record.Cwnd, "Congestion window", k.isLog("y", false))
}
