package compare

import (
	"context"
	"errors"
	"strings"

	"mpsim/experiment"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/experiment/stats"
)

// maxDrawn bounds the flows, links and runs that get figures of their own.
const maxDrawn = 8

// draw makes the figures in every format: for each flow and link the means and, if there are intervals, the
// distributions over the replications; and the figures of the scenario, over all its runs.
func (c *Comparison) draw(ctx context.Context) (files []record.File, skipped []string, err error) {
	skip := func(format string, args ...any) {
		c.note(format, args...)
		skipped = append(skipped, c.Notes[len(c.Notes)-1])
	}
	add := func(name string, f *figure.Figure) {
		drawn, err := experiment.EncodeFigure(ctx, f, name, c.Pictures)
		if err != nil { // the numbers are worth more
			skip("The figure %s is missing: it %v.", name, err)
			return
		}
		if w := f.Warning(); w != nil {
			c.note("The figure %s: %v.", name, w)
		}
		files = append(files, drawn...)
	}
	for i, of := range c.things() {
		if i == maxDrawn {
			c.note("Figures show the first %d of %d flows and links.", maxDrawn, len(c.things()))
			break
		}
		metrics := c.metricsOf(of)
		add("bars-"+fileName(of), figure.Bars(of, metrics))
		if c.Random {
			add("cdf-"+fileName(of), figure.Distributions(of, metrics, func(n int) float64 { return stats.Band(n, c.Level) }))
		}
	}
	pools, err := c.pools()
	if err != nil {
		return nil, nil, err
	}
	names := experiment.FileNames{}
	for i, p := range pools {
		kind := c.shown[0][i].Name
		if p == nil {
			skip("The figure %s shows a single run, and is left out here: mpsim run draws it.", kind)
			continue
		}
		f, err := p.Figure(c.interval)
		switch {
		case errors.Is(err, figure.ErrNoData):
			skipped = append(skipped, err.Error())
		case err != nil:
			skip("The figure %s is missing: it %v.", kind, err)
		default:
			add(names.Next(kind), f)
		}
	}
	return files, skipped, ctx.Err()
}

// pools returns the pools of the figures of the first variant; nil of those that show single runs. Another variant
// is in a pool if its figure at the same place is of the same kind.
func (c *Comparison) pools() ([]*figure.Pool, error) {
	if len(c.shown) == 0 {
		return nil, nil
	}
	pools := make([]*figure.Pool, len(c.shown[0]))
	for i, req := range c.shown[0] {
		if figure.Pools(req.Kind) {
			pools[i] = figure.NewPool(req, c.names())
		}
	}
	for v, runs := range c.seen {
		for rep, data := range runs {
			if data == nil {
				continue
			}
			shown, err := figure.Seen(data)
			if err != nil {
				return nil, err
			}
			for i, s := range shown {
				switch {
				case i >= len(pools) || pools[i] == nil || c.shown[v][i].Name != c.shown[0][i].Name:
				case rep >= overTime && figure.OverTime(c.shown[v][i].Kind): // it was not recorded
				default:
					pools[i].Add(v, s)
				}
			}
		}
	}
	return pools, nil
}

// interval returns the mean of numbers of several runs, and half the width of its interval if there is one.
func (c *Comparison) interval(x []float64) (mean, half float64) {
	e := stats.Mean(x, c.Level)
	if e.N < 2 {
		return e.Mean, 0
	}
	return e.Mean, e.Half
}

// things returns what the rows are of, each once.
func (c *Comparison) things() (list []string) {
	for i := range c.Rows {
		if t := c.Rows[i].thing(); len(list) == 0 || list[len(list)-1] != t {
			list = append(list, t)
		}
	}
	return list
}

// metricsOf returns the rows of a flow, link or run, to be drawn.
func (c *Comparison) metricsOf(of string) (list []figure.Metric) {
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.thing() != of {
			continue
		}
		m := figure.Metric{Name: record.LookUp(r.Metric).Label, Unit: r.Unit}
		for k := range r.Cells {
			cell := &r.Cells[k]
			s := figure.Sample{Variant: c.Variants[k].Name, Values: cell.values(), Mean: cell.Mean}
			if cell.Half != nil {
				s.Half = *cell.Half
			}
			m.Variants = append(m.Variants, s)
		}
		list = append(list, m)
	}
	return list
}

// fileName makes the name of a link or of all flows one of a file.
func fileName(of string) string { return strings.ReplaceAll(of, " ", "-") }
