package record

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
)

// EncodeJSON writes v as JSON that people can read and that ends in a newline. A number that JSON does not
// have, NaN or an infinity, is written as null: one such number costs nothing else.
func EncodeJSON(w io.Writer, v any) error {
	data, err := encode(v)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// encode returns what EncodeJSON writes. Long arrays of numbers stay on one line.
func encode(v any) ([]byte, error) {
	_, long := v.(*Trace)
	data, err := marshal(v, !long)
	if errors.As(err, new(*json.UnsupportedValueError)) {
		return marshal(finite(reflect.ValueOf(v)), !long)
	}
	return data, err
}

func marshal(v any, indent bool) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if indent {
		e.SetIndent("", "  ")
	}
	err := e.Encode(v)
	return b.Bytes(), err
}

// finite returns v as encoding/json would write it, made of maps and slices, with nil in place of numbers that
// are not finite.
func finite(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	switch v.Interface().(type) {
	case json.Marshaler, encoding.TextMarshaler:
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if x := v.Float(); math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return finite(v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = finite(v.Index(i))
		}
		return list
	case reflect.Map:
		m := make(map[string]any)
		for _, k := range v.MapKeys() {
			m[k.String()] = finite(v.MapIndex(k))
		}
		return m
	case reflect.Struct:
		m := make(map[string]any)
		fields(m, v)
		return m
	}
	return v.Interface()
}

// fields puts the fields of a struct into m, under their names in JSON.
func fields(m map[string]any, v reflect.Value) {
	for i := range v.NumField() {
		f, x := v.Type().Field(i), v.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			fields(m, x)
		case !f.IsExported() || name == "-",
			strings.Contains(options, "omitzero") && x.IsZero(),
			strings.Contains(options, "omitempty") && empty(x):
		case name == "":
			m[f.Name] = finite(x)
		default:
			m[name] = finite(x)
		}
	}
}

// empty reports whether omitempty leaves v out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// MarshalJSON writes null for what no sample tells.
func (d Distribution) MarshalJSON() ([]byte, error) {
	of := func(x float64) *float64 { return sampled(d.Count, x) }
	return json.Marshal(struct {
		Count uint64   `json:"count"`
		Mean  *float64 `json:"mean_s"`
		Min   *float64 `json:"min_s"`
		P50   *float64 `json:"p50_s"`
		P95   *float64 `json:"p95_s"`
		P99   *float64 `json:"p99_s"`
		Max   *float64 `json:"max_s"`
	}{d.Count, of(d.Mean), of(d.Min), of(d.P50), of(d.P95), of(d.P99), of(d.Max)})
}

// MarshalJSON writes null for what no sample tells.
func (m Moments) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Count     uint64   `json:"count"`
		Mean      *float64 `json:"mean_bytes"`
		Deviation *float64 `json:"sd_bytes"`
	}{m.Count, sampled(m.Count, m.Mean), sampled(m.Count, m.Deviation)})
}

// sampled returns x, or nil if it comes from no sample or is not finite.
func sampled(count uint64, x float64) *float64 {
	if count == 0 || !isFinite(x) {
		return nil
	}
	return &x
}
