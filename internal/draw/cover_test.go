package draw

import (
	"bytes"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mpsim/scenarios"
	"mpsim/scenarios/language"
)

// Every registered part, every parameter of it, and every key of the language occurs in the scenarios of
// few seeds: what is new is drawn by itself. One that is missing wants to be drawn more often (frequent),
// or to be explained (hints): if it were in a thousandth of the scenarios, it would be missing with a
// probability of e^-20. The seeds end when all is found, long before: a thousand take a tenth of the time
// of all tests, so that only the long ones have this one.
func TestEverythingIsDrawn(t *testing.T) {
	if os.Getenv("MPSIM_LONG") == "" {
		t.Skip("MPSIM_LONG is not 1")
	}
	t.Parallel()
	const seeds = 20_000
	missing := map[string]bool{"topology": true, "vary": true, "defaults": true, "for": true, "--set": true, "files": true, "a flow that does not run": true}
	note := func(name string) { missing[name] = true }
	knownKeys(reflect.TypeFor[scenarios.Scenario](), "", note)
	for _, r := range language.Registries() {
		knownParts(r, note)
	}
	seed, last := uint64(1), uint64(0)
	found := func(name string) {
		if missing[name] {
			last = seed
		}
		delete(missing, name)
	}
	for ; seed <= seeds && len(missing) > 0; seed++ {
		s := Draw(seed)
		drawnKeys(reflect.TypeFor[scenarios.Scenario](), "", s.tree, found)
		drawnParts(registry("topology"), s.tree["topology"], found)
		for _, path := range append(paths(s.tree, ""), "topology") {
			if _, last := above(path); last.key != "" {
				if _, ok := at(s.tree, path); ok && (!strings.Contains(path, ".") || last.key == "for") {
					found(last.key)
				}
			}
		}
		if len(s.Set) > 0 {
			found("--set")
		}
		if bytes.Contains(s.Text(), []byte("\ncount = 0\n")) {
			found("a flow that does not run")
		}
		if len(s.Files) > 0 {
			found("files")
		}
	}
	t.Logf("the last one was new in seed %d", last)
	var left []string
	for k := range missing {
		left = append(left, k)
	}
	slices.Sort(left)
	if len(left) > 0 {
		t.Errorf("in %d seeds there is no\n%s", seeds, strings.Join(left, "\n"))
	}
}

// knownKeys notes the keys of the struct t, and of what is in it but for parts.
func knownKeys(t reflect.Type, name string, note func(string)) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || duplex(t) != nil || registryOf(t) != nil || reflect.PointerTo(t).Implements(textType) {
		return
	}
	tagged(t, func(key string, f reflect.StructField) {
		n := strings.TrimPrefix(name+"."+key, ".")
		note(n)
		knownKeys(f.Type, n, note)
	}, nil)
}

// knownParts notes the parts of a registry, and their parameters.
func knownParts(r language.Registry, note func(string)) {
	for _, kind := range r.Names() {
		note(r.Kind() + "/" + kind)
		for _, p := range r.Params(kind) {
			n := r.Kind() + "/" + kind + "." + p.Name
			note(n)
			if t := reflect.TypeOf(p.Default); t != nil {
				knownKeys(t, n, note)
			}
		}
	}
}

// drawnKeys tells which keys there are in v, a value of type t.
func drawnKeys(t reflect.Type, name string, v any, found func(string)) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Array || t.Kind() == reflect.Pointer {
		list, ok := v.([]any)
		if ok && t.Kind() != reflect.Pointer {
			for _, e := range list {
				drawnKeys(t.Elem(), name, e, found)
			}
			return
		}
		t = t.Elem()
	}
	if r := duplex(t); r != nil {
		if d, ok := v.(tree); ok && d["up"] != nil {
			drawnParts(r, d["up"], found)
			drawnParts(r, d["down"], found)
			return
		}
		drawnParts(r, v, found)
		return
	}
	if r := registryOf(t); r != nil {
		drawnParts(r, v, found)
		return
	}
	if list, ok := v.([]any); ok && t.Kind() == reflect.Struct { // the values in the order of the fields
		i := 0
		tagged(t, func(key string, _ reflect.StructField) {
			if i < len(list) {
				found(name + "." + key)
			}
			i++
		}, nil)
	}
	table, ok := v.(tree)
	if !ok || t.Kind() != reflect.Struct {
		return
	}
	tagged(t, func(key string, f reflect.StructField) {
		if v, ok := table[key]; ok {
			n := strings.TrimPrefix(name+"."+key, ".")
			found(n)
			drawnKeys(f.Type, n, v, found)
		}
	}, func(r language.Registry) { drawnParts(r, v, found) })
}

// drawnParts tells which part v is, and which parameters it has.
func drawnParts(r language.Registry, v any, found func(string)) {
	switch v := v.(type) {
	case string:
		found(r.Kind() + "/" + v)
	case tree:
		kind, _ := v["kind"].(string)
		found(r.Kind() + "/" + kind)
		for _, p := range r.Params(kind) {
			if x, ok := v[p.Name]; ok {
				n := r.Kind() + "/" + kind + "." + p.Name
				found(n)
				if t := reflect.TypeOf(p.Default); t != nil {
					drawnKeys(t, n, x, found)
				}
			}
		}
	}
}
