package draw

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A tree is a scenario as TOML decodes to it: maps, lists, texts, int64, float64 and
// booleans.
type tree = map[string]any

// written is a tree as text, with what each line is about.
type written struct {
	strings.Builder
	line int
	of   map[int]string // line: the element of an array that its table is, such as flow[1]
}

// text writes a tree: keys first, then tables, then arrays of tables.
func text(t tree) *written {
	w := &written{line: 1, of: make(map[int]string)}
	keys := slices.Sorted(maps.Keys(t))
	for _, k := range keys {
		if _, table := t[k].(tree); !table && !isTables(t[k]) {
			w.pair("", k, t[k])
		}
	}
	for _, k := range keys {
		switch v := t[k].(type) {
		case tree:
			w.print("", "\n[%s]\n", bare(k))
			w.pairs("", v)
		case []any:
			if !isTables(v) {
				continue
			}
			for i, e := range v {
				at := fmt.Sprintf("%s[%d]", k, i)
				w.print(at, "\n[[%s]]\n", bare(k))
				w.pairs(at, e.(tree))
			}
		}
	}
	return w
}

// isTables reports whether v is an array of tables.
func isTables(v any) bool {
	list, ok := v.([]any)
	return ok && len(list) > 0 && !slices.ContainsFunc(list, func(e any) bool { _, table := e.(tree); return !table })
}

func (w *written) print(of, format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	for range strings.Count(s, "\n") {
		w.of[w.line] = of
		w.line++
	}
	w.of[w.line-1] = of
	w.WriteString(s)
}

func (w *written) pairs(of string, t tree) {
	for _, k := range slices.Sorted(maps.Keys(t)) {
		w.pair(of, k, t[k])
	}
}

func (w *written) pair(of, k string, v any) { w.print(of, "%s = %s\n", bare(k), inline(v)) }

// inline writes a value on one line.
func inline(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case float64:
		s := strconv.FormatFloat(v, 'g', -1, 64)
		if !strings.ContainsAny(s, ".e") && !math.IsInf(v, 0) && !math.IsNaN(v) {
			s += ".0"
		}
		return s
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = inline(e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case tree:
		parts := make([]string, 0, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, bare(k)+" = "+inline(v[k]))
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(v)
}

// bare writes a key, in quotes if need be.
func bare(k string) string {
	for _, r := range k {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_') {
			return quote(k)
		}
	}
	if k == "" {
		return `""`
	}
	return k
}

// quote writes a basic string of TOML.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// A step of a path is a key of a table or, if that is "", an index of an array.
type step struct {
	key   string
	index int
}

// steps reads a path such as flow[0].cc.beta.
func steps(path string) (list []step) {
	for _, part := range strings.Split(path, ".") {
		key, rest, _ := strings.Cut(part, "[")
		if key != "" {
			list = append(list, step{key: key})
		}
		for rest != "" {
			var n string
			n, rest, _ = strings.Cut(rest, "]")
			i, err := strconv.Atoi(n)
			if err != nil {
				return list
			}
			list = append(list, step{index: i})
			rest = strings.TrimPrefix(rest, "[")
		}
	}
	return list
}

// at returns what lies at path, and whether there is something.
func at(t tree, path string) (any, bool) {
	var v any = t
	for _, s := range steps(path) {
		switch x := v.(type) {
		case tree:
			next, ok := x[s.key]
			if !ok || s.key == "" {
				return nil, false
			}
			v = next
		case []any:
			if s.key != "" || s.index >= len(x) {
				return nil, false
			}
			v = x[s.index]
		default:
			return nil, false
		}
	}
	return v, true
}

// above returns the path of the table or list that path is in, and the last step.
func above(path string) (string, step) {
	list := steps(path)
	if len(list) == 0 {
		return "", step{}
	}
	i := max(strings.LastIndexAny(path, ".["), 0)
	return path[:i], list[len(list)-1]
}

// put sets the value at path, whose table there is. It reports whether it could.
func put(t tree, path string, v any) bool {
	up, last := above(path)
	in, _ := at(t, up)
	switch x := in.(type) {
	case tree:
		if last.key == "" {
			return false
		}
		x[last.key] = v
		return true
	case []any:
		if last.key != "" || last.index >= len(x) {
			return false
		}
		x[last.index] = v
		return true
	}
	return false
}

// remove deletes what is at path, and reports whether there was something.
func remove(t tree, path string) bool {
	if _, ok := at(t, path); !ok {
		return false
	}
	up, last := above(path)
	in, _ := at(t, up)
	switch x := in.(type) {
	case tree:
		delete(x, last.key)
	case []any:
		list := slices.Delete(slices.Clone(x), last.index, last.index+1)
		if up == "" {
			return false
		}
		if len(list) == 0 && isTables(x) {
			return remove(t, up)
		}
		return put(t, up, list)
	}
	return true
}

// clone returns a deep copy.
func clone(v any) any {
	switch v := v.(type) {
	case tree:
		c := make(tree, len(v))
		for k, e := range v {
			c[k] = clone(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = clone(e)
		}
		return c
	}
	return v
}
