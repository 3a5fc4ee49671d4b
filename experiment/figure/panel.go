package figure

import (
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

// A panel is one pair of axes with a heading, which has the legend.
type panel struct {
	title  string
	legend []entry
	plot   *axes
	height vg.Length // of the data area
	events []label   // at the top, above the data
	all    []label   // those and the ones that panels above name

	curves []*curve // that the legend names
	named  []string // their names

	markers, dots []layer // to draw in front of all curves, and in front of those
}

// An entry of a legend shows what stands for what.
type entry struct {
	text string
	line draw.LineStyle
	mark draw.GlyphStyle // without a Shape: none
	fill color.Color     // of an area; nil: none
}

// A label names a position on the horizontal axis.
type label struct {
	x    float64
	text string
}

const (
	panelHeight = 1.25 * vg.Inch
	tickLength  = vg.Length(3)
)

// newPanel returns a panel with linear axes whose values begin at 0.
func newPanel(xLabel string, xMax float64, yLabel string, yMax float64) *panel {
	p := &axes{}
	if yMax <= 0 {
		yMax = 1
	}
	p.X = axis{Label: xLabel, Max: xMax, Ticks: linearTicks{n: 6}, TickLength: tickLength}
	p.Y = axis{Label: yLabel, Max: yMax, Ticks: linearTicks{n: 5}, TickLength: tickLength}
	p.Add(grid{})
	return &panel{plot: p, height: panelHeight}
}

// timePanel returns a panel over the time of the run, with the events of links that concern it as vertical lines.
func (s *source) timePanel(concerns func(link string) bool, yLabel string, yMax float64) *panel {
	p := newPanel("Time (s)", s.until, yLabel, yMax)
	p.plot.X.Min = s.from
	var v verticals
	for _, m := range s.res.Incidents {
		name := eventName(&m)
		if name == "" || m.T < s.from || m.T > s.until || m.Link != "" && !concerns(m.Link) {
			continue
		}
		v.x = append(v.x, m.T)
		p.events = append(p.events, label{m.T, name})
	}
	p.plot.Add(v)
	return p
}

// linksOf tells the links that a flow crosses.
func linksOf(f *record.Flow) func(link string) bool {
	return func(link string) bool { return crosses(f, link) }
}

// crosses reports whether a link is on a path of the flow; one whose paths are not known may cross any.
func crosses(f *record.Flow, link string) bool {
	known := false
	for i := range f.Subflows {
		path := f.Subflows[i].Path
		known = known || path != ""
		on := func(w string) bool { return strings.Trim(w, "-") == link }
		if slices.ContainsFunc(strings.Fields(path), on) || strings.Contains(f.Subflows[i].Name, link) {
			return true
		}
	}
	return !known
}

// eventName returns the text of an incident that concerns all flows, else "".
func eventName(m *record.Incident) string {
	switch m.Kind {
	case record.LinkDown:
		return m.Link + " off"
	case record.LinkUp:
		return m.Link + " on"
	case record.Silent:
		return m.Link + " silent"
	case record.Heard:
		return m.Link + " heard"
	case record.Change:
		return strings.TrimSpace(m.Link + " " + m.Text)
	}
	return ""
}

// addCDF draws a distribution function, with markers at heights of its own: on steep curves, which have no room for
// more along them, and not on those that are at 1. It is curve i of n.
func (p *panel) addCDF(text string, k *curve, i, n int) {
	glyph := k.mark
	k.mark = draw.GlyphStyle{}
	p.add(text, k)
	if text != "" {
		p.legend[len(p.legend)-1].mark = glyph
	}
	d := &dots{glyph: glyph}
	for _, level := range []float64{0.1, 0.4, 0.7} {
		level += 0.28 * (float64(i) + 0.5) / float64(n)
		at := slices.IndexFunc(k.y, func(y float64) bool { return y >= level })
		if at > 0 {
			d.x, d.y = append(d.x, k.x[at]), append(d.y, level)
		}
	}
	p.dots = append(p.dots, d)
}

// add draws a curve and names it in the legend, unless text is "".
func (p *panel) add(text string, k *curve) {
	if text != "" {
		text += p.identical(k)
		p.curves, p.named = append(p.curves, k), append(p.named, text)
	}
	p.plot.Add(k)
	if k.mark.Shape != nil {
		markers := *k
		markers.markersOnly = true
		p.markers = append(p.markers, &markers)
	}
	if text != "" {
		p.legend = append(p.legend, entry{text: text, line: k.line, mark: k.mark})
	}
}

// identical says in the legend that a curve lies on another one.
func (p *panel) identical(k *curve) string {
	for i, other := range p.curves {
		same := slices.Equal(k.x, other.x)
		switch {
		case same && slices.Equal(k.y, other.y):
			return " (identical to " + p.named[i] + ")"
		case same && p.covers(k.y, other.y), k.hold && other.hold && p.steps(k, other):
			return " (almost identical to " + p.named[i] + ")"
		}
	}
	return ""
}

// covers reports whether two curves are nowhere further from each other than lines are wide.
func (p *panel) covers(a, b []float64) bool {
	for i := range a {
		if p.apart(a[i], b[i]) {
			return false
		}
	}
	return true
}

// apart reports whether one sees that two values differ.
func (p *panel) apart(a, b float64) bool {
	return math.Abs(p.plot.Y.norm(a)-p.plot.Y.norm(b)) > float64(lineWidth/panelHeight)
}

// steps is covers for two curves whose values hold from places of their own on.
func (p *panel) steps(a, b *curve) bool {
	if len(a.x) == 0 || len(b.x) == 0 || math.Abs(p.plot.X.norm(a.x[0])-p.plot.X.norm(b.x[0])) > 0.01 {
		return false
	}
	for i, j := -1, -1; i+1 < len(a.x) || j+1 < len(b.x); {
		now := min(a.next(i), b.next(j))
		for ; a.next(i) == now; i++ { // of an instant the last value counts
		}
		for ; b.next(j) == now; j++ {
		}
		if i >= 0 && j >= 0 && p.apart(a.y[i], b.y[j]) {
			return false
		}
	}
	return true
}

// next returns where the point after i is; after the last one nowhere.
func (k *curve) next(i int) float64 {
	if i+1 == len(k.x) {
		return math.Inf(1)
	}
	return k.x[i+1]
}

// finish puts the markers of all curves in front of all curves, and single points
// in front of those.
func (p *panel) finish() {
	p.plot.Add(p.markers...)
	p.plot.Add(p.dots...)
	p.markers, p.dots = nil, nil
}

// addDots draws points and names them in the legend.
func (p *panel) addDots(text string, d *dots) {
	p.dots = append(p.dots, d)
	p.legend = append(p.legend, entry{text: text, mark: d.glyph})
}

// addArea draws an area and names it in the legend.
func (p *panel) addArea(text string, a *area) {
	p.plot.Add(a)
	p.legend = append(p.legend, entry{text: text, fill: a.fill})
}
