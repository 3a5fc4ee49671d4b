package figure

import (
	"fmt"
	"math"

	"mpsim/experiment/record"
)

func init() {
	Registry.Register("goodput-cdf", "distribution of the goodputs of the connections of each flow",
		func() Kind { return &goodputCDF{} })
	Registry.Register("goodput-rank", "goodput of each connection of a flow, from the least to the greatest",
		func() Kind { return &goodputRank{} })
}

// goodputCDF draws how goodputs are distributed.
type goodputCDF struct {
	perFlow `toml:",inline"`
	scaled  `toml:",inline"`
}

// Check implements Kind.
func (k *goodputCDF) Check(s *Subject) {
	k.perFlow.check(s)
	k.checkLog(s, "x")
}

// goodputRank draws goodputs in their order.
type goodputRank struct {
	perFlow `toml:",inline"`
	scaled  `toml:",inline"`
}

// Check implements Kind.
func (k *goodputRank) Check(s *Subject) {
	k.perFlow.check(s)
	k.checkLog(s, "y")
}

// rates returns the goodputs of the connections of the flows to draw, sorted, and the
// greatest of all.
func (s *source) rates() (flows []record.Flow, rates [][]float64, greatest float64, err error) {
	for _, f := range s.flows() {
		var list []float64
		for _, c := range s.res.Connections {
			if c.Flow == f.Name && f.Connections > 1 && c.Goodput != nil {
				list = append(list, *c.Goodput)
				greatest = max(greatest, *c.Goodput)
			}
		}
		if len(list) > 0 {
			flows, rates = append(flows, f), append(rates, list)
		}
	}
	if greatest == 0 {
		err = fmt.Errorf("%w: no flow has several connections with goodput", ErrNoData)
	}
	return flows, rates, greatest, err
}

func (k *goodputCDF) panels(s *source) ([]*panel, error) {
	s.keys = k.perFlow
	flows, rates, high, err := s.rates()
	if err != nil {
		return nil, err
	}
	sc := scaleFor("bit/s", high)
	return inPanels(len(flows), "flows", func(from, to int) *panel {
		p := newPanel(sc.label("Goodput of a connection"), 1.05*sc.factor*high, "CDF", 1)
		if k.isLog("x", false) {
			p.plot.X.logarithmic(0.9*sc.factor*least(rates), 1.1*sc.factor*high)
		}
		for i, list := range rates[from:to] {
			look := s.lookOf(&flows[from+i])
			c := &curve{
				x: []float64{sc.factor * list[0]}, y: []float64{0}, hold: true, until: p.plot.X.Max,
				line: look.line(), mark: look.glyph(),
			}
			for j, g := range list {
				c.x, c.y = append(c.x, sc.factor*g), append(c.y, float64(j+1)/float64(len(list)))
			}
			p.addCDF(s.ratesText(&flows[from+i]), c, i, to-from)
		}
		return p
	}), nil
}

func (k *goodputRank) panels(s *source) ([]*panel, error) {
	s.keys = k.perFlow
	flows, rates, high, err := s.rates()
	if err != nil {
		return nil, err
	}
	sc := scaleFor("bit/s", high)
	return inPanels(len(flows), "flows", func(from, to int) *panel {
		p := newPanel("Rank of the connection (%)", 100, sc.label("Goodput"), 1.08*sc.factor*high)
		if k.isLog("y", false) {
			p.plot.Y.logarithmic(0.9*sc.factor*least(rates), 1.1*sc.factor*high)
		}
		for i, list := range rates[from:to] {
			look := s.lookOf(&flows[from+i])
			c := &curve{line: look.line(), mark: look.glyph()}
			for j, g := range list {
				c.x, c.y = append(c.x, 100*(float64(j)+0.5)/float64(len(list))), append(c.y, sc.factor*g)
			}
			c.phase = (float64(i) + 0.5) / float64(to-from)
			p.add(s.ratesText(&flows[from+i]), c)
		}
		return p
	}), nil
}

// ratesText names a curve of a flow.
func (s *source) ratesText(f *record.Flow) string {
	return fmt.Sprintf("%s (n = %d)", s.keys.shows(f.Name), f.Rates.Count)
}

// least returns the least number above 0.
func least(lists [][]float64) float64 {
	low := math.Inf(1)
	for _, list := range lists {
		for _, v := range list {
			if v > 0 {
				low = min(low, v)
			}
		}
	}
	return low
}

func (k *goodputCDF) samples(s *source) (list []sample) {
	s.keys = k.perFlow
	flows, rates, _, _ := s.rates()
	for i := range flows {
		n := float64(len(rates[i]))
		list = append(list, sample{
			Thing: s.keys.shows(flows[i].Name), Y: quantity{"Goodput of a connection", "bit/s"},
			V: rates[i], Done: n, Of: n, XLog: k.isLog("x", false),
		})
	}
	return list
}

func (k *goodputRank) samples(s *source) (list []sample) {
	s.keys = k.perFlow
	flows, rates, _, _ := s.rates()
	for i := range flows {
		x := sample{
			Thing: s.keys.shows(flows[i].Name), X: quantity{"Rank of the connection", "%"}, Y: quantity{"Goodput", "bit/s"},
			Until: 100, YLog: k.isLog("y", false),
		}
		for j, v := range rates[i] {
			x.At, x.V = append(x.At, 100*(float64(j)+0.5)/float64(len(rates[i]))), append(x.V, v)
		}
		list = append(list, x)
	}
	return list
}
