package figure

import (
	"fmt"
	"slices"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("ooo-cdf", "distribution of the time that data waited at the receiver for what came before it",
		func() Kind { return &oooCDF{} })
}

// oooCDF draws what data waited for order, from 0 on: a curve begins at the part that did not wait.
type oooCDF struct {
	perFlow `toml:",inline"`
	scaled  `toml:",inline"`
}

// Check implements Kind.
func (k *oooCDF) Check(s *Subject) {
	k.perFlow.check(s)
	k.checkLog(s, "x")
	if flows := k.drawn(s); len(flows) > 0 && !slices.ContainsFunc(flows, func(f Subjected) bool { return f.MPTCP }) {
		s.Warn("kind", "no flow to draw is MPTCP, whose data can wait for what another subflow brings: the figure is left out")
	}
}

// reordered is what the data of a flow waited.
type reordered struct {
	flow record.Flow
	record.Reorder
}

// part returns which part waited no longer than a step.
func (x *reordered) part(i int) float64 { return float64(x.Below[i]) / float64(x.Count) }

// reordered returns the flows that have something, the least time above 0 and the greatest.
func (k *oooCDF) reordered(s *source) (list []reordered, low, high float64) {
	for _, f := range s.flows() {
		for _, r := range s.res.Reorders {
			if r.Flow != f.Name {
				continue
			}
			list = append(list, reordered{f, r})
			for _, w := range r.Wait {
				if high = max(high, w); w > 0 && (low == 0 || w < low) {
					low = w
				}
			}
		}
	}
	return list, low, high
}

func (k *oooCDF) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &span{})
	list, low, high := k.reordered(s)
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no flow of MPTCP has received anything", ErrNoData)
	}
	sc := scaleFor("s", high)
	return inPanels(len(list), "flows", func(from, to int) *panel {
		p := newPanel(sc.label(waitLabel), 1.05*sc.factor*high, "CDF", 1)
		if low > 0 && k.isLog("x", high/low > 20) {
			p.plot.X.logarithmic(0.9*sc.factor*low, 1.1*sc.factor*high)
		} else if high == 0 {
			p.plot.X.Max = 1
		}
		for i := range list[from:to] {
			x := &list[from+i]
			look := s.lookOf(&x.flow)
			c := &curve{x: []float64{0}, y: []float64{0}, hold: true, until: p.plot.X.Max, line: look.line(), mark: look.glyph()}
			for j, w := range x.Wait {
				c.x, c.y = append(c.x, sc.factor*w), append(c.y, x.part(j))
			}
			p.addCDF(fmt.Sprintf("%s (n = %d)", s.keys.shows(x.Flow), x.Count), c, i, to-from)
		}
		return p
	}), nil
}

// waitLabel is on the axis.
const waitLabel = "Wait for order"

// waitParts is how many parts of equal weight stand for a distribution among those of other runs.
const waitParts = 1000

func (k *oooCDF) samples(s *source) (list []sample) {
	s.of(&k.perFlow, &span{})
	all, low, high := k.reordered(s)
	for i := range all {
		x := &all[i]
		y := sample{Thing: s.keys.shows(x.Flow), Y: quantity{waitLabel, "s"}, XLog: k.isLog("x", low > 0 && high/low > 20)}
		y.Done, y.Of = float64(x.Count), float64(x.Count)
		for n, j := 0, 0; n < waitParts; n++ {
			for x.part(j) < (float64(n)+0.5)/waitParts {
				j++
			}
			y.V = append(y.V, x.Wait[j])
		}
		list = append(list, y)
	}
	return list
}
