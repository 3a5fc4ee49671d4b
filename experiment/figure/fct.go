package figure

import (
	"fmt"
	"math"
	"slices"

	"mpsim/experiment/record"
)

func init() {
	register("fct-cdf", "distribution of the completion times of transfers; those under way at the end count as longer", drawFCT)
}

func drawFCT(s *source) ([]*panel, error) {
	type sample struct {
		flow record.Flow
		fct  []float64 // s, sorted
	}
	var list []sample
	low, high := 0.0, 0.0
	for _, f := range s.flows() {
		var fct []float64
		for _, t := range s.res.Transfers {
			if t.Flow == f.Name {
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
		list = append(list, sample{f, fct})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: no transfer was completed", ErrNoData)
	}
	sc := scaleFor("s", high)
	p := newPanel(sc.label("Flow completion time"), 1.05*sc.factor*high, "CDF", 1)
	place := func(t float64) float64 { return sc.factor * t }
	if low > 0 && high/low > 20 {
		place = func(t float64) float64 { return math.Log10(sc.factor * t) }
		p.plot.X.Min, p.plot.X.Max, p.plot.X.Ticks = place(0.9*low), place(1.1*high), logTicks{}
	}
	for i, x := range list {
		done := max(x.flow.Transfers.Count, uint64(len(x.fct))) // the list may be a sample
		reached := float64(done) / float64(done+x.flow.Unfinished)
		k := &curve{x: []float64{place(x.fct[0])}, y: []float64{0}, hold: true, until: p.plot.X.Max, line: lineOf(i), mark: glyphOf(i)}
		for j, t := range x.fct {
			k.x, k.y = append(k.x, place(t)), append(k.y, reached*float64(j+1)/float64(len(x.fct)))
		}
		k.phase = (float64(i) + 0.5) / float64(len(list))
		text := fmt.Sprintf("%s (n = %d)", x.flow.Name, done)
		if x.flow.Unfinished > 0 {
			text = fmt.Sprintf("%s (n = %d, %d unfinished)", x.flow.Name, done+x.flow.Unfinished, x.flow.Unfinished)
		}
		p.add(text, k)
	}
	return []*panel{p}, nil
}
