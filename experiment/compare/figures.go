package compare

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"mpsim/experiment"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/experiment/stats"
)

// maxDrawn bounds the flows, links and runs that get figures of their own.
const maxDrawn = 8

// A drawing is a figure with the files that come of it.
type drawing struct {
	name  string
	of    *figure.Figure
	files []record.File
	err   error
}

// draw makes the figures in every format: for each flow and link the means and, if there are intervals, the
// distributions over the replications; and the figures of the scenario, over all its runs.
func (c *Comparison) draw(ctx context.Context) (files []record.File, skipped []string, err error) {
	skip := func(format string, args ...any) {
		c.note(format, args...)
		skipped = append(skipped, c.Notes[len(c.Notes)-1])
	}
	list := c.summaries()
	pools, err := c.pools()
	if err != nil {
		return nil, nil, err
	}
	drawn := make([]drawing, len(pools))
	inParallel(c.Workers, len(pools), func(i int) {
		if p := pools[i]; p != nil {
			drawn[i].of, drawn[i].err = p.Figure(c.interval)
		}
	})
	names := experiment.FileNames{}
	for i, p := range pools {
		kind := c.shown[0][i].Name
		if p == nil {
			skip("The figure %s shows a single run, and is left out here: mpsim run draws it.", kind)
			continue
		}
		switch d := drawn[i]; {
		case errors.Is(d.err, figure.ErrNoData):
			skipped = append(skipped, d.err.Error())
		case d.err != nil:
			skip("The figure %s is missing: it %v.", kind, d.err)
		default:
			list = append(list, drawing{name: names.Next(kind), of: d.of})
		}
	}
	inParallel(c.Workers, len(list), func(i int) {
		d := &list[len(list)-1-i] // the last are the largest: no worker waits for one at the end
		d.files, d.err = experiment.EncodeFigure(ctx, d.of, d.name, c.Pictures)
	})
	for _, d := range list {
		if d.err != nil { // the numbers are worth more
			skip("The figure %s is missing: it %v.", d.name, d.err)
		} else if w := d.of.Warning(); w != nil {
			c.note("The figure %s: %v.", d.name, w)
		}
		files = append(files, d.files...)
	}
	return files, skipped, ctx.Err()
}

// summaries returns the figures that every comparison has.
func (c *Comparison) summaries() (list []drawing) {
	for i, of := range c.things() {
		if i == maxDrawn {
			c.note("Figures show the first %d of %d flows and links.", maxDrawn, len(c.things()))
			break
		}
		metrics := c.metricsOf(of)
		list = append(list, drawing{name: "bars-" + fileName(of), of: figure.Bars(of, metrics)})
		if c.Random {
			band := func(n int) float64 { return stats.Band(n, c.Level) }
			list = append(list, drawing{name: "cdf-" + fileName(of), of: figure.Distributions(of, metrics, band)})
		}
	}
	return list
}

// inParallel calls f for each i below n, by some workers; 0: one a processor.
func inParallel(workers, n int, f func(i int)) {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
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
