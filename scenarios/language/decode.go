package language

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"mpsim/sim/plugin"
	"mpsim/sim/units"
	"mpsim/sim/words"
)

// A selfDecoder is a part of the schema that reads its value itself.
type selfDecoder interface {
	decode(d *document, path string, v any)
}

// decode reads v, the value at path, into the variable that into points to. What
// does not fit is noted as a problem, and the variable keeps its value.
func (d *document) decode(path string, v any, into any) {
	d.decodeValue(path, v, reflect.ValueOf(into).Elem())
}

func (d *document) decodeValue(path string, v any, into reflect.Value) {
	switch p := into.Addr().Interface().(type) {
	case selfDecoder:
		p.decode(d, path, v)
		return
	case *time.Duration:
		if s, ok := v.(string); ok {
			x, err := units.ParseDuration(s)
			if err != nil {
				d.fail(path, "%v", err)
				return
			}
			*p = x
			return
		}
		d.fail(path, `got %s; want a time such as "25ms", in quotes`, describe(v))
		return
	case encoding.TextUnmarshaler:
		s, ok := v.(string)
		if !ok {
			d.fail(path, "got %s; want %s", describe(v), wantText(p))
		} else if err := p.UnmarshalText([]byte(s)); err != nil {
			d.fail(path, "%v", err)
		}
		return
	}
	d.decodeKind(path, v, into)
}

// wantText says what the text of p looks like.
func wantText(p encoding.TextUnmarshaler) string {
	switch p.(type) {
	case *units.Bandwidth:
		return `a rate such as "8Mbps", in quotes`
	case *units.Bytes:
		return `a size such as "64KiB", in quotes`
	case *units.Quantity:
		return `an amount such as "100pkt", "64KiB", "500ms" or "1.5BDP", in quotes`
	}
	return "text in quotes"
}

func (d *document) decodeKind(path string, v any, into reflect.Value) {
	mismatch := func(want string) { d.fail(path, "got %s; want %s", describe(v), want) }
	switch into.Kind() {
	case reflect.Bool:
		if b, ok := v.(bool); ok {
			into.SetBool(b)
		} else {
			mismatch("true or false")
		}
	case reflect.String:
		if s, ok := v.(string); ok {
			into.SetString(s)
		} else {
			mismatch("text in quotes")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := v.(int64); ok && !into.OverflowInt(n) {
			into.SetInt(n)
		} else {
			mismatch("an integer")
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := v.(int64); ok && n >= 0 && !into.OverflowUint(uint64(n)) {
			into.SetUint(uint64(n))
		} else {
			mismatch("an integer from 0")
		}
	case reflect.Float32, reflect.Float64:
		d.decodeFloat(path, v, into)
	case reflect.Pointer:
		p := reflect.New(into.Type().Elem())
		d.decodeValue(path, v, p.Elem())
		into.Set(p)
	case reflect.Interface:
		into.Set(reflect.ValueOf(&v).Elem())
	case reflect.Slice:
		d.decodeSlice(path, v, into)
	case reflect.Array:
		list, ok := v.([]any)
		if !ok || len(list) != into.Len() {
			mismatch(fmt.Sprintf("an array of %d", into.Len()))
			return
		}
		for i, e := range list {
			d.decodeValue(fmt.Sprintf("%s[%d]", path, i), e, into.Index(i))
		}
	case reflect.Struct:
		switch v := v.(type) {
		case map[string]any:
			d.decodeStruct(path, v, into, nil)
		case []any: // the values of a small struct in the order of its fields
			d.decodeTuple(path, v, into)
		default:
			mismatch("a table")
		}
	default:
		panic(fmt.Sprintf("language: %s: no way to decode a %v", path, into.Type()))
	}
}

// decodeTuple reads ["0s", "5Mbps"] as { at = "0s", rate = "5Mbps" }.
func (d *document) decodeTuple(path string, list []any, into reflect.Value) {
	order := tags(into.Type())
	if len(list) != len(order) || len(order) != into.NumField() {
		d.fail(path, "got %s; want a table, or the values of %s", describe(list), strings.Join(order, ", "))
		return
	}
	for i, e := range list {
		d.decodeValue(fmt.Sprintf("%s[%d]", path, i), e, into.Field(i))
	}
}

func (d *document) decodeFloat(path string, v any, into reflect.Value) {
	switch n := v.(type) {
	case int64:
		into.SetFloat(float64(n))
	case float64:
		if math.IsNaN(n) || math.IsInf(n, 0) {
			d.fail(path, "got %v; want a finite number", n)
			return
		}
		into.SetFloat(n)
	default:
		d.fail(path, "got %s; want a number", describe(v))
	}
}

func (d *document) decodeSlice(path string, v any, into reflect.Value) {
	list, ok := v.([]any)
	if !ok {
		d.fail(path, "got %s; want an array", describe(v))
		return
	}
	s := reflect.MakeSlice(into.Type(), len(list), len(list))
	for i, e := range list {
		d.decodeValue(fmt.Sprintf("%s[%d]", path, i), e, s.Index(i))
	}
	into.Set(s)
}

// decodeStruct reads the keys of t into the fields with these toml tags. Keys in
// also are somebody else's; all others are reported.
func (d *document) decodeStruct(path string, t map[string]any, into reflect.Value, also []string) {
	fields := fieldsOf(into.Type())
	for _, k := range keys(t) {
		if i, ok := fields.index[k]; ok {
			d.decodeValue(join(path, k), t[k], into.FieldByIndex(i))
		} else if !slices.Contains(also, k) {
			d.fail(join(path, k), "unknown key %q; %s", clip(k), words.Suggest(k, slices.Concat(also, fields.names)))
		}
	}
}

// fields are the keys of a struct in its order, and where each is.
type fields struct {
	names []string
	at    [][]int
	index map[string][]int
}

// known has the fields of each type that was asked for: reflection takes longer than all else that a key
// does.
var known sync.Map // of *fields by reflect.Type

// fieldsOf returns the keys of a struct.
func fieldsOf(t reflect.Type) *fields {
	if f, ok := known.Load(t); ok {
		return f.(*fields)
	}
	f := &fields{index: make(map[string][]int)}
	for _, x := range plugin.Fields(t) {
		if tag := x.Tag.Get("toml"); tag != "-" {
			f.names = append(f.names, tag)
			f.at, f.index[tag] = append(f.at, x.Index), x.Index
		}
	}
	known.Store(t, f)
	return f
}
