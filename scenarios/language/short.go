package language

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"mpsim/sim/units"
)

// Short returns the overrides that make the short form of a scenario: those that it names itself (quick), or a tenth
// of the times of its run, without expectations, which are of the long form. Times of the run have the tag
// time:"run": when something happens, from when until when, how often. Delays, timers, pauses of applications and
// traces are as they were. Of connections that open one after the other there are a tenth, as close as they were.
func (s *Scenario) Short() []string {
	if len(s.Quick) > 0 {
		return s.Quick
	}
	root, t := s.document.root, reflect.TypeFor[Scenario]()
	var set []string
	all := fieldsOf(t)
	for _, key := range all.names {
		field := t.FieldByIndex(all.index[key])
		list, ok := root[key].([]any)
		if !ok {
			set = append(set, options("", tenths(map[string]any{key: root[key]}, t))...)
			continue
		}
		for i, e := range list {
			if table, ok := e.(map[string]any); ok && field.Type.Kind() == reflect.Slice {
				set = append(set, options(at(key, i, "")+".", tenths(table, field.Type.Elem()))...)
			}
		}
	}
	for i := range s.Flows {
		if f := &s.Flows[i]; (f.Stagger > 0 || f.Gap > 0) && f.Count > 1 {
			set = append(set, fmt.Sprintf("%s=%d", at("flow", i, "count"), (f.Count+9)/10))
		}
	}
	return append(set, "expect=[]")
}

// options returns the overrides of the keys of a table at path.
func options(path string, table map[string]any) (list []string) {
	for _, k := range keys(table) {
		text, ok := table[k].(string)
		if !ok {
			text = new(writer).value(k, table[k])
		}
		list = append(list, path+k+"="+text)
	}
	return list
}

// tenths returns the keys of a table of type t that have times of the run in them, with a tenth of these.
func tenths(table map[string]any, t reflect.Type) map[string]any {
	less := make(map[string]any)
	all := fieldsOf(t)
	for k, v := range table {
		i, ok := all.index[k]
		if !ok {
			continue
		}
		if x, is := tenth(v, t.FieldByIndex(i)); is {
			less[k] = x
		}
	}
	if model, ok := t.FieldByName("Model"); ok { // of a kind, whose parameters are beside the keys of all
		maps.Copy(less, tenthsOfPart(table, model.Type))
	}
	return less
}

// tenthsOfPart returns what tenths does of the parameters of a part of type t.
func tenthsOfPart(v any, t reflect.Type) map[string]any {
	p := reflect.Zero(t).Interface().(interface {
		Registry() Registry
		structOf(kind string) reflect.Type
	})
	table, ok := longForm(p.Registry().Kind(), v)
	kind, _ := table["kind"].(string)
	params := p.structOf(kind)
	if !ok || params == nil || params.Kind() != reflect.Struct {
		return nil
	}
	return tenths(table, params)
}

// tenth returns v, the value of a field, with a tenth of the times of the run in it, and whether there are any.
func tenth(v any, field reflect.StructField) (any, bool) {
	t := field.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch text, is := v.(string); {
	case t == reflect.TypeFor[time.Duration]() && is && field.Tag.Get("time") == "run":
		d, err := units.ParseDuration(text)
		return (d / 10).String(), err == nil && d != 0
	case t.Kind() == reflect.Slice || t.Kind() == reflect.Array:
		return tenthOfList(v, func(int) reflect.StructField { return reflect.StructField{Type: t.Elem()} })
	case t.Kind() != reflect.Struct:
		return v, false
	}
	if list, ok := v.([]any); ok { // the values of a small struct in the order of its fields
		if fields := fieldsOf(t); len(fields.at) == len(list) {
			return tenthOfList(list, func(i int) reflect.StructField { return t.FieldByIndex(fields.at[i]) })
		}
	}
	var less map[string]any
	switch x := reflect.Zero(t).Interface().(type) {
	case interface{ part() reflect.Type }: // both directions of a link
		table, ok := v.(map[string]any)
		if ok && table["kind"] == nil && (table["up"] != nil || table["down"] != nil) {
			less = make(map[string]any)
			for k, v := range table {
				if each, is := tenth(v, reflect.StructField{Type: x.part()}); is {
					less[k] = each
				}
			}
			break
		}
		less = tenthsOfPart(v, x.part())
	case interface{ structOf(string) reflect.Type }:
		less = tenthsOfPart(v, t)
	default:
		if table, ok := v.(map[string]any); ok {
			less = tenths(table, t)
		}
	}
	table, ok := v.(map[string]any)
	if len(less) == 0 || !ok {
		return v, false
	}
	table = maps.Clone(table)
	maps.Copy(table, less)
	return table, true
}

// tenthOfList returns the elements of v, each a value of its field, with a tenth of the times of the run in them.
func tenthOfList(v any, field func(i int) reflect.StructField) (any, bool) {
	list, _ := v.([]any)
	less, some := slices.Clone(list), false
	for i, e := range list {
		if x, is := tenth(e, field(i)); is {
			less[i], some = x, true
		}
	}
	return less, some
}
