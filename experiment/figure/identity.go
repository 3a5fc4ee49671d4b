package figure

import (
	"slices"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"mpsim/experiment/record"
)

// A look is what tells a curve from others: a colour, a dash and a marker, as places in
// palette, dashes and markers. Two curves of a figure differ in one of them at least.
type look struct{ colour, dash, mark int }

func (l look) line() draw.LineStyle {
	return draw.LineStyle{Color: palette[l.colour], Width: lineWidth, Dashes: dashes[l.dash]}
}

func (l look) glyph() draw.GlyphStyle {
	return draw.GlyphStyle{Color: palette[l.colour], Radius: glyphRadius, Shape: markers[l.mark]}
}

// plain returns the look of item i of those that have no look of their own.
func plain(i int) look { return look{i % len(palette), i % len(dashes), i % len(markers)} }

// controllers and schedulers have the look of each algorithm, which is the same in every
// figure. Those that are compared most often differ in colour, the others share one with
// a relative. An algorithm that is not here takes a look that is free in the figure.
var (
	controllers = map[string]look{
		"lia":   {0, 0, 0},
		"olia":  {1, 1, 1},
		"balia": {2, 2, 2},
		"reno":  {6, 0, 3},
		"cubic": {4, 3, 4},
		"bbr":   {5, 0, 5},

		"wvegas":      {3, 0, 6},
		"dctcp":       {2, 3, 5},
		"ewtcp":       {3, 2, 0},
		"mctcpdesync": {3, 4, 4},
		"coupled":     {0, 2, 1},
		"semicoupled": {0, 3, 2},
		"epsilon":     {1, 4, 3},
		"scalable":    {6, 1, 4},
		"hystart":     {4, 1, 5},
		"bbr3":        {5, 1, 2},
		"c-mpbbr":     {5, 3, 0},
	}
	schedulers = map[string]look{
		"minrtt":     {0, 0, 0},
		"roundrobin": {1, 1, 1},
		"redundant":  {2, 2, 2},
		"blest":      {3, 3, 3},
		"ecf":        {4, 4, 4},
		"widest":     {5, 0, 5},
	}
)

// lookOf returns the look of a flow among all of the result, which it has in all figures.
func (s *source) lookOf(f *record.Flow) look {
	if s.flowLooks == nil {
		names := make([]string, len(s.res.Flows))
		for i := range s.res.Flows {
			names[i] = s.res.Flows[i].Name
			if labels := s.res.Flows[i].Labels; len(labels) > 0 {
				names[i] = strings.Join(labels, ", ")
			}
		}
		s.flowLooks = looks(names)
	}
	i := slices.IndexFunc(s.res.Flows, func(x record.Flow) bool { return x.Name == f.Name })
	return s.flowLooks[max(0, i)]
}

// looks returns one for each of the names, all different. A name is an algorithm, or
// settings such as "lia, minrtt" and "cc=lia, loss=0.01": with a controller the colour is
// that of the controller.
func looks(names []string) []look {
	list := make([]look, len(names))
	known := make([]bool, len(names))
	for i, name := range names {
		if list[i], known[i] = own(name); !known[i] {
			list[i] = look{-1, -1, -1}
		} else {
			// Another setting of the same algorithm: there are as many as dashes and markers.
			for range len(dashes)*len(markers) - 1 {
				if !slices.Contains(list[:i], list[i]) {
					break
				}
				list[i].dash, list[i].mark = (list[i].dash+1)%len(dashes), (list[i].mark+1)%len(markers)
			}
		}
	}
	next := 0
	for i := range list {
		if known[i] {
			continue
		}
		for taken(list, known, plain(next), next < len(palette)) {
			next++
		}
		list[i] = plain(next)
		next++
	}
	return list
}

// own returns the look of the algorithms that a name speaks of.
func own(name string) (l look, ok bool) {
	var cc, sched look
	var isCC, isSched bool
	for _, word := range strings.Split(name, ", ") {
		word = word[strings.LastIndexByte(word, '=')+1:]
		if x, found := controllers[word]; found && !isCC {
			cc, isCC = x, true
		} else if x, found := schedulers[word]; found && !isSched {
			sched, isSched = x, true
		}
	}
	switch {
	case isCC && isSched:
		return look{cc.colour, sched.dash, sched.mark}, true
	case isCC:
		return cc, true
	}
	return sched, isSched
}

// taken reports whether an algorithm of the list looks like l, or, while there are colours
// left, has its colour.
func taken(list []look, known []bool, l look, colours bool) bool {
	for i, x := range list {
		if known[i] && (x == l || colours && x.colour == l.colour) {
			return true
		}
	}
	return false
}
