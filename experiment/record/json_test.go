package record

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// everything returns a result with an item in each list that a result has, however deep, and no zero number.
func everything() *Result {
	res := new(Result)
	fill(reflect.ValueOf(res).Elem())
	return res
}

func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Int, reflect.Int64:
		v.SetInt(2)
	case reflect.Uint64:
		v.SetUint(2)
	case reflect.String:
		v.SetString("text")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	}
}

// numbers calls f for each number with a point in v.
func numbers(v reflect.Value, path string, f func(path string, x reflect.Value)) {
	switch v.Kind() {
	case reflect.Float64:
		f(path, v)
	case reflect.Slice:
		for i := range v.Len() {
			numbers(v.Index(i), path, f)
		}
	case reflect.Pointer:
		numbers(v.Elem(), path, f)
	case reflect.Struct:
		for i := range v.NumField() {
			numbers(v.Field(i), path+"."+v.Type().Field(i).Name, f)
		}
	}
}

// A number that is none, wherever in a result, costs nothing but itself: all files are there, JSON has null and CSV
// an empty cell in its place, tables a dash, and all else is as it was.
func TestNoNumber(t *testing.T) {
	whole, err := Files(everything())
	if err != nil {
		t.Fatal(err)
	}
	res, seen := everything(), 0
	numbers(reflect.ValueOf(res).Elem(), "", func(path string, x reflect.Value) {
		for _, none := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			x.SetFloat(none)
			files, err := Files(res)
			if err != nil || len(files) != len(whole) {
				t.Fatalf("%s is %g: %d files, %v", path, none, len(files), err)
			}
			nulls := 0
			for i, f := range files {
				if strings.HasSuffix(f.Name, ".json") {
					nulls += holes(t, path, f, whole[i])
				} else {
					compareCSV(t, path, f, whole[i])
				}
			}
			want := 1
			if part := strings.Split(path, ".")[2]; part == "Decisions" || part == "Segments" || part == "Pauses" { // tables alone have them
				want = 0
			}
			if nulls != want {
				t.Errorf("%s is %g: %d nulls in JSON, want %d", path, none, nulls, want)
			}
			var table bytes.Buffer
			if err := Table(&table, &res.Summary); err != nil {
				t.Error(err)
			}
			if s := table.String(); strings.Contains(s, "NaN") || strings.Contains(s, "Inf") {
				t.Errorf("%s is %g:\n%s", path, none, s)
			}
		}
		x.SetFloat(0.5)
		seen++
	})
	if seen < 60 {
		t.Errorf("a result has %d numbers", seen)
	}
}

// holes returns how many values of a JSON file are null, and checks that the others are those of want.
func holes(t *testing.T, path string, got, want File) (n int) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got.Data, &a); err != nil {
		t.Fatalf("%s: %s: %v", path, got.Name, err)
	}
	if err := json.Unmarshal(want.Data, &b); err != nil {
		t.Fatal(err)
	}
	var walk func(a, b any) bool
	walk = func(a, b any) bool {
		if a == nil && b != nil {
			n++
			return true
		}
		switch a := a.(type) {
		case map[string]any:
			other, ok := b.(map[string]any)
			if !ok || len(a) != len(other) {
				return false
			}
			for k := range a {
				if !walk(a[k], other[k]) {
					return false
				}
			}
			return true
		case []any:
			other, ok := b.([]any)
			if !ok || len(a) != len(other) {
				return false
			}
			for i := range a {
				if !walk(a[i], other[i]) {
					return false
				}
			}
			return true
		}
		return a == b
	}
	if !walk(a, b) {
		t.Errorf("%s: %s differs in more than one number:\n%s", path, got.Name, got.Data)
	}
	return n
}

// compareCSV checks that the cells of got are those of want, or empty.
func compareCSV(t *testing.T, path string, got, want File) {
	t.Helper()
	a, err := csv.NewReader(bytes.NewReader(got.Data)).ReadAll()
	if err != nil {
		t.Fatalf("%s: %s: %v", path, got.Name, err)
	}
	b, err := csv.NewReader(bytes.NewReader(want.Data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		t.Errorf("%s: %s has %d rows, want %d", path, got.Name, len(a), len(b))
		return
	}
	for i := range a {
		for j := range a[i] {
			if a[i][j] != b[i][j] && a[i][j] != "" {
				t.Errorf("%s: %s, row %d: got %q, want %q", path, got.Name, i, a[i][j], b[i][j])
			}
		}
	}
}

// What has no number that is none is written as encoding/json has it.
func TestEncodeAgrees(t *testing.T) {
	res := everything()
	for _, v := range []any{&res.Summary, res.Links, res.Prediction, Timing{}, []float64{1, 2}, map[string]string{"a": "<&>"}} {
		got := finite(reflect.ValueOf(v))
		var a, b any
		for _, x := range []struct {
			of   any
			into *any
		}{{got, &a}, {v, &b}} {
			data, err := json.Marshal(x.of)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, x.into); err != nil {
				t.Fatal(err)
			}
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%T: got %v, want %v", v, a, b)
		}
	}
}
