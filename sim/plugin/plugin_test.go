package plugin

import (
	"reflect"
	"strings"
	"testing"
)

type part interface{ Name() string }

type example struct {
	Gain   float64 `toml:"gain" doc:"how much"`
	Hidden int
	state  int
}

func (e *example) Name() string { return "example" }

func TestRegistry(t *testing.T) {
	r := NewRegistry[part]("part")
	r.Register("b", "paper B", func() part { return &example{Gain: 2, state: 1} })
	r.Register("a", "paper A", func() part { return &example{} })
	if got := r.Names(); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("names %v are not sorted", got)
	}
	x, err := r.New("b")
	if err != nil || x.(*example).Gain != 2 {
		t.Errorf("New(b) = %v, %v; want the defaults", x, err)
	}
	if y, _ := r.New("b"); x == y {
		t.Error("New returns the same value twice")
	}
	if _, err := r.New("c"); err == nil || !strings.Contains(err.Error(), "have a, b") {
		t.Errorf("New(c): %v; want what there is", err)
	}
	if got, want := r.Params("b"), []Param{{"gain", "how much", 2.0}}; !reflect.DeepEqual(got, want) {
		t.Errorf("parameters %v, want %v", got, want)
	}
	if r.Source("a") != "paper A" || r.Kind() != "part" {
		t.Errorf("source %q, kind %q", r.Source("a"), r.Kind())
	}
	defer func() {
		if recover() == nil {
			t.Error("a name can be registered twice")
		}
	}()
	r.Register("a", "", nil)
}

// Parameters that parts have in common are fields of an embedded struct that says so; others are not parameters.
func TestInline(t *testing.T) {
	type shared struct {
		From int `toml:"from" doc:"first"`
	}
	type hidden struct {
		Secret int `toml:"secret" doc:"none"`
	}
	type whole struct {
		shared `toml:",inline"`
		hidden
		Until int `toml:"until" doc:"last"`
	}
	r := NewRegistry[any]("part")
	r.Register("a", "", func() any { return &whole{shared: shared{1}, Until: 2} })
	if got, want := r.Params("a"), []Param{{"from", "first", 1}, {"until", "last", 2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("parameters %v, want %v", got, want)
	}
}
