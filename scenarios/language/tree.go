package language

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"mpsim/sim/words"
)

// MaxSize bounds the text of a scenario and of a file it refers to.
const MaxSize = 4 << 20

// document is the decoded text of a scenario before its keys are given a meaning.
type document struct {
	file     string
	root     map[string]any
	lines    map[string]int    // by path
	origins  map[string]string // path of the table that a varied one was made from, by that of the latter
	set      map[string]string // the option that gave a path its value
	preset   string            // kind of the table [topology]
	problems Problems
	failures int  // calls of report; problems has each one once, and not too many
	size     int  // values that clone has made
	large    bool // there were too many, and some are missing
	files    *files
}

// parseDocument decodes TOML.
func parseDocument(file string, text []byte) *document {
	d := &document{file: file, set: make(map[string]string)}
	if len(text) > MaxSize {
		d.fail("", "the file has %d bytes; a scenario has at most %d", len(text), MaxSize)
		return d
	}
	if tooDeep(text) {
		d.fail("", "brackets are nested too deep")
		return d
	}
	if len(strings.TrimSpace(string(text))) == 0 {
		d.fail("", "the file is empty; a scenario needs a duration, links and flows (mpsim new writes one to start from)")
		return d
	}
	if _, err := toml.Decode(string(text), &d.root); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			d.report(Problem{file, syntax.Position.Line, "", "not TOML: " + clip(syntax.Message)})
		} else {
			d.fail("", "not TOML: %s", clip(err.Error()))
		}
		d.root = nil
		return d
	}
	if d.root == nil {
		d.root = make(map[string]any)
	}
	d.root = normal(d.root).(map[string]any)
	d.lines = locate(string(text))
	return d
}

// tooDeep reports whether text has so many open brackets that a recursive parser may
// run out of stack. It counts those in strings and comments too, which in a scenario
// are few.
func tooDeep(text []byte) bool {
	depth := 0
	for _, c := range text {
		switch c {
		case '[', '{':
			if depth++; depth > 10_000 {
				return true
			}
		case ']', '}':
			depth--
		}
	}
	return false
}

// normal replaces arrays of tables by plain arrays.
func normal(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = normal(e)
		}
	case []map[string]any:
		list := make([]any, len(v))
		for i, e := range v {
			list[i] = normal(e)
		}
		return list
	case []any:
		for i, e := range v {
			v[i] = normal(e)
		}
	}
	return v
}

// maxTree bounds the values that tables stand for once they are varied and have inherited their defaults. A
// text counts as one for each 16 bytes.
const maxTree = 1 << 20

// clone returns a deep copy of a tree, or nil if there is too much of it by now.
func (d *document) clone(v any) any {
	if !d.grow(1) {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = d.clone(e)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = d.clone(e)
		}
		return c
	case string:
		d.grow(len(v) / 16)
	}
	return v
}

// grow counts n values, and reports whether there may be as many.
func (d *document) grow(n int) bool {
	if d.size += n; d.size > maxTree && !d.large {
		d.fail("", "with [vary] and [defaults] written out, the scenario has more than %d values", maxTree)
		d.large = true
	}
	return !d.large
}

// fail notes a problem with the value at path.
func (d *document) fail(path, format string, args ...any) {
	d.report(d.problem(path, fmt.Sprintf(format, args...)))
}

// maxProblems bounds how many problems are listed.
const maxProblems = 200

// report notes a problem, unless it is known.
func (d *document) report(p Problem) {
	d.failures++
	if len(d.problems) < maxProblems && !slices.Contains(d.problems, p) {
		d.problems = append(d.problems, p)
	}
}

// problem finds where the value at path was written: by an option, at a line, or,
// where it was inherited, in the defaults.
func (d *document) problem(path, message string) Problem {
	for p := path; p != ""; p = parent(p) {
		if option, ok := d.set[p]; ok {
			return Problem{option, 0, path, message}
		}
		if line := d.lines[d.origin(p)]; line > 0 {
			return Problem{d.file, line, path, message}
		}
		for _, kind := range []string{"link", "flow"} {
			rest, ok := strings.CutPrefix(p, kind+"[")
			_, key, inside := strings.Cut(rest, "].")
			if !ok || !inside {
				continue
			}
			base := "defaults." + kind + "." + key
			if option, ok := d.set[base]; ok {
				return Problem{option, 0, base, message}
			}
			if line := d.lines[base]; line > 0 {
				return Problem{d.file, line, base, message}
			}
		}
	}
	if option := d.maker(path); option != "" {
		return Problem{option, 0, path, message}
	}
	if strings.HasPrefix(path, "link[") { // a link of a preset
		_, key, _ := strings.Cut(path, "].")
		for _, p := range []string{"topology." + key, "topology"} {
			if option, ok := d.set[p]; ok {
				return Problem{option, 0, p, message}
			}
			if line := d.lines[p]; line > 0 {
				return Problem{d.file, line, p, message}
			}
		}
	}
	for p := parent(path); p != ""; p = parent(p) { // what such a table lacks
		if option := d.maker(p); option != "" {
			return Problem{option, 0, path, message}
		}
	}
	return Problem{d.file, 0, path, message}
}

// maker returns the option that has made the table at path by naming something in it, or "".
func (d *document) maker(path string) string {
	for _, p := range slices.Sorted(maps.Keys(d.set)) {
		if rest, below := strings.CutPrefix(p, path); below && path != "" && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "[")) {
			return d.set[p]
		}
	}
	return ""
}

// origin returns the path at which what is now at path was written.
func (d *document) origin(path string) string {
	if i := strings.IndexByte(path, ']'); i >= 0 {
		if from, ok := d.origins[path[:i+1]]; ok {
			return from + path[i+1:]
		}
	}
	return path
}

// An assignment is one --set option: a path and the value for it.
type assignment struct {
	option string
	path   []string
	value  any
}

// parseSet reads "path.to.key=value". A value that is not TOML is a string, so that
// cc=lia needs no quotes.
func parseSet(s string) (assignment, error) {
	key, text, ok := strings.Cut(s, "=")
	key, text = strings.TrimSpace(key), strings.TrimSpace(text)
	if !ok || key == "" {
		return assignment{}, fmt.Errorf("--set %s: want path.to.key=value", clip(s))
	}
	path, err := parseKey(key)
	if err != nil {
		return assignment{}, fmt.Errorf("--set %s: %w", clip(s), err)
	}
	a := assignment{"--set " + clip(s), path, text}
	var t map[string]any
	if _, err := toml.Decode("v = "+text, &t); err == nil && len(t) == 1 {
		a.value = normal(t["v"])
	}
	return a, nil
}

// parseKey splits a path at its points and brackets, but for those in quotes: link[0].rate, flow."f-0.01".cc.
func parseKey(key string) (path []string, err error) {
	empty := fmt.Errorf("there is an empty name in %q", clip(key))
	for rest := key; ; {
		var name string
		if quote := rest[:min(1, len(rest))]; quote == `"` || quote == "'" {
			var closed bool
			if name, rest, closed = strings.Cut(rest[1:], quote); !closed {
				return nil, fmt.Errorf("a quote is not closed in %q", clip(key))
			}
		} else {
			end := strings.IndexAny(rest, ".[]")
			if end < 0 {
				end = len(rest)
			}
			name, rest = rest[:end], rest[end:]
		}
		if name == "" {
			return nil, empty
		}
		path = append(path, name)
		rest = strings.TrimPrefix(rest, "]")
		if rest == "" {
			return path, nil
		}
		if rest[0] != '.' && rest[0] != '[' {
			return nil, fmt.Errorf("want a point before %q in %q", clip(rest), clip(key))
		}
		rest = rest[1:]
	}
}

// Quoted returns a name as the path of an assignment has it: in quotes if it has a point.
func Quoted(name string) string {
	if isBare(name) {
		return name
	}
	return quote(name)
}

// assign carries out a. Tables on the way are made; elements of arrays are named by their
// index or by their name.
func (d *document) assign(a assignment) {
	file := func(format string, args ...any) {
		d.report(Problem{File: a.option, Message: fmt.Sprintf(format, args...)})
	}
	var at any = d.root
	path := ""
	for rest := a.path; len(rest) > 0; {
		switch v := at.(type) {
		case map[string]any:
			key := rest[0]
			path, rest = join(path, key), rest[1:]
			if len(rest) == 0 {
				v[key] = a.value
				break
			}
			if _, ok := v[key]; !ok {
				v[key] = make(map[string]any)
			}
			at = v[key]
		case []any:
			n, parts, problem := element(v, rest)
			if problem != "" {
				file("%s %s", path, problem)
				return
			}
			path, rest = fmt.Sprintf("%s[%d]", path, n), rest[parts:]
			if len(rest) == 0 {
				v[n] = a.value
				break
			}
			at = v[n]
		default:
			file("%s is %s: there is nothing in it to set", path, describe(v))
			return
		}
	}
	d.set[path] = a.option
}

// element finds the element of list that a path begins with, by its name or index, and how many parts of the path
// that takes. A name may have points, so that "f-0.01" is two parts of a path without quotes: the longest one is
// meant. The problem says what there is in place of an element that there is not.
func element(list []any, path []string) (index, parts int, problem string) {
	var names []string
	at := make(map[string]int)
	for i, e := range list {
		if t, ok := e.(map[string]any); ok {
			if name, ok := t["name"].(string); ok {
				if _, again := at[name]; !again {
					at[name] = i
				}
				names = append(names, name)
			}
		}
	}
	for n := len(path); n > 0; n-- {
		if i, ok := at[strings.Join(path[:n], ".")]; ok {
			return i, n, ""
		}
	}
	if i, err := strconv.Atoi(path[0]); err == nil && i >= 0 && i < len(list) {
		return i, 1, ""
	}
	got := path[0]
	for n := len(path); n > 1; n-- { // a misspelt name with points
		name := strings.Join(path[:n], ".")
		if near := words.Nearest(name, names); strings.Count(near, ".") == n-1 {
			got = name
			break
		}
	}
	for i := len(names); i < len(list); i++ {
		names = append(names, strconv.Itoa(i))
	}
	return -1, 0, fmt.Sprintf("has no element %q; %s", got, words.Suggest(got, names))
}

// inherit gives every table of the array key what it does not say itself but the
// table [defaults.key] does.
func (d *document) inherit(key string) {
	defaults, _ := d.root["defaults"].(map[string]any)
	base, _ := defaults[key].(map[string]any)
	list, _ := d.root[key].([]any)
	for _, e := range list {
		if t, ok := e.(map[string]any); ok {
			protocol, own := t["protocol"]
			if !own {
				protocol = base["protocol"]
			}
			for k, v := range base {
				if protocol != "udp" || !slices.Contains(ofConnections, k) { // those are meant for other flows
					d.merge(t, k, v)
				}
			}
		}
	}
}

// merge sets t[k] to v unless it is there. Tables without a kind, such as tcp, are
// merged key by key; a part with a kind is replaced as a whole.
func (d *document) merge(t map[string]any, k string, v any) {
	own, ok := t[k]
	if !ok {
		t[k] = d.clone(v)
		return
	}
	to, ok1 := own.(map[string]any)
	from, ok2 := v.(map[string]any)
	if (k == "tcp" || k == "mptcp" || k == "server") && ok1 && ok2 {
		for k, v := range from {
			d.merge(to, k, v)
		}
	}
}

// keys returns the keys of t, sorted.
func keys(t map[string]any) []string { return slices.Sorted(maps.Keys(t)) }

// describe says what v is, for messages.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		return strconv.Quote(clip(v))
	case bool:
		return fmt.Sprintf("%v (a boolean)", v)
	case int64:
		return fmt.Sprintf("%d (an integer)", v)
	case float64:
		return fmt.Sprintf("%v (a number)", v)
	case []any:
		return fmt.Sprintf("an array of %d", len(v))
	case map[string]any:
		return "a table"
	}
	return "a date or time"
}

// clip shortens text that may be very long.
func clip(s string) string {
	const limit = 80
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "..."
	}
	return s
}
