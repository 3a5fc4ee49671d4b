package figure

import (
	"fmt"
	"slices"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("queue", "length and delay of the queue of each link over time; queues that were always empty are left out",
		func() Kind { return &queue{} })
}

// queue draws queues.
type queue struct {
	ofLinks  `toml:",inline"`
	overTime `toml:",inline"`
	scaled   `toml:",inline"`
}

// Check implements Kind.
func (k *queue) Check(s *Subject) {
	k.ofLinks.check(s)
	k.span.check(s)
	k.checkLog(s, "y")
}

func (k *queue) panels(s *source) ([]*panel, error) {
	s.of(&perFlow{}, &k.span)
	var panels []*panel
	for _, q := range []struct{ label, series string }{{"Queue length", record.QueueLength}, {"Queue delay", record.QueueDelay}} {
		list := k.queues(s, q.series)
		if len(list) == 0 {
			continue
		}
		panels = append(panels, k.panel(s, q.label, list))
	}
	explainOnce(panels)
	if len(panels) == 0 {
		return nil, fmt.Errorf("%w: no queue was ever used", ErrNoData)
	}
	return panels, nil
}

// panel draws one quantity of all queues, or of those that have most of it.
func (k *queue) panel(s *source, label string, list []record.Series) *panel {
	title := ""
	if n := len(list); n > maxCurves {
		list = highest(list, maxCurves, s.until)
		title = fmt.Sprintf("the %d highest of %d", len(list), n)
	}
	top := calm(list, s.until)
	sc := scaleFor(list[0].Unit, top)
	p := s.timePanel(k.wants, sc.label(label), 1.08*sc.factor*top)
	p.title = title
	p.scaleUp(k.isLog("y", false), list, sc)
	for i := range list {
		x := &list[i]
		look := plain(s.number(x.Link))
		if x.Direction == "down" && both(list, x.Link) {
			look.dash, look.mark = (look.dash+1)%len(dashes), (look.mark+3)%len(markers)
		}
		c := &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.until, line: look.line(), mark: look.glyph()}
		c.phase = (float64(i) + 0.5) / float64(len(list))
		name := k.shows(x.Link)
		if x.Direction != "" {
			name += " (" + x.Direction + ")"
		}
		p.add(name, c)
	}
	return p
}

// highest returns n of the series, in their order: those with the greatest means.
func highest(list []record.Series, n int, until float64) []record.Series {
	means := make([]float64, len(list))
	for i := range list {
		means[i] = integral(&list[i], until)
	}
	sorted := slices.Sorted(slices.Values(means))
	least := sorted[len(sorted)-n]
	var kept []record.Series
	for i := range list {
		if means[i] >= least && len(kept) < n {
			kept = append(kept, list[i])
		}
	}
	return kept
}

// integral returns that of a series over its time.
func integral(x *record.Series, until float64) float64 {
	sum := 0.0
	for i, t := range x.T {
		end := until
		if i+1 < len(x.T) {
			end = x.T[i+1]
		}
		sum += x.V[i] * max(0, end-t)
	}
	return sum
}

// both reports whether a list has queues of both directions of a link.
func both(list []record.Series, link string) bool {
	n := 0
	for i := range list {
		if list[i].Link == link {
			n++
		}
	}
	return n > 1
}

// wants reports whether a link is to be drawn.
func (k *queue) wants(link string) bool { return len(k.Links) == 0 || slices.Contains(k.Links, link) }

// queues returns a series of each link, but not those that are 0 throughout.
func (k *queue) queues(s *source, name string) []record.Series {
	var list []record.Series
	for _, x := range s.res.Series {
		if x.Name == name && k.wants(x.Link) {
			if x = s.cut(x); greatest(x) > 0 {
				list = append(list, x)
			}
		}
	}
	ordered(list, k.Order, func(x record.Series) string { return x.Link })
	return list
}

// samples has queues that were always empty, too: they may not be so in other runs.
func (k *queue) samples(s *source) (list []sample) {
	s.of(&perFlow{}, &k.span)
	for _, q := range []struct{ label, series string }{{"Queue length", record.QueueLength}, {"Queue delay", record.QueueDelay}} {
		var series []record.Series
		for _, x := range s.res.Series {
			if x.Name == q.series && k.wants(x.Link) {
				series = append(series, x)
			}
		}
		ordered(series, k.Order, func(x record.Series) string { return x.Link })
		for _, x := range series {
			thing := k.shows(x.Link)
			if x.Direction != "" {
				thing += " (" + x.Direction + ")"
			}
			y := s.timeSample(thing, q.label, k.wants, x)
			y.YLog = k.isLog("y", false)
			list = append(list, y)
		}
	}
	return list
}
