package figure

import (
	"fmt"
	"math"
	"slices"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("fct-cdf", "distribution of the completion times of transfers; those under way at the end count as longer",
		func() Kind { return &fctCDF{} })
}

// fctCDF draws completion times. The part of the run is that in which transfers start.
type fctCDF struct {
	perFlow `toml:",inline"`
	span    `toml:",inline"`
	scaled  `toml:",inline"`
}

// Check implements Kind.
func (k *fctCDF) Check(s *Subject) {
	k.perFlow.check(s)
	k.span.check(s)
	k.checkLog(s, "x")
	if flows := k.drawn(s); len(flows) > 0 && !slices.ContainsFunc(flows, func(f Subjected) bool { return f.Files }) {
		s.Warn("kind", "no flow to draw has transfers that end, as those of the workloads file and rpc do: the figure is left out")
	}
}

// completed are the completion times of a flow.
type completed struct {
	flow record.Flow
	fct  []float64 // s, sorted
}

func (k *fctCDF) panels(s *source) ([]*panel, error) {
	s.of(&k.perFlow, &k.span)
	list, low, high := k.completed(s)
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no transfer was completed", ErrNoData)
	}
	sc := scaleFor("s", high)
	return inPanels(len(list), "flows", func(from, to int) *panel {
		p := newPanel(sc.label("Flow completion time"), 1.05*sc.factor*high, "CDF", 1)
		if low > 0 && k.isLog("x", high/low > 20) {
			p.plot.X.logarithmic(0.9*sc.factor*low, 1.1*sc.factor*high)
		}
		for i := range list[from:to] {
			c, text := s.distribution(&list[from+i], sc)
			c.until = p.plot.X.Max
			p.addCDF(text, c, i, to-from)
		}
		return p
	}), nil
}

// completed returns the flows that completed something, and the least and the greatest time.
func (k *fctCDF) completed(s *source) (list []completed, low, high float64) {
	for _, f := range s.flows() {
		var fct []float64
		for _, t := range s.res.Transfers {
			if t.Flow == f.Name && t.Done() && t.Start >= s.from && t.Start <= s.until {
				fct = append(fct, t.FCT)
			}
		}
		if len(fct) == 0 {
			continue
		}
		slices.Sort(fct)
		if len(list) == 0 || fct[0] < low {
			low = fct[0]
		}
		high = max(high, fct[len(fct)-1])
		list = append(list, completed{f, fct})
	}
	return list, low, high
}

// counted returns how many transfers of a flow were completed, and which part of all that is. In a part of the run no
// others count, since nobody knows when those under way at the end began.
func (s *source) counted(x *completed) (done uint64, reached float64) {
	if s.from > 0 || s.until < s.res.Duration {
		return uint64(len(x.fct)), 1
	}
	done = max(x.flow.Transfers.Count, uint64(len(x.fct))) // the list may be a sample
	return done, float64(done) / float64(done+x.flow.Unfinished)
}

// distribution returns the curve of one flow, and what it is called. Transfers under way at the end are longer than
// any: the curve ends below 1.
func (s *source) distribution(x *completed, sc scale) (*curve, string) {
	done, reached := s.counted(x)
	look := s.lookOf(&x.flow)
	c := &curve{x: []float64{sc.factor * x.fct[0]}, y: []float64{0}, hold: true, line: look.line(), mark: look.glyph()}
	for j, t := range x.fct {
		c.x, c.y = append(c.x, sc.factor*t), append(c.y, reached*float64(j+1)/float64(len(x.fct)))
	}
	text := fmt.Sprintf("%s (n = %d)", s.keys.shows(x.flow.Name), done)
	if unfinished := x.flow.Unfinished; reached < 1 {
		text = fmt.Sprintf("%s (n = %d, %d unfinished)", s.keys.shows(x.flow.Name), done+unfinished, unfinished)
	}
	return c, text
}

// samples has flows that completed nothing, too, if they began something.
func (k *fctCDF) samples(s *source) (list []sample) {
	s.of(&k.perFlow, &k.span)
	all, low, high := k.completed(s)
	for _, f := range s.flows() {
		x := sample{Thing: s.keys.shows(f.Name), Y: quantity{"Flow completion time", "s"}, XLog: k.isLog("x", low > 0 && high/low > 20)}
		for i := range all {
			if all[i].flow.Name == f.Name {
				n, reached := s.counted(&all[i])
				x.V, x.Done, x.Of = all[i].fct, float64(n), math.Round(float64(n)/reached)
			}
		}
		if len(x.V) == 0 && s.from == 0 && s.until >= s.res.Duration {
			x.Of = float64(f.Unfinished)
		}
		if x.Of > 0 {
			list = append(list, x)
		}
	}
	return list
}
