package language

import (
	"fmt"
	"slices"
	"strings"

	"mpsim/experiment/record"
	"mpsim/scenarios/formula"
	"mpsim/sim/words"
)

// checkAxes checks what figure i says about axes of [vary]. Only sweeps and matrices
// have any.
func (s *Scenario) checkAxes(d *document, i int) {
	f := &s.Figures[i]
	s.checkAxis(d, i, "x", f.X, f.Kind == "sweep")
	s.checkAxis(d, i, "rows", f.Rows, f.Kind == "matrix")
	s.checkMetric(d, i)
	if len(f.Reference) > 0 && f.Kind != "sweep" {
		d.fail(at("figure", i, "reference"), "only a sweep has closed forms to compare with")
	}
	if drawn := []string{"cwnd", "throughput", "sweep"}; f.Fluid && !slices.Contains(drawn, f.Kind) {
		d.fail(at("figure", i, "fluid"), "the fluid model can be drawn in figures of the kinds cwnd, throughput and sweep")
	}
	for k, text := range f.Reference {
		c, err := formula.Parse(text, nil)
		if err != nil {
			d.fail(fmt.Sprintf("%s[%d]", at("figure", i, "reference"), k), "%v", err)
			continue
		}
		f.Formulas = append(f.Formulas, c)
	}
}

// checkAxis checks that a figure that needs an axis names one of its flows.
func (s *Scenario) checkAxis(d *document, i int, key, name string, needed bool) {
	if !needed && name == "" {
		return
	}
	path := at("figure", i, key)
	axes := s.axes(s.Figures[i].Flows)
	switch {
	case d.failed(path):
	case !needed:
		d.fail(path, "a figure of kind %q has none", clip(s.Figures[i].Kind))
	case name == "":
		d.fail(path, "missing; want an axis of [vary] that flows have in for; %s", words.Suggest("", axes))
	case !slices.Contains(axes, name):
		d.fail(path, "no flow to draw has the axis %q in for; %s", clip(name), words.Suggest(name, axes))
	}
}

// checkMetric checks the metric of a sweep.
func (s *Scenario) checkMetric(d *document, i int) {
	f := &s.Figures[i]
	if f.Kind != "sweep" && f.Y == "" {
		return
	}
	path := at("figure", i, "y")
	var have []string
	for _, m := range record.Metrics() {
		if m.Flow != nil {
			have = append(have, m.Name)
		}
	}
	switch {
	case d.failed(path):
	case f.Kind != "sweep":
		d.fail(path, "only a sweep draws a metric")
	case !slices.Contains(have, f.Y):
		d.fail(path, "%q is no metric of a flow; %s", clip(f.Y), words.Suggest(f.Y, have))
	}
}

// axes returns the axes that the flows to draw stand for.
func (s *Scenario) axes(flows []string) (list []string) {
	for _, f := range s.Flows {
		if len(flows) > 0 && !slices.Contains(flows, f.Name) {
			continue
		}
		for _, l := range f.Labels {
			if axis, _, _ := strings.Cut(l, "="); !slices.Contains(list, axis) {
				list = append(list, axis)
			}
		}
	}
	return list
}

// WantsFluid reports whether results have what the fluid model predicts.
func (s *Scenario) WantsFluid() bool {
	return s.Fluid || slices.ContainsFunc(s.Figures, func(f Figure) bool { return f.Fluid })
}

// OverTime reports whether a figure shows something over time. Otherwise a run records no
// series: a scenario of hundreds of flows, each a point of a sweep, would have more of
// them than anybody reads.
func (s *Scenario) OverTime() bool {
	return slices.ContainsFunc(s.Figures, func(f Figure) bool {
		return !slices.Contains([]string{"sweep", "matrix", "fct-cdf", "goodput-cdf", "goodput-rank"}, f.Kind)
	})
}
