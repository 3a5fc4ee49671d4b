package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("timeline", "which bytes go on which path, when, how long each is on its way, and why: around an event, a loss or the start",
		func() Kind { return &timeline{} })
}

// timeline draws the stream of the first connection of a flow over time. Without from and until it chooses
// where there is most to see, as sequence does.
type timeline struct {
	perFlow  `toml:",inline"`
	overTime `toml:",inline"`
}

// Check implements Kind.
func (k *timeline) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
}

const (
	streamHeight = 1.8 * vg.Inch   // of the data area
	rowHeight    = vg.Length(8.5)  // of a reason
	maxReasons   = 8               // that have a row
	leastBar     = vg.Length(0.35) // height of a segment
)

func (k *timeline) panels(s *source) (panels []*panel, err error) {
	s.of(&k.perFlow, &k.span)
	left := 0
	for _, f := range s.flows() {
		x := s.passage(&f, k.From > 0 || k.Until > 0)
		switch {
		case x == nil:
		case len(panels)+2 > maxPanels:
			left++
		default:
			panels = append(panels, x.bytes(), x.reasons())
		}
	}
	if left > 0 {
		panels[maxPanels-2].title += fmt.Sprintf(" (%d more flows not drawn)", left)
	}
	return slices.DeleteFunc(panels, func(p *panel) bool { return p == nil }), nil
}

// A passage is what a flow sends in a piece of the run.
type passage struct {
	s           *source
	f           *record.Flow
	from, until float64          // s
	segments    []record.Segment // some of whose time lies in it
	names       []string         // of the subflows, in the order of the figure
	low, high   float64          // positions
}

// passage returns that of f; nil if nothing of it is known.
func (s *source) passage(f *record.Flow, chosen bool) *passage {
	x := &passage{s: s, f: f, from: s.from, until: s.until}
	again := math.Inf(1)
	var times []float64
	for _, g := range s.res.Segments {
		if g.Flow != f.Name {
			continue
		}
		x.segments, times = append(x.segments, g), append(times, g.T)
		if g.Kind == record.Reinjected {
			again = min(again, g.T)
		}
	}
	if len(times) == 0 {
		return nil
	}
	if slices.Sort(times); !chosen {
		x.from, x.until = s.around(f, times, again)
	}
	x.segments = slices.DeleteFunc(x.segments, func(g record.Segment) bool { return g.T > x.until || max(g.T, g.Arrived, g.Read) < x.from })
	if len(x.segments) == 0 {
		return nil
	}
	for i := range f.Subflows {
		x.names = append(x.names, f.Subflows[i].Name)
	}
	ordered(x.names, s.keys.Order, func(name string) string { return name })
	x.low, x.high = math.Inf(1), 0
	for _, g := range x.segments {
		x.low, x.high = min(x.low, float64(g.From)), max(x.high, float64(g.To))
	}
	return x
}

// bytes is the panel of positions over time.
func (x *passage) bytes() *panel {
	sc := scaleFor("B", x.high)
	p := x.panel("Position in the stream (" + sc.unit + ")")
	p.title, p.height = x.s.keys.shows(x.f.Name), streamHeight
	for _, part := range x.s.res.Thinned {
		if part.Table == "timeline" && part.Flow == x.f.Name {
			p.title += fmt.Sprintf(" (%d of %d segments)", part.Kept, part.Samples)
		}
	}
	room := 0.02 * (x.high - x.low)
	p.plot.Y.Min, p.plot.Y.Max = sc.factor*(x.low-room), sc.factor*(x.high+room)
	if p.plot.Y.Max <= p.plot.Y.Min {
		p.plot.Y.Max = p.plot.Y.Min + 1
	}
	x.marks(p, sc)
	x.ways(p, sc)
	x.read(p, sc)
	return p
}

// panel returns one over the time of the stream.
func (x *passage) panel(yLabel string) *panel {
	p := x.s.timePanel(linksOf(x.f), yLabel, 1)
	p.plot.X.Min, p.plot.X.Max = x.from, x.until
	if x.until <= x.from {
		p.plot.X.Max = x.from + 1e-3
	}
	p.events = slices.DeleteFunc(p.events, func(l label) bool { return l.x < x.from || l.x > x.until })
	return p
}

// ways draws how long segments are on their way: until they arrive, or pale until their bytes are read that
// another one brings.
func (x *passage) ways(p *panel, sc scale) {
	var some [2]bool
	for i, fade := range []func(color.NRGBA) color.NRGBA{func(c color.NRGBA) color.NRGBA { return tint(tint(c)) }, tint} {
		for _, name := range x.names {
			b := &bars{fill: fade(colourOf(x.s.number(name)))}
			for _, g := range x.segments {
				if until := []float64{g.Read, g.Arrived}[i]; g.Subflow == name && until > 0 && (g.Arrived > 0) == (i == 1) {
					b.add(g.T, until, sc.factor*float64(g.From), sc.factor*float64(g.To))
				}
			}
			p.plot.Add(b)
			some[i] = some[i] || len(b.from) > 0
		}
	}
	if some[1] {
		p.legend = append(p.legend, entry{text: "on its way", fill: tint(grey)})
	}
	if some[0] {
		p.legend = append(p.legend, entry{text: "comes elsewhere", fill: tint(tint(grey))})
	}
}

// read draws up to where the stream is in order at the other end.
func (x *passage) read(p *panel, sc scale) {
	done := slices.DeleteFunc(slices.Clone(x.segments), func(g record.Segment) bool { return g.Read == 0 || g.Read > x.until })
	slices.SortStableFunc(done, func(a, b record.Segment) int { return cmp.Compare(a.Read, b.Read) })
	k := &curve{hold: true, until: x.until, line: draw.LineStyle{Color: black, Width: lineWidth}}
	high := 0.0
	for _, g := range done {
		high = max(high, sc.factor*float64(g.To))
		k.x, k.y = append(k.x, max(g.Read, x.from)), append(k.y, high)
	}
	if len(k.x) > 0 {
		p.add("in order at the receiver", k)
	}
}

// marks draws when segments are sent: new ones as small dots, the others by shapes of their kind.
func (x *passage) marks(p *panel, sc scale) {
	kinds := []struct {
		kind  string
		glyph draw.GlyphStyle
	}{
		{record.New, draw.GlyphStyle{Radius: 0.7, Shape: draw.CircleGlyph{}}},
		{record.Copy, draw.GlyphStyle{Radius: 1.4, Shape: draw.SquareGlyph{}}},
		{record.Reinjected, draw.GlyphStyle{Radius: 1.9, Shape: draw.RingGlyph{}}},
		{record.Retransmitted, draw.GlyphStyle{Radius: 1.9, Shape: draw.CrossGlyph{}}},
	}
	for i, k := range kinds {
		seen := false
		for _, name := range x.names {
			d := &dots{glyph: k.glyph}
			d.glyph.Color = colourOf(x.s.number(name))
			for _, g := range x.segments {
				if g.Kind == k.kind && g.Subflow == name && g.T >= x.from && !x.there(d, &g, sc) {
					d.x, d.y = append(d.x, g.T), append(d.y, sc.factor*float64(g.From))
				}
			}
			if len(d.x) == 0 {
				continue
			}
			seen = true
			p.dots = append(p.dots, d)
			if i == 0 {
				glyph := d.glyph
				glyph.Radius = glyphRadius
				p.legend = append(p.legend, entry{text: cmp.Or(name, "sent"), mark: glyph})
			}
		}
		if seen && i > 0 {
			glyph := k.glyph
			glyph.Color = black
			p.legend = append(p.legend, entry{text: k.kind, mark: glyph})
		}
	}
}

// there reports whether the last mark of d is so near that of a segment that one would not see that they
// are two.
func (x *passage) there(d *dots, g *record.Segment, sc scale) bool {
	const apart = 1. / 2000 // of an axis: a dot of a column
	n := len(d.x) - 1
	return n >= 0 && g.T-d.x[n] < apart*(x.until-x.from) && math.Abs(float64(g.From)-d.y[n]/sc.factor) < apart*(x.high-x.low)
}

// A row says when there was something: a stroke for each segment, in the colour of its subflow, and a bar
// for each pause.
type row struct {
	name     string
	fill     color.Color // of pauses
	segments []record.Segment
	pauses   []record.Pause
}

// reasons is the panel of the reasons of the scheduler, the most frequent ones, and of what else kept new
// data back. It is nil if there was nothing.
func (x *passage) reasons() *panel {
	rows := x.rows()
	if len(rows) == 0 {
		return nil
	}
	p := x.panel("")
	p.height = rowHeight * vg.Length(len(rows))
	p.plot.layers = slices.DeleteFunc(p.plot.layers, func(l layer) bool { _, is := l.(grid); return is })
	p.plot.Y.Max, p.plot.Y.TickLength = float64(len(rows)), 0
	var ticks constantTicks
	for i, r := range rows {
		at := float64(len(rows)-i) - 0.5
		ticks = append(ticks, tick{at, strings.ReplaceAll(r.name, "-", " ")})
		x.addRow(p, &r, at)
	}
	p.plot.Y.Ticks = ticks
	return p
}

// rows returns those of the passage.
func (x *passage) rows() (rows []row) {
	at := func(name string, fill color.Color) *row {
		i := slices.IndexFunc(rows, func(r row) bool { return r.name == name })
		if i < 0 {
			i = len(rows)
			rows = append(rows, row{name: name, fill: fill})
		}
		return &rows[i]
	}
	for _, g := range x.segments {
		if g.T >= x.from && g.Reason != "" {
			r := at(g.Reason, grey)
			r.segments = append(r.segments, g)
		}
	}
	for _, k := range x.s.res.Pauses {
		if k.Flow == x.f.Name && k.By == record.ByScheduler && k.Reason != "" && k.Until >= x.from && k.From <= x.until {
			r := at(k.Reason, grey)
			r.pauses = append(r.pauses, k)
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return len(b.segments) + len(b.pauses) - len(a.segments) - len(a.pauses) })
	rows = rows[:min(len(rows), maxReasons)]
	for _, k := range x.s.res.Pauses {
		if fill := blocks[k.By]; k.Flow == x.f.Name && fill != nil && k.Until >= x.from && k.From <= x.until {
			r := at(k.By+" full", fill)
			r.pauses = append(r.pauses, k)
		}
	}
	return rows
}

// blocks has the colours that rcvbuf gives to what keeps new data back.
var blocks = map[string]color.Color{record.ByWindow: tint(palette[4]), record.ByBuffer: tint(palette[5])}

// addRow draws a row at a height.
func (x *passage) addRow(p *panel, r *row, at float64) {
	const half = 0.36
	pauses := &bars{fill: r.fill}
	for _, k := range r.pauses {
		pauses.add(k.From, k.Until, at-half/2, at+half/2)
	}
	p.plot.Add(pauses)
	for _, name := range x.names {
		b := &bars{fill: colourOf(x.s.number(name))}
		for _, g := range r.segments {
			if g.Subflow == name {
				b.add(g.T, g.T, at-half, at+half)
			}
		}
		p.plot.Add(b)
	}
}

// bars are rectangles of one colour.
type bars struct {
	from, to, low, high []float64
	fill                color.Color
}

func (b *bars) add(from, to, low, high float64) {
	b.from, b.to = append(b.from, from), append(b.to, to)
	b.low, b.high = append(b.low, low), append(b.high, high)
}

// Plot implements layer. None is too small to be seen, and those of which one does not see that they are
// two are one.
func (b *bars) Plot(c draw.Canvas, p *axes) {
	tx, ty := p.Transforms(&c)
	near := func(a, b vg.Length) bool { return a-b < dot && b-a < dot }
	for i := 0; i < len(b.from); {
		left, right, low, high := tx(b.from[i]), tx(b.to[i]), ty(b.low[i]), ty(b.high[i])
		for i++; i < len(b.from); i++ {
			l, r, bottom, top := tx(b.from[i]), tx(b.to[i]), ty(b.low[i]), ty(b.high[i])
			beside := near(low, bottom) && near(high, top) && near(right, l)
			above := near(left, l) && near(right, r) && near(high, bottom)
			if !beside && !above {
				break
			}
			right, high = max(right, r), max(high, top)
		}
		right, high = max(right, left+leastBar), max(high, low+leastBar)
		if pts := c.ClipPolygonXY(rectangle(left, low, right, high)); len(pts) > 0 {
			c.FillPolygon(b.fill, pts)
		}
	}
}
