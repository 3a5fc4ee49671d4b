package compare

import "mpsim/experiment/record"

// Datasets returns the numbers as tables, with a column for each factor.
func (c *Comparison) Datasets() []record.Dataset { return []record.Dataset{c.numbers(), c.tests()} }

// begin has the columns of a metric of a variant, and those of the factors: its levels.
func (c *Comparison) begin() []record.Column {
	columns := []record.Column{
		text("of", "run, flow or link"), text("name", "of the flow or link"), text("part", "direction of the link"),
		text("metric", "name, as in mpsim list metrics"), text("unit", "bit/s, B, s; empty: a count or a part of 1"),
		text("variant", "name"),
	}
	for _, f := range c.Factors {
		columns = append(columns, text(f, "value of this option"))
	}
	return columns
}

// text is a column of words.
func text(name, doc string) record.Column {
	return record.Column{Name: name, Doc: doc, Kind: record.Text}
}

// numeric is a column of numbers in the unit of the row.
func numeric(name, doc string) record.Column {
	return record.Column{Name: name, Doc: doc, Kind: record.Number}
}

// count is a column of whole numbers.
func count(name, doc string) record.Column {
	return record.Column{Name: name, Doc: doc, Kind: record.Integer}
}

// each calls row with what each metric of each variant begins with, and its cell.
func (c *Comparison) each(row func(begin []any, cell *Cell)) {
	for i := range c.Rows {
		r := &c.Rows[i]
		for k, v := range c.Variants {
			begin := []any{r.Of, r.Name, r.Part, r.Metric, r.Unit, v.Name}
			for _, l := range v.Levels {
				begin = append(begin, l.Value)
			}
			row(begin[:len(begin):len(begin)], &r.Cells[k])
		}
	}
}

// numbers has a row for each metric and variant, in SI units.
func (c *Comparison) numbers() record.Dataset {
	return record.Dataset{
		Name: "table", Doc: "a metric of a variant, over its replications",
		Columns: append(c.begin(),
			count("n", "replications that have the metric"),
			numeric("mean", "in unit, as all that follow"),
			numeric("half_width", "of the 95 % interval of the mean; empty: there is none"),
			numeric("median", "of the replications"),
			numeric("median_low", "lower end of its interval"),
			numeric("median_high", "upper end"),
			count("unfinished", "replications in which a completion time is missing")),
		Rows: func(_ *record.Result, row func(...any)) {
			c.each(func(begin []any, x *Cell) {
				row(append(begin, x.N, x.Mean, value(x.Half), x.Median, value(x.MedianLow), value(x.MedianHigh), x.Unfinished)...)
			})
		},
	}
}

// tests has a row for each difference, in SI units: the levels are those of the variant that differs from
// the one it is held against.
func (c *Comparison) tests() record.Dataset {
	return record.Dataset{
		Name: "differences",
		Doc:  "a difference of a variant from the one that has the first value of an option and the same of all others",
		Columns: append(c.begin(),
			text("factor", "the option"),
			text("against", "name of the variant with its first value"),
			count("n", "pairs of replications"),
			numeric("difference", "mean over the pairs, in unit"),
			numeric("half_width", "of its 95 % interval, in unit"),
			numeric("relative", "difference as part of the mean of the other variant; empty if that is 0"),
			numeric("relative_half_width", "with that mean taken as known"),
			numeric("p", "of the paired t-test"),
			numeric("p_holm", "corrected for all differences of the comparison"),
			numeric("p_wilcoxon", "of the signed-rank test, not corrected"),
			record.Column{Name: "significant", Doc: "true: more than chance, after the correction", Kind: record.Truth},
			count("replications_needed",
				"to show a difference of this size with probability 0.8; empty: it is seen, or there is no such number")),
		Rows: func(_ *record.Result, row func(...any)) {
			c.each(func(begin []any, x *Cell) {
				for i := range x.Against {
					d := &x.Against[i]
					row(append(begin, d.Factor, d.Against, d.N, d.Mean, value(d.Half), value(d.Relative), value(d.RelativeHalf),
						value(d.P), value(d.Holm), value(d.Wilcoxon), d.Significant, value(d.Needed))...)
				}
			})
		},
	}
}

// value returns what p points to, or no value.
func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}
