package language

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Marshal returns the scenario as it is run: with the options carried out, the
// topology as links, and every default in its place. Parse of the result gives the
// same scenario, if the Files are beside it.
func (s *Scenario) Marshal() []byte {
	w := &writer{files: s.document.files.names()}
	root := s.document.root
	t := reflect.TypeFor[Scenario]()
	for _, k := range tags(t) {
		if v, ok := root[k]; ok && !isTables(v) {
			fmt.Fprintf(w, "%s = %s\n", k, w.value(k, v))
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		for _, table := range s.document.tables(f.Tag.Get("toml")) {
			fmt.Fprintf(w, "\n[[%s]]\n", f.Tag.Get("toml"))
			w.table(table, tags(f.Type.Elem()))
		}
	}
	return []byte(w.String())
}

// Files returns the files that the scenario refers to, by the names that Marshal
// gives them.
func (s *Scenario) Files() map[string][]byte {
	kept := make(map[string][]byte)
	for name, k := range s.document.files.names() {
		kept[k] = s.document.files.read[name]
	}
	return kept
}

// tags returns the TOML keys of a struct in the order of its fields.
func tags(t reflect.Type) []string {
	var keys []string
	for i := range t.NumField() {
		if tag := t.Field(i).Tag.Get("toml"); tag != "" && tag != "-" {
			keys = append(keys, tag)
		}
	}
	return keys
}

// isTables reports whether v is an array of tables.
func isTables(v any) bool {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return false
	}
	_, ok = list[0].(map[string]any)
	return ok
}

// writer writes TOML in one way only.
type writer struct {
	strings.Builder
	files map[string]string
}

// table writes the keys of t: those in no order first, which are of a part, and then the others in theirs.
func (w *writer) table(t map[string]any, order []string) {
	var rest []string // what a part has beside these, its kind first
	for _, k := range keys(t) {
		switch {
		case slices.Contains(order, k):
		case k == "kind":
			rest = slices.Insert(rest, 0, k)
		default:
			rest = append(rest, k)
		}
	}
	for _, k := range slices.Concat(rest, order) {
		if v, ok := t[k]; ok {
			fmt.Fprintf(w, "%s = %s\n", k, w.value(k, v))
		}
	}
}

// value returns v, the value of key, on one line.
func (w *writer) value(key string, v any) string {
	switch v := v.(type) {
	case string:
		if kept, ok := w.files[v]; ok && (key == "trace" || key == "file") {
			v = kept
		}
		return quote(v)
	case float64:
		return formatFloat(v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = w.value(key, e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		order := keys(v)
		if i := slices.Index(order, "kind"); i > 0 { // the kind first
			order = slices.Insert(slices.Delete(order, i, i+1), 0, "kind")
		}
		parts := make([]string, len(order))
		for i, k := range order {
			name := k
			if !isBare(k) {
				name = quote(k)
			}
			parts[i] = name + " = " + w.value(k, v[k])
		}
		return "{ " + strings.Join(parts, ", ") + " }"
	}
	return fmt.Sprint(v)
}

// isBare reports whether a key needs no quotes in TOML.
func isBare(key string) bool {
	return key != "" && strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}

// formatFloat writes x so that it is read as a float again.
func formatFloat(x float64) string {
	s := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") && !math.IsInf(x, 0) && !math.IsNaN(x) {
		s += ".0"
	}
	return s
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
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}
