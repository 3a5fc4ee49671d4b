package draw

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"mpsim/sim/units"
)

// Read makes a Scenario of the text of a file and those that it refers to.
func Read(source []byte, files map[string][]byte, set ...string) (*Scenario, error) {
	var t tree
	if _, err := toml.Decode(string(source), &t); err != nil {
		return nil, err
	}
	return &Scenario{Set: set, Files: files, tree: listed(t).(tree)}, nil
}

// listed replaces arrays of tables by plain arrays.
func listed(v any) any {
	switch v := v.(type) {
	case tree:
		for k, e := range v { // order does not matter
			v[k] = listed(e)
		}
	case []tree:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = listed(e)
		}
		return list
	case []any:
		for i, e := range v {
			v[i] = listed(e)
		}
	}
	return v
}

// Minimise returns a smaller scenario for which fails still holds: without tables and keys
// that do not matter, and with values that are simpler. It gives up when ctx is done.
func Minimise(ctx context.Context, s *Scenario, fails func(*Scenario) bool) *Scenario {
	m := &minimiser{ctx: ctx, fails: fails, best: s}
	if flat, err := s.flat(); err == nil {
		m.try(flat)
	}
	for again := true; again && ctx.Err() == nil; {
		again = m.pass()
	}
	return m.best
}

// flat returns s as its result has it: with links in place of the topology, and nothing varied.
func (s *Scenario) flat() (*Scenario, error) {
	parsed, err := s.Parse()
	if err != nil {
		return nil, err
	}
	flat, err := Read(parsed.Marshal(), parsed.Files())
	if err != nil {
		return nil, err
	}
	flat.Seed, flat.Mild = s.Seed, s.Mild
	return flat, nil
}

type minimiser struct {
	ctx   context.Context
	fails func(*Scenario) bool
	best  *Scenario
}

// try makes s the best if it fails, too.
func (m *minimiser) try(s *Scenario) bool {
	if m.ctx.Err() != nil || !m.fails(s) {
		return false
	}
	m.best = s
	return true
}

// change tries the best after an edit of its tree.
func (m *minimiser) change(edit func(t tree) bool) bool {
	c := *m.best
	c.tree = clone(c.tree).(tree)
	return edit(c.tree) && m.try(&c)
}

// pass tries every edit once, and reports whether any helped.
func (m *minimiser) pass() (helped bool) {
	if len(m.best.Set) > 0 {
		c := *m.best
		c.Set = nil
		helped = m.try(&c)
	}
	for _, path := range paths(m.best.tree, "") {
		helped = m.change(func(t tree) bool { return remove(t, path) }) || helped
	}
	for _, path := range paths(m.best.tree, "") {
		v, ok := at(m.best.tree, path)
		if !ok {
			continue
		}
		for _, simple := range simpler(v) {
			if m.change(func(t tree) bool { return put(t, path, simple) }) {
				helped = true
				break
			}
		}
	}
	return helped
}

// paths returns the paths of all that is in v, the largest parts first and the last elements of
// arrays before the first, so that indices stay right when one is removed.
func paths(v any, path string) (list []string) {
	switch v := v.(type) {
	case tree:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			list = append(list, strings.TrimPrefix(path+"."+k, "."))
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			list = append(list, paths(v[k], strings.TrimPrefix(path+"."+k, "."))...)
		}
	case []any:
		for i := len(v) - 1; i >= 0; i-- {
			at := fmt.Sprintf("%s[%d]", path, i)
			list = append(list, at)
			list = append(list, paths(v[i], at)...)
		}
	}
	return list
}

// simpler returns values that are easier to read than v, the simplest first.
func simpler(v any) (list []any) {
	switch v := v.(type) {
	case tree:
		if v["kind"] != nil && len(v) > 1 {
			list = append(list, v["kind"])
		}
		if up, ok := v["up"]; ok && v["down"] != nil {
			list = append(list, up, v["down"])
		}
	case int64:
		for _, x := range []int64{0, 1, 2, v / 2} {
			if x < v {
				list = append(list, x)
			}
		}
	case float64:
		if r := round(v); r != v {
			list = append(list, r)
		}
	case string:
		if d, err := units.ParseDuration(v); err == nil && v != "0s" {
			return shorter(d, v)
		}
		return rounded(v)
	}
	return list
}

// shorter returns rounder and shorter times than d, which is written as text.
func shorter(d time.Duration, text string) (list []any) {
	for _, unit := range []time.Duration{
		time.Hour, time.Minute, time.Second, 100 * time.Millisecond, 10 * time.Millisecond, time.Millisecond,
		100 * time.Microsecond, time.Microsecond,
	} {
		for _, x := range []time.Duration{d.Truncate(unit), d.Truncate(unit) + unit} {
			if s := x.String(); s != text && x <= 2*d && x.Truncate(unit*10) != d.Truncate(unit*10) || len(s) < len(text) {
				list = append(list, s)
			}
		}
	}
	list = append(list, (d / 2).Truncate(time.Microsecond).String())
	return slices.DeleteFunc(list, func(s any) bool { return s == text || len(s.(string)) > len(text) })
}

// rounded returns an amount with fewer digits.
func rounded(text string) (list []any) {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	if end <= 0 {
		return nil
	}
	x, err := strconv.ParseFloat(text[:end], 64)
	if err != nil {
		return nil
	}
	unit := text[end:]
	for _, u := range []struct {
		unit  string
		scale float64
		to    string
	}{{"bps", 1e6, "Mbps"}, {"bps", 1e3, "kbps"}, {"B", 1e3, "kB"}, {unit, 1, unit}} {
		if u.unit != unit || x < u.scale {
			continue
		}
		for _, digits := range []string{"%.1g", "%.2g"} {
			s, err := strconv.ParseFloat(fmt.Sprintf(digits, x/u.scale), 64)
			if t := strconv.FormatFloat(s, 'f', -1, 64) + u.to; err == nil && len(t) < len(text) {
				list = append(list, t)
			}
		}
	}
	return list
}
