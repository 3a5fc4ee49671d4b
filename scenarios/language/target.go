package language

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"mpsim/experiment/record"
	"mpsim/scenarios/formula"
	"mpsim/sim/words"
)

// Target is a number that a paper or a law gives, to compare with what runs yield.
type Target struct {
	ID        string   `toml:"id" doc:"unique name"`
	Of        string   `toml:"of" doc:"where the number stands: paper and figure, table or section"`
	Value     string   `toml:"value" doc:"what is compared: a formula of metrics of the run"`
	Published string   `toml:"published" doc:"the number as the source prints it"`
	Evidence  string   `toml:"evidence" doc:"how the number is known"`
	Want      any      `toml:"want" doc:"what value should be: a number, or a formula"`
	Tolerance any      `toml:"tolerance" doc:"how far off it may be: a number, or a percentage of want"`
	Least     *float64 `toml:"min" doc:"least value"`
	Greatest  *float64 `toml:"max" doc:"greatest value"`
	Because   string   `toml:"because" doc:"where want, the tolerance or the bounds come from"`
	Fluid     bool     `toml:"fluid" doc:"evaluate value on the prediction of the fluid model as well"`
	Finding   string   `toml:"finding" doc:"why it is missed, if it is"`

	// Formula is that of Value; WantFormula that of Want, nil if there is none.
	Formula, WantFormula *formula.Formula `toml:"-"`
	// Within is the tolerance: a part of want if Relative is set, else in the unit
	// of the value.
	Within   float64 `toml:"-"`
	Relative bool    `toml:"-"`
}

// EvidenceKinds are the ways in which a number is known.
var EvidenceKinds = []Named{
	{"read", "in the source itself"},
	{"read in a secondary source", "which quotes it"},
	{"remembered", "not seen again when this was written"},
	{"derived", "from the published algorithm or a law"},
}

// checkTarget checks target i and reads its formulas.
func (s *Scenario) checkTarget(d *document, i int, first map[string]int) {
	t := &s.Targets[i]
	fail := func(key, format string, args ...any) {
		if path := at("target", i, key); !d.failed(path) && !d.failed(at("target", i, "")) {
			d.fail(path, format, args...)
		}
	}
	if j, again := first[t.ID]; again && t.ID != "" {
		fail("id", "%q is the id of %s too", clip(t.ID), at("target", j, ""))
	}
	first[t.ID] = i
	for _, k := range []struct{ key, text, want string }{
		{"id", t.ID, "every target has one"},
		{"of", t.Of, "paper and figure, table or section, or the law"},
		{"value", t.Value, `a formula such as "goodput(f) / 10e6"`},
		{"because", t.Because, "where the wanted value, the tolerance or the bounds come from"},
	} {
		if k.text == "" {
			fail(k.key, "missing; want %s", k.want)
		}
	}
	if all := names(EvidenceKinds); !slices.Contains(all, t.Evidence) {
		fail("evidence", "got %q; %s", clip(t.Evidence), words.Suggest(t.Evidence, all))
	}
	if t.Value != "" {
		f, err := formula.Parse(t.Value, s.quantities)
		s.checkFormula(d, i, "value", err, fail)
		t.Formula = f
	}
	s.checkWanted(d, i, fail)
}

// checkFormula notes what is wrong with the formula of a key of target i.
func (s *Scenario) checkFormula(d *document, i int, key string, err error, fail func(key, format string, args ...any)) {
	switch never := (*lack)(nil); {
	case errors.As(err, &never):
		s.without(d, "target", i, key, err.Error())
	case err != nil:
		fail(key, "%v", err)
	}
}

// checkWanted checks what the value of target i is compared with: either want and
// its tolerance, or bounds.
func (s *Scenario) checkWanted(d *document, i int, fail func(key, format string, args ...any)) {
	t := &s.Targets[i]
	bounds := t.Least != nil || t.Greatest != nil
	switch {
	case t.Want == nil && !bounds:
		fail("want", "missing; want a value and its tolerance, or min, max or both")
	case t.Want != nil && bounds:
		fail("want", "there is a value and a bound; want a value and its tolerance, or min, max or both")
	case t.Want == nil && t.Tolerance != nil:
		fail("tolerance", "there is no value that it belongs to")
	case t.Least != nil && t.Greatest != nil && *t.Least > *t.Greatest:
		fail("min", "is greater than max")
	}
	if t.Want == nil {
		return
	}
	var err error
	t.WantFormula, err = formula.Parse(textOf(t.Want), s.quantities)
	s.checkFormula(d, i, "want", err, fail)
	if t.Within, t.Relative, err = tolerance(t.Tolerance); err != nil {
		fail("tolerance", "%v", err)
	}
}

// textOf returns a number or a formula as text.
func textOf(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return label(v)
}

// tolerance reads a number, or a percentage.
func tolerance(v any) (within float64, relative bool, err error) {
	switch v := v.(type) {
	case int64:
		within = float64(v)
	case float64:
		within = v
	case string:
		number, percent := strings.CutSuffix(v, "%")
		within, err = strconv.ParseFloat(strings.TrimSpace(number), 64)
		within, relative = within/100, percent
		if !percent {
			err = strconv.ErrSyntax
		}
	case nil:
		return 0, false, fmt.Errorf(`missing; want a number, or a part of want such as "5%%"`)
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || !(within >= 0) || math.IsInf(within, 0) {
		return 0, false, fmt.Errorf(`got %s; want a number from 0, or a part of want such as "5%%"`, describe(v))
	}
	return within, relative, nil
}

// quantities resolves a metric of a formula: of a flow, perhaps of a subflow, or
// of a direction of a link. A * in the name of the flow or link stands for any text: of those that match are meant which
// can have the metric.
func (s *Scenario) quantities(name string, args []string) (of []formula.Quantity, pattern bool, err error) {
	m := record.LookUp(name)
	if m == nil || m.Scope() == record.OfRun {
		all := formula.Functions()
		for _, m := range record.Metrics() {
			if m.Scope() != record.OfRun {
				all = append(all, m.Name)
			}
		}
		return nil, false, fmt.Errorf("there is no metric or function %q; %s", clip(name), words.Suggest(name, all))
	}
	part := ""
	switch {
	case m.Link != nil && len(args) == 2 && args[1] != "up" && args[1] != "down":
		return nil, false, fmt.Errorf("%s: %w", name, words.Check("direction", args[1], "up", "down"))
	case m.Link != nil && len(args) != 2:
		return nil, false, fmt.Errorf("%s is measured of a link: want %s", name, strings.Join(wanted(m), " or "))
	case len(args) > 2, len(args) == 2 && m.Link == nil && m.Subflow == nil, len(args) == 1 && m.Flow == nil:
		return nil, false, fmt.Errorf("%s is measured of a %s: want %s", name, m.Where(), strings.Join(wanted(m), ", or "))
	case len(args) == 2:
		part = args[1]
	}
	var subflow *int
	if m.Link == nil && part != "" {
		k, err := strconv.Atoi(part)
		if err != nil || k < 0 || k >= maxPaths {
			return nil, false, fmt.Errorf("%q is no subflow; want its index, 0 to %d", clip(part), maxPaths-1)
		}
		subflow = &k
	}
	all := &s.flows
	kind := "flow"
	if m.Link != nil {
		kind = "link"
		all = &s.links
	}
	var none *lack
	for i, n := range all.list {
		if !matches(args[0], n) {
			continue
		}
		var never *lack
		if m.Link != nil {
			never = s.lacksLink(m, i)
		} else {
			never = s.lacks(m, &s.Flows[i], subflow)
		}
		if never != nil {
			none = cmp.Or(none, never)
			continue
		}
		of = append(of, formula.Quantity{Of: kind, Name: n, Part: part, What: name})
	}
	if len(of) == 0 && none != nil {
		return nil, false, none
	}
	if len(of) == 0 {
		return nil, false, fmt.Errorf("there is no %s %q; %s", kind, clip(args[0]), words.Suggest(args[0], all.list))
	}
	return of, strings.Contains(args[0], "*"), nil
}

// wanted says how a formula names a metric.
func wanted(m *record.Metric) (forms []string) {
	if m.Link != nil {
		return []string{m.Name + "(LINK, up)", m.Name + "(LINK, down)"}
	}
	if m.Flow != nil {
		forms = append(forms, m.Name+"(FLOW)")
	}
	if m.Subflow != nil {
		forms = append(forms, m.Name+"(FLOW, 0) of its first subflow")
	}
	return forms
}

// matches reports whether name is pattern, in which * stands for any text.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	last := len(parts) - 1
	rest, ok := strings.CutPrefix(name, parts[0])
	for _, p := range parts[1:last] {
		if ok {
			_, rest, ok = strings.Cut(rest, p)
		}
	}
	return ok && strings.HasSuffix(rest, parts[last])
}
