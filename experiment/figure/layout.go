package figure

import (
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/figure/page"
)

// A Figure is ready to be encoded.
type Figure struct {
	width, height vg.Length
	title         string
	panels        []*panel
	frames        []frame
	page          *page.Page // once it is drawn
}

// A frame is the place of a panel. Heights are distances from the top of the
// figure.
type frame struct {
	left, right vg.Length // of the data area
	top         vg.Length // of the heading
	heading     [][]placed
	events      []placedLabel
	eventRows   int
	data        vg.Length // top of the data area
	axisBelow   vg.Length // what the axis needs below the data area
	padTop      vg.Length // what tick labels need beyond the data area
}

// A placed entry of a legend; the first may be the title of the panel.
type placed struct {
	entry
	heading bool
	x       vg.Length
}

type placedLabel struct {
	label
	row int
	x   vg.Length // of its left end
}

const (
	margin       = vg.Length(2)
	sampleWidth  = vg.Length(15)
	sampleGap    = vg.Length(3)
	entryGap     = vg.Length(6)
	panelGap     = vg.Length(5)
	headingSpace = vg.Length(2)
)

// layOut places the panels one below the other with equal left and right ends.
func layOut(panels []*panel, title string, inches float64) *Figure {
	f := &Figure{width: vg.Length(inches) * vg.Inch, title: title, panels: panels, frames: make([]frame, len(panels))}
	for _, p := range panels {
		p.all = slices.Clone(p.events)
	}
	for i, p := range panels[:len(panels)-1] {
		below := panels[i+1]
		if x, y := &p.plot.X, &below.plot.X; x.Label == y.Label && x.Min == y.Min && x.Max == y.Max { // the panel below has the numbers
			x.Label, x.Ticks = "", linearTicks{n: 6, blank: true}
			below.events = slices.DeleteFunc(below.events, func(l label) bool { return slices.Contains(p.all, l) })
			below.all = append(below.all, p.all...) // what the panels above name
		}
	}
	for _, p := range panels {
		p.finish()
	}
	left, right := f.measure()
	y := margin
	if title != "" {
		y += lineHeight + headingSpace
	}
	for i, p := range panels {
		fr := &f.frames[i]
		fr.left, fr.right, fr.top = left, f.width-right, y
		fr.placeEvents(p, f.width)
		fr.heading = p.headings(left, f.width-margin)
		y += lineHeight * vg.Length(len(fr.heading)+fr.eventRows)
		y += max(headingSpace, fr.padTop)
		fr.data = y
		y += p.height + fr.axisBelow + panelGap
	}
	f.height = y - panelGap + margin
	return f
}

// measure finds what axes and their labels need around the data areas.
func (f *Figure) measure() (left, right vg.Length) {
	for i, p := range f.panels {
		fr := &f.frames[i]
		l, r, below, above := p.plot.insets(vg.Point{X: 0.85 * f.width, Y: p.height})
		left, right = max(left, l+margin), max(right, r+margin)
		fr.axisBelow, fr.padTop = below, above
	}
	return left, right
}

// headings breaks the title and the legend of a panel into lines.
func (p *panel) headings(left, right vg.Length) [][]placed {
	var lines [][]placed
	var line []placed
	x := left
	put := func(e placed, width vg.Length) {
		if len(line) > 0 && x+width > right {
			lines, line, x = append(lines, line), nil, left
		}
		e.x = x
		line = append(line, e)
		x += width + entryGap
	}
	if p.title != "" {
		put(placed{entry: entry{text: p.title}, heading: true}, headText.Width(p.title))
	}
	for _, e := range p.legend {
		put(placed{entry: e}, e.width())
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// width returns what an entry takes in a line.
func (e *entry) width() vg.Length { return e.sample() + sampleGap + smallText.Width(e.text) }

// sample returns the width of the piece of line, or of the marker, before the
// text.
func (e *entry) sample() vg.Length {
	if e.line.Width == 0 {
		return 3 * glyphRadius
	}
	return sampleWidth
}

// maxEventRows bounds the rows of labels above a panel.
const maxEventRows = 3

// placeEvents puts the names of events above the data so that none overlap. If
// there are too many, the legend explains the lines instead.
func (fr *frame) placeEvents(p *panel, width vg.Length) {
	var free [maxEventRows]vg.Length
	span := p.plot.X.Max - p.plot.X.Min
	for _, l := range p.events {
		w := eventText.Width(l.text)
		at := fr.left + vg.Length((l.x-p.plot.X.Min)/span)*(fr.right-fr.left)
		x := min(max(at-w/2, margin), width-margin-w)
		row := slices.IndexFunc(free[:], func(end vg.Length) bool { return x >= end })
		if row < 0 {
			fr.events, fr.eventRows = nil, 0
			p.legend = append(p.legend, entry{text: "events", line: eventLine})
			return
		}
		fr.events = append(fr.events, placedLabel{l, row, x})
		fr.eventRows = max(fr.eventRows, row+1)
		free[row] = x + w + 4
	}
}

// draw draws everything.
func (f *Figure) draw(c draw.Canvas) {
	top := c.Max.Y
	if f.title != "" {
		style := headText
		style.XAlign = text.XCenter
		c.FillText(style, vg.Point{X: f.width / 2, Y: top - margin - lineHeight + 1.5}, f.title)
	}
	for i, p := range f.panels {
		fr := &f.frames[i]
		fr.drawHeading(&c, top)
		data := vg.Rectangle{Min: vg.Point{X: fr.left, Y: top - fr.data - p.height}, Max: vg.Point{X: fr.right, Y: top - fr.data}}
		p.plot.draw(draw.Canvas{Canvas: c.Canvas, Rectangle: data}, fr.left-margin)
	}
}

// drawHeading writes title, legend and events of a panel.
func (fr *frame) drawHeading(c *draw.Canvas, top vg.Length) {
	for row, line := range fr.heading {
		base := top - fr.top - lineHeight*vg.Length(row+1) + 1.5
		for _, e := range line {
			if e.heading {
				c.FillText(headText, vg.Point{X: e.x, Y: base}, e.text)
				continue
			}
			e.drawSample(c, e.x, base+2.6)
			c.FillText(smallText, vg.Point{X: e.x + e.sample() + sampleGap, Y: base}, e.text)
		}
	}
	for _, l := range fr.events {
		row := len(fr.heading) + fr.eventRows - l.row // row 0 is next to the data
		c.FillText(eventText, vg.Point{X: l.x, Y: top - fr.top - lineHeight*vg.Length(row) + 1.5}, l.text)
	}
}

// rectangle returns the corners of one, from its lower left to its upper right.
func rectangle(left, bottom, right, top vg.Length) []vg.Point {
	return []vg.Point{{X: left, Y: bottom}, {X: right, Y: bottom}, {X: right, Y: top}, {X: left, Y: top}}
}

// drawSample draws what the legend explains, centred at height y.
func (e *entry) drawSample(c *draw.Canvas, x, y vg.Length) {
	if e.fill != nil {
		c.FillPolygon(e.fill, rectangle(x, y-3, x+3*glyphRadius, y+3))
		return
	}
	w := e.sample()
	if e.line.Width > 0 {
		c.StrokeLine2(e.line, x, y, x+w, y)
	}
	if e.mark.Shape != nil {
		c.DrawGlyphNoClip(e.mark, vg.Point{X: x + w/2, Y: y})
	}
}
