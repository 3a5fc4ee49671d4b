package cctest

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"mpsim/cc"
)

// A Form is a controller with parameters of its own.
type Form struct {
	Name string // the law, and what is not its default
	Make Maker
}

// Forms returns the controller called name with all combinations of its words and
// switches: what Validate does not refuse of the words that the documentation of a parameter has.
func Forms(t testing.TB, name string) []Form {
	return product(Form{name, Named(t, name)}, name, words)
}

// Extremes returns the controller called name with each of its numbers as small and as large as
// Validate lets them be, in all its Forms.
func Extremes(t testing.TB, name string) (list []Form) {
	t.Helper()
	numbers := parameters(name, numbers)
	for _, f := range Forms(t, name) {
		for _, p := range numbers {
			for _, v := range p.values {
				list = append(list, f.with(p, v)...)
			}
		}
	}
	return list
}

// parameter is one of a controller, with values to try.
type parameter struct {
	field  int
	name   string
	values []any
}

// words are the values of switches and of texts.
func words(f reflect.StructField) (list []any) {
	switch f.Type.Kind() {
	case reflect.Bool:
		return []any{false, true}
	case reflect.String:
		for _, w := range strings.FieldsFunc(f.Tag.Get("doc"), func(r rune) bool { return strings.ContainsRune(" ,;:()", r) }) {
			list = append(list, w)
		}
	}
	return list
}

// numbers are extreme values of numbers.
func numbers(f reflect.StructField) (list []any) {
	switch {
	case f.Type.Kind() == reflect.Float64:
		for _, x := range []float64{math.NaN(), math.Inf(-1), -1, 0, math.SmallestNonzeroFloat64, 1e-9, 1e-6, 0.5, 1, 2, 10, 1000, 1e6, 1e300, math.Inf(1)} {
			list = append(list, x)
		}
	case f.Type.ConvertibleTo(reflect.TypeFor[int64]()) && f.Type.Kind() != reflect.String:
		for _, x := range []int64{math.MinInt64, -1, 0, 1, 1 << 30, math.MaxInt64} {
			list = append(list, reflect.ValueOf(x).Convert(f.Type).Interface())
		}
	}
	return list
}

// parameters returns those of the controller called name that values has some for.
func parameters(name string, values func(reflect.StructField) []any) (list []parameter) {
	c, _ := cc.Registry.New(name)
	s := reflect.TypeOf(c).Elem()
	for i := range s.NumField() {
		f := s.Field(i)
		if key := f.Tag.Get("toml"); key != "" && f.IsExported() {
			if v := values(f); len(v) > 0 {
				list = append(list, parameter{i, key, v})
			}
		}
	}
	return list
}

// product returns f with all combinations of values.
func product(f Form, name string, values func(reflect.StructField) []any) []Form {
	list := []Form{f}
	for _, p := range parameters(name, values) {
		for _, f := range list {
			for _, v := range p.values {
				list = append(list, f.with(p, v)...)
			}
		}
	}
	return list
}

// with returns f with a value for p, if that is another one and not refused.
func (f Form) with(p parameter, v any) []Form {
	changed := func() cc.Controller {
		c := f.Make()
		reflect.ValueOf(c).Elem().Field(p.field).Set(reflect.ValueOf(v))
		return c
	}
	if reflect.ValueOf(f.Make()).Elem().Field(p.field).Interface() == v {
		return nil
	}
	if c, ok := changed().(interface{ Validate() error }); ok && c.Validate() != nil {
		return nil
	}
	return []Form{{fmt.Sprintf("%s %s=%v", f.Name, p.name, v), changed}}
}
