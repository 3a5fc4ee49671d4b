package language

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mpsim/sim/words"
)

// maxVaried bounds how many tables one table can stand for.
const maxVaried = 4096

// vary carries out the table [vary], whose keys are axes with a list of values
// each: every table of an array that says for = ["axis", …] is replaced by one
// for each combination of their values, the last axis changing fastest. In its text
// ${axis} stands for the value and, of a value that is a table, for its label;
// ${axis.key} for what it has under that key. A text that is nothing but one
// of these takes the value as it is, of whatever type. An axis that is a table is drawn.
func (d *document) vary() {
	v, varied := d.root["vary"]
	delete(d.root, "vary")
	axes, ok := v.(map[string]any)
	if varied && !ok {
		d.fail("vary", "got %s; want a table of axes", describe(v))
	}
	random := make(map[string]bool) // axes that are drawn
	for _, name := range keys(axes) {
		if t, ok := axes[name].(map[string]any); ok {
			if axes[name], random[name] = d.drawn(join("vary", name), t), true; len(axes[name].([]any)) == 0 {
				delete(axes, name)
			}
			continue
		}
		if list, ok := axes[name].([]any); !ok || len(list) == 0 {
			d.fail(join("vary", name), "got %s; want an array of the values, or a table that draws them", describe(axes[name]))
			delete(axes, name)
			continue
		}
		for i, v := range axes[name].([]any) {
			if t, ok := v.(map[string]any); ok && t["label"] == nil {
				d.fail(fmt.Sprintf("vary.%s[%d]", name, i), "the table has no label")
				t["label"] = strconv.Itoa(i)
			}
		}
	}
	for _, key := range keys(d.root) {
		if list, ok := d.root[key].([]any); ok && slices.ContainsFunc(list, isVaried) {
			d.root[key] = d.varyList(key, list, axes, random)
		}
	}
}

func isVaried(v any) bool {
	t, ok := v.(map[string]any)
	return ok && t["for"] != nil
}

// varyList returns list with each table that says so once for each combination.
func (d *document) varyList(key string, list []any, axes map[string]any, random map[string]bool) []any {
	var out []any
	origins := make(map[string]string)
	for i, v := range list {
		from := fmt.Sprintf("%s[%d]", key, i)
		copies := []any{v}
		if isVaried(v) {
			copies = d.copies(from, key, v.(map[string]any), axes, random)
		}
		for _, c := range copies {
			origins[fmt.Sprintf("%s[%d]", key, len(out))] = from
			out = append(out, c)
		}
	}
	if d.origins == nil {
		d.origins = origins
	} else {
		for k, v := range origins {
			d.origins[k] = v
		}
	}
	return out
}

// copies returns t once for each combination of the values of its axes.
func (d *document) copies(path, key string, t map[string]any, axes map[string]any, random map[string]bool) []any {
	var names []string
	list, ok := t["for"].([]any)
	for _, v := range list {
		name, text := v.(string)
		if !text {
			ok = false
		} else if axes[name] == nil {
			d.fail(join(path, "for"), "there is no axis %q in [vary]; %s", clip(name), words.Suggest(name, keys(axes)))
			return nil
		}
		names = append(names, name)
	}
	if !ok || len(list) == 0 {
		d.fail(join(path, "for"), "got %s; want an array of axes of [vary]", describe(t["for"]))
		return nil
	}
	total := 1
	for _, n := range names {
		if total *= len(axes[n].([]any)); total > maxVaried {
			d.fail(join(path, "for"), "more than %d combinations", maxVaried)
			return nil
		}
	}
	out := make([]any, 0, total)
	for k := range total {
		values := make(map[string]any)
		var labels, drawn []any
		rest := k
		for i := len(names) - 1; i >= 0; i-- {
			list := axes[names[i]].([]any)
			values[names[i]] = list[rest%len(list)]
			rest /= len(list)
		}
		for _, n := range names {
			labels = append(labels, n+"="+label(values[n]))
			if random[n] {
				drawn = append(drawn, drawnOf(n, values[n])...)
			}
		}
		c, ok := d.clone(t).(map[string]any)
		if !ok {
			return nil
		}
		delete(c, "for")
		s := substitution{d: d, path: path, values: values}
		s.value(c)
		if key == "flow" {
			c["labels"] = labels
			if drawn != nil {
				c["drawn"] = drawn
			}
		}
		out = append(out, c)
	}
	return out
}

// label returns the text of a value.
func label(v any) string {
	switch v := v.(type) {
	case map[string]any:
		return label(v["label"])
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}

// substitution puts the values of axes into a table.
type substitution struct {
	d      *document
	path   string
	values map[string]any
	depth  int
}

// maxSubstitutions bounds how values may refer to other axes.
const maxSubstitutions = 10

// value returns v with everything in it substituted.
func (s *substitution) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		outer := s.path
		for _, k := range keys(v) {
			if s.depth == 0 {
				s.path = join(outer, k)
			}
			v[k] = s.value(v[k])
		}
		s.path = outer
	case []any:
		for i, e := range v {
			v[i] = s.value(e)
		}
	case string:
		return s.text(v)
	}
	return v
}

// text substitutes in a string.
func (s *substitution) text(t string) any {
	if s.depth > maxSubstitutions || !strings.Contains(t, "${") || !s.d.grow(1+len(t)/16) {
		return t
	}
	s.depth++
	defer func() { s.depth-- }()
	if name, ok := strings.CutPrefix(t, "${"); ok && strings.Index(name, "}") == len(name)-1 {
		v, ok := s.lookUp(strings.TrimSuffix(name, "}"))
		if !ok {
			return t
		}
		if tab, ok := v.(map[string]any); ok && tab["label"] != nil {
			return s.value(s.d.clone(tab["label"]))
		}
		return s.value(s.d.clone(v))
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(t, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			s.d.fail(s.path, "%q has a ${ without a }", clip(rest))
			return b.String()
		}
		if v, ok := s.lookUp(name); ok {
			l := label(s.value(s.d.clone(v)))
			if !s.d.grow(1 + len(l)/16) {
				return t
			}
			b.WriteString(l)
		}
		t = after
	}
}

// lookUp returns what ${name} stands for.
func (s *substitution) lookUp(name string) (any, bool) {
	axis, rest, inside := strings.Cut(name, ".")
	v, ok := s.values[axis]
	if !ok {
		s.d.fail(s.path, "${%s}: %q is no axis of this table's for; %s", clip(name), clip(axis), words.Suggest(axis, keys(s.values)))
		return nil, false
	}
	for inside {
		var k string
		k, rest, inside = strings.Cut(rest, ".")
		t, ok := v.(map[string]any)
		if !ok || t[k] == nil {
			s.d.fail(s.path, "${%s}: the value %s of axis %s has no %q; %s", clip(name), clip(label(s.values[axis])), axis, clip(k), words.Suggest(k, keys(t)))
			return nil, false
		}
		v = t[k]
	}
	return v, true
}
