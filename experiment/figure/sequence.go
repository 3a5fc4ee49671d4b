package figure

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	register("sequence", "data sequence number over time, coloured by subflow, reinjections marked", drawSequence)
}

func drawSequence(s *source) ([]*panel, error) {
	return s.perFlow(func(f *record.Flow) *panel {
		var list []record.Sequence
		top := 0.0
		for _, q := range s.res.Sequences {
			if q.Flow == f.Name && len(q.T) > 0 {
				list = append(list, q)
				top = max(top, greatest(record.Series{V: q.DSN}))
			}
		}
		if len(list) == 0 {
			return nil
		}
		sc := scaleFor("B", top)
		p := s.timePanel(sc.label("DSN offset"), 1.05*sc.factor*top)
		p.height = 1.6 * vg.Inch
		for _, again := range []bool{false, true} { // reinjections in front
			for _, q := range list {
				if q.Reinjected == again {
					addSequence(p, f, &q, sc)
				}
			}
		}
		return p
	})
}

// addSequence draws what a subflow sent: small filled markers, or larger hollow
// ones for reinjections.
func addSequence(p *panel, f *record.Flow, q *record.Sequence, sc scale) {
	i := subflowIndex(f, q.Subflow)
	d := &dots{x: q.T, y: sc.apply(q.DSN)}
	name := q.Subflow
	if name == "" {
		name = "sent"
	}
	if q.Reinjected {
		shapes := []draw.GlyphDrawer{draw.RingGlyph{}, draw.SquareGlyph{}, draw.TriangleGlyph{}, draw.CrossGlyph{}}
		d.glyph = draw.GlyphStyle{Color: black, Radius: 2, Shape: shapes[i%len(shapes)]}
		p.addDots("reinjected on "+name, d)
		return
	}
	d.glyph = glyphOf(i)
	d.glyph.Radius = 0.8
	p.plot.Add(d)
	p.legend = append(p.legend, entry{text: name, mark: glyphOf(i)})
}
