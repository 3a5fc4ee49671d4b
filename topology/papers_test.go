package topology

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// expand makes a preset and its graph, with the given hosts.
func expand(t *testing.T, kind string, set func(Preset), hosts ...string) ([]Link, *Graph) {
	t.Helper()
	p, err := Registry.New(kind)
	if err != nil {
		t.Fatal(err)
	}
	if set != nil {
		set(p)
	}
	links, err := p.Expand()
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	var edges []Edge
	for _, l := range links {
		text, _ := l.Delay.(string)
		d, _ := time.ParseDuration(text)
		edges = append(edges, Edge{Name: l.Name, Between: l.Between, Delay: d})
	}
	return links, NewGraph(edges, hosts...)
}

// The paths that routing finds are those of the papers.
func TestPaperPaths(t *testing.T) {
	for _, tt := range []struct {
		kind, from, to string
		hosts          string
		want           []string
	}{
		{"olia-a", "server1", "type1", "server1 server2 type1 type2", []string{"s private", "s middle t shared"}},
		{"olia-a", "server2", "type2", "server1 server2 type1 type2", []string{"wired t single"}},
		{"olia-b", "blue-server", "blue", "blue-server blue red-server red", []string{"blue-core y z x blue-x", "blue-core to-t t blue-t"}},
		{"olia-b", "red-server", "red", "blue-server blue red-server red", []string{"red-core t red-t", "red-core t peering x red-x"}},
		{"olia-c", "server", "multi", "server multi single", []string{"wired ap1 radio1", "wired ap2 radio2"}},
		{"olia-c", "server", "single", "server multi single", []string{"wired ap2 radio3"}},
		{"torus", "source1", "sink1", "source1 sink1 source2 sink2 source5 sink5 source3 sink3 source4 sink4", []string{"source1-in1 link1 sink1-out1", "source1-in2 link2 sink1-out2"}},
		{"torus", "source5", "sink5", "source1 sink1 source2 sink2 source5 sink5 source3 sink3 source4 sink4", []string{"source5-in5 link5 sink5-out5", "source5-in1 link1 sink5-out1"}},
	} {
		_, g := expand(t, tt.kind, nil, strings.Fields(tt.hosts)...)
		var got []string
		for _, r := range g.Routes(tt.from, tt.to) {
			got = append(got, strings.Join(g.Names(r), " "))
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s, %s to %s: %q, want %q", tt.kind, tt.from, tt.to, got, tt.want)
		}
	}
}

// "An access point of capacity N2·C2": the rates of scenarios A and C are those of a user
// times the users.
func TestOliaRates(t *testing.T) {
	for _, tt := range []struct {
		kind string
		set  func(Preset)
		want map[string]string
	}{
		{"olia-a", func(p Preset) { p.(*OliaA).N1, p.(*OliaA).C1 = 30, 750_000 }, map[string]string{"s": "22.5Mbps", "t": "10Mbps"}},
		{"olia-c", func(p Preset) { p.(*OliaC).N2, p.(*OliaC).C2 = 20, 1_500_000 }, map[string]string{"ap1": "10Mbps", "ap2": "30Mbps"}},
	} {
		links, _ := expand(t, tt.kind, tt.set)
		for _, l := range links {
			if want, ok := tt.want[l.Name]; ok && l.Rate != want {
				t.Errorf("%s: link %s has %v, want %s", tt.kind, l.Name, l.Rate, want)
			}
		}
	}
}

// With equal_rtt both paths of each pair of a triangle take as long, whatever the delays of the links are;
// without, the way over two links takes their sum.
func TestTriangleEqualRTT(t *testing.T) {
	for _, tt := range []struct {
		delay        Setting
		direct, long [3]time.Duration // ms, without equal_rtt
	}{
		{"50ms", [3]time.Duration{50, 50, 50}, [3]time.Duration{100, 100, 100}},
		{[]any{"10ms", "20ms", "40ms"}, [3]time.Duration{10, 20, 40}, [3]time.Duration{60, 50, 30}},
		{[]any{"0s", "0s", "5ms"}, [3]time.Duration{0, 0, 5}, [3]time.Duration{5, 5, 0}},
	} {
		for _, equal := range []bool{false, true} {
			links, err := (&Triangle{Rate: "12Mbps", Delay: tt.delay, Queue: "1BDP", EqualRTT: equal}).Expand()
			if err != nil {
				t.Fatal(err)
			}
			for i := range 3 {
				next, last := (i+1)%3+1, (i+2)%3+1
				direct := delayOf(t, links, fmt.Sprintf("source%d-in%d", i+1, i+1), fmt.Sprintf("link%d", i+1), fmt.Sprintf("sink%d-out%d", i+1, i+1))
				long := delayOf(t, links, fmt.Sprintf("source%d-in%d", i+1, next), fmt.Sprintf("link%d", next), fmt.Sprintf("joint%d", next),
					fmt.Sprintf("link%d", last), fmt.Sprintf("sink%d-out%d", i+1, last))
				want := [2]time.Duration{tt.direct[i] * time.Millisecond, tt.long[i] * time.Millisecond}
				if equal {
					want[0] = max(want[0], want[1])
					want[1] = want[0]
				}
				if direct != want[0] || long != want[1] {
					t.Errorf("delay %v, equal %v, pair %d: %v and %v, want %v", tt.delay, equal, i+1, direct, long, want)
				}
			}
		}
	}
	if _, err := (&Triangle{Delay: map[string]any{"kind": "jitter"}, EqualRTT: true}).Expand(); err == nil || !strings.Contains(err.Error(), "equal_rtt: the delay of link1") {
		t.Errorf("a delay that varies: %v", err)
	}
}

// delayOf returns the sum of the delays of links by name.
func delayOf(t *testing.T, links []Link, names ...string) (sum time.Duration) {
	t.Helper()
	for _, n := range names {
		i := slices.IndexFunc(links, func(l Link) bool { return l.Name == n })
		if i < 0 {
			t.Fatalf("no link %s", n)
		}
		d, err := time.ParseDuration(fmt.Sprint(links[i].Delay))
		if err != nil {
			t.Fatal(err)
		}
		sum += d
	}
	return sum
}
