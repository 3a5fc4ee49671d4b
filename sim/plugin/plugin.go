// Package plugin names the exchangeable parts of a simulation: controllers,
// schedulers, queues, path managers, workloads. Each kind has a Registry, in
// which the file of a part registers it; the exported fields of a part are its
// parameters, so that scenarios and "mpsim list" need no other description.
package plugin

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// A Registry maps names to constructors of T. A constructor returns a pointer
// to a struct with its defaults set. The exported fields of that struct are its
// parameters: the tag `toml` names one and the tag `doc` says what it means. One that
// is a time of the run, such as when something happens, has the tag `time:"run"`: the
// short form of a scenario has a tenth of it, as of no delay and no timer.
type Registry[T any] struct {
	kind    string
	entries map[string]entry[T]
}

type entry[T any] struct {
	source string
	make   func() T
}

// A Param is one parameter of a registered part.
type Param struct {
	Name    string // as written in a scenario
	Doc     string // what it means, with its unit
	Default any
}

// NewRegistry returns an empty registry; kind names it in errors.
func NewRegistry[T any](kind string) *Registry[T] {
	return &Registry[T]{kind, make(map[string]entry[T])}
}

// Register adds a constructor. source cites the RFC or paper that defines it.
// Register panics if name is taken; call it from init.
func (r *Registry[T]) Register(name, source string, make func() T) {
	if _, dup := r.entries[name]; dup {
		panic(fmt.Sprintf("%s %q registered twice", r.kind, name))
	}
	r.entries[name] = entry[T]{source, make}
}

// Kind returns what the registry holds, in the singular.
func (r *Registry[T]) Kind() string { return r.kind }

// New returns a fresh T with default parameters.
func (r *Registry[T]) New(name string) (T, error) {
	e, ok := r.entries[name]
	if !ok {
		var zero T
		return zero, fmt.Errorf("unknown %s %q (have %s)", r.kind, name, strings.Join(r.Names(), ", "))
	}
	return e.make(), nil
}

// Names returns all names, sorted.
func (r *Registry[T]) Names() []string { return slices.Sorted(maps.Keys(r.entries)) }

// Source returns the RFC or paper that defines name.
func (r *Registry[T]) Source(name string) string { return r.entries[name].source }

// Fields returns the parameters of a struct, in their order: exported fields with a tag toml, and those of embedded
// structs that are tagged `toml:",inline"`, which several parts have in common. Other embedded structs are left out.
func Fields(t reflect.Type) (list []reflect.StructField) {
	for i := range t.NumField() {
		f := t.Field(i)
		switch key := f.Tag.Get("toml"); {
		case key == Inline:
			for _, x := range Fields(f.Type) {
				x.Index = append([]int{i}, x.Index...)
				list = append(list, x)
			}
		case key != "" && f.IsExported():
			list = append(list, f)
		}
	}
	return list
}

// Inline is the tag toml of an embedded struct whose fields are parameters.
const Inline = ",inline"

// Params returns the parameters of name with their defaults, in the order of
// the fields.
func (r *Registry[T]) Params(name string) []Param {
	e, ok := r.entries[name]
	if !ok {
		return nil
	}
	v := reflect.Indirect(reflect.ValueOf(e.make()))
	if v.Kind() != reflect.Struct {
		return nil
	}
	var params []Param
	for _, f := range Fields(v.Type()) {
		params = append(params, Param{f.Tag.Get("toml"), f.Tag.Get("doc"), v.FieldByIndex(f.Index).Interface()})
	}
	return params
}
