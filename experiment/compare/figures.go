package compare

import (
	"errors"
	"strings"

	"mpsim/experiment"
	"mpsim/experiment/figure"
	"mpsim/experiment/record"
	"mpsim/experiment/stats"
)

// maxDrawn bounds the flows, links and runs that get figures of their own.
const maxDrawn = 8

// draw makes the figures in every format: for each flow the means and, if there are
// intervals, the distributions over the replications; and the first replications over
// time.
func (c *Comparison) draw() (files []record.File, err error) {
	add := func(name string, f *figure.Figure) {
		drawn, err := experiment.EncodeFigure(f, name, c.Pictures)
		if err != nil { // the numbers are worth more
			c.note("The figure %s is missing: it %v.", name, err)
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
	f, err := figure.Traces("", c.names(), c.traces)
	if errors.Is(err, figure.ErrNoData) {
		return files, nil
	}
	if err != nil {
		return nil, err
	}
	add("traces", f)
	return files, nil
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
