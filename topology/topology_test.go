package topology

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestTwoPath(t *testing.T) {
	p := &TwoPath{From: "a", To: "b", Names: []string{"wifi", "lte"}, Rate: []any{"20Mbps", "10Mbps"}, Delay: "10ms"}
	got, err := p.Expand()
	want := []Link{
		{Name: "wifi", Between: [2]string{"a", "b"}, Rate: "20Mbps", Delay: "10ms"},
		{Name: "lte", Between: [2]string{"a", "b"}, Rate: "10Mbps", Delay: "10ms"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}

func TestShape(t *testing.T) {
	for _, tt := range []struct {
		preset Preset
		want   string
	}{
		{&TwoPath{From: "a", To: "b"}, "path1: a - b\npath2: a - b\n"},
		{&SharedBottleneck{From: "a", To: "b"}, "access1: a - router\naccess2: a - router\nbottleneck: router - b\n"},
		{&Dumbbell{Pairs: 1, Cross: 1}, "bottleneck: left - right\nsource1: source1 - left\nsink1: right - sink1\n" +
			"cross-source1: cross-source1 - left\ncross-sink1: right - cross-sink1\n"},
	} {
		links, err := tt.preset.Expand()
		if err != nil {
			t.Fatal(err)
		}
		var edges []Edge
		for _, l := range links {
			edges = append(edges, Edge{Name: l.Name, Between: l.Between})
		}
		if got := NewGraph(edges).String(); got != tt.want {
			t.Errorf("%T:\n%swant\n%s", tt.preset, got, tt.want)
		}
	}
}

func TestBadParameters(t *testing.T) {
	for _, tt := range []struct {
		preset Preset
		want   string
	}{
		{&TwoPath{Paths: -1}, "paths = -1: want 1 to"},
		{&TwoPath{Paths: 2, Rate: []any{"1Mbps"}}, "rate has 1 entries for 2 paths"},
		{&TwoPath{Paths: 3, Names: []string{"a", "b"}}, "names has 2 entries for 3 paths"},
		{&Dumbbell{Pairs: 0}, "pairs = 0: want 1 to"},
		{&Dumbbell{Pairs: 1, Delay: []any{"1ms", "2ms"}}, "delay has 2 entries for 1 host pairs: want one value for all, or a list of 1"},
	} {
		if _, err := tt.preset.Expand(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: error %v, want %q", tt.preset, err, tt.want)
		}
	}
}

// A ladder: two ways from a to b over routers, one of them slower, and a stub.
func ladder() *Graph {
	return NewGraph([]Edge{
		{"a1", [2]string{"a", "r"}, time.Millisecond},
		{"a2", [2]string{"a", "s"}, time.Millisecond},
		{"slow", [2]string{"r", "t"}, 9 * time.Millisecond},
		{"fast", [2]string{"t", "r"}, time.Millisecond},
		{"cross", [2]string{"s", "t"}, time.Millisecond},
		{"b", [2]string{"t", "b"}, time.Millisecond},
		{"stub", [2]string{"b", "x"}, time.Millisecond},
	})
}

func TestTrace(t *testing.T) {
	for _, tt := range []struct {
		path string
		err  string
	}{
		{"a1 fast b", ""},
		{"a2 cross b", ""},
		{"a1 b", `link "b" joins t and b, but the path is at r`},
		{"a1 fast slow", "the path is a cycle: link \"slow\" leads back to r"},
		{"a1 fast", "the path ends at t, not at b"},
		{"a1 nowhere", `there is no link "nowhere"`},
		{"", "the path is empty"},
	} {
		_, err := ladder().Trace("a", "b", strings.Fields(tt.path))
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%q: error %v, want %q", tt.path, err, tt.err)
		}
	}
}

func TestRoutes(t *testing.T) {
	g := ladder()
	var got []string
	for _, r := range g.Routes("a", "b") {
		got = append(got, strings.Join(g.Names(r), " "))
	}
	if want := []string{"a1 fast b", "a2 cross b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("a to b: %q, want %q", got, want)
	}
	if hops, _ := g.Trace("a", "b", []string{"a1", "fast", "b"}); !hops[1].Down || hops[0].Down {
		t.Errorf("directions of a1 fast b: %v, want up, down, up", hops)
	}
	if r := g.Routes("a", "nowhere"); r != nil {
		t.Errorf("route to nowhere: %v", r)
	}
}

// Hosts do not forward.
func TestHosts(t *testing.T) {
	edges := []Edge{{"x", [2]string{"a", "h"}, 0}, {"y", [2]string{"h", "b"}, 0}, {"z", [2]string{"a", "b"}, 0}}
	g := NewGraph(edges, "a", "b", "h")
	if got := len(g.Routes("a", "b")); got != 1 {
		t.Errorf("%d routes, want the direct one", got)
	}
	if _, err := g.Trace("a", "b", []string{"x", "y"}); err == nil || !strings.Contains(err.Error(), "leads through h") {
		t.Errorf("path through a host: %v", err)
	}
	if got := len(NewGraph(edges, "a", "b").Routes("a", "b")); got != 2 {
		t.Errorf("%d routes if h is a router, want 2", got)
	}
}

// Parallel links pair with themselves alone: they are disjoint.
func TestRoutesParallel(t *testing.T) {
	g := NewGraph([]Edge{{"x", [2]string{"a", "b"}, 0}, {"y", [2]string{"a", "b"}, 0}})
	if got := len(g.Routes("a", "b")); got != 2 {
		t.Errorf("%d routes, want 2", got)
	}
}
