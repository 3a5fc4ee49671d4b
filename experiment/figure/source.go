package figure

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/experiment/record"
)

// maxPanels bounds how many flows get a panel of their own.
const maxPanels = 6

// source is the part of a result that a figure shows.
type source struct {
	res *record.Result
	req Request

	floor, seen float64 // of the vertical axes of panels: the least top, and the greatest that was asked for
}

// check reports names in the request that the result does not have.
func (s *source) check() error {
	for _, name := range s.req.Flows {
		if !slices.ContainsFunc(s.res.Flows, func(f record.Flow) bool { return f.Name == name }) {
			return fmt.Errorf("the result has no flow %q", name)
		}
	}
	for _, name := range s.req.Links {
		if !slices.ContainsFunc(s.res.Links, func(l record.Link) bool { return l.Name == name }) {
			return fmt.Errorf("the result has no link %q", name)
		}
	}
	if w := s.req.Width; w != 0 && (w < 1.5 || w > 40) {
		return fmt.Errorf("a width of %g in is not between 1.5 and 40", w)
	}
	return nil
}

// flows returns the flows to draw.
func (s *source) flows() []record.Flow {
	var list []record.Flow
	for _, f := range s.res.Flows {
		if len(s.req.Flows) == 0 || slices.Contains(s.req.Flows, f.Name) {
			list = append(list, f)
		}
	}
	return list
}

// wantsLink reports whether a link is to be drawn.
func (s *source) wantsLink(name string) bool {
	return len(s.req.Links) == 0 || slices.Contains(s.req.Links, name)
}

// series returns the series of a flow of one name, at least one point long, in
// the order of its subflows, each with the number of its look.
func (s *source) series(flow *record.Flow, name string) (list []record.Series, index []int) {
	for i := range max(1, len(flow.Subflows)) {
		for _, x := range s.res.Series {
			if x.Name == name && x.Flow == flow.Name && subflowIndex(flow, x.Subflow) == i && len(x.T) > 0 {
				list, index = append(list, x), append(index, s.number(x.Subflow))
			}
		}
	}
	return list, index
}

// subflowIndex returns the position of a subflow in its flow: 0 if it is alone.
func subflowIndex(flow *record.Flow, name string) int {
	return max(0, slices.IndexFunc(flow.Subflows, func(sf record.Subflow) bool { return sf.Name == name }))
}

// perFlow makes a panel for each of the flows that have something to show, all of one range that draw takes from
// top, and says in the last heading how many were left out.
func (s *source) perFlow(draw func(*record.Flow) *panel) ([]*panel, error) {
	s.floor, s.seen = 0, 0
	first, err := s.perFlowOnce(draw)
	if err != nil || len(first) < 2 {
		return first, err
	}
	s.floor = s.seen
	return s.perFlowOnce(draw)
}

// wideRange is how much smaller values may be than those of other panels before they get a range of their own, in
// which they can be seen.
const wideRange = 20

// top returns the greatest value of a panel of which own is the greatest of its own.
func (s *source) top(own float64) float64 {
	s.seen = max(s.seen, own)
	if own*wideRange < s.floor {
		return own
	}
	return max(own, s.floor)
}

func (s *source) perFlowOnce(draw func(*record.Flow) *panel) ([]*panel, error) {
	var panels []*panel
	left := 0
	flows := s.flows()
	for i := range flows {
		p := draw(&flows[i])
		switch {
		case p == nil:
		case len(panels) == maxPanels:
			left++
		default:
			p.title = flows[i].Name
			panels = append(panels, p)
		}
	}
	if left > 0 {
		panels[maxPanels-1].title += fmt.Sprintf(" (%d more flows not drawn)", left)
	}
	return panels, nil
}

// number returns the place of a link, or of what subflows are called, among all of the result: it has one look in all
// figures.
func (s *source) number(name string) int {
	var names []string
	for i := range s.res.Flows {
		for _, sf := range s.res.Flows[i].Subflows {
			names, _ = insert(names, sf.Name)
		}
	}
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	if i := slices.IndexFunc(names, func(n string) bool { return slices.Contains(strings.Split(n, "–"), name) }); i >= 0 {
		return i // a path that crosses the link
	}
	for _, l := range s.res.Links {
		if !slices.Contains(names, l.Name) {
			names, _ = insert(names, l.Name)
		}
	}
	return max(0, slices.Index(names, name))
}

// greatest returns the greatest value of all series, or 0.
func greatest(list ...record.Series) (m float64) {
	for _, s := range list {
		for _, v := range s.V {
			m = max(m, v)
		}
	}
	return m
}
