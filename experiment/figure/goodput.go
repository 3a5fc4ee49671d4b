package figure

import (
	"fmt"

	"mpsim/experiment/record"
)

func init() {
	register("goodput-cdf", "distribution of the goodputs of the connections of each flow", drawGoodputs)
	register("goodput-rank", "goodput of each connection of a flow, from the least to the greatest", drawRanks)
}

// rates returns the goodputs of the connections of the flows to draw, sorted, and the
// greatest of all.
func (s *source) rates() (flows []record.Flow, rates [][]float64, greatest float64, err error) {
	for _, f := range s.flows() {
		var list []float64
		for _, c := range s.res.Connections {
			if c.Flow == f.Name {
				list = append(list, c.Goodput)
				greatest = max(greatest, c.Goodput)
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

func drawGoodputs(s *source) ([]*panel, error) {
	flows, rates, high, err := s.rates()
	if err != nil {
		return nil, err
	}
	sc := scaleFor("bit/s", high)
	p := newPanel(sc.label("Goodput of a connection"), 1.05*sc.factor*high, "CDF", 1)
	for i, list := range rates {
		k := &curve{x: []float64{sc.factor * list[0]}, y: []float64{0}, hold: true, until: p.plot.X.Max, line: lineOf(i), mark: glyphOf(i)}
		for j, g := range list {
			k.x, k.y = append(k.x, sc.factor*g), append(k.y, float64(j+1)/float64(len(list)))
		}
		k.phase = (float64(i) + 0.5) / float64(len(rates))
		p.add(fmt.Sprintf("%s (n = %d)", flows[i].Name, flows[i].Rates.Count), k)
	}
	return []*panel{p}, nil
}

func drawRanks(s *source) ([]*panel, error) {
	flows, rates, high, err := s.rates()
	if err != nil {
		return nil, err
	}
	sc := scaleFor("bit/s", high)
	p := newPanel("Rank of the connection (%)", 100, sc.label("Goodput"), 1.08*sc.factor*high)
	for i, list := range rates {
		k := &curve{line: lineOf(i), mark: glyphOf(i)}
		for j, g := range list {
			k.x, k.y = append(k.x, 100*(float64(j)+0.5)/float64(len(list))), append(k.y, sc.factor*g)
		}
		k.phase = (float64(i) + 0.5) / float64(len(rates))
		p.add(fmt.Sprintf("%s (n = %d)", flows[i].Name, flows[i].Rates.Count), k)
	}
	return []*panel{p}, nil
}
