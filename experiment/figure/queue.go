package figure

import (
	"fmt"
	"slices"

	"mpsim/experiment/record"
)

func init() {
	register("queue", "length and delay of the queue of each link over time; queues that were always empty are left out", drawQueue)
}

func drawQueue(s *source) ([]*panel, error) {
	lengths, delays := s.queues(record.QueueLength), s.queues(record.QueueDelay)
	if len(lengths)+len(delays) == 0 {
		return nil, fmt.Errorf("%w: no queue was ever used", ErrNoData)
	}
	name := func(x *record.Series) string {
		if x.Direction == "" {
			return x.Link
		}
		return x.Link + " (" + x.Direction + ")"
	}
	var panels []*panel
	for _, q := range []struct {
		label string
		list  []record.Series
	}{{"Queue length", lengths}, {"Queue delay", delays}} {
		if len(q.list) == 0 {
			continue
		}
		sc := scaleFor(q.list[0].Unit, greatest(q.list...))
		p := s.timePanel(nil, sc.label(q.label), 1.08*sc.factor*greatest(q.list...))
		for i := range q.list {
			x := &q.list[i]
			look := plain(s.number(x.Link))
			if x.Direction == "down" && both(q.list, x.Link) {
				look.dash, look.mark = (look.dash+1)%len(dashes), (look.mark+3)%len(markers)
			}
			k := &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.res.Duration, line: look.line(), mark: look.glyph()}
			k.phase = (float64(i) + 0.5) / float64(len(q.list))
			p.add(name(x), k)
		}
		if len(panels) > 0 { // the panel above explains what both have
			p.legend = slices.DeleteFunc(p.legend, func(e entry) bool {
				return slices.ContainsFunc(panels[0].legend, func(o entry) bool { return o.text == e.text })
			})
		}
		panels = append(panels, p)
	}
	return panels, nil
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

// queues returns a series of each link, but not those that are 0 throughout.
func (s *source) queues(name string) []record.Series {
	var list []record.Series
	for _, x := range s.res.Series {
		if x.Name == name && s.wantsLink(x.Link) && greatest(x) > 0 {
			list = append(list, x)
		}
	}
	return list
}
