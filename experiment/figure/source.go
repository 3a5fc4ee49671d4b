package figure

import (
	"fmt"
	"slices"

	"mpsim/experiment/record"
)

// maxPanels bounds how many flows get a panel of their own.
const maxPanels = 6

// source is the part of a result that a figure shows.
type source struct {
	res *record.Result
	req Request
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
// the order of its subflows, each with the index of the subflow.
func (s *source) series(flow *record.Flow, name string) (list []record.Series, index []int) {
	for i := range max(1, len(flow.Subflows)) {
		for _, x := range s.res.Series {
			if x.Name == name && x.Flow == flow.Name && subflowIndex(flow, x.Subflow) == i && len(x.T) > 0 {
				list, index = append(list, x), append(index, i)
			}
		}
	}
	return list, index
}

// subflowIndex returns the position of a subflow in its flow: 0 if it is alone.
func subflowIndex(flow *record.Flow, name string) int {
	return max(0, slices.IndexFunc(flow.Subflows, func(sf record.Subflow) bool { return sf.Name == name }))
}

// perFlow makes a panel for each of the flows that have something to show, and
// says in the last heading how many were left out.
func (s *source) perFlow(draw func(*record.Flow) *panel) ([]*panel, error) {
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

// greatest returns the greatest value of all series, or 0.
func greatest(list ...record.Series) (m float64) {
	for _, s := range list {
		for _, v := range s.V {
			m = max(m, v)
		}
	}
	return m
}
