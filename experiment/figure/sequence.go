package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("sequence", "who sends what around an event, a loss or the start: "+
		"data sequence numbers ahead of the mean rate, a lane a subflow",
		func() Kind { return &sequence{} })
}

// sequence draws who sends what. Without from and until it chooses where there is most to see.
type sequence struct {
	perFlow  `toml:",inline"`
	overTime `toml:",inline"`
}

// Check implements Kind.
func (k *sequence) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
}

// windowPoints is the number of segments that a window shows: so many can be told apart in a column.
const windowPoints = 400

// maxLanes bounds the subflows that get a lane of their own.
const maxLanes = 4

// laneHeight is that of the data area of a lane.
const laneHeight = 0.75 * vg.Inch

func (k *sequence) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &k.span)
	var panels []*panel
	flows := s.flows()
	for i := range flows {
		if lanes := s.lanes(&flows[i], k.From > 0 || k.Until > 0); len(panels) == 0 || len(panels)+len(lanes) <= maxPanels {
			panels = append(panels, lanes...)
		}
	}
	return panels, nil
}

// A window is a piece of a run, and the straight line through what is first sent in it: of a whole run one would see
// that line and nothing else.
type window struct {
	from, until float64 // s
	dsn, rate   float64 // B at from, B/s
	low, high   float64 // of what lies ahead of the line, B
}

// lanes draws a flow: in each lane what one subflow sends, and behind it, in grey, what the others do.
func (s *source) lanes(f *record.Flow, chosen bool) (panels []*panel) {
	var list []record.Sequence
	for _, q := range s.res.Sequences {
		if q.Flow == f.Name && len(q.T) > 0 {
			list = append(list, q)
		}
	}
	if len(list) == 0 {
		return nil
	}
	ordered(list, s.keys.Order, func(q record.Sequence) string { return q.Subflow })
	w := window{from: s.from, until: s.until}
	if !chosen {
		w = s.window(f, list)
	}
	w.fit(list)
	sc := scaleFor("B", max(w.high, -w.low))
	names := []string{}
	for _, q := range list {
		names, _ = insert(names, q.Subflow)
	}
	for i, name := range names[:min(len(names), maxLanes)] {
		p := s.timePanel(linksOf(f), fmt.Sprintf("Ahead (%s)", sc.unit), 1)
		p.height = laneHeight
		p.plot.X.Label = fmt.Sprintf("Time (s); data sequence number ahead of %s", rate(8*w.rate))
		p.plot.X.Min, p.plot.X.Max = w.from, w.until
		room := 0.06 * (w.high - w.low)
		p.plot.Y.Min, p.plot.Y.Max = sc.factor*(w.low-room), sc.factor*(w.high+room)
		p.plot.Y.Ticks = linearTicks{n: 5}
		if i == 0 {
			p.title = s.keys.shows(f.Name)
		}
		s.addLane(p, list, name, &w, sc)
		p.events = slices.DeleteFunc(p.events, func(l label) bool { return l.x < w.from || l.x > w.until })
		panels = append(panels, p)
	}
	if n := len(names) - maxLanes; n > 0 {
		panels[0].title += fmt.Sprintf(" (%d more subflows not drawn)", n)
	}
	return panels
}

// addLane draws the lane of a subflow.
func (s *source) addLane(p *panel, list []record.Sequence, name string, w *window, sc scale) {
	behind := &dots{glyph: draw.GlyphStyle{Color: light, Radius: 0.7, Shape: draw.CircleGlyph{}}}
	own := &dots{glyph: draw.GlyphStyle{Color: colourOf(s.number(name)), Radius: 1, Shape: draw.CircleGlyph{}}}
	again := &dots{glyph: reinjection}
	for _, q := range list {
		d := behind
		if q.Subflow == name {
			d = own
		}
		for i, t := range q.T {
			if t < w.from || t > w.until {
				continue
			}
			y := sc.factor * w.ahead(t, q.DSN[i])
			d.x, d.y = append(d.x, t), append(d.y, y)
			if q.Subflow == name && q.Reinjected {
				again.x, again.y = append(again.x, t), append(again.y, y)
			}
		}
	}
	p.plot.Add(behind, own)
	text := name
	if text == "" {
		text = "sent"
	}
	dot := draw.GlyphStyle{Color: own.glyph.Color, Radius: glyphRadius, Shape: draw.CircleGlyph{}}
	p.legend = append(p.legend, entry{text: text, mark: dot})
	if len(again.x) > 0 {
		p.addDots("reinjected", again)
	}
	if len(behind.x) > 0 {
		dot.Color = light
		p.legend = append(p.legend, entry{text: "other subflows", mark: dot})
	}
}

// ahead returns by how much data sent at t lies ahead of the line.
func (w *window) ahead(t, dsn float64) float64 { return dsn - w.dsn - w.rate*(t-w.from) }

// window chooses the piece to show: around the first event of a link of the flow, else around its first reinjection,
// loss or timeout, else from the start.
func (s *source) window(f *record.Flow, list []record.Sequence) window {
	var times []float64
	for _, q := range list {
		times = append(times, q.T...)
	}
	slices.Sort(times)
	again := math.Inf(1)
	for _, q := range list {
		if q.Reinjected {
			again = min(again, q.T[0])
		}
	}
	from, until := s.around(f, times, again)
	return window{from: from, until: until}
}

// around returns the piece of the run with so many segments, sent at times, around the instant at which
// there is most to see. again is when something was first reinjected.
func (s *source) around(f *record.Flow, times []float64, again float64) (from, until float64) {
	n := min(windowPoints, len(times)) - 1
	first, _ := slices.BinarySearch(times, s.anchor(f, again))
	first = max(0, min(first-n/3, len(times)-1-n))
	from, until = times[first], times[first+n]
	if until <= from {
		until = from + 1e-3
	}
	return from, until
}

// anchor returns the instant around which there is most to see.
func (s *source) anchor(f *record.Flow, again float64) float64 {
	event, trouble := math.Inf(1), again
	for _, m := range s.res.Incidents {
		switch {
		case eventName(&m) != "" && m.Link != "" && crosses(f, m.Link):
			event = min(event, m.T)
		case m.Flow == f.Name && (m.Kind == record.Loss || m.Kind == record.Timeout):
			trouble = min(trouble, m.T)
		}
	}
	switch {
	case !math.IsInf(event, 1):
		return event
	case !math.IsInf(trouble, 1):
		return trouble
	}
	return 0
}

// fit finds the line, from the first to the highest of what is sent, and how far anything lies from it.
func (w *window) fit(list []record.Sequence) {
	first, low, high := math.Inf(1), math.Inf(1), math.Inf(-1)
	each := func(f func(t, dsn float64)) {
		for _, q := range list {
			for i, t := range q.T {
				if t >= w.from && t <= w.until {
					f(t, q.DSN[i])
				}
			}
		}
	}
	each(func(t, dsn float64) {
		if t < first {
			first, low = t, math.Inf(1)
		}
		if t == first {
			low = min(low, dsn)
		}
		high = max(high, dsn)
	})
	if math.IsInf(low, 1) { // nothing is sent
		low, high = 0, 0
	}
	w.dsn, w.rate = low, max(0, high-low)/(w.until-w.from)
	each(func(t, dsn float64) { w.low, w.high = min(w.low, w.ahead(t, dsn)), max(w.high, w.ahead(t, dsn)) })
	if w.high == w.low {
		w.high = w.low + 1
	}
}

// rate writes bit/s.
func rate(v float64) string {
	sc := scaleFor("bit/s", v)
	return fmt.Sprintf("%.3g %s", sc.factor*v, sc.unit)
}

// reinjection is the ring around what was first sent on another subflow.
var reinjection = draw.GlyphStyle{Color: black, Radius: 1.8, Shape: draw.RingGlyph{}}
