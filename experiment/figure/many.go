package figure

import (
	"fmt"
	"slices"

	"mpsim/experiment/record"
)

// maxCurves bounds the curves of a panel: more cannot be told apart.
const maxCurves = 8

// chunks parts n curves evenly into panels of at most maxCurves.
func chunks(n int) (list [][2]int) {
	panels := (n + maxCurves - 1) / maxCurves
	for i := range panels {
		list = append(list, [2]int{i * n / panels, (i + 1) * n / panels})
	}
	return list
}

// inPanels makes a panel for each chunk of n curves, and says in the last heading how many were left out.
func inPanels(n int, what string, draw func(from, to int) *panel) (panels []*panel) {
	for i, c := range chunks(n) {
		if i == maxPanels {
			panels[i-1].title += fmt.Sprintf(" (%d more %s not drawn)", n-c[0], what)
			break
		}
		panels = append(panels, draw(c[0], c[1]))
	}
	return panels
}

// manyPoints is how many instants a summary of many series has.
const manyPoints = 300

// A summary of many series is what half of them exceed at each instant, and what a tenth does, and nine tenths.
type summary struct{ t, low, median, high []float64 }

// summarise sums up series that have at least one point each.
func (s *source) summarise(list []record.Series) (m summary) {
	for i := range manyPoints {
		t := s.from + (s.until-s.from)*float64(i)/manyPoints
		var now []float64
		for k := range list {
			at, found := slices.BinarySearch(list[k].T, t)
			if !found {
				at--
			}
			if at >= 0 {
				now = append(now, list[k].V[at])
			}
		}
		if len(now) == 0 {
			continue
		}
		slices.Sort(now)
		of := func(p float64) float64 { return now[int(p*float64(len(now)-1)+0.5)] }
		m.t, m.low, m.median, m.high = append(m.t, t), append(m.low, of(0.1)), append(m.median, of(0.5)), append(m.high, of(0.9))
	}
	return m
}

// addMany draws a summary of many series.
func (s *source) addMany(p *panel, list []record.Series, what string, sc scale) {
	m := s.summarise(list)
	p.addArea("10th to 90th percentile",
		&area{x: m.t, low: sc.apply(m.low), high: sc.apply(m.high), until: s.until, fill: tint(colourOf(0))})
	p.add("median", &curve{x: m.t, y: sc.apply(m.median), hold: true, until: s.until, line: lineOf(0)})
	p.title = fmt.Sprintf("(%d %s)", len(list), what)
}
