package figure

import (
	"fmt"

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
	var names []string // in the order of colours
	number := func(x *record.Series) int {
		name := x.Link
		if x.Direction != "" {
			name += " (" + x.Direction + ")"
		}
		for i, n := range names {
			if n == name {
				return i
			}
		}
		names = append(names, name)
		return len(names) - 1
	}
	var panels []*panel
	for _, q := range []struct {
		label string
		list  []record.Series
	}{{"Queue", lengths}, {"Queue delay", delays}} {
		if len(q.list) == 0 {
			continue
		}
		sc := scaleFor(q.list[0].Unit, greatest(q.list...))
		p := s.timePanel(sc.label(q.label), 1.08*sc.factor*greatest(q.list...))
		for i := range q.list {
			x := &q.list[i]
			known := len(names)
			n := number(x)
			k := &curve{x: x.T, y: sc.apply(x.V), hold: true, until: s.res.Duration, line: lineOf(n), mark: glyphOf(n)}
			k.phase = (float64(i) + 0.5) / float64(len(q.list))
			text := ""
			if n == known { // the panel above explains the others
				text = names[n]
			}
			p.add(text, k)
		}
		panels = append(panels, p)
	}
	return panels, nil
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
