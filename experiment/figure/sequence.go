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
		reinjected := false
		for i := range list {
			addSequence(p, f, &list[i], sc)
			reinjected = reinjected || list[i].Reinjected
		}
		if reinjected {
			p.legend = append(p.legend, entry{text: "reinjected", mark: reinjection})
		}
		return p
	})
}

// addSequence draws what a subflow sent, each reinjection in a ring.
func addSequence(p *panel, f *record.Flow, q *record.Sequence, sc scale) {
	i := subflowIndex(f, q.Subflow)
	d := &dots{x: q.T, y: sc.apply(q.DSN), glyph: glyphOf(i)}
	// Those drawn first are wider, so that they show beside what lies on top of them.
	if last := len(f.Subflows) - 1; i < last {
		d.glyph.Radius = 0.8 + min(0.8, 1.6/vg.Length(last))*vg.Length(last-i)
	} else {
		d.glyph.Radius = 0.8
	}
	p.plot.Add(d)
	if q.Reinjected {
		p.dots = append(p.dots, &dots{x: d.x, y: d.y, glyph: reinjection})
		return
	}
	name := q.Subflow
	if name == "" {
		name = "sent"
	}
	p.legend = append(p.legend, entry{text: name, mark: glyphOf(i)})
}

// reinjection is the ring around what was first sent on another subflow.
var reinjection = draw.GlyphStyle{Color: black, Radius: 2, Shape: draw.RingGlyph{}}
