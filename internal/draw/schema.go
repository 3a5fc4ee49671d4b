package draw

import (
	"reflect"
	"strings"
	"sync"

	"mpsim/mptcp"
	"mpsim/mptcp/middlebox"
	"mpsim/mptcp/tcp"
	"mpsim/scenarios"
	"mpsim/scenarios/language"
	"mpsim/sim/plugin"
)

// A parted type is a language.Part: it knows the registry of its kind.
type parted interface{ Registry() language.Registry }

// registryOf returns the registry of a type of parts, or nil.
func registryOf(t reflect.Type) language.Registry {
	if t.Kind() == reflect.Interface {
		return nil
	}
	if p, ok := reflect.Zero(t).Interface().(parted); ok {
		return p.Registry()
	}
	return nil
}

// registry returns the registry of a kind that no key of a flow or link has, such as "topology".
func registry(kind string) language.Registry {
	for _, r := range language.Registries() {
		if r.Kind() == kind {
			return r
		}
	}
	panic("draw: there is no registry of kind " + kind)
}

// duplex returns the registry of a type that has a part for each direction, or nil.
func duplex(t reflect.Type) language.Registry {
	if t.Kind() == reflect.Struct && t.NumField() == 2 && t.Field(0).Name == "Up" && t.Field(1).Name == "Down" {
		return registryOf(t.Field(0).Type)
	}
	return nil
}

// standards has the values of tables whose keys are not 0 if they are left out.
var standards = map[reflect.Type]reflect.Value{
	reflect.TypeFor[tcp.Config]():     reflect.ValueOf(tcp.DefaultConfig()),
	reflect.TypeFor[mptcp.Protocol](): reflect.ValueOf(mptcp.DefaultProtocol()),
	reflect.TypeFor[middlebox.When](): reflect.ValueOf(middlebox.When{Probability: 1}),
	reflect.TypeFor[scenarios.Flow](): reflect.ValueOf(scenarios.Flow{Count: 1}),
}

// tagged calls f for each key of the struct t, and inlined, for a part whose parameters
// stand beside the keys.
func tagged(t reflect.Type, f func(key string, field reflect.StructField), inlined func(r language.Registry)) {
	for i := range t.NumField() {
		field := t.Field(i)
		key := field.Tag.Get("toml")
		switch {
		case key == plugin.Inline:
			tagged(field.Type, func(key string, inner reflect.StructField) {
				inner.Index = append([]int{i}, inner.Index...)
				f(key, inner)
			}, inlined)
		case !field.IsExported() || key == "-":
		case key != "":
			f(key, field)
		default:
			if r := registryOf(field.Type); r != nil && inlined != nil {
				inlined(r)
			}
		}
	}
}

// setting returns the type of the value that a preset of a topology hands on to its links: it
// is named after a key of links, such as topology/dumbbell.bottleneck_rate. Nil if it is none.
func setting(name string) reflect.Type {
	var found reflect.Type
	key := name[strings.LastIndexByte(name, '.')+1:]
	tagged(reflect.TypeFor[language.Link](), func(k string, f reflect.StructField) {
		if len(key) >= len(k) && (key[len(key)-len(k):] == k || key[:len(k)] == k) && duplex(f.Type) != nil {
			found = f.Type
		}
	}, nil)
	return found
}

// table draws a table with the keys of the struct t. name is what hints and Keys call it, path where it
// lies, and often how often a key is there.
func (g *drawer) table(t reflect.Type, name, path string, often float64) tree {
	out := tree{}
	standard := standards[t]
	tagged(t, func(key string, field reflect.StructField) {
		var v reflect.Value
		if standard.IsValid() {
			v = standard.FieldByIndex(field.Index)
		}
		g.key(out, name+"."+key, path+"."+key, key, field.Type, v, often)
	}, func(r language.Registry) {
		for k, v := range g.parameters(r, path) { // order does not matter
			out[k] = v
		}
	})
	if tidy := apart[name]; tidy != nil {
		tidy(g, out)
	}
	return out
}

// key draws the value of a key into the table out, if it is to be there, and notes how to
// draw it again.
func (g *drawer) key(out tree, name, path, key string, t reflect.Type, standard reflect.Value, often float64) {
	draw := func() (any, bool) {
		if h, ok := hints[name]; ok {
			return h(g, path)
		}
		return g.value(t, name, path, standard), true
	}
	g.again[path] = draw
	if o, ok := frequent[name]; ok {
		often = o
	}
	if name == "flow.traffic" && len(g.nodes) < 3 {
		often = 0.01
	}
	if g.Mild && hazards[name] || !g.chance(often) {
		return
	}
	if v, ok := draw(); ok {
		out[key] = v
	}
}

// value draws a value of type t.
func (g *drawer) value(t reflect.Type, name, path string, standard reflect.Value) any {
	if r := duplex(t); r != nil {
		if g.chance(0.7) {
			return g.part(r, path)
		}
		return tree{"up": g.part(r, path+".up"), "down": g.part(r, path+".down")}
	}
	if r := registryOf(t); r != nil {
		return g.part(r, path)
	}
	if reflect.PointerTo(t).Implements(textType) || t == durationType {
		return g.scalar(t, standard)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.value(t.Elem(), name, path, reflect.Value{})
	case reflect.Interface:
		if link := setting(name); link != nil {
			if !g.chance(0.3) {
				return g.value(link, name, path, reflect.Value{})
			}
			list := make([]any, 2+g.IntN(2))
			for i := range list {
				list[i] = g.value(link, name, path, reflect.Value{})
			}
			return list
		}
		return g.scalar(reflect.TypeFor[float64](), reflect.Value{})
	case reflect.Struct:
		return g.table(t, name, path, 0.5)
	case reflect.Slice, reflect.Array:
		n := 1 + g.IntN(3)
		if t.Kind() == reflect.Array {
			n = t.Len()
		}
		list := make([]any, n)
		for i := range list {
			list[i] = g.value(t.Elem(), name, path, reflect.Value{})
		}
		return list
	}
	return g.scalar(t, standard)
}

// part draws a part of a registry: its name alone, or a table of its kind and parameters.
func (g *drawer) part(r language.Registry, path string) any {
	if h, ok := mild[r.Kind()]; ok && g.Mild {
		return h(g, path)
	}
	if r.Kind() == "loss process" && g.chance(0.4) { // a lossless link carries the most
		return "none"
	}
	p := g.parameters(r, path)
	if short, ok := shorten(g, p); ok {
		return short
	}
	return p
}

// shorten writes a part in its short form, sometimes, if it has one.
func shorten(g *drawer, p tree) (any, bool) {
	kind, _ := p["kind"].(string)
	switch {
	case len(p) == 1:
		return kind, g.chance(0.7)
	case len(p) == 2 && (kind == "constant" || kind == "bernoulli" || kind == "droptail") && g.chance(0.7):
		for _, k := range []string{"rate", "delay", "p", "limit"} {
			if v, ok := p[k]; ok {
				return v, true
			}
		}
	}
	return nil, false
}

// parameters draws a kind and its parameters.
func (g *drawer) parameters(r language.Registry, path string) tree {
	all := r.Names()
	kind := pick(g, all...)
	if few := common[r.Kind()]; len(few) > 0 && g.chance(0.5) {
		kind = pick(g, few...)
	}
	g.again[path+".kind"] = func() (any, bool) { return pick(g, all...), true }
	if g.Mild {
		return g.kind(r, kind, path, 0)
	}
	return g.kind(r, kind, path, 0.4)
}

// kind draws parameters of a kind.
func (g *drawer) kind(r language.Registry, kind, path string, often float64) tree {
	out := tree{"kind": kind}
	for _, p := range r.Params(kind) {
		standard := reflect.ValueOf(p.Default)
		t := reflect.TypeFor[any]()
		if standard.IsValid() {
			t = standard.Type()
		}
		name := r.Kind() + "/" + kind + "." + p.Name
		draw := g.simple(r, name, t)
		if draw == nil {
			g.key(out, name, path+"."+p.Name, p.Name, t, standard, often)
			continue
		}
		g.again[path+"."+p.Name] = draw
		if g.chance(often) {
			out[p.Name], _ = draw()
		}
	}
	return out
}

// simple returns what draws a parameter that takes some words, or is the size of a network; nil if it
// is neither.
func (g *drawer) simple(r language.Registry, name string, t reflect.Type) func() (any, bool) {
	all := vocabulary()[name]
	switch {
	case all != nil && t.Kind() == reflect.Slice:
		return func() (any, bool) {
			var list []any
			for _, w := range some(g, all) {
				list = append(list, w)
			}
			return list, true
		}
	case all != nil:
		return func() (any, bool) { return pick(g, all...), true }
	case (r.Kind() == "topology" || r.Kind() == "traffic pattern") && t.Kind() == reflect.Int:
		return func() (any, bool) { return int64(pick(g, 2, 2, 2, 4, 1, 3, 5)), true }
	}
	return nil
}

// vocabulary has the words that parameters take which are texts, as far as their parts say.
var vocabulary = sync.OnceValue(func() map[string][]string {
	all := make(map[string][]string)
	for _, r := range language.Registries() {
		for _, kind := range r.Names() {
			for _, p := range r.Params(kind) {
				if t := reflect.TypeOf(p.Default); t != reflect.TypeFor[string]() && t != reflect.TypeFor[[]string]() {
					continue
				}
				err := checked(r, kind, p.Name, unknown)
				if err == nil {
					continue
				}
				name := r.Kind() + "/" + kind + "." + p.Name
				for _, w := range alternatives(err.Error()) {
					if checked(r, kind, p.Name, w) == nil {
						all[name] = append(all[name], w)
					}
				}
			}
		}
	}
	return all
})

// checked returns what a part says of the value of one of its parameters.
func checked(r language.Registry, kind, param, value string) error {
	made := reflect.ValueOf(r).MethodByName("New").Call([]reflect.Value{reflect.ValueOf(kind)})[0]
	v, ok := made.Interface().(interface{ Validate() error })
	if !ok {
		return nil
	}
	part := reflect.Indirect(made.Elem())
	tagged(part.Type(), func(key string, f reflect.StructField) {
		if key == param && f.Type.Kind() == reflect.Slice {
			part.FieldByIndex(f.Index).Set(reflect.ValueOf([]string{value}))
		} else if key == param {
			part.FieldByIndex(f.Index).SetString(value)
		}
	}, nil)
	return v.Validate()
}
