package language

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mpsim/experiment/figure"
	"mpsim/sim/app"
	"mpsim/sim/words"
)

// defaultFigures are drawn if a scenario asks for none.
var defaultFigures = []string{"throughput", "cwnd", "rtt", "queue"}

// A Width is how wide a figure is, in inches. A scenario gives the number, or the name of a figure.Venue.
type Width float64

// decode implements selfDecoder.
func (w *Width) decode(d *document, path string, v any) {
	name, text := v.(string)
	inches, known := figure.WidthOf(name)
	switch {
	case known:
		*w = Width(inches)
		return
	case text:
		d.fail(path, "%q is no width; want a number of inches, or %s", clip(name), strings.Join(figure.VenueNames(), ", "))
		return
	}
	d.decodeFloat(path, v, reflect.ValueOf(w).Elem())
	if !d.failed(path) && (*w < figure.MinWidth || *w > figure.MaxWidth) {
		d.fail(path, "got %g; want %g to %d inches", float64(*w), figure.MinWidth, figure.MaxWidth)
	}
}

// decode implements selfDecoder. What is no key of all figures is one of the kind.
func (f *Figure) decode(d *document, path string, v any) {
	f.Width = figure.ColumnWidth
	t, ok := v.(map[string]any)
	if !ok {
		d.fail(path, "got %s; want a table", describe(v))
		return
	}
	own, params := make(map[string]any), maps.Clone(t)
	shared := tags(reflect.TypeFor[Figure]())
	for _, k := range shared {
		if x, ok := t[k]; ok {
			own[k] = x
			delete(params, k)
		}
	}
	d.decodeStruct(path, own, reflect.ValueOf(f).Elem(), nil)
	if d.failed(join(path, "kind")) {
		return
	}
	d.refuse(path, params, shared)
	f.Model.decode(d, path, params)
}

// refuse takes out of params, and notes, what a figure of their kind does not take.
func (d *document) refuse(path string, params map[string]any, shared []string) {
	kind, _ := params["kind"].(string)
	made, err := figure.Registry.New(kind)
	if err != nil {
		return // whoever decodes the part says so
	}
	taken := fieldsOf(parameters(made).Type()).names
	for _, k := range keys(params) {
		if k != "kind" && !slices.Contains(taken, k) {
			d.fail(join(path, k), "a figure of kind %q has no %q; %s", kind, clip(k), words.Suggest(k, slices.Concat([]string{"kind"}, shared, taken)))
			delete(params, k)
		}
	}
}

// checkFigures checks what figures say about the scenario.
func (s *Scenario) checkFigures(d *document) {
	subject := s.subject()
	for i := range s.Figures {
		if s.Figures[i].Model.IsZero() {
			continue
		}
		s.checkFigure(d, i, subject)
	}
}

func (s *Scenario) checkFigure(d *document, i int, subject *figure.Subject) {
	table := d.root["figure"].([]any)[i].(map[string]any)
	subject.Fail = func(key, format string, args ...any) {
		if path := at("figure", i, key); !d.failed(path) {
			d.fail(path, format, args...)
		}
	}
	subject.Warn = func(key, format string, args ...any) { s.warn(d, at("figure", i, key), format, args...) }
	subject.Given = func(key string) bool { _, ok := table[key]; return ok }
	subject.OneOf = func(key, got string, allowed []string, problem string) {
		if !slices.Contains(allowed, got) {
			subject.Fail(key, "%s; %s", problem, words.Suggest(got, allowed))
		}
	}
	left := false
	subject.Late = func(key, format string, args ...any) {
		path := at("figure", i, key)
		if !d.behind(path) {
			subject.Fail(key, format, args...)
			return
		}
		s.warn(d, path, "%s: the figure does without", fmt.Sprintf(format, args...))
		delete(table, key)
		left = true
	}
	s.Figures[i].Model.Look().Check(subject)
	if left {
		s.Figures[i] = Figure{}
		s.Figures[i].decode(d, at("figure", i, ""), table)
	}
}

// subject returns what figures may speak of.
func (s *Scenario) subject() *figure.Subject {
	x := &figure.Subject{Duration: s.Duration, Links: s.links.list}
	for i := range s.Flows {
		f := &s.Flows[i]
		x.Flows = append(x.Flows, figure.Subjected{
			Name: f.Name, Labels: f.Labels, Drawn: f.Drawn, Subflows: slices.Concat(f.pathNames[0], f.pathNames[1]), Files: f.hasFiles(), MPTCP: f.MPTCP(),
		})
	}
	return x
}

// hasFiles reports whether the workload of a flow has transfers that end, as far as that is known.
func (f *Flow) hasFiles() bool {
	if f.Workload.IsZero() {
		return true // that is a problem of its own
	}
	switch f.Workload.Look().(type) {
	case app.Source, *app.Bulk:
		return false
	}
	return true
}

// WantsFluid reports whether results have what the fluid model predicts.
func (s *Scenario) WantsFluid() bool {
	return s.Fluid || slices.ContainsFunc(s.Figures, func(f Figure) bool { return figure.WantsFluid(f.Model.Look()) })
}

// OverTime reports whether a figure shows something over time. Otherwise a run records no
// series: a scenario of hundreds of flows, each a point of a sweep, would have more of
// them than anybody reads.
func (s *Scenario) OverTime() bool {
	return slices.ContainsFunc(s.Figures, func(f Figure) bool { return figure.OverTime(f.Model.Look()) })
}
