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
