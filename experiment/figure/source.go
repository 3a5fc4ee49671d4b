package figure

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/experiment/record"
)

// maxPanels bounds how many flows get a panel of their own.
const maxPanels = 6

// source is what a figure shows of a result.
type source struct {
	res *record.Result

	keys        perFlow // which flows
	from, until float64 // what of the run, s

	flowLooks []look // of all flows, once they are asked for

	floor, seen float64 // of the vertical axes of panels: the least top, and the greatest that was asked for
}

func newSource(res *record.Result) *source { return &source{res: res, until: res.Duration} }

// of has the source show the flows, and the part of the run, that keys say.
func (s *source) of(flows *perFlow, part *span) {
	s.keys = *flows
	s.from, s.until = part.interval(s.res.Duration)
}

// check reports names in the keys that the result does not have, and a width that leaves no room.
func (s *source) check(k Kind, width float64) error {
	if named, ok := k.(interface{ flows() []string }); ok {
		for _, name := range named.flows() {
			if !slices.ContainsFunc(s.res.Flows, func(f record.Flow) bool { return f.Name == name }) {
				return fmt.Errorf("the result has no flow %q", name)
			}
		}
	}
	for _, name := range LinksOf(k) {
		if !slices.ContainsFunc(s.res.Links, func(l record.Link) bool { return l.Name == name }) {
			return fmt.Errorf("the result has no link %q", name)
		}
	}
	if width < MinWidth || width > MaxWidth {
		return fmt.Errorf("a width of %g in is not between %g and %d", width, MinWidth, MaxWidth)
	}
	return nil
}

// flows returns the flows to draw, in the order of the keys.
func (s *source) flows() []record.Flow {
	var list []record.Flow
	for _, f := range s.res.Flows {
		if len(s.keys.Flows) == 0 || slices.Contains(s.keys.Flows, f.Name) {
			list = append(list, f)
		}
	}
	ordered(list, s.keys.Order, func(f record.Flow) string { return f.Name })
	return list
}

// ordered sorts a list so that those with the names come first, in this order.
func ordered[T any](list []T, names []string, name func(T) string) {
	place := func(x T) int {
		if i := slices.Index(names, name(x)); i >= 0 {
			return i
		}
		return len(names)
	}
	slices.SortStableFunc(list, func(a, b T) int { return place(a) - place(b) })
}

// series returns the series of a flow of one name within the part of the run to draw, at least one point long, in
// the order of its subflows, each with the number of its look.
func (s *source) series(flow *record.Flow, name string) (list []record.Series, index []int) {
	list, index = s.whole(flow, name)
	for i := range list {
		list[i] = s.cut(list[i])
	}
	for i := len(list) - 1; i >= 0; i-- {
		if len(list[i].T) == 0 {
			list, index = slices.Delete(list, i, i+1), slices.Delete(index, i, i+1)
		}
	}
	return list, index
}

// whole is series of the whole run.
func (s *source) whole(flow *record.Flow, name string) (list []record.Series, index []int) {
	for i := range max(1, len(flow.Subflows)) {
		for _, x := range s.res.Series {
			if x.Name == name && x.Flow == flow.Name && subflowIndex(flow, x.Subflow) == i && len(x.T) > 0 {
				list = append(list, x)
			}
		}
	}
	ordered(list, s.keys.Order, func(x record.Series) string { return x.Subflow })
	for i := range list {
		index = append(index, s.number(list[i].Subflow))
	}
	return list, index
}

// cut returns a series within the part of the run to draw: it begins with the value that holds then.
func (s *source) cut(x record.Series) record.Series {
	from, _ := slices.BinarySearch(x.T, s.from)
	until, found := slices.BinarySearch(x.T, s.until)
	for found && until < len(x.T) && x.T[until] == s.until {
		until++
	}
	if from == 0 {
		x.T, x.V = x.T[:until], x.V[:until]
		return x
	}
	if from == len(x.T) || x.T[from] > s.from {
		from--
	}
	if from >= until {
		x.T, x.V = nil, nil
		return x
	}
	x.T, x.V = slices.Clone(x.T[from:until]), x.V[from:until]
	x.T[0] = max(x.T[0], s.from)
	return x
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
			p.title = strings.TrimSpace(s.keys.shows(flows[i].Name) + " " + p.title)
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
	if i := slices.IndexFunc(names, func(n string) bool { return slices.Contains(strings.Split(n, "+"), name) }); i >= 0 {
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
